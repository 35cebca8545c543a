// Token: a partition with the PINs of its security officer and its user.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/primitives.h"
#include "record/committer.h"
#include "record/ladder.h"
#include "vault/object_id.h"
#include "vault/pin.h"
#include "wire/messages.h"
#include "wire/tenant_messages.h"

namespace coffer::vault {

// TokenPolicyRecord is a token's policy as it is sealed, in a record of its own.
struct TokenPolicyRecord {
  ObjectId token{};
  wire::TokenPolicy policy;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.token));
    return visit(in.policy);
  }
};

// SealedTokenPolicy is a policy with the id of its record; zeros when it was never set.
struct SealedTokenPolicy {
  ObjectId id{};
  wire::TokenPolicy policy;
};

// TokenRecord is a token as it is sealed.
struct TokenRecord {
  std::uint32_t slot = 0;
  std::string label;
  std::array<std::uint8_t, 8> serial{};
  record::PartitionTag tag{};
  Secret<32> partition_key;
  std::uint64_t created = 0;
  std::uint32_t login_epoch = 0;  // grows with every change of a PIN; older tickets are void
  PinVerifier officer;
  PinVerifier user;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.label, wire::kLabelBytesMax));
    TRY(visit(in.serial));
    TRY(visit(in.tag));
    TRY(visit(in.partition_key));
    TRY(visit(in.created));
    TRY(visit(in.login_epoch));
    TRY(visit(in.officer));
    return visit(in.user);
  }
};

// Token is a token in memory. Its PINs are tried and changed on the PinDesk's thread only, so that tries of
// several connections count one by one; `mutex` guards the record.
class Token {
 public:
  Token(const ObjectId& id, std::uint64_t version, TokenRecord record);

  [[nodiscard]] const ObjectId& id() const { return id_; }
  [[nodiscard]] std::uint32_t slot() const { return slot_; }
  [[nodiscard]] const std::shared_ptr<const record::Partition>& partition() const { return partition_; }

  // info is the token as clients see it, without wrong PINs of anybody's own (vault/pin_tries.h).
  [[nodiscard]] wire::TokenInfo info() const;
  [[nodiscard]] std::uint32_t login_epoch() const;
  [[nodiscard]] PinVerifier verifier(wire::UserType user) const;
  [[nodiscard]] SealedTokenPolicy policy() const;
  void set_policy(const SealedTokenPolicy& policy);

  // change returns what to commit when `user`'s verifier becomes `next`; `ends_logins` also voids all
  // tickets. After the commit the caller calls changed(). Both on the PinDesk's thread.
  record::RecordChange change(wire::UserType user, const PinVerifier& next, bool ends_logins,
                              const std::shared_ptr<const record::Partition>& system) const;
  void changed(wire::UserType user, const PinVerifier& next, bool ends_logins);

  // removal is what to commit to destroy the token.
  [[nodiscard]] record::RecordChange removal(const std::shared_ptr<const record::Partition>& system) const;

 private:
  const ObjectId id_;
  const std::uint32_t slot_;
  std::shared_ptr<const record::Partition> partition_;
  mutable std::mutex mutex_;  // guards all below
  std::uint64_t version_;
  TokenRecord record_;
  SealedTokenPolicy policy_;
};

// token_change is what to commit for a new token.
record::RecordChange token_change(const ObjectId& id, const TokenRecord& record,
                                  std::uint64_t expected_version,
                                  const std::shared_ptr<const record::Partition>& system);

// TicketHolder says who logged in. The first two are those of wire::UserType.
enum class TicketHolder : std::uint8_t { security_officer = 0, user = 1, person = 2 };
constexpr bool is_valid(TicketHolder holder) { return holder <= TicketHolder::person; }

// Ticket is the chip's statement that somebody logged in; the client keeps it, MACed, to resume the login.
struct Ticket {
  std::uint32_t slot = 0;
  record::PartitionTag tag{};
  TicketHolder holder = TicketHolder::user;
  std::uint32_t uid =
      0;  // the number of the principal that logged in, which with its kind is that one's alone
  std::uint32_t login_epoch = 0;
  std::array<std::uint8_t, 16> nonce{};
  ObjectId person{};  // the operator's record, of TicketHolder::person only
  wire::PrincipalKind kind = wire::PrincipalKind::user;

  static Status fields(auto& visit, auto& in) {
    TRY(fields_of_2(visit, in));
    return visit(in.kind);
  }
  // fields_of_2 are those of version 2.
  static Status fields_of_2(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.tag));
    TRY(visit(in.holder));
    TRY(visit(in.uid));
    TRY(visit(in.login_epoch));
    TRY(visit(in.nonce));
    return in.holder == TicketHolder::person ? visit(in.person) : Status{};
  }
};

inline constexpr std::uint8_t kTicketVersion = 3;

// write_ticket gives the version, the ticket, and a MAC over both.
wire::LoginTicket write_ticket(const record::TicketKey& key, const Ticket& ticket);
// read_ticket verifies the MAC; Code::denied otherwise.
Result<Ticket> read_ticket(const record::TicketKey& key, const wire::LoginTicket& shown);

}  // namespace coffer::vault
