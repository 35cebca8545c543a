// Data files: what commands read and write for the user, by name or as standard input and output.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "cli/invocation.h"
#include "host/descriptor.h"

namespace coffer::cli {

inline constexpr mode_t kPublicFile = 0644;

// InputFile reads a file, or standard input ("-" or no name), in pieces.
class InputFile final {
 public:
  static Result<InputFile> open(Invocation& invocation, const std::string& path);

  // read gives the next at most `bytes_max` octets, fewer only at the end.
  Result<Buffer> read(Invocation& invocation, std::size_t bytes_max);

 private:
  InputFile(host::Descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  host::Descriptor file_;
  std::string name_;
};

// read_whole reads a file of at most `bytes_max` octets; `when_longer` is what to do about a longer one.
Result<Buffer> read_whole(Invocation& invocation, const std::string& path, std::size_t bytes_max,
                          std::string when_longer = "check that it is the right file");

// write_result writes to the file of option -o, or to standard output. A regular file is replaced whole or
// not at all; a device or a pipe is written to. Without -o, octets that are not text are refused on a
// terminal.
Status write_result(Invocation& invocation, Bytes content, mode_t mode);

// write_named is write_result for a given path ("-" is standard output).
Status write_named(Invocation& invocation, const std::string& path, Bytes content, mode_t mode);

}  // namespace coffer::cli
