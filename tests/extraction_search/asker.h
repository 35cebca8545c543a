// Asker: one call of a sequence as a request to the chip.
#pragma once

#include <deque>
#include <optional>

#include "tests/extraction_search/call.h"
#include "tests/extraction_search/chip.h"
#include "tests/extraction_search/link_hooks.h"
#include "tests/extraction_search/outcome.h"

namespace coffer::extraction {

// Asker asks one call; `outcomes` are those of the calls before.
class Asker {
 public:
  Asker(Chip& chip, const Call& call, const std::deque<Outcome>& outcomes, const Change& change)
      : chip_(chip), call_(call), outcomes_(outcomes), change_(change) {}

  // ask gives what came of it. `hook` says what of the victim leaves crypto/ in this call.
  Outcome ask(std::optional<Hook::Place> hook);

 private:
  Outcome dispatch();
  Outcome make_key();
  Outcome generate_pair();
  Outcome derive();
  Outcome wrap();
  Outcome unwrap();
  Outcome encapsulate();
  Outcome decapsulate();
  Outcome change_object();
  Outcome get_attributes();
  Outcome use_key();
  Outcome verify();
  Outcome digest();

  [[nodiscard]] const wire::ObjectSummary* object(const Reference& reference) const;
  [[nodiscard]] std::optional<Buffer> octets(const Data& data) const;
  [[nodiscard]] wire::Parameters parameters() const;
  [[nodiscard]] wire::ObjectId key() const { return object(call_.key)->id; }
  // is_possible tells whether everything that the call refers to is there.
  [[nodiscard]] bool is_possible() const;

  Chip& chip_;
  const Call& call_;
  const std::deque<Outcome>& outcomes_;
  const Change& change_;
  Buffer iv_;
  Buffer data_;
};

}  // namespace coffer::extraction
