// An application that does to its process what applications do: the module goes on, and leaves alone what is
// not its own.
//
// usage: any_program MODULE PIN CASE; the environment has COFFER_HOME, whose token has a key with the label
// `guest`. Exits 0 when the case holds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <spawn.h>
#include <array>
#include <atomic>
#include <chrono>
#include <clocale>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "tests/module.h"

namespace {

using namespace coffer::story;

constexpr int kNumbersMax = 1024;
constexpr const char* kLabel = "guest";

std::string module_path;
std::string pin;
std::string program;

void want(bool condition, const std::string& what) {
  if (!condition) die(what);
}

// User is the application's use of its token: one session and one key.
class User {
 public:
  User() : module_(module_path), session_(module_.session()) {
    module_.login(session_, pin);
    keys_ = module_.find(session_, CKO_PRIVATE_KEY, kLabel);
    want(keys_.size() == 1, "there is no key");
  }
  [[nodiscard]] const Module& module() const { return module_; }
  [[nodiscard]] CK_OBJECT_HANDLE key() const { return keys_.front(); }
  CK_RV try_sign() const { return try_sign_in(session_); }
  CK_RV try_sign_in(CK_SESSION_HANDLE session) const {
    std::vector<CK_BYTE> signature;
    return module_.sign(session, key(), signature);
  }
  void sign(const std::string& when) const { must("C_Sign " + when, try_sign()); }

 private:
  Module module_;
  CK_SESSION_HANDLE session_;
  std::vector<CK_OBJECT_HANDLE> keys_;
};

// OwnFiles are the application's: regular files, or sockets with their other ends.
class OwnFiles {
 public:
  explicit OwnFiles(bool are_sockets, int count = 32) : are_sockets_(are_sockets) {
    for (int i = 0; i < count; ++i) {
      std::array<int, 2> made{-1, -1};
      if (are_sockets) {
        want(socketpair(AF_UNIX, SOCK_STREAM, 0, made.data()) == 0, "socketpair");
      } else {
        made[0] = open(".", O_TMPFILE | O_RDWR, 0600);
      }
      want(made[0] >= 0, "cannot open a file");
      numbers_.push_back(made[0]);
      if (made[1] >= 0) numbers_.push_back(made[1]);
    }
    for (const int number : numbers_) inodes_.push_back(about(number).st_ino);
  }
  ~OwnFiles() {
    for (const int number : numbers_) close(number);
  }
  // untouched dies unless all are open still, and nothing was written to them.
  void untouched(const std::string& when) const {
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      want(about(numbers_[i]).st_ino == inodes_[i], "a file of the application was closed " + when);
      pollfd entry{numbers_[i], POLLIN, 0};
      const bool has_octets = are_sockets_ ? poll(&entry, 1, 0) != 0 : about(numbers_[i]).st_size != 0;
      want(!has_octets, "the module wrote to a file of the application " + when);
    }
  }

 private:
  static struct stat about(int number) {
    struct stat result{};
    if (fstat(number, &result) != 0) result.st_ino = 0;
    return result;
  }
  bool are_sockets_;
  std::vector<int> numbers_;
  std::vector<ino_t> inodes_;
};

void close_all_from(int first) {
  for (int number = first; number < kNumbersMax; ++number) close(number);
}

// At once: a call that finds its connection gone makes a new one. 30 s are what a request may take.
template <typename Work>
void at_once(const std::string& what, const Work& work) {
  const auto begun = std::chrono::steady_clock::now();
  work();
  want(std::chrono::steady_clock::now() - begun < std::chrono::seconds(15), what + " takes too long");
}

void limit(int resource, rlim_t most) {
  rlimit value{most, RLIM_INFINITY};
  getrlimit(static_cast<__rlimit_resource>(resource), &value);
  value.rlim_cur = most;
  want(setrlimit(static_cast<__rlimit_resource>(resource), &value) == 0, "setrlimit");
}

// Without a ring, all goes over the socket.
void without_ring() { limit(RLIMIT_FSIZE, 0); }

void all_closed(bool are_sockets) {
  const User user;
  const Module& module = user.module();
  for (int round = 0; round < 20; ++round) {
    if (round % 2 == 0) user.sign("before all is closed");
    close_all_from(STDERR_FILENO + 1);
    const OwnFiles files(are_sockets);
    at_once("signing after all was closed", [&] {
      user.sign("after all was closed");
      user.sign("once more");
      must("another session", user.try_sign_in(module.session()));
    });
    files.untouched("while the module goes on");
    if (round % 5 != 4) continue;
    must("C_Finalize", module->C_Finalize(nullptr));
    files.untouched("by C_Finalize");
    User().sign("after C_Initialize");
    return;
  }
}

// What the other threads do meanwhile must not send anything into the numbers that are taken away from them.
void closed_beside_calls() {
  const User user;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      const CK_SESSION_HANDLE session = user.module().session();
      while (!stop) static_cast<void>(user.try_sign_in(session));
    });
  }
  for (int round = 0; round < 10; ++round) {
    user.sign("beside other threads");
    close_all_from(STDERR_FILENO + 1);
    const OwnFiles files(true);
    user.sign("after all was closed beside other threads");
    files.untouched("while other threads are in calls");
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

void must_end_well(pid_t child, const std::string& what) {
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  want(status == 0, what + " failed");
}

// A daemon forks twice and closes everything; its parent may live on, or close everything too.
void daemon_forks() {
  const User user;
  user.sign("before the fork");
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    const pid_t daemon = fork();
    if (daemon != 0) {
      must_end_well(daemon, "the daemon");
      _exit(0);
    }
    close_all_from(STDERR_FILENO + 1);
    const OwnFiles files(false);
    user.sign("in the daemon");
    must("C_Finalize in the daemon", user.module()->C_Finalize(nullptr));
    files.untouched("in the daemon");
    const User again;
    again.sign("in the daemon, initialised anew");
    files.untouched("in the daemon, initialised anew");
    _exit(0);
  }
  // The child's copy of the connection keeps it alive in the chip, when this process has closed its own.
  close_all_from(STDERR_FILENO + 1);
  const OwnFiles files(true);
  at_once("signing in the parent", [&] {
    for (int i = 0; i < 200; ++i) user.sign("in the parent that closed all");
  });
  files.untouched("in the parent");
  must_end_well(child, "the child");
  user.sign("after the child");
}

void streams_closed() {
  for (int stream = 0; stream <= STDERR_FILENO; ++stream) close(stream);
  const User user;
  for (int stream = 0; stream <= STDERR_FILENO; ++stream) {
    // What a program writes to a stream that it has closed must not go to the vault.
    want(fcntl(stream, F_GETFD) < 0, "the module took the number of a standard stream");
    for (int i = 0; i < 10; ++i) static_cast<void>(write(stream, "some text\n", 10) < 0);
  }
  user.sign("without standard streams");
}

volatile sig_atomic_t children_ended = 0;

// The story has stopped the vault: the module starts it.
void children_ignored() {
  struct sigaction action{};
  action.sa_handler = SIG_IGN;
  sigaction(SIGCHLD, &action, nullptr);
  User().sign("with SIGCHLD ignored");
}

void children_counted() {
  struct sigaction action{};
  action.sa_handler = [](int) { children_ended = children_ended + 1; };
  sigaction(SIGCHLD, &action, nullptr);
  User().sign("with a handler of SIGCHLD");
  want(children_ended == 0, "the application was told of a child that is not its own");
  want(waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD,
       "the application has a child that is not its own");
}

void everything_blocked() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  const User user;
  for (int i = 0; i < 100; ++i) user.sign("with all signals blocked");
}

// What an application has chosen for itself, and the vault, which the module starts here, must not get: its
// mask, soft limits, priorities and processor.
void narrow() {
  umask(0777);
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  want(::sched_setaffinity(0, sizeof(first), &first) == 0, "one processor");
  want(::setpriority(PRIO_PROCESS, 0, 19) == 0, "nice");
  constexpr int kIdle = 3 << 13;  // IOPRIO_CLASS_IDLE
  want(::syscall(SYS_ioprio_set, 1, 0, kIdle) == 0, "the priority at the disk");
  const sched_param least{.sched_priority = 1};
  want(::sched_setscheduler(0, SCHED_FIFO, &least) == 0 || errno == EPERM, "SCHED_FIFO");
  limit(RLIMIT_STACK, rlim_t{64} << 10U);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_DATA, rlim_t{64} << 20U);
  limit(RLIMIT_CPU, 20);
  User().sign("of a narrow application");
}

void little_address_space() {
  const User before;
  must("C_Finalize", before.module()->C_Finalize(nullptr));
  std::FILE* statm = std::fopen("/proc/self/statm", "r");
  long pages = 0;
  want(statm != nullptr && std::fscanf(statm, "%ld", &pages) == 1, "statm");
  std::fclose(statm);
  limit(RLIMIT_AS, static_cast<rlim_t>(pages) * 4096 + (rlim_t{2} << 20U));
  User().sign("with no room for a ring");
}

void few_descriptors() {
  // What the program inherited lies below the limits, and leaves less than is meant here.
  must("close_range", static_cast<CK_RV>(::close_range(STDERR_FILENO + 1, ~0U, 0)));
  const User user;
  must("C_Finalize", user.module()->C_Finalize(nullptr));
  for (const int free_numbers : {8, 2, 1}) {
    limit(RLIMIT_NOFILE, static_cast<rlim_t>(STDERR_FILENO + 1 + free_numbers));
    const User few;
    few.sign("with " + std::to_string(free_numbers) + " descriptors left");
    must("C_Finalize", few.module()->C_Finalize(nullptr));
  }
  limit(RLIMIT_NOFILE, STDERR_FILENO + 1);
  CK_SESSION_HANDLE session = 0;
  user.module().initialize();
  want(user.module()->C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK,
       "a connection without a descriptor");
  limit(RLIMIT_NOFILE, kNumbersMax);
  must("C_Finalize", user.module()->C_Finalize(nullptr));
  User().sign("with descriptors again");
}

void interrupted() {
  const User user;
  struct sigaction action{};
  action.sa_handler = [](int) {};  // without SA_RESTART
  sigaction(SIGALRM, &action, nullptr);
  const itimerval often{{0, 200}, {0, 200}};
  setitimer(ITIMER_REAL, &often, nullptr);
  for (int i = 0; i < 500; ++i) {
    user.sign("between signals");
    if (i % 50 == 0) must("C_CloseSession", user.module()->C_CloseSession(user.module().session()));
  }
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
}

// Caller is what a thread does until it is cancelled.
struct Caller {
  const User* user;
  int work;
  bool any_time;
  std::atomic<int>* busy;
};

void* call_for_ever(void* argument) {
  const Caller caller = *static_cast<Caller*>(argument);
  if (caller.any_time) pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  const Module& module = caller.user->module();
  CK_SLOT_ID slot = 0;
  CK_SESSION_HANDLE session = 0;
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  CK_BYTE digest[32] = {7};
  CK_BYTE signature[64];
  module->C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
  caller.busy->fetch_add(1);
  // No C++ object lives here: a thread that is cancelled at any instruction unwinds from any.
  for (;;) {
    CK_ULONG size = sizeof signature;
    CK_SESSION_HANDLE other = 0;
    if (caller.work == 0 && module->C_SignInit(session, &mechanism, caller.user->key()) == CKR_OK)
      module->C_Sign(session, digest, sizeof digest, signature, &size);
    if (caller.work == 1 && module->C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &other) == CKR_OK)
      module->C_CloseSession(other);
    if (caller.work == 2) module->C_WaitForSlotEvent(0, &slot, nullptr);
    if (!caller.any_time) pthread_testcancel();
  }
}

void cancelled(bool any_time) {
  const User user;
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> busy = 0;
    std::array<Caller, 6> callers;
    std::array<pthread_t, 6> threads{};
    for (int i = 0; i < 6; ++i) {
      callers[static_cast<std::size_t>(i)] = {&user, i % 3, any_time, &busy};
      pthread_create(&threads[static_cast<std::size_t>(i)], nullptr, call_for_ever,
                     &callers[static_cast<std::size_t>(i)]);
    }
    while (busy < 6) sched_yield();
    for (int i = 0; i < 20; ++i) user.sign("beside threads that will be cancelled");
    for (const pthread_t thread : threads) pthread_cancel(thread);
    for (const pthread_t thread : threads) pthread_join(thread, nullptr);
  }
  for (int i = 0; i < 100; ++i) user.sign("after threads were cancelled");
  must("C_Finalize", user.module()->C_Finalize(nullptr));
}

// Programs that are started beside calls get no descriptor of the module.
void starts_programs() {
  close_all_from(STDERR_FILENO + 1);  // which the story was started with
  const User user;
  std::atomic<bool> stop = false;
  std::thread signing([&] {
    const CK_SESSION_HANDLE session = user.module().session();
    while (!stop) must("C_Sign beside new programs", user.try_sign_in(session));
  });
  for (int round = 0; round < 40; ++round) {
    std::array<char*, 5> arguments{program.data(), module_path.data(), pin.data(),
                                   const_cast<char*>("inherited"), nullptr};
    pid_t child = -1;
    if (round % 2 == 0) {
      want(posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ) == 0,
           "posix_spawn");
    } else {
      child = vfork();
      if (child == 0) {
        execv(program.c_str(), arguments.data());
        _exit(127);
      }
    }
    must_end_well(child, "a program that was started");
    user.sign("after a program was started");
  }
  stop = true;
  signing.join();
}

void inherited() {
  for (int number = STDERR_FILENO + 1; number < kNumbersMax; ++number)
    want(fcntl(number, F_GETFD) < 0, "a program got a descriptor of the module");
}

void elsewhere() {
  const User user;
  // An empty directory, as the root and the working directory.
  char empty[] = "/tmp/any-program-XXXXXX";
  want(mkdtemp(empty) != nullptr && chroot(empty) == 0 && chdir("/") == 0, "chroot");
  for (int i = 0; i < 100; ++i) user.sign("in another root");
}

void odd_locale() {
  std::setlocale(LC_ALL, "");
  const User user;
  user.sign("in an odd locale");
}

// A complaint goes where complaints go, and nowhere else. COFFER_HOME holds no vault.
void look_for_slots() {
  const Module module(module_path);
  CK_ULONG count = 0;
  for (int i = 0; i < 3; ++i) static_cast<void>(module->C_GetSlotList(CK_TRUE, nullptr, &count));
}

void complains_into_a_broken_pipe() {
  std::array<int, 2> ends{};
  want(pipe(ends.data()) == 0, "pipe");
  dup2(ends[1], STDERR_FILENO);
  close(ends[0]);
  close(ends[1]);
  look_for_slots();  // SIGPIPE would end the program.
}

void complains_not_into_files() {
  const int file = open(".", O_TMPFILE | O_RDWR, 0600);
  dup2(file, STDERR_FILENO);
  look_for_slots();
  struct stat about{};
  if (fstat(file, &about) != 0 || about.st_size != 0) _exit(1);
}

void complains_not_to_peers() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof name;
  auto* const generic = reinterpret_cast<sockaddr*>(&name);
  want(bind(listener, generic, length) == 0 && listen(listener, 1) == 0 &&
           getsockname(listener, generic, &length) == 0,
       "listen");
  const int peer = socket(AF_INET, SOCK_STREAM, 0);
  want(connect(peer, generic, length) == 0, "connect");
  const int connection = accept(listener, nullptr, nullptr);
  dup2(connection, STDERR_FILENO);
  look_for_slots();
  char octet = 0;
  if (recv(peer, &octet, 1, MSG_DONTWAIT) >= 0) _exit(1);
}

const std::map<std::string, std::function<void()>> kCases = {
    {"all-closed", [] { all_closed(false); }},
    {"all-closed-sockets", [] { all_closed(true); }},
    {"all-closed-without-ring",
     [] {
       without_ring();
       all_closed(true);
     }},
    {"closed-beside-calls", closed_beside_calls},
    {"closed-beside-calls-without-ring",
     [] {
       without_ring();
       closed_beside_calls();
     }},
    {"daemon-forks", daemon_forks},
    {"daemon-forks-without-ring",
     [] {
       without_ring();
       daemon_forks();
     }},
    {"streams-closed", streams_closed},
    {"children-ignored", children_ignored},
    {"children-counted", children_counted},
    {"everything-blocked", everything_blocked},
    {"narrow", narrow},
    {"no-file-may-grow",
     [] {
       without_ring();
       User().sign("where no file may grow");
     }},
    {"little-address-space", little_address_space},
    {"few-descriptors", few_descriptors},
    {"interrupted", interrupted},
    {"interrupted-without-ring",
     [] {
       without_ring();
       interrupted();
     }},
    {"cancelled", [] { cancelled(false); }},
    {"cancelled-at-any-time", [] { cancelled(true); }},
    {"cancelled-without-ring",
     [] {
       without_ring();
       cancelled(false);
     }},
    {"starts-programs", starts_programs},
    {"inherited", inherited},
    {"elsewhere", elsewhere},
    {"odd-locale", odd_locale},
    {"looks-for-slots", look_for_slots},
    {"complains-into-a-broken-pipe", complains_into_a_broken_pipe},
    {"complains-not-into-files", complains_not_into_files},
    {"complains-not-to-peers", complains_not_to_peers},
    {"signs", [] { User().sign("as usual"); }},
    {"makes-the-key",
     [] {
       const Module module(module_path);
       const CK_SESSION_HANDLE session = module.session();
       module.login(session, pin);
       CK_OBJECT_HANDLE made[2] = {0, 0};
       must("C_GenerateKeyPair", module.generate(session, kLabel, made[0], made[1]));
     }},
};

}  // namespace

int main(int count, char** values) {
  if (count != 4 || !kCases.contains(values[3])) die("usage: any_program MODULE PIN CASE");
  program = values[0];
  module_path = values[1];
  pin = values[2];
  alarm(120);
  kCases.at(values[3])();
  // The module leaves nothing to do; what the application's own objects do at exit is not the question.
  _exit(0);
}
