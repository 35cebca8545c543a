// Connection: one wire::Client at a time, replaced when it is dead or the parent's.
#include "pkcs11/connection.h"

#include <mutex>
#include <utility>

namespace coffer::pkcs11 {

Result<wire::Client*> Connection::client(Link& link) {
  if (link.client != nullptr && link.epoch == epoch_.load(std::memory_order_acquire) &&
      link.client->alive()) {
    return link.client.get();
  }
  const std::scoped_lock lock(mutex_);
  if (current_ == nullptr || !current_->alive()) TRY(connect_locked());
  link.client = current_;
  link.epoch = epoch_.load(std::memory_order_relaxed);
  return link.client.get();
}

Status Connection::connect_locked() {
  const auto now = std::chrono::steady_clock::now();
  const bool failed_lately = last_failure_.has_value() && now - failed_at_ < kPauseMilliseconds;
  if (failed_lately) return *last_failure_;
  // Patience is for the first try and for a chip that answered before, and now and then for one that nobody
  // could start: not for every call while nobody answers.
  const bool is_patient = !last_failure_.has_value() || now - patient_at_ > kPatientEvery;
  if (is_patient) patient_at_ = now;
  const Patience patience = is_patient ? Patience::full : Patience::none;

  auto connected = connector_->connect(application_ ? &*application_ : nullptr, patience);
  if (!connected.ok()) {
    last_failure_ = connected.error();
    failed_at_ = std::chrono::steady_clock::now();
    return connected.error();
  }
  last_failure_.reset();
  current_ = std::move(connected).value();
  inherited_.reset();
  // A chip that does not know the application any more, because it is a new chip, made us a new one.
  const wire::ApplicationId& application = current_->hello().application;
  if (application_ && !equal_secret(*application_, application)) is_shared_.store(false);
  application_ = clone(application);
  epoch_.fetch_add(1, std::memory_order_release);
  on_connected_(*current_);
  return {};
}

void Connection::drop() {
  const std::scoped_lock lock(mutex_);
  current_.reset();
  inherited_.reset();
  application_.reset();
  last_failure_.reset();
  is_shared_.store(false);
  epoch_.fetch_add(1, std::memory_order_release);
}

void Connection::after_fork(bool may_destroy) {
  const bool was_held = mutex_.renew();
  if (may_destroy && !was_held) {
    if (current_ != nullptr) inherited_ = std::move(current_);
  } else {
    // Half-changed perhaps: what they point to stays as it is for ever.
    std::construct_at(&current_);
    std::construct_at(&inherited_);
  }
  if (was_held) std::construct_at(&last_failure_);
  is_shared_.store(application_.has_value());
  epoch_.fetch_add(1, std::memory_order_release);
}

}  // namespace coffer::pkcs11
