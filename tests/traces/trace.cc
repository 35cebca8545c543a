// Trace: the text form, and the comparison.
#include "tests/traces/trace.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "base/check.h"
#include "base/tree_testing.h"
#include "codec/hex.h"
#include "tests/traces/message_table.h"
#include "wire/limits.h"

namespace coffer::traces {
namespace {

constexpr std::size_t kLineBytes = 48;          // octets in one line of hexadecimal digits
constexpr std::size_t kAroundBytes = 8;         // shown on both sides of a difference
constexpr std::size_t kDifferencesMax = 5;      // told of one chapter
constexpr std::string_view kNoAnswer = "none";  // what has no reply

std::string head_of(const Chapter& chapter) {
  return "# Golden trace of wire protocol " + std::to_string(wire::kProtocolVersion) + ": " + chapter.name +
         ". Written by `traces_test --record`; docs/formats.md, \"Golden traces\".\n"
         "# The vault was made for the recording: its keys, PINs and passphrases protect nothing.\n";
}

void write_octets(std::ostream& out, Bytes octets) {
  for (std::size_t i = 0; i < octets.size(); i += kLineBytes) {
    out << "  " << to_hex(octets.subspan(i, std::min(kLineBytes, octets.size() - i))) << '\n';
  }
}

void write_exchange(std::ostream& out, const Exchange& exchange) {
  const MessageRow* row = find_message(exchange.place, exchange.op);
  CHECK(row != nullptr);
  out << "\n[" << exchange.name << "]\nPlace = " << exchange.place << "\nRequest = " << exchange.op << ' '
      << row->name << '\n';
  write_octets(out, exchange.request);
  if (row->reply == nullptr) {
    out << "Reply = " << kNoAnswer << '\n';
    return;
  }
  out << "Reply = " << static_cast<unsigned>(exchange.code)
      << (exchange.code == Code::ok ? " ok" : " refused") << '\n';
  if (exchange.code != Code::ok) out << "  # " << as_text(exchange.reply) << '\n';
  write_octets(out, exchange.reply);
}

constexpr Error kNoTrace{Code::malformed, "this is not a trace"};

Result<std::uint16_t> number_in(std::string_view text) {
  std::uint16_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{}) return kNoTrace;
  return number;
}

// Reader goes through the lines of a file.
class Reader {
 public:
  Status line(std::string_view line) {
    if (line.empty() || line[0] == '#' || line.starts_with("  #")) return {};
    if (line[0] == '[' && line.back() == ']') {
      chapter_.exchanges.push_back({.name = std::string(line.substr(1, line.size() - 2))});
      octets_ = nullptr;
      return {};
    }
    if (chapter_.exchanges.empty()) return kNoTrace;
    if (line.starts_with("  ")) return octets(line.substr(2));
    return field(line);
  }

  Chapter take() { return std::move(chapter_); }

 private:
  Status octets(std::string_view digits) {
    if (octets_ == nullptr) return kNoTrace;
    append(*octets_, TRY(codec::from_hex(digits)));
    return {};
  }

  Status field(std::string_view line) {
    Exchange& exchange = chapter_.exchanges.back();
    const std::size_t equals = line.find(" = ");
    if (equals == std::string_view::npos) return kNoTrace;
    const std::string_view name = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 3);
    if (name == "Place") {
      exchange.place = value;
    } else if (name == "Request") {
      exchange.op = TRY(number_in(value));
      octets_ = &exchange.request;
    } else if (name == "Reply") {
      exchange.code = static_cast<Code>(value == kNoAnswer ? 0 : TRY(number_in(value)));
      octets_ = &exchange.reply;
    } else {
      return kNoTrace;
    }
    return {};
  }

  Chapter chapter_;
  Buffer* octets_ = nullptr;
};

std::string around(Bytes octets, std::size_t offset) {
  const std::size_t begin = offset < kAroundBytes ? 0 : offset - kAroundBytes;
  std::string text = begin > 0 ? "... " : "";
  for (std::size_t i = begin; i < std::min(octets.size(), offset + kAroundBytes + 1); ++i) {
    const std::string digits = to_hex(octets.subspan(i, 1));
    text += i == offset ? "[" + digits + "] " : digits + ' ';
  }
  return text + (offset >= octets.size() ? "[end]" : offset + kAroundBytes + 1 < octets.size() ? "..." : "");
}

std::string difference_of(std::string_view what, Bytes recorded, Bytes today) {
  const auto pair = std::ranges::mismatch(recorded, today);
  const auto offset = static_cast<std::size_t>(pair.in1 - recorded.begin());
  return "the " + std::string(what) + " differs at octet " + std::to_string(offset) + " (" +
         std::to_string(recorded.size()) + " octets were recorded, " + std::to_string(today.size()) +
         " are there today)\n    recorded: " + around(recorded, offset) +
         "\n    today:    " + around(today, offset);
}

std::string name_of(const Chapter& chapter, const Exchange& exchange) {
  return chapter.name + ": [" + exchange.name + "] at " + exchange.place + ", op " +
         std::to_string(exchange.op);
}

std::optional<std::string> difference_of(const Exchange& recorded, const Exchange& today) {
  if (recorded.name != today.name || recorded.place != today.place || recorded.op != today.op)
    return "[" + today.name + "] stands in its place today";
  if (recorded.request != today.request) return difference_of("request", recorded.request, today.request);
  if (recorded.code != today.code) {
    return "it was answered with code " + std::to_string(static_cast<unsigned>(recorded.code)) +
           " and is answered with code " + std::to_string(static_cast<unsigned>(today.code));
  }
  if (recorded.reply != today.reply) return difference_of("reply", recorded.reply, today.reply);
  return std::nullopt;
}

constexpr std::string_view kWhatToDo =
    "  If this change is meant: COFFER_TREE=. build/release/bin/traces_test --record, read `git diff "
    "testdata/traces`,\n  and say in CHANGELOG.md what an operator notices.";

}  // namespace

std::string traces_folder() {
  return tree_path("testdata/traces/protocol-" + std::to_string(wire::kProtocolVersion));
}

std::string write(const Chapter& chapter) {
  std::ostringstream out;
  out << head_of(chapter);
  for (const Exchange& exchange : chapter.exchanges) write_exchange(out, exchange);
  return out.str();
}

Result<Chapter> read(std::string_view text) {
  Reader reader;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return kNoTrace;
    TRY(reader.line(text.substr(0, end)));
    text.remove_prefix(end + 1);
  }
  return reader.take();
}

std::vector<Chapter> read_traces(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Chapter> chapters;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    auto chapter = read(text.str());
    CHECK(chapter.ok() && path.extension() == ".trace");
    chapters.push_back(std::move(chapter).value());
    chapters.back().name = path.stem();
  }
  return chapters;
}

std::vector<std::string> differences(const Chapter& recorded, const Chapter& today) {
  std::vector<std::string> found;
  const std::size_t both = std::min(recorded.exchanges.size(), today.exchanges.size());
  for (std::size_t i = 0; i < both && found.size() < kDifferencesMax; ++i) {
    const auto difference = difference_of(recorded.exchanges[i], today.exchanges[i]);
    if (difference) found.push_back(name_of(recorded, recorded.exchanges[i]) + ": " + *difference);
  }
  if (found.size() < kDifferencesMax && recorded.exchanges.size() > both)
    found.push_back(name_of(recorded, recorded.exchanges[both]) + ": today it is not there");
  if (found.size() < kDifferencesMax && today.exchanges.size() > both)
    found.push_back(name_of(today, today.exchanges[both]) + ": it was not recorded");
  if (!found.empty()) found.emplace_back(kWhatToDo);
  return found;
}

}  // namespace coffer::traces
