// Log verifier: holds the audit log against its hashes, its signatures, and what the vault knows.
//
// Each line holds its sequence number and the SHA-256 of the line before it; a checkpoint holds an Ed25519
// signature over that hash. So whoever has the public key finds every change up to the last checkpoint; that
// the log was cut off behind a checkpoint shows only when the vault tells where it ends.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/audit/log_files.h"
#include "crypto/key.h"
#include "crypto/primitives.h"

namespace coffer::cli {

using AuditKey = std::array<std::uint8_t, 32>;  // Ed25519

// LogHead is where the vault says that the log is.
struct LogHead {
  std::uint64_t sequence = 0;
  crypto::Digest32 hash{};
};

// LogFault is the first thing that is wrong.
struct LogFault {
  AuditPlace place;
  std::uint64_t sequence = 0;  // of the line, as it counts from the lines before it
  std::string text;
};

// LogReport is what was found.
struct LogReport {
  std::uint64_t line_count = 0;  // in front of the fault
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t checkpoint_count = 0;
  std::uint64_t last_signed_sequence = 0;  // 0: nothing is signed
  std::optional<AuditKey> key;             // the one that was given, else the one in the log
  bool head_checked = false;
  std::optional<LogFault> fault;
};

// LogVerifier is fed every line in order. After the first fault it looks at nothing any more.
class LogVerifier final {
 public:
  // Without a key the one that the line of vault.initialize names is used.
  LogVerifier(std::optional<AuditKey> key, std::optional<LogHead> head);

  void line(std::string_view text, const AuditPlace& place);
  // broken notes that a file which is not the last ends inside a line.
  void broken(const AuditPlace& place);
  // finish gives the report; call it once, behind the last line.
  LogReport finish();

 private:
  struct Fields {
    std::uint64_t sequence = 0;
    std::string event;
    crypto::Digest32 previous{};
    std::string audit_key;
    std::string key;
    std::string signature;
  };
  struct Seen {
    AuditPlace place;
    std::uint64_t sequence = 0;
    crypto::Digest32 hash{};
  };

  static Result<Fields> read_fields(std::string_view text);
  // Each gives false after noting a fault.
  bool check_sequence(const Fields& fields, const AuditPlace& place);
  bool check_link(const Fields& fields, const AuditPlace& place, const crypto::Digest32& hash);
  bool check_checkpoint(const Fields& fields, const AuditPlace& place);
  bool check_head(const AuditPlace& place, const crypto::Digest32& hash);
  [[nodiscard]] bool signature_is_right(const Fields& fields) const;
  void settle_doubt(const Fields* next);
  void learn_key(const Fields& fields);
  void fault(const AuditPlace& place, std::uint64_t sequence, std::string text);
  [[nodiscard]] std::uint64_t expected() const { return report_.last_sequence + 1; }

  std::optional<LogHead> head_;
  LogReport report_;
  std::optional<Seen> last_;
  // A line that does not follow the one before it: which of the two was changed shows in the next line.
  std::optional<Seen> doubt_;
  std::optional<Seen> before_doubt_;
};

// hex_key reads an Ed25519 public key of 64 hexadecimal digits.
Result<AuditKey> hex_key(std::string_view text);

}  // namespace coffer::cli
