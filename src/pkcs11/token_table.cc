// Tokens: logins, tickets and session counts.
#include "pkcs11/token_table.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/secret.h"

namespace coffer::pkcs11 {

void Token::set_login(LoginState state, const wire::LoginTicket& ticket, std::string_view name) {
  {
    const std::scoped_lock lock(ticket_mutex_);
    ticket_bytes_ = std::min(ticket.size(), wire::kTicketBytesMax);
    std::copy_n(ticket.reveal().begin(), ticket_bytes_, ticket_.reveal().begin());
    name_bytes_ = std::min(name.size(), name_.size());
    std::copy_n(name.begin(), name_bytes_, name_.begin());
  }
  confirm_login();
  login_.store(state, std::memory_order_release);
}

void Token::clear_login() {
  confirm_login();
  login_.store(LoginState::nobody, std::memory_order_release);
  const std::scoped_lock lock(ticket_mutex_);
  wipe(ticket_.reveal());
  ticket_bytes_ = 0;
  name_bytes_ = 0;
}

wire::LoginTicket Token::ticket() {
  const std::scoped_lock lock(ticket_mutex_);
  return {{SecretBytes::copy_of(std::as_const(ticket_).reveal().first(ticket_bytes_))}};
}

bool Token::count_in(bool is_read_write) {
  const std::scoped_lock lock(mutex);
  if (!is_read_write && login() == LoginState::officer) return false;
  ++session_count_;
  if (is_read_write) ++read_write_count_;
  return true;
}

bool Token::count_out(bool is_read_write) {
  if (is_read_write) --read_write_count_;
  return --session_count_ == 0;
}

void Token::forget_counts() {
  session_count_ = 0;
  read_write_count_ = 0;
}

bool Token::after_fork() {
  const bool was_in_use = mutex.renew();
  is_inherited_.store(login() != LoginState::nobody, std::memory_order_release);
  if (ticket_mutex_.renew()) clear_login();
  return was_in_use;
}

std::string Token::name() {
  const std::scoped_lock lock(ticket_mutex_);
  return {name_.data(), name_bytes_};
}

Token* TokenTable::make(std::uint32_t slot) {
  if (slot >= wire::kSlotsMax) return nullptr;
  if (Token* token = tokens_.at(slot)) return token;
  const std::scoped_lock lock(mutex_);
  return &tokens_.make(slot);
}

std::vector<std::uint32_t> TokenTable::logins() const {
  std::vector<std::uint32_t> slots;
  for (std::uint32_t slot = 0; slot < wire::kSlotsMax; ++slot) {
    const Token* token = tokens_.at(slot);
    if (token != nullptr && token->login() != LoginState::nobody) slots.push_back(slot);
  }
  return slots;
}

void TokenTable::forget_all() {
  for (std::uint32_t slot = 0; slot < wire::kSlotsMax; ++slot) {
    Token* token = tokens_.at(slot);
    if (token == nullptr) continue;
    const std::scoped_lock lock(token->mutex);
    token->clear_login();
    token->forget_counts();
  }
}

bool TokenTable::after_fork() {
  bool was_in_use = mutex_.renew();
  for (std::uint32_t slot = 0; slot < wire::kSlotsMax; ++slot) {
    Token* token = tokens_.at(slot);
    if (token != nullptr) was_in_use |= token->after_fork();
  }
  return was_in_use;
}

}  // namespace coffer::pkcs11
