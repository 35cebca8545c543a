// Who: a principal, held by its connections, by what it began, and by what the audit log has to say of it.
#pragma once

#include <compare>
#include <memory>
#include <string>
#include <utility>

#include "wire/principal.h"

namespace coffer::record {

// Who is a principal that never changes, or nobody: then the chip itself acts. A copy costs a count.
class Who {
 public:
  Who() = default;
  explicit Who(wire::Principal principal)
      : principal_(std::make_shared<const wire::Principal>(std::move(principal))) {}

  [[nodiscard]] explicit operator bool() const { return principal_ != nullptr; }
  [[nodiscard]] const wire::Principal& operator*() const { return *principal_; }
  [[nodiscard]] const wire::Principal* operator->() const { return principal_.get(); }

  // Nobody comes before everybody.
  bool operator==(const Who& other) const { return (*this <=> other) == 0; }
  std::strong_ordering operator<=>(const Who& other) const {
    if (principal_ == other.principal_) return std::strong_ordering::equal;
    if (!principal_) return std::strong_ordering::less;
    if (!other.principal_) return std::strong_ordering::greater;
    return *principal_ <=> *other.principal_;
  }

 private:
  std::shared_ptr<const wire::Principal> principal_;  // shared with all copies
};

// principal_word is one in a word of the audit log: "user 1000", "client web-1".
inline std::string principal_word(const wire::Principal& principal) {
  return std::string(wire::kind_word(principal.kind)) + ' ' + principal.name;
}

}  // namespace coffer::record
