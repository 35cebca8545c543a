// The table of messages: the rows of the chip's wire, of the channels to store broker and audit writer, and
// of the tunnel between link and net door.
#include "tests/traces/message_table.h"

#include <algorithm>
#include <array>
#include <string>

#include "codec/binary.h"
#include "net/record.h"
#include "store/messages.h"
#include "wire/message_list.h"

namespace coffer::traces {
namespace {

// type_name is the last part of a type's name as the compiler spells it: "... [with T = coffer::wire::Hello;
// ...]".
template <typename T>
constexpr std::string_view type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("T = ") + 4);
  text = text.substr(0, text.find_first_of(";]"));
  return text.substr(text.rfind(':') + 1);
}

template <typename Message>
Result<Buffer> recode(Bytes payload) {
  const auto decoded = codec::decode<Message>(payload);
  if (!decoded.ok()) return decoded.error();
  Buffer octets;
  codec::encode_secret_into(decoded.value(), octets);
  return octets;
}

template <typename... Request>
constexpr auto rows_of(wire::MessageList<Request...> /*list*/) {
  return std::array{MessageRow{static_cast<std::uint16_t>(wire::kOp<Request>), type_name<Request>(),
                               &recode<Request>, &recode<typename Request::Response>}...};
}

template <typename Request, typename Answer>
constexpr MessageRow row(auto kind) {
  return {static_cast<std::uint16_t>(kind), type_name<Request>(), &recode<Request>, &recode<Answer>};
}

template <typename Message>
constexpr MessageRow row_without_answer(auto kind) {
  return {static_cast<std::uint16_t>(kind), type_name<Message>(), &recode<Message>, nullptr};
}

constexpr auto kChip = rows_of(wire::AllMessages());

using store::EmptyMessage;
using store::StoreRequest;
constexpr auto kStore = std::to_array<MessageRow>({
    row<store::Transaction, store::RevisionMessage>(StoreRequest::commit),
    row<store::KeyMessage, store::RecordMessage>(StoreRequest::get),
    row<store::RangeMessage, store::Page>(StoreRequest::range),
    row<EmptyMessage, store::RevisionMessage>(StoreRequest::revision),
    row<store::RevisionMessage, store::ChangesMessage>(StoreRequest::changes),
    row<EmptyMessage, store::SnapshotMessage>(StoreRequest::snapshot),
    row<store::SnapshotRangeMessage, store::Page>(StoreRequest::snapshot_range),
    row<store::SnapshotMessage, EmptyMessage>(StoreRequest::snapshot_end),
    row_without_answer<store::FailureMessage>(0),
});

using store::AuditRequest;
constexpr auto kAudit = std::to_array<MessageRow>({
    row<store::LinesMessage, EmptyMessage>(AuditRequest::append),
    row<store::LinesMessage, EmptyMessage>(AuditRequest::append_relaxed),
    row<EmptyMessage, EmptyMessage>(AuditRequest::sync),
    row<EmptyMessage, store::AuditTail>(AuditRequest::tail),
    row<EmptyMessage, store::OptionalMarkMessage>(AuditRequest::read_mark),
    row<store::MarkMessage, EmptyMessage>(AuditRequest::write_mark),
});

// What goes through a channel of a tunnel is not the tunnel's business.
Result<Buffer> keep(Bytes payload) { return to_buffer(payload); }

using net::RecordKind;
constexpr auto kTunnel = std::to_array<MessageRow>({
    row_without_answer<net::HelloRecord>(RecordKind::hello),
    row_without_answer<net::WelcomeRecord>(RecordKind::welcome),
    row_without_answer<net::JoinRecord>(RecordKind::join),
    row_without_answer<net::JoinedRecord>(RecordKind::joined),
    row_without_answer<net::CountRecord>(RecordKind::refused),
    row_without_answer<EmptyMessage>(RecordKind::ping),
    row_without_answer<EmptyMessage>(RecordKind::pong),
    row_without_answer<net::CountRecord>(RecordKind::acknowledge),
    row_without_answer<EmptyMessage>(RecordKind::open),
    MessageRow{static_cast<std::uint16_t>(RecordKind::data), "data", &keep, nullptr},
    row_without_answer<EmptyMessage>(RecordKind::close),
    row_without_answer<net::CountRecord>(RecordKind::credit),
});

constexpr auto kHeaders = std::to_array<MessageRow>({
    row_without_answer<wire::FrameHeader>(1),
    row_without_answer<net::RecordHeader>(2),
});

std::span<const MessageRow> rows_at(std::string_view place) {
  if (place == "store") return kStore;
  if (place == "audit") return kAudit;
  if (place == "tunnel") return kTunnel;
  if (place == "header") return kHeaders;
  return kChip;
}

// masked puts a word in the place of a text of a reply.
template <typename Request, auto Field>
Result<Buffer> masked(Bytes reply) {
  auto decoded = codec::decode<typename Request::Response>(reply);
  if (!decoded.ok()) return decoded.error();
  decoded.value().*Field = "masked";
  return codec::encode(decoded.value());
}

constexpr auto kMasks = std::to_array<Mask>({
    {static_cast<std::uint16_t>(wire::kOp<wire::StatusRequest>), "StatusReply.accelerator",
     "says which multi-buffer code this machine has, or why none",
     &masked<wire::StatusRequest, &wire::StatusReply::accelerator>},
    {static_cast<std::uint16_t>(wire::kOp<wire::StatusRequest>), "StatusReply.library",
     "says which OpenSSL the build was made with", &masked<wire::StatusRequest, &wire::StatusReply::library>},
});

}  // namespace

std::span<const MessageRow> chip_messages() { return kChip; }

const MessageRow* find_message(std::string_view place, std::uint16_t op) {
  const auto rows = rows_at(place);
  const auto found = std::ranges::find(rows, op, &MessageRow::op);
  return found == rows.end() ? nullptr : &*found;
}

std::span<const Mask> masks() { return kMasks; }

}  // namespace coffer::traces
