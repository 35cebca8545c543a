// The chapter "channel": what travels elsewhere - between the chip and store broker and audit writer, in the
// tunnel between link and net door, and the headers in front. Every field of these messages is filled.
#include "fuzz/filler.h"
#include "net/record.h"
#include "store/channel.h"
#include "store/messages.h"
#include "tests/traces/chapters.h"
#include "wire/frame.h"

namespace coffer::traces {
namespace {

using fuzzing::encoded;
using fuzzing::filled;
using store::EmptyMessage;

// Sampler makes exchanges of filled messages.
class Sampler {
 public:
  explicit Sampler(Chapter& chapter) : chapter_(chapter) {}

  template <typename Request, typename Answer = EmptyMessage>
  void add(std::string_view place, std::string_view name, auto kind) {
    chapter_.exchanges.push_back({.name = std::string(name),
                                  .place = std::string(place),
                                  .op = static_cast<std::uint16_t>(kind),
                                  .request = encoded(filled<Request>()),
                                  .code = Code::ok,
                                  .reply = encoded(filled<Answer>())});
  }

 private:
  Chapter& chapter_;
};

void add_store(Sampler& samples) {
  using store::StoreRequest;
  samples.add<store::Transaction, store::RevisionMessage>("store", "commit", StoreRequest::commit);
  samples.add<store::KeyMessage, store::RecordMessage>("store", "get", StoreRequest::get);
  samples.add<store::RangeMessage, store::Page>("store", "range", StoreRequest::range);
  samples.add<EmptyMessage, store::RevisionMessage>("store", "revision", StoreRequest::revision);
  samples.add<store::RevisionMessage, store::ChangesMessage>("store", "changes", StoreRequest::changes);
  samples.add<EmptyMessage, store::SnapshotMessage>("store", "snapshot", StoreRequest::snapshot);
  samples.add<store::SnapshotRangeMessage, store::Page>("store", "range of a snapshot",
                                                        StoreRequest::snapshot_range);
  samples.add<store::SnapshotMessage>("store", "end of a snapshot", StoreRequest::snapshot_end);
  samples.add<store::FailureMessage>("store", "failure", store::kFailedKind);
}

void add_audit(Sampler& samples) {
  using store::AuditRequest;
  samples.add<store::LinesMessage>("audit", "lines", AuditRequest::append);
  samples.add<store::LinesMessage>("audit", "lines without hurry", AuditRequest::append_relaxed);
  samples.add<EmptyMessage>("audit", "sync", AuditRequest::sync);
  samples.add<EmptyMessage, store::AuditTail>("audit", "tail", AuditRequest::tail);
  samples.add<EmptyMessage, store::OptionalMarkMessage>("audit", "mark", AuditRequest::read_mark);
  samples.add<store::MarkMessage>("audit", "new mark", AuditRequest::write_mark);
}

void add_tunnel(Sampler& samples) {
  using net::RecordKind;
  samples.add<net::HelloRecord>("tunnel", "hello", RecordKind::hello);
  samples.add<net::WelcomeRecord>("tunnel", "welcome", RecordKind::welcome);
  samples.add<net::JoinRecord>("tunnel", "join", RecordKind::join);
  samples.add<net::JoinedRecord>("tunnel", "joined", RecordKind::joined);
  samples.add<net::CountRecord>("tunnel", "refused", RecordKind::refused);
  samples.add<EmptyMessage>("tunnel", "ping", RecordKind::ping);
  samples.add<EmptyMessage>("tunnel", "pong", RecordKind::pong);
  samples.add<net::CountRecord>("tunnel", "acknowledge", RecordKind::acknowledge);
  samples.add<EmptyMessage>("tunnel", "open", RecordKind::open);
  samples.add<net::CountRecord>("tunnel", "data", RecordKind::data);
  samples.add<EmptyMessage>("tunnel", "close", RecordKind::close);
  samples.add<net::CountRecord>("tunnel", "credit", RecordKind::credit);
}

}  // namespace

Chapter channel_chapter() {
  Chapter chapter{.name = "channel", .exchanges = {}};
  Sampler samples(chapter);
  add_store(samples);
  add_audit(samples);
  add_tunnel(samples);
  samples.add<wire::FrameHeader>("header", "of a frame to the chip", 1);
  samples.add<net::RecordHeader>("header", "of a record in a tunnel", 2);
  return chapter;
}

}  // namespace coffer::traces
