// Testing: what several tests of host/ need - forked children, a directory that goes away, counts of
// descriptors.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "base/check.h"
#include "host/descriptor.h"
#include "host/file.h"
#include "host/process.h"

namespace coffer::host::testing {

// TemporaryDirectory is a private directory that is removed with all it holds.
class TemporaryDirectory final {
 public:
  TemporaryDirectory() {
    std::string pattern = ::testing::TempDir() + "coffer-host-XXXXXX";
    CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// ForkedChild runs a function in a child process; it is killed and reaped with this object.
class ForkedChild final {
 public:
  explicit ForkedChild(const std::function<int()>& body) {
    const pid_t pid = ::fork();
    CHECK(pid >= 0);
    if (pid == 0) {
      // Sanitizers catch these; a test wants to see how the process really ends.
      for (const int number : {SIGSEGV, SIGBUS, SIGSYS, SIGABRT}) ::signal(number, SIG_DFL);
      sigset_t none;
      sigemptyset(&none);
      ::sigprocmask(SIG_SETMASK, &none, nullptr);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // Nothing is left behind when a test ends the process.
      ::_exit(body());
    }
    child_ = Child{pid, open_pidfd(pid).value()};
  }
  ForkedChild(const ForkedChild&) = delete;
  ForkedChild& operator=(const ForkedChild&) = delete;
  ~ForkedChild() {
    if (reaped_) return;
    ::kill(child_.pid, SIGKILL);
    wait();
  }

  [[nodiscard]] const Child& child() const { return child_; }
  [[nodiscard]] pid_t pid() const { return child_.pid; }

  // wait waits for the end and gives the status as waitpid() does.
  int wait() {
    for (;;) {
      int status = 0;
      const pid_t waited = ::waitpid(child_.pid, &status, 0);
      CHECK(waited >= 0 || errno == EINTR);
      if (waited < 0 || WIFSTOPPED(status)) continue;
      reaped_ = true;
      return status;
    }
  }
  // mark_reaped tells that somebody else has waited for it.
  void mark_reaped() { reaped_ = true; }

 private:
  Child child_;
  bool reaped_ = false;
};

// kCheckFailed is how a CHECK ends a process (base/check.cc).
inline constexpr int kCheckFailed = 70;

// run_in_child runs a function in a child and gives how it ended, as waitpid() does.
inline int run_in_child(const std::function<int()>& body) { return ForkedChild(body).wait(); }

inline bool exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
inline bool killed_by(int status, int number) { return WIFSIGNALED(status) && WTERMSIG(status) == number; }

// open_descriptor_count counts what this process has open.
inline std::size_t open_descriptor_count() { return list_directory("/proc/self/fd").value().size(); }

// PipeEnds is a pipe for tests to wait on each other.
struct PipeEnds {
  PipeEnds() {
    int ends[2];
    CHECK(::pipe2(ends, O_CLOEXEC) == 0);
    reading = Descriptor(ends[0]);
    writing = Descriptor(ends[1]);
  }
  // say lets a wait() return.
  void say() const { CHECK(::write(writing.get(), "x", 1) == 1); }
  // wait blocks until somebody says; it tells whether somebody did, or all writing ends are closed.
  [[nodiscard]] bool wait() const {
    char octet = 0;
    ssize_t count = 0;
    do {
      count = ::read(reading.get(), &octet, 1);
    } while (count < 0 && errno == EINTR);
    return count == 1;
  }
  Descriptor reading;
  Descriptor writing;
};

}  // namespace coffer::host::testing
