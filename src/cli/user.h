// Users: names and numbers of the people of this machine.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "cli/invocation.h"

namespace coffer::cli {

// find_user gives the number of a user named, or the number itself when it is one.
Result<std::uint32_t> find_user(Invocation& invocation, const std::string& text);

// user_name gives the name of a number, or the number as text when nobody has it.
std::string user_name(std::uint32_t uid);

}  // namespace coffer::cli
