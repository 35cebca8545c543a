// Profile: the fence around an authority's key - what it may sign, checked before the chip signs.
//
// The answer to anything that a profile does not name is no. A profile is stored with its key and never
// widened, so check_profile is strict: what would make an authority useless or dangerous is refused when it
// is created.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ca/ssh_certificate.h"
#include "wire/ca_messages.h"

namespace coffer::ca {

// The longest lives that a profile can allow. A user's certificate that outlives a year is a key with a
// different name; hosts that are out of reach for years exist.
inline constexpr std::uint64_t kUserLifetimeSecondsMax = 366ULL * 24 * 3600;
inline constexpr std::uint64_t kHostLifetimeSecondsMax = 10ULL * 366 * 24 * 3600;
inline constexpr std::uint64_t kBackdateSecondsMax = 3600;

// The lives that default_profile allows: a working day with its night, and a month.
inline constexpr std::uint64_t kUserLifetimeSecondsDefault = 24ULL * 3600;
inline constexpr std::uint64_t kHostLifetimeSecondsDefault = 30ULL * 24 * 3600;

// The largest time that we calculate with: the year 9999. Keeps sums of times from wrapping.
inline constexpr Timestamp kTimestampMax = 253402300799ULL;

// default_profile is where an administrator starts. For users: 24 hours; permit-pty, permit-port-forwarding,
// permit-agent-forwarding, permit-X11-forwarding and permit-user-rc may be asked for, and only permit-pty is
// given to who asks for nothing; force-command, source-address and verify-required may be asked for, because
// they only narrow. For hosts: 30 days and no options, for there are none. It names no principals, and
// check_profile refuses it until somebody says who may be certified ("*" for everybody, root included).
wire::Profile default_profile(wire::AuthorityKind kind);

// check_profile refuses (`invalid`) a profile that makes no sense: a lifetime of 0 or above the constants, no
// principals or one with odd characters, unknown options, defaults that are not allowed, networks that do not
// parse, a host profile with options.
Status check_profile(const wire::Profile& profile, wire::AuthorityKind kind);

// Issuance is what the chip chooses for one certificate.
struct Issuance {
  Timestamp now = 0;
  std::uint64_t serial = 0;
  std::array<std::uint8_t, 32> nonce{};
};

// apply_profile makes the body of the certificate that `request` asks `authority` for, or refuses it:
// `denied` for what the profile does not allow, `invalid` for what makes no sense, and what parse_public_key
// fails with. A request for a narrower source-address than the profile's is granted; one without gets the
// profile's. An empty key id becomes the first principal, so that sshd's log always names somebody.
Result<CertificateBody> apply_profile(const wire::Authority& authority, const wire::CaSignSsh& request,
                                      const Issuance& issuance);

// matches_pattern says whether all of `text` matches `pattern`, where a '*' matches any run of characters,
// also an empty one, and everything else itself.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace coffer::ca
