// Run: a sequence asked call by call, and what the caller can see of it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "tests/extraction_search/call.h"
#include "tests/extraction_search/chip.h"
#include "tests/extraction_search/link_hooks.h"
#include "tests/extraction_search/observation.h"
#include "tests/extraction_search/outcome.h"

namespace coffer::extraction {

// VictimKind says which octets of a sequence's protected key a run changes.
enum class VictimKind : std::uint8_t {
  value,   // the CKA_VALUE of its import
  stream,  // what one-way derivations make of it, where its CKA_DERIVE_TEMPLATE demands protection
  pkcs8,   // the PKCS#8 that is wrapped, where no import takes single octets (RSA)
};
VictimKind victim_kind(const Call& victim);

// Run asks the calls of one sequence, with randomness that follows from the seed and the number of the call.
// When it has ended nothing of it is left in the chip.
class Run {
 public:
  Run(Chip& chip, std::uint64_t seed, const Change& change);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  const Outcome& step(const Call& call);
  // end clears up; what was seen can still be asked for.
  void end();
  [[nodiscard]] const std::deque<Outcome>& outcomes() const { return outcomes_; }
  [[nodiscard]] const Sequence& sequence() const { return sequence_; }
  // observations is all that can be told from the answers, equalities included.
  [[nodiscard]] Observations observations() const;
  // shows_stream gives the call whose output holds the beginning of what a base's derivation really gave: the
  // same octets computed another way.
  [[nodiscard]] std::optional<std::size_t> shows_stream() const;
  // look asks for attributes beside the sequence.
  std::vector<wire::AttributeValue> look(const Reference& key, std::vector<std::uint32_t> types);

 private:
  Chip& chip_;
  const std::uint64_t seed_;
  const Change& change_;
  Sequence sequence_;
  std::deque<Outcome> outcomes_;
  std::set<Who> speakers_;
  std::set<std::pair<Who, std::uint32_t>> changed_logins_;
  bool has_failed_unwrap_ = false;
  bool has_ended_ = false;
};

// root_of follows copies back to the call that made the key.
int root_of(const Sequence& sequence, const Reference& key);

}  // namespace coffer::extraction
