// Record: the unit of the conversation inside the TLS stream between link and net door (docs/formats.md,
// "Network").
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "codec/binary.h"
#include "wire/net_messages.h"

namespace coffer::net {

inline constexpr std::uint8_t kRecordVersion = 1;
inline constexpr std::size_t kRecordPayloadBytesMax = 16384;
// kIdleBytesMax is how much memory a buffer keeps that is empty.
inline constexpr std::size_t kIdleBytesMax = 64U << 10U;

// RecordKind says what a record is. Numbers go over the wire: add, never renumber.
enum class RecordKind : std::uint8_t {
  hello = 1,    // link: opens a tunnel, or goes on with one
  welcome = 2,  // door: the answer
  join = 3,     // a client without a certificate: the secret and its public key
  joined = 4,   // door: the certificates
  refused = 5,  // door: a Code; the connection ends
  ping = 6,
  pong = 7,
  acknowledge = 8,  // how many numbered records have come
  // The following are numbered: they come exactly once and in order, also through a connection that was lost.
  open = 9,     // link: a new channel
  data = 10,    // octets of a channel
  close = 11,   // the sender has closed its end of a channel
  credit = 12,  // how many more octets of a channel the sender takes
};
constexpr bool is_valid(RecordKind kind) { return kind >= RecordKind::hello && kind <= RecordKind::credit; }
constexpr bool is_numbered(RecordKind kind) { return kind >= RecordKind::open; }

// RecordHeader stands in front of every payload.
struct RecordHeader {
  static constexpr std::size_t kBytes = 9;

  std::uint32_t payload_bytes = 0;
  RecordKind kind = RecordKind::ping;
  std::uint32_t channel = 0;  // 0 for what belongs to no channel

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.payload_bytes));
    TRY(visit(in.kind));
    return visit(in.channel);
  }
};

// Record is a header and a view of the payload.
struct Record {
  RecordHeader header;
  Bytes payload;
};

// SessionId names a tunnel to the door: among those who own the same certificate, who shows it goes on with
// the tunnel.
struct SessionId : BearerSecret<16> {};

// Hello begins a connection. `received` counts the numbered records that came through earlier connections.
struct HelloRecord {
  std::uint8_t version = kRecordVersion;
  bool goes_on = false;
  SessionId session{};
  std::uint64_t received = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.version));
    TRY(visit(in.goes_on));
    TRY(visit(in.session));
    return visit(in.received);
  }
};

// Welcome answers it. `goes_on` is false when the door does not know the tunnel (any more): a new one begins.
struct WelcomeRecord {
  bool goes_on = false;
  SessionId session{};
  std::uint64_t received = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.goes_on));
    TRY(visit(in.session));
    return visit(in.received);
  }
};

// JoinRecord asks for a client certificate.
struct JoinRecord {
  wire::JoinSecret secret;
  Buffer public_key;  // SubjectPublicKeyInfo in DER

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.secret));
    return visit(in.public_key, std::size_t{128});
  }
};

// JoinedRecord brings the certificates.
struct JoinedRecord {
  Buffer authority;
  Buffer certificate;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.authority, std::size_t{2048}));
    return visit(in.certificate, std::size_t{2048});
  }
};

// CountRecord is the payload of acknowledge (records), credit (octets) and refused (a Code).
struct CountRecord {
  std::uint64_t count = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.count); }
};

// append_record writes a record. The payload is at most kRecordPayloadBytesMax octets.
void append_record(Buffer& output, RecordKind kind, std::uint32_t channel, Bytes payload);
// append_message is a record that is no channel's, with a structure in it that may hold what is handed out:
// the caller owns the wiping of `output`.
template <typename Message>
void append_message(Buffer& output, RecordKind kind, const Message& message) {
  codec::WipingBuffer payload;
  codec::encode_into(message, payload.octets);
  append_record(output, kind, 0, payload.octets);
}

// RecordReader puts together what arrives in pieces, and wipes it.
class RecordReader final {
 public:
  RecordReader() = default;
  RecordReader(RecordReader&&) noexcept = default;
  RecordReader& operator=(RecordReader&& other) noexcept;
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;
  ~RecordReader() { wipe(octets_); }

  void received(Bytes octets);
  // next hands out the next whole record, or nothing; its payload lives until received() is called. Fails
  // with `malformed`; the stream is then of no more use.
  Result<std::optional<Record>> next();

 private:
  static constexpr std::size_t kReserveBytes = 4096;

  Buffer octets_;
  std::size_t taken_ = 0;
};

}  // namespace coffer::net
