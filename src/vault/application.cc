// Application: logins, session objects and operations of one process.
#include "vault/application.h"

#include "vault/backup.h"

namespace coffer::vault {

std::optional<Login> Application::login(std::uint32_t slot) const {
  const std::shared_lock lock(mutex_);
  const auto place = logins_.find(slot);
  if (place == logins_.end()) return std::nullopt;
  return place->second;
}

void Application::set_login(std::uint32_t slot, Login login) {
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

std::shared_ptr<const Object> Application::find_object(const ObjectId& id) const {
  const std::shared_lock lock(mutex_);
  if (objects_.empty()) return nullptr;
  const auto place = objects_.find(id);
  return place == objects_.end() ? nullptr : place->second;
}

std::vector<std::shared_ptr<const Object>> Application::objects(const PartitionTag& partition) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const Object>> found;
  for (const auto& [id, object] : objects_) {
    if (object->partition == partition) found.push_back(object);
  }
  return found;
}

Status Application::put_object(std::shared_ptr<const Object> object) {
  const std::unique_lock lock(mutex_);
  if (objects_.size() >= wire::kSessionObjectsMax) {
    return Error{Code::limit, "too many session objects: destroy some first"};
  }
  const ObjectId id = object->id;
  objects_.emplace(id, std::move(object));
  return {};
}

bool Application::replace_object(const std::shared_ptr<const Object>& before,
                                 std::shared_ptr<const Object> next) {
  const std::unique_lock lock(mutex_);
  const auto place = objects_.find(before->id);
  if (place == objects_.end() || place->second != before) return false;
  place->second = std::move(next);
  return true;
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

bool Application::remove_object(const ObjectId& id) {
  const std::unique_lock lock(mutex_);
  return objects_.erase(id) > 0;
}

void Application::close_session(std::uint64_t session) {
  const std::unique_lock lock(mutex_);
  std::erase_if(objects_, [session](const auto& each) { return each.second->session == session; });
}

void Application::forget_objects(const PartitionTag& partition, bool private_only) {
  const std::unique_lock lock(mutex_);
  std::erase_if(objects_, [&](const auto& each) {
    return each.second->partition == partition && (!private_only || each.second->summary.is_private);
  });
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
  const std::unique_lock lock(mutex_);
  backup_.reset();
  logins_.clear();
  share_ = uid_;
  permits_.clear();
  objects_.clear();
  operations_.clear();
  saved_.clear();
  counters_.clear();
}

Result<std::uint64_t> Application::add_operation(std::shared_ptr<Operation> operation) {
  const std::unique_lock lock(mutex_);
  if (operations_.size() >= wire::kOperationsMax) {
    return Error{Code::limit, "too many operations are running: finish some first"};
  }
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
