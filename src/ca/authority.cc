// Authority: makes keys of authorities and issues SSH certificates.
#include "ca/authority.h"

#include <array>

#include "ca/profile.h"
#include "ca/ssh_certificate.h"
#include "ca/ssh_public_key.h"
#include "crypto/primitives.h"

namespace coffer::ca {
namespace {

// KeyRow says what key an authority of a type has.
struct KeyRow {
  wire::AuthorityKeyType type;
  crypto::KeyType key_type;
  crypto::Curve curve;
  std::uint32_t bits;
};

constexpr auto kKeyRows = std::to_array<KeyRow>({
    {wire::AuthorityKeyType::p256, crypto::KeyType::ec, crypto::Curve::p256, 0},
    {wire::AuthorityKeyType::ed25519, crypto::KeyType::edwards, crypto::Curve::ed25519, 0},
    {wire::AuthorityKeyType::rsa2048, crypto::KeyType::rsa, crypto::Curve::none, 2048},
    {wire::AuthorityKeyType::rsa4096, crypto::KeyType::rsa, crypto::Curve::none, 4096},
});

Result<Issuance> choose_issuance(Timestamp now) {
  Issuance issuance;
  issuance.now = now;
  TRY(crypto::random_bytes(issuance.nonce));
  std::array<std::uint8_t, sizeof(issuance.serial)> octets{};
  TRY(crypto::random_bytes(octets));
  for (const std::uint8_t octet : octets) issuance.serial = (issuance.serial << 8U) | octet;
  // 0 is what ssh-keygen writes when nobody chose a serial; a revocation list cannot name it.
  if (issuance.serial == 0) issuance.serial = 1;
  return issuance;
}

// What leaves the chip is read back and verified: a signature made while the machine computed wrongly would
// tell an attacker about the key, and a certificate that says something else than the body would lie to the
// audit log.
Status check_issued(const crypto::PublicKey& authority, const Certificate& certificate, Bytes blob) {
  const Result<Certificate> read = parse_certificate(blob);
  if (!read.ok() || read.value() != certificate || !verify_signature(read.value(), authority).ok()) {
    return Error{Code::internal, "a new certificate does not verify"};
  }
  return {};
}

}  // namespace

Result<crypto::PrivateKey> generate_authority_key(wire::AuthorityKeyType type) {
  for (const KeyRow& row : kKeyRows) {
    if (row.type != type) continue;
    crypto::KeySpec spec;
    spec.type = row.key_type;
    spec.curve = row.curve;
    spec.bits = row.bits;
    return crypto::PrivateKey::generate(spec);
  }
  return Error{Code::invalid, "an authority has no key of this type"};
}

Result<Buffer> authority_public_blob(const crypto::PrivateKey& key) {
  return encode_public_key(TRY(from_crypto_key(key.public_key())));
}

Result<wire::CertificateReply> issue_ssh(const crypto::PrivateKey& ca_key, const wire::Authority& authority,
                                         const wire::CaSignSsh& request, Timestamp now) {
  const crypto::PublicKey public_key = ca_key.public_key();
  const SshPublicKey signer = TRY(from_crypto_key(public_key));
  if (encode_public_key(signer) != authority.public_key) {
    return Error{Code::internal, "the key is not the key of the authority"};
  }
  const Issuance issuance = TRY(choose_issuance(now));
  CertificateBody body = TRY(apply_profile(authority, request, issuance));
  const Certificate certificate = TRY(sign_body(ca_key, std::move(body)));
  wire::CertificateReply reply;
  reply.certificate = encode_certificate(certificate);
  if (reply.certificate.size() > wire::kCertificateBytesMax) {
    return Error{Code::limit, "the certificate would be too long"};
  }
  TRY(check_issued(public_key, certificate, reply.certificate));
  reply.serial = certificate.body.serial;
  reply.valid_after = certificate.body.valid_after;
  reply.valid_before = certificate.body.valid_before;
  return reply;
}

}  // namespace coffer::ca
