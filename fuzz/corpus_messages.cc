// The corpus of what travels: frames, replies, rings, and the messages of the store.
#include "corpus.h"

#include <string>

#include "net/record.h"
#include "store/channel.h"
#include "store/messages.h"
#include "wire/message_list.h"
#include "wire/ring.h"

namespace coffer::fuzzing {

namespace {

// The chapters of the wire's messages, by the tens of their numbers.
struct Chapter {
  std::string_view name;
  unsigned first;
  unsigned last;
};
constexpr Chapter kChapters[] = {{"vault", 0, 19},       {"tokens", 20, 29},      {"objects", 30, 49},
                                 {"use", 50, 59},        {"parts", 60, 69},       {"authorities", 70, 79},
                                 {"operations", 80, 87}, {"wrapping", 96, 103},   {"kem", 112, 119},
                                 {"backups", 128, 139},  {"operators", 140, 143}, {"net", 0x90, 0x9f},
                                 {"legacy", 160, 169},   {"once", 170, 179}};

template <typename... Request>
Buffer requests_of(wire::MessageList<Request...> /*list*/, const Chapter& chapter, bool full) {
  Buffer octets;
  const auto add = [&]<typename T>() {
    const auto op = static_cast<unsigned>(wire::kOp<T>);
    if (op >= chapter.first && op <= chapter.last) append(octets, frame_of(full ? filled<T>() : T{}));
  };
  (add.template operator()<Request>(), ...);
  return octets;
}

template <typename... Request>
Buffer replies_of(wire::MessageList<Request...> /*list*/, const Chapter& chapter, bool full) {
  Buffer octets;
  const auto add = [&]<typename T>() {
    using Response = typename T::Response;
    const auto op = static_cast<unsigned>(wire::kOp<T>);
    if (op < chapter.first || op > chapter.last) return;
    append(octets, number(op, 2));
    append(octets, piece(encoded(full ? filled<Response>() : Response{})));
  };
  (add.template operator()<Request>(), ...);
  return octets;
}

}  // namespace

void add_messages(Corpus& corpus) {
  constexpr std::uint8_t kAtOnce = 0;
  constexpr std::uint8_t kInPortions = 7;
  for (const Chapter& chapter : kChapters) {
    const std::string name(chapter.name);
    corpus.add("frames", name, joined({{kAtOnce}, requests_of(wire::AllMessages(), chapter, true)}));
    corpus.add("frames", name + "-empty",
               joined({{kInPortions}, requests_of(wire::AllMessages(), chapter, false)}));
    corpus.add("replies", name, replies_of(wire::AllMessages(), chapter, true));
    corpus.add("replies", name + "-empty", replies_of(wire::AllMessages(), chapter, false));
  }
  corpus.add("frames", "refused-unknown-op", joined({{kAtOnce}, frame(wire::Op{999}, {})}));
  corpus.add("frames", "refused-octets-behind", joined({{kAtOnce}, frame(wire::kOp<wire::Lock>, Buffer{0})}));
  corpus.add("frames", "refused-reserved", joined({{kAtOnce}, frame(wire::kOp<wire::Lock>, {}, 2, 1)}));
  corpus.add("frames", "refused-too-long",
             joined({{kAtOnce}, encoded(wire::FrameHeader{.payload_bytes = 0xffffffff, .kind = 2})}));
  corpus.add("replies", "refused-truth-of-2",
             joined({number(static_cast<unsigned>(wire::kOp<wire::Find>), 2), piece(Buffer{0, 0, 0, 0, 2})}));
}

void add_ring(Corpus& corpus) {
  const auto slot = [](std::uint8_t index, wire::Op op, Bytes payload, std::uint32_t bytes) {
    return joined({{index}, number(static_cast<unsigned>(op), 2), number(bytes, 4), {1}, piece(payload)});
  };
  const Buffer random = encoded(wire::Random{.bytes = 32});
  const auto plain = slot(0, wire::kOp<wire::Random>, random, static_cast<std::uint32_t>(random.size()));
  const Buffer no_scribble{0, 0};
  corpus.add("ring", "one-request", joined({{1}, plain, {0}, no_scribble, {0}}));
  corpus.add("ring", "two-requests",
             joined({{2}, plain, slot(63, wire::kOp<wire::Lock>, {}, 0), {0}, no_scribble, {1}}));
  corpus.add("ring", "refused-changed-while-read",
             joined({{1}, plain, {0}, {1}, slot(0, wire::kOp<wire::Sign>, text("other"), 5), {0}, {0}}));
  corpus.add("ring", "scribbled-state",
             joined({{1}, plain, {1}, number(4096, 4), {4}, text("\xff\xff\xff\xff")}));
  corpus.add("ring", "length-too-long",
             joined({{1}, slot(1, wire::kOp<wire::Random>, random, 0xffffffff), {0}}));
  corpus.add("ring", "refused-payload",
             joined({{1}, slot(2, wire::kOp<wire::Sign>, text("?"), 1), {0}, no_scribble}));
}

void add_net(Corpus& corpus) {
  const auto record = [](net::RecordKind kind, std::uint32_t channel, const Buffer& payload) {
    Buffer octets;
    net::append_record(octets, kind, channel, payload);
    return octets;
  };
  using net::RecordKind;
  const Buffer count = encoded(net::CountRecord{1});
  corpus.add("net_records", "greetings",
             joined({record(RecordKind::hello, 0, encoded(net::HelloRecord{})),
                     record(RecordKind::welcome, 0, encoded(net::WelcomeRecord{})),
                     record(RecordKind::join, 0, encoded(filled<net::JoinRecord>())),
                     record(RecordKind::joined, 0, encoded(filled<net::JoinedRecord>())),
                     record(RecordKind::refused, 0, count)}));
  corpus.add("net_records", "channel",
             joined({record(RecordKind::open, 1, {}), record(RecordKind::data, 1, text("request")),
                     record(RecordKind::credit, 1, count), record(RecordKind::close, 1, {}),
                     record(RecordKind::ping, 0, {}), record(RecordKind::pong, 0, {})}));
  corpus.add("net_records", "refused-acknowledged-too-much", record(RecordKind::acknowledge, 0, count));
  corpus.add("net_records", "refused-too-long", joined({number(0xffffffff, 4), {10}, number(0, 4)}));
  corpus.add("net_records", "refused-kind", record(RecordKind{99}, 0, {}));
}

void add_store(Corpus& corpus) {
  const auto message = [](unsigned kind, bool answer, Bytes payload) {
    return joined({{static_cast<std::uint8_t>(kind | (answer ? 0x80U : 0U))}, piece(payload)});
  };
  const auto pair = [&](auto kind, const auto& request, const auto& answer) {
    const auto octet = static_cast<unsigned>(kind);
    return joined({message(octet, false, encoded(request)), message(octet, true, encoded(answer))});
  };
  using store::AuditRequest;
  using store::StoreRequest;
  const auto record = filled<store::RecordMessage>();
  corpus.add("store_messages", "commit",
             pair(StoreRequest::commit, filled<store::Transaction>(), filled<store::RevisionMessage>()));
  corpus.add("store_messages", "get", pair(StoreRequest::get, filled<store::KeyMessage>(), record));
  corpus.add("store_messages", "range",
             pair(StoreRequest::range, filled<store::RangeMessage>(), filled<store::Page>()));
  corpus.add("store_messages", "revision",
             pair(StoreRequest::revision, store::EmptyMessage(), filled<store::RevisionMessage>()));
  corpus.add("store_messages", "changes",
             pair(StoreRequest::changes, filled<store::RevisionMessage>(), filled<store::ChangesMessage>()));
  corpus.add("store_messages", "audit",
             joined({pair(AuditRequest::append, filled<store::LinesMessage>(), store::EmptyMessage()),
                     pair(AuditRequest::append_relaxed, filled<store::LinesMessage>(), store::EmptyMessage()),
                     pair(AuditRequest::sync, store::EmptyMessage(), store::EmptyMessage()),
                     pair(AuditRequest::tail, store::EmptyMessage(), filled<store::AuditTail>())}));
  corpus.add(
      "store_messages", "mark",
      joined({pair(AuditRequest::read_mark, store::EmptyMessage(), filled<store::OptionalMarkMessage>()),
              pair(AuditRequest::write_mark, filled<store::MarkMessage>(), store::EmptyMessage()),
              message(store::kFailedKind, true, encoded(filled<store::FailureMessage>()))}));
  corpus.add("store_messages", "refused-unknown", message(99, false, {}));

  // Frames as store/channel.h has them: length, kind, id of the request, payload.
  const auto answer = [](StoreRequest kind, std::uint64_t id, Bytes payload) {
    return joined(
        {number(9 + payload.size(), 4), {static_cast<std::uint8_t>(kind)}, number(id), to_buffer(payload)});
  };
  const Buffer committed = answer(StoreRequest::commit, 1, encoded(store::RevisionMessage{7}));
  const Buffer got = answer(StoreRequest::get, 1, encoded(record));
  const Buffer page = answer(StoreRequest::range, 2, encoded(filled<store::Page>()));
  const auto conversation = [&](const Buffer& commit, const Buffer& reads) {
    return joined({number(commit.size(), 1), commit, reads});
  };
  corpus.add("store_answers", "well-behaved", conversation(committed, joined({got, page})));
  corpus.add("store_answers", "refused-other-kind", conversation(got, joined({page, got})));
  corpus.add("store_answers", "refused-impossible-length", conversation(committed, number(0xffffffff, 4)));
  corpus.add(
      "store_answers", "refused-failure",
      conversation(answer(StoreRequest{store::kFailedKind}, 1, encoded(store::FailureMessage{13})), got));
  corpus.add("store_answers", "refused-silent", conversation({}, {}));
}

}  // namespace coffer::fuzzing
