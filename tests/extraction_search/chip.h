// Chip: a vault in memory with two tokens and five applications, made once and asked many sequences.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "store/audit_log.h"
#include "tests/extraction_search/call.h"
#include "vault/vault_fixture.h"

namespace coffer::extraction {

// ForgetfulAuditLog keeps the last line only: a search writes millions.
class ForgetfulAuditLog final : public store::AuditLog {
 public:
  Status append(std::span<const std::string> lines, store::Urgency urgency) override;
  Status append_relaxed(std::span<const std::string> lines) override;
  Status sync() override { return {}; }
  Status check_room() override { return {}; }
  Result<store::AuditTail> tail() override;
  Result<store::AuditPage> read(std::uint64_t first) override;
  Status cut(std::uint64_t /*line_count*/) override { return {}; }

 private:
  std::mutex mutex_;  // guards tail_
  store::AuditTail tail_;
};

// Chip is the vault and who may ask it: each Who is logged in to both tokens, or to none, as its name says.
// Both tokens permit outdated mechanisms. It draws randomness: seed before making one.
class Chip {
 public:
  static constexpr std::uint64_t kSession = 1;

  Chip();
  Chip(const Chip&) = delete;
  Chip& operator=(const Chip&) = delete;

  template <typename Request>
  vault::Answer<Request> ask(Who who, const Request& request) {
    return client(who).call(request);
  }

  // log_in resumes the login that `who` had at first; who had none gets the code that says so.
  Code log_in(Who who, std::uint32_t token);

  // restore ends what a sequence left: its session objects, and logins that it changed.
  void restore(Who who);
  void restore_login(Who who, std::uint32_t token);
  // pass_time lets every delay after failures pass.
  void pass_time();

 private:
  vault::Client& client(Who who) { return *clients_[static_cast<std::size_t>(who)]; }
  void make_tokens();
  void take_ticket(Who who, std::uint32_t token, wire::UserType user);

  store::MemoryStore store_;
  ForgetfulAuditLog audit_;
  store::MemoryMarkFile mark_;
  FixedClock clock_;
  std::unique_ptr<vault::Vault> vault_;
  std::array<std::unique_ptr<vault::Client>, kWhoCount> clients_;
  std::array<std::array<wire::LoginTicket, kTokenCount>, kWhoCount> tickets_;
};

}  // namespace coffer::extraction
