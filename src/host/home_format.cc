// Home format: reading and raising the number.
#include "host/home_format.h"

#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "base/log.h"
#include "host/file.h"
#include "host/vault_home.h"

namespace coffer::host {

namespace {

constexpr std::size_t kFormatBytesMax = 16;
constexpr mode_t kReadable = 0644;  // users who are granted the vault look at it too

Status write_home_format(const std::string& home, std::uint32_t number) {
  return write_file_durably(vault_format(home), as_bytes(std::to_string(number) + '\n'), kReadable);
}

}  // namespace

Result<std::uint32_t> read_home_format(const std::string& home) {
  if (home.empty()) return std::uint32_t{kFormatOldest};
  const std::string path = vault_format(home);
  // Who may not look into the directory can touch nothing in it either. A file that is seen and cannot be
  // read may say anything.
  if (!file_exists(path)) return std::uint32_t{kFormatOldest};
  if (!is_regular_file(path)) return Error{Code::corrupt, "the name 'format' of the vault is no file"};
  const auto file = read_file(path, kFormatBytesMax);
  const std::string_view text = file.ok() ? as_text(file.value()) : std::string_view();
  std::uint32_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest(read.ptr, static_cast<std::size_t>(text.data() + text.size() - read.ptr));
  if (read.ec != std::errc{} || rest != "\n" || number == 0) {
    return Error{Code::corrupt, "the file 'format' of the vault holds no number"};
  }
  return number;
}

Status check_home_format(const std::string& home) {
  const std::uint32_t number = TRY(read_home_format(home));
  if (number <= kFormat) return {};
  return Error{Code::unsupported, "this vault was written by a newer Coffer: use that program"};
}

Status found_home(const std::string& home) {
  if (!TRY(list_directory(home)).empty()) return {};
  return write_home_format(home, kFormat);
}

Status raise_home_format(const std::string& home, std::span<const HomeStep> steps) {
  TRY(check_home_format(home));
  const std::uint32_t number = TRY(read_home_format(home));
  if (number < kFormatOldest) {
    return Error{Code::unsupported, "an older Coffer made the vault, and this one cannot read it"};
  }
  for (const HomeStep& step : steps) {
    if (step.from >= number) {
      TRY(write_home_format(home, step.from + 1U));
      log_line("home", "the directory is of format " + std::to_string(step.from + 1U) + " now");
    }
    TRY(step.move(home));
  }
  return {};
}

}  // namespace coffer::host
