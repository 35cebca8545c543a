// Door: the server's end of the network form. It speaks TLS with the world and hands each channel over to the
// chip as a connection of its own, with the digest of the certificate it came with. It holds no key, and
// never looks into a request.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "base/result.h"
#include "host/assurance.h"
#include "host/descriptor.h"
#include "host/tcp.h"
#include "net/listening.h"
#include "net/loop.h"
#include "net/tls.h"
#include "net/tunnel.h"
#include "wire/client.h"

namespace coffer::net {

// kGraceMilliseconds is how long a tunnel waits for its link to come back.
inline constexpr std::uint64_t kGraceMilliseconds = 10000;
inline constexpr std::size_t kGuestsMax = 256;      // connections that have not said yet what they want
inline constexpr std::size_t kGuestsOfOneMax = 32;  // of them from one origin
inline constexpr std::size_t kTunnelsMax = 512;     // of all clients
inline constexpr std::uint64_t kGuestMilliseconds = 5000;
// kStandingMilliseconds is how often the client of a tunnel is looked at.
inline constexpr std::uint64_t kStandingMilliseconds = 2000;

// DoorOptions are what the guard hands over.
struct DoorOptions {
  host::Descriptor listener;  // a listening TCP socket
  host::Descriptor handover;  // the socket pair whose other end is the chip's
  // The protections of this process now, for the chip to tell; it is told again when one holds no more, or
  // again.
  std::function<host::Assurance()> assurance;
};

// Door belongs to one thread.
class Door final {
 public:
  // create asks the chip for the certificates; `locked` and `not_found` pass.
  static Result<std::unique_ptr<Door>> create(DoorOptions& options);
  ~Door();

  // run serves until the chip is gone.
  Status run();

 private:
  // Guest is a connection that has not said yet what it wants.
  struct Guest {
    host::Origin origin{};
    std::unique_ptr<TlsStream> stream;
    std::uint64_t watch = 0;
    std::uint64_t deadline = 0;
    bool has_shaken_hands = false;
    RecordReader reader;
  };
  // Place is a tunnel and whose it is. It is found by its session, which is compared in constant time.
  struct Place {
    CertificateDigest client{};
    std::unique_ptr<Tunnel> tunnel;
    std::uint64_t looked_at = 0;  // at the client's standing
  };
  enum class Outcome : std::uint8_t { waits, leaves };

  Door() = default;
  Status start(DoorOptions& options);
  Result<host::Descriptor> hand_over(const CertificateDigest& identity);
  void accept_waiting();
  // make_room sends a guest away before one more comes from `origin`, if need be: the oldest from there when
  // there are kGuestsOfOneMax, or of kGuestsMax the oldest from where most come. So one who takes a
  // handshake's time gets through, whoever sits there and says nothing.
  void make_room(const host::Origin& origin);
  void send_away(std::list<Guest>::iterator guest);
  void serve(std::list<Guest>::iterator guest);
  Outcome listen_to(Guest& guest);
  Outcome welcome(Guest& guest, const HelloRecord& hello);
  void join(Guest& guest, JoinRecord& request);
  // standing_code is what a client is refused with, Code::ok when it is served; none when the chip does not
  // say.
  std::optional<Code> standing_code(const CertificateDigest& client);
  // drop_refused ends the tunnels of clients that were revoked, or whose certificate has expired.
  void drop_refused(std::uint64_t now);
  Tunnel* find_or_make(const CertificateDigest& client, const HelloRecord& hello, bool& goes_on);
  void tick();
  Status tell_protections();

  // In this order: what is below uses what is above, and ends first.
  host::Descriptor listener_;
  host::Descriptor handover_;
  std::function<host::Assurance()> assurance_;
  host::Assurance told_;
  std::unique_ptr<wire::Client> chip_;
  std::unique_ptr<ChipKey> key_;
  std::unique_ptr<TlsSettings> settings_;
  std::unique_ptr<Loop> loop_;
  Listening listening_;
  Status listened_;          // an error once no connection can be taken any more
  std::list<Guest> guests_;  // the oldest first
  std::list<Place> tunnels_;
};

}  // namespace coffer::net
