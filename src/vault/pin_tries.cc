// PinTries: a map by token and principal, and what becomes of its records.
#include "vault/pin_tries.h"

#include <algorithm>

#include "codec/binary.h"
#include "vault/attribute.h"

namespace coffer::vault {

namespace {

// The first place of a token: nobody comes before everybody.
PinTries::Place first_of(const ObjectId& token) { return {token, record::Who()}; }

auto count_of(auto& counts, const WhichPin& pin) { return std::ranges::find(counts, pin, &PinCount::pin); }

void set_count(std::vector<PinCount>& counts, const WhichPin& pin, std::uint8_t failures) {
  const auto place = count_of(counts, pin);
  if (place == counts.end()) {
    if (failures != 0) counts.push_back({pin, failures});
  } else if (failures != 0) {
    place->failures = failures;
  } else {
    counts.erase(place);
  }
}

}  // namespace

void PinTries::load(const ObjectId& id, std::uint64_t version, const PinTriesRecord& record) {
  apply({.place = {record.token, record::Who(record.who)},
         .tried = {.id = id, .version = version, .counts = record.counts}});
}

std::uint8_t PinTries::failures_of(const Place& place, const WhichPin& pin) const {
  const auto tried = tried_.find(place);
  if (tried == tried_.end()) return 0;
  const auto count = count_of(tried->second.counts, pin);
  return count == tried->second.counts.end() ? 0 : count->failures;
}

std::uint8_t PinTries::failures(const Place& place, const WhichPin& pin) const {
  const std::lock_guard lock(mutex_);
  return failures_of(place, pin);
}

std::uint8_t PinTries::shown(const Place& place, const WhichPin& pin) const {
  const std::lock_guard lock(mutex_);
  if (trial_ && trial_->place == place && trial_->pin == pin) return trial_->failures;
  return failures_of(place, pin);
}

std::uint32_t PinTries::by_name(const Place& place) const {
  const std::lock_guard lock(mutex_);
  std::uint32_t sum = 0;
  if (const auto tried = tried_.find(place); tried != tried_.end()) {
    for (const PinCount& each : tried->second.counts)
      sum += each.pin.holder == TicketHolder::person ? each.failures : 0;
  }
  return sum;
}

std::uint32_t PinTries::of_token(const ObjectId& token) const {
  const std::lock_guard lock(mutex_);
  std::uint32_t sum = 0;
  for (auto each = tried_.lower_bound(first_of(token)); each != tried_.end() && each->first.first == token;
       ++each) {
    for (const PinCount& count : each->second.counts) sum += count.pin == kStrangersPin ? 0 : count.failures;
  }
  return sum;
}

std::uint8_t PinTries::most(const ObjectId& token, const WhichPin& pin) const {
  std::uint8_t most = 0;
  for (const Standing& each : list(token)) {
    if (each.count.pin == pin) most = std::max(most, each.count.failures);
  }
  return most;
}

std::vector<PinTries::Standing> PinTries::list(const ObjectId& token) const {
  const std::lock_guard lock(mutex_);
  std::vector<Standing> all;
  for (auto each = tried_.lower_bound(first_of(token)); each != tried_.end() && each->first.first == token;
       ++each) {
    for (const PinCount& count : each->second.counts) all.push_back({each->first.second, count});
  }
  return all;
}

Result<PinTries::Next> PinTries::counted(const Place& place, const WhichPin& pin,
                                         std::uint8_t failures) const {
  const std::lock_guard lock(mutex_);
  Next next{.place = place, .tried = {}};
  if (const auto present = tried_.find(place); present != tried_.end()) {
    next.tried = present->second;
  } else {
    const auto tokens = tokens_of_.find(place.second);
    if (tokens != tokens_of_.end() && tokens->second >= kTokensTriedMax)
      return Error{Code::throttled, "wrong PINs at too many tokens: give a right one where one was wrong"};
    TRY(crypto::random_bytes(next.tried.id));
  }
  set_count(next.tried.counts, pin, failures);
  ++next.tried.version;
  return next;
}

std::vector<PinTries::Next> PinTries::without(const ObjectId& token, const Match& match) const {
  const std::lock_guard lock(mutex_);
  std::vector<Next> all;
  for (auto each = tried_.lower_bound(first_of(token)); each != tried_.end() && each->first.first == token;
       ++each) {
    const auto& [place, tried] = *each;
    Next next{.place = place, .tried = tried};
    const auto gone = std::erase_if(next.tried.counts, [&match, &who = place.second](const PinCount& count) {
      return match(who, count.pin);
    });
    // Without a count that was taken back in memory there is nothing to keep.
    if (gone == 0 && !tried.counts.empty()) continue;
    ++next.tried.version;
    all.push_back(std::move(next));
  }
  return all;
}

void PinTries::apply(const Next& next) {
  const std::lock_guard lock(mutex_);
  const bool was_there = tried_.contains(next.place);
  if (next.tried.counts.empty()) {
    if (was_there && --tokens_of_[next.place.second] == 0) tokens_of_.erase(next.place.second);
    tried_.erase(next.place);
    return;
  }
  if (!was_there) ++tokens_of_[next.place.second];
  tried_[next.place] = next.tried;
}

void PinTries::set(const Place& place, const WhichPin& pin, std::uint8_t failures) {
  const std::lock_guard lock(mutex_);
  const auto tried = tried_.find(place);
  // The record stays as it is: the next count is written over it.
  if (tried != tried_.end()) set_count(tried->second.counts, pin, failures);
}

void PinTries::set_known(const Place& place, const WhichPin& pin) {
  const std::lock_guard lock(mutex_);
  known_[place.first].emplace(pin, place.second);
}

bool PinTries::is_known(const Place& place, const WhichPin& pin) const {
  const std::lock_guard lock(mutex_);
  const auto of_token = known_.find(place.first);
  return of_token != known_.end() && of_token->second.contains({pin, place.second});
}

void PinTries::forget_known(const ObjectId& token, const WhichPin& pin) {
  const std::lock_guard lock(mutex_);
  const auto of_token = known_.find(token);
  if (of_token == known_.end()) return;
  std::erase_if(of_token->second, [&pin](const auto& each) { return each.first == pin; });
}

void PinTries::forget_token(const ObjectId& token) {
  const std::lock_guard lock(mutex_);
  known_.erase(token);
  std::erase_if(strangers_, [&token](const auto& each) { return each.first.first == token; });
}

void PinTries::begin_trial(const Place& place, const WhichPin& pin) {
  const std::lock_guard lock(mutex_);
  trial_ = Trial{.place = place, .pin = pin, .failures = failures_of(place, pin)};
}

void PinTries::end_trial() {
  const std::lock_guard lock(mutex_);
  trial_.reset();
}

std::uint8_t PinTries::stranger_failures(const Place& place, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto names = strangers_.find(place);
  if (names == strangers_.end()) return 0;
  const auto found = names->second.find(name);
  return found == names->second.end() ? 0 : found->second;
}

void PinTries::count_stranger(const Place& place, const std::string& name) {
  const std::lock_guard lock(mutex_);
  ++strangers_[place][name];
}

void PinTries::forget_strangers(const ObjectId& token, const std::vector<record::Who>& of) {
  const std::lock_guard lock(mutex_);
  for (const record::Who& who : of) strangers_.erase({token, who});
}

void PinTries::forget_name(const ObjectId& token, const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (auto& [place, names] : strangers_) {
    if (place.first == token) names.erase(name);
  }
}

PinPlace wait_place(const PinTries::Place& place, const WhichPin& pin) {
  return {.token = place.first,
          .who = place.second,
          .word = std::to_string(static_cast<int>(pin.holder)) + to_hex(pin.person)};
}

record::RecordChange tries_change(const PinTries::Next& next,
                                  const std::shared_ptr<const record::Partition>& system) {
  const bool removes = next.tried.counts.empty();
  const PinTriesRecord record{
      .token = next.place.first, .who = *next.place.second, .counts = next.tried.counts};
  return {.remove = removes,
          .entry = {.id = next.tried.id,
                    .partition = record::kSystemPartition,
                    .object_class = object_class::kPinTries},
          .expected_version = next.tried.version - 1,
          .partition = system,
          .plaintext = removes ? SecretBytes() : SecretBytes::copy_of(codec::encode(record))};
}

}  // namespace coffer::vault
