// Secret input: reading a secret file, and a terminal without echo.
//
// What is typed or read goes through one buffer of fixed size, which is secret memory, and from there into a
// secret of its size.
#include "cli/secret_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "host/descriptor.h"

namespace coffer::cli {

namespace {

constexpr std::size_t kRoomBytes = 4096;

// Typing is a buffer for a secret on its way in. It lies where the secret will.
struct Typing {
  SecretBytes room = SecretBytes::zeroes(kRoomBytes);
  MutableBytes octets = room.reveal();
  std::size_t size = 0;

  [[nodiscard]] Bytes view() const { return octets.first(size); }
};

constexpr Error kTooLong{Code::limit, "the secret is too long"};

Result<host::Descriptor> open_secret(Invocation& invocation, const std::string& path) {
  if (path == "-") {
    host::Descriptor input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!input.is_open()) return invocation.fail(Code::not_found, "standard input is closed", "give a file");
    return input;
  }
  host::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) {
    if (errno == ENOENT)
      return invocation.fail(Code::not_found, "there is no file " + path, "create it first");
    return invocation.fail(Code::denied, path + " cannot be read", "check who may read it");
  }
  struct stat about{};
  constexpr mode_t kOthers = S_IRGRP | S_IROTH;
  if (::fstat(file.get(), &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & kOthers) != 0) {
    invocation.warn("other users can read " + path + ": chmod 600 " + path);
  }
  return file;
}

// read_all reads up to the end; one octet too many is an error.
Status read_all(int descriptor, Typing& typing) {
  for (;;) {
    if (typing.size == typing.octets.size()) return kTooLong;
    const ssize_t count =
        ::read(descriptor, typing.octets.data() + typing.size, typing.octets.size() - typing.size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error{Code::unavailable, "the secret cannot be read"};
    if (count == 0) return {};
    typing.size += static_cast<std::size_t>(count);
  }
}

void drop_line_end(Typing& typing) {
  if (typing.size > 0 && typing.octets[typing.size - 1] == '\n') --typing.size;
  if (typing.size > 0 && typing.octets[typing.size - 1] == '\r') --typing.size;
}

// QuietTerminal shows nothing of what is typed, and gives ^C as a character, so that no signal can leave the
// terminal mute behind us.
class QuietTerminal final {
 public:
  explicit QuietTerminal(int descriptor) : descriptor_(descriptor) {
    if (::tcgetattr(descriptor_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= static_cast<tcflag_t>(~static_cast<unsigned>(ECHO | ICANON | ISIG | IEXTEN));
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    works_ = ::tcsetattr(descriptor_, TCSAFLUSH, &quiet) == 0;
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  ~QuietTerminal() {
    if (works_) ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
  }

  [[nodiscard]] bool works() const { return works_; }

 private:
  int descriptor_;
  termios before_{};
  bool works_ = false;
};

constexpr std::uint8_t kControlC = 0x03;
constexpr std::uint8_t kControlD = 0x04;
constexpr std::uint8_t kBackspace = 0x08;
constexpr std::uint8_t kControlU = 0x15;
constexpr std::uint8_t kDelete = 0x7F;

// erase_character takes back the last character, all octets of it.
void erase_character(Typing& typing) {
  while (typing.size > 0) {
    const std::uint8_t last = typing.octets[--typing.size];
    if ((last & 0xC0U) != 0x80U) return;
  }
}

Status type_secret(int terminal, Typing& typing) {
  for (;;) {
    std::uint8_t octet = 0;
    const ssize_t count = ::read(terminal, &octet, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || octet == kControlC) return Error{Code::conflict, "cancelled"};
    if (octet == '\n' || octet == '\r' || octet == kControlD) return {};
    if (octet == kBackspace || octet == kDelete) {
      erase_character(typing);
    } else if (octet == kControlU) {
      typing.size = 0;
    } else if (typing.size == typing.octets.size()) {
      return kTooLong;
    } else {
      typing.octets[typing.size++] = octet;
    }
  }
}

host::Descriptor open_terminal() {
  return host::Descriptor(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
}

Status ask_quietly(const host::Descriptor& terminal, const std::string& prompt, Typing& typing) {
  const QuietTerminal quiet(terminal.get());
  if (!quiet.works()) return Error{Code::unavailable, "the terminal cannot be made quiet"};
  TRY(write_all(terminal.get(), as_bytes(prompt)));
  const Status typed = type_secret(terminal.get(), typing);
  TRY(write_all(terminal.get(), as_bytes("\n")));
  return typed;
}

Status ask_secret(Invocation& invocation, const SecretRequest& request, Typing& typing) {
  const std::string what = printable(request.what);
  const host::Descriptor terminal = open_terminal();
  if (!terminal.is_open()) {
    return invocation.fail(Code::invalid, "there is no terminal to ask for the " + what,
                           "give it in a file, with " + std::string(request.option));
  }
  TRY(ask_quietly(terminal, (request.is_new ? "New " : "") + what + ": ", typing));
  if (!request.is_new) return {};
  Typing again;
  TRY(ask_quietly(terminal, "Again: ", again));
  if (equal_secret(typing.view(), again.view())) return {};
  return invocation.fail(Code::invalid, "the two answers differ", "try again");
}

Status fill(Invocation& invocation, const SecretRequest& request, Typing& typing) {
  const auto path = invocation.arguments.value(request.option);
  if (!path) return ask_secret(invocation, request, typing);
  const host::Descriptor file = TRY(open_secret(invocation, *path));
  TRY(read_all(file.get(), typing));
  drop_line_end(typing);
  return {};
}

}  // namespace

Result<SecretBytes> read_secret(Invocation& invocation, const SecretRequest& request) {
  Typing typing;
  TRY(fill(invocation, request, typing));
  if (typing.size < request.bytes_min || typing.size > request.bytes_max) {
    return invocation.fail(Code::pin_length, "the " + request.what + " has the wrong length",
                           "it takes " + std::to_string(request.bytes_min) + " to " +
                               std::to_string(request.bytes_max) + " octets");
  }
  return SecretBytes::copy_of(typing.view());
}

Result<SecretBytes> read_secret_operand(Invocation& invocation, const std::string& operand) {
  if (operand != "-") return SecretBytes::copy_of(as_bytes(operand));
  Typing typing;
  const host::Descriptor input = TRY(open_secret(invocation, operand));
  TRY(read_all(input.get(), typing));
  drop_line_end(typing);
  return SecretBytes::copy_of(typing.view());
}

Result<std::string> ask_word(std::string_view prompt) {
  const host::Descriptor terminal = open_terminal();
  if (!terminal.is_open()) return Error{Code::invalid, "there is no terminal to ask"};
  TRY(write_all(terminal.get(), as_bytes(prompt)));
  std::array<char, 256> line{};
  const ssize_t count = ::read(terminal.get(), line.data(), line.size());
  if (count <= 0) return Error{Code::conflict, "cancelled"};
  std::string word(line.data(), static_cast<std::size_t>(count));
  while (!word.empty() && (word.back() == '\n' || word.back() == '\r' || word.back() == ' ')) word.pop_back();
  return word;
}

}  // namespace coffer::cli
