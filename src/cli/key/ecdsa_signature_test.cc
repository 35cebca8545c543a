// Tests of the two ways to write an ECDSA signature.
#include "cli/key/ecdsa_signature.h"

#include <gtest/gtest.h>

#include "codec/hex.h"

namespace coffer::cli {
namespace {

Buffer hex(std::string_view text) { return codec::from_hex(text).value(); }

// Two numbers of 4 octets keep the vectors readable; the encoding does not know curves.
TEST(EcdsaSignature, WritesNumbersAsShortAsDerWants) {
  EXPECT_EQ(to_hex(ecdsa_to_der(hex("0000000a7fffffff"))), "300902010a02047fffffff");
}

TEST(EcdsaSignature, KeepsNumbersPositive) {
  EXPECT_EQ(to_hex(ecdsa_to_der(hex("8000000000000001"))), "300a02050080000000020101");
}

TEST(EcdsaSignature, ReadsWhatItWrites) {
  for (const char* raw : {"0000000a7fffffff", "8000000000000001", "ffffffffffffffff", "0000000000000000"}) {
    EXPECT_EQ(to_hex(ecdsa_from_der(ecdsa_to_der(hex(raw)), 4).value()), raw);
  }
}

TEST(EcdsaSignature, ReadsLongSignaturesOfP521) {
  Buffer raw(132, 0x01);
  raw[1] = 0xff;
  const Buffer der = ecdsa_to_der(raw);
  EXPECT_EQ(der[1], 0x81);
  EXPECT_EQ(ecdsa_from_der(der, 66).value(), raw);
}

TEST(EcdsaSignature, RefusesWhatIsNotDer) {
  for (const char* der : {"", "30", "3000", "3006020101", "30060201010201", "3006020101020101ff",
                          "3007020101020101ff", "3106020101020101", "3080020101020101", "308106020101020101",
                          "300702020001020101", "300702810101020101",
                          "30060201010401"
                          "01"}) {
    EXPECT_FALSE(ecdsa_from_der(hex(der), 4).ok()) << der;
  }
}

TEST(EcdsaSignature, RefusesNegativeNumbers) {
  EXPECT_FALSE(ecdsa_from_der(hex("3006020181020101"), 4).ok());
}

TEST(EcdsaSignature, RefusesNumbersThatAreTooLong) {
  EXPECT_FALSE(ecdsa_from_der(hex("300a02050100000000020101"), 4).ok());
}

}  // namespace
}  // namespace coffer::cli
