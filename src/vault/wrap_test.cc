// Wrapping and unwrapping in the chip: what comes back, and the ways to a sensitive key that are closed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

namespace ckm {
constexpr std::uint32_t kRsaPkcs = 0x1;
constexpr std::uint32_t kRsaOaep = 0x9;
constexpr std::uint32_t kEcdhAesKeyWrap = 0x1053;
constexpr std::uint32_t kRsaAesKeyWrap = 0x1054;
constexpr std::uint32_t kAesGenerate = 0x1080;
constexpr std::uint32_t kAesEcb = 0x1081;
constexpr std::uint32_t kAesCbc = 0x1082;
constexpr std::uint32_t kAesCbcPad = 0x1085;
constexpr std::uint32_t kAesGcm = 0x1087;
constexpr std::uint32_t kAesKeyWrap = 0x2109;
constexpr std::uint32_t kAesKeyWrapKwp = 0x210B;
}  // namespace ckm

constexpr std::uint32_t kRoom = 4096;

const Buffer kAesType = number(key_type::kAes);
const Buffer kGenericType = number(key_type::kGenericSecret);
const Buffer kRsaType = number(key_type::kRsa);
const Buffer kEcType = number(key_type::kEc);
const Buffer kSecretClass = number(object_class::kSecretKey);
const Buffer kPrivateClass = number(object_class::kPrivateKey);
const Buffer kPublicClass = number(object_class::kPublicKey);
const Buffer kBytes32 = number(32);
const Buffer kIv16(16, 7);
const Buffer kNonce12(12, 7);

class WrapTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }

  wire::ObjectId generate_aes(const wire::Template& more) {
    wire::GenerateKey request{.mechanism = ckm::kAesGenerate,
                              .attributes = {{attribute::kValueLen, kBytes32}}};
    request.attributes.insert(request.attributes.end(), more.begin(), more.end());
    const auto made = world.owner->call(request);
    EXPECT_EQ(made.code, Code::ok);
    return made.reply.object.id;
  }
  // A key that only wraps and unwraps, and one that leaves under it.
  wire::ObjectId wrapping_key() {
    return generate_aes({truth(attribute::kWrap, true), truth(attribute::kUnwrap, true)});
  }
  wire::ObjectId sensitive_key() {
    return generate_aes({truth(attribute::kExtractable, true), truth(attribute::kEncrypt, true),
                         truth(attribute::kDecrypt, true)});
  }
  wire::ObjectId readable_key() {
    return generate_aes({truth(attribute::kExtractable, true), truth(attribute::kSensitive, false)});
  }
  // What SoftHSM's users make: everything allowed.
  wire::ObjectId all_purpose_key() {
    return generate_aes({truth(attribute::kWrap, true), truth(attribute::kUnwrap, true),
                         truth(attribute::kEncrypt, true), truth(attribute::kDecrypt, true)});
  }
  wire::ObjectId import_aes(const Buffer& value, const wire::Template& more) {
    wire::CreateObject request{.attributes = {{attribute::kClass, kSecretClass},
                                              {attribute::kKeyType, kAesType},
                                              {attribute::kValue, value}}};
    request.attributes.insert(request.attributes.end(), more.begin(), more.end());
    const auto made = world.owner->call(request);
    EXPECT_EQ(made.code, Code::ok);
    return made.reply.object.id;
  }

  Answer<wire::WrapKey> wrap(const wire::ObjectId& wrapping, const wire::ObjectId& key,
                             const wire::Parameters& parameters, std::uint32_t nonce_bytes = 0) {
    return world.owner->call(wire::WrapKey{.wrapping_key = wrapping,
                                           .key = key,
                                           .parameters = parameters,
                                           .nonce_bytes = nonce_bytes,
                                           .room_bytes = kRoom});
  }
  Answer<wire::UnwrapKey> unwrap(const wire::ObjectId& unwrapping, const wire::Parameters& parameters,
                                 Bytes wrapped, const wire::Template& more = {}) {
    wire::UnwrapKey request{
        .unwrapping_key = unwrapping,
        .parameters = parameters,
        .wrapped = wrapped,
        .attributes = {{attribute::kClass, kSecretClass}, {attribute::kKeyType, kAesType}}};
    request.attributes.insert(request.attributes.end(), more.begin(), more.end());
    return world.owner->call(request);
  }
  Buffer value_of(const wire::ObjectId& key) {
    const auto answer = world.owner->call(wire::GetAttributes{.id = key, .types = {attribute::kValue}});
    return answer.ok() ? answer.reply.attributes[0].value : Buffer{};
  }
  bool says(const wire::ObjectId& key, std::uint32_t type) {
    const auto answer = world.owner->call(wire::GetAttributes{.id = key, .types = {type}});
    return answer.ok() && answer.reply.attributes[0].value == Buffer{1};
  }
  Code set(const wire::ObjectId& key, const wire::Template& attributes) {
    return world.owner->call(wire::SetAttributes{.id = key, .attributes = attributes}).code;
  }
  Code copy(const wire::ObjectId& key, const wire::Template& attributes) {
    return world.owner->call(wire::CopyObject{.id = key, .attributes = attributes}).code;
  }
  // The same plaintext under the same key: tells whether two sensitive keys are one.
  Buffer encrypted(const wire::ObjectId& key) {
    const auto answer = world.owner->call(
        wire::Encrypt{.key = key, .parameters = {.mechanism = ckm::kAesEcb}, .data = kIv16});
    return to_buffer(answer.reply.output);
  }

  World world;
};

const wire::Parameters kKwp{.mechanism = ckm::kAesKeyWrapKwp};

TEST_F(WrapTest, WrapsASensitiveKeyAndTakesItBack) {
  const auto wrapping = wrapping_key();
  const auto key = sensitive_key();
  const auto wrapped = wrap(wrapping, key, kKwp);
  ASSERT_EQ(wrapped.code, Code::ok);
  EXPECT_EQ(wrapped.reply.wrapped.size(), 40U);
  const auto back = unwrap(wrapping, kKwp, wrapped.reply.wrapped, {truth(attribute::kEncrypt, true)});
  ASSERT_EQ(back.code, Code::ok);
  const auto id = back.reply.object.id;
  EXPECT_EQ(encrypted(id), encrypted(key));
  EXPECT_TRUE(says(id, attribute::kSensitive));
  EXPECT_FALSE(says(id, attribute::kLocal));
  EXPECT_FALSE(says(id, attribute::kAlwaysSensitive));
  EXPECT_FALSE(says(id, attribute::kNeverExtractable));
}

TEST_F(WrapTest, RefusesChangedCiphertexts) {
  const auto wrapping = wrapping_key();
  for (const std::uint32_t mechanism : {ckm::kAesKeyWrap, ckm::kAesKeyWrapKwp}) {
    auto wrapped = wrap(wrapping, sensitive_key(), {.mechanism = mechanism});
    ASSERT_EQ(wrapped.code, Code::ok);
    wrapped.reply.wrapped[3] ^= 1;
    EXPECT_EQ(unwrap(wrapping, {.mechanism = mechanism}, wrapped.reply.wrapped).code,
              Code::ciphertext_invalid);
    wrapped.reply.wrapped.pop_back();
    EXPECT_EQ(unwrap(wrapping, {.mechanism = mechanism}, wrapped.reply.wrapped).code,
              Code::ciphertext_length);
  }
}

TEST_F(WrapTest, TellsTheSizeWithoutWrapping) {
  const auto answer = world.owner->call(
      wire::WrapKey{.wrapping_key = wrapping_key(), .key = sensitive_key(), .parameters = kKwp});
  ASSERT_EQ(answer.code, Code::ok);
  EXPECT_EQ(answer.reply.wrapped_bytes, 40U);
  EXPECT_TRUE(answer.reply.wrapped.empty());
}

TEST_F(WrapTest, RecordsEveryWrappingBeforeItAnswers) {
  const auto wrapping = wrapping_key();
  const auto key = sensitive_key();
  ASSERT_EQ(wrap(wrapping, key, kKwp).code, Code::ok);
  const auto lines = world.audit.lines();
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.back(), testing::AllOf(testing::HasSubstr("key.wrap"), testing::HasSubstr(to_hex(key))));
}

TEST_F(WrapTest, WrapsByGcmWithANonceOfItsOwn) {
  const auto wrapping = wrapping_key();
  const auto key = sensitive_key();
  const Buffer label{1, 2, 3};
  wire::Parameters gcm{.mechanism = ckm::kAesGcm, .associated = label, .tag_bits = 128};
  const auto wrapped = wrap(wrapping, key, gcm, 12);
  ASSERT_EQ(wrapped.code, Code::ok);
  EXPECT_EQ(wrapped.reply.wrapped.size(), 48U);
  EXPECT_EQ(wrapped.reply.nonce.size(), 12U);
  EXPECT_NE(wrap(wrapping, key, gcm, 12).reply.nonce, wrapped.reply.nonce);
  gcm.iv = wrapped.reply.nonce;
  EXPECT_EQ(unwrap(wrapping, gcm, wrapped.reply.wrapped).code, Code::ok);
  const Buffer other{9};
  gcm.associated = other;
  EXPECT_EQ(unwrap(wrapping, gcm, wrapped.reply.wrapped).code, Code::ciphertext_invalid);
}

TEST_F(WrapTest, RefusesShortNoncesOfItsOwn) {
  const wire::Parameters gcm{.mechanism = ckm::kAesGcm, .tag_bits = 128};
  EXPECT_EQ(wrap(wrapping_key(), sensitive_key(), gcm, 8).code, Code::mechanism_parameter);
}

TEST_F(WrapTest, WrapsPrivateKeysAsPkcs8) {
  const auto wrapping = wrapping_key();
  wire::GenerateKeyPair request{.mechanism = 0x1040};
  static constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  request.public_attributes = {{attribute::kEcParams, kP256}};
  request.private_attributes = {truth(attribute::kExtractable, true)};
  const auto pair = world.owner->call(request);
  ASSERT_EQ(pair.code, Code::ok);
  const auto wrapped = wrap(wrapping, pair.reply.private_key.id, kKwp);
  ASSERT_EQ(wrapped.code, Code::ok);
  wire::UnwrapKey back{.unwrapping_key = wrapping,
                       .parameters = kKwp,
                       .wrapped = wrapped.reply.wrapped,
                       .attributes = {{attribute::kClass, kPrivateClass}, {attribute::kKeyType, kEcType}}};
  const auto unwrapped = world.owner->call(back);
  ASSERT_EQ(unwrapped.code, Code::ok);
  const auto signature = world.sign(unwrapped.reply.object.id);
  ASSERT_EQ(signature.code, Code::ok);
  static constexpr std::uint8_t kDigest[32] = {1, 2, 3};
  EXPECT_EQ(world.owner
                ->call(wire::Verify{.key = pair.reply.public_key.id,
                                    .parameters = {.mechanism = 0x1041},
                                    .data = kDigest,
                                    .signature = signature.reply.output})
                .code,
            Code::ok);
  const auto params = world.owner->call(
      wire::GetAttributes{.id = unwrapped.reply.object.id, .types = {attribute::kEcParams}});
  EXPECT_EQ(params.reply.attributes[0].value, to_buffer(Bytes(kP256)));
  back.attributes[1].value = kRsaType;
  EXPECT_EQ(world.owner->call(back).code, Code::ciphertext_invalid);
}

TEST_F(WrapTest, WrapsReadableKeysUnderPublicKeys) {
  wire::GenerateKeyPair rsa{.mechanism = 0};
  const Buffer bits = number(2048);
  rsa.public_attributes = {{attribute::kModulusBits, bits}, truth(attribute::kWrap, true)};
  rsa.private_attributes = {truth(attribute::kUnwrap, true), truth(attribute::kDecrypt, true)};
  const auto pair = world.owner->call(rsa);
  ASSERT_EQ(pair.code, Code::ok);
  const auto key = readable_key();
  for (const wire::Parameters& parameters :
       {wire::Parameters{.mechanism = ckm::kRsaPkcs},
        wire::Parameters{.mechanism = ckm::kRsaOaep, .hash = 3, .mask_hash = 3},
        wire::Parameters{.mechanism = ckm::kRsaAesKeyWrap, .hash = 3, .mask_hash = 3, .output_bytes = 32}}) {
    const auto wrapped = wrap(pair.reply.public_key.id, key, parameters);
    ASSERT_EQ(wrapped.code, Code::ok) << parameters.mechanism;
    const auto back = unwrap(pair.reply.private_key.id, parameters, wrapped.reply.wrapped,
                             {truth(attribute::kSensitive, false), truth(attribute::kExtractable, true)});
    ASSERT_EQ(back.code, Code::ok) << parameters.mechanism;
    EXPECT_EQ(value_of(back.reply.object.id), value_of(key));
  }
}

TEST_F(WrapTest, WrapsReadableKeysUnderAnAgreedKey) {
  static constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  wire::GenerateKeyPair ec{.mechanism = 0x1040};
  ec.public_attributes = {{attribute::kEcParams, kP256}, truth(attribute::kWrap, true)};
  ec.private_attributes = {truth(attribute::kUnwrap, true)};
  const auto pair = world.owner->call(ec);
  ASSERT_EQ(pair.code, Code::ok);
  const wire::Parameters parameters{.mechanism = ckm::kEcdhAesKeyWrap, .hash = 3, .output_bytes = 32};
  const auto wrapped = wrap(pair.reply.public_key.id, readable_key(), parameters);
  ASSERT_EQ(wrapped.code, Code::ok);
  EXPECT_EQ(wrapped.reply.wrapped.size(), 65U + 40U);
  EXPECT_EQ(unwrap(pair.reply.private_key.id, parameters, wrapped.reply.wrapped).code, Code::ok);
  Buffer moved = wrapped.reply.wrapped;
  moved[10] ^= 1;  // off the curve
  EXPECT_EQ(unwrap(pair.reply.private_key.id, parameters, moved).code, Code::ciphertext_invalid);
  moved = wrapped.reply.wrapped;
  moved.back() ^= 1;
  EXPECT_EQ(unwrap(pair.reply.private_key.id, parameters, moved).code, Code::ciphertext_invalid);
}

TEST_F(WrapTest, PadsByCbcAndCutsToTheLengthAsked) {
  const auto wrapping = all_purpose_key();
  const auto key = generate_aes({truth(attribute::kExtractable, true), truth(attribute::kSensitive, false)});
  const wire::Parameters cbc{.mechanism = ckm::kAesCbc, .iv = kIv16};
  const auto wrapped = wrap(wrapping, key, cbc);
  ASSERT_EQ(wrapped.code, Code::ok);
  const Buffer half = number(16);
  const auto back = unwrap(wrapping, cbc, wrapped.reply.wrapped,
                           {{attribute::kValueLen, half},
                            truth(attribute::kSensitive, false),
                            truth(attribute::kExtractable, true)});
  ASSERT_EQ(back.code, Code::ok);
  EXPECT_EQ(value_of(back.reply.object.id), to_buffer(Bytes(value_of(key)).first(16)));
}

// ---- the attacks
// ------------------------------------------------------------------------------------------

TEST_F(WrapTest, NeverWrapsWhatIsNotExtractable) {
  const auto key = generate_aes({});
  EXPECT_EQ(wrap(wrapping_key(), key, kKwp).code, Code::attribute_sensitive);
}

// Clulow 2003; Delaune, Kremer and Steel 2008: wrap a key, then decrypt the result with the same key.
TEST_F(WrapTest, NeverWrapsASensitiveKeyUnderAKeyThatDecrypts) {
  const auto wrapping = all_purpose_key();
  EXPECT_EQ(wrap(wrapping, sensitive_key(), kKwp).code, Code::action_prohibited);
  EXPECT_EQ(wrap(wrapping, readable_key(), kKwp).code, Code::ok);
}

// The same with an encryption oracle: GCM is undone with nothing but the cipher's forward direction.
TEST_F(WrapTest, NeverWrapsASensitiveKeyUnderAKeyThatEncrypts) {
  const auto wrapping = generate_aes({truth(attribute::kWrap, true), truth(attribute::kEncrypt, true)});
  EXPECT_EQ(wrap(wrapping, sensitive_key(), {.mechanism = ckm::kAesGcm, .tag_bits = 128}, 12).code,
            Code::action_prohibited);
}

// Delaune, Kremer and Steel: give the key its second use later, or give it to a copy.
TEST_F(WrapTest, NeverGivesAWrappingKeyAnotherUse) {
  const auto wrapping = wrapping_key();
  for (const std::uint32_t use :
       {attribute::kDecrypt, attribute::kEncrypt, attribute::kSign, attribute::kVerify, attribute::kDerive}) {
    EXPECT_EQ(set(wrapping, {truth(use, true)}), Code::attribute_read_only);
    EXPECT_EQ(set(wrapping, {truth(use, true), truth(attribute::kWrap, false)}), Code::attribute_read_only);
    EXPECT_EQ(copy(wrapping, {truth(use, true)}), Code::action_prohibited);
  }
}

TEST_F(WrapTest, NeverTakesAFormerDecryptionKeyForAWrappingKey) {
  const auto wrapping = all_purpose_key();
  ASSERT_EQ(set(wrapping, {truth(attribute::kEncrypt, false), truth(attribute::kDecrypt, false)}), Code::ok);
  EXPECT_EQ(wrap(wrapping, sensitive_key(), kKwp).code, Code::action_prohibited);
}

TEST_F(WrapTest, NeverTakesAWrappingKeyThatMayLeave) {
  const auto wrapping = generate_aes({truth(attribute::kWrap, true), truth(attribute::kExtractable, true)});
  EXPECT_EQ(wrap(wrapping, sensitive_key(), kKwp).code, Code::action_prohibited);
}

// Wrap with a key whose value the attacker knows.
TEST_F(WrapTest, NeverWrapsASensitiveKeyUnderAnImportedKey) {
  const auto known =
      import_aes(Buffer(32, 5), {truth(attribute::kWrap, true), truth(attribute::kUnwrap, true)});
  EXPECT_EQ(wrap(known, sensitive_key(), kKwp).code, Code::action_prohibited);
  // Nor when it came in wrapped.
  const auto gate = all_purpose_key();
  const auto blob = wrap(gate, readable_key(), kKwp);
  const auto back = unwrap(gate, kKwp, blob.reply.wrapped, {truth(attribute::kWrap, true)});
  ASSERT_EQ(back.code, Code::ok);
  EXPECT_EQ(wrap(back.reply.object.id, sensitive_key(), kKwp).code, Code::action_prohibited);
}

TEST_F(WrapTest, NeverWrapsASensitiveKeyUnderAPublicKeyThatNobodyTrusts) {
  wire::GenerateKeyPair rsa{.mechanism = 0};
  const Buffer bits = number(2048);
  rsa.public_attributes = {{attribute::kModulusBits, bits}, truth(attribute::kWrap, true)};
  const auto pair = world.owner->call(rsa);
  ASSERT_EQ(pair.code, Code::ok);
  EXPECT_EQ(
      wrap(pair.reply.public_key.id, sensitive_key(), {.mechanism = ckm::kRsaOaep, .hash = 3, .mask_hash = 3})
          .code,
      Code::action_prohibited);
}

TEST_F(WrapTest, WrapsUnderTrustedKeysOnlyWhenTheKeySaysSo) {
  const auto key = generate_aes({truth(attribute::kExtractable, true), truth(attribute::kSensitive, false),
                                 truth(attribute::kWrapWithTrusted, true)});
  EXPECT_EQ(wrap(wrapping_key(), key, kKwp).code, Code::action_prohibited);
  EXPECT_EQ(set(key, {truth(attribute::kWrapWithTrusted, false)}), Code::attribute_read_only);
}

// Clulow 2003: let a sensitive key come back with weaker attributes.
TEST_F(WrapTest, NeverUnwrapsASensitiveKeyAsAReadableOne) {
  const auto wrapping = wrapping_key();
  const auto wrapped = wrap(wrapping, sensitive_key(), kKwp);
  ASSERT_EQ(wrapped.code, Code::ok);
  EXPECT_EQ(unwrap(wrapping, kKwp, wrapped.reply.wrapped,
                   {truth(attribute::kSensitive, false), truth(attribute::kExtractable, true)})
                .code,
            Code::template_inconsistent);
  const auto back = unwrap(wrapping, kKwp, wrapped.reply.wrapped, {truth(attribute::kExtractable, true)});
  ASSERT_EQ(back.code, Code::ok);
  EXPECT_EQ(set(back.reply.object.id, {truth(attribute::kSensitive, false)}), Code::attribute_read_only);
  EXPECT_TRUE(value_of(back.reply.object.id).empty());
}

// Bortolozzo et al. 2010 ("Tookan"): a key that was unwrapped or made outside counts as always known.
TEST_F(WrapTest, NeverCallsAnUnwrappedKeyOneOfItsOwn) {
  const auto wrapping = wrapping_key();
  const auto wrapped = wrap(wrapping, sensitive_key(), kKwp);
  const auto back = unwrap(wrapping, kKwp, wrapped.reply.wrapped, {truth(attribute::kWrap, true)});
  ASSERT_EQ(back.code, Code::ok);
  EXPECT_FALSE(says(back.reply.object.id, attribute::kWrapsOnly));
  EXPECT_EQ(wrap(back.reply.object.id, sensitive_key(), kKwp).code, Code::action_prohibited);
  for (const std::uint32_t claim : {attribute::kLocal, attribute::kAlwaysSensitive,
                                    attribute::kNeverExtractable, attribute::kWrapsOnly}) {
    EXPECT_EQ(unwrap(wrapping, kKwp, wrapped.reply.wrapped, {truth(claim, true)}).code,
              Code::attribute_read_only);
  }
}

// Bleichenbacher, Vaudenay; Bardou et al. 2012: unwrapping as an oracle that decrypts.
TEST_F(WrapTest, NeverUnwrapsWithoutAuthenticationByAKeyThatMustNotDecrypt) {
  const auto wrapping = wrapping_key();
  const Buffer blob(48, 3);
  EXPECT_EQ(unwrap(wrapping, {.mechanism = ckm::kAesCbcPad, .iv = kIv16}, blob).code, Code::key_use);
  EXPECT_EQ(unwrap(wrapping, {.mechanism = ckm::kAesCbc, .iv = kIv16}, blob).code, Code::key_use);
  EXPECT_EQ(wrap(wrapping, readable_key(), {.mechanism = ckm::kAesCbcPad, .iv = kIv16}).code,
            Code::action_prohibited);
}

TEST_F(WrapTest, FailsAlikeWhateverIsWrongInside) {
  const auto wrapping = all_purpose_key();
  const wire::Parameters pad{.mechanism = ckm::kAesCbcPad, .iv = kIv16};
  const auto good = wrap(wrapping, readable_key(), pad);
  ASSERT_EQ(good.code, Code::ok);
  Buffer wrong_padding = good.reply.wrapped;
  wrong_padding.back() ^= 1;
  const Bytes no_aes_key = Bytes(good.reply.wrapped).first(16);  // 32 octets become none or rubbish
  const auto padding = unwrap(wrapping, pad, wrong_padding);
  const auto length = unwrap(wrapping, pad, no_aes_key);
  EXPECT_EQ(padding.code, Code::ciphertext_invalid);
  EXPECT_EQ(length.code, Code::ciphertext_invalid);
  EXPECT_EQ(padding.octets, length.octets);
  wire::UnwrapKey as_private{
      .unwrapping_key = wrapping,
      .parameters = pad,
      .wrapped = good.reply.wrapped,
      .attributes = {{attribute::kClass, kPrivateClass}, {attribute::kKeyType, kRsaType}}};
  const auto parsing = world.owner->call(as_private);
  EXPECT_EQ(parsing.code, Code::ciphertext_invalid);
  EXPECT_EQ(parsing.octets, padding.octets);
}

// One nonce for a known key and a secret one: their difference would be the secret one.
TEST_F(WrapTest, NeverWrapsByGcmUnderANonceOfTheCallers) {
  const auto wrapping = wrapping_key();
  const wire::Parameters gcm{.mechanism = ckm::kAesGcm, .iv = kNonce12, .tag_bits = 128};
  EXPECT_EQ(wrap(wrapping, sensitive_key(), gcm).code, Code::mechanism_parameter);
  EXPECT_EQ(wrap(wrapping, readable_key(), gcm).code, Code::mechanism_parameter);
}

TEST_F(WrapTest, NeverReadsAStoredKeyThroughACopy) {
  const auto key = generate_aes({truth(attribute::kToken, true), truth(attribute::kExtractable, true),
                                 truth(attribute::kSensitive, false)});
  EXPECT_TRUE(value_of(key).empty());
  const auto copy_of =
      world.owner->call(wire::CopyObject{.id = key, .attributes = {truth(attribute::kToken, false)}});
  ASSERT_EQ(copy_of.code, Code::ok);
  EXPECT_TRUE(value_of(copy_of.reply.object.id).empty());
}

TEST_F(WrapTest, NeverImportsSmallOrWeakRsaKeys) {
  const Buffer modulus(64, 0xC1);
  const Buffer exponent{3};
  wire::CreateObject request{.attributes = {{attribute::kClass, kPublicClass},
                                            {attribute::kKeyType, kRsaType},
                                            {attribute::kModulus, modulus},
                                            {attribute::kPublicExponent, exponent}}};
  EXPECT_EQ(world.owner->call(request).code, Code::attribute_value);
  const Buffer one{1};
  const Buffer long_modulus(256, 0xC1);
  request.attributes[2].value = long_modulus;
  request.attributes[3].value = one;
  EXPECT_NE(world.owner->call(request).code, Code::ok);
}

}  // namespace
}  // namespace coffer::vault
