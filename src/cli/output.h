// Output: what a command prints, gathered and written in large pieces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace coffer::cli {

// Output writes to a descriptor that somebody else owns; a negative one only gathers (tests).
class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void text(std::string_view text);
  // line is text and a newline.
  void line(std::string_view text);
  // secret writes what was asked for and is secret, after all that was gathered, and keeps no copy.
  void secret(const SecretBytes& text);
  // flush writes what is gathered. Fails with `unavailable` or `disk_full`; an earlier failure is told again.
  Status flush();

  [[nodiscard]] const std::string& gathered() const { return gathered_; }

 private:
  static constexpr std::size_t kGatherBytes = 64 * 1024;

  int descriptor_;
  std::string gathered_;
  Status failure_;
};

// write_all writes all octets to a descriptor.
Status write_all(int descriptor, Bytes octets);

// show_progress shows what takes long on standard error, where that is a terminal: a line that the next one
// replaces. An empty text takes it away.
void show_progress(std::string_view text);

// printable gives text that cannot drive a terminal: each control character and each octet that is not UTF-8
// becomes '?'.
std::string printable(std::string_view text);

// Columns lines up rows under a heading.
class Columns {
 public:
  explicit Columns(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  // print writes all rows, each cell but the last padded to its column's width.
  void print(Output& output) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace coffer::cli
