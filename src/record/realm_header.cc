// RealmHeader: the domain key is sealed under the root key, with all other fields as associated data.
#include "record/realm_header.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "codec/binary.h"
#include "record/root_of_trust.h"

namespace coffer::record {

namespace {

// AssociatedOnly encodes a header without its sealed part.
struct AssociatedOnly {
  const RealmHeader& header;
  static Status fields(auto& visit, auto& in) { return RealmHeader::associated(visit, in.header); }
};

Status wrap_domain_key(const RootKey& root, const DomainKey& domain, RealmHeader& header) {
  TRY(crypto::random_bytes(header.nonce));
  header.wrapped_domain_key.clear();
  crypto::seal(root, header.nonce, codec::encode(AssociatedOnly{header}), domain.reveal(),
               header.wrapped_domain_key);
  return {};
}

}  // namespace

crypto::PrivateKey audit_key_of(const DomainKey& domain) {
  auto key = crypto::PrivateKey::from_scalar(crypto::Curve::ed25519, audit_seed(domain).reveal());
  CHECK(key.ok());
  return std::move(key).value();
}

Result<RealmHeader> read_realm_header(Bytes value) {
  constexpr Error kOlder{Code::unsupported,
                         "an older Coffer made the vault, and this one cannot read it: use the older one"};
  constexpr Error kNewer{Code::unsupported, "this vault was written by a newer Coffer: use that program"};
  if (!value.empty() && value[0] < kFormatOldest) return kOlder;
  if (!value.empty() && value[0] > kFormat) return kNewer;
  return codec::decode<RealmHeader>(value);
}

Result<RealmHeader> new_realm_header(const HostKey& host, const wire::Initialize& request, Timestamp now,
                                     RealmKeys& keys) {
  RealmHeader header;
  header.created = now;
  TRY(crypto::random_bytes(header.id));
  DomainKey domain;
  TRY(crypto::random_bytes(domain.reveal()));
  const Buffer point = audit_key_of(domain).public_key().point();
  std::copy_n(point.begin(), header.audit_key.size(), header.audit_key.begin());
  keys = TRY(seal_realm_header(host, request, domain, header));
  return header;
}

Result<RealmKeys> seal_realm_header(const HostKey& host, const wire::Initialize& request,
                                    const DomainKey& domain, RealmHeader& header) {
  const RootProvider* const provider = TRY(root_provider(request.root_of_trust));
  header.root_of_trust = request.root_of_trust;
  TRY(crypto::random_bytes(header.salt));
  TRY(provider->prepare(request, header));
  RealmKeys keys;
  keys.root = TRY(provider->root(host, header, request.passphrase));
  std::ranges::copy(domain.reveal(), keys.domain.reveal().begin());
  TRY(wrap_domain_key(keys.root, domain, header));
  return keys;
}

Result<RealmHeader> with_format(const RealmHeader& header, std::uint8_t format, const RealmKeys& keys) {
  RealmHeader next = header;
  next.format = format;
  TRY(wrap_domain_key(keys.root, keys.domain, next));
  return next;
}

Result<RealmKeys> open_realm_header(const HostKey& host, const RealmHeader& header,
                                    const SecretBytes& passphrase) {
  const RootProvider* const provider = TRY(root_provider(header.root_of_trust));
  RealmKeys keys;
  keys.root = TRY(provider->root(host, header, passphrase));
  const auto opened =
      crypto::open(keys.root, header.nonce, codec::encode(AssociatedOnly{header}), header.wrapped_domain_key);
  if (!opened.ok() || opened.value().size() != DomainKey::kBytes) {
    return Error{Code::denied, "the passphrase is wrong, or this is not the host that made the vault"};
  }
  std::ranges::copy(opened.value().reveal(), keys.domain.reveal().begin());
  return keys;
}

}  // namespace coffer::record
