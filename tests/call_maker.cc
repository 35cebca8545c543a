// call_maker: lets a running process open files, as whoever took it over would, and says what came of it.
// usage: call_maker PID FLAGS PATH...     as root; FLAGS is r or rw
// For each path it prints "PATH: opened" or "PATH: WHY". Exit status: 0 when it could ask, 2 for wrong usage,
// 3 when the process cannot be stopped.
//
// The process is stopped by ptrace(2) in a system call that waits. Its next system calls are ours, made by
// the same instruction and under the sandbox that the process has; then it goes on with the one that it
// waited in.
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using Word = unsigned long;
constexpr Word kInstructionBytes = 2;  // `syscall`
constexpr Word kInstruction = 0x050f;
constexpr Word kRoomBytes =
    8192;  // below what the process uses of its stack, and the room of its leaf functions

[[noreturn]] void fail(const char* what) {
  std::printf("%s: %s\n", what, std::strerror(errno));
  std::exit(3);
}

void await_stop(pid_t process) {
  int status = 0;
  if (::waitpid(process, &status, __WALL) != process || !WIFSTOPPED(status)) fail("the process has ended");
}

// Stopped is a process that waits in a system call, and does ours meanwhile.
class Stopped {
 public:
  explicit Stopped(pid_t process) : process_(process) {
    if (::ptrace(PTRACE_SEIZE, process, nullptr, nullptr) != 0) fail("the process cannot be debugged");
    if (::ptrace(PTRACE_INTERRUPT, process, nullptr, nullptr) != 0) fail("the process cannot be stopped");
    await_stop(process);
    registers(PTRACE_GETREGS, before_);
    const Word code = peek(before_.rip - kInstructionBytes) & 0xffff;
    if (code != kInstruction || static_cast<long>(before_.orig_rax) < 0) fail("it waits in no system call");
  }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  ~Stopped() {
    // It makes the call anew that it waited in.
    before_.rip -= kInstructionBytes;
    before_.rax = before_.orig_rax;
    before_.orig_rax = ~Word{0};
    registers(PTRACE_SETREGS, before_);
    ::ptrace(PTRACE_DETACH, process_, nullptr, nullptr);
  }

  // call gives what the system call gave: a negative error number when it was refused.
  long call(Word number, Word first, Word second, Word third) {
    user_regs_struct now = before_;
    now.rip -= kInstructionBytes;
    now.rax = number;
    now.orig_rax = ~Word{0};
    now.rdi = first;
    now.rsi = second;
    now.rdx = third;
    registers(PTRACE_SETREGS, now);
    for (int stop = 0; stop < 2; ++stop) {  // before it is made, and after
      if (::ptrace(PTRACE_SYSCALL, process_, nullptr, nullptr) != 0) fail("the process does not go on");
      await_stop(process_);
    }
    registers(PTRACE_GETREGS, now);
    return static_cast<long>(now.rax);
  }

  // text puts a text where the process uses no memory, and gives its address.
  Word text(std::string_view octets) {
    const Word address = (before_.rsp - kRoomBytes) & ~(sizeof(Word) - 1);
    for (std::size_t at = 0; at <= octets.size(); at += sizeof(Word)) {
      Word word = 0;
      std::memcpy(&word, octets.data() + at, std::min(sizeof(Word), octets.size() - at));
      if (::ptrace(PTRACE_POKEDATA, process_, address + at, word) != 0) fail("its memory cannot be written");
    }
    return address;
  }

 private:
  void registers(decltype(PTRACE_GETREGS) request, user_regs_struct& values) const {
    if (::ptrace(request, process_, nullptr, &values) != 0) fail("its registers cannot be had");
  }
  [[nodiscard]] Word peek(Word address) const {
    errno = 0;
    const long word = ::ptrace(PTRACE_PEEKDATA, process_, address, nullptr);
    if (errno != 0) fail("its memory cannot be read");
    return static_cast<Word>(word);
  }

  pid_t process_;
  user_regs_struct before_{};
};

void open_and_say(Stopped& process, const std::string& path, int flags) {
  const long opened = process.call(SYS_openat, static_cast<Word>(AT_FDCWD), process.text(path),
                                   static_cast<Word>(flags | O_CLOEXEC));
  std::printf("%s: %s\n", path.c_str(), opened >= 0 ? "opened" : std::strerror(static_cast<int>(-opened)));
  if (opened >= 0) process.call(SYS_close, static_cast<Word>(opened), 0, 0);
}

}  // namespace

int main(int count, char** values) {
  if (count < 4) return 2;
  const std::string_view flags = values[2];
  if (flags != "r" && flags != "rw") return 2;
  Stopped process(std::atoi(values[1]));
  for (int i = 3; i < count; ++i) open_and_say(process, values[i], flags == "r" ? O_RDONLY : O_RDWR);
  return 0;
}
