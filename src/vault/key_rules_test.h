// The fixture of the tests of docs/key-protection.md: each is the attack that a rule refuses.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "vault/vault_fixture.h"

namespace coffer::vault {

inline constexpr std::uint32_t kRsaOaep = 0x9;
inline constexpr std::uint32_t kHmacSha1 = 0x221;
inline constexpr std::uint32_t kHmacSha256 = 0x251;
inline constexpr std::uint32_t kGenericGenerate = 0x350;
inline constexpr std::uint32_t kConcatenateKey = 0x360;
inline constexpr std::uint32_t kConcatenateData = 0x362;
inline constexpr std::uint32_t kConcatenateBefore = 0x363;
inline constexpr std::uint32_t kXor = 0x364;
inline constexpr std::uint32_t kExtract = 0x365;
inline constexpr std::uint32_t kSha256Derive = 0x393;
inline constexpr std::uint32_t kSha512Derive = 0x395;
inline constexpr std::uint32_t kCounterKdf = 0x3AC;
inline constexpr std::uint32_t kTlsKeys = 0x3E1;
inline constexpr std::uint32_t kTlsKeysSafe = 0x3E3;
inline constexpr std::uint32_t kEcdh = 0x1050;
inline constexpr std::uint32_t kRsaAesWrap = 0x1054;
inline constexpr std::uint32_t kXtsGenerate = 0x1072;
inline constexpr std::uint32_t kAesGenerate = 0x1080;
inline constexpr std::uint32_t kAesEcb = 0x1081;
inline constexpr std::uint32_t kAesGcm = 0x1087;
inline constexpr std::uint32_t kAesCcm = 0x1088;
inline constexpr std::uint32_t kEcbEncryptData = 0x1104;
inline constexpr std::uint32_t kCbcEncryptData = 0x1105;
inline constexpr std::uint32_t kKeyWrap = 0x2109;
inline constexpr std::uint32_t kKeyWrapKwp = 0x210B;
inline constexpr std::uint32_t kKeyWrapPkcs7 = 0x210C;
inline constexpr std::uint32_t kHkdf = 0x402A;
inline constexpr std::uint32_t kHkdfData = 0x402B;
inline constexpr std::uint8_t kSha256 = 3;
inline constexpr std::uint32_t kCuttableAttribute = 0x80434F03;  // CKA_COFFER_CUTTABLE

inline const Buffer kSecretClass = number(object_class::kSecretKey);
inline const Buffer kPrivateClass = number(object_class::kPrivateKey);
inline const Buffer kAesType = number(key_type::kAes);
inline const Buffer kXtsType = number(key_type::kAesXts);
inline const Buffer kGenericType = number(key_type::kGenericSecret);
inline const Buffer kEcType = number(key_type::kEc);
inline const Buffer kRsaBits = number(2048);
inline const Buffer kData(16, 0x5A);
inline const Buffer kIv(16, 7);
inline constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

inline const wire::Parameters kKwp{.mechanism = kKeyWrapKwp};
inline const wire::Parameters kOaep{.mechanism = kRsaOaep, .hash = kSha256, .mask_hash = kSha256};
inline const wire::Parameters kHkdfOfContext{
    .mechanism = kHkdf, .hash = kSha256, .info = as_bytes("context"), .extract = true, .expand = true};

// KeyRulesTest is a vault with a token whose user is logged in, and short ways to ask it.
class KeyRulesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }

  Answer<wire::GenerateKey> try_generate(std::uint32_t mechanism, std::uint64_t bytes,
                                         const wire::Template& more = {}) {
    const Buffer length = number(bytes);
    wire::GenerateKey request{.mechanism = mechanism, .attributes = {{attribute::kValueLen, length}}};
    request.attributes.insert(request.attributes.end(), more.begin(), more.end());
    return world.owner->call(request);
  }
  wire::ObjectId generate(std::uint32_t mechanism, std::uint64_t bytes, const wire::Template& more = {}) {
    const auto made = try_generate(mechanism, bytes, more);
    EXPECT_EQ(made.code, Code::ok);
    return made.reply.object.id;
  }
  wire::ObjectId aes(const wire::Template& more = {}) { return generate(kAesGenerate, 32, more); }
  wire::ObjectId generic(const wire::Template& more = {}) { return generate(kGenericGenerate, 32, more); }
  wire::ObjectId wrapping_key(const wire::Template& more = {}) {
    wire::Template whole = {truth(attribute::kWrap, true), truth(attribute::kUnwrap, true)};
    whole.insert(whole.end(), more.begin(), more.end());
    return aes(whole);
  }
  wire::ObjectId leaving_key() { return aes({truth(attribute::kExtractable, true)}); }
  Answer<wire::GenerateKeyPair> ec_pair(const wire::Template& more = {}) {
    return world.owner->call(wire::GenerateKeyPair{.mechanism = 0x1040,
                                                   .public_attributes = {{attribute::kEcParams, kP256}},
                                                   .private_attributes = more});
  }
  // The private key may unwrap and must not decrypt.
  Answer<wire::GenerateKeyPair> unwrapping_rsa_pair(const wire::Template& more = {}) {
    wire::Template whole = {truth(attribute::kUnwrap, true), truth(attribute::kDecrypt, false)};
    whole.insert(whole.end(), more.begin(), more.end());
    return world.owner->call(wire::GenerateKeyPair{
        .mechanism = 0,
        .public_attributes = {{attribute::kModulusBits, kRsaBits}, truth(attribute::kWrap, true)},
        .private_attributes = whole});
  }

  // A ciphertext for an ML-KEM key whose CKA_DECAPSULATE_TEMPLATE demands protection.
  struct Demanded {
    wire::ObjectId key{};
    Buffer ciphertext;
  };
  Demanded encapsulate_to_demanding() {
    const Buffer parameter_set = number(2);
    const auto pair = world.owner->call(
        wire::GenerateKeyPair{.mechanism = 0xF,
                              .public_attributes = {{attribute::kParameterSet, parameter_set}},
                              .private_attributes = {{attribute::kDecapsulateTemplate, demanded}}});
    const auto sent =
        world.owner->call(wire::Encapsulate{.key = pair.reply.public_key.id,
                                            .mechanism = 0x17,
                                            .attributes = {{attribute::kKeyType, kGenericType}}});
    EXPECT_EQ(sent.code, Code::ok);
    return {pair.reply.private_key.id, to_buffer(sent.reply.ciphertext)};
  }

  Code set(const wire::ObjectId& key, const wire::Template& attributes) {
    return world.owner->call(wire::SetAttributes{.id = key, .attributes = attributes}).code;
  }
  Code copy(const wire::ObjectId& key, const wire::Template& attributes) {
    return world.owner->call(wire::CopyObject{.id = key, .attributes = attributes}).code;
  }
  Buffer read(const wire::ObjectId& id, std::uint32_t type) {
    const auto answer = world.owner->call(wire::GetAttributes{.id = id, .types = {type}});
    return answer.ok() ? answer.reply.attributes[0].value : Buffer{};
  }
  bool says(const wire::ObjectId& id, std::uint32_t type) { return read(id, type) == Buffer{1}; }

  Answer<wire::WrapKey> wrap(const wire::ObjectId& wrapping, const wire::ObjectId& key,
                             const wire::Parameters& parameters = kKwp, std::uint32_t nonce_bytes = 0) {
    return world.owner->call(wire::WrapKey{.wrapping_key = wrapping,
                                           .key = key,
                                           .parameters = parameters,
                                           .nonce_bytes = nonce_bytes,
                                           .room_bytes = 4096});
  }
  Answer<wire::UnwrapKey> unwrap(const wire::ObjectId& unwrapping, Bytes wrapped, const Buffer& type,
                                 const wire::Template& more = {}, const wire::Parameters& parameters = kKwp) {
    wire::UnwrapKey request{.unwrapping_key = unwrapping,
                            .parameters = parameters,
                            .wrapped = wrapped,
                            .attributes = {{attribute::kClass, kSecretClass}, {attribute::kKeyType, type}}};
    request.attributes.insert(request.attributes.end(), more.begin(), more.end());
    return world.owner->call(request);
  }
  Answer<wire::DeriveKey> derive(const wire::ObjectId& base, const wire::Parameters& parameters,
                                 std::uint64_t bytes, const wire::Template& more = {}) {
    const Buffer length = number(bytes);
    wire::DeriveKey request{.base = base, .parameters = parameters, .attributes = more};
    if (bytes != 0) request.attributes.push_back({attribute::kValueLen, length});
    return world.owner->call(request);
  }
  Code mac(const wire::ObjectId& key, std::uint32_t mechanism = kHmacSha256) {
    return world.owner->call(wire::Sign{.key = key, .parameters = {.mechanism = mechanism}, .data = kData})
        .code;
  }
  Code encrypt(Client& client, const wire::ObjectId& key) {
    return client.call(wire::Encrypt{.key = key, .parameters = {.mechanism = kAesEcb}, .data = kData}).code;
  }

  void become_officer() {
    ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
    const wire::Login login{.user = wire::UserType::security_officer, .pin = secret("12345678")};
    ASSERT_EQ(world.owner->call(login).code, Code::ok);
  }
  void become_user() {
    ASSERT_EQ(world.owner->call(wire::Logout{0}).code, Code::ok);
    ASSERT_EQ(world.login(), Code::ok);
  }
  // Another user of the vault, who knows no PIN.
  std::unique_ptr<Client> stranger() {
    EXPECT_EQ(world.owner->call(wire::Grant{.uid = kStranger, .admit = true, .slots = {0}}).code, Code::ok);
    auto client = std::make_unique<Client>(*world.vault, kStranger);
    EXPECT_EQ(client->call(wire::Hello{}).code, Code::ok);
    return client;
  }

  World world;
  const Buffer demanded = codec::encode(
      wire::NestedTemplate{{truth(attribute::kSensitive, true), truth(attribute::kExtractable, false)}});
};

}  // namespace coffer::vault
