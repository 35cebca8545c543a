// Tests of the arithmetic of output sizes, and of which key fits which mechanism.
#include "pkcs11/mechanism.h"

#include <gtest/gtest.h>

namespace coffer::pkcs11 {
namespace {

TEST(SignatureBound, FollowsTheKey) {
  EXPECT_EQ(signature_bound(mechanism_shape(CKM_RSA_PKCS), 2048).bytes, 256U);
  EXPECT_EQ(signature_bound(mechanism_shape(CKM_RSA_PKCS), 2049).bytes, 257U);
  EXPECT_EQ(signature_bound(mechanism_shape(CKM_ECDSA), 521).bytes, 132U);
  EXPECT_EQ(signature_bound(mechanism_shape(CKM_EDDSA), 255).bytes, 64U);
  EXPECT_EQ(signature_bound(mechanism_shape(CKM_EDDSA), 448).bytes, 114U);
  EXPECT_EQ(signature_bound(mechanism_shape(CKM_SHA384_HMAC), 8).bytes, 48U);
}

TEST(SignatureBound, IsGenerousForAMechanismThatIsNotInTheTable) {
  const Bound bound = signature_bound(mechanism_shape(CKM_VENDOR_DEFINED | 1UL), 0);
  EXPECT_FALSE(bound.exact);
  EXPECT_GE(bound.bytes, 512U);
}

TEST(CipherBounds, FollowTheMode) {
  EXPECT_EQ(encrypt_bound(mechanism_shape(CKM_AES_CBC_PAD), 256, 0, 16).bytes, 32U);
  EXPECT_EQ(encrypt_bound(mechanism_shape(CKM_AES_CBC_PAD), 256, 0, 15).bytes, 16U);
  EXPECT_EQ(encrypt_bound(mechanism_shape(CKM_AES_GCM), 256, 12, 5).bytes, 17U);
  EXPECT_EQ(encrypt_bound(mechanism_shape(CKM_AES_KEY_WRAP_KWP), 256, 0, 9).bytes, 24U);
  EXPECT_EQ(decrypt_bound(mechanism_shape(CKM_AES_GCM), 256, 16, 20).bytes, 4U);
  EXPECT_EQ(decrypt_bound(mechanism_shape(CKM_AES_GCM), 256, 16, 3).bytes, 0U);
  EXPECT_FALSE(decrypt_bound(mechanism_shape(CKM_AES_CBC_PAD), 256, 0, 32).exact);
}

TEST(CipherBounds, OfPartsCountWhatIsHeldBack) {
  EXPECT_EQ(update_bound(mechanism_shape(CKM_AES_CBC), 15, 2).bytes, 16U);
  EXPECT_EQ(update_bound(mechanism_shape(CKM_AES_CTR), 0, 17).bytes, 17U);
  EXPECT_EQ(encrypt_final_bound(mechanism_shape(CKM_AES_CBC_PAD), 0, 3).bytes, 16U);
  EXPECT_EQ(decrypt_final_bound(mechanism_shape(CKM_AES_GCM), 16, 116).bytes, 100U);
}

TEST(CipherBounds, OfWhatComesOutAtTheEnd) {
  EXPECT_EQ(encrypt_bound(mechanism_shape(CKM_AES_XTS), 256, 0, 17).bytes, 17U);
  EXPECT_EQ(encrypt_final_bound(mechanism_shape(CKM_AES_XTS), 0, 17).bytes, 17U);
  EXPECT_EQ(decrypt_final_bound(mechanism_shape(CKM_AES_XTS), 0, 17).bytes, 17U);
  EXPECT_EQ(encrypt_final_bound(mechanism_shape(CKM_AES_CCM), 8, 17).bytes, 25U);
  EXPECT_EQ(encrypt_bound(mechanism_shape(CKM_AES_KEY_WRAP_PKCS7), 256, 0, 16).bytes, 32U);
  EXPECT_EQ(encrypt_bound(mechanism_shape(CKM_AES_KEY_WRAP_PKCS7), 256, 0, 15).bytes, 24U);
}

TEST(FindHash, NeverTakesAHashWithoutANameForAnother) {
  EXPECT_EQ(find_hash(CKM_SHA512_256)->number, 11);
  EXPECT_EQ(find_hash_of_mgf(CK_UNAVAILABLE_INFORMATION), nullptr);
  EXPECT_EQ(find_hash_of_kdf(CK_UNAVAILABLE_INFORMATION), nullptr);
}

TEST(KeyTypeFits, KeepsFamiliesApart) {
  EXPECT_TRUE(key_type_fits(7, CKM_AES_XTS, CKK_AES_XTS));
  EXPECT_FALSE(key_type_fits(7, CKM_AES_XTS, CKK_AES));
  EXPECT_TRUE(key_type_fits(8, CKM_CHACHA20, CKK_CHACHA20));
  EXPECT_TRUE(key_type_fits(6, CKM_SHA512_256_HMAC, CKK_SHA512_256_HMAC));
  EXPECT_TRUE(key_type_fits(1, CKM_RSA_PKCS, CKK_RSA));
  EXPECT_FALSE(key_type_fits(1, CKM_RSA_PKCS, CKK_EC));
  EXPECT_FALSE(key_type_fits(5, CKM_AES_CBC, CKK_GENERIC_SECRET));
  EXPECT_FALSE(key_type_fits(2, CKM_ECDSA, CKK_EC_MONTGOMERY));
  EXPECT_TRUE(key_type_fits(2, CKM_ECDH1_DERIVE, CKK_EC_MONTGOMERY));
}

}  // namespace
}  // namespace coffer::pkcs11
