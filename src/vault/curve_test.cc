// Curves: every form of CKA_EC_PARAMS and CKA_EC_POINT that is seen in the wild, and forms that are not.
#include "vault/curve.h"

#include <gtest/gtest.h>

#include "crypto/key.h"

namespace coffer::vault {
namespace {

using crypto::Curve;

Buffer printable(std::string_view name) {
  Buffer der{0x13, static_cast<std::uint8_t>(name.size())};
  append(der, as_bytes(name));
  return der;
}

Buffer wrapped(std::uint8_t tag, Bytes content) {
  Buffer der{tag};
  if (content.size() >= 0x80) der.push_back(0x81);
  der.push_back(static_cast<std::uint8_t>(content.size()));
  append(der, content);
  return der;
}

Buffer bit_string(Bytes content) {
  Buffer bits{0};
  append(bits, content);
  return wrapped(0x03, bits);
}

TEST(EcParams, NamesEveryCurveByNumberOrName) {
  EXPECT_EQ(curve_of(Buffer{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a}).value(), Curve::secp256k1);
  EXPECT_EQ(curve_of(Buffer{0x06, 0x03, 0x2b, 0x65, 0x71}).value(), Curve::ed448);
  EXPECT_EQ(curve_of(printable("secp256r1")).value(), Curve::p256);
  EXPECT_EQ(curve_of(printable("brainpoolP512r1")).value(), Curve::brainpoolp512r1);
  EXPECT_EQ(curve_of(printable("edwards448")).value(), Curve::ed448);
  EXPECT_EQ(curve_of(printable("curve448")).value(), Curve::x448);
}

TEST(EcParams, RefusesTheUnknownAndTheMalformed) {
  EXPECT_EQ(curve_of(printable("secp192r1")).error().code, Code::curve_unsupported);
  EXPECT_EQ(curve_of({}).error().code, Code::curve_unsupported);
  Buffer long_name = printable("secp256r1");
  long_name.push_back(0);
  EXPECT_EQ(curve_of(long_name).error().code, Code::curve_unsupported);
  EXPECT_EQ(curve_of(Buffer{0x13, 0x81}).error().code, Code::curve_unsupported);
}

TEST(EcPoint, IsTakenBareAndInOctetAndBitStrings) {
  for (const Curve curve : {Curve::p256, Curve::p521, Curve::brainpoolp512r1, Curve::ed25519, Curve::x448}) {
    Buffer point(crypto::point_bytes(curve), 0x11);
    point[0] = 0x04;
    EXPECT_EQ(to_buffer(point_of(curve, point)), point);
    EXPECT_EQ(to_buffer(point_of(curve, wrapped(0x04, point))), point);
    EXPECT_EQ(to_buffer(point_of(curve, bit_string(point))), point);
    EXPECT_EQ(to_buffer(point_of(curve, octet_string(point))), point);
  }
}

TEST(EcPoint, IsTakenCompressed) {
  Buffer point(33, 0x11);
  point[0] = 0x03;
  EXPECT_EQ(to_buffer(point_of(Curve::p256, point)), point);
  EXPECT_EQ(to_buffer(point_of(Curve::p256, wrapped(0x04, point))), point);
}

TEST(EcPoint, ThatLooksWrappedButIsBareStaysAsItIs) {
  Buffer point(65, 0x22);
  point[0] = 0x04;
  point[1] = 63;  // as if 63 octets followed
  EXPECT_EQ(to_buffer(point_of(Curve::p256, point)), point);
}

TEST(EcPoint, OfAWrongLengthIsLeftForTheCurveToRefuse) {
  for (const Buffer& odd : {Buffer{}, Buffer{0x04}, Buffer{0x04, 0x81}, Buffer{0x03, 0x00}, Buffer(64, 4)}) {
    EXPECT_FALSE(crypto::PublicKey::from_point(Curve::p256, point_of(Curve::p256, odd)).ok());
  }
}

}  // namespace
}  // namespace coffer::vault
