// Facts: looked up by the number of a request.
#include "wire/facts.h"

#include <algorithm>
#include <array>

#include "wire/message_list.h"

namespace coffer::wire {

namespace {

constexpr std::size_t kNumbers = 256;  // above every Op

template <typename... Request>
constexpr std::array<const Facts*, kNumbers> table_of(MessageList<Request...> /*list*/) {
  static_assert(((static_cast<std::size_t>(kOp<Request>) < kNumbers) && ...));
  std::array<const Facts*, kNumbers> table{};
  ((table[static_cast<std::size_t>(kOp<Request>)] = &Request::kFacts), ...);
  return table;
}

constexpr auto kTable = table_of(AllMessages());
static_assert(kTable.size() - std::ranges::count(kTable, nullptr) == AllMessages::kCount,
              "two share a number");

}  // namespace

const Facts* find_facts(Op op) {
  const auto number = static_cast<std::size_t>(op);
  return number < kTable.size() ? kTable[number] : nullptr;
}

bool carries_secret(Op op) {
  const Facts* const facts = find_facts(op);
  return facts == nullptr || facts->holds == Holds::secret;
}

}  // namespace coffer::wire
