// Application: logins, session objects and operations of one process.
#include "vault/application.h"

#include "base/secret_room.h"
#include "vault/backup.h"

namespace coffer::vault {

namespace {

constexpr Error kNoRoom{
    Code::limit, "the vault's hidden memory is full: end operations that run, or raise RLIMIT_MEMLOCK"};

}  // namespace

std::optional<Login> Application::login(std::uint32_t slot) const {
  const std::shared_lock lock(mutex_);
  const auto place = logins_.find(slot);
  if (place == logins_.end()) return std::nullopt;
  return place->second;
}

void Application::set_login(std::uint32_t slot, const Login& next) {
  // Before it holds: what comes later of those before it is refused (SessionObjects::put).
  const auto before = login(slot);
  if (!before || !before->is_same_as(next)) objects_.forget(next.partition, true);
  renew_login(slot, next);
}

void Application::renew_login(std::uint32_t slot, Login login) {
  const std::unique_lock lock(mutex_);
  if (login.person) has_operators_.store(true, std::memory_order_release);
  Login& place = logins_[slot];
  login.number = place.is_same_as(login) ? place.number : next_login_++;
  place = std::move(login);
  share_ = kTokenShare | slot;
}

void Application::clear_login(std::uint32_t slot) {
  const std::unique_lock lock(mutex_);
  logins_.erase(slot);
  permits_.clear();
  share_ = logins_.empty() ? uid_ : kTokenShare | logins_.rbegin()->first;
}

Status Application::permit_use(const ObjectId& key) {
  const std::unique_lock lock(mutex_);
  if (permits_.size() >= wire::kOperationsMax && !permits_.contains(key)) {
    return Error{Code::limit, "too many uses were permitted: use the keys first"};
  }
  permits_.insert(key);
  return {};
}

bool Application::take_permit(const ObjectId& key) {
  const std::unique_lock lock(mutex_);
  return permits_.erase(key) > 0;
}

std::shared_ptr<BackupJob> Application::backup() const {
  const std::shared_lock lock(mutex_);
  return backup_;
}

void Application::set_backup(std::shared_ptr<BackupJob> job) {
  const std::unique_lock lock(mutex_);
  backup_.swap(job);
}

void Application::forget_everything() {
  objects_.forget_everything();
  const std::unique_lock lock(mutex_);
  backup_.reset();
  logins_.clear();
  share_ = uid_;
  permits_.clear();
  operations_.clear();
  saved_.clear();
  counters_.clear();
}

Result<std::uint64_t> Application::add_operation(std::shared_ptr<Operation> operation) {
  const std::unique_lock lock(mutex_);
  if (operations_.size() >= wire::kOperationsMax) {
    return Error{Code::limit, "too many operations are running: finish some first"};
  }
  if (secret_room() == SecretRoom::scarce) return kNoRoom;
  operation->claim = wire::Claim(budget_);
  if (!operation->claim.resize(wire::kKeptOperationBytes + operation->stream->kept_bytes()))
    return wire::kBudgetIsSpent;
  const std::uint64_t number = next_operation_++;
  operations_.emplace(number, std::move(operation));
  return number;
}

std::shared_ptr<Operation> Application::operation(std::uint64_t number) const {
  const std::shared_lock lock(mutex_);
  const auto place = operations_.find(number);
  return place == operations_.end() ? nullptr : place->second;
}

void Application::remove_operation(std::uint64_t number) {
  const std::unique_lock lock(mutex_);
  operations_.erase(number);
  counters_.erase(number);
}

Result<std::uint64_t> Application::save_operation(std::shared_ptr<Operation> operation) {
  const std::uint64_t number = TRY(add_operation(std::move(operation)));
  const std::unique_lock lock(mutex_);
  saved_.push_back(number);
  if (saved_.size() > kSavedMax) {
    operations_.erase(saved_.front());
    saved_.pop_front();
  }
  return number;
}

Result<std::uint64_t> Application::add_counter(NonceCounter counter) {
  const std::unique_lock lock(mutex_);
  if (counters_.size() >= wire::kCountersMax) {
    return Error{Code::limit, "too many counters of nonces: close sessions that no longer encrypt"};
  }
  if (secret_room() == SecretRoom::scarce) return kNoRoom;
  counter.claim = wire::Claim(budget_);
  if (!counter.claim.resize(wire::kKeptThingBytes)) return wire::kBudgetIsSpent;
  const std::uint64_t number = next_operation_++;
  counters_.emplace(number, std::move(counter));
  return number;
}

Result<Buffer> Application::next_nonce(std::uint64_t counter) {
  const std::unique_lock lock(mutex_);
  const auto place = counters_.find(counter);
  if (place == counters_.end()) return Error{Code::operation_unknown, "there is no such counter"};
  NonceCounter& each = place->second;
  if (each.left == 0) {
    return Error{Code::data_length, "every nonce was used: start again with another fixed part or key"};
  }
  --each.left;
  const std::uint64_t number = each.next++ & each.mask;
  Buffer nonce = each.base;
  for (std::size_t i = 0; i < sizeof(number) && i < nonce.size(); ++i) {
    nonce[nonce.size() - 1 - i] ^= static_cast<std::uint8_t>(number >> (8U * i));
  }
  return nonce;
}

}  // namespace coffer::vault
