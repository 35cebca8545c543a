// Net records: what comes out of the TLS stream between link and net door, and what the session makes of it.
#include "fuzz.h"
#include "net/record.h"
#include "net/session.h"
#include "targets.h"

namespace coffer {

namespace {

Status decode_payload(const net::Record& record) {
  switch (record.header.kind) {
    case net::RecordKind::hello: return fuzzing::round_trip<net::HelloRecord>(record.payload);
    case net::RecordKind::welcome: return fuzzing::round_trip<net::WelcomeRecord>(record.payload);
    case net::RecordKind::join: return fuzzing::round_trip<net::JoinRecord>(record.payload);
    case net::RecordKind::joined: return fuzzing::round_trip<net::JoinedRecord>(record.payload);
    case net::RecordKind::refused:
    case net::RecordKind::credit: return fuzzing::round_trip<net::CountRecord>(record.payload);
    default: return {};
  }
}

bool is_greeting(net::RecordKind kind) { return kind <= net::RecordKind::refused; }

}  // namespace

Status fuzz_net_records(Bytes input) {
  net::RecordReader reader;
  net::Session session;
  reader.received(input);
  for (;;) {
    const auto record = TRY(reader.next());
    if (!record) return {};
    TRY(decode_payload(*record));
    if (is_greeting(record->header.kind)) continue;
    const std::uint64_t before = session.received();
    const bool is_for_channels = TRY(session.accept(*record));
    CHECK(session.received() == before + (is_for_channels ? 1U : 0U));
    session.acknowledge_if_due(true);
    session.sent(session.output().size());
  }
}

}  // namespace coffer
