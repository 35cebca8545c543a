// ProgramImage: copying a program into a memfd, and running it from there.
#include "host/program_image.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "host/errno_error.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3; the headers of Debian 12 are older.
#endif

namespace coffer::host {

namespace {

constexpr mode_t kOnlyRun = 0100;
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
constexpr std::size_t kMemoryNameBytesMax = 200;  // memfd_create(2): 249

// How many octets from the beginning on the loader maps; what follows is for debuggers.
Result<std::size_t> loaded_bytes(const Descriptor& program) {
  constexpr Error kStrange{Code::malformed, "the program is no ELF file of 64 bits"};
  Elf64_Ehdr header;
  struct stat status{};
  if (::pread(program.get(), &header, sizeof(header), 0) != sizeof(header) ||
      ::fstat(program.get(), &status) != 0 ||
      !equal_public(Bytes(&header.e_ident[0], SELFMAG), as_bytes(ELFMAG)) ||
      header.e_phentsize != sizeof(Elf64_Phdr)) {
    return kStrange;
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    const auto at = static_cast<off_t>(header.e_phoff + i * sizeof(segment));
    if (::pread(program.get(), &segment, sizeof(segment), at) != sizeof(segment)) return kStrange;
    if (segment.p_type != PT_LOAD) continue;
    if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset) return kStrange;
    end = std::max(end, segment.p_offset + segment.p_filesz);
  }
  if (end == 0) return kStrange;
  return end;
}

Status copy_octets(const Descriptor& from, const Descriptor& to, std::size_t bytes) {
  off_t at = 0;
  while (static_cast<std::size_t>(at) < bytes) {
    const ssize_t copied = ::sendfile(to.get(), from.get(), &at, bytes - static_cast<std::size_t>(at));
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && errno == EFBIG)
      return Error{Code::limit, "the program does not fit into a file here (ulimit -f): raise the limit"};
    if (copied <= 0) return errno_error("the program cannot be copied into memory");
  }
  return {};
}

// The memory file is called as the program on disk; /proc/PID/exe shows it.
int make_memory_file() {
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  std::string_view name(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  name = name.substr(name.rfind('/') + 1).substr(0, kMemoryNameBytesMax);
  const std::string text(name);
  const int made = ::memfd_create(text.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (made >= 0 || errno != EINVAL) return made;
  return ::memfd_create(text.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);  // before Linux 6.3
}

bool is_image(int number) {
  struct stat status{};
  return ::fstat(number, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 07777) == kOnlyRun &&
         (::fcntl(number, F_GET_SEALS) & kSeals) == kSeals;
}

// The descriptor by which the kernel was told to run this process: it says /dev/fd/N (execveat(2)).
int own_image_number() {
  constexpr std::string_view kPrefix = "/dev/fd/";
  const auto* const name = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  if (name == nullptr) return -1;
  std::string_view text = name;
  if (!text.starts_with(kPrefix)) return -1;
  text.remove_prefix(kPrefix.size());
  int number = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return is_number && is_image(number) ? number : -1;
}

bool may_read_program() { return ::access("/proc/self/exe", R_OK) == 0 || errno != EACCES; }

// A program that its user may not read makes each process unreadable that runs it, and needs no image.
Result<Descriptor> unreadable_program() {
  Descriptor program(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  struct stat status{};
  if (!program.is_open() || ::fstat(program.get(), &status) != 0)
    return errno_error("the program cannot be opened");
  // The owner can give himself the right to read it, while it runs.
  if (status.st_uid == ::geteuid())
    return Error{Code::denied, "the program cannot be read and belongs to its user: let it belong to root"};
  return program;
}

// Appends the code and the constants of the program to a Buffer: what is mapped and never written. Octet by
// octet: AddressSanitizer lets nobody copy what lies between two constants.
[[gnu::no_sanitize_address]] int append_constants(dl_phdr_info* program, std::size_t /*size*/, void* buffer) {
  auto& octets = *static_cast<Buffer*>(buffer);
  for (std::size_t i = 0; i < program->dlpi_phnum; ++i) {
    const auto& segment = program->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & (PF_R | PF_W)) != PF_R) continue;
    const auto* const begin =
        reinterpret_cast<const volatile std::uint8_t*>(program->dlpi_addr + segment.p_vaddr);
    for (std::size_t at = 0; at < segment.p_filesz; ++at) {
      const std::uint8_t octet = begin[at];
      octets.push_back(octet);
    }
  }
  return 1;  // the program comes first; its libraries are not asked for
}

}  // namespace

Result<Descriptor> make_program_image() {
  const Descriptor program(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (!program.is_open()) return errno_error("the program cannot be opened");
  const std::size_t bytes = TRY(loaded_bytes(program));
  Descriptor image(make_memory_file());
  if (!image.is_open()) return Error{Code::unavailable, "the kernel gives no memory that can be run"};
  TRY(copy_octets(program, image, bytes));
  if (::fchmod(image.get(), kOnlyRun) != 0 || ::fcntl(image.get(), F_ADD_SEALS, kSeals) != 0)
    return errno_error("the program in memory cannot be sealed");
  return image;
}

Result<Descriptor> own_program_image() {
  const int number = own_image_number();
  if (number < 0 && !may_read_program()) return unreadable_program();
  if (number < 0) {
    auto made = make_program_image();
    if (made.ok() || made.error().code != Code::unavailable) return made;
    Descriptor program(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    if (!program.is_open()) return errno_error("the program cannot be opened");
    return program;
  }
  Descriptor copy(::fcntl(number, F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open()) return errno_error("no descriptor is left");
  return copy;
}

Result<Buffer> program_octets(const Descriptor& image) {
  if ((::fcntl(image.get(), F_GETFL) & O_PATH) != 0) {
    Buffer constants;
    ::dl_iterate_phdr(append_constants, &constants);
    return constants;
  }
  struct stat status{};
  if (::fstat(image.get(), &status) != 0) return errno_error("the program in memory cannot be read");
  Buffer octets(static_cast<std::size_t>(status.st_size));
  for (std::size_t at = 0; at < octets.size();) {
    const ssize_t got = ::pread(image.get(), octets.data() + at, octets.size() - at, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return errno_error("the program in memory cannot be read");
    at += static_cast<std::size_t>(got);
  }
  return octets;
}

bool was_unreadable_from_start() { return ::prctl(PR_GET_DUMPABLE) != 1; }

void become_unreadable(char* const* arguments) {
  const bool was_unreadable = was_unreadable_from_start();
  // Before the image is there: who opened it through /proc/PID/fd could give himself the right to read it.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const int number = own_image_number();
  if (number >= 0) ::fcntl(number, F_SETFD, FD_CLOEXEC);
  if (number < 0 && !was_unreadable && ::geteuid() != 0) {
    // On any failure this process goes on.
    const auto image = make_program_image();
    if (image.ok() && ::fcntl(image.value().get(), F_SETFD, 0) == 0)
      ::syscall(SYS_execveat, image.value().get(), "", arguments, environ, AT_EMPTY_PATH);
  }
  name_process();
}

void name_process() { ::prctl(PR_SET_NAME, "coffer", 0, 0, 0); }

}  // namespace coffer::host
