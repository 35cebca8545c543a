// StateFile: what could not be written is not taken for told.
#include "net/state_file.h"

#include "base/log.h"
#include "host/file.h"

namespace coffer::net {

void StateFile::write(const std::string& state, Bytes content) {
  if (state == state_) return;
  const bool failed = !host::write_file_durably(path_, content).ok();
  if (failed && !is_failing_) log_line("link", "cannot be written: " + path_);
  is_failing_ = failed;
  if (!failed) state_ = state;
}

}  // namespace coffer::net
