// Audit: writing a line of the chain, signing checkpoints, and counting what is recorded in summary.
#include "record/audit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "base/check.h"
#include "crypto/operation.h"

namespace coffer::record {

namespace {

constexpr std::uint32_t kMechanismEddsa = 0x1057;
// docs/formats.md, section 7. Lines of format 1 do not say so.
constexpr unsigned kLineFormat = 2;

// How a line ends: with the hash of the one before it, then, if it vouches, with a MAC over all in front.
constexpr std::string_view kCommitsField = R"(,"commits":)";
constexpr std::string_view kPreviousField = R"(,"prev":")";
constexpr std::string_view kMacField = R"(","mac":")";
constexpr std::string_view kLineEnd = R"("})";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kMacDigits = 32;

std::string mac_of(const LogKey& key, std::string_view text) {
  return to_hex(crypto::hmac_sha256(key, as_bytes(text))).substr(0, kMacDigits);
}

// time_text is a time as RFC 3339 in UTC with milliseconds.
std::string time_text(std::uint64_t wall_milliseconds) {
  const auto seconds = static_cast<std::time_t>(wall_milliseconds / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  const int more = std::snprintf(text.data() + length, text.size() - length, ".%03uZ",
                                 static_cast<unsigned>(wall_milliseconds % 1000));
  return {text.data(), length + static_cast<std::size_t>(more)};
}

// clipped is a text of a request as far as it goes into a line.
std::string_view clipped(std::string_view text, std::string& room) {
  if (text.size() <= kAuditValueBytesMax) return text;
  room = std::string(text.substr(0, kAuditValueBytesMax)) + "...";
  return room;
}

void write_principal(codec::JsonWriter& json, std::string_view name, const wire::Principal& principal) {
  json.key(name).begin_object();
  json.field("kind", wire::kind_word(principal.kind));
  json.field("id", to_hex(principal.id));
  json.field("name", principal.name);
  json.end_object();
}

}  // namespace

void AuditChain::resume(const store::AuditTail& tail) {
  sequence_ = tail.line_count;
  hash_ = hash_of_last(tail);
  since_checkpoint_ = 0;
}

void AuditChain::set_position(const Position& position) {
  sequence_ = position.sequence;
  hash_ = position.hash;
  since_checkpoint_ = position.since_checkpoint;
}

// Ends a line and moves on. With `commits` it vouches for what is before it.
std::string AuditChain::finish(codec::JsonWriter& json, std::optional<std::uint64_t> commits) {
  json.field("v", kLineFormat);
  if (commits) json.field("commits", *commits);
  json.field("prev", to_hex(hash_));
  json.end_object();
  std::string text = json.take();
  if (commits) {
    text.resize(text.size() - kLineEnd.size());
    text += kMacField;
    text += mac_of(key_, text);
    text += kLineEnd;
  }
  hash_ = crypto::sha256(as_bytes(text));
  ++sequence_;
  ++since_checkpoint_;
  return text;
}

std::vector<std::string> AuditChain::lines(std::span<const AuditEvent> events, std::uint64_t commits) {
  std::vector<std::string> lines;
  lines.reserve(events.size());
  for (const AuditEvent& event : events) {
    const bool is_last = lines.size() + 1 == events.size();
    lines.push_back(line(event, is_last ? std::optional(commits) : std::nullopt));
  }
  return lines;
}

std::string AuditChain::line(const AuditEvent& event, std::optional<std::uint64_t> commits) {
  codec::JsonWriter json;
  json.begin_object();
  json.field("seq", sequence_ + 1);
  json.field("time", time_text(clock_.wall_milliseconds()));
  json.field("event", event.event);
  json.field("result", code_name(event.result));
  if (event.who) write_principal(json, "principal", *event.who);
  if (event.slot) json.field("slot", *event.slot);
  if (event.as) write_principal(json, "operator", *event.as);
  if (event.object) json.field("object", to_hex(*event.object));
  if (!event.mechanism.empty()) json.field("mechanism", event.mechanism);
  if (event.count != 1) json.field("count", event.count);
  std::string room;
  for (const auto& [name, value] : event.more) json.field(name, clipped(value, room));
  return finish(json, commits);
}

Result<std::string> AuditChain::checkpoint(const crypto::PrivateKey& key, std::uint64_t commits) {
  Buffer statement = to_buffer(as_bytes("coffer audit checkpoint 1"));
  append(statement, hash_);
  std::array<std::uint8_t, 64> signature{};
  const crypto::Parameters parameters{.mechanism = kMechanismEddsa};
  TRY(crypto::sign(key, parameters, statement, signature));
  codec::JsonWriter json;
  json.begin_object();
  json.field("seq", sequence_ + 1);
  json.field("time", time_text(clock_.wall_milliseconds()));
  json.field("event", "audit.checkpoint");
  json.field("result", "ok");
  json.field("key", to_hex(key.public_key().point()));
  json.field("signature", to_hex(signature));
  std::string line = finish(json, commits);
  since_checkpoint_ = 0;
  return line;
}

crypto::Digest32 hash_of_last(const store::AuditTail& tail) {
  return tail.line_count == 0 ? crypto::Digest32{} : crypto::sha256(as_bytes(tail.line));
}

bool follows_line(std::string_view line, const crypto::Digest32& previous) {
  const std::size_t at = line.rfind(kPreviousField);
  return at != std::string_view::npos &&
         line.substr(at + kPreviousField.size(), kHashDigits) == to_hex(previous);
}

std::optional<std::uint64_t> vouched_commits(const LogKey& key, std::string_view line) {
  if (!line.ends_with(kLineEnd) || line.size() < kMacDigits + kLineEnd.size()) return std::nullopt;
  line.remove_suffix(kLineEnd.size());
  const std::string_view mac = line.substr(line.size() - kMacDigits);
  line.remove_suffix(kMacDigits);
  if (!line.ends_with(kMacField) || !equal_secret(as_bytes(mac), as_bytes(mac_of(key, line))))
    return std::nullopt;
  // From here on it is what the chip wrote.
  const std::size_t at = line.rfind(kCommitsField);
  CHECK(at != std::string_view::npos);
  std::uint64_t commits = 0;
  const std::string_view digits = line.substr(at + kCommitsField.size());
  CHECK(std::from_chars(digits.data(), digits.data() + digits.size(), commits).ec == std::errc{});
  return commits;
}

std::string_view code_name(Code code) {
  switch (code) {
    case Code::ok: return "ok";
    case Code::invalid: return "invalid";
    case Code::malformed: return "malformed";
    case Code::denied: return "denied";
    case Code::not_found: return "not-found";
    case Code::exists: return "exists";
    case Code::unsupported: return "unsupported";
    case Code::locked: return "locked";
    case Code::not_initialized: return "not-initialized";
    case Code::throttled: return "throttled";
    case Code::unavailable: return "unavailable";
    case Code::timed_out: return "timed-out";
    case Code::limit: return "limit";
    case Code::disk_full: return "disk-full";
    case Code::corrupt: return "corrupt";
    case Code::rollback: return "rollback";
    case Code::self_test_failed: return "self-test-failed";
    case Code::conflict: return "conflict";
    case Code::pin_incorrect: return "pin-incorrect";
    case Code::pin_locked: return "pin-locked";
    case Code::not_logged_in: return "not-logged-in";
    case Code::key_use: return "key-use";
    case Code::action_prohibited: return "action-prohibited";
    case Code::too_fast: return "too-fast";
    default: return "failed";
  }
}

}  // namespace coffer::record
