// Join: connect, shake hands, one record each way.
#include "net/join.h"

#include <poll.h>

#include <array>
#include <chrono>
#include <utility>

#include "base/secret.h"
#include "codec/binary.h"
#include "host/deadline.h"
#include "net/record.h"

namespace coffer::net {

namespace {

constexpr Error kSilent{Code::timed_out, "the server does not answer"};

Status wait_for(const host::Descriptor& socket, short events, host::Deadline deadline) {
  pollfd entry{socket.get(), events, 0};
  return ::poll(&entry, 1, deadline.poll_milliseconds()) > 0 ? Status{} : kSilent;
}

Result<std::unique_ptr<TlsStream>> reach(const JoinToken& token, const TlsSettings& settings,
                                         host::Deadline deadline) {
  host::Descriptor socket = TRY(host::begin_connect_tcp(token.address));
  TRY(wait_for(socket, POLLOUT, deadline));
  TRY(host::connect_outcome(socket));
  auto stream = TRY(TlsStream::connect(settings, std::move(socket)));
  for (;;) {
    const auto progress = stream->shake_hands();
    if (!progress.ok() && progress.error().code == Code::denied) {
      return Error{Code::denied, "the server there is not the one that made the join token: do not trust it"};
    }
    if (!progress.ok()) return progress.error();
    if (progress.value() == Progress::done) return stream;
    TRY(wait_for(stream->socket(), progress.value() == Progress::wants_write ? POLLOUT : POLLIN, deadline));
  }
}

Result<JoinedRecord> read_answer(const Record& record) {
  if (record.header.kind == RecordKind::joined) return codec::decode<JoinedRecord>(record.payload);
  if (record.header.kind != RecordKind::refused) return Error{Code::malformed, "the server answers nonsense"};
  const std::uint64_t code = TRY(codec::decode<CountRecord>(record.payload)).count;
  if (code == static_cast<std::uint64_t>(Code::denied)) {
    return Error{Code::denied, "the join token is spent, expired or wrong: ask for a new one"};
  }
  return Error{Code::unavailable, "the server cannot take new clients now: try again later"};
}

}  // namespace

Result<ServerEntry> join(JoinToken token) {
  const auto deadline = host::Deadline::after(std::chrono::milliseconds(kJoinMilliseconds));
  const auto settings = TRY(TlsSettings::stranger(token.authority));
  auto stream = TRY(reach(token, settings, deadline));
  ServerEntry server{.address = token.address, .key = TRY(generate_key())};

  codec::WipingBuffer request;
  append_message(request.octets, RecordKind::join,
                 JoinRecord{std::move(token.secret), public_der(server.key.get())});
  TRY(stream->write(request.octets));
  RecordReader reader;
  for (;;) {
    std::array<std::uint8_t, 4096> room;
    const std::size_t bytes = TRY(stream->read(room));
    if (bytes == 0) {
      TRY(wait_for(stream->socket(), POLLIN, deadline));
      continue;
    }
    reader.received(Bytes(room).first(bytes));
    const auto record = TRY(reader.next());
    if (!record) continue;
    JoinedRecord joined = TRY(read_answer(*record));
    server.authority = std::move(joined.authority);
    server.certificate = std::move(joined.certificate);
    if (digest_of(server.authority) != token.authority)
      return Error{Code::denied, "the server answers nonsense"};
    return server;
  }
}

}  // namespace coffer::net
