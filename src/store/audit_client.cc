// AuditClient: turns calls into frames to the audit writer, and its answers back.
#include "store/audit_client.h"

#include <utility>

#include "store/channel_pool.h"
#include "store/messages.h"

namespace coffer::store {
namespace {

constexpr PeerErrors kErrors{
    {Code::unavailable, "the audit writer does not answer"},
    {Code::unavailable, "the audit writer is gone"},
};

LinesMessage lines_message(std::span<const std::string> lines, Urgency urgency) {
  return {urgency == Urgency::administrator, {lines.begin(), lines.end()}};
}

}  // namespace

AuditClient::AuditClient(std::unique_ptr<ChannelPool> channels) : channels_(std::move(channels)) {}

AuditClient::~AuditClient() = default;

Result<std::unique_ptr<AuditClient>> AuditClient::create(std::vector<host::Descriptor> channels,
                                                         std::chrono::milliseconds answer_time_max) {
  if (channels.empty()) return Error{Code::invalid, "the audit log needs a channel"};
  auto pool = std::make_unique<ChannelPool>(std::move(channels), answer_time_max, kErrors);
  return std::unique_ptr<AuditClient>(new AuditClient(std::move(pool)));
}

Status AuditClient::append(std::span<const std::string> lines, Urgency urgency) {
  TRY(check_lines(lines));
  return channels_->tell(AuditRequest::append, lines_message(lines, urgency));
}

Status AuditClient::append_relaxed(std::span<const std::string> lines) {
  TRY(check_lines(lines));
  return channels_->tell(AuditRequest::append_relaxed, lines_message(lines, Urgency::ordinary));
}

Status AuditClient::sync() { return channels_->tell(AuditRequest::sync, EmptyMessage{}); }

Status AuditClient::check_room() { return channels_->tell(AuditRequest::check_room, EmptyMessage{}); }

Result<AuditTail> AuditClient::tail() {
  return channels_->call<AuditTail>(AuditRequest::tail, EmptyMessage{});
}

Result<AuditPage> AuditClient::read(std::uint64_t first) {
  return channels_->call<AuditPage>(AuditRequest::read, LineNumberMessage{first});
}

Status AuditClient::cut(std::uint64_t line_count) {
  return channels_->tell(AuditRequest::cut, LineNumberMessage{line_count});
}

Result<std::optional<Buffer>> AuditClient::read_mark() {
  auto answer = TRY(channels_->call<OptionalMarkMessage>(AuditRequest::read_mark, EmptyMessage{}));
  if (!answer.present) return std::optional<Buffer>();
  return std::optional<Buffer>(std::move(answer.mark));
}

Status AuditClient::write_mark(Bytes mark) {
  if (mark.size() > kMarkBytesMax) return Error{Code::limit, "the mark is too long"};
  return channels_->tell(AuditRequest::write_mark, MarkMessage{mark});
}

}  // namespace coffer::store
