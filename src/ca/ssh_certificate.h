// SshCertificate: certificates of SSH (draft-miller-ssh-cert; OpenSSH's PROTOCOL.certkeys), parsed and
// verified.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "ca/ssh_public_key.h"
#include "codec/ssh.h"
#include "crypto/key.h"

namespace coffer::ca {

// CertificateType says whom a certificate speaks for. The numbers are those of the specification.
enum class CertificateType : std::uint32_t { user = 1, host = 2 };
constexpr bool is_valid(CertificateType type) {
  return type == CertificateType::user || type == CertificateType::host;
}

inline constexpr std::size_t kCertificateBytesMax = 65536;
inline constexpr std::size_t kCertificateNonceBytesMax = 64;
inline constexpr std::size_t kCertificateKeyIdBytesMax = 1024;
inline constexpr std::size_t kCertificatePrincipalsMax = 256;
inline constexpr std::size_t kCertificatePrincipalBytesMax = 1024;
inline constexpr std::size_t kCertificateOptionsMax = 64;
inline constexpr std::size_t kCertificateOptionNameBytesMax = 256;
inline constexpr std::size_t kCertificateOptionDataBytesMax = 8192;
inline constexpr std::size_t kCertificateSignatureBytesMax = 1024;

// kForever as valid_before means that the certificate never expires. We never issue one.
inline constexpr Timestamp kForever = 0xffffffffffffffffU;

// CertificateOption is a critical option or an extension, as on the wire.
struct CertificateOption {
  std::string name;
  Buffer data;  // empty for a flag, else usually one more SSH string

  bool operator==(const CertificateOption&) const = default;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, kCertificateOptionNameBytesMax));
    return visit(in.data, kCertificateOptionDataBytesMax);
  }
};

// make_option writes `value` as the data of an option; an empty value makes a flag.
CertificateOption make_option(std::string_view name, std::string_view value);

// option_value is the text inside an option; empty for a flag. Fails with `malformed` when the data is
// neither.
Result<std::string> option_value(const CertificateOption& option);

// find_option gives the option of that name, or null.
const CertificateOption* find_option(const std::vector<CertificateOption>& options, std::string_view name);

// CertificateBody is everything that the authority signs.
struct CertificateBody {
  Buffer nonce;
  SshPublicKey key;  // the key that is certified
  std::uint64_t serial = 0;
  CertificateType type = CertificateType::user;
  std::string key_id;
  std::vector<std::string> principals;  // empty: good for everybody; we neither issue nor accept that
  Timestamp valid_after = 0;
  Timestamp valid_before = 0;                       // the first second in which it is no longer valid
  std::vector<CertificateOption> critical_options;  // sorted by name, each at most once
  std::vector<CertificateOption> extensions;        // likewise
  Buffer reserved;                                  // "currently unused": empty in what we issue
  SshPublicKey authority;                           // the key that signs

  bool operator==(const CertificateBody&) const = default;

  static Status fields(auto& visit, auto& in) {
    TRY(visit.named(in.key.type, CertificateNames{}, kSshTypeNameBytesMax));
    TRY(visit(in.nonce, kCertificateNonceBytesMax));
    TRY(SshPublicKey::key_fields(visit, in.key));
    TRY(visit(in.serial));
    TRY(visit(in.type));
    TRY(visit(in.key_id, kCertificateKeyIdBytesMax));
    TRY(visit.list(in.principals, kCertificatePrincipalsMax, kCertificatePrincipalBytesMax));
    TRY(visit(in.valid_after));
    TRY(visit(in.valid_before));
    TRY(visit.list(in.critical_options, kCertificateOptionsMax));
    TRY(visit.list(in.extensions, kCertificateOptionsMax));
    TRY(visit(in.reserved, kCertificateOptionDataBytesMax));
    return visit.inside(in.authority, kSshPublicKeyBytesMax);
  }
};

// SshSignature is an algorithm's name and what that algorithm makes (RFC 4253, 6.6).
struct SshSignature {
  std::string algorithm;  // "ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"
  Buffer blob;

  bool operator==(const SshSignature&) const = default;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.algorithm, kSshTypeNameBytesMax));
    return visit(in.blob, kCertificateSignatureBytesMax);
  }
};

// Certificate is a body with its signature.
struct Certificate {
  CertificateBody body;
  SshSignature signature;

  bool operator==(const Certificate&) const = default;

  static Status fields(auto& visit, auto& in) {
    TRY(CertificateBody::fields(visit, in.body));
    return visit.inside(in.signature, kCertificateSignatureBytesMax + kSshTypeNameBytesMax + 8);
  }
};

// parse_certificate reads a blob without judging the signature, the times or the names. There is one way to
// write a certificate: encode_certificate(parse_certificate(blob)) is `blob`. Fails with `malformed`,
// `unsupported` (an unknown type of key) or `key_size` (RSA outside 2048..4096 bits).
Result<Certificate> parse_certificate(Bytes blob);

// encode_certificate writes a blob.
Buffer encode_certificate(const Certificate& certificate);

// encode_body writes the octets to be signed: the blob up to the signature.
Buffer encode_body(const CertificateBody& body);

// sign_body makes the certificate out of its body: ecdsa-sha2-nistp256/384/521, ssh-ed25519 or rsa-sha2-512,
// as the key is. `ca_key` must be the private half of `body.authority`.
Result<Certificate> sign_body(const crypto::PrivateKey& ca_key, CertificateBody body);

// verify_signature says whether `authority` signed it. Every failure is `signature_invalid`.
Status verify_signature(const Certificate& certificate, const crypto::PublicKey& authority);

// Expectation is what a verifier knows about the certificate that it wants to see.
struct Expectation {
  SshPublicKey authority;  // the trusted key
  CertificateType type = CertificateType::user;
  std::string_view principal;  // the login name, or the host's name
  Timestamp now = 0;
};

// verify_certificate accepts a certificate only if it is signed by the trusted authority, of the expected
// type, valid now, names the principal (an empty list names nobody), and has no critical option but those of
// option_names.h. The caller must still obey force-command and verify-required, and call
// check_source_address. Fails with `denied`; a bad signature with `signature_invalid`.
Status verify_certificate(const Certificate& certificate, const Expectation& expected);

// check_source_address refuses (`denied`) a client whose address (text, as inet_ntop writes it) is outside
// the certificate's source-address option; a certificate without that option is good from everywhere.
Status check_source_address(const Certificate& certificate, std::string_view client_address);

}  // namespace coffer::ca
