// Tests of mechanism parameters, hostile ones above all.
#include "pkcs11/parameters.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "pkcs11/message.h"

namespace coffer::pkcs11 {
namespace {

Code refusal(CK_MECHANISM_TYPE type, const void* parameter, CK_ULONG bytes) {
  const auto result = read_parameters({type, const_cast<void*>(parameter), bytes});
  return result.ok() ? Code::ok : result.error().code;
}

template <typename Structure>
Code refusal(CK_MECHANISM_TYPE type, const Structure& parameter) {
  return refusal(type, &parameter, sizeof(parameter));
}

TEST(ReadParameters, KeepsItsOwnCopyOfAnIv) {
  std::array<CK_BYTE, 16> iv{};
  iv.fill(7);
  auto result = read_parameters({CKM_AES_CBC, iv.data(), iv.size()});
  ASSERT_TRUE(result.ok());
  iv.fill(0);
  const OwnedParameters moved = std::move(result).value();
  EXPECT_EQ(to_buffer(moved.view.iv), Buffer(16, 7));
}

TEST(ReadParameters, RefusesAnIvOfAnotherLengthOrNone) {
  const std::array<CK_BYTE, 17> iv{};
  EXPECT_EQ(refusal(CKM_AES_CBC, iv.data(), 15), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_CBC, iv.data(), 17), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_DES3_CBC, iv.data(), 16), Code::mechanism_parameter);
  std::array<CK_BYTE, 8> start{};
  const CK_MECHANISM des3{CKM_DES3_CBC, start.data(), start.size()};
  EXPECT_TRUE(read_parameters(des3).ok());
  EXPECT_EQ(refusal(CKM_AES_CBC, nullptr, 16), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_CBC_PAD, nullptr, 0), Code::mechanism_parameter);
}

TEST(ReadParameters, RefusesAParameterWhereNoneBelongs) {
  const CK_BYTE octet = 0;
  EXPECT_EQ(refusal(CKM_ECDSA, &octet, 1), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_ECDSA, nullptr, 0), Code::ok);
}

TEST(ReadParameters, RefusesANumberOfMoreThan32Bits) {
  EXPECT_EQ(refusal(1UL << 40U, nullptr, 0), Code::mechanism_invalid);
}

TEST(ReadParameters, ReadsGcmOfBothSizes) {
  std::array<CK_BYTE, 12> iv{};
  std::array<CK_BYTE, 3> associated = {1, 2, 3};
  const CK_GCM_PARAMS now{iv.data(), iv.size(), 96, associated.data(), associated.size(), 128};
  const CK_GCM_PARAMS_V2_30 old{iv.data(), iv.size(), associated.data(), associated.size(), 96};
  auto result = read_parameters({CKM_AES_GCM, const_cast<CK_GCM_PARAMS*>(&now), sizeof(now)});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().view.tag_bits, 128U);
  EXPECT_EQ(to_buffer(result.value().view.associated), (Buffer{1, 2, 3}));
  result = read_parameters({CKM_AES_GCM, const_cast<CK_GCM_PARAMS_V2_30*>(&old), sizeof(old)});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().view.tag_bits, 96U);
  EXPECT_EQ(result.value().view.iv.size(), 12U);
}

TEST(ReadParameters, RefusesHostileGcm) {
  std::array<CK_BYTE, 300> octets{};
  EXPECT_EQ(refusal(CKM_AES_GCM, CK_GCM_PARAMS{octets.data(), 0, 0, nullptr, 0, 128}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_GCM, CK_GCM_PARAMS{octets.data(), 257, 0, nullptr, 0, 128}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_GCM, CK_GCM_PARAMS{nullptr, 12, 0, nullptr, 0, 128}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_GCM, CK_GCM_PARAMS{octets.data(), ~0UL, 0, nullptr, 0, 128}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_GCM, CK_GCM_PARAMS{octets.data(), 12, 0, nullptr, 5, 128}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_GCM, CK_GCM_PARAMS{octets.data(), 12, 0, octets.data(), ~0UL, 128}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_GCM, CK_GCM_PARAMS{octets.data(), 12, 0, nullptr, 0, 129}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_GCM, CK_GCM_PARAMS{octets.data(), 12, 0, nullptr, 0, 1UL << 33U}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_GCM, octets.data(), 8), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_GCM, nullptr, sizeof(CK_GCM_PARAMS)), Code::mechanism_parameter);
}

TEST(ReadParameters, ReadsCcm) {
  std::array<CK_BYTE, 12> nonce{};
  const CK_CCM_PARAMS ccm{5, nonce.data(), nonce.size(), nullptr, 0, 8};
  const auto result = read_parameters({CKM_AES_CCM, const_cast<CK_CCM_PARAMS*>(&ccm), sizeof(ccm)});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().view.tag_bits, 64U);
  EXPECT_EQ(result.value().view.number, 5U);
  EXPECT_EQ(refusal(CKM_AES_CCM, CK_CCM_PARAMS{5, nullptr, 12, nullptr, 0, 8}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_CCM, CK_CCM_PARAMS{5, nonce.data(), 12, nullptr, 0, ~0UL}),
            Code::mechanism_parameter);
}

TEST(ReadParameters, JoinsTheCounterAndNonceOfChaCha20) {
  std::array<CK_BYTE, 8> counter = {1};
  std::array<CK_BYTE, 12> nonce = {2};
  const CK_CHACHA20_PARAMS chacha{counter.data(), 32, nonce.data(), 96};
  const auto result =
      read_parameters({CKM_CHACHA20, const_cast<CK_CHACHA20_PARAMS*>(&chacha), sizeof(chacha)});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(to_buffer(result.value().view.iv), (Buffer{1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(refusal(CKM_CHACHA20, CK_CHACHA20_PARAMS{counter.data(), 64, nonce.data(), 64}), Code::ok);
  EXPECT_EQ(refusal(CKM_CHACHA20, CK_CHACHA20_PARAMS{counter.data(), 64, nonce.data(), 96}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_CHACHA20, CK_CHACHA20_PARAMS{nullptr, 32, nonce.data(), 96}),
            Code::mechanism_parameter);
}

TEST(ReadParameters, TakesTheNonceOfPoly1305InBitsAndInOctets) {
  std::array<CK_BYTE, 12> nonce = {2};
  std::array<CK_BYTE, 16> tag{};
  for (const CK_ULONG told : {12UL, 96UL}) {
    const CK_SALSA20_CHACHA20_POLY1305_PARAMS whole{nonce.data(), told, nullptr, 0};
    const auto result = read_parameters(
        {CKM_CHACHA20_POLY1305, const_cast<CK_SALSA20_CHACHA20_POLY1305_PARAMS*>(&whole), sizeof(whole)});
    ASSERT_TRUE(result.ok()) << told;
    EXPECT_EQ(to_buffer(result.value().view.iv), to_buffer(nonce)) << told;
    const CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS message{nonce.data(), told, tag.data()};
    const auto read = read_message_parameter(CKM_CHACHA20_POLY1305, &message, sizeof(message));
    ASSERT_TRUE(read.ok()) << told;
    EXPECT_EQ(read.value().nonce.size(), nonce.size()) << told;
  }
}

TEST(ReadParameters, ReadsLengthsOfMacsAndRefusesEndlessOnes) {
  EXPECT_EQ(refusal(CKM_SHA256_HMAC_GENERAL, CK_MAC_GENERAL_PARAMS{16}), Code::ok);
  EXPECT_EQ(refusal(CKM_SHA256_HMAC_GENERAL, CK_MAC_GENERAL_PARAMS{0}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_SHA256_HMAC_GENERAL, ~CK_MAC_GENERAL_PARAMS{0}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_TLS12_MAC, CK_TLS_MAC_PARAMS{CKM_SHA256, 12, 1}), Code::ok);
  EXPECT_EQ(refusal(CKM_TLS12_MAC, CK_TLS_MAC_PARAMS{CKM_SHA256, 12, 3}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_TLS12_MAC, CK_TLS_MAC_PARAMS{CKM_AES_CBC, 12, 1}), Code::mechanism_parameter);
}

TEST(ReadParameters, RefusesCountersOfNoOrTooManyBits) {
  EXPECT_EQ(refusal(CKM_AES_CTR, CK_AES_CTR_PARAMS{0, {}}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_CTR, CK_AES_CTR_PARAMS{129, {}}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_AES_CTR, CK_AES_CTR_PARAMS{128, {}}), Code::ok);
}

TEST(ReadParameters, ReadsPss) {
  CK_RSA_PKCS_PSS_PARAMS parameter{CKM_SHA384, CKG_MGF1_SHA384, 48};
  const auto result = read_parameters({CKM_SHA384_RSA_PKCS_PSS, &parameter, sizeof(parameter)});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().view.hash, 4);
  EXPECT_EQ(result.value().view.mask_hash, 4);
  EXPECT_EQ(result.value().view.salt_bytes, 48U);
}

TEST(ReadParameters, RefusesPssWithAnUnknownHashOrAnEndlessSalt) {
  EXPECT_EQ(refusal(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS{CKM_AES_CBC, CKG_MGF1_SHA256, 32}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS{CKM_SHA256, 99, 32}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_RSA_PKCS_PSS, CK_RSA_PKCS_PSS_PARAMS{CKM_SHA256, CKG_MGF1_SHA256, ~0UL}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_RSA_PKCS_PSS, nullptr, 0), Code::mechanism_parameter);
}

TEST(ReadParameters, ReadsAnOaepLabel) {
  std::array<CK_BYTE, 4> label = {'t', 'e', 's', 't'};
  CK_RSA_PKCS_OAEP_PARAMS parameter{CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, label.data(),
                                    label.size()};
  const auto result = read_parameters({CKM_RSA_PKCS_OAEP, &parameter, sizeof(parameter)});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(as_text(result.value().view.associated), "test");
}

TEST(ReadParameters, RefusesAnOaepLabelOfNoSource) {
  CK_BYTE octet = 0;
  EXPECT_EQ(refusal(CKM_RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS{CKM_SHA_1, CKG_MGF1_SHA1, 0, &octet, 1}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS{CKM_SHA_1, CKG_MGF1_SHA1, 0, nullptr, 0}),
            Code::ok);
  EXPECT_EQ(refusal(CKM_RSA_PKCS_OAEP,
                    CK_RSA_PKCS_OAEP_PARAMS{CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, &octet, ~0UL}),
            Code::mechanism_parameter);
}

Buffer peer_of(std::vector<CK_BYTE> public_data) {
  CK_ECDH1_DERIVE_PARAMS parameter{CKD_NULL, 0, nullptr, public_data.size(), public_data.data()};
  const auto result = read_parameters({CKM_ECDH1_DERIVE, &parameter, sizeof(parameter)});
  return result.ok() ? to_buffer(result.value().view.peer) : Buffer{};
}

TEST(ReadParameters, LeavesTheFormOfAnEcdhPointToTheChip) {
  const std::vector<CK_BYTE> wrapped = {0x04, 0x02, 0x11, 0x22};
  EXPECT_EQ(peer_of(wrapped), wrapped);
}

TEST(ReadParameters, TellsTheTwoKdfsOfEcdhApart) {
  CK_BYTE point[65] = {4};
  CK_ECDH1_DERIVE_PARAMS parameter{CKD_SHA256_KDF, 0, nullptr, sizeof(point), point};
  const auto x963 = read_parameters({CKM_ECDH1_DERIVE, &parameter, sizeof(parameter)});
  parameter.kdf = CKD_SHA256_KDF_SP800;
  const auto one_step = read_parameters({CKM_ECDH1_DERIVE, &parameter, sizeof(parameter)});
  ASSERT_TRUE(x963.ok() && one_step.ok());
  EXPECT_EQ(x963.value().view.hash, one_step.value().view.hash);
  EXPECT_EQ(x963.value().view.variant, 0U);
  EXPECT_EQ(one_step.value().view.variant, 1U);
}

TEST(ReadParameters, RefusesHostileEcdh) {
  std::array<CK_BYTE, 65> point{};
  EXPECT_EQ(refusal(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS{CKD_NULL, 0, nullptr, 0, nullptr}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS{CKD_NULL, 0, nullptr, 65, nullptr}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS{CKD_NULL, 1, point.data(), 65, point.data()}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS{99, 0, nullptr, 65, point.data()}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_ECDH1_DERIVE, CK_ECDH1_DERIVE_PARAMS{CKD_NULL, 0, nullptr, ~0UL, point.data()}),
            Code::mechanism_parameter);
}

CK_HKDF_PARAMS hkdf() {
  CK_HKDF_PARAMS parameter{};
  parameter.bExtract = CK_TRUE;
  parameter.bExpand = CK_TRUE;
  parameter.prfHashMechanism = CKM_SHA256;
  parameter.ulSaltType = CKF_HKDF_SALT_NULL;
  return parameter;
}

TEST(ReadParameters, ReadsHkdf) {
  std::array<CK_BYTE, 2> salt = {1, 2};
  std::array<CK_BYTE, 1> info = {3};
  CK_HKDF_PARAMS parameter = hkdf();
  parameter.ulSaltType = CKF_HKDF_SALT_DATA;
  parameter.pSalt = salt.data();
  parameter.ulSaltLen = salt.size();
  parameter.pInfo = info.data();
  parameter.ulInfoLen = info.size();
  const auto result = read_parameters({CKM_HKDF_DERIVE, &parameter, sizeof(parameter)});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(to_buffer(result.value().view.salt), (Buffer{1, 2}));
  EXPECT_EQ(to_buffer(result.value().view.info), (Buffer{3}));
  EXPECT_TRUE(result.value().view.extract);
  EXPECT_TRUE(result.value().view.expand);
}

TEST(ReadParameters, RefusesHkdfThatDoesNothingOrSaltsWithAKey) {
  CK_HKDF_PARAMS nothing = hkdf();
  nothing.bExtract = nothing.bExpand = CK_FALSE;
  CK_HKDF_PARAMS key_salt = hkdf();
  key_salt.ulSaltType = CKF_HKDF_SALT_KEY;
  CK_HKDF_PARAMS odd_truth = hkdf();
  odd_truth.bExtract = 2;
  CK_HKDF_PARAMS no_hash = hkdf();
  no_hash.prfHashMechanism = CKM_AES_CMAC;
  EXPECT_EQ(refusal(CKM_HKDF_DERIVE, nothing), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_HKDF_DERIVE, key_salt), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_HKDF_DERIVE, odd_truth), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_HKDF_DERIVE, no_hash), Code::mechanism_parameter);
}

TEST(ReadParameters, TakesEddsaWithPrehashAndContext) {
  std::array<CK_BYTE, 256> context{};
  context[0] = 7;
  EXPECT_EQ(refusal(CKM_EDDSA, nullptr, 0), Code::ok);
  EXPECT_EQ(refusal(CKM_EDDSA, CK_EDDSA_PARAMS{CK_FALSE, 0, nullptr}), Code::ok);
  CK_EDDSA_PARAMS parameter{CK_TRUE, 255, context.data()};
  const auto read = read_parameters({CKM_EDDSA, &parameter, sizeof(parameter)});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().view.variant, 1U);
  EXPECT_EQ(to_buffer(read.value().view.associated), Buffer(context.begin(), context.end() - 1));
}

TEST(ReadParameters, RefusesHostileEddsa) {
  std::array<CK_BYTE, 256> context{};
  EXPECT_EQ(refusal(CKM_EDDSA, CK_EDDSA_PARAMS{2, 0, nullptr}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_EDDSA, CK_EDDSA_PARAMS{CK_FALSE, 256, context.data()}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_EDDSA, CK_EDDSA_PARAMS{CK_FALSE, 1, nullptr}), Code::mechanism_parameter);
}

TEST(ReadParameters, TakesTheContextAndHedgeOfAPostQuantumSignature) {
  std::array<CK_BYTE, 3> context = {1, 2, 3};
  EXPECT_EQ(refusal(CKM_ML_DSA, nullptr, 0), Code::ok);
  CK_SIGN_ADDITIONAL_CONTEXT parameter{CKH_DETERMINISTIC_REQUIRED, context.data(), context.size()};
  for (const CK_MECHANISM_TYPE type : {CKM_ML_DSA, CKM_HASH_ML_DSA_SHA512, CKM_SLH_DSA}) {
    const auto read = read_parameters({type, &parameter, sizeof(parameter)});
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read.value().view.variant, 2U);
    EXPECT_EQ(to_buffer(read.value().view.associated), Buffer(context.begin(), context.end()));
  }
  CK_HASH_SIGN_ADDITIONAL_CONTEXT hashed{CKH_HEDGE_REQUIRED, nullptr, 0, CKM_SHA384};
  const auto read = read_parameters({CKM_HASH_SLH_DSA, &hashed, sizeof(hashed)});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().view.hash, 4U);
  EXPECT_EQ(read.value().view.variant, 1U);
}

TEST(ReadParameters, RefusesHostilePostQuantumParameters) {
  std::array<CK_BYTE, 256> context{};
  EXPECT_EQ(refusal(CKM_ML_DSA, CK_SIGN_ADDITIONAL_CONTEXT{3, nullptr, 0}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_ML_DSA, CK_SIGN_ADDITIONAL_CONTEXT{0, context.data(), 256}),
            Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_ML_DSA, CK_SIGN_ADDITIONAL_CONTEXT{0, nullptr, 1}), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_HASH_ML_DSA, nullptr, 0), Code::mechanism_parameter);
  EXPECT_EQ(refusal(CKM_HASH_ML_DSA, CK_HASH_SIGN_ADDITIONAL_CONTEXT{0, nullptr, 0, CKM_AES_CMAC}),
            Code::mechanism_parameter);
}

}  // namespace
}  // namespace coffer::pkcs11
