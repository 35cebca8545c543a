// Repeats the smallest request, one random octet, over the ring or the stream: what the way to the chip
// costs.
//
// usage: wire_round_trip --socket PATH [--way ring|stream] [--threads N] [--seconds S]
// All threads share one client, as they do in the PKCS#11 module. Prints one line of JSON.
#include <string>

#include "bench/load.h"
#include "bench/options.h"
#include "wire/client.h"
#include "wire/messages.h"

int main(int count, char** values) {
  using namespace coffer;
  const bench::Options options(count, values,
                               {{"socket", ""}, {"way", "ring"}, {"threads", "1"}, {"seconds", "1"}});
  const bench::Load load{.threads = options.number("threads"), .seconds = options.real("seconds")};
  const bool use_ring = options.text("way") == "ring";
  if (!use_ring && options.text("way") != "stream") bench::fail("--way is ring or stream");

  auto connected = wire::Client::connect({.socket_path = options.text("socket"), .use_ring = use_ring});
  if (!connected.ok()) bench::fail(std::string(connected.error().text));
  wire::Client& client = *connected.value();
  if (client.has_ring() != use_ring) bench::fail("the chip gave no ring");

  const bench::Measured measured = bench::run(load, [&client](unsigned /*thread*/) -> bench::Operation {
    return [&client] {
      const Status done =
          client.call_with(wire::Random{.bytes = 1}, [](wire::OutputReply& /*reply*/) { return Status{}; });
      if (!done.ok()) bench::fail(std::string(done.error().text));
    };
  });
  bench::print("wire-" + options.text("way"), load, measured);
  return 0;
}
