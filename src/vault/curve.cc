// Curves as PKCS#11 writes them.
#include "vault/curve.h"

#include <array>
#include <string_view>

namespace coffer::vault {

namespace {

using namespace std::string_view_literals;

struct Name {
  std::string_view der;
  crypto::Curve curve;
};

// RFC 5480, 2.1.1.1 and RFC 8410, 3; the PrintableString names are those of PKCS#11 3.0, EC 2.3.1.
constexpr auto kNames = std::to_array<Name>({
    {"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, crypto::Curve::p256},
    {"\x06\x05\x2b\x81\x04\x00\x22"sv, crypto::Curve::p384},
    {"\x06\x05\x2b\x81\x04\x00\x23"sv, crypto::Curve::p521},
    {"\x06\x03\x2b\x65\x70"sv, crypto::Curve::ed25519},
    {"\x06\x03\x2b\x65\x6e"sv, crypto::Curve::x25519},
    {"\x13\x0c"
     "edwards25519"sv,
     crypto::Curve::ed25519},
    {"\x13\x0a"
     "curve25519"sv,
     crypto::Curve::x25519},
});

std::size_t bare_point_bytes(crypto::Curve curve) {
  switch (curve) {
    case crypto::Curve::p256: return 65;
    case crypto::Curve::p384: return 97;
    case crypto::Curve::p521: return 133;
    case crypto::Curve::ed25519:
    case crypto::Curve::x25519: return 32;
    case crypto::Curve::none: return 0;
  }
  return 0;
}

}  // namespace

Result<crypto::Curve> curve_of(Bytes ec_params) {
  for (const Name& name : kNames) {
    if (equal_public(as_bytes(name.der), ec_params)) return name.curve;
  }
  return Error{Code::curve_unsupported, "the curve is not supported"};
}

Buffer octet_string(Bytes content) {
  Buffer der{0x04};
  if (content.size() >= 0x80) der.push_back(0x81);  // the longest point, P-521's, has 133 octets
  der.push_back(static_cast<std::uint8_t>(content.size()));
  append(der, content);
  return der;
}

Bytes point_of(crypto::Curve curve, Bytes ec_point) {
  if (ec_point.size() == bare_point_bytes(curve)) return ec_point;
  if (ec_point.size() >= 2 && ec_point[0] == 0x04) {
    const std::size_t header = ec_point[1] == 0x81 ? 3 : 2;
    if (ec_point.size() > header && ec_point[header - 1] == ec_point.size() - header) {
      return ec_point.subspan(header);
    }
  }
  return ec_point;
}

}  // namespace coffer::vault
