// process_reader: tries to look into the processes of a vault as their own user does, and says what it saw.
// usage: process_reader now        every process of this user that runs coffer, once
//        process_reader race END   again and again, also processes that only just begin, until the file END
//        is there
// Exit status: 0 when nothing was seen, 1 when something was, 2 for wrong usage.
#include <dirent.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string path_of(pid_t process, const char* name) {
  return "/proc/" + std::to_string(process) + "/" + name;
}

std::string command_of(pid_t process) {
  std::ifstream file(path_of(process, "cmdline"), std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  for (char& each : text) {
    if (each == 0) each = ' ';
  }
  return text;
}

// The processes of this user.
std::vector<pid_t> processes() {
  std::vector<pid_t> found;
  DIR* const directory = ::opendir("/proc");
  while (const dirent* entry = ::readdir(directory)) {
    pid_t process = 0;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, process).ptr != end || process == ::getpid()) continue;
    struct stat status{};
    // The directory of a process that is not dumpable belongs to root; its task/ does not tell either.
    if (::stat(path_of(process, "").c_str(), &status) == 0) found.push_back(process);
  }
  ::closedir(directory);
  return found;
}

bool is_coffer(const std::string& command) {
  const std::string program = command.substr(0, command.find(' '));
  return program == "coffer" || program.ends_with("/coffer");
}

// Attempt is one way to look into a process; it gives 0 when it worked, else what errno says.
struct Attempt {
  const char* name;
  std::function<int(pid_t)> run;
};

int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

int open_file(pid_t process, const char* name, int mode) {
  const int file = ::open(path_of(process, name).c_str(), mode);
  if (file < 0) return errno;
  ::close(file);
  return 0;
}

const std::vector<Attempt>& attempts() {
  static const std::vector<Attempt> all = {
      {"read of /proc/PID/mem", [](pid_t process) { return open_file(process, "mem", O_RDONLY); }},
      {"write of /proc/PID/mem", [](pid_t process) { return open_file(process, "mem", O_RDWR); }},
      {"/proc/PID/environ", [](pid_t process) { return open_file(process, "environ", O_RDONLY); }},
      {"/proc/PID/exe", [](pid_t process) { return open_file(process, "exe", O_RDONLY); }},
      {"PTRACE_ATTACH",
       [](pid_t process) {
         return in_child(
             [process] { return ::ptrace(PTRACE_ATTACH, process, nullptr, nullptr) == 0 ? 0 : errno; });
       }},
      {"PTRACE_SEIZE",
       [](pid_t process) {
         return in_child(
             [process] { return ::ptrace(PTRACE_SEIZE, process, nullptr, nullptr) == 0 ? 0 : errno; });
       }},
      {"process_vm_readv",
       [](pid_t process) {
         char room = 0;
         const iovec local{&room, 1};
         // Where nothing is: permission is asked first, so a fault means that it was given.
         const iovec remote{reinterpret_cast<void*>(std::uintptr_t{4096}), 1};
         if (::process_vm_readv(process, &local, 1, &remote, 1, 0) >= 0) return 0;
         return errno == EFAULT ? 0 : errno;
       }},
      {"pidfd_getfd",
       [](pid_t process) {
         const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
         if (pidfd < 0) return errno;
         const long got = ::syscall(SYS_pidfd_getfd, pidfd, 2, 0);
         const int code = got < 0 ? errno : 0;
         if (got >= 0) ::close(static_cast<int>(got));
         ::close(pidfd);
         return code;
       }},
  };
  return all;
}

int look_at(const std::vector<pid_t>& wanted) {
  int seen = 0;
  for (const pid_t process : wanted) {
    const std::string command = command_of(process);
    for (const Attempt& each : attempts()) {
      const int code = each.run(process);
      if (code == 0 || code == ESRCH) ++seen;
      std::printf("%s of %d (%s): %s\n", each.name, process, command.c_str(),
                  code == 0 ? "WORKS" : std::strerror(code));
    }
  }
  std::printf("%zu processes, %d ways in\n", wanted.size(), seen);
  return seen == 0 ? 0 : 1;
}

// Opened is what was got of a process, perhaps before its program began.
struct Opened {
  int maps;
  int memory;
};

// What an opened process shows now: the octets of its first mapping that can be read.
bool shows_something(const Opened& opened) {
  std::string text(65536, 0);
  const ssize_t bytes = ::pread(opened.maps, text.data(), text.size(), 0);
  if (bytes <= 0) return false;
  unsigned long address = 0;
  std::from_chars(text.data(), text.data() + bytes, address, 16);
  char octet = 0;
  return ::pread(opened.memory, &octet, 1, static_cast<off_t>(address)) == 1;
}

// Image is a memory file of another process, which its owner may change: he could make it readable later.
bool is_memory_file(int file) {
  std::array<char, 256> name{};
  const std::string own = "/proc/self/fd/" + std::to_string(file);
  const ssize_t bytes = ::readlink(own.c_str(), name.data(), name.size());
  return bytes > 0 && std::string_view(name.data(), static_cast<std::size_t>(bytes)).starts_with("/memfd:");
}

// Keeps a way to every memory file that a process has open now.
void keep_images(pid_t process, std::vector<int>& images) {
  DIR* const directory = ::opendir(path_of(process, "fd").c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) {
    const int file = ::openat(::dirfd(directory), entry->d_name, O_PATH | O_CLOEXEC);
    if (file < 0) continue;
    if (is_memory_file(file)) {
      images.push_back(file);
    } else {
      ::close(file);
    }
  }
  ::closedir(directory);
}

// Whether one of them is what a program runs from now.
bool is_program(int file) {
  constexpr mode_t kOnlyRun = 0100;
  struct stat status{};
  return ::fstat(file, &status) == 0 && (status.st_mode & 07777) == kOnlyRun;
}

int race(const char* end) {
  constexpr std::size_t kOpensMax = 6;  // of one process, which may have become another program
  constexpr std::size_t kImagesMax = 500;
  std::map<pid_t, std::vector<Opened>> opened;
  // What was there before is looked at by the other mode, or not of this vault.
  for (const pid_t process : processes()) opened[process].resize(kOpensMax, Opened{-1, -1});
  std::vector<int> images;
  long rounds = 0;
  while (::access(end, F_OK) != 0) {
    ++rounds;
    for (const pid_t process : processes()) {
      std::vector<Opened>& of_process = opened[process];
      if (images.size() < kImagesMax) keep_images(process, images);
      if (of_process.size() == kOpensMax) continue;
      const int memory = ::open(path_of(process, "mem").c_str(), O_RDONLY | O_CLOEXEC);
      if (memory < 0) continue;
      of_process.push_back({::open(path_of(process, "maps").c_str(), O_RDONLY | O_CLOEXEC), memory});
    }
  }
  int seen = 0;
  std::size_t total = 0;
  for (const auto& [process, of_process] : opened) {
    if (of_process.empty() || of_process.front().memory < 0) continue;
    total += of_process.size();
    const std::string command = command_of(process);
    if (!is_coffer(command) || std::ranges::none_of(of_process, shows_something)) continue;
    ++seen;
    std::printf("%d (%s) can be read\n", process, command.c_str());
  }
  const auto programs = std::ranges::count_if(images, is_program);
  std::printf("%ld rounds, %zu opened, %d processes of the vault show something, %td images can be changed\n",
              rounds, total, seen, programs);
  return seen == 0 && programs == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
  const std::string mode = count > 1 ? values[1] : "";
  if (mode == "now" && count > 2) {
    std::vector<pid_t> wanted;
    for (int i = 2; i < count; ++i) wanted.push_back(std::stoi(values[i]));
    return look_at(wanted);
  }
  if (mode == "race" && count == 3) return race(values[2]);
  return 2;
}
