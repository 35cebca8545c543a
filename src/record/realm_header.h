// RealmHeader: the way from the host key, and what people must say, to the domain key.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "base/format.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/key.h"
#include "crypto/primitives.h"
#include "record/ladder.h"
#include "wire/vault_messages.h"

namespace coffer::record {

// RealmHeader is the one record of the store that is not encrypted as a whole: it says how to get at the
// keys.
struct RealmHeader {
  std::uint8_t format = kFormat;
  RealmId id{};
  wire::RootOfTrust root_of_trust = wire::RootOfTrust::none;
  std::array<std::uint8_t, 16> salt{};  // of the passphrase
  crypto::Argon2Cost cost;
  std::uint32_t epoch = 1;  // of the domain key
  std::uint64_t created = 0;
  std::array<std::uint8_t, 32> audit_key{};  // public; so that a locked vault can tell it
  crypto::Nonce nonce{};
  Buffer wrapped_domain_key;  // sealed under the root key; all other fields are associated data

  static Status associated(auto& visit, auto& in) {
    TRY(visit(in.format));
    TRY(visit(in.id));
    TRY(visit(in.root_of_trust));
    TRY(visit(in.salt));
    TRY(visit(in.cost));
    TRY(visit(in.epoch));
    TRY(visit(in.created));
    return visit(in.audit_key);
  }
  static Status fields(auto& visit, auto& in) {
    TRY(associated(visit, in));
    TRY(visit(in.nonce));
    return visit(in.wrapped_domain_key, std::size_t{256});
  }
};

inline constexpr std::uint8_t kRealmHeaderKey = 'r';

// RealmKeys are what a header is opened with, and what it gives.
struct RealmKeys {
  RootKey root;
  DomainKey domain;
};

// read_realm_header reads the header's record. Fails with `unsupported` for a format that is newer than this
// program's, or older than what it migrates.
Result<RealmHeader> read_realm_header(Bytes value);

// seal_realm_header fills in what depends on the root of trust - stretching, nonce, the wrapped domain key -
// of a header whose other fields are set, and gives the keys that belong to it. Fails with `pin_length` for a
// short passphrase.
Result<RealmKeys> seal_realm_header(const HostKey& host, const wire::Initialize& request,
                                    const DomainKey& domain, RealmHeader& header);

// new_realm_header makes the header of a new vault, and its keys: ids, stretching, the wrapped domain key.
Result<RealmHeader> new_realm_header(const HostKey& host, const wire::Initialize& request, Timestamp now,
                                     RealmKeys& keys);

// with_format gives the same header for another format, sealed anew: the format is authenticated.
Result<RealmHeader> with_format(const RealmHeader& header, std::uint8_t format, const RealmKeys& keys);

// open_realm_header unwraps the domain key. Code::denied when host key or passphrase do not fit.
Result<RealmKeys> open_realm_header(const HostKey& host, const RealmHeader& header,
                                    const SecretBytes& passphrase);

// audit_key_of is the key that signs audit checkpoints.
crypto::PrivateKey audit_key_of(const DomainKey& domain);

}  // namespace coffer::record
