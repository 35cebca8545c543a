// Identity: the one place that tells a token's own PINs from those of operators.
#include "vault/identity.h"

namespace coffer::vault {

LoginRole Login::role() const {
  if (!person) return user == wire::UserType::user ? LoginRole::user : LoginRole::officer;
  switch (person->role()) {
    case wire::OperatorRole::user: return LoginRole::user;
    case wire::OperatorRole::auditor: return LoginRole::auditor;
    case wire::OperatorRole::backup: break;
  }
  return LoginRole::backup;
}

bool Login::is_same_as(const Login& other) const {
  return user == other.user && epoch == other.epoch && partition == other.partition && person == other.person;
}

bool Login::holds(const Token& token) const {
  if (partition != token.partition()->tag) return false;
  return person ? person->honours(epoch) : epoch == token.login_epoch();
}

bool Identity::is(const Login& login) const {
  if (person || login.person) return person == login.person;
  return user == login.user;
}

Login Identity::login() const {
  return {.user = user,
          .epoch = person ? person->login_epoch() : token.login_epoch(),
          .partition = token.partition()->tag,
          .person = person};
}

PinVerifier Identity::verifier() const { return person ? person->verifier() : token.verifier(user); }

std::string_view Identity::word() const {
  if (person) return "operator";
  return user == wire::UserType::user ? "user" : "security-officer";
}

WhichPin Identity::pin() const {
  if (person) return {.holder = TicketHolder::person, .person = person->id()};
  return {.holder = static_cast<TicketHolder>(user)};
}

record::RecordChange Identity::change(const PinVerifier& next, bool ends_logins,
                                      const std::shared_ptr<const record::Partition>& system) const {
  return person ? person->change(next, ends_logins, system) : token.change(user, next, ends_logins, system);
}

void Identity::changed(const PinVerifier& next, bool ends_logins) const {
  if (person) return person->changed(next, ends_logins);
  token.changed(user, next, ends_logins);
}

}  // namespace coffer::vault
