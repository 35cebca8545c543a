// Link: local connections on one side, servers on the other.
#include "net/link.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/secret_room.h"
#include "codec/binary.h"
#include "codec/json.h"
#include "host/log_file.h"
#include "host/socket.h"
#include "host/tcp.h"
#include "host/vault_home.h"
#include "wire/frame.h"

namespace coffer::net {

namespace {

constexpr int kTurnMilliseconds = 200;
constexpr std::uint64_t kTickMilliseconds = 200;
constexpr std::size_t kAcceptedAtOnceMax = 32;

// Tells a local connection why it cannot be served, as the chip would: a reply to request 0.
void refuse(const host::Descriptor& socket, Error error) {
  const auto header = wire::encode_header({.payload_bytes = static_cast<std::uint32_t>(error.text.size()),
                                           .kind = static_cast<std::uint16_t>(error.code)});
  Buffer frame = to_buffer(header);
  append(frame, as_bytes(error.text));
  static_cast<void>(::send(socket.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

// refusal_of puts a door's answer into words; Code::denied where it is about this client.
Error refusal_of(std::uint64_t code) {
  switch (static_cast<Code>(code)) {
    case Code::denied:
      return Error{Code::denied,
                   "refused: this client was revoked; 'coffer link join' with a new line of the server's "
                   "owner, then 'coffer link down' and 'up'"};
    case Code::not_found:
      return Error{Code::denied,
                   "refused: the server does not know this client; 'coffer link join' with a new line of its "
                   "owner, then 'coffer link down' and 'up'"};
    case Code::timed_out:
      return Error{
          Code::denied,
          "refused: this client's certificate has expired; 'coffer link join' with a new line of the "
          "server's owner, then 'coffer link down' and 'up'"};
    case Code::limit: return Error{Code::limit, "refused: too many links are connected to the server"};
    case Code::unsupported: return Error{Code::unsupported, "refused: the server speaks another version"};
    default: return Error{Code::unavailable, "refused by the server"};
  }
}

}  // namespace

Link::Link(LinkOptions options)
    : options_(std::move(options)),
      state_(options_.home + kLinkStateFile),
      protections_(options_.home + kLinkProtectionsFile) {}

Link::~Link() = default;

Result<std::unique_ptr<Link>> Link::create(LinkOptions options) {
  std::unique_ptr<Link> link(new Link(std::move(options)));
  TRY(link->start());
  return link;
}

Status Link::start() {
  loop_ = TRY(Loop::create());
  for (ServerEntry& entry : TRY(load_servers(options_.home))) {
    auto server = std::make_unique<Server>();
    server->settings = std::make_unique<TlsSettings>(
        TRY(TlsSettings::client(entry.key.get(), entry.certificate, entry.authority)));
    server->entry = std::move(entry);
    servers_.push_back(std::move(server));
  }
  TRY(listening_.start(*loop_, options_.listener, [this] { accept_waiting(); }));
  TRY(loop_->watch(options_.signals, kReadable, [this] { is_ending_ = true; }));
  return {};
}

void Link::run() {
  std::uint64_t next_tick = 0;
  while (!is_ending_) {
    const std::uint64_t now = now_milliseconds();
    if (now >= next_tick) {
      listening_.resume();
      for (const auto& server : servers_) tick(*server);
      write_state();
      write_protections();
      // What cannot be cut now is tried again.
      static_cast<void>(host::limit_log(host::vault_log(options_.home)).ok());
      next_tick = now + kTickMilliseconds;
    }
    loop_->turn(kTurnMilliseconds);
  }
}

void Link::accept_waiting() {
  for (std::size_t i = 0; i < kAcceptedAtOnceMax; ++i) {
    auto accepted = host::accept_unix(options_.listener);
    if (!accepted.ok()) {
      is_ending_ = !listening_.failed(accepted.error()).ok();
      if (is_ending_) log_line("link", accepted.error().text);
      return;
    }
    if (!accepted.value()) return;
    host::Descriptor socket = std::move(*accepted.value());
    const auto up = std::ranges::find_if(servers_, [](const auto& server) {
      return server->tunnel != nullptr && server->tunnel->is_attached();
    });
    if (up == servers_.end()) {
      refuse(socket, Error{Code::unavailable, "no server of the link answers: see 'coffer link status'"});
      continue;
    }
    if ((*up)->tunnel->channel_count() >= kChannelsMax || secret_room() == SecretRoom::scarce) {
      refuse(socket, Error{Code::limit, "the link has too many connections"});
      continue;
    }
    static_cast<void>((*up)->tunnel->add(std::move(socket)).ok());
  }
}

void Link::begin(Server& server) {
  server.until = now_milliseconds() + kConnectMilliseconds;
  server.reader = RecordReader();
  auto socket = host::begin_connect_tcp(server.entry.address);
  if (!socket.ok()) return fail(server, socket.error());
  server.socket = std::move(socket).value();
  auto watch = loop_->watch(server.socket, kWritable, [this, &server] { serve(server); });
  if (!watch.ok()) return fail(server, watch.error());
  server.watch = watch.value();
  server.step = Step::connecting;
}

void Link::serve(Server& server) {
  const Status done = go_on(server);
  if (!done.ok()) fail(server, done.error());
}

Status Link::go_on(Server& server) {
  if (server.step == Step::connecting) {
    TRY(host::connect_outcome(server.socket));
    const int number = server.socket.get();
    server.stream = TRY(TlsStream::connect(*server.settings, std::move(server.socket)));
    CHECK(server.stream->socket().get() == number);
    server.step = Step::shaking_hands;
  }
  if (server.step == Step::shaking_hands) {
    const Progress progress = TRY(server.stream->shake_hands());
    loop_->change(server.watch, progress == Progress::wants_write ? kWritable : kReadable);
    if (progress != Progress::done) return {};
    TRY(greet(server));
    server.step = Step::greeting;
  }
  return listen_for_welcome(server);
}

Status Link::greet(Server& server) {
  HelloRecord hello;
  if (server.tunnel != nullptr) {
    hello.goes_on = true;
    hello.session = clone(server.tunnel->id());
    hello.received = server.tunnel->received();
  }
  codec::WipingBuffer record;
  append_message(record.octets, RecordKind::hello, hello);
  const std::size_t written = TRY(server.stream->write(record.octets));
  return written == record.octets.size() ? Status{} : Error{Code::unavailable, "the server takes nothing"};
}

Status Link::listen_for_welcome(Server& server) {
  std::array<std::uint8_t, 4096> room;
  const std::size_t bytes = TRY(server.stream->read(room));
  if (bytes == 0) return {};
  server.reader.received(Bytes(room).first(bytes));
  wipe(room);
  const auto record = TRY(server.reader.next());
  if (!record) return {};
  if (record->header.kind == RecordKind::refused) {
    return refusal_of(TRY(codec::decode<CountRecord>(record->payload)).count);
  }
  if (record->header.kind != RecordKind::welcome)
    return Error{Code::malformed, "the server answers nonsense"};
  auto welcome = TRY(codec::decode<WelcomeRecord>(record->payload));
  return welcomed(server, welcome);
}

Status Link::welcomed(Server& server, WelcomeRecord& welcome) {
  stop_watching(server);
  // A server that does not know the tunnel any more was started anew: its local connections are over.
  if (!welcome.goes_on || server.tunnel == nullptr) {
    server.tunnel = std::make_unique<Tunnel>(*loop_, std::move(welcome.session), nullptr);
  }
  const Status attached = server.tunnel->attach(std::move(server.stream), std::move(server.reader),
                                                welcome.goes_on ? welcome.received : 0);
  server.reader = RecordReader();
  if (!attached.ok()) {
    server.tunnel.reset();
    return attached;
  }
  server.step = Step::up;
  server.pause = kPauseMillisecondsMin;
  server.trouble.clear();
  return {};
}

void Link::fail(Server& server, Error error) {
  stop_watching(server);
  server.stream.reset();
  server.socket.close();
  if (error.code == Code::denied && server.trouble != error.text) log_line("link", error.text);
  server.trouble = error.text;
  server.step = Step::pause;
  server.until = now_milliseconds() + server.pause;
  server.pause = std::min(server.pause * 2, kPauseMillisecondsMax);
}

void Link::stop_watching(Server& server) {
  loop_->forget(server.watch);
  server.watch = 0;
}

void Link::tick(Server& server) {
  const std::uint64_t now = now_milliseconds();
  if (server.tunnel != nullptr) {
    server.tunnel->tick();
    const bool is_lost = !server.tunnel->is_attached();
    if (is_lost && server.step == Step::up) {
      server.trouble = "the connection was lost";
      server.step = Step::pause;
      server.until = now;
    }
    if (is_lost && now - server.tunnel->lost_at() > kLinkGraceMilliseconds) server.tunnel.reset();
  }
  if (server.step == Step::pause && now >= server.until) return begin(server);
  if (server.step != Step::pause && server.step != Step::up && now >= server.until) {
    fail(server, Error{Code::timed_out, "the server does not answer in time"});
  }
}

void Link::write_protections() {
  const host::Assurance now = options_.assurance();
  std::string states;  // what the reasons count changes all the time
  for (const host::Protection& each : now.protections) states += host::to_text(each.state);
  protections_.write(states, codec::encode(now));
}

std::string Link::trouble_of(const Server& server) {
  if (!server.trouble.empty()) return server.trouble;
  return server.tunnel == nullptr ? "no answer yet" : "the connection was lost";
}

// A line of JSON for each server.
void Link::write_state() {
  std::string state;
  for (const auto& server : servers_) {
    const bool is_up = server->tunnel != nullptr && server->tunnel->is_attached();
    codec::JsonWriter json;
    json.begin_object();
    json.field("address", server->entry.address.text());
    json.field("up", is_up);
    json.field("trouble", is_up ? std::string() : trouble_of(*server));
    json.end_object();
    state += json.take() + '\n';
  }
  state_.write(state, as_bytes(state));
}

}  // namespace coffer::net
