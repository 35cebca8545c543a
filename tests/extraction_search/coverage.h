// Coverage: which uses of which mechanisms a search reached with success, and why it cannot reach the rest.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/mechanism.h"
#include "tests/extraction_search/call.h"

namespace coffer::extraction {

inline constexpr std::size_t kUseCount = 14;

// Cell is one use of one mechanism.
struct Cell {
  const crypto::Mechanism* mechanism = nullptr;
  std::size_t use = 0;  // index into use_rows()
};

// Coverage counts.
class Coverage {
 public:
  // note counts a call that succeeded; those without a mechanism are counted by operation.
  void note(const Call& call);

  // missing gives the cells that the mechanism table has and nobody reached, but for those with a reason.
  [[nodiscard]] std::vector<Cell> missing() const;
  // unused_reasons gives those for which nothing is missing.
  [[nodiscard]] std::vector<std::string_view> unused_reasons() const;
  [[nodiscard]] std::string table() const;

 private:
  [[nodiscard]] std::uint64_t reached(std::size_t row, std::size_t use) const { return cells_[row][use]; }

  std::array<std::array<std::uint64_t, kUseCount>, crypto::kMechanismCount> cells_{};
  std::array<std::uint64_t, kOperationCount> operations_{};
};

}  // namespace coffer::extraction
