// Daemon: runs a body in the background and waits until it says that it works.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "host/descriptor.h"

namespace coffer::host {

// kReadinessTextBytesMax bounds what a starting daemon can tell its parent.
inline constexpr std::size_t kReadinessTextBytesMax = 1024;

// Readiness is how a starting daemon tells its parent what it is at, and then that it works, or why not. The
// first word that is not progress counts.
class Readiness final {
 public:
  explicit Readiness(Descriptor socket) : socket_(std::move(socket)) {}
  // progress tells what takes long; a parent that does not listen misses it.
  void progress(std::string_view text);
  // ready lets the parent return with success.
  void ready();
  // failed lets the parent return with the text, which people will read.
  void failed(std::string_view text);
  // take gives the socket away, to a program that this process becomes.
  [[nodiscard]] Descriptor take() { return std::move(socket_); }

 private:
  void say(std::string_view word, std::string_view text);
  Descriptor socket_;
};

// DaemonRequest says where a daemon writes its standard output and error, and how long it may say nothing
// while it starts. `on_progress`, when set, is told what it says meanwhile.
struct DaemonRequest {
  std::string log_path;
  std::chrono::milliseconds silence_max = std::chrono::seconds(30);
  std::function<void(std::string_view text)> on_progress = nullptr;
};

// DaemonStart is what the parent learns: that it works (`text` empty), or why not.
struct DaemonStart {
  bool ready = false;
  pid_t pid = -1;
  std::string text;
};

// start_daemon runs `body` in a background process (its own session, no terminal, working directory /,
// standard input from /dev/null) and returns in the caller when the body has called ready() or failed(), or
// has ended. The value of `body` is the exit code. Fails with `timed_out` when it says nothing for too long;
// then it is killed. Call it while the process has one thread.
Result<DaemonStart> start_daemon(const DaemonRequest& request, const std::function<int(Readiness&)>& body);

}  // namespace coffer::host
