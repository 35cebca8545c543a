// Messages: what travels between the chip and the store broker (StoreRequest) or the audit writer
// (AuditRequest).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "store/audit_log.h"
#include "store/mark_file.h"
#include "store/store.h"

namespace coffer::store {

// StoreRequest is the kind of a frame to the store broker. Request and answer of each:
enum class StoreRequest : std::uint8_t {
  commit = 1,          // Transaction -> RevisionMessage
  get = 2,             // KeyMessage -> RecordMessage
  range = 3,           // RangeMessage -> Page
  revision = 4,        // EmptyMessage -> RevisionMessage
  changes = 5,         // RevisionMessage -> ChangesMessage
  snapshot = 6,        // EmptyMessage -> SnapshotMessage
  snapshot_range = 7,  // SnapshotRangeMessage -> Page
  snapshot_end = 8,    // SnapshotMessage -> EmptyMessage
};

// AuditRequest is the kind of a frame to the audit writer. Request and answer of each:
enum class AuditRequest : std::uint8_t {
  append = 16,          // LinesMessage -> EmptyMessage
  append_relaxed = 17,  // LinesMessage -> EmptyMessage
  sync = 18,            // EmptyMessage -> EmptyMessage
  tail = 19,            // EmptyMessage -> AuditTail
  read_mark = 20,       // EmptyMessage -> OptionalMarkMessage
  write_mark = 21,      // MarkMessage -> EmptyMessage
  check_room = 22,      // EmptyMessage -> EmptyMessage
  read = 23,            // LineNumberMessage -> AuditPage
  cut = 24,             // LineNumberMessage -> EmptyMessage
};

struct EmptyMessage {
  static Status fields(auto& /*visit*/, auto& /*in*/) { return {}; }
};

// FailureMessage is the payload of a frame of kFailedKind.
struct FailureMessage {
  std::uint16_t code = 0;  // a Code

  static Status fields(auto& visit, auto& in) { return visit(in.code); }
};

struct RevisionMessage {
  Revision revision = 0;

  static Status fields(auto& visit, auto& in) { return visit(in.revision); }
};

struct KeyMessage {
  Bytes key;

  static Status fields(auto& visit, auto& in) { return visit(in.key, kKeyBytesMax); }
};

struct RecordMessage {
  std::optional<Record> record;

  static Status fields(auto& visit, auto& in) { return visit(in.record); }
};

struct RangeMessage {
  Bytes prefix;
  Bytes after;
  std::uint32_t count_max = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.prefix, kKeyBytesMax));
    TRY(visit(in.after, kKeyBytesMax));
    return visit(in.count_max);
  }
};

// SnapshotMessage names a snapshot that the store broker keeps open.
struct SnapshotMessage {
  std::uint64_t number = 0;

  static Status fields(auto& visit, auto& in) { return visit(in.number); }
};

struct SnapshotRangeMessage {
  std::uint64_t number = 0;
  RangeMessage range;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.number));
    return visit(in.range);
  }
};

struct ChangesMessage {
  std::vector<Change> changes;

  static Status fields(auto& visit, auto& in) { return visit(in.changes, kHistoryWrites); }
};

struct LinesMessage {
  bool is_administrator = false;
  std::vector<std::string> lines;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.is_administrator));
    return visit(in.lines, kAuditLinesMax, kAuditLineBytesMax);
  }
};

struct LineNumberMessage {
  std::uint64_t number = 0;

  static Status fields(auto& visit, auto& in) { return visit(in.number); }
};

struct MarkMessage {
  Bytes mark;

  static Status fields(auto& visit, auto& in) { return visit(in.mark, kMarkBytesMax); }
};

struct OptionalMarkMessage {
  bool present = false;
  Buffer mark;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.present));
    return visit(in.mark, kMarkBytesMax);
  }
};

}  // namespace coffer::store
