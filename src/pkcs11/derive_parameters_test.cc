// Tests of the parameters of derivations, hostile ones above all.
#include "pkcs11/derive_parameters.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace coffer::pkcs11 {
namespace {

template <typename Structure>
CK_MECHANISM mechanism(CK_MECHANISM_TYPE type, const Structure& parameter) {
  return {type, const_cast<Structure*>(&parameter), sizeof(parameter)};
}

template <typename Structure>
Code refusal(CK_MECHANISM_TYPE type, const Structure& parameter) {
  const auto result = read_derive_parameters(mechanism(type, parameter));
  return result.ok() ? Code::ok : result.error().code;
}

TEST(ReadDeriveParameters, ReadsWhatOtherFunctionsRead) {
  const auto digest = read_derive_parameters({CKM_SHA256_KEY_DERIVATION, nullptr, 0});
  ASSERT_TRUE(digest.ok());
  EXPECT_EQ(digest.value().parameters.view.mechanism, CKM_SHA256_KEY_DERIVATION);
  EXPECT_EQ(read_derive_parameters({1UL << 40U, nullptr, 0}).error().code, Code::mechanism_invalid);
  const CK_BYTE octet = 0;
  EXPECT_EQ(refusal(CKM_SHA256_KEY_DERIVATION, octet), Code::mechanism_parameter);
}

TEST(ReadDeriveParameters, TheOtherFunctionsDoNotReadThem) {
  const CK_EXTRACT_PARAMS first_bit = 8;
  EXPECT_EQ(read_parameters(mechanism(CKM_EXTRACT_KEY_FROM_KEY, first_bit)).error().code,
            Code::mechanism_parameter);
}

TEST(ReadDeriveParameters, ReadsData) {
  std::array<CK_BYTE, 3> octets = {1, 2, 3};
  const CK_KEY_DERIVATION_STRING_DATA data{octets.data(), octets.size()};
  auto result = read_derive_parameters(mechanism(CKM_XOR_BASE_AND_DATA, data));
  ASSERT_TRUE(result.ok());
  octets.fill(9);
  EXPECT_EQ(to_buffer(result.value().parameters.view.info), (Buffer{1, 2, 3}));
  EXPECT_EQ(refusal(CKM_XOR_BASE_AND_DATA, CK_KEY_DERIVATION_STRING_DATA{nullptr, 3}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_XOR_BASE_AND_DATA, CK_KEY_DERIVATION_STRING_DATA{octets.data(), ~0UL}),
            Code::mechanism_parameter);
}

TEST(ReadDeriveParameters, AnotherKeyIsAHandle) {
  const CK_OBJECT_HANDLE other = 7;
  const auto result = read_derive_parameters(mechanism(CKM_CONCATENATE_BASE_AND_KEY, other));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().other_key, other);
  const CK_OBJECT_HANDLE none = CK_INVALID_HANDLE;
  EXPECT_EQ(refusal(CKM_CONCATENATE_BASE_AND_KEY, none), Code::mechanism_parameter);
}

TEST(ReadDeriveParameters, ASaltOfHkdfMayBeAKey) {
  CK_HKDF_PARAMS hkdf{};
  hkdf.bExtract = CK_TRUE;
  hkdf.prfHashMechanism = CKM_SHA256;
  hkdf.ulSaltType = CKF_HKDF_SALT_KEY;
  EXPECT_EQ(refusal(CKM_HKDF_DERIVE, hkdf), Code::mechanism_parameter);
  hkdf.hSaltKey = 9;
  const auto result = read_derive_parameters(mechanism(CKM_HKDF_DERIVE, hkdf));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().other_key, 9U);
  EXPECT_TRUE(result.value().parameters.view.extract);
}

TEST(ReadDeriveParameters, ReadsThePartsOfSp800108) {
  std::array<CK_BYTE, 5> label = {'l', 'a', 'b', 'e', 'l'};
  CK_SP800_108_COUNTER_FORMAT counter{CK_TRUE, 16};
  CK_SP800_108_DKM_LENGTH_FORMAT length{CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS, CK_FALSE, 32};
  std::array<CK_PRF_DATA_PARAM, 3> parts = {{
      {CK_SP800_108_ITERATION_VARIABLE, &counter, sizeof(counter)},
      {CK_SP800_108_BYTE_ARRAY, label.data(), label.size()},
      {CK_SP800_108_DKM_LENGTH, &length, sizeof(length)},
  }};
  CK_SP800_108_KDF_PARAMS kdf{CKM_SHA384_HMAC, parts.size(), parts.data(), 0, nullptr};
  const auto result = read_derive_parameters(mechanism(CKM_SP800_108_COUNTER_KDF, kdf));
  ASSERT_TRUE(result.ok());
  const wire::Parameters& view = result.value().parameters.view;
  EXPECT_EQ(view.hash, 4);
  ASSERT_EQ(view.parts.size(), 3U);
  EXPECT_TRUE(view.parts[0].little_endian);
  EXPECT_EQ(view.parts[0].bits, 16U);
  EXPECT_EQ(to_buffer(view.parts[1].octets), Buffer(label.begin(), label.end()));
  EXPECT_EQ(view.parts[2].kind, 5);
  kdf.prfType = CKM_AES_CMAC;
  EXPECT_EQ(refusal(CKM_SP800_108_COUNTER_KDF, kdf), Code::ok);
  kdf.prfType = CKM_SHA256;
  EXPECT_EQ(refusal(CKM_SP800_108_COUNTER_KDF, kdf), Code::mechanism_parameter);
  // Elsewhere the iteration variable is not a counter.
  kdf.prfType = CKM_SHA384_HMAC;
  EXPECT_EQ(refusal(CKM_SP800_108_DOUBLE_PIPELINE_KDF, kdf), Code::mechanism_parameter);
}

TEST(ReadDeriveParameters, RefusesHostileParts) {
  CK_SP800_108_COUNTER_FORMAT counter{2, 16};
  CK_PRF_DATA_PARAM part{CK_SP800_108_ITERATION_VARIABLE, &counter, sizeof(counter)};
  CK_SP800_108_KDF_PARAMS kdf{CKM_SHA256_HMAC, 1, &part, 0, nullptr};
  const auto refused = [&kdf] { return refusal(CKM_SP800_108_COUNTER_KDF, kdf); };
  EXPECT_EQ(refused(), Code::mechanism_parameter);
  counter = {CK_FALSE, 1UL << 40U};
  EXPECT_EQ(refused(), Code::mechanism_parameter);
  counter = {CK_FALSE, 8};
  EXPECT_EQ(refused(), Code::ok);
  part.ulValueLen = 3;
  EXPECT_EQ(refused(), Code::mechanism_parameter);
  part.pValue = nullptr;
  EXPECT_EQ(refused(), Code::mechanism_parameter);
  part = {99, nullptr, 0};
  EXPECT_EQ(refused(), Code::mechanism_parameter);
  part = {CK_SP800_108_BYTE_ARRAY, nullptr, 4};
  EXPECT_EQ(refused(), Code::mechanism_parameter);
  kdf.ulNumberOfDataParams = ~0UL;
  EXPECT_EQ(refused(), Code::mechanism_parameter);
  kdf = {CKM_SHA256_HMAC, 1, nullptr, 0, nullptr};
  EXPECT_EQ(refused(), Code::mechanism_parameter);
}

TEST(ReadDeriveParameters, AdditionalKeysNeedAPlaceForTheirHandles) {
  CK_SP800_108_COUNTER_FORMAT counter{CK_FALSE, 8};
  CK_PRF_DATA_PARAM part{CK_SP800_108_ITERATION_VARIABLE, &counter, sizeof(counter)};
  CK_OBJECT_HANDLE handle = 0;
  CK_DERIVED_KEY key{nullptr, 0, &handle};
  CK_SP800_108_KDF_PARAMS kdf{CKM_SHA256_HMAC, 1, &part, 1, &key};
  const auto result = read_derive_parameters(mechanism(CKM_SP800_108_COUNTER_KDF, kdf));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().additional.size(), 1U);
  key.phKey = nullptr;
  EXPECT_EQ(refusal(CKM_SP800_108_COUNTER_KDF, kdf), Code::mechanism_parameter);
  kdf.ulAdditionalDerivedKeys = 17;
  EXPECT_EQ(refusal(CKM_SP800_108_COUNTER_KDF, kdf), Code::mechanism_parameter);
}

TEST(ReadDeriveParameters, PutsTheRandomsOfTlsInTheOrderOfTheRfc) {
  std::array<CK_BYTE, 2> client = {1, 1};
  std::array<CK_BYTE, 2> server = {2, 2};
  const CK_SSL3_RANDOM_DATA randoms{client.data(), client.size(), server.data(), server.size()};
  CK_VERSION version{};
  const CK_TLS12_MASTER_KEY_DERIVE_PARAMS master{randoms, &version, CKM_SHA256};
  const auto first = read_derive_parameters(mechanism(CKM_TLS12_MASTER_KEY_DERIVE, master));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(to_buffer(first.value().parameters.view.salt), (Buffer{1, 1, 2, 2}));
  EXPECT_EQ(first.value().version, &version);
  CK_SSL3_KEY_MAT_OUT material{};
  CK_TLS12_KEY_MAT_PARAMS keys{256, 128, 0, CK_FALSE, randoms, &material, CKM_SHA256};
  const auto second = read_derive_parameters(mechanism(CKM_TLS12_KEY_AND_MAC_DERIVE, keys));
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(to_buffer(second.value().parameters.view.salt), (Buffer{2, 2, 1, 1}));
  EXPECT_EQ(second.value().parameters.view.sizes, (std::vector<std::uint32_t>{32, 16, 0}));
  keys.ulIVSizeInBits = 32;  // and nowhere to put the IVs
  EXPECT_EQ(refusal(CKM_TLS12_KEY_AND_MAC_DERIVE, keys), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_TLS12_KEY_SAFE_DERIVE, keys), Code::ok);
  keys.ulKeySizeInBits = ~0UL;
  EXPECT_EQ(refusal(CKM_TLS12_KEY_SAFE_DERIVE, keys), Code::mechanism_parameter);
  keys = {256, 128, 0, CK_TRUE, randoms, &material, CKM_SHA256};
  EXPECT_EQ(refusal(CKM_TLS12_KEY_AND_MAC_DERIVE, keys), Code::mechanism_parameter);
  keys = {256, 128, 0, CK_FALSE, {}, &material, CKM_SHA256};
  EXPECT_EQ(refusal(CKM_TLS12_KEY_AND_MAC_DERIVE, keys), Code::mechanism_parameter);
}

// RFC 5705, 4.
TEST(ReadDeriveParameters, PutsTheLengthOfAContextInFrontOfIt) {
  std::array<CK_BYTE, 1> random = {5};
  std::array<CK_BYTE, 2> context = {8, 9};
  std::array<CK_BYTE, 1> label = {'l'};
  CK_TLS_KDF_PARAMS kdf{CKM_SHA256, label.data(), label.size(), {random.data(), 1, random.data(), 1}, nullptr,
                        0};
  auto result = read_derive_parameters(mechanism(CKM_TLS12_KDF, kdf));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(to_buffer(result.value().parameters.view.salt), (Buffer{5, 5}));
  kdf.pContextData = context.data();
  kdf.ulContextDataLength = context.size();
  result = read_derive_parameters(mechanism(CKM_TLS12_KDF, kdf));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(to_buffer(result.value().parameters.view.salt), (Buffer{5, 5, 0, 2, 8, 9}));
  kdf.ulContextDataLength = 65535;
  kdf.pContextData = nullptr;
  EXPECT_EQ(refusal(CKM_TLS12_KDF, kdf), Code::mechanism_parameter);
}

TEST(ReadPasswordParameters, TakesTheLengthItselfOrAPointerToIt) {
  std::array<CK_BYTE, 4> password = {'p', 'a', 's', 's'};
  std::array<CK_BYTE, 4> salt = {'s', 'a', 'l', 't'};
  CK_ULONG length = password.size();
  CK_PKCS5_PBKD2_PARAMS2 pbkdf2{
      CKZ_SALT_SPECIFIED, salt.data(), salt.size(), 1000, CKP_PKCS5_PBKD2_HMAC_SHA512, nullptr, 0,
      password.data(),    length};
  for (const CK_ULONG last : {length, reinterpret_cast<CK_ULONG>(&length)}) {
    pbkdf2.ulPasswordLen = last;
    const auto result = read_password_parameters(mechanism(CKM_PKCS5_PBKD2, pbkdf2));
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result.value().password.size(), 4U);
    EXPECT_EQ(result.value().parameters.view.hash, 5);
    EXPECT_EQ(result.value().parameters.view.number, 1000U);
  }
  pbkdf2.prf = 2;  // GOST
  EXPECT_EQ(read_password_parameters(mechanism(CKM_PKCS5_PBKD2, pbkdf2)).error().code,
            Code::mechanism_parameter);
  pbkdf2.prf = CKP_PKCS5_PBKD2_HMAC_SHA512;
  pbkdf2.pPassword = nullptr;
  EXPECT_EQ(read_password_parameters(mechanism(CKM_PKCS5_PBKD2, pbkdf2)).error().code,
            Code::mechanism_parameter);
}

}  // namespace
}  // namespace coffer::pkcs11
