// Multi-buffer signatures: which jobs go through the lanes, and the gate in front of them. For crypto/ only.
#pragma once

#include <optional>
#include <span>

#include "crypto/lanes.h"
#include "crypto/operation.h"

namespace coffer::crypto {

// lane_kind_of gives the lanes that can do a mechanism with a key, or nothing.
std::optional<LaneKind> lane_kind_of(const Mechanism& mechanism, const PrivateKey::Handle& key);

// lanes_ready runs the lane's known answers the first time and tells whether they were right. It also
// measures from how many jobs on eight lanes are faster than one after the other.
bool lanes_ready(LaneKind kind);

// jobs_worth_lanes is that number (1 to kLaneCount); only after lanes_ready.
std::size_t jobs_worth_lanes(LaneKind kind);

// kLoneMessageBytesMax: a lone Ed25519 message is digested by all eight lanes, so only short ones gain.
inline constexpr std::size_t kLoneMessageBytesMax = 256;

// sign_lone tries the lanes for one Ed25519 signature; false when the plain code is to do it.
bool sign_lone(const PrivateKey::Handle& key, Bytes message, MutableBytes signature);

// LaneFault makes the known answer of one kind wrong as long as it lives: for unit tests, like SelfTestFault.
class LaneFault final {
 public:
  explicit LaneFault(LaneKind kind);
  LaneFault(const LaneFault&) = delete;
  LaneFault& operator=(const LaneFault&) = delete;
  ~LaneFault();
};

}  // namespace coffer::crypto
