// Coverage: counting.
#include "tests/traces/coverage.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string_view>

#include "tests/traces/message_table.h"

namespace coffer::traces {
namespace {

constexpr std::array<std::string_view, 3> kEntrances = {"socket", "net", "door"};

// The text of vault/dispatch.cc for what cannot be asked at an entrance.
constexpr std::string_view kClosed = "this cannot be asked from there";

// The chapter whose refusals are those of the state or the entrance, before a handler is asked.
constexpr std::string_view kSweep = "reach";

// Requests that no handler refuses: they ask for what anybody may know, or take everything.
constexpr auto kNeverRefused =
    std::to_array<std::string_view>({"StatusRequest", "Grants", "Mechanisms", "CloseSession", "SeedRandom",
                                     "Cancel", "CaList", "TamperShow"});

// A ring is for processes of this machine; the doors attach none.
constexpr std::string_view kLocalOnly = "AttachRing";

struct Count {
  std::size_t answered = 0;
  std::size_t refused = 0;
  std::size_t closed = 0;
};

struct Counts {
  std::array<Count, kEntrances.size()> at;
  std::size_t refused_by_handler = 0;
};

void count(const Chapter& chapter, const Exchange& exchange, Counts& counts) {
  const auto* const entrance = std::ranges::find(kEntrances, exchange.place);
  Count& at = counts.at[static_cast<std::size_t>(entrance - kEntrances.begin())];
  const bool is_closed = exchange.code == Code::denied && as_text(exchange.reply) == kClosed;
  ++(exchange.code == Code::ok ? at.answered : is_closed ? at.closed : at.refused);
  if (exchange.code != Code::ok && !is_closed && chapter.name != kSweep) ++counts.refused_by_handler;
}

std::string cell(const Count& at) {
  std::array<char, 32> text{};
  const bool is_open = at.closed == 0;
  std::snprintf(text.data(), text.size(), is_open ? "%5zu/%-5zu" : "  closed   ", at.answered, at.refused);
  return text.data();
}

}  // namespace

Coverage coverage_of(const std::vector<Chapter>& chapters) {
  std::map<std::uint16_t, Counts> all;
  std::size_t exchange_count = 0;
  std::size_t octets = 0;
  for (const Chapter& chapter : chapters) {
    for (const Exchange& exchange : chapter.exchanges) {
      if (is_entrance(exchange.place)) count(chapter, exchange, all[exchange.op]);
      ++exchange_count;
      octets += exchange.request.size() + exchange.reply.size();
    }
  }
  Coverage coverage;
  coverage.table = "op                      socket      net         door        (answered/refused)\n";
  for (const MessageRow& row : chip_messages()) {
    const Counts& counts = all[row.op];
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%3u %-18s", row.op, std::string(row.name).c_str());
    coverage.table += name.data();
    for (std::size_t i = 0; i < kEntrances.size(); ++i) {
      const Count& at = counts.at[i];
      coverage.table += ' ' + cell(at);
      const std::string where = std::string(row.name) + " at " + std::string(kEntrances[i]);
      if (row.name == kLocalOnly && kEntrances[i] != "socket") continue;
      if (at.closed == 0 && at.answered == 0) coverage.missing.push_back(where + " was never answered");
      if (at.closed == 0 && at.refused == 0) coverage.missing.push_back(where + " was never refused");
    }
    coverage.table += '\n';
    const bool refuses = std::ranges::find(kNeverRefused, row.name) == kNeverRefused.end();
    if (refuses != (counts.refused_by_handler > 0)) {
      coverage.missing.push_back(std::string(row.name) + (refuses ? " was never refused by its handler"
                                                                  : " is refused: take it off the list"));
    }
  }
  coverage.table += std::to_string(all.size()) + " ops, " + std::to_string(chapters.size()) + " chapters, " +
                    std::to_string(exchange_count) + " exchanges, " + std::to_string(octets) + " octets\n";
  return coverage;
}

}  // namespace coffer::traces
