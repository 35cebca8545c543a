// Curves as PKCS#11 writes them.
#include "vault/curve.h"

#include <array>
#include <optional>
#include <string_view>

#include "crypto/key.h"

namespace coffer::vault {

namespace {

using namespace std::string_view_literals;

struct Name {
  std::string_view text;
  crypto::Curve curve;
};

// RFC 5480, 2.1.1.1 and RFC 8410, 3; the PrintableString names are those of PKCS#11 3.0, EC 2.3.1.
// RFC 5480, 2.1.1.1; SEC 2, A.2.1; RFC 5639, 4.1; RFC 8410, 3; and the numbers that GnuPG gave Ed25519 and
// Curve25519 before that.
constexpr auto kNumbers = std::to_array<Name>({
    {"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, crypto::Curve::p256},
    {"\x06\x05\x2b\x81\x04\x00\x22"sv, crypto::Curve::p384},
    {"\x06\x05\x2b\x81\x04\x00\x23"sv, crypto::Curve::p521},
    {"\x06\x05\x2b\x81\x04\x00\x0a"sv, crypto::Curve::secp256k1},
    {"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x07"sv, crypto::Curve::brainpoolp256r1},
    {"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0b"sv, crypto::Curve::brainpoolp384r1},
    {"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0d"sv, crypto::Curve::brainpoolp512r1},
    {"\x06\x03\x2b\x65\x70"sv, crypto::Curve::ed25519},
    {"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"sv, crypto::Curve::ed25519},
    {"\x06\x03\x2b\x65\x71"sv, crypto::Curve::ed448},
    {"\x06\x03\x2b\x65\x6e"sv, crypto::Curve::x25519},
    {"\x06\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01"sv, crypto::Curve::x25519},
    {"\x06\x03\x2b\x65\x6f"sv, crypto::Curve::x448},
});

// The PrintableString names: PKCS#11 3.0, 2.3.5 and 2.3.7 for Edwards and Montgomery curves, SEC 2, X9.62 and
// RFC 5639 for the others.
constexpr auto kPrintable = std::to_array<Name>({
    {"secp256r1"sv, crypto::Curve::p256},
    {"prime256v1"sv, crypto::Curve::p256},
    {"secp384r1"sv, crypto::Curve::p384},
    {"secp521r1"sv, crypto::Curve::p521},
    {"secp256k1"sv, crypto::Curve::secp256k1},
    {"brainpoolP256r1"sv, crypto::Curve::brainpoolp256r1},
    {"brainpoolP384r1"sv, crypto::Curve::brainpoolp384r1},
    {"brainpoolP512r1"sv, crypto::Curve::brainpoolp512r1},
    {"edwards25519"sv, crypto::Curve::ed25519},
    {"edwards448"sv, crypto::Curve::ed448},
    {"curve25519"sv, crypto::Curve::x25519},
    {"curve448"sv, crypto::Curve::x448},
});

constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kPrintableString = 0x13;

// content_of gives the content of a DER value of one tag that fills `der`, or nothing. The longest value
// here, a point of P-521 in a BIT STRING, has 134 octets.
std::optional<Bytes> content_of(Bytes der, std::uint8_t tag) {
  if (der.size() < 2 || der[0] != tag) return std::nullopt;
  const std::size_t header = der[1] == 0x81 ? 3 : 2;
  if (der.size() < header || (header == 2 && der[1] >= 0x80)) return std::nullopt;
  if (der[header - 1] != der.size() - header) return std::nullopt;
  return der.subspan(header);
}

// is_bare tells whether octets have the size of a point, whatever else they could be.
bool is_bare(crypto::Curve curve, Bytes octets) {
  const std::size_t whole = crypto::point_bytes(curve);
  if (octets.size() == whole) return true;
  const bool has_compressed = crypto::key_type_of(curve) == crypto::KeyType::ec;
  return has_compressed && octets.size() == (whole + 1) / 2 && (octets[0] == 2 || octets[0] == 3);
}

}  // namespace

Result<crypto::Curve> curve_of(Bytes ec_params) {
  for (const Name& name : kNumbers) {
    if (equal_public(as_bytes(name.text), ec_params)) return name.curve;
  }
  if (const auto printable = content_of(ec_params, kPrintableString)) {
    for (const Name& name : kPrintable) {
      if (equal_public(as_bytes(name.text), *printable)) return name.curve;
    }
  }
  return Error{Code::curve_unsupported, "the curve is not supported"};
}

Bytes ec_params_of(crypto::Curve curve) {
  for (const Name& name : kNumbers) {
    if (name.curve == curve) return as_bytes(name.text);
  }
  return {};
}

Buffer octet_string(Bytes content) {
  Buffer der{kOctetString};
  if (content.size() >= 0x80) der.push_back(0x81);  // the longest point, P-521's, has 133 octets
  der.push_back(static_cast<std::uint8_t>(content.size()));
  append(der, content);
  return der;
}

Bytes point_of(crypto::Curve curve, Bytes ec_point) {
  if (is_bare(curve, ec_point)) return ec_point;
  if (const auto octets = content_of(ec_point, kOctetString)) return *octets;
  const auto bits = content_of(ec_point, kBitString);
  if (bits && !bits->empty() && (*bits)[0] == 0) return bits->subspan(1);
  return ec_point;
}

}  // namespace coffer::vault
