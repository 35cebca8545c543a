// SshPublicKey: SSH public keys as blobs and as lines of text (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "codec/ssh.h"
#include "crypto/key.h"

namespace coffer::ca {

// SshKeyType is the type of an SSH public key. The sk_ types live in FIDO security keys: they can be
// certified, but they cannot be the key of an authority.
enum class SshKeyType : std::uint8_t {
  ed25519,
  ecdsa_p256,
  ecdsa_p384,
  ecdsa_p521,
  rsa,
  sk_ed25519,
  sk_ecdsa_p256
};

inline constexpr std::size_t kSshPublicKeyBytesMax = 8192;   // a whole blob
inline constexpr std::size_t kSshTypeNameBytesMax = 64;      // "sk-ssh-ed25519-cert-v01@openssh.com" has 35
inline constexpr std::size_t kSshPointBytesMax = 133;        // P-521, uncompressed
inline constexpr std::size_t kSshApplicationBytesMax = 256;  // "ssh:" and what the user adds
inline constexpr std::size_t kSshModulusBytesMax =
    4096;  // twice the most, so that check_key says what is wrong
inline constexpr std::size_t kSshExponentBytesMax = 8;

// SshKeyShape is what the fields of a key type look like: one row of the table of key types.
struct SshKeyShape {
  SshKeyType type;
  std::string_view name;              // "ssh-ed25519"
  std::string_view certificate_name;  // "ssh-ed25519-cert-v01@openssh.com"
  std::string_view curve_name;        // ECDSA: the second field, "nistp256"
  crypto::Curve curve;                // none for RSA
  std::size_t point_bytes;            // 0 for RSA
  bool security_key;                  // has an `application` behind the point
};

// shape_of gives the row of a type.
const SshKeyShape& shape_of(SshKeyType type);

// PlainNames and CertificateNames are the two ways to write a key type on the wire.
struct PlainNames {
  static std::string_view name(SshKeyType type) { return shape_of(type).name; }
  static std::optional<SshKeyType> find(std::string_view name);
};
struct CertificateNames {
  static std::string_view name(SshKeyType type) { return shape_of(type).certificate_name; }
  static std::optional<SshKeyType> find(std::string_view name);
};

// SshPublicKey is plain data. A key that came from a parser has the right sizes, but its point need not be on
// the curve: to_crypto_key finds out.
struct SshPublicKey {
  SshKeyType type = SshKeyType::ed25519;
  Buffer point;             // 32 octets of Ed25519, or 0x04 || X || Y; empty for RSA
  Buffer exponent;          // RSA e, big-endian without leading zeros
  Buffer modulus;           // RSA n, likewise
  std::string application;  // security keys: "ssh:..."

  bool operator==(const SshPublicKey&) const = default;

  static Status fields(auto& visit, auto& in) {
    TRY(visit.named(in.type, PlainNames{}, kSshTypeNameBytesMax));
    return key_fields(visit, in);
  }

  // key_fields are the fields behind the type's name; they are the same in a certificate.
  static Status key_fields(auto& visit, auto& in) {
    const SshKeyShape& shape = shape_of(in.type);
    if (shape.curve == crypto::Curve::none) {
      TRY(visit.mpint(in.exponent, kSshExponentBytesMax));
      return visit.mpint(in.modulus, kSshModulusBytesMax);
    }
    if (!shape.curve_name.empty()) TRY(visit.literal(shape.curve_name));
    TRY(visit(in.point, kSshPointBytesMax));
    if (!shape.security_key) return {};
    return visit(in.application, kSshApplicationBytesMax);
  }
};

// check_key refuses sizes that do not fit the type, and RSA keys outside 2048..4096 bits (`key_size`).
Status check_key(const SshPublicKey& key);

// parse_public_key reads a blob. Fails with `malformed`, with `unsupported` when the type is unknown (a
// certificate is not a public key), and with `key_size`.
Result<SshPublicKey> parse_public_key(Bytes blob);

// encode_public_key writes a blob.
Buffer encode_public_key(const SshPublicKey& key);

// to_crypto_key checks that the point is on its curve. Security keys give their plain key: what the device
// signs is more than the message, so only the check is of use.
Result<crypto::PublicKey> to_crypto_key(const SshPublicKey& key);

// from_crypto_key fails with `key_type` when SSH has no such key (X25519).
Result<SshPublicKey> from_crypto_key(const crypto::PublicKey& key);

// TextLine is one line of a .pub file: "ssh-ed25519 AAAA... comment". Certificates are written the same way.
struct TextLine {
  Buffer blob;
  std::string comment;
};
inline constexpr std::size_t kTextLineBytesMax = 128 * 1024;

// parse_text_line reads a line, with or without its end of line; it checks that the name in front is the name
// inside the blob, and nothing else of the blob.
Result<TextLine> parse_text_line(std::string_view line);

// text_line writes a blob as a line without end of line. A blob without a type name inside is `malformed`.
Result<std::string> text_line(Bytes blob, std::string_view comment);

// fingerprint names a key blob as ssh-keygen does: "SHA256:" and unpadded base64.
std::string fingerprint(Bytes blob);

}  // namespace coffer::ca
