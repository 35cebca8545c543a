// Subordinate users: the numbers that a user may take on beside his own (subuid(5)), as /etc/subuid lists
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/user_range.h"

namespace coffer::host {

inline constexpr const char* kSubordinateUsersFile = "/etc/subuid";
inline constexpr std::size_t kUserRangesMax = 1024;  // that do not touch each other

// parse_subordinate_users reads lines of NAME:FIRST:COUNT; whose they are does not matter. What is no such
// line gives nobody a number and is passed over. The ranges come sorted, and those that touch are one. Fails
// with `limit` when more than kUserRangesMax are left.
Result<std::vector<UserRange>> parse_subordinate_users(std::string_view text);

// read_subordinate_users does that to a file; without a file there are none. Fails as read_file() else.
Result<std::vector<UserRange>> read_subordinate_users(const std::string& path = kSubordinateUsersFile);

}  // namespace coffer::host
