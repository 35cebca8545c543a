// SshPublicKey: blobs, lines of text, and the way to and from crypto::PublicKey.
#include "ca/ssh_public_key.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "codec/base64.h"
#include "crypto/holder_check.h"
#include "crypto/primitives.h"

namespace coffer::ca {
namespace {

using crypto::Curve;

constexpr auto kShapes = std::to_array<SshKeyShape>({
    // type, name, certificate name, curve name, curve, point bytes, security key
    {SshKeyType::ed25519, "ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", "", Curve::ed25519, 32, false},
    {SshKeyType::ecdsa_p256, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "nistp256",
     Curve::p256, 65, false},
    {SshKeyType::ecdsa_p384, "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com", "nistp384",
     Curve::p384, 97, false},
    {SshKeyType::ecdsa_p521, "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com", "nistp521",
     Curve::p521, 133, false},
    {SshKeyType::rsa, "ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "", Curve::none, 0, false},
    {SshKeyType::sk_ed25519, "sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com", "",
     Curve::ed25519, 32, true},
    {SshKeyType::sk_ecdsa_p256, "sk-ecdsa-sha2-nistp256@openssh.com",
     "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "nistp256", Curve::p256, 65, true},
});

constexpr bool rows_stand_at_their_types() {
  for (std::size_t i = 0; i < kShapes.size(); ++i) {
    if (static_cast<std::size_t>(kShapes[i].type) != i) return false;
    if (kShapes[i].certificate_name.size() > kSshTypeNameBytesMax) return false;
  }
  return true;
}
static_assert(rows_stand_at_their_types());

std::optional<SshKeyType> find_type(std::string_view SshKeyShape::* column, std::string_view name) {
  const auto row = std::ranges::find(kShapes, name, column);
  if (row == kShapes.end()) return std::nullopt;
  return row->type;
}

std::size_t bit_count(Bytes magnitude) {
  if (magnitude.empty()) return 0;
  std::size_t bits = (magnitude.size() - 1) * 8;
  for (std::uint8_t first = magnitude[0]; first != 0; first = static_cast<std::uint8_t>(first >> 1U)) ++bits;
  return bits;
}

Status check_rsa(const SshPublicKey& key) {
  const std::size_t bits = bit_count(key.modulus);
  if (bits < crypto::kRsaBitsMin) return Error{Code::key_size, "an RSA key has fewer than 2048 bits"};
  if (bits > crypto::kHeldRsaBitsMax) return Error{Code::key_size, "an RSA key has more than 16384 bits"};
  const bool odd = (key.modulus.back() & 1U) != 0 && !key.exponent.empty() && (key.exponent.back() & 1U) != 0;
  const bool exponent_is_one = key.exponent.size() == 1 && key.exponent[0] == 1;
  if (!odd || exponent_is_one) return Error{Code::malformed, "numbers that no RSA key has"};
  return {};
}

// The name of a type, as far as the front of a blob tells it.
Result<std::string_view> name_inside(Bytes blob) {
  codec::SshReader reader(blob);
  Bytes name;
  TRY(reader(name, kSshTypeNameBytesMax));
  return as_text(name);
}

constexpr std::string_view kBlank = " \t";

}  // namespace

const SshKeyShape& shape_of(SshKeyType type) {
  const auto index = static_cast<std::size_t>(type);
  CHECK(index < kShapes.size());
  return kShapes[index];
}

std::optional<SshKeyType> PlainNames::find(std::string_view name) {
  return find_type(&SshKeyShape::name, name);
}

std::optional<SshKeyType> CertificateNames::find(std::string_view name) {
  return find_type(&SshKeyShape::certificate_name, name);
}

Status check_key(const SshPublicKey& key) {
  const SshKeyShape& shape = shape_of(key.type);
  if (key.type == SshKeyType::rsa) return check_rsa(key);
  if (key.point.size() != shape.point_bytes) return Error{Code::malformed, "a public key has the wrong size"};
  if (!shape.curve_name.empty() && key.point[0] != 0x04) {
    return Error{Code::malformed, "a point is not written uncompressed"};
  }
  if (shape.security_key && key.application.empty()) {
    return Error{Code::malformed, "a security key names no application"};
  }
  return {};
}

Result<SshPublicKey> parse_public_key(Bytes blob) {
  if (blob.size() > kSshPublicKeyBytesMax) return Error{Code::malformed, "a public key is too long"};
  SshPublicKey key = TRY(codec::decode_ssh<SshPublicKey>(blob));
  TRY(check_key(key));
  return key;
}

Buffer encode_public_key(const SshPublicKey& key) { return codec::encode_ssh(key); }

Result<crypto::PublicKey> to_crypto_key(const SshPublicKey& key) {
  if (key.type == SshKeyType::rsa) return crypto::PublicKey::from_rsa(key.modulus, key.exponent);
  return crypto::PublicKey::from_point(shape_of(key.type).curve, key.point);
}

Result<SshPublicKey> from_crypto_key(const crypto::PublicKey& key) {
  for (const SshKeyShape& shape : kShapes) {
    const bool is_rsa = shape.curve == Curve::none;
    if (is_rsa != (key.type() == crypto::KeyType::rsa) || (!is_rsa && shape.curve != key.curve())) continue;
    SshPublicKey found;
    found.type = shape.type;
    if (is_rsa) {
      found.exponent = key.rsa_exponent();
      found.modulus = key.rsa_modulus();
    } else {
      found.point = key.point();
    }
    TRY(check_key(found));
    return found;
  }
  return Error{Code::key_type, "SSH has no keys of this type"};
}

Result<TextLine> parse_text_line(std::string_view line) {
  if (line.size() > kTextLineBytesMax) return Error{Code::malformed, "a line of a key is too long"};
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::size_t name_bytes = std::min(line.find_first_of(kBlank), line.size());
  const std::string_view name = line.substr(0, name_bytes);
  line.remove_prefix(name_bytes);
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  const std::size_t blob_chars = std::min(line.find_first_of(kBlank), line.size());

  TextLine read;
  read.blob = TRY(codec::from_base64(line.substr(0, blob_chars)));
  const std::string_view inside = TRY(name_inside(read.blob));
  if (inside != name) return Error{Code::malformed, "the type in front of a key is not its own"};
  line.remove_prefix(blob_chars);
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return Error{Code::malformed, "more than one line"};
  }
  read.comment = line;
  return read;
}

Result<std::string> text_line(Bytes blob, std::string_view comment) {
  std::string line(TRY(name_inside(blob)));
  line += ' ';
  line += codec::to_base64(blob);
  if (!comment.empty()) line += ' ';
  line += comment;
  return line;
}

std::string fingerprint(Bytes blob) {
  std::string digest = codec::to_base64(crypto::sha256(blob));
  digest.erase(digest.find_last_not_of('=') + 1);
  return "SHA256:" + digest;
}

}  // namespace coffer::ca
