// AuditLog: what every audit log refuses.
#include "store/audit_log.h"

namespace coffer::store {

Status check_lines(std::span<const std::string> lines) {
  if (lines.size() > kAuditLinesMax) return Error{Code::limit, "too many audit lines at once"};
  for (const std::string& line : lines) {
    if (line.empty()) return Error{Code::invalid, "an audit line is empty"};
    if (line.size() > kAuditLineBytesMax) return Error{Code::limit, "an audit line is too long"};
    if (line.find('\n') != std::string::npos) return Error{Code::invalid, "an audit line holds a newline"};
  }
  return {};
}

}  // namespace coffer::store
