// Profile: checks profiles, and holds requests for certificates against them.
#include "ca/profile.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ca/network.h"
#include "ca/option_names.h"
#include "codec/utf8.h"
#include "crypto/holder_check.h"

namespace coffer::ca {
namespace {

using wire::AuthorityKind;
using Names = std::vector<std::string>;
using WireOptions = std::vector<wire::Option>;

bool is_graphic(std::string_view text) {
  return std::ranges::all_of(text, [](char character) { return character > ' ' && character <= '~'; });
}

bool is_printable(std::string_view text) {
  const auto is_control = [](char character) {
    return static_cast<std::uint8_t>(character) < 0x20 || character == 0x7f;
  };
  return codec::is_utf8(text) && std::ranges::none_of(text, is_control);
}

bool has_twins(Names list) {
  std::ranges::sort(list);
  return std::ranges::adjacent_find(list) != list.end();
}

bool names(const Names& list, std::string_view name) { return std::ranges::find(list, name) != list.end(); }

const wire::Option* find(const WireOptions& options, std::string_view name) {
  const auto option = std::ranges::find(options, name, &wire::Option::name);
  return option == options.end() ? nullptr : &*option;
}

// sshd matches the principals of host certificates as patterns with '*' and '?', and splits lists of them at
// commas. Letters beyond ASCII look like others ("root" in Cyrillic), so they are refused.
Status check_principal(std::string_view principal, std::string_view forbidden) {
  if (principal.empty()) return Error{Code::invalid, "a principal is empty"};
  if (principal.size() > wire::kPrincipalBytesMax)
    return Error{Code::invalid, "a principal is longer than 256 octets"};
  if (!is_graphic(principal))
    return Error{Code::invalid, "a principal has white space, controls, or is not ASCII"};
  if (principal.find_first_of(forbidden) == std::string_view::npos) return {};
  return Error{Code::invalid, "a principal holds a comma or a wildcard"};
}

// Besides what OpenSSH knows, names of one's own are "name@domain".
Status check_option_name(OptionKind kind, std::string_view name) {
  if (name.size() > kCertificateOptionNameBytesMax || !is_graphic(name) ||
      name.find(',') != std::string_view::npos) {
    return Error{Code::invalid, "the name of an option has odd characters or more than 256 octets"};
  }
  if (find_option_name(kind, name) != nullptr) return {};
  const std::size_t at = name.find('@');
  if (at != std::string_view::npos && at > 0 && at + 1 < name.size()) return {};
  return Error{Code::invalid, "an option is unknown; one's own are written name@domain"};
}

Status check_option(OptionKind kind, const wire::Option& option) {
  TRY(check_option_name(kind, option.name));
  if (option.value.size() > wire::kOptionBytesMax || !is_printable(option.value)) {
    return Error{Code::invalid, "the value of an option has control characters or more than 4096 octets"};
  }
  const OptionName* known = find_option_name(kind, option.name);
  if (known == nullptr || known->has_value == !option.value.empty()) return {};
  if (known->has_value) return Error{Code::invalid, "an option lacks its value"};
  return Error{Code::invalid, "an option that is a flag has a value"};
}

Status check_options(OptionKind kind, const WireOptions& options) {
  if (options.size() > wire::kOptionsMax) return Error{Code::limit, "too many options"};
  for (const wire::Option& option : options) TRY(check_option(kind, option));
  Names option_names;
  for (const wire::Option& option : options) option_names.push_back(option.name);
  if (has_twins(std::move(option_names))) return Error{Code::invalid, "an option is named twice"};
  return {};
}

Status check_allowed_names(OptionKind kind, const Names& allowed) {
  if (allowed.size() > wire::kOptionsMax) return Error{Code::limit, "too many options"};
  for (const std::string& name : allowed) TRY(check_option_name(kind, name));
  return {};
}

Status check_times(const wire::Profile& profile, AuthorityKind kind) {
  const std::uint64_t lifetime_max =
      kind == AuthorityKind::ssh_host ? kHostLifetimeSecondsMax : kUserLifetimeSecondsMax;
  if (profile.lifetime_max_seconds == 0) return Error{Code::invalid, "a profile allows no lifetime"};
  if (profile.lifetime_max_seconds > lifetime_max) {
    return Error{Code::invalid, "a profile allows at most 366d for users and 3660d for hosts"};
  }
  if (profile.backdate_seconds > kBackdateSecondsMax) {
    return Error{Code::invalid, "a profile backdates by more than an hour"};
  }
  return {};
}

Status check_networks(const Names& networks) {
  if (networks.size() > wire::kOptionsMax) return Error{Code::limit, "too many networks"};
  for (const std::string& network : networks) {
    if (!parse_network(network).ok()) return Error{Code::invalid, "a source address is not a network"};
  }
  return {};
}

bool has_options(const wire::Profile& profile) {
  return !profile.extensions.empty() || !profile.extensions_default.empty() ||
         !profile.critical_options.empty() || !profile.critical_options_forced.empty() ||
         !profile.source_addresses.empty();
}

Status check_profile_options(const wire::Profile& profile) {
  TRY(check_allowed_names(OptionKind::extension, profile.extensions));
  TRY(check_allowed_names(OptionKind::critical, profile.critical_options));
  TRY(check_options(OptionKind::extension, profile.extensions_default));
  TRY(check_options(OptionKind::critical, profile.critical_options_forced));
  for (const wire::Option& option : profile.extensions_default) {
    if (!names(profile.extensions, option.name))
      return Error{Code::invalid, "a default extension is not allowed"};
  }
  if (find(profile.critical_options_forced, kSourceAddress) != nullptr) {
    return Error{Code::invalid, "source-address is forced by the profile's networks"};
  }
  return check_networks(profile.source_addresses);
}

// ---- requests
// --------------------------------------------------------------------------------------------------

Status check_lifetime(const wire::Profile& profile, std::uint64_t lifetime_seconds) {
  if (lifetime_seconds == 0) return Error{Code::invalid, "a certificate needs a lifetime"};
  if (lifetime_seconds <= profile.lifetime_max_seconds) return {};
  return Error{Code::denied, "the lifetime exceeds the profile"};
}

Status check_principals(const wire::Profile& profile, const Names& principals) {
  if (principals.empty()) {
    return Error{Code::invalid, "a certificate without principals would be good for everybody"};
  }
  if (principals.size() > wire::kPrincipalsMax) return Error{Code::limit, "too many principals"};
  if (has_twins(principals)) return Error{Code::invalid, "a principal is named twice"};
  for (const std::string& principal : principals) {
    TRY(check_principal(principal, ",*?"));
    const auto allows = [&principal](const std::string& pattern) {
      return matches_pattern(pattern, principal);
    };
    if (std::ranges::none_of(profile.principals, allows)) {
      return Error{Code::denied, "a principal is outside the profile"};
    }
  }
  return {};
}

Status check_key_id(std::string_view key_id) {
  if (key_id.size() <= wire::kKeyIdBytesMax && is_printable(key_id)) return {};
  return Error{Code::invalid, "the key id has control characters or more than 256 octets"};
}

// A certificate is for a key that is on its curve, and that one person can have.
Status check_certified(const SshPublicKey& key) {
  if (key.type == SshKeyType::rsa) return crypto::check_rsa_holder(key.modulus, key.exponent);
  return crypto::check_holder(TRY(to_crypto_key(key)));
}

std::vector<CertificateOption> sorted_options(const WireOptions& options) {
  std::vector<CertificateOption> made;
  for (const wire::Option& option : options) made.push_back(make_option(option.name, option.value));
  std::ranges::sort(made, {}, &CertificateOption::name);
  return made;
}

Result<std::vector<CertificateOption>> choose_extensions(const wire::Profile& profile,
                                                         const wire::CaSignSsh& request) {
  if (!request.extensions_given && !request.extensions.empty()) {
    return Error{Code::invalid, "extensions are given and not given"};
  }
  const WireOptions& wanted = request.extensions_given ? request.extensions : profile.extensions_default;
  TRY(check_options(OptionKind::extension, wanted));
  for (const wire::Option& option : wanted) {
    if (!names(profile.extensions, option.name))
      return Error{Code::denied, "an extension is outside the profile"};
  }
  return sorted_options(wanted);
}

// choose_source_address gives the networks of the certificate, empty for everywhere.
Result<std::string> choose_source_address(const wire::Profile& profile, const wire::Option* wanted) {
  std::string all;
  std::vector<Network> allowed;
  for (const std::string& network : profile.source_addresses) {
    allowed.push_back(TRY(parse_network(network)));
    if (!all.empty()) all += ',';
    all += network;
  }
  if (wanted == nullptr) return all;

  const Result<std::vector<Network>> networks = parse_networks(wanted->value);
  if (!networks.ok()) return Error{Code::invalid, "a source address is not a network"};
  if (allowed.empty()) {
    if (names(profile.critical_options, kSourceAddress)) return wanted->value;
    return Error{Code::denied, "a critical option is outside the profile"};
  }
  for (const Network& network : networks.value()) {
    const auto holds = [&network](const Network& outer) { return contains(outer, network); };
    if (std::ranges::none_of(allowed, holds))
      return Error{Code::denied, "a source address is outside the profile"};
  }
  return wanted->value;
}

Result<std::vector<CertificateOption>> choose_critical_options(const wire::Profile& profile,
                                                               const wire::CaSignSsh& request) {
  TRY(check_options(OptionKind::critical, request.critical_options));
  WireOptions chosen = profile.critical_options_forced;
  for (const wire::Option& option : request.critical_options) {
    if (option.name == kSourceAddress) continue;
    const wire::Option* forced = find(profile.critical_options_forced, option.name);
    if (forced != nullptr && forced->value != option.value) {
      return Error{Code::denied, "the profile forces another value of a critical option"};
    }
    if (forced != nullptr) continue;
    if (!names(profile.critical_options, option.name)) {
      return Error{Code::denied, "a critical option is outside the profile"};
    }
    chosen.push_back(option);
  }
  std::string networks = TRY(choose_source_address(profile, find(request.critical_options, kSourceAddress)));
  if (!networks.empty()) chosen.push_back({std::string(kSourceAddress), std::move(networks)});
  return sorted_options(chosen);
}

}  // namespace

wire::Profile default_profile(AuthorityKind kind) {
  wire::Profile profile;
  if (kind == AuthorityKind::ssh_host) {
    profile.lifetime_max_seconds = kHostLifetimeSecondsDefault;
    return profile;
  }
  profile.lifetime_max_seconds = kUserLifetimeSecondsDefault;
  profile.extensions = {"permit-X11-forwarding", "permit-agent-forwarding", "permit-port-forwarding",
                        "permit-pty", "permit-user-rc"};
  profile.extensions_default = {{"permit-pty", ""}};
  profile.critical_options = {"force-command", std::string(kSourceAddress), "verify-required"};
  return profile;
}

Status check_profile(const wire::Profile& profile, AuthorityKind kind) {
  TRY(check_times(profile, kind));
  if (profile.principals.empty()) return Error{Code::invalid, "a profile without principals signs nothing"};
  if (profile.principals.size() > wire::kPrincipalsMax) return Error{Code::limit, "too many principals"};
  for (const std::string& pattern : profile.principals) TRY(check_principal(pattern, ",?"));
  if (kind == AuthorityKind::ssh_host && has_options(profile)) {
    return Error{Code::invalid, "host certificates have no options"};
  }
  return check_profile_options(profile);
}

Result<CertificateBody> apply_profile(const wire::Authority& authority, const wire::CaSignSsh& request,
                                      const Issuance& issuance) {
  const wire::Profile& profile = authority.profile;
  const bool is_host = authority.kind == AuthorityKind::ssh_host;
  if (issuance.now > kTimestampMax) return Error{Code::unavailable, "the clock is beyond the year 9999"};
  if (request.public_key == authority.public_key) {
    return Error{Code::denied, "an authority does not certify its own key"};
  }
  TRY(check_lifetime(profile, request.lifetime_seconds));
  TRY(check_principals(profile, request.principals));
  TRY(check_key_id(request.key_id));
  if (is_host && !(request.extensions.empty() && request.critical_options.empty())) {
    return Error{Code::denied, "host certificates have no options"};
  }

  CertificateBody body;
  body.nonce = to_buffer(issuance.nonce);
  body.key = TRY(parse_public_key(request.public_key));
  TRY(check_certified(body.key));
  body.serial = issuance.serial;
  body.type = is_host ? CertificateType::host : CertificateType::user;
  body.key_id = request.key_id.empty() ? request.principals.front() : request.key_id;
  body.principals = request.principals;
  body.valid_after = issuance.now - std::min(issuance.now, profile.backdate_seconds);
  body.valid_before = issuance.now + request.lifetime_seconds;
  body.critical_options = TRY(choose_critical_options(profile, request));
  body.extensions = TRY(choose_extensions(profile, request));
  body.authority = TRY(parse_public_key(authority.public_key));
  return body;
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  // After a mismatch the last '*' takes one more character; earlier ones need not be tried again.
  std::size_t at_pattern = 0;
  std::size_t at_text = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_end = 0;
  while (at_text < text.size()) {
    if (at_pattern < pattern.size() && pattern[at_pattern] == '*') {
      after_star = ++at_pattern;
      star_end = at_text;
    } else if (at_pattern < pattern.size() && pattern[at_pattern] == text[at_text]) {
      ++at_pattern;
      ++at_text;
    } else if (after_star != std::string_view::npos) {
      at_pattern = after_star;
      at_text = ++star_end;
    } else {
      return false;
    }
  }
  return pattern.substr(at_pattern).find_first_not_of('*') == std::string_view::npos;
}

}  // namespace coffer::ca
