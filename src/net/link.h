// Link: the client's end of the network form. It listens where a chip would, and leads each local connection
// through the tunnel to the first server of its list that is up.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/assurance.h"
#include "host/descriptor.h"
#include "net/link_home.h"
#include "net/listening.h"
#include "net/loop.h"
#include "net/state_file.h"
#include "net/tls.h"
#include "net/tunnel.h"

namespace coffer::net {

// The time that one try to reach a server may take, and the pauses between tries.
inline constexpr std::uint64_t kConnectMilliseconds = 3000;
inline constexpr std::uint64_t kPauseMillisecondsMin = 100;
inline constexpr std::uint64_t kPauseMillisecondsMax = 2000;

// kLinkGraceMilliseconds is how long local connections wait for a connection that was lost to come back; then
// they are closed, and their applications connect anew, perhaps to another server. It is shorter than the
// door's, so that the two never disagree about what was executed.
inline constexpr std::uint64_t kLinkGraceMilliseconds = 8000;

// LinkOptions are what the main hands over.
struct LinkOptions {
  std::string home;
  host::Descriptor listener;  // at run/chip.sock
  host::Descriptor signals;   // readable when the link is to end
  // The protections of this process now; they are written down again when one holds no more, or again.
  std::function<host::Assurance()> assurance{};
};

// Link belongs to one thread.
class Link final {
 public:
  static Result<std::unique_ptr<Link>> create(LinkOptions options);
  ~Link();

  // run serves until a signal comes.
  void run();

 private:
  enum class Step : std::uint8_t { pause, connecting, shaking_hands, greeting, up };

  // Server is one server of the list and how far the connection to it is.
  struct Server {
    ServerEntry entry;
    std::unique_ptr<TlsSettings> settings;
    Step step = Step::pause;
    std::uint64_t until = 0;  // of the pause, or of the try
    std::uint64_t pause = kPauseMillisecondsMin;
    host::Descriptor socket;
    std::unique_ptr<TlsStream> stream;
    RecordReader reader;
    std::uint64_t watch = 0;
    std::unique_ptr<Tunnel> tunnel;
    std::string trouble;  // why the last try failed; a literal
  };

  explicit Link(LinkOptions options);
  Status start();
  void accept_waiting();
  void begin(Server& server);
  void serve(Server& server);
  Status go_on(Server& server);
  Status greet(Server& server);
  Status listen_for_welcome(Server& server);
  Status welcomed(Server& server, WelcomeRecord& welcome);
  void fail(Server& server, Error error);
  void stop_watching(Server& server);
  void tick(Server& server);
  // trouble_of tells why a server is not up; it is never empty.
  static std::string trouble_of(const Server& server);
  void write_state();
  void write_protections();

  LinkOptions options_;
  bool is_ending_ = false;
  std::unique_ptr<Loop> loop_;
  Listening listening_;
  std::vector<std::unique_ptr<Server>> servers_;
  StateFile state_;
  StateFile protections_;
};

}  // namespace coffer::net
