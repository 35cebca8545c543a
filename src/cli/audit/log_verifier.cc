// Log verifier.
#include "cli/audit/log_verifier.h"

#include <algorithm>
#include <utility>

#include "codec/hex.h"
#include "codec/json_reader.h"
#include "crypto/operation.h"

namespace coffer::cli {

namespace {

constexpr std::uint32_t kEddsa = 0x1057;  // CKM_EDDSA
constexpr std::string_view kStatement = "coffer audit checkpoint 1";

template <std::size_t N>
Result<std::array<std::uint8_t, N>> hex_array(std::string_view text) {
  const Buffer octets = TRY(codec::from_hex(text));
  if (octets.size() != N) return Error{Code::malformed, "the number of hexadecimal digits is wrong"};
  std::array<std::uint8_t, N> array{};
  std::ranges::copy(octets, array.begin());
  return array;
}

std::string optional_text(const codec::JsonObject& object, std::string_view name) {
  auto text = object.text(name);
  return text.ok() ? std::move(text).value() : std::string();
}

}  // namespace

Result<AuditKey> hex_key(std::string_view text) { return hex_array<32>(text); }

LogVerifier::LogVerifier(std::optional<AuditKey> key, std::optional<LogHead> head) : head_(head) {
  report_.key = key;
}

Result<LogVerifier::Fields> LogVerifier::read_fields(std::string_view text) {
  const codec::JsonObject object = TRY(codec::parse_json_line(text));
  Fields fields;
  fields.sequence = TRY(object.number("seq"));
  fields.event = TRY(object.text("event"));
  const std::string previous = TRY(object.text("prev"));
  fields.previous = TRY(hex_array<32>(previous));
  fields.audit_key = optional_text(object, "audit_key");
  fields.key = optional_text(object, "key");
  fields.signature = optional_text(object, "signature");
  return fields;
}

void LogVerifier::fault(const AuditPlace& place, std::uint64_t sequence, std::string text) {
  report_.fault = LogFault{.place = place, .sequence = sequence, .text = std::move(text)};
}

bool LogVerifier::signature_is_right(const Fields& fields) const {
  const auto named = hex_key(fields.key);
  const auto signature = hex_array<64>(fields.signature);
  if (!report_.key || !named.ok() || !signature.ok() || named.value() != *report_.key) return false;
  const auto key = crypto::PublicKey::from_point(crypto::Curve::ed25519, *report_.key);
  if (!key.ok()) return false;
  Buffer statement = to_buffer(as_bytes(kStatement));
  append(statement, fields.previous);
  return crypto::verify(key.value(), {.mechanism = kEddsa}, statement, signature.value()).ok();
}

// What was signed is right, so when a checkpoint does not follow the line before it, that line was changed.
bool LogVerifier::check_link(const Fields& fields, const AuditPlace& place, const crypto::Digest32& hash) {
  const crypto::Digest32 expected_hash = last_ ? last_->hash : crypto::Digest32{};
  const bool is_first = !last_;
  // The front of the log may have been moved to an archive; then there is nothing to compare with.
  if (is_first && fields.sequence != 1) return true;
  if (fields.previous == expected_hash) return true;
  if (is_first) {
    fault(place, fields.sequence, "the first line names a line before it");
    return false;
  }
  if (fields.event == "audit.checkpoint" && signature_is_right(fields)) {
    fault(last_->place, last_->sequence,
          "the line was changed: the checkpoint behind it was signed over another");
    return false;
  }
  before_doubt_ = last_;
  doubt_ = Seen{.place = place, .sequence = fields.sequence, .hash = hash};
  return false;
}

// settle_doubt decides which of two lines was changed, with the help of the line behind them.
void LogVerifier::settle_doubt(const Fields* next) {
  const Seen doubt = *std::exchange(doubt_, std::nullopt);
  const bool vault_knows_it = head_ && head_->sequence == doubt.sequence && head_->hash == doubt.hash;
  if (vault_knows_it || (next != nullptr && next->previous == doubt.hash)) {
    fault(before_doubt_->place, before_doubt_->sequence,
          "the line was changed: the one behind it names another hash");
  } else if (next != nullptr) {
    fault(doubt.place, doubt.sequence,
          "the line was changed: it fits neither the line before it nor the one behind");
  } else {
    fault(doubt.place, doubt.sequence,
          "the line does not follow the one before it: one of the two was changed");
  }
}

bool LogVerifier::check_sequence(const Fields& fields, const AuditPlace& place) {
  if (!last_) {
    if (fields.sequence != 0) return true;
    fault(place, 1, "the first line has the number 0");
    return false;
  }
  if (fields.sequence == expected()) return true;
  const std::string numbers = std::to_string(fields.sequence) + ", not " + std::to_string(expected());
  if (fields.previous == last_->hash) {
    fault(place, expected(), "the line's number was changed: it is " + numbers);
  } else if (fields.sequence > expected()) {
    fault(place, expected(), "lines are missing in front of this one: its number is " + numbers);
  } else {
    fault(place, expected(), "lines are out of order: the number is " + numbers);
  }
  return false;
}

bool LogVerifier::check_checkpoint(const Fields& fields, const AuditPlace& place) {
  if (fields.event != "audit.checkpoint") return true;
  if (!report_.key) {
    fault(place, fields.sequence, "a checkpoint, and no key to verify it with: give --public-key");
    return false;
  }
  const auto named = hex_key(fields.key);
  if (!named.ok() || named.value() != *report_.key) {
    fault(place, fields.sequence, "the checkpoint names another key");
    return false;
  }
  if (!signature_is_right(fields)) {
    fault(place, fields.sequence, "the checkpoint's signature is wrong");
    return false;
  }
  ++report_.checkpoint_count;
  report_.last_signed_sequence = fields.sequence - 1;
  return true;
}

bool LogVerifier::check_head(const AuditPlace& place, const crypto::Digest32& hash) {
  if (!head_ || head_->sequence != report_.last_sequence) return true;
  if (head_->hash != hash) {
    fault(place, head_->sequence, "the line is not the one that the vault has written");
    return false;
  }
  report_.head_checked = true;
  return true;
}

void LogVerifier::learn_key(const Fields& fields) {
  if (report_.key || (fields.event != "vault.initialize" && fields.event != "backup.restore")) return;
  const auto key = hex_key(fields.audit_key);
  if (key.ok()) report_.key = key.value();
}

void LogVerifier::line(std::string_view text, const AuditPlace& place) {
  if (report_.fault) return;
  const auto fields = read_fields(text);
  if (doubt_) return settle_doubt(fields.ok() ? &fields.value() : nullptr);
  if (!fields.ok()) return fault(place, expected(), "the line is no line of an audit log");
  const crypto::Digest32 hash = crypto::sha256(as_bytes(text));
  if (!check_sequence(fields.value(), place) || !check_link(fields.value(), place, hash)) return;
  learn_key(fields.value());
  if (!check_checkpoint(fields.value(), place)) return;
  if (!last_) report_.first_sequence = fields.value().sequence;
  ++report_.line_count;
  report_.last_sequence = fields.value().sequence;
  last_ = Seen{.place = place, .sequence = report_.last_sequence, .hash = hash};
  if (!check_head(place, hash)) return;
}

void LogVerifier::broken(const AuditPlace& place) {
  if (!report_.fault && !doubt_) fault(place, expected(), "the file ends inside a line");
}

LogReport LogVerifier::finish() {
  if (doubt_) settle_doubt(nullptr);
  if (!report_.fault && head_ && report_.last_sequence < head_->sequence) {
    const AuditPlace end = last_ ? last_->place : AuditPlace{};
    fault(end, report_.last_sequence + 1,
          "the log ends here, but the vault has written " + std::to_string(head_->sequence) + " lines");
  }
  // A changed line shows in the one behind it, when it was counted already.
  if (report_.fault && report_.first_sequence != 0) {
    report_.line_count = std::min(report_.line_count, report_.fault->sequence - report_.first_sequence);
  }
  return std::move(report_);
}

}  // namespace coffer::cli
