// The system calls of the module, under the names of the C library's: calls of this shared object that would
// be cancellation points come here instead. Nothing else in the process sees these.
//
// A cancellation point of glibc marks its thread as one that may be cancelled at any instruction while it
// waits in the kernel, without asking whether cancelling is disabled; so does the handler of the signal that
// pthread_cancel() sends, and that signal may arrive after the thread came into the module (seen with 2.36).
// The thread would be unwound through the module's frames, which ends the process.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdarg>
#include <ctime>

namespace {

constexpr std::size_t kKernelSignalSetBytes = 8;

}  // namespace

extern "C" {

// Of each: the name that the linker sees, and what it does. `hidden`, so that it is this object's alone.
#define HIDDEN_AS(name) asm(name) __attribute__((visibility("hidden"), used))

ssize_t coffer_send(int socket, const void* data, std::size_t bytes, int flags) HIDDEN_AS("send");
ssize_t coffer_recv(int socket, void* data, std::size_t bytes, int flags) HIDDEN_AS("recv");
ssize_t coffer_sendmsg(int socket, const msghdr* message, int flags) HIDDEN_AS("sendmsg");
ssize_t coffer_recvmsg(int socket, msghdr* message, int flags) HIDDEN_AS("recvmsg");
int coffer_connect(int socket, const sockaddr* address, socklen_t bytes) HIDDEN_AS("connect");
int coffer_accept4(int socket, sockaddr* address, socklen_t* bytes, int flags) HIDDEN_AS("accept4");
int coffer_poll(pollfd* entries, nfds_t count, int milliseconds) HIDDEN_AS("poll");
int coffer_open(const char* path, int flags, ...) HIDDEN_AS("open");
int coffer_close(int descriptor) HIDDEN_AS("close");
ssize_t coffer_read(int descriptor, void* data, std::size_t bytes) HIDDEN_AS("read");
ssize_t coffer_write(int descriptor, const void* data, std::size_t bytes) HIDDEN_AS("write");
ssize_t coffer_pread(int descriptor, void* data, std::size_t bytes, off_t offset) HIDDEN_AS("pread");
ssize_t coffer_getrandom(void* data, std::size_t bytes, unsigned flags) HIDDEN_AS("getrandom");
int coffer_fsync(int descriptor) HIDDEN_AS("fsync");
int coffer_fdatasync(int descriptor) HIDDEN_AS("fdatasync");
int coffer_nanosleep(const timespec* time, timespec* rest) HIDDEN_AS("nanosleep");
pid_t coffer_waitpid(pid_t child, int* status, int flags) HIDDEN_AS("waitpid");
int coffer_sigtimedwait(const sigset_t* signals, siginfo_t* arrived, const timespec* time)
    HIDDEN_AS("sigtimedwait");

#undef HIDDEN_AS

ssize_t coffer_send(int socket, const void* data, std::size_t bytes, int flags) {
  return ::syscall(SYS_sendto, socket, data, bytes, flags, nullptr, 0);
}

ssize_t coffer_recv(int socket, void* data, std::size_t bytes, int flags) {
  return ::syscall(SYS_recvfrom, socket, data, bytes, flags, nullptr, nullptr);
}

ssize_t coffer_sendmsg(int socket, const msghdr* message, int flags) {
  return ::syscall(SYS_sendmsg, socket, message, flags);
}

ssize_t coffer_recvmsg(int socket, msghdr* message, int flags) {
  return ::syscall(SYS_recvmsg, socket, message, flags);
}

int coffer_connect(int socket, const sockaddr* address, socklen_t bytes) {
  return static_cast<int>(::syscall(SYS_connect, socket, address, bytes));
}

int coffer_accept4(int socket, sockaddr* address, socklen_t* bytes, int flags) {
  return static_cast<int>(::syscall(SYS_accept4, socket, address, bytes, flags));
}

// The same call as the C library's: an application's filter may know no other.
int coffer_poll(pollfd* entries, nfds_t count, int milliseconds) {
  return static_cast<int>(::syscall(SYS_poll, entries, count, milliseconds));
}

int coffer_open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | __O_TMPFILE)) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int coffer_close(int descriptor) { return static_cast<int>(::syscall(SYS_close, descriptor)); }

ssize_t coffer_read(int descriptor, void* data, std::size_t bytes) {
  return ::syscall(SYS_read, descriptor, data, bytes);
}

ssize_t coffer_write(int descriptor, const void* data, std::size_t bytes) {
  return ::syscall(SYS_write, descriptor, data, bytes);
}

ssize_t coffer_pread(int descriptor, void* data, std::size_t bytes, off_t offset) {
  return ::syscall(SYS_pread64, descriptor, data, bytes, offset);
}

// Not in POSIX's list, but one in glibc.
ssize_t coffer_getrandom(void* data, std::size_t bytes, unsigned flags) {
  return ::syscall(SYS_getrandom, data, bytes, flags);
}

int coffer_fsync(int descriptor) { return static_cast<int>(::syscall(SYS_fsync, descriptor)); }

int coffer_fdatasync(int descriptor) { return static_cast<int>(::syscall(SYS_fdatasync, descriptor)); }

int coffer_nanosleep(const timespec* time, timespec* rest) {
  return static_cast<int>(::syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, time, rest));
}

pid_t coffer_waitpid(pid_t child, int* status, int flags) {
  return static_cast<pid_t>(::syscall(SYS_wait4, child, status, flags, nullptr));
}

int coffer_sigtimedwait(const sigset_t* signals, siginfo_t* arrived, const timespec* time) {
  return static_cast<int>(::syscall(SYS_rt_sigtimedwait, signals, arrived, time, kKernelSignalSetBytes));
}

}  // extern "C"
