// Door: guests become tunnels.
#include "net/door.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <vector>

#include "base/log.h"
#include "base/secret.h"
#include "base/secret_room.h"
#include "codec/binary.h"
#include "host/socket.h"
#include "host/tcp.h"
#include "wire/net_messages.h"

namespace coffer::net {

namespace {

constexpr std::uint32_t kChipMilliseconds = 5000;
constexpr std::uint32_t kStandingAnswerMilliseconds = 500;
constexpr std::uint64_t kLooksMillisecondsMax = 100;
constexpr int kTurnMilliseconds = 500;
constexpr std::size_t kAcceptedAtOnceMax = 32;
constexpr auto kHandoverTimeMax = std::chrono::seconds(2);

// Sends the one record that ends a guest's visit. A fresh socket takes it whole, or the guest is none of
// ours.
template <typename Message>
void answer(TlsStream& stream, RecordKind kind, const Message& message) {
  codec::WipingBuffer record;
  append_message(record.octets, kind, message);
  static_cast<void>(stream.write(record.octets).ok());
}

void refuse(TlsStream& stream, Code code) {
  answer(stream, RecordKind::refused, CountRecord{static_cast<std::uint64_t>(code)});
}

}  // namespace

Door::~Door() = default;

Result<std::unique_ptr<Door>> Door::create(DoorOptions& options) {
  std::unique_ptr<Door> door(new Door);
  door->handover_ = std::move(options.handover);
  const Status started = door->start(options);
  if (!started.ok()) {
    options.handover = std::move(door->handover_);
    return started.error();
  }
  return door;
}

Status Door::start(DoorOptions& options) {
  host::Descriptor own = TRY(hand_over(CertificateDigest{}));
  chip_ = TRY(wire::Client::adopt(std::move(own), kChipMilliseconds));
  assurance_ = options.assurance;
  TRY(tell_protections());
  const auto identity = TRY(chip_->call(wire::NetIdentity{}, kChipMilliseconds));
  const OwnedCertificate certificate = TRY(certificate_from(identity.certificate));
  HandshakeSigner signer = [this](Bytes content) -> Result<Buffer> {
    return TRY(chip_->call(wire::NetSign{to_buffer(content)}, kChipMilliseconds)).signature;
  };
  key_ = TRY(ChipKey::create(std::move(signer), certificate.get()));
  settings_ = std::make_unique<TlsSettings>(
      TRY(TlsSettings::server(*key_, identity.certificate, identity.authority)));
  loop_ = TRY(Loop::create());
  listener_ = std::move(options.listener);
  TRY(listening_.start(*loop_, listener_, [this] { accept_waiting(); }));
  return {};
}

Status Door::run() {
  std::uint64_t next_tick = 0;
  while (chip_->alive()) {
    loop_->turn(kTurnMilliseconds);
    TRY(listened_);
    const std::uint64_t now = now_milliseconds();
    if (now < next_tick) continue;
    next_tick = now + kTurnMilliseconds;
    tick();
  }
  return Error{Code::unavailable, "the chip is gone"};
}

// Makes a connection to the chip for whoever has proved to own this certificate.
Result<host::Descriptor> Door::hand_over(const CertificateDigest& identity) {
  auto pair = TRY(host::make_socket_pair());
  const std::array<int, 1> theirs{pair.theirs.get()};
  TRY(host::send_with_descriptors(handover_, identity, theirs, host::Deadline::after(kHandoverTimeMax)));
  return std::move(pair.ours);
}

void Door::accept_waiting() {
  for (std::size_t i = 0; i < kAcceptedAtOnceMax; ++i) {
    // What a TLS connection needs would not be hidden.
    if (secret_room() == SecretRoom::scarce) return listening_.rest();
    auto accepted = host::accept_tcp(listener_);
    if (!accepted.ok()) {
      listened_ = listening_.failed(accepted.error());
      return;
    }
    if (!accepted.value()) return;
    make_room(accepted.value()->origin);
    auto stream = TlsStream::accept(*settings_, std::move(accepted.value()->socket));
    if (!stream.ok()) continue;
    const auto guest = guests_.emplace(guests_.end());
    guest->origin = accepted.value()->origin;
    guest->stream = std::move(stream).value();
    guest->deadline = now_milliseconds() + kGuestMilliseconds;
    auto watch = loop_->watch(guest->stream->socket(), kReadable, [this, guest] { serve(guest); });
    if (watch.ok()) {
      guest->watch = watch.value();
    } else {
      guests_.erase(guest);
    }
  }
}

void Door::make_room(const host::Origin& origin) {
  std::map<host::Origin, std::size_t> counts;
  for (const Guest& guest : guests_) ++counts[guest.origin];
  const bool has_share = counts[origin] >= kGuestsOfOneMax;
  if (!has_share && guests_.size() < kGuestsMax) return;
  std::size_t most = 0;
  for (const auto& [each, count] : counts) most = std::max(most, count);
  send_away(std::ranges::find_if(guests_, [&](const Guest& guest) {
    return has_share ? guest.origin == origin : counts[guest.origin] == most;
  }));
}

void Door::send_away(std::list<Guest>::iterator guest) {
  loop_->forget(guest->watch);
  guests_.erase(guest);
}

void Door::serve(std::list<Guest>::iterator guest) {
  Outcome outcome = Outcome::leaves;
  if (!guest->has_shaken_hands) {
    const auto progress = guest->stream->shake_hands();
    if (progress.ok() && progress.value() != Progress::done) {
      loop_->change(guest->watch, progress.value() == Progress::wants_write ? kWritable : kReadable);
      return;
    }
    guest->has_shaken_hands = progress.ok();
    if (progress.ok()) loop_->change(guest->watch, kReadable);
  }
  if (guest->has_shaken_hands) outcome = listen_to(*guest);
  if (outcome != Outcome::waits) send_away(guest);
}

Door::Outcome Door::listen_to(Guest& guest) {
  std::array<std::uint8_t, 1024> room;
  const auto bytes = guest.stream->read(room);
  if (!bytes.ok()) return Outcome::leaves;
  if (bytes.value() == 0) return Outcome::waits;
  guest.reader.received(Bytes(room).first(bytes.value()));
  wipe(room);
  const auto record = guest.reader.next();
  if (!record.ok()) return Outcome::leaves;
  if (!record.value()) return Outcome::waits;
  const Record& said = *record.value();
  if (said.header.kind == RecordKind::hello) {
    const auto hello = codec::decode<HelloRecord>(said.payload);
    return hello.ok() ? welcome(guest, hello.value()) : Outcome::leaves;
  }
  if (said.header.kind == RecordKind::join) {
    auto request = codec::decode<JoinRecord>(said.payload);
    if (request.ok()) join(guest, request.value());
  }
  return Outcome::leaves;
}

Door::Outcome Door::welcome(Guest& guest, const HelloRecord& hello) {
  const Buffer certificate = guest.stream->peer_certificate();
  if (certificate.empty() || hello.version != kRecordVersion) {
    refuse(*guest.stream, certificate.empty() ? Code::denied : Code::unsupported);
    return Outcome::leaves;
  }
  const CertificateDigest client = digest_of(certificate);
  if (const auto refused = standing_code(client); refused && *refused != Code::ok) {
    refuse(*guest.stream, *refused);
    return Outcome::leaves;
  }
  bool goes_on = false;
  Tunnel* const tunnel = find_or_make(client, hello, goes_on);
  if (tunnel == nullptr) {
    refuse(*guest.stream, Code::limit);
    return Outcome::leaves;
  }
  answer(*guest.stream, RecordKind::welcome, WelcomeRecord{goes_on, clone(tunnel->id()), tunnel->received()});
  loop_->forget(guest.watch);
  const Status attached =
      tunnel->attach(std::move(guest.stream), std::move(guest.reader), goes_on ? hello.received : 0);
  if (!attached.ok()) {
    std::erase_if(tunnels_, [tunnel](const Place& place) { return place.tunnel.get() == tunnel; });
  }
  return Outcome::leaves;
}

std::optional<Code> Door::standing_code(const CertificateDigest& client) {
  const auto told = chip_->call(wire::NetStanding{client}, kStandingAnswerMilliseconds);
  if (!told.ok()) return std::nullopt;
  switch (told.value().standing) {
    case wire::Standing::good: break;
    case wire::Standing::unknown: return Code::not_found;
    case wire::Standing::revoked: return Code::denied;
    case wire::Standing::expired: return Code::timed_out;
  }
  return Code::ok;
}

void Door::drop_refused(std::uint64_t now) {
  // Others wait meanwhile: who is left over is looked at in the next turn.
  bool has_time = true;
  std::erase_if(tunnels_, [&](Place& place) {
    if (!has_time || now - place.looked_at < kStandingMilliseconds) return false;
    place.looked_at = now;
    const auto code = standing_code(place.client);
    has_time = code && now_milliseconds() - now < kLooksMillisecondsMax;
    return code && *code != Code::ok;
  });
}

Tunnel* Door::find_or_make(const CertificateDigest& client, const HelloRecord& hello, bool& goes_on) {
  const auto known = std::ranges::find_if(tunnels_, [&](const Place& place) {
    return place.client == client && equal_secret(place.tunnel->id(), hello.session);
  });
  goes_on = hello.goes_on && known != tunnels_.end();
  if (goes_on) return known->tunnel.get();
  if (tunnels_.size() >= kTunnelsMax) return nullptr;
  SessionId id;
  if (::getrandom(id.reveal().data(), SessionId::kBytes, 0) != static_cast<ssize_t>(SessionId::kBytes)) {
    return nullptr;
  }
  auto tunnel = std::make_unique<Tunnel>(*loop_, std::move(id), [this, client] { return hand_over(client); });
  return tunnels_.emplace_back(client, std::move(tunnel), now_milliseconds()).tunnel.get();
}

void Door::join(Guest& guest, JoinRecord& request) {
  wire::NetJoin join;
  join.secret = std::move(request.secret);
  join.public_key = request.public_key;
  const auto joined = chip_->call(join, kChipMilliseconds);
  if (!joined.ok()) return refuse(*guest.stream, joined.error().code);
  answer(*guest.stream, RecordKind::joined,
         JoinedRecord{joined.value().authority, joined.value().certificate});
}

Status Door::tell_protections() {
  host::Assurance now = assurance_();
  TRY(chip_->call(wire::NetProtections{now}, kChipMilliseconds));
  told_ = std::move(now);
  return {};
}

void Door::tick() {
  listening_.resume();
  if (!host::have_same_states(assurance_(), told_) && !tell_protections().ok())
    log_line("net", "the chip could not be told of the protections");
  const std::uint64_t now = now_milliseconds();
  for (auto guest = guests_.begin(); guest != guests_.end();) {
    const auto each = guest++;
    if (each->deadline <= now) send_away(each);
  }
  drop_refused(now);
  for (auto place = tunnels_.begin(); place != tunnels_.end();) {
    Tunnel& tunnel = *place->tunnel;
    tunnel.tick();
    const bool is_over = !tunnel.is_attached() && now - tunnel.lost_at() > kGraceMilliseconds;
    place = is_over ? tunnels_.erase(place) : std::next(place);
  }
}

}  // namespace coffer::net
