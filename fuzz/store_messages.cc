// Store messages: requests that reach the store broker and the audit writer, and the answers that reach the
// chip.
#include "fuzz.h"
#include "store/channel.h"
#include "store/messages.h"
#include "store/store.h"
#include "targets.h"

namespace coffer {

namespace {

using fuzzing::round_trip;

struct Row {
  std::uint8_t kind;
  Status (*request)(Bytes);
  Status (*answer)(Bytes);
};

template <typename Kind>
constexpr Row row(Kind kind, Status (*request)(Bytes), Status (*answer)(Bytes)) {
  return {static_cast<std::uint8_t>(kind), request, answer};
}

using store::AuditRequest;
using store::StoreRequest;
constexpr Row kRows[] = {
    {store::kFailedKind, round_trip<store::FailureMessage>, round_trip<store::FailureMessage>},
    row(StoreRequest::commit, round_trip<store::Transaction>, round_trip<store::RevisionMessage>),
    row(StoreRequest::get, round_trip<store::KeyMessage>, round_trip<store::RecordMessage>),
    row(StoreRequest::range, round_trip<store::RangeMessage>, round_trip<store::Page>),
    row(StoreRequest::revision, round_trip<store::EmptyMessage>, round_trip<store::RevisionMessage>),
    row(StoreRequest::changes, round_trip<store::RevisionMessage>, round_trip<store::ChangesMessage>),
    row(AuditRequest::append, round_trip<store::LinesMessage>, round_trip<store::EmptyMessage>),
    row(AuditRequest::append_relaxed, round_trip<store::LinesMessage>, round_trip<store::EmptyMessage>),
    row(AuditRequest::sync, round_trip<store::EmptyMessage>, round_trip<store::EmptyMessage>),
    row(AuditRequest::tail, round_trip<store::EmptyMessage>, round_trip<store::AuditTail>),
    row(AuditRequest::read_mark, round_trip<store::EmptyMessage>, round_trip<store::OptionalMarkMessage>),
    row(AuditRequest::write_mark, round_trip<store::MarkMessage>, round_trip<store::EmptyMessage>),
};

}  // namespace

// The input is a row of: kind, with its highest bit set for an answer; length; payload.
Status fuzz_store_messages(Bytes input) {
  fuzzing::Input rest(input);
  while (!rest.empty()) {
    const auto kind = rest.number<std::uint8_t>();
    const Bytes payload = rest.piece();
    const Row* found = nullptr;
    for (const Row& each : kRows) {
      if (each.kind == (kind & 0x7fU)) found = &each;
    }
    if (found == nullptr) return Error{Code::unsupported, "no such message"};
    TRY(kind >= 0x80 ? found->answer(payload) : found->request(payload));
  }
  return {};
}

}  // namespace coffer
