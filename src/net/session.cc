// Session: keeping, acknowledging, sending again.
#include "net/session.h"

#include "codec/binary.h"

namespace coffer::net {

namespace {

// Acknowledged after so many octets or records; sooner when something is sent anyway, or the owner wants it.
constexpr std::size_t kAcknowledgeBytes = 64U << 10U;
constexpr std::uint64_t kAcknowledgeRecords = 256;

}  // namespace

void Session::send(RecordKind kind, std::uint32_t channel, Bytes payload) {
  Buffer record;
  append_record(record, kind, channel, payload);
  append(output_, record);
  kept_bytes_ += record.size();
  kept_.push_back(std::move(record));
}

void Session::send_plain(RecordKind kind, Bytes payload) { append_record(output_, kind, 0, payload); }

Result<bool> Session::accept(const Record& record) {
  const RecordKind kind = record.header.kind;
  if (is_numbered(kind)) {
    ++received_;
    unacknowledged_bytes_ += RecordHeader::kBytes + record.payload.size();
    return true;
  }
  switch (kind) {
    case RecordKind::ping: send_plain(RecordKind::pong, {}); return false;
    case RecordKind::pong: return false;
    case RecordKind::acknowledge: {
      const auto count = TRY(codec::decode<CountRecord>(record.payload)).count;
      if (count < first_kept_ || count > first_kept_ + kept_.size()) {
        return Error{Code::malformed, "a record was acknowledged that was never sent"};
      }
      acknowledged(count);
      return false;
    }
    default: return Error{Code::malformed, "a record of the network comes at the wrong time"};
  }
}

void Session::acknowledge_if_due(bool at_once) {
  if (acknowledged_ == received_) return;
  const bool is_due =
      unacknowledged_bytes_ >= kAcknowledgeBytes || received_ - acknowledged_ >= kAcknowledgeRecords;
  if (!is_due && !at_once && output().empty()) return;
  send_plain(RecordKind::acknowledge, codec::encode(CountRecord{received_}));
  acknowledged_ = received_;
  unacknowledged_bytes_ = 0;
}

void Session::acknowledged(std::uint64_t count) {
  while (first_kept_ < count) {
    kept_bytes_ -= kept_.front().size();
    kept_.pop_front();
    ++first_kept_;
  }
}

Status Session::resume(std::uint64_t peer_received) {
  if (peer_received < first_kept_ || peer_received > first_kept_ + kept_.size()) {
    return Error{Code::malformed, "the other side cannot have received that"};
  }
  acknowledged(peer_received);
  acknowledged_ = received_;
  unacknowledged_bytes_ = 0;
  output_.clear();
  output_taken_ = 0;
  for (const Buffer& record : kept_) append(output_, record);
  return {};
}

void Session::sent(std::size_t bytes) {
  output_taken_ += bytes;
  if (output_taken_ != output_.size()) return;
  output_.clear();
  output_taken_ = 0;
  if (output_.capacity() > kIdleBytesMax) output_ = Buffer();
}

}  // namespace coffer::net
