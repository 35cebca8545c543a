// Coverage: the table, and the reasons.
#include "tests/extraction_search/coverage.h"

#include <algorithm>
#include <cstdio>

#include "tests/extraction_search/call_text.h"
#include "tests/extraction_search/menu.h"

namespace coffer::extraction {
namespace {

// Reason says why uses of a mechanism are never reached.
struct Reason {
  std::string_view mechanism;
  std::uint32_t uses;
  std::string_view why;
};
constexpr std::array<Reason, 0> kReasons = {};

const Reason* reason_for(const crypto::Mechanism& mechanism, std::uint32_t use) {
  const auto* found = std::ranges::find_if(kReasons, [&](const Reason& each) {
    return each.mechanism == mechanism.name && (each.uses & use) != 0;
  });
  return found != kReasons.end() ? found : nullptr;
}

std::size_t row_of(const crypto::Mechanism& mechanism) {
  return static_cast<std::size_t>(&mechanism - crypto::mechanisms().data());
}

}  // namespace

void Coverage::note(const Call& call) {
  ++operations_[static_cast<std::size_t>(call.operation)];
  const UseRow* use = find_use(call.operation);
  const crypto::Mechanism* mechanism = crypto::find_mechanism(call.how.mechanism);
  if (use == nullptr || mechanism == nullptr) return;
  ++cells_[row_of(*mechanism)][static_cast<std::size_t>(use - use_rows().data())];
}

std::vector<Cell> Coverage::missing() const {
  std::vector<Cell> cells;
  for (const crypto::Mechanism& each : crypto::mechanisms()) {
    for (std::size_t use = 0; use < use_rows().size(); ++use) {
      const std::uint32_t bit = use_rows()[use].use;
      if ((each.uses & bit) == 0 || reached(row_of(each), use) != 0 || reason_for(each, bit) != nullptr)
        continue;
      cells.push_back({&each, use});
    }
  }
  return cells;
}

std::vector<std::string_view> Coverage::unused_reasons() const {
  std::vector<std::string_view> unused;
  for (const Reason& reason : kReasons) {
    const crypto::Mechanism* mechanism = crypto::find_mechanism(reason.mechanism);
    bool is_used = false;
    for (std::size_t use = 0; mechanism != nullptr && use < use_rows().size(); ++use) {
      const bool is_meant = (reason.uses & mechanism->uses & use_rows()[use].use) != 0;
      is_used = is_used || (is_meant && reached(row_of(*mechanism), use) == 0);
    }
    if (!is_used) unused.push_back(reason.mechanism);
  }
  return unused;
}

std::string Coverage::table() const {
  std::string text;
  char cell[64];
  for (const crypto::Mechanism& each : crypto::mechanisms()) {
    std::snprintf(cell, sizeof cell, "%-28.*s", static_cast<int>(each.name.size()), each.name.data());
    text += cell;
    for (std::size_t use = 0; use < use_rows().size(); ++use) {
      const UseRow& row = use_rows()[use];
      if ((each.uses & row.use) == 0) continue;
      const std::string_view name = operation_name(row.operation);
      std::snprintf(cell, sizeof cell, " %.*s %llu", static_cast<int>(name.size()), name.data(),
                    static_cast<unsigned long long>(reached(row_of(each), use)));
      text += cell;
      if (reached(row_of(each), use) != 0) continue;
      const Reason* reason = reason_for(each, row.use);
      text += reason != nullptr ? " (" + std::string(reason->why) + ")" : " (MISSING)";
    }
    text += '\n';
  }
  text += "others:";
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    const auto operation = static_cast<Operation>(i);
    if (find_use(operation) != nullptr) continue;
    text += ' ' + std::string(operation_name(operation)) + ' ' + std::to_string(operations_[i]);
  }
  return text + '\n';
}

}  // namespace coffer::extraction
