// Net clients: lookups under one lock.
#include "vault/net_clients.h"

#include <algorithm>

namespace coffer::vault {

bool LoadedNetClient::may_see(const ObjectId& token) const {
  return std::ranges::find(record.tokens, token) != record.tokens.end();
}

std::shared_ptr<const NetKeys> NetClients::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void NetClients::set_keys(std::shared_ptr<const NetKeys> keys) {
  const std::lock_guard lock(mutex_);
  keys_ = std::move(keys);
}

std::shared_ptr<const LoadedNetClient> NetClients::find(const crypto::Digest32& certificate) const {
  const std::lock_guard lock(mutex_);
  const auto number = by_certificate_.find(certificate);
  if (number == by_certificate_.end()) return nullptr;
  const auto& client = clients_.at(number->second);
  return client->record.is_revoked ? nullptr : client;
}

wire::Standing NetClients::standing(const crypto::Digest32& certificate, Timestamp now) const {
  const std::lock_guard lock(mutex_);
  const auto number = by_certificate_.find(certificate);
  if (number == by_certificate_.end()) return wire::Standing::unknown;
  const NetClientRecord& record = clients_.at(number->second)->record;
  if (record.is_revoked) return wire::Standing::revoked;
  return record.expires <= now ? wire::Standing::expired : wire::Standing::good;
}

std::shared_ptr<const LoadedNetClient> NetClients::find(const std::string& name) const {
  for (auto& client : list()) {
    if (client->record.name == name) return client;
  }
  return nullptr;
}

std::shared_ptr<const LoadedNetClient> NetClients::find(std::uint32_t number) const {
  const std::lock_guard lock(mutex_);
  const auto place = clients_.find(number);
  return place == clients_.end() ? nullptr : place->second;
}

std::vector<std::shared_ptr<const LoadedNetClient>> NetClients::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const LoadedNetClient>> all;
  for (const auto& [number, client] : clients_) {
    if (!client->record.is_revoked) all.push_back(client);
  }
  return all;
}

std::size_t NetClients::count() const {
  const std::lock_guard lock(mutex_);
  return clients_.size();
}

void NetClients::put(std::shared_ptr<const LoadedNetClient> client) {
  const std::lock_guard lock(mutex_);
  by_certificate_[client->record.certificate] = client->record.number;
  const std::uint32_t number = client->record.number;
  clients_[number] = std::move(client);
}

std::uint32_t NetClients::next_number() const {
  const std::lock_guard lock(mutex_);
  return clients_.empty() ? kNetNumberFirstNow : std::max(clients_.rbegin()->first + 1, kNetNumberFirstNow);
}

Status NetClients::promise(const crypto::Digest32& secret_digest, NetEnrolment enrolment,
                           std::uint64_t now_boot_milliseconds) {
  const std::lock_guard lock(mutex_);
  std::erase_if(enrolments_, [now_boot_milliseconds](const auto& each) {
    return each.second.ends_boot_milliseconds <= now_boot_milliseconds;
  });
  if (enrolments_.size() >= kNetEnrolmentsMax) {
    return Error{Code::limit, "too many clients are about to join: wait ten minutes"};
  }
  enrolments_[secret_digest] = std::move(enrolment);
  return {};
}

std::optional<NetEnrolment> NetClients::redeem(const crypto::Digest32& secret_digest,
                                               std::uint64_t now_boot_milliseconds) {
  const std::lock_guard lock(mutex_);
  const auto place = enrolments_.find(secret_digest);
  if (place == enrolments_.end()) return std::nullopt;
  NetEnrolment enrolment = std::move(place->second);
  enrolments_.erase(place);
  if (enrolment.ends_boot_milliseconds <= now_boot_milliseconds) return std::nullopt;
  return enrolment;
}

}  // namespace coffer::vault
