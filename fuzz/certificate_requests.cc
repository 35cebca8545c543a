// Certificate requests: whatever is asked of whatever profile, what the chip would sign stays inside the
// profile.
#include <algorithm>
#include <string>
#include <vector>

#include "ca/profile.h"
#include "fuzz.h"
#include "targets.h"
#include "wire/ca_messages.h"

namespace coffer {

namespace {

constexpr Timestamp kNow = 1'800'000'000;

bool is_allowed(const std::string& principal, const wire::Profile& profile) {
  return std::ranges::any_of(profile.principals, [&](const std::string& pattern) {
    return ca::matches_pattern(pattern, principal);
  });
}

bool is_listed(const std::string& name, const std::vector<std::string>& allowed,
               const std::vector<wire::Option>& given) {
  return std::ranges::find(allowed, name) != allowed.end() ||
         std::ranges::find(given, name, &wire::Option::name) != given.end();
}

void check_body(const ca::CertificateBody& body, const wire::Profile& profile) {
  CHECK(!body.principals.empty());
  CHECK(body.valid_after <= kNow && body.valid_before > kNow);
  CHECK(kNow - body.valid_after <= profile.backdate_seconds);
  CHECK(body.valid_before - kNow <= profile.lifetime_max_seconds);
  for (const std::string& principal : body.principals) CHECK(is_allowed(principal, profile));
  for (const auto& option : body.extensions) {
    CHECK(is_listed(option.name, profile.extensions, profile.extensions_default));
  }
  for (const auto& option : body.critical_options) {
    CHECK(is_listed(option.name, profile.critical_options, profile.critical_options_forced) ||
          (option.name == "source-address" && !profile.source_addresses.empty()));
  }
  for (const wire::Option& forced : profile.critical_options_forced) {
    CHECK(ca::find_option(body.critical_options, forced.name) != nullptr);
  }
  CHECK(profile.source_addresses.empty() ||
        ca::find_option(body.critical_options, "source-address") != nullptr);
}

}  // namespace

// The input is two pieces: an Authority and a CaSignSsh.
Status fuzz_certificate_requests(Bytes input) {
  fuzzing::Input rest(input);
  const auto authority = TRY(codec::decode<wire::Authority>(rest.piece()));
  const auto request = TRY(codec::decode<wire::CaSignSsh>(rest.piece()));
  TRY(ca::check_profile(authority.profile, authority.kind));
  const auto body = TRY(ca::apply_profile(authority, request, {.now = kNow, .serial = 1}));
  check_body(body, authority.profile);
  return {};
}

}  // namespace coffer
