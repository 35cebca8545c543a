// Asks an authority of the chip for SSH certificates, from several threads that share one client.
//
// usage: certificate_load --socket PATH --authority NAME --public-key FILE [--threads N] [--seconds S]
// FILE is a .pub file of ssh-keygen. The authority must allow the principal "bench" for an hour. Every
// certificate is in the audit log, durably, before it is answered. Prints one line of JSON.
#include <fstream>
#include <string>

#include "bench/load.h"
#include "bench/options.h"
#include "codec/base64.h"
#include "wire/ca_messages.h"
#include "wire/client.h"

namespace {

using namespace coffer;

constexpr std::uint64_t kLifetimeSeconds = 3600;

Buffer read_public_key(const std::string& path) {
  std::ifstream file(path);
  std::string type;
  std::string base64;
  file >> type >> base64;
  auto blob = codec::from_base64(base64);
  if (!file || !blob.ok()) bench::fail("no public key of ssh-keygen: " + path);
  return std::move(blob).value();
}

}  // namespace

int main(int count, char** values) {
  const bench::Options options(
      count, values,
      {{"socket", ""}, {"authority", ""}, {"public-key", ""}, {"threads", "1"}, {"seconds", "1"}});
  const bench::Load load{.threads = options.number("threads"), .seconds = options.real("seconds")};
  const wire::CaSignSsh request{.name = options.text("authority"),
                                .public_key = read_public_key(options.text("public-key")),
                                .key_id = "bench",
                                .principals = {"bench"},
                                .lifetime_seconds = kLifetimeSeconds};

  auto connected = wire::Client::connect({.socket_path = options.text("socket")});
  if (!connected.ok()) bench::fail(std::string(connected.error().text));
  wire::Client& client = *connected.value();

  const bench::Measured measured = bench::run(load, [&](unsigned /*thread*/) -> bench::Operation {
    return [&client, &request] {
      const auto certificate = client.call(request);
      if (!certificate.ok()) bench::fail(std::string(certificate.error().text));
    };
  });
  bench::print("ssh-certificate-" + options.text("authority"), load, measured);
  return 0;
}
