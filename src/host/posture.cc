// Posture: what the machine around Coffer allows root and others to do, as /proc and /sys tell it.
#include "host/posture.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "host/file.h"

namespace coffer::host {

namespace {

constexpr std::size_t kTextBytesMax = 64 * 1024;

// The content of a file in /proc or /sys without the last line end; empty when it cannot be read.
std::string read_text(const std::string& path) {
  const Result<Buffer> content = read_file(path, kTextBytesMax);
  if (!content.ok()) return "";
  std::string text(as_text(content.value()));
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// The value of "name=value" in the kernel's command line; empty when it is not there.
std::string boot_option(std::string_view name) {
  const std::string line = " " + read_text("/proc/cmdline") + " ";
  const std::string wanted = " " + std::string(name) + "=";
  const std::size_t found = line.rfind(wanted);  // The last one counts.
  if (found == std::string::npos) return "";
  const std::size_t begin = found + wanted.size();
  return line.substr(begin, line.find(' ', begin) - begin);
}

}  // namespace

Protection check_swap() {
  const std::string swaps = read_text("/proc/swaps");
  if (swaps.empty()) return {"swap_off", State::off, "the kernel does not tell whether swap is on"};
  const auto lines = std::count(swaps.begin(), swaps.end(), '\n');
  if (lines == 0) return {"swap_off", State::on, "no swap is in use"};
  return {"swap_off", State::off, "swap is on: what lies outside the secret memory can reach a disk"};
}

Protection check_ptrace_scope() {
  const std::string scope = read_text("/proc/sys/kernel/yama/ptrace_scope");
  if (scope.empty()) return {"ptrace_scope", State::unavailable, "the kernel has no Yama"};
  if (scope == "3") return {"ptrace_scope", State::on, "3: nobody can attach a debugger"};
  if (scope == "2") return {"ptrace_scope", State::on, "2: only administrators can attach a debugger"};
  if (scope == "1")
    return {"ptrace_scope", State::on, "1: only a parent or an administrator can attach a debugger"};
  return {"ptrace_scope", State::off, "0: a user's processes can attach debuggers to each other"};
}

Protection check_proc_mem() {
  const std::string option = boot_option("proc_mem.force_override");
  if (option == "never" || option == "ptrace") {
    return {"proc_mem_locked", State::on, "proc_mem.force_override=" + option};
  }
  return {"proc_mem_locked", State::off,
          "root can write to the code of a running process; boot with proc_mem.force_override=never"};
}

Protection check_hibernation() {
  const std::string states = read_text("/sys/power/state");
  const std::string disk = read_text("/sys/power/disk");
  const bool possible =
      states.find("disk") != std::string::npos && disk.find("[disabled]") == std::string::npos;
  if (!possible) return {"hibernation_off", State::on, "this machine cannot hibernate now"};
  return {"hibernation_off", State::off,
          "hibernating writes all memory to a disk, unless secret memory is in use"};
}

}  // namespace coffer::host
