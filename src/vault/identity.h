// Identity: somebody at a token who has a PIN - its security officer, its user, or an operator.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "vault/operator.h"
#include "vault/pin_tries.h"
#include "vault/token.h"

namespace coffer::vault {

// LoginRole is what a login lets somebody do at a token.
enum class LoginRole : std::uint8_t {
  officer,  // sees to PINs, operators, trust and policies
  user,     // uses keys
  auditor,  // looks at what is public
  backup,   // makes backups
};

// Login is who is logged in to a token, in which epoch of theirs.
struct Login {
  wire::UserType user = wire::UserType::user;
  std::uint32_t epoch = 0;
  record::PartitionTag partition{};  // of the token, which another one in its slot is not
  std::shared_ptr<Operator> person;  // null: `user` says who
  std::uint64_t number = 0;          // tells the logins of an application apart (Application::set_login)

  [[nodiscard]] LoginRole role() const;
  // is_same_as tells whether two logins are of one person, in one epoch.
  [[nodiscard]] bool is_same_as(const Login& other) const;
  // holds tells whether it is valid still.
  [[nodiscard]] bool holds(const Token& token) const;
};

// Identity is whose PIN is tried or changed, on the PinDesk's thread.
struct Identity {
  Token& token;
  wire::UserType user = wire::UserType::user;
  std::shared_ptr<Operator> person{};  // null: `user` says who

  [[nodiscard]] bool is(const Login& login) const;
  // login is a login of now.
  [[nodiscard]] Login login() const;
  [[nodiscard]] PinVerifier verifier() const;
  // word is how the audit log calls the kind: "user", "security-officer" or "operator".
  [[nodiscard]] std::string_view word() const;
  // pin is which of the token's it is.
  [[nodiscard]] WhichPin pin() const;
  // as is the operator, for the audit log; else nobody.
  [[nodiscard]] record::Who as() const { return person ? person->who() : record::Who(); }

  [[nodiscard]] record::RecordChange change(const PinVerifier& next, bool ends_logins,
                                            const std::shared_ptr<const record::Partition>& system) const;
  void changed(const PinVerifier& next, bool ends_logins) const;
};

}  // namespace coffer::vault
