// Output: gathering, writing, and what may be shown on a terminal.
#include "cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "codec/utf8.h"

namespace coffer::cli {

namespace {

// How many columns a text takes: one a code point, which is right for what people call their keys.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char octet) { return (static_cast<unsigned char>(octet) & 0xC0U) != 0x80U; }));
}

bool is_control(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
}

// Characters that change the direction of the text behind them: with them a name can pose as another.
bool is_direction(std::uint32_t code_point) {
  return (code_point >= 0x200E && code_point <= 0x200F) || (code_point >= 0x2028 && code_point <= 0x202E) ||
         (code_point >= 0x2066 && code_point <= 0x2069);
}

}  // namespace

Status write_all(int descriptor, Bytes octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(descriptor, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
      return Error{Code::disk_full, "there is no room"};
    if (written < 0) return Error{Code::unavailable, "cannot write"};
    octets = octets.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

void show_progress(std::string_view text) {
  constexpr std::string_view kBeginAnew = "\r\x1b[K";
  if (::isatty(STDERR_FILENO) == 0) return;
  static_cast<void>(write_all(STDERR_FILENO, as_bytes(std::string(kBeginAnew) + printable(text))).ok());
}

void Output::text(std::string_view text) {
  gathered_ += text;
  if (descriptor_ >= 0 && gathered_.size() >= kGatherBytes) failure_ = flush();
}

void Output::line(std::string_view text) {
  gathered_ += text;
  this->text("\n");
}

void Output::secret(const SecretBytes& text) {
  if (descriptor_ < 0) return this->text(as_text(text.reveal()));
  failure_ = flush();
  if (failure_.ok()) failure_ = write_all(descriptor_, text.reveal());
}

Status Output::flush() {
  if (descriptor_ < 0 || !failure_.ok()) return failure_;
  failure_ = write_all(descriptor_, as_bytes(gathered_));
  gathered_.clear();
  return failure_;
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const codec::Utf8Character character = codec::first_utf8(text);
    if (!character.valid || is_control(character.code_point) || is_direction(character.code_point)) {
      shown += '?';
    } else {
      shown += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return shown;
}

void Columns::print(Output& output) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  constexpr std::size_t kGap = 2;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + kGap, ' ');
    }
    output.line(line);
  }
}

}  // namespace coffer::cli
