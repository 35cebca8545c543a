// Principals: who may use a key or an authority, as people write them - users of the machine, "client:NAME",
// "operator:NAME".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/chip.h"
#include "cli/invocation.h"
#include "cli/key/open_token.h"
#include "codec/json.h"
#include "wire/operator_messages.h"
#include "wire/principal.h"

namespace coffer::cli {

// Principals finds them in the chip that it was made for, which outlives it.
class Principals {
 public:
  // of reads the operators of a token that somebody is logged in to.
  static Result<Principals> of(OpenToken& open);

  // Without a token, there are no operators.
  explicit Principals(Chip& chip) : chip_(chip) {}

  // find gives a user, an operator, or - to the owner of the vault - a client of the network. Fails with
  // `not_found`.
  Result<wire::Principal> find(Invocation& invocation, const std::string& text) const;
  // text puts one into words again, and says of an operator that there is no more.
  [[nodiscard]] std::string text(const wire::Principal& principal) const;

 private:
  Chip& chip_;
  std::vector<wire::OperatorInfo> operators_;
};

// principal_text puts one into words, whether it is there still or not.
std::string principal_text(const wire::Principal& principal);
// write_principal writes an object, write_principals an array of them.
void write_principal(codec::JsonWriter& json, const wire::Principal& principal);
void write_principals(codec::JsonWriter& json, std::string_view name,
                      const std::vector<wire::Principal>& principals);

}  // namespace coffer::cli
