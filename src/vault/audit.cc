// Audit: writing a line of the chain, signing checkpoints, and counting what is recorded in summary.
#include "vault/audit.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "base/check.h"
#include "codec/json.h"
#include "crypto/operation.h"

namespace coffer::vault {

namespace {

constexpr std::uint32_t kMechanismEddsa = 0x1057;

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

}  // namespace

void AuditChain::resume(std::uint64_t line_count, std::string_view last_line) {
  sequence_ = line_count;
  hash_ = line_count == 0 ? crypto::Digest32{} : crypto::sha256(as_bytes(last_line));
  since_checkpoint_ = 0;
}

void AuditChain::set_position(const Position& position) {
  sequence_ = position.sequence;
  hash_ = position.hash;
  since_checkpoint_ = position.since_checkpoint;
}

std::string AuditChain::finish(std::string body) {
  hash_ = crypto::sha256(as_bytes(body));
  ++sequence_;
  ++since_checkpoint_;
  return body;
}

std::string AuditChain::line(const AuditEvent& event) {
  codec::JsonWriter json;
  json.begin_object();
  json.field("seq", sequence_ + 1);
  json.field("time", time_text(clock_.wall_milliseconds()));
  json.field("event", event.event);
  json.field("result", code_name(event.result));
  if (event.uid) json.field("uid", *event.uid);
  if (event.slot) json.field("slot", *event.slot);
  if (!event.operator_name.empty()) json.field("operator", event.operator_name);
  if (event.object) json.field("object", to_hex(*event.object));
  if (!event.mechanism.empty()) json.field("mechanism", event.mechanism);
  if (event.count != 1) json.field("count", event.count);
  std::string room;
  for (const auto& [name, value] : event.more) json.field(name, clipped(value, room));
  json.field("prev", to_hex(hash_));
  json.end_object();
  return finish(json.take());
}

Result<std::string> AuditChain::checkpoint(const crypto::PrivateKey& key) {
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
  json.field("prev", to_hex(hash_));
  json.end_object();
  std::string line = finish(json.take());
  since_checkpoint_ = 0;
  return line;
}

bool UsageSummary::add(const Key& key) {
  const std::lock_guard lock(mutex_);
  if (is_refusing_) return false;
  const auto place = counts_.find(key);
  if (place != counts_.end()) {
    ++place->second;
    return true;
  }
  if (counts_.size() + leaving_.size() >= kKeysMax) return false;
  counts_.emplace(key, 1);
  return true;
}

std::vector<AuditEvent> UsageSummary::oldest(std::size_t count_max) {
  const std::lock_guard lock(mutex_);
  if (leaving_.empty()) leaving_.swap(counts_);
  std::vector<AuditEvent> events;
  events.reserve(std::min(count_max, leaving_.size()));
  for (const auto& [key, count] : leaving_) {
    if (events.size() == count_max) break;
    AuditEvent event{.event = key.event,
                     .uid = key.uid,
                     .slot = key.slot,
                     .operator_name = key.operator_name,
                     .object = std::nullopt,
                     .mechanism = key.mechanism,
                     .result = key.result,
                     .count = count,
                     .more = {}};
    if (key.object != wire::ObjectId{}) event.object = key.object;
    events.push_back(std::move(event));
  }
  return events;
}

void UsageSummary::written(std::size_t count) {
  const std::lock_guard lock(mutex_);
  CHECK(count <= leaving_.size());
  leaving_.erase(leaving_.begin(), std::next(leaving_.begin(), static_cast<std::ptrdiff_t>(count)));
}

void UsageSummary::refuse(bool is_refusing) {
  const std::lock_guard lock(mutex_);
  is_refusing_ = is_refusing;
}

bool UsageSummary::empty() const {
  const std::lock_guard lock(mutex_);
  return counts_.empty() && leaving_.empty();
}

bool UsageSummary::has_rest() const {
  const std::lock_guard lock(mutex_);
  return !leaving_.empty();
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

}  // namespace coffer::vault
