// Users: looking them up.
#include "cli/user.h"

#include <pwd.h>

#include <charconv>

namespace coffer::cli {

Result<std::uint32_t> find_user(Invocation& invocation, const std::string& text) {
  if (const passwd* user = ::getpwnam(text.c_str()); user != nullptr) return std::uint32_t{user->pw_uid};
  std::uint32_t uid = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), uid);
  constexpr std::uint32_t kNobody = 0xFFFFFFFF;  // the kernel's "no user"
  if (read.ec == std::errc{} && read.ptr == text.data() + text.size() && uid != kNobody) return uid;
  return invocation.fail(Code::not_found, "there is no user '" + text + "'",
                         "give a name or a number of this machine");
}

std::string user_name(std::uint32_t uid) {
  const passwd* user = ::getpwuid(uid);
  return user == nullptr ? std::to_string(uid) : std::string(user->pw_name);
}

}  // namespace coffer::cli
