// An application that asks the chip for whatever carries a secret, through its ring, for a story that scans
// the ring.
//
// usage: secret_caller SOCKET SLOT PIN KEY   KEY is hexadecimal: the octets of a key that it imports, and
// that may be read. Prints "application-id HEX" and "login-ticket HEX", then "ready", and ends at the end of
// input.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/check.h"
#include "codec/binary.h"
#include "codec/hex.h"
#include "wire/client.h"
#include "wire/once_messages.h"

namespace coffer {
namespace {

constexpr std::uint32_t kClass = 0x00;  // CKA_CLASS and so on
constexpr std::uint32_t kValue = 0x11;
constexpr std::uint32_t kKeyType = 0x100;
constexpr std::uint32_t kSensitive = 0x103;
constexpr std::uint32_t kExtractable = 0x162;

Buffer number(std::uint64_t value) {
  Buffer octets;
  codec::BinaryWriter writer(octets);
  CHECK(writer(value).ok());
  return octets;
}

// Template of a generic secret that may be read.
class ReadableKey {
 public:
  explicit ReadableKey(Bytes value) : value_(value) {}
  [[nodiscard]] wire::Template attributes() const {
    return {{kClass, class_}, {kKeyType, type_}, {kSensitive, no_}, {kExtractable, yes_}, {kValue, value_}};
  }

 private:
  Bytes value_;
  Buffer class_ = number(4);    // CKO_SECRET_KEY
  Buffer type_ = number(0x10);  // CKK_GENERIC_SECRET
  Buffer no_{0};
  Buffer yes_{1};
};

void show(const char* name, Bytes octets) { std::printf("%s %s\n", name, to_hex(octets).c_str()); }

// Caller is one application with several connections: the last request of each stays in its ring, if
// somebody forgets to wipe it.
struct Caller {
  std::unique_ptr<wire::Client> logs_in;
  std::unique_ptr<wire::Client> reads;
  std::unique_ptr<wire::Client> does_the_rest;

  static Result<Caller> connect(const std::string& socket) {
    Caller caller;
    const wire::ClientOptions options{.socket_path = socket};
    caller.logs_in = TRY(wire::Client::connect(options));
    const wire::ApplicationId& own = caller.logs_in->hello().application;
    caller.reads = TRY(wire::Client::connect(options, &own));
    caller.does_the_rest = TRY(wire::Client::connect(options, &own));
    CHECK(caller.logs_in->has_ring() && caller.reads->has_ring() && caller.does_the_rest->has_ring());
    return caller;
  }
};

Status ask_for_everything(const Caller& caller, std::uint32_t slot, Bytes pin, Bytes key) {
  const auto login = TRY(caller.logs_in->call(wire::Login{.slot = slot, .pin = SecretBytes::copy_of(pin)}));
  show("application-id", caller.logs_in->hello().application.reveal());
  // Its MAC: the front of an answer is what the next request overwrites first.
  show("login-ticket", login.ticket.reveal().last(32));

  const ReadableKey readable(key);
  const wire::CreateObject create{.slot = slot, .session = 1, .attributes = readable.attributes()};
  const auto object = TRY(caller.reads->call(create)).object;
  const auto read =
      TRY(caller.reads->call(wire::GetAttributes{.slot = slot, .id = object.id, .types = {kValue}}))
          .attributes;
  CHECK(read.size() == 1 && equal_public(read[0].value, key));

  wire::Client& client = *caller.does_the_rest;
  TRY(client.call(wire::Logout{slot}));
  TRY(client.call(wire::Resume{clone(login.ticket)}));
  TRY(client.call(wire::SetPin{
      .slot = slot, .old_pin = SecretBytes::copy_of(pin), .new_pin = SecretBytes::copy_of(pin)}));
  TRY(client.call(wire::Login{.slot = slot, .pin = SecretBytes::copy_of(pin)}));
  codec::WipingBuffer enclosed;
  codec::encode_secret_into(create, enclosed.octets);
  TRY(client.call_with(wire::Once{.id = {1},
                                  .op = static_cast<std::uint32_t>(wire::kOp<wire::CreateObject>),
                                  .request = enclosed.octets},
                       [](const wire::OutputReply&) { return Status{}; }));
  // What finds nothing or is refused carried its secret too.
  CHECK(!client.call(wire::SetAttributes{.slot = slot, .id = object.id, .attributes = {{kValue, key}}}).ok());
  static_cast<void>(client.call(wire::Find{.slot = slot, .attributes = {{kValue, key}}}).ok());
  return {};
}

int run(const std::string& socket, std::uint32_t slot, const std::string& pin, Bytes key) {
  const auto caller = Caller::connect(socket);
  const Status asked =
      caller.ok() ? ask_for_everything(caller.value(), slot, as_bytes(pin), key) : caller.error();
  if (!asked.ok()) {
    std::fprintf(stderr, "%s\n", std::string(asked.error().text).c_str());
    return 1;
  }
  std::puts("ready");
  std::fflush(stdout);
  char rest = 0;
  while (::read(STDIN_FILENO, &rest, 1) > 0) {
  }
  return 0;
}

}  // namespace
}  // namespace coffer

int main(int count, char** values) {
  if (count != 5) return 2;
  const auto key = coffer::codec::from_hex(values[4]);
  if (!key.ok()) return 2;
  return coffer::run(values[1], static_cast<std::uint32_t>(std::strtoul(values[2], nullptr, 10)), values[3],
                     key.value());
}
