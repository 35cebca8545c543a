// Messages of backups: making one, looking whether one is good, and restoring one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/backup_file.h"
#include "wire/messages.h"
#include "wire/principal.h"

namespace coffer::wire {

inline constexpr std::size_t kShareTextBytesMax = 1024;

// BackupChoice says what shall open a backup.
enum class BackupChoice : std::uint8_t {
  kept = 0,  // what BackupKeep left in the vault
  passphrase = 1,
  custodians = 2,
};
constexpr bool is_valid(BackupChoice choice) { return choice <= BackupChoice::custodians; }

// BackupTerms are the choice and what it needs.
struct BackupTerms {
  BackupChoice choice = BackupChoice::kept;
  SecretBytes passphrase;
  std::uint32_t stretch_milliseconds = 250;
  std::uint8_t threshold = 0;    // custodians needed together
  std::uint8_t share_count = 0;  // custodians

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.choice));
    TRY(visit(in.passphrase, kPassphraseBytesMax));
    TRY(visit(in.stretch_milliseconds));
    TRY(visit(in.threshold));
    return visit(in.share_count);
  }
};

// ShareWords is one custodian's share as words (codec/words.h). A share tells nothing without the others, and
// somebody must be handed it.
struct ShareWords : BearerBytes {};

// BackupSharesReply holds the custodians' shares, once.
struct BackupSharesReply {
  std::vector<ShareWords> shares;

  static Status fields(auto& visit, auto& in) {
    return visit(in.shares, kBackupSharesMax, kShareTextBytesMax);
  }
};

// BackupKeep leaves in the vault what its backups are sealed for, so that whoever makes one needs no secret;
// `operators` may make backups besides the owner. Only the owner may.
struct BackupKeep {
  static constexpr Facts kFacts{Op{128},       "backup_keep", Holds::secret,   Again::never,
                                Later::no,     From::here,    Needs::unlocked, Right::owner,
                                "backup.keep", Cost::heavy,   Counted::no};
  using Response = BackupSharesReply;
  BackupTerms terms;
  std::vector<Principal> operators;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.terms));
    return visit(in.operators, kGrantsMax);
  }
};

// BackupBegin takes a snapshot of the store and begins a backup of it for this application, in place of an
// earlier one. `octets` are the first of the file.
struct BackupBeginReply {
  Buffer octets;
  std::uint64_t record_count = 0;  // about how many will come
  std::vector<ShareWords> shares;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.octets, kBackupPieceBytesMax));
    TRY(visit(in.record_count));
    return visit(in.shares, kBackupSharesMax, kShareTextBytesMax);
  }
};
struct BackupBegin {
  static constexpr Facts kFacts{Op{129},   "backup_begin", Holds::secret,   Again::never,
                                Later::no, From::here,     Needs::unlocked, Right::judged,
                                "",        Cost::heavy,    Counted::no};
  using Response = BackupBeginReply;
  BackupTerms terms;

  static Status fields(auto& visit, auto& in) { return visit(in.terms); }
};

// BackupRead gives the next octets of the file.
struct BackupReadReply {
  Buffer octets;
  std::uint64_t record_count = 0;  // so far
  bool is_last = false;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.octets, kBackupPieceBytesMax));
    TRY(visit(in.record_count));
    return visit(in.is_last);
  }
};
struct BackupRead : Empty {
  static constexpr Facts kFacts{Op{130},   "backup_read", Holds::nothing,  Again::never,
                                Later::no, From::here,    Needs::unlocked, Right::judged,
                                "",        Cost::large,   Counted::no};
  using Response = BackupReadReply;
};

// ShareText is a share as a custodian typed it: words, or "COFFER-" and hexadecimal digits.
struct ShareText {
  SecretBytes text;
  static Status fields(auto& visit, auto& in) { return visit(in.text, kShareTextBytesMax); }
};

// BackupKeys are what opens a backup.
struct BackupKeys {
  SecretBytes passphrase;
  std::vector<ShareText> shares;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.passphrase, kPassphraseBytesMax));
    return visit(in.shares, kBackupSharesMax);
  }
};

// ShareVerdict is what is known of one share.
enum class ShareVerdict : std::uint8_t {
  good = 0,
  damaged = 1,    // no words of a share, or its checksum is wrong: a slip of the pen
  other_set = 2,  // a share of another backup
  wrong = 3,      // well-formed, and not what this custodian was given
  repeated = 4,   // the same custodian twice
};
constexpr bool is_valid(ShareVerdict verdict) { return verdict <= ShareVerdict::repeated; }

// BackupRehearse looks whether these keys open the backup with this header. Nothing is changed.
struct BackupRehearseReply {
  std::vector<ShareVerdict> shares;
  bool opens = false;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.shares, kBackupSharesMax));
    return visit(in.opens);
  }
};
struct BackupRehearse {
  static constexpr Facts kFacts{Op{131},           "backup_rehearse", Holds::secret,  Again::never,
                                Later::no,         From::here,        Needs::nothing, Right::owner,
                                "backup.rehearse", Cost::heavy,       Counted::no};
  using Response = BackupRehearseReply;
  Bytes header;
  BackupKeys keys;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.header, kBackupPieceBytesMax));
    return visit(in.keys);
  }
};

// BackupOpen begins to read a backup for this application: to check it, or to restore it into a vault that
// was never initialised. Only the owner may restore.
struct BackupOpen {
  static constexpr Facts kFacts{Op{132},       "backup_open", Holds::secret,  Again::never,
                                Later::no,     From::here,    Needs::nothing, Right::owner,
                                "backup.open", Cost::heavy,   Counted::no};
  using Response = Empty;
  bool restores = false;
  Bytes header;
  BackupKeys keys;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.restores));
    TRY(visit(in.header, kBackupPieceBytesMax));
    return visit(in.keys);
  }
};

// BackupWrite hands over the next piece of the file, the header excepted.
struct BackupWriteReply {
  std::uint64_t record_count = 0;  // so far
  static Status fields(auto& visit, auto& in) { return visit(in.record_count); }
};
struct BackupWrite {
  static constexpr Facts kFacts{Op{133},       "backup_write", Holds::nothing, Again::never,
                                Later::no,     From::here,     Needs::nothing, Right::owner,
                                "backup.open", Cost::large,    Counted::no};
  using Response = BackupWriteReply;
  PieceKind kind = PieceKind::records;
  Bytes octets;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.kind));
    return visit(in.octets, kBackupPieceBytesMax);
  }
};

// BackupFinish ends the reading: every piece has come, and everything fits together. Restoring, it makes the
// vault live, under a root of trust as Initialize has it.
struct BackupFinishReply {
  std::uint64_t record_count = 0;
  std::uint32_t token_count = 0;
  std::uint64_t object_count = 0;
  std::uint32_t authority_count = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.record_count));
    TRY(visit(in.token_count));
    TRY(visit(in.object_count));
    return visit(in.authority_count);
  }
};
struct BackupFinish {
  static constexpr Facts kFacts{Op{134},       "backup_finish", Holds::secret,  Again::never,
                                Later::no,     From::here,      Needs::nothing, Right::owner,
                                "backup.open", Cost::heavy,     Counted::no};
  using Response = BackupFinishReply;
  RootOfTrust root_of_trust = RootOfTrust::file;
  SecretBytes passphrase;
  std::uint32_t stretch_milliseconds = 250;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.root_of_trust));
    TRY(visit(in.passphrase, kPassphraseBytesMax));
    return visit(in.stretch_milliseconds);
  }
};

}  // namespace coffer::wire
