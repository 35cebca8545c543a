// Tamper: counting signals.
#include "vault/tamper.h"

#include <algorithm>

#include "codec/binary.h"

namespace coffer::vault {

bool valid_levels(const TamperRecord& record) {
  return std::ranges::all_of(record.levels,
                             [](std::uint8_t level) { return is_valid(wire::TamperLevel{level}); });
}

Result<TamperRecord> decode_tamper_record(Bytes plaintext) {
  // A list without elements is its count.
  constexpr std::array<std::uint8_t, sizeof(std::uint32_t)> kNoTokens{};
  if (plaintext.size() != codec::encode(TamperRecord{}).size() - kNoTokens.size())
    return codec::decode<TamperRecord>(plaintext);
  Buffer longer = to_buffer(plaintext);
  append(longer, kNoTokens);
  return codec::decode<TamperRecord>(longer);
}

void TamperWatch::set_policy(const std::optional<TamperRecord>& policy) {
  const std::lock_guard lock(mutex_);
  policy_ = policy;
}

wire::TamperLevel TamperWatch::noticed(wire::TamperSignal signal, wire::TamperLevel level_max) {
  const std::lock_guard lock(mutex_);
  const auto index = static_cast<std::size_t>(signal);
  wire::TamperState& state = states_[index];
  ++state.count;
  state.last = clock_.now();
  const auto level =
      std::min(level_max, policy_ ? wire::TamperLevel{policy_->levels[index]} : wire::TamperLevel::log);
  due_ = std::max(due_.load(), level);
  return level;
}

wire::TamperLevel TamperWatch::take_due() {
  if (due_.load(std::memory_order_relaxed) == wire::TamperLevel::log) return wire::TamperLevel::log;
  const std::lock_guard lock(mutex_);
  return due_.exchange(wire::TamperLevel::log);
}

wire::TamperShowReply TamperWatch::show() const {
  const std::lock_guard lock(mutex_);
  wire::TamperShowReply reply;
  reply.levels_known = policy_.has_value();
  reply.is_alarmed = policy_ && policy_->is_alarmed;
  reply.has_duress_pin = policy_ && policy_->duress.is_set;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    wire::TamperState state = states_[i];
    state.signal = static_cast<wire::TamperSignal>(i);
    if (policy_) state.level = wire::TamperLevel{policy_->levels[i]};
    reply.signals.push_back(state);
  }
  return reply;
}

std::string_view signal_name(wire::TamperSignal signal) {
  switch (signal) {
    case wire::TamperSignal::rollback: return "rollback";
    case wire::TamperSignal::record: return "record";
    case wire::TamperSignal::changed_binary: return "changed-binary";
    case wire::TamperSignal::failures: return "failures";
    case wire::TamperSignal::debugger: return "debugger";
    case wire::TamperSignal::duress: return "duress";
  }
  return "";
}

std::string_view level_name(wire::TamperLevel level) {
  switch (level) {
    case wire::TamperLevel::log: return "log";
    case wire::TamperLevel::lock: return "lock";
    case wire::TamperLevel::error: return "error";
    case wire::TamperLevel::destroy: return "destroy";
  }
  return "";
}

}  // namespace coffer::vault
