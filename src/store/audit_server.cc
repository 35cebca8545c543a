// AuditServer: the table of requests that the audit writer answers.
#include "store/audit_server.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "store/channel_server.h"
#include "store/messages.h"

namespace coffer::store {
namespace {

// Parts are what a request may act on.
struct Parts {
  AuditLog& log;
  MarkFile& mark;
};

Status answer_append(const Parts& parts, Bytes request, Buffer& payload) {
  return answer_with<LinesMessage>(request, payload, [&](const LinesMessage& in) -> Result<EmptyMessage> {
    TRY(parts.log.append(in.lines, in.is_administrator ? Urgency::administrator : Urgency::ordinary));
    return EmptyMessage{};
  });
}

Status answer_append_relaxed(const Parts& parts, Bytes request, Buffer& payload) {
  return answer_with<LinesMessage>(request, payload, [&](const LinesMessage& in) -> Result<EmptyMessage> {
    TRY(parts.log.append_relaxed(in.lines));
    return EmptyMessage{};
  });
}

Status answer_sync(const Parts& parts, Bytes request, Buffer& payload) {
  return answer_with<EmptyMessage>(request, payload, [&](const EmptyMessage&) -> Result<EmptyMessage> {
    TRY(parts.log.sync());
    return EmptyMessage{};
  });
}

Status answer_check_room(const Parts& parts, Bytes request, Buffer& payload) {
  return answer_with<EmptyMessage>(request, payload, [&](const EmptyMessage&) -> Result<EmptyMessage> {
    TRY(parts.log.check_room());
    return EmptyMessage{};
  });
}

Status answer_tail(const Parts& parts, Bytes request, Buffer& payload) {
  return answer_with<EmptyMessage>(request, payload, [&](const EmptyMessage&) { return parts.log.tail(); });
}

Status answer_read(const Parts& parts, Bytes request, Buffer& payload) {
  return answer_with<LineNumberMessage>(
      request, payload, [&](const LineNumberMessage& in) { return parts.log.read(in.number); });
}

Status answer_cut(const Parts& parts, Bytes request, Buffer& payload) {
  return answer_with<LineNumberMessage>(request, payload,
                                        [&](const LineNumberMessage& in) -> Result<EmptyMessage> {
                                          TRY(parts.log.cut(in.number));
                                          return EmptyMessage{};
                                        });
}

Status answer_read_mark(const Parts& parts, Bytes request, Buffer& payload) {
  return answer_with<EmptyMessage>(request, payload, [&](const EmptyMessage&) -> Result<OptionalMarkMessage> {
    auto mark = TRY(parts.mark.read_mark());
    if (!mark.has_value()) return OptionalMarkMessage{};
    return OptionalMarkMessage{true, std::move(*mark)};
  });
}

Status answer_write_mark(const Parts& parts, Bytes request, Buffer& payload) {
  return answer_with<MarkMessage>(request, payload, [&](const MarkMessage& in) -> Result<EmptyMessage> {
    TRY(parts.mark.write_mark(in.mark));
    return EmptyMessage{};
  });
}

struct Row {
  AuditRequest kind;
  Status (*answer)(const Parts& parts, Bytes request, Buffer& payload);
};

constexpr auto kRows = std::to_array<Row>({
    {AuditRequest::append, answer_append},
    {AuditRequest::append_relaxed, answer_append_relaxed},
    {AuditRequest::sync, answer_sync},
    {AuditRequest::tail, answer_tail},
    {AuditRequest::read_mark, answer_read_mark},
    {AuditRequest::write_mark, answer_write_mark},
    {AuditRequest::check_room, answer_check_room},
    {AuditRequest::read, answer_read},
    {AuditRequest::cut, answer_cut},
});

class AuditAnswerer final : public Answerer {
 public:
  explicit AuditAnswerer(const Parts& parts) : parts_(parts) {}

  Status answer(std::uint8_t kind, Bytes request, Buffer& payload) override {
    const auto* row = std::ranges::find(kRows, static_cast<AuditRequest>(kind), &Row::kind);
    if (row == kRows.end()) return Error{Code::malformed, "the audit writer does not know this request"};
    return row->answer(parts_, request, payload);
  }

 private:
  const Parts parts_;
};

}  // namespace

AuditServer::AuditServer(std::unique_ptr<Answerer> answerer, std::unique_ptr<ChannelServer> server)
    : answerer_(std::move(answerer)), server_(std::move(server)) {}

AuditServer::~AuditServer() = default;

Result<std::unique_ptr<AuditServer>> AuditServer::start(AuditLog& log, MarkFile& mark,
                                                        std::vector<host::Descriptor> channels) {
  std::unique_ptr<Answerer> answerer = std::make_unique<AuditAnswerer>(Parts{log, mark});
  auto server = TRY(ChannelServer::start(*answerer, std::move(channels)));
  return std::unique_ptr<AuditServer>(new AuditServer(std::move(answerer), std::move(server)));
}

void AuditServer::wait() { server_->wait(); }

}  // namespace coffer::store
