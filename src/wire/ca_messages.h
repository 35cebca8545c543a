// Messages of the certificate authority: a profile, a request for a certificate, and what the chip answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/messages.h"
#include "wire/principal.h"

namespace coffer::wire {

// AuthorityKind says what an authority may sign.
enum class AuthorityKind : std::uint8_t { ssh_user = 1, ssh_host = 2 };
constexpr bool is_valid(AuthorityKind kind) {
  return kind == AuthorityKind::ssh_user || kind == AuthorityKind::ssh_host;
}

// AuthorityKeyType is the type of an authority's key.
enum class AuthorityKeyType : std::uint8_t { p256 = 1, ed25519 = 2, rsa2048 = 3, rsa4096 = 4 };
constexpr bool is_valid(AuthorityKeyType type) {
  return type >= AuthorityKeyType::p256 && type <= AuthorityKeyType::rsa4096;
}

// Option is a critical option or an extension of an SSH certificate (draft-miller-ssh-cert, 4).
struct Option {
  std::string name;
  std::string value;  // the text inside; empty for flags such as permit-pty

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, kOptionBytesMax));
    return visit(in.value, kOptionBytesMax);
  }
};

// Profile is the fence around an authority's key: the chip signs nothing outside it. It is stored with the
// key and cannot be widened later.
struct Profile {
  std::uint64_t lifetime_max_seconds = 0;
  std::uint64_t backdate_seconds = 60;          // valid_after = now - this, for clocks that differ a little
  std::vector<std::string> principals;          // allowed; a '*' matches any run of characters; empty: none
  std::vector<std::string> extensions;          // allowed extensions by name
  std::vector<Option> extensions_default;       // put in when the request names none
  std::vector<std::string> critical_options;    // allowed critical options by name (force-command, ...)
  std::vector<Option> critical_options_forced;  // always put in
  std::vector<std::string> source_addresses;  // CIDR; when not empty every certificate carries source-address
                                              // within these
  std::vector<Principal> signers;             // that may ask; the owner always may

  static Status fields(auto& visit, auto& in) {
    TRY(terms(visit, in));
    return visit(in.signers, kGrantsMax);
  }
  // terms are those that name nobody who asks.
  static Status terms(auto& visit, auto& in) {
    TRY(visit(in.lifetime_max_seconds));
    TRY(visit(in.backdate_seconds));
    TRY(visit(in.principals, kPrincipalsMax, kPrincipalBytesMax));
    TRY(visit(in.extensions, kOptionsMax, kOptionBytesMax));
    TRY(visit(in.extensions_default, kOptionsMax));
    TRY(visit(in.critical_options, kOptionsMax, kOptionBytesMax));
    TRY(visit(in.critical_options_forced, kOptionsMax));
    return visit(in.source_addresses, kOptionsMax, kPrincipalBytesMax);
  }
};

// Authority is the public part of a certificate authority.
struct Authority {
  std::string name;
  AuthorityKind kind = AuthorityKind::ssh_user;
  AuthorityKeyType key_type = AuthorityKeyType::p256;
  Buffer public_key;  // SSH public key blob (RFC 4253, 6.6)
  Profile profile;
  std::uint64_t created = 0;  // seconds since 1970

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, kAuthorityNameBytesMax));
    TRY(visit(in.kind));
    TRY(visit(in.key_type));
    TRY(visit(in.public_key, kPublicKeyBytesMax));
    TRY(visit(in.profile));
    return visit(in.created);
  }
};

struct AuthorityReply {
  Authority authority;
  static Status fields(auto& visit, auto& in) { return visit(in.authority); }
};
// CaCreate generates an authority's key inside the chip. Only the owner may.
struct CaCreate {
  static constexpr Facts kFacts{Op{70},      "ca_create", Holds::nothing,  Again::never,
                                Later::no,   From::here,  Needs::unlocked, Right::owner,
                                "ca.create", Cost::heavy, Counted::no};
  using Response = AuthorityReply;
  std::string name;
  AuthorityKind kind = AuthorityKind::ssh_user;
  AuthorityKeyType key_type = AuthorityKeyType::p256;
  Profile profile;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, kAuthorityNameBytesMax));
    TRY(visit(in.kind));
    TRY(visit(in.key_type));
    return visit(in.profile);
  }
};
struct CaShow {
  static constexpr Facts kFacts{Op{71},    "ca_show",   Holds::nothing,  Again::yes,
                                Later::no, From::here,  Needs::unlocked, Right::everybody,
                                "",        Cost::large, Counted::no};
  using Response = AuthorityReply;
  std::string name;
  static Status fields(auto& visit, auto& in) { return visit(in.name, kAuthorityNameBytesMax); }
};
struct CaListReply {
  std::vector<Authority> authorities;
  static Status fields(auto& visit, auto& in) { return visit(in.authorities, kAuthoritiesMax); }
};
struct CaList : Empty {
  static constexpr Facts kFacts{Op{72},    "ca_list",   Holds::nothing,  Again::yes,
                                Later::no, From::here,  Needs::unlocked, Right::everybody,
                                "",        Cost::large, Counted::no};
  using Response = CaListReply;
};

// CaSignSsh asks for one certificate. The chip chooses serial, nonce and times.
struct CertificateReply {
  Buffer certificate;  // the whole SSH certificate blob
  std::uint64_t serial = 0;
  std::uint64_t valid_after = 0;
  std::uint64_t valid_before = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.certificate, kCertificateBytesMax));
    TRY(visit(in.serial));
    TRY(visit(in.valid_after));
    return visit(in.valid_before);
  }
};
struct CaSignSsh {
  static constexpr Facts kFacts{Op{73},    "ca_sign_ssh", Holds::nothing,  Again::yes,
                                Later::no, From::here,    Needs::unlocked, Right::judged,
                                "",        Cost::large,   Counted::no};
  using Response = CertificateReply;
  std::string name;                     // of the authority
  Buffer public_key;                    // SSH public key blob to certify
  std::string key_id;                   // shown in sshd's log
  std::vector<std::string> principals;  // at least one
  std::uint64_t lifetime_seconds = 0;
  bool extensions_given = false;  // false: the profile's defaults
  std::vector<Option> extensions;
  std::vector<Option> critical_options;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, kAuthorityNameBytesMax));
    TRY(visit(in.public_key, kPublicKeyBytesMax));
    TRY(visit(in.key_id, kKeyIdBytesMax));
    TRY(visit(in.principals, kPrincipalsMax, kPrincipalBytesMax));
    TRY(visit(in.lifetime_seconds));
    TRY(visit(in.extensions_given));
    TRY(visit(in.extensions, kOptionsMax));
    return visit(in.critical_options, kOptionsMax);
  }
};

}  // namespace coffer::wire
