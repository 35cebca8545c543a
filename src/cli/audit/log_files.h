// Log files: the audit log's directory, read line by line (docs/formats.md, "Audit log").
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coffer::cli {

// AuditPlace says where a line stands.
struct AuditPlace {
  std::string file;        // name inside the directory
  std::uint64_t line = 0;  // in that file, from 1
};

// LogFile is one file read whole: its complete lines, and whether octets follow the last of them.
struct LogFile {
  std::string name;
  std::string content;
  std::vector<std::string_view> lines;  // views into `content`
  bool ends_inside_a_line = false;

  LogFile() = default;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
};

// audit_file_names gives the names audit-NNNNNN.log in a directory, oldest first.
Result<std::vector<std::string>> audit_file_names(const std::string& directory);

// read_log_file reads one of them.
Status read_log_file(const std::string& directory, const std::string& name, LogFile& file);

}  // namespace coffer::cli
