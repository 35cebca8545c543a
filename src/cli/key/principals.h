// Principals: those whom a key's policy lists, as people write them - users of the machine, and
// "operator:NAME".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/key/open_token.h"
#include "wire/operator_messages.h"

namespace coffer::cli {

class Principals {
 public:
  // of reads the operators of a token that somebody is logged in to.
  static Result<Principals> of(OpenToken& open);

  // number gives the number of a user or an operator. Fails with `not_found`.
  Result<std::uint32_t> number(Invocation& invocation, const std::string& text) const;
  // text puts a number into words again.
  [[nodiscard]] std::string text(std::uint32_t number) const;

 private:
  std::vector<wire::OperatorInfo> operators_;
};

}  // namespace coffer::cli
