// Search: runs sequences, judges them, and keeps what it found.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/extraction_search/chip.h"
#include "tests/extraction_search/coverage.h"
#include "tests/extraction_search/explorer.h"
#include "tests/extraction_search/judge.h"

namespace coffer::extraction {

// Finding is a sequence that gives octets away.
struct Finding {
  std::string what;  // in one line, without what differs from one sequence to the next
  std::string text;  // the sequence, with what depends on which octets
  std::uint64_t seed = 0;
  std::uint64_t count = 1;  // how often something of the kind was seen, not all of it looked at
};

// Totals of a search.
struct Totals {
  std::uint64_t sequences = 0;
  std::uint64_t counted = 0;  // at least kCallsToCount succeeded, and one used what was made of the key
  std::uint64_t calls = 0;    // repeated runs included
  std::uint64_t runs = 0;
};
inline constexpr std::size_t kCallsToCount = 4;

// Search is one chip and what was seen of it.
class Search {
 public:
  Search(std::uint64_t seed, Hint hint);

  // Each of these runs one sequence and judges it.
  void try_at_random();
  // false when there are no more.
  bool try_enumerated();
  bool try_missing();
  void replay(const Sequence& sequence);

  [[nodiscard]] const Totals& totals() const { return totals_; }
  [[nodiscard]] const Coverage& coverage() const { return coverage_; }
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }

 private:
  void begin();
  void judge(const Sequence& sequence);
  void finish(Run& run);
  [[nodiscard]] Observations observe(const Sequence& sequence, const Change& change);
  void flag_short_keys(Run& run);
  void report(const Sequence& sequence, const std::string& what, const std::string& details);

  const std::uint64_t first_seed_;
  Hint hint_;
  std::uint64_t seed_ = 0;  // of the sequence that runs
  std::uint64_t enumerated_ = 0;
  std::uint64_t reaching_ = 0;
  std::unique_ptr<Chip> chip_;
  Coverage coverage_;
  Totals totals_;
  std::vector<Finding> findings_;
  std::map<std::string, std::size_t> known_;
};

}  // namespace coffer::extraction
