// Tunnel: many local connections (channels) through one TLS connection, which may be lost and replaced.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/bytes.h"
#include "base/result.h"
#include "host/descriptor.h"
#include "net/loop.h"
#include "net/record.h"
#include "net/session.h"
#include "net/tls.h"

namespace coffer::net {

inline constexpr std::size_t kChannelsMax = 512;  // of one tunnel

// The keepalive: a silent connection is asked after kPingMilliseconds, and given up when nothing at all has
// come for kSilenceMilliseconds.
inline constexpr std::uint64_t kPingMilliseconds = 2000;
inline constexpr std::uint64_t kSilenceMilliseconds = 6000;

// now_milliseconds is the steady clock.
std::uint64_t now_milliseconds();

// Tunnel belongs to one thread, and must not be destroyed by a handler of its own.
class Tunnel final {
 public:
  // OpenLocal makes the near end of a channel that the far side has opened; the link has none.
  using OpenLocal = std::function<Result<host::Descriptor>()>;

  Tunnel(Loop& loop, SessionId id, OpenLocal open_local)
      : loop_(loop), id_(std::move(id)), open_local_(std::move(open_local)) {}
  ~Tunnel();
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  [[nodiscard]] const SessionId& id() const { return id_; }
  [[nodiscard]] std::uint64_t received() const { return session_.received(); }
  [[nodiscard]] bool is_attached() const { return stream_ != nullptr; }
  [[nodiscard]] std::size_t channel_count() const { return channels_.size(); }
  // lost_at is when the connection was lost.
  [[nodiscard]] std::uint64_t lost_at() const { return lost_at_; }

  // attach goes on over a connection whose handshake and greeting are done. `reader` may hold what came
  // behind the greeting. On failure the tunnel is of no more use.
  Status attach(std::unique_ptr<TlsStream> stream, RecordReader reader, std::uint64_t peer_received);
  // detach gives the connection up; the channels wait for another one.
  void detach();

  // add opens a channel for a local connection. Fails with `limit`.
  Status add(host::Descriptor socket);

  // tick is called about every second.
  void tick();

 private:
  // Channel is one local connection.
  struct Channel {
    host::Descriptor socket;
    std::uint64_t watch = 0;  // 0: nothing is waited for
    std::uint32_t wanted = 0;
    Buffer outgoing;  // for the local side
    std::size_t outgoing_taken = 0;
    std::size_t credit = kCreditBytes;    // octets that the far side takes
    std::size_t expected = kCreditBytes;  // octets that it may send
    std::size_t owed = 0;                 // octets handed on since it was last told
    bool is_ending = false;               // the far side has closed
  };

  void serve_stream();
  Status read_stream();
  Status take_record(const Record& record);
  Status take_data(std::uint32_t number, Channel& channel, Bytes octets);
  void serve_channel(std::uint32_t number);
  // write_local tells false when the local side is gone.
  bool write_local(Channel& channel);
  bool read_local(std::uint32_t number, Channel& channel);
  void drop(std::uint32_t number, bool tells);
  void refresh(std::uint32_t number, Channel& channel);
  void refresh_all();
  void flush();

  Loop& loop_;
  const SessionId id_;
  const OpenLocal open_local_;
  Session session_;
  std::unique_ptr<TlsStream> stream_;
  std::uint64_t stream_watch_ = 0;
  RecordReader reader_;
  std::uint64_t heard_at_ = 0;
  std::uint64_t asked_at_ = 0;
  std::uint64_t lost_at_ = 0;
  bool was_full_ = false;
  std::uint32_t next_channel_ = 1;
  std::unordered_map<std::uint32_t, Channel> channels_;
};

}  // namespace coffer::net
