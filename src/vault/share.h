// Share: what one custodian holds of a backup's key, as words or hexadecimal digits (docs/formats.md).
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/shamir.h"
#include "wire/backup_messages.h"

namespace coffer::vault {

// ShareSet names the shares that belong together.
using ShareSet = std::array<std::uint8_t, 16>;

// write_share gives the words of a share.
wire::ShareWords write_share(const ShareSet& set, std::uint8_t threshold, const crypto::Share& share);

// ReadShare is a share that somebody typed in.
struct ReadShare {
  std::array<std::uint8_t, 4> set{};  // the first octets of its ShareSet
  std::uint8_t threshold = 0;
  crypto::Share share;
};

// read_share reads words, or "COFFER-" and hexadecimal digits, in upper or lower case. Fails with `malformed`
// when they are none, or when the checksum is wrong.
Result<ReadShare> read_share(Bytes text);

// share_check is the hash by which a backup recognises its shares. A share's 32 random octets cannot be had
// back from it.
std::array<std::uint8_t, 16> share_check(const ShareSet& set, const crypto::Share& share);

}  // namespace coffer::vault
