// Operator: the sealed record and its changes, and the table of all operators.
#include "vault/operator.h"

#include <algorithm>

#include "codec/binary.h"
#include "vault/attribute.h"

namespace coffer::vault {

wire::OperatorInfo Operator::info() const {
  const std::lock_guard lock(mutex_);
  return {.name = record_.name,
          .id = id_,
          .role = record_.role,
          .tries_left = tries_left(record_.pin.failures),
          .tries_max = kPinTriesMax,
          .created = record_.created};
}

PinVerifier Operator::verifier() const {
  const std::lock_guard lock(mutex_);
  return record_.pin;
}

std::uint32_t Operator::login_epoch() const {
  const std::lock_guard lock(mutex_);
  return record_.login_epoch;
}

bool Operator::honours(std::uint32_t epoch) const {
  const std::lock_guard lock(mutex_);
  return !is_removed_ && epoch == record_.login_epoch;
}

record::RecordChange operator_change(const ObjectId& id, const OperatorRecord& record,
                                     std::uint64_t expected_version,
                                     const std::shared_ptr<const record::Partition>& system) {
  codec::WipingBuffer plaintext;
  codec::encode_secret_into(record, plaintext.octets);
  return {.remove = false,
          .entry = {.id = id, .partition = record::kSystemPartition, .object_class = object_class::kOperator},
          .expected_version = expected_version,
          .partition = system,
          .plaintext = SecretBytes::copy_of(plaintext.octets)};
}

record::RecordChange Operator::change(const PinVerifier& next, bool ends_logins,
                                      const std::shared_ptr<const record::Partition>& system) const {
  const std::lock_guard lock(mutex_);
  OperatorRecord record = record_;
  record.pin = next;
  if (ends_logins) ++record.login_epoch;
  return operator_change(id_, record, version_, system);
}

void Operator::changed(const PinVerifier& next, bool ends_logins) {
  const std::lock_guard lock(mutex_);
  ++version_;
  record_.pin = next;
  if (ends_logins) ++record_.login_epoch;
}

record::RecordChange Operator::removal(const std::shared_ptr<const record::Partition>& system) const {
  const std::lock_guard lock(mutex_);
  return {
      .remove = true,
      .entry = {.id = id_, .partition = record::kSystemPartition, .object_class = object_class::kOperator},
      .expected_version = version_,
      .partition = system,
      .plaintext = {}};
}

void Operator::removed() {
  const std::lock_guard lock(mutex_);
  is_removed_ = true;
}

std::shared_ptr<Operator> Operators::find(const ObjectId& token, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto place = operators_.find({token, name});
  return place == operators_.end() ? nullptr : place->second;
}

std::shared_ptr<Operator> Operators::find(const ObjectId& token, const ObjectId& id) const {
  const auto people = list(token);
  const auto place = std::ranges::find(people, id, [](const auto& each) { return each->id(); });
  return place == people.end() ? nullptr : *place;
}

std::vector<std::shared_ptr<Operator>> Operators::list(const ObjectId& token) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Operator>> found;
  for (auto place = operators_.lower_bound({token, {}});
       place != operators_.end() && place->first.first == token; ++place) {
    found.push_back(place->second);
  }
  return found;
}

std::shared_ptr<Operator> Operators::find(std::uint32_t number) const {
  if (number == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto place =
      std::ranges::find(operators_, number, [](const auto& each) { return each.second->number(); });
  return place == operators_.end() ? nullptr : place->second;
}

void Operators::put(std::shared_ptr<Operator> person) {
  const std::lock_guard lock(mutex_);
  Place place{person->token(), person->name()};
  operators_.insert_or_assign(std::move(place), std::move(person));
}

void Operators::remove(const ObjectId& token, const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto place = operators_.find({token, name});
  if (place == operators_.end()) return;
  place->second->removed();
  operators_.erase(place);
}

}  // namespace coffer::vault
