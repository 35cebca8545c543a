// Tokens: who is logged in where, with which ticket, and how many sessions are open.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "pkcs11/fork.h"
#include "pkcs11/handle.h"
#include "wire/limits.h"
#include "wire/operator_messages.h"

namespace coffer::pkcs11 {

// LoginState is the login that all sessions of this application with a token share.
enum class LoginState : std::uint8_t { nobody, user, officer };

// Token is what the module remembers about one slot's token. login() and the counts may be read at any time;
// what changes the login, and what decides by the counts, holds `mutex`. A session's lease is taken before
// `mutex`.
class Token final {
 public:
  [[nodiscard]] LoginState login() const { return login_.load(std::memory_order_acquire); }

  // set_login notes a login with the chip's ticket for it; clear_login forgets both. `name` is an operator's,
  // at most wire::kOperatorNameBytesMax octets, or empty.
  void set_login(LoginState state, const wire::LoginTicket& ticket, std::string_view name = {});
  void clear_login();

  // is_inherited says that the login is the one of the process which this one was forked from, and that the
  // chip has not said yet that it holds here too: confirm_login notes that it has.
  [[nodiscard]] bool is_inherited() const { return is_inherited_.load(std::memory_order_acquire); }
  void confirm_login() { is_inherited_.store(false, std::memory_order_release); }

  // ticket copies the ticket of the present login; empty when there is none.
  [[nodiscard]] wire::LoginTicket ticket();
  // name is the operator who is logged in; empty when it is nobody, the user or the officer.
  [[nodiscard]] std::string name();

  // count_in counts a session that is about to be opened; false when it must not be, because it could only
  // read and the officer is logged in. count_out takes one off, under `mutex`, and tells whether it was the
  // last.
  [[nodiscard]] bool count_in(bool is_read_write);
  [[nodiscard]] bool count_out(bool is_read_write);
  [[nodiscard]] std::uint32_t session_count() const { return session_count_; }
  [[nodiscard]] std::uint32_t read_write_count() const { return read_write_count_; }
  void forget_counts();

  ForkMutex mutex;

  // after_fork repairs the token in the child, and tells whether it was in use.
  bool after_fork();

 private:
  std::atomic<std::uint32_t> session_count_ = 0;
  std::atomic<std::uint32_t> read_write_count_ = 0;
  std::atomic<LoginState> login_ = LoginState::nobody;
  std::atomic<bool> is_inherited_ = false;
  ForkMutex ticket_mutex_;                // nothing else is locked under it
  Secret<wire::kTicketBytesMax> ticket_;  // in place: a fork in the middle of a change breaks no pointer
  std::size_t ticket_bytes_ = 0;
  std::array<char, wire::kOperatorNameBytesMax> name_{};
  std::size_t name_bytes_ = 0;
};

// TokenTable holds a Token for each slot that was used. Tokens are never freed.
class TokenTable final {
 public:
  // find gives a slot's token, or null when the slot was never used or has no possible number.
  [[nodiscard]] Token* find(std::uint32_t slot) const { return tokens_.at(slot); }

  // make gives a slot's token; null when the slot has no possible number.
  Token* make(std::uint32_t slot);

  // logins lists the slots where somebody is logged in.
  [[nodiscard]] std::vector<std::uint32_t> logins() const;

  // forget_all logs out everywhere and counts no sessions, on this side.
  void forget_all();

  // after_fork repairs the table in the child, and tells whether a token was in use.
  bool after_fork();

 private:
  StableArray<Token, 16, wire::kSlotsMax / 16> tokens_;
  ForkMutex mutex_;  // guards making
};

}  // namespace coffer::pkcs11
