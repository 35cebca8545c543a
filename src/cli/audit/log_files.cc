// Log files.
#include "cli/audit/log_files.h"

#include <algorithm>

#include "host/file.h"

namespace coffer::cli {

namespace {

// A file is begun anew at 64 MiB and one append beyond that; this is far more.
constexpr std::size_t kFileBytesMax = 512U << 20U;

bool is_audit_file(const std::string& name) {
  constexpr std::string_view kFront = "audit-";
  constexpr std::string_view kBack = ".log";
  if (name.size() <= kFront.size() + kBack.size() || !name.starts_with(kFront) || !name.ends_with(kBack))
    return false;
  return name.find_first_not_of("0123456789", kFront.size()) == name.size() - kBack.size();
}

}  // namespace

Result<std::vector<std::string>> audit_file_names(const std::string& directory) {
  std::vector<std::string> names = TRY(host::list_directory(directory));
  std::erase_if(names, [](const std::string& name) { return !is_audit_file(name); });
  // Numbers grow by a digit after 999999.
  std::ranges::sort(names, [](const std::string& left, const std::string& right) {
    return left.size() != right.size() ? left.size() < right.size() : left < right;
  });
  return names;
}

Status read_log_file(const std::string& directory, const std::string& name, LogFile& file) {
  const Buffer content = TRY(host::read_file(directory + '/' + name, kFileBytesMax));
  file.name = name;
  file.content = std::string(as_text(content));
  file.lines.clear();
  std::string_view rest = file.content;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    file.lines.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  file.ends_inside_a_line = !rest.empty();
  return {};
}

}  // namespace coffer::cli
