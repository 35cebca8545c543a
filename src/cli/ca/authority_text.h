// Authority text: names of kinds and key types, and an authority as JSON or as lines for sshd.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "wire/ca_messages.h"

namespace coffer::cli {

struct AuthorityKindName {
  std::string_view name;
  wire::AuthorityKind kind;
};
inline constexpr auto kAuthorityKinds = std::to_array<AuthorityKindName>({
    {"ssh-user", wire::AuthorityKind::ssh_user},
    {"ssh-host", wire::AuthorityKind::ssh_host},
});

struct AuthorityKeyTypeName {
  std::string_view name;
  wire::AuthorityKeyType type;
};
inline constexpr auto kAuthorityKeyTypes = std::to_array<AuthorityKeyTypeName>({
    {"p256", wire::AuthorityKeyType::p256},
    {"ed25519", wire::AuthorityKeyType::ed25519},
    {"rsa2048", wire::AuthorityKeyType::rsa2048},
    {"rsa4096", wire::AuthorityKeyType::rsa4096},
});

std::string_view kind_name(wire::AuthorityKind kind);
std::string_view key_type_name(wire::AuthorityKeyType type);

// public_line is the authority's key as TrustedUserCAKeys wants it: "ecdsa-sha2-nistp256 AAAA... NAME".
Result<std::string> public_line(const wire::Authority& authority);

// write_authority writes everything that is known about an authority as a JSON object.
Status write_authority(codec::JsonWriter& json, const wire::Authority& authority);

// joined puts texts behind each other with ", " between.
std::string joined(const std::vector<std::string>& texts);

}  // namespace coffer::cli
