// Lineage: which results hold octets of the protected key, and which were made with them.
#include "tests/extraction_search/explorer.h"

#include <algorithm>

namespace coffer::extraction {
namespace {

Lineage of(const std::vector<Lineage>& known, const Reference& reference) {
  const auto call = static_cast<std::size_t>(reference.call);
  return reference.given() && call < known.size() ? known[call] : Lineage::none;
}

Lineage of_call(const std::vector<Lineage>& known, const Call& call) {
  const Lineage key = of(known, call.key);
  const Lineage target = of(known, call.target);
  const Lineage data = of(known, call.data.from);
  const Lineage other = of(known, call.how.other);
  const bool is_used = key != Lineage::none || target != Lineage::none || data != Lineage::none ||
                       other != Lineage::none || of(known, call.signature.from) != Lineage::none;
  bool is_content = false;
  switch (call.operation) {
    case Operation::victim: return Lineage::content;
    case Operation::derive: is_content = key == Lineage::content || other == Lineage::content; break;
    case Operation::wrap: is_content = target == Lineage::content; break;
    case Operation::unwrap:
    case Operation::encrypt:
    case Operation::decrypt: is_content = data == Lineage::content; break;
    case Operation::copy:
    case Operation::decapsulate: is_content = key == Lineage::content; break;
    default: break;
  }
  if (is_content) return Lineage::content;
  return is_used ? Lineage::used : Lineage::none;
}

}  // namespace

std::vector<Lineage> lineage_of(const Sequence& sequence) {
  std::vector<Lineage> known;
  for (const Call& each : sequence) known.push_back(of_call(known, each));
  return known;
}

}  // namespace coffer::extraction
