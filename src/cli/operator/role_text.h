// Role text: roles of operators as people read them.
#pragma once

#include <string_view>

#include "wire/operator_messages.h"

namespace coffer::cli {

constexpr std::string_view role_text(wire::OperatorRole role) {
  switch (role) {
    case wire::OperatorRole::user: return "user";
    case wire::OperatorRole::auditor: return "auditor";
    case wire::OperatorRole::backup: break;
  }
  return "backup";
}

// role_named is the role of a word; words that are none are told apart before.
constexpr wire::OperatorRole role_named(std::string_view word) {
  if (word == role_text(wire::OperatorRole::auditor)) return wire::OperatorRole::auditor;
  return word == role_text(wire::OperatorRole::backup) ? wire::OperatorRole::backup
                                                       : wire::OperatorRole::user;
}

}  // namespace coffer::cli
