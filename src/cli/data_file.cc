// Data files: reading in pieces, and writing a result whole or not at all.
#include "cli/data_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "codec/utf8.h"
#include "host/file.h"

namespace coffer::cli {

namespace {

bool is_text(Bytes content) {
  return codec::is_utf8(as_text(content)) &&
         std::ranges::none_of(content, [](std::uint8_t octet) { return octet < 0x20 && octet != '\n'; });
}

// A path that names something which is no regular file: a device, a pipe, a terminal.
bool is_special(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode);
}

Status write_special(const std::string& path, Bytes content) {
  const host::Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) return Error{Code::denied, "cannot open for writing"};
  return write_all(file.get(), content);
}

}  // namespace

Result<InputFile> InputFile::open(Invocation& invocation, const std::string& path) {
  if (path.empty() || path == "-") {
    return InputFile(host::Descriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)), "standard input");
  }
  host::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.is_open()) return InputFile(std::move(file), path);
  if (errno == ENOENT) return invocation.fail(Code::not_found, "there is no file " + path, "check its name");
  return invocation.fail(Code::denied, path + " cannot be read", "check who may read it");
}

Result<Buffer> InputFile::read(Invocation& invocation, std::size_t bytes_max) {
  Buffer octets(bytes_max);
  std::size_t filled = 0;
  while (filled < bytes_max) {
    const ssize_t count = ::read(file_.get(), octets.data() + filled, bytes_max - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return invocation.fail(Code::denied, name_ + " cannot be read", "check that it is a file");
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  octets.resize(filled);
  return octets;
}

Result<Buffer> read_whole(Invocation& invocation, const std::string& path, std::size_t bytes_max,
                          std::string when_longer) {
  auto file = TRY(InputFile::open(invocation, path));
  Buffer content = TRY(file.read(invocation, bytes_max + 1));
  if (content.size() <= bytes_max) return content;
  return invocation.fail(
      Code::limit,
      (path == "-" ? "standard input" : path) + " is longer than " + std::to_string(bytes_max) + " octets",
      std::move(when_longer));
}

Status write_result(Invocation& invocation, Bytes content, mode_t mode) {
  const auto path = invocation.arguments.value("--output");
  if (!path && ::isatty(STDOUT_FILENO) == 1 && !is_text(content)) {
    return invocation.fail(Code::invalid, "the result is not text",
                           "name a file with -o, or '-o -' to print it");
  }
  return write_named(invocation, path.value_or("-"), content, mode);
}

Status write_named(Invocation& invocation, const std::string& path, Bytes content, mode_t mode) {
  if (path == "-") {
    invocation.output.text(as_text(content));
    return {};
  }
  const Status written =
      is_special(path) ? write_special(path, content) : host::write_file_durably(path, content, mode);
  if (written.ok()) return {};
  return invocation.fail(written.error().code == Code::disk_full ? Code::disk_full : Code::denied,
                         path + " cannot be written", "check its directory, and who may write there");
}

}  // namespace coffer::cli
