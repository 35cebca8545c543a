// Wrapping and unwrapping that would give a protected key away.
#include "vault/key_rules_test.h"

namespace coffer::vault {
namespace {

TEST_F(KeyRulesTest, UnwrapsTheWholeKeyOrNothing) {
  const wire::ObjectId wrapping = wrapping_key();
  const wire::ObjectId key = leaving_key();
  for (const std::uint32_t mechanism : {kKeyWrap, kKeyWrapKwp, kAesGcm}) {
    wire::Parameters parameters{.mechanism = mechanism};
    if (mechanism == kAesGcm) parameters.tag_bits = 128;
    const auto wrapped = wrap(wrapping, key, parameters, mechanism == kAesGcm ? 12 : 0);
    ASSERT_EQ(wrapped.code, Code::ok);
    parameters.iv = wrapped.reply.nonce;
    for (const std::uint64_t bytes : {1U, 2U, 15U, 16U, 24U, 31U, 33U}) {
      const Buffer length = number(bytes);
      EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, kGenericType,
                       {truth(attribute::kSign, true), {attribute::kValueLen, length}}, parameters)
                    .code,
                Code::template_inconsistent)
          << mechanism << ", " << bytes;
    }
    const Buffer whole = number(32);
    EXPECT_EQ(
        unwrap(wrapping, wrapped.reply.wrapped, kAesType, {{attribute::kValueLen, whole}}, parameters).code,
        Code::ok);
  }
}

TEST_F(KeyRulesTest, UnwrapsAPrivateKeyAsNoSecretKey) {
  const wire::ObjectId wrapping = wrapping_key();
  const auto pair = ec_pair({truth(attribute::kExtractable, true)});
  const auto wrapped = wrap(wrapping, pair.reply.private_key.id);
  ASSERT_EQ(wrapped.code, Code::ok);
  const Buffer one = number(1);
  const Buffer hkdf = number(key_type::kHkdf);
  for (const Buffer& type : {kGenericType, hkdf}) {
    EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, type).code, Code::ciphertext_invalid);
    EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, type, {{attribute::kValueLen, one}}).code,
              Code::ciphertext_invalid);
  }
}

TEST_F(KeyRulesTest, AnRsaKeyThatOnlyUnwrapsIsNoDecryptionOracle) {
  const auto pair = unwrapping_rsa_pair();
  ASSERT_EQ(pair.code, Code::ok);
  const auto encrypted =
      world.owner->call(wire::Encrypt{.key = pair.reply.public_key.id, .parameters = kOaep, .data = kIv});
  ASSERT_EQ(encrypted.code, Code::ok);
  for (const std::uint64_t bytes : {1U, 2U, 15U}) {
    const Buffer length = number(bytes);
    EXPECT_EQ(unwrap(pair.reply.private_key.id, encrypted.reply.output, kGenericType,
                     {{attribute::kValueLen, length}}, kOaep)
                  .code,
              Code::template_inconsistent);
  }
  EXPECT_EQ(unwrap(pair.reply.private_key.id, encrypted.reply.output, kGenericType,
                   {truth(attribute::kSensitive, false)}, kOaep)
                .code,
            Code::template_inconsistent);
  EXPECT_EQ(unwrap(pair.reply.private_key.id, encrypted.reply.output, kAesType, {}, kOaep).code, Code::ok);
}

// The first part of an RSA-AES wrap is an OAEP ciphertext of the key that decrypts the second.
TEST_F(KeyRulesTest, NeverUnwrapsThePartsOfAnRsaAesWrap) {
  const wire::Parameters rsa_aes{
      .mechanism = kRsaAesWrap, .hash = kSha256, .mask_hash = kSha256, .output_bytes = 32};
  const auto plain = unwrapping_rsa_pair();
  const Buffer blob(256 + 40, 1);
  EXPECT_EQ(unwrap(plain.reply.private_key.id, blob, kAesType, {}, rsa_aes).code, Code::key_use);
  const Buffer named = numbers({kRsaAesWrap});
  const auto born = unwrapping_rsa_pair({{attribute::kAllowedMechanisms, named}});
  const auto wrapped =
      wrap(born.reply.public_key.id,
           aes({truth(attribute::kSensitive, false), truth(attribute::kExtractable, true)}), rsa_aes);
  ASSERT_EQ(wrapped.code, Code::ok);
  EXPECT_EQ(unwrap(born.reply.private_key.id, wrapped.reply.wrapped, kAesType, {}, rsa_aes).code, Code::ok);
  EXPECT_EQ(
      unwrap(born.reply.private_key.id, Bytes(wrapped.reply.wrapped).first(256), kAesType, {}, kOaep).code,
      Code::mechanism_invalid);
}

// The halves of XTS are keys of half the strength.
TEST_F(KeyRulesTest, NeverUnwrapsAKeyAsATypeThatUsesItsParts) {
  const wire::ObjectId wrapping = wrapping_key();
  const auto wrapped = wrap(wrapping, leaving_key());
  EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, kXtsType).code, Code::template_inconsistent);
  const Buffer of_xts = codec::encode(wire::NestedTemplate{{{attribute::kKeyType, kXtsType}}});
  const wire::ObjectId for_xts = wrapping_key({{attribute::kUnwrapTemplate, of_xts}});
  EXPECT_EQ(wrap(for_xts, leaving_key()).code, Code::action_prohibited);
  const auto xts = generate(kXtsGenerate, 32, {truth(attribute::kExtractable, true)});
  const auto travelling = wrap(for_xts, xts);
  ASSERT_EQ(travelling.code, Code::ok);
  EXPECT_EQ(unwrap(for_xts, travelling.reply.wrapped, kXtsType).code, Code::ok);
}

TEST_F(KeyRulesTest, NeverUnwrapsAKeyAsOneThatCanBeCut) {
  const wire::ObjectId wrapping = wrapping_key();
  const auto wrapped = wrap(wrapping, leaving_key());
  for (const std::uint32_t mechanism : {kExtract, kXor, kConcatenateData, kEcbEncryptData}) {
    const Buffer named = numbers({mechanism});
    EXPECT_EQ(
        unwrap(wrapping, wrapped.reply.wrapped, kAesType, {{attribute::kAllowedMechanisms, named}}).code,
        Code::template_inconsistent);
  }
}

// Counter mode undoes GCM, and GMAC tells its hash key.
TEST_F(KeyRulesTest, AKeyThatEncryptsUnwrapsNothingThatGcmWrapped) {
  const wire::ObjectId mixed = aes(
      {truth(attribute::kUnwrap, true), truth(attribute::kEncrypt, true), truth(attribute::kDecrypt, false)});
  const wire::Parameters gcm{.mechanism = kAesGcm, .iv = kIv, .tag_bits = 128};
  EXPECT_EQ(unwrap(mixed, kData, kAesType, {}, gcm).code, Code::key_use);
}

// A key of eight octets wrapped with padding is one encrypted block: a piece of GCM's key stream.
TEST_F(KeyRulesTest, AKeeperEncryptsNoSingleBlock) {
  const wire::ObjectId known = generate(kGenericGenerate, 8, {truth(attribute::kSensitive, false)});
  EXPECT_EQ(wrap(wrapping_key(), known).code, Code::key_size);
}

TEST_F(KeyRulesTest, NoncesOfWrappingNeverMeet) {
  const wire::ObjectId wrapping = wrapping_key();
  const wire::ObjectId key = leaving_key();
  const wire::Parameters gcm{.mechanism = kAesGcm, .tag_bits = 128};
  const Buffer one = wrap(wrapping, key, gcm, 12).reply.nonce;
  const Buffer two = wrap(wrapping, key, gcm, 12).reply.nonce;
  ASSERT_EQ(one.size(), 12U);
  EXPECT_NE(one, two);
  EXPECT_TRUE(equal_public(Bytes(one).first(4), Bytes(two).first(4)));  // counted, not drawn anew
}

TEST_F(KeyRulesTest, AKeyThatAsksForThePinUnwrapsStrictly) {
  const auto pair = world.owner->call(wire::GenerateKeyPair{
      .mechanism = 0,
      .public_attributes = {{attribute::kModulusBits, kRsaBits}},
      .private_attributes = {truth(attribute::kUnwrap, true), truth(attribute::kAlwaysAuthenticate, true)}});
  const auto sent =
      world.owner->call(wire::Encrypt{.key = pair.reply.public_key.id, .parameters = kOaep, .data = kData});
  ASSERT_EQ(sent.code, Code::ok);
  EXPECT_EQ(unwrap(pair.reply.private_key.id, sent.reply.output, kGenericType,
                   {truth(attribute::kSensitive, false)}, kOaep)
                .code,
            Code::template_inconsistent);
}

// What aes-key-wrap wrapped would tell by its last octets whether it has a padding.
TEST_F(KeyRulesTest, NeverLooksForAPaddingInAKey) {
  const wire::ObjectId wrapping = wrapping_key();
  const auto wrapped = wrap(wrapping, leaving_key(), {.mechanism = kKeyWrap});
  ASSERT_EQ(wrapped.code, Code::ok);
  EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, kAesType, {}, {.mechanism = kKeyWrapPkcs7}).code,
            Code::key_use);
}

TEST_F(KeyRulesTest, WhatIsUnwrappedMayLeaveAgainUnlessItsTemplateSaysOtherwise) {
  const wire::ObjectId wrapping = wrapping_key();
  const auto wrapped = wrap(wrapping, leaving_key());
  const auto back = unwrap(wrapping, wrapped.reply.wrapped, kAesType);
  ASSERT_EQ(back.code, Code::ok);
  EXPECT_TRUE(says(back.reply.object.id, attribute::kSensitive));
  EXPECT_TRUE(says(back.reply.object.id, attribute::kExtractable));
  EXPECT_FALSE(says(unwrap(wrapping, wrapped.reply.wrapped, kAesType, {truth(attribute::kExtractable, false)})
                        .reply.object.id,
                    attribute::kExtractable));
}

TEST_F(KeyRulesTest, WrapsWithWholeTagsAndUnwrapsWithStrongOnes) {
  const wire::ObjectId wrapping = wrapping_key();
  const wire::ObjectId key = leaving_key();
  for (const std::uint32_t bits : {32U, 64U, 96U, 120U}) {
    EXPECT_EQ(wrap(wrapping, key, {.mechanism = kAesGcm, .tag_bits = bits}, 12).code,
              Code::mechanism_parameter);
  }
  wire::Parameters gcm{.mechanism = kAesGcm, .tag_bits = 128};
  const auto wrapped = wrap(wrapping, key, gcm, 12);
  ASSERT_EQ(wrapped.code, Code::ok);
  gcm.iv = wrapped.reply.nonce;
  EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, kAesType, {}, gcm).code, Code::ok);
  const Bytes octets = wrapped.reply.wrapped;
  gcm.tag_bits = 96;  // a shorter tag is the beginning of the whole one
  EXPECT_EQ(unwrap(wrapping, octets.first(32 + 12), kAesType, {}, gcm).code, Code::ok);
  for (const std::uint32_t bits : {32U, 64U}) {
    gcm.tag_bits = bits;
    EXPECT_EQ(unwrap(wrapping, octets.first(32 + bits / 8), kAesType, {}, gcm).code,
              Code::mechanism_parameter);
  }
}

TEST_F(KeyRulesTest, TagsOfCcmAreAsStrong) {
  const wire::ObjectId wrapping =
      aes({truth(attribute::kWrap, true), truth(attribute::kUnwrap, true), truth(attribute::kEncrypt, true)});
  const wire::ObjectId key = aes({truth(attribute::kSensitive, false)});
  const Buffer nonce(12, 7);
  for (const std::uint32_t bits : {32U, 64U, 96U, 112U}) {
    EXPECT_EQ(wrap(wrapping, key, {.mechanism = kAesCcm, .iv = nonce, .tag_bits = bits}).code,
              Code::mechanism_parameter);
  }
  EXPECT_EQ(wrap(wrapping, key, {.mechanism = kAesCcm, .iv = nonce, .tag_bits = 128}).code, Code::ok);
  EXPECT_EQ(unwrap(wrapping, kData, kAesType, {}, {.mechanism = kAesCcm, .iv = nonce, .tag_bits = 64}).code,
            Code::mechanism_parameter);
}

TEST_F(KeyRulesTest, WrappedKeysHaveLittleAssociatedData) {
  const wire::ObjectId wrapping = wrapping_key();
  const wire::ObjectId key = leaving_key();
  const Buffer most(8192, 1);
  const Buffer more(8193, 1);
  EXPECT_EQ(wrap(wrapping, key, {.mechanism = kAesGcm, .associated = most, .tag_bits = 128}, 12).code,
            Code::ok);
  EXPECT_EQ(wrap(wrapping, key, {.mechanism = kAesGcm, .associated = more, .tag_bits = 128}, 12).code,
            Code::mechanism_parameter);
  const wire::Parameters gcm{.mechanism = kAesGcm, .iv = kIv, .associated = more, .tag_bits = 128};
  EXPECT_EQ(unwrap(wrapping, kData, kAesType, {}, gcm).code, Code::mechanism_parameter);
}

TEST_F(KeyRulesTest, WrongCiphertextsAreRecordedAndSlowedAndLockNoKey) {
  const wire::ObjectId wrapping = wrapping_key({truth(attribute::kToken, true)});
  const auto wrapped = wrap(wrapping, leaving_key());
  Buffer wrong = wrapped.reply.wrapped;
  wrong.back() ^= 1;
  for (int i = 0; i < 11; ++i) EXPECT_EQ(unwrap(wrapping, wrong, kAesType).code, Code::ciphertext_invalid);
  EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, kAesType).code, Code::too_fast);
  // Neither another key waits, nor anybody else.
  const wire::ObjectId other = wrapping_key();
  EXPECT_EQ(unwrap(other, wrap(other, leaving_key()).reply.wrapped, kAesType).code, Code::ok);
  auto guest = stranger();
  ASSERT_EQ(guest->call(wire::Login{.user = wire::UserType::user, .pin = secret("1234")}).code, Code::ok);
  const wire::UnwrapKey request{
      .unwrapping_key = wrapping,
      .parameters = kKwp,
      .wrapped = wrapped.reply.wrapped,
      .attributes = {{attribute::kClass, kSecretClass}, {attribute::kKeyType, kAesType}}};
  EXPECT_EQ(guest->call(request).code, Code::ok);
  world.clock.advance(100);
  EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, kAesType).code, Code::ok);
  // Each further one costs twice the wait of the one before.
  EXPECT_EQ(unwrap(wrapping, wrong, kAesType).code, Code::ciphertext_invalid);
  world.clock.advance(199);
  EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, kAesType).code, Code::too_fast);
  world.clock.advance(1);
  EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, kAesType).code, Code::ok);
  guest.reset();
  world.stop();
  const auto lines = world.audit.lines();
  const auto failed = [](const std::string& line) {
    return line.find("key.unwrap") != std::string::npos &&
           line.find("\"result\":\"ok\"") == std::string::npos;
  };
  EXPECT_TRUE(std::ranges::any_of(lines, failed));
}

// CKA_DECRYPT lets a key decrypt only with what CKA_ALLOWED_MECHANISMS lists.
TEST_F(KeyRulesTest, AKeyWhoseMechanismsDoNotDecryptUnwrapsStrictly) {
  const wire::Parameters rsa_aes{
      .mechanism = kRsaAesWrap, .hash = kSha256, .mask_hash = kSha256, .output_bytes = 32};
  const Buffer only_wraps = numbers({kRsaAesWrap});
  const auto pair = world.owner->call(wire::GenerateKeyPair{
      .mechanism = 0,
      .public_attributes = {{attribute::kModulusBits, kRsaBits}, truth(attribute::kWrap, true)},
      .private_attributes = {truth(attribute::kUnwrap, true),
                             truth(attribute::kDecrypt, true),
                             {attribute::kAllowedMechanisms, only_wraps}}});
  ASSERT_EQ(pair.code, Code::ok);
  const auto wrapped =
      wrap(pair.reply.public_key.id,
           aes({truth(attribute::kSensitive, false), truth(attribute::kExtractable, true)}), rsa_aes);
  ASSERT_EQ(wrapped.code, Code::ok);
  const wire::Template readable = {truth(attribute::kSensitive, false), truth(attribute::kExtractable, true)};
  EXPECT_EQ(unwrap(pair.reply.private_key.id, wrapped.reply.wrapped, kAesType, readable, rsa_aes).code,
            Code::template_inconsistent);
  EXPECT_EQ(unwrap(pair.reply.private_key.id, wrapped.reply.wrapped, kAesType, {}, rsa_aes).code, Code::ok);
}

}  // namespace
}  // namespace coffer::vault
