// extraction_search: searches for sequences of calls that give octets of a protected key away.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "tests/extraction_search/call_text.h"
#include "tests/extraction_search/menu.h"
#include "tests/extraction_search/search.h"

namespace coffer::extraction {
namespace {

constexpr std::string_view kUsage =
    "usage: extraction_search [--sequences N] [--seconds S] [--seed N] [--hint FAMILY[,FAMILY...]]\n"
    "       extraction_search --replay FILE\n"
    "       extraction_search --help\n"
    "\n"
    "Asks a vault in memory sequences of calls, and looks for answers that depend on a few octets of a\n"
    "protected key: first all short sequences of a reduced menu, then those that reach what was not "
    "reached,\n"
    "then random ones until N sequences counted or S seconds passed (55). A sequence counts when four calls\n"
    "succeeded and one used something that was made of the protected key.\n"
    "  --seed N      the first seed (1); each finding names its own\n"
    "  --hint        derivations of these families only: concatenate, xor, extract, hkdf, sp800, tls, ecdh,\n"
    "                digest, encrypt\n"
    "  --replay      runs one sequence of a file (what a finding prints) and judges it\n"
    "Exit status: 0 when nothing was found and every use of every mechanism was reached, 1 when not, 2 for\n"
    "wrong usage.\n";

struct HintRow {
  std::string_view name;
  Hint families;
};
const std::vector<HintRow>& hints() {
  using enum crypto::Family;
  static const std::vector<HintRow> rows = {
      {"concatenate", {concatenate_key, concatenate_data, concatenate_before}},
      {"xor", {xor_data}},
      {"extract", {extract_bits}},
      {"hkdf", {hkdf, hkdf_data}},
      {"sp800", {sp800_108_counter, sp800_108_feedback, sp800_108_pipeline}},
      {"tls", {tls_master, tls_extended_master, tls_keys, tls_kdf}},
      {"ecdh", {ecdh}},
      {"digest", {crypto::Family::digest_key}},
      {"encrypt", {encrypt_data_ecb, encrypt_data_cbc}},
  };
  return rows;
}

struct Options {
  std::uint64_t sequences = 0;  // that count; 0: as many as there is time for
  std::uint64_t seconds = 0;    // 0: as long as it takes
  std::uint64_t seed = 1;
  Hint hint;
  std::string replay;
  bool wants_help = false;
};

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

bool read_hint(std::string_view text, Hint& hint) {
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    const auto found = std::ranges::find(hints(), name, &HintRow::name);
    if (found == hints().end()) return false;
    hint.insert(hint.end(), found->families.begin(), found->families.end());
  }
  return !hint.empty();
}

std::optional<Options> read_options(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = words[i];
    if (name == "--help") {
      options.wants_help = true;
      continue;
    }
    if (i + 1 == count) return std::nullopt;
    const std::string_view value = words[++i];
    const bool is_read = name == "--sequences" ? read_number(value, options.sequences)
                         : name == "--seconds" ? read_number(value, options.seconds)
                         : name == "--seed"    ? read_number(value, options.seed)
                         : name == "--hint"    ? read_hint(value, options.hint)
                                               : name == "--replay";
    if (!is_read) return std::nullopt;
    if (name == "--replay") options.replay = value;
  }
  constexpr std::uint64_t kSecondsUsually = 55;
  if (options.sequences == 0 && options.seconds == 0) options.seconds = kSecondsUsually;
  return options;
}

// Progress prints findings as they come, and how far it is every ten seconds.
class Progress {
 public:
  explicit Progress(const Search& search) : search_(search) {}

  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  void tell() {
    for (; told_ < search_.findings().size(); ++told_) {
      std::printf("\nFINDING after %.1f s, sequence %llu\n%s\n", seconds(),
                  static_cast<unsigned long long>(search_.totals().sequences),
                  search_.findings()[told_].text.c_str());
      std::fflush(stdout);
    }
    constexpr double kInterval = 10;
    if (seconds() < next_) return;
    next_ += kInterval;
    std::printf("%.0f s: %llu sequences, %llu counted, %llu calls, %zu kinds of findings\n", seconds(),
                static_cast<unsigned long long>(search_.totals().sequences),
                static_cast<unsigned long long>(search_.totals().counted),
                static_cast<unsigned long long>(search_.totals().calls), search_.findings().size());
    std::fflush(stdout);
  }

 private:
  const Search& search_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double next_ = 10;
  std::size_t told_ = 0;
};

int summarize(const Search& search, double seconds, bool needs_table) {
  const Totals& totals = search.totals();
  if (needs_table) std::printf("\n%s", search.coverage().table().c_str());
  std::printf("\n%llu sequences in %.1f s (%.0f a second), %llu counted; %llu runs, %llu calls\n",
              static_cast<unsigned long long>(totals.sequences), seconds,
              static_cast<double>(totals.sequences) / seconds,
              static_cast<unsigned long long>(totals.counted), static_cast<unsigned long long>(totals.runs),
              static_cast<unsigned long long>(totals.calls));
  for (const Finding& each : search.findings()) {
    std::printf("finding: %s (seen %llu times, first seed %llu)\n", each.what.c_str(),
                static_cast<unsigned long long>(each.count), static_cast<unsigned long long>(each.seed));
  }
  bool is_complete = true;
  if (needs_table) {
    for (const Cell& each : search.coverage().missing()) {
      is_complete = false;
      std::printf("never reached: %.*s %.*s\n", static_cast<int>(each.mechanism->name.size()),
                  each.mechanism->name.data(),
                  static_cast<int>(operation_name(use_rows()[each.use].operation).size()),
                  operation_name(use_rows()[each.use].operation).data());
    }
    for (const std::string_view each : search.coverage().unused_reasons()) {
      is_complete = false;
      std::printf("a reason that is not needed: %.*s\n", static_cast<int>(each.size()), each.data());
    }
  }
  std::printf("%zu kinds of findings\n", search.findings().size());
  return search.findings().empty() && is_complete ? 0 : 1;
}

int replay(const Options& options) {
  std::ifstream file(options.replay);
  std::stringstream text;
  text << file.rdbuf();
  const auto sequence = sequence_of(text.str());
  if (!file || !sequence.ok()) {
    std::fprintf(stderr, "extraction_search: %s is no sequence\n", options.replay.c_str());
    return 2;
  }
  Search search(options.seed, {});
  // Whether the first two changes show a leak is chance.
  constexpr int kTries = 50;
  for (int i = 0; i < kTries; ++i) search.replay(sequence.value());
  for (const Finding& each : search.findings()) std::printf("%s\n", each.text.c_str());
  std::printf("%zu kinds of findings\n", search.findings().size());
  return search.findings().empty() ? 0 : 1;
}

int run(const Options& options) {
  if (!options.replay.empty()) return replay(options);
  Search search(options.seed, options.hint);
  Progress progress(search);
  const auto goes_on = [&] {
    progress.tell();
    const bool has_time = options.seconds == 0 || progress.seconds() < static_cast<double>(options.seconds);
    return has_time && (options.sequences == 0 || search.totals().counted < options.sequences);
  };
  const bool needs_table = options.hint.empty();
  while (needs_table && goes_on() && search.try_missing()) {
  }
  std::printf("%.1f s: every use tried\n", progress.seconds());
  while (goes_on() && search.try_enumerated()) {
  }
  std::printf("%.1f s: enumerated\n", progress.seconds());
  while (goes_on()) search.try_at_random();
  progress.tell();
  return summarize(search, progress.seconds(), needs_table);
}

}  // namespace
}  // namespace coffer::extraction

int main(int argc, char** argv) {
  const auto options = coffer::extraction::read_options(argc, argv);
  if (!options || options->wants_help) {
    std::fputs(coffer::extraction::kUsage.data(), options ? stdout : stderr);
    return options ? 0 : 2;
  }
  return coffer::extraction::run(*options);
}
