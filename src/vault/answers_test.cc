// One refusal has one code, whatever the mechanism: what does not leave, how much a derivation gives; and the
// initial values that AES key wrap takes.
#include "vault/key_rules_test.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kAesCbc = 0x1082;
constexpr std::uint32_t kAesCbcPad = 0x1085;
constexpr std::uint32_t kRsaPkcs = 0x1;
constexpr std::uint32_t kTlsKdf = 0x3D9;
constexpr std::uint32_t kPbkdf2 = 0x3B0;
constexpr std::uint8_t kSha512 = 5;

const Buffer kNonce(12, 9);

std::vector<wire::Parameters> secret_wrapping_mechanisms() {
  return {{.mechanism = kKeyWrap},
          {.mechanism = kKeyWrapKwp},
          {.mechanism = kKeyWrapPkcs7},
          {.mechanism = kAesCbc, .iv = kIv},
          {.mechanism = kAesCbcPad, .iv = kIv},
          {.mechanism = kAesGcm, .iv = kNonce, .tag_bits = 128},
          {.mechanism = kAesCcm, .iv = kNonce, .tag_bits = 128}};
}

TEST_F(KeyRulesTest, WhatDoesNotLeaveHasOneCode) {
  const wire::ObjectId opens = aes({truth(attribute::kWrap, true), truth(attribute::kDecrypt, true)});
  const wire::ObjectId key = leaving_key();
  for (const wire::Parameters& each : secret_wrapping_mechanisms()) {
    EXPECT_EQ(wrap(opens, key, each).code, Code::action_prohibited) << std::hex << each.mechanism;
  }
  const auto pair = unwrapping_rsa_pair();
  const wire::Parameters rsa_aes{
      .mechanism = kRsaAesWrap, .hash = kSha256, .mask_hash = kSha256, .output_bytes = 32};
  for (const wire::Parameters& each : {kOaep, wire::Parameters{.mechanism = kRsaPkcs}, rsa_aes}) {
    EXPECT_EQ(wrap(pair.reply.public_key.id, key, each).code, Code::action_prohibited)
        << std::hex << each.mechanism;
  }
}

// Also where the mechanism is the reason: the key does not leave so.
TEST_F(KeyRulesTest, WhatLeavesByOtherMechanismsOnlyHasTheSameCode) {
  const wire::ObjectId wrapping = wrapping_key();
  const wire::ObjectId key = leaving_key();
  for (const std::uint32_t mechanism : {kAesCbc, kAesCbcPad, kKeyWrapPkcs7, kAesCcm}) {
    for (const wire::Parameters& each : secret_wrapping_mechanisms()) {
      if (each.mechanism != mechanism) continue;
      EXPECT_EQ(wrap(wrapping, key, each).code, Code::action_prohibited) << std::hex << mechanism;
    }
  }
}

// "An optional mechanism parameter as the Initialization vector" (PKCS#11 3.2, AES Key Wrap): the default and
// others, and what was wrapped with one is unwrapped with that one.
TEST_F(KeyRulesTest, KeyWrapTakesInitialValues) {
  const wire::ObjectId wrapping = wrapping_key();
  const wire::ObjectId key = leaving_key();
  const Buffer plain(8, 0xA6);
  const Buffer padded = {0xA6, 0x59, 0x59, 0xA6};
  const Buffer other = {0, 1, 2, 3, 4, 5, 6, 7};
  const Buffer zeros(8, 0);
  const Buffer short_other = {1, 2, 3, 4};
  struct Case {
    std::uint32_t mechanism;
    Bytes with;
    Bytes opens_with;
    bool opens;
  };
  for (const Case& each : {Case{kKeyWrap, {}, plain, true},
                           {kKeyWrap, plain, {}, true},
                           {kKeyWrap, other, other, true},
                           {kKeyWrap, zeros, zeros, true},
                           {kKeyWrap, other, {}, false},
                           {kKeyWrap, {}, other, false},
                           {kKeyWrapKwp, {}, padded, true},
                           {kKeyWrapKwp, padded, {}, true},
                           {kKeyWrapKwp, short_other, short_other, true},
                           {kKeyWrapKwp, short_other, {}, false},
                           {kKeyWrapKwp, {}, short_other, false}}) {
    const auto wrapped = wrap(wrapping, key, {.mechanism = each.mechanism, .iv = each.with});
    ASSERT_EQ(wrapped.code, Code::ok);
    const auto back = unwrap(wrapping, wrapped.reply.wrapped, kAesType, {},
                             {.mechanism = each.mechanism, .iv = each.opens_with});
    EXPECT_EQ(back.code, each.opens ? Code::ok : Code::ciphertext_invalid);
  }
  for (const std::size_t bytes : {1U, 4U, 7U, 9U, 16U}) {
    EXPECT_EQ(wrap(wrapping, key, {.mechanism = kKeyWrap, .iv = Bytes(kIv).first(bytes)}).code,
              Code::mechanism_parameter);
  }
  for (const std::size_t bytes : {1U, 3U, 5U, 8U}) {
    EXPECT_EQ(wrap(wrapping, key, {.mechanism = kKeyWrapKwp, .iv = Bytes(kIv).first(bytes)}).code,
              Code::mechanism_parameter);
  }
}

// RFC 5649 puts the length of the key behind its four octets: whatever these are, RFC 3394 does not open it,
// and wraps nothing that would be opened so.
TEST_F(KeyRulesTest, NoInitialValueIsOneOfTheOtherKeyWrap) {
  const wire::ObjectId wrapping = wrapping_key();
  const wire::ObjectId key = leaving_key();
  for (const Buffer& first : {Buffer{0xA6, 0x59, 0x59, 0xA6}, {0, 0, 0, 0}, {1, 2, 3, 4}}) {
    const auto wrapped = wrap(wrapping, key, {.mechanism = kKeyWrapKwp, .iv = first});
    ASSERT_EQ(wrapped.code, Code::ok);
    for (const std::uint32_t length : {1U, 25U, 31U, 32U, 255U, 256U, 16320U, 65535U}) {
      Buffer whole = first;
      for (int shift = 24; shift >= 0; shift -= 8)
        whole.push_back(static_cast<std::uint8_t>(length >> static_cast<unsigned>(shift)));
      const wire::Parameters plain{.mechanism = kKeyWrap, .iv = whole};
      EXPECT_EQ(unwrap(wrapping, wrapped.reply.wrapped, kAesType, {}, plain).code, Code::mechanism_parameter);
      EXPECT_EQ(wrap(wrapping, key, plain).code, Code::mechanism_parameter);
    }
  }
}

// Derivation is a mechanism whose template says how long the key is, and the most that it gives.
struct Derivation {
  std::string name;
  wire::ObjectId base;
  wire::Parameters parameters;
  std::uint64_t bytes_max;
  bool has_length;  // without CKA_VALUE_LEN it has one of its own
};

TEST_F(KeyRulesTest, DerivationsGiveAsMuchAsTheyDefine) {
  constexpr std::uint64_t kMost = crypto::kSecretBytesMax;
  static_assert(kMost == 255UL * 64, "RFC 5869, 2.3, with SHA-512");
  const wire::ObjectId secret = generic({truth(attribute::kDerive, true)});
  const auto pair = ec_pair();
  const Buffer point = read(pair.reply.public_key.id, attribute::kEcPoint);
  const Bytes peer = Bytes(point).subspan(2);
  std::vector<Derivation> all;
  for (const auto& [hash, bytes] :
       std::initializer_list<std::pair<std::uint8_t, std::uint64_t>>{{kSha256, 32}, {kSha512, 64}}) {
    wire::Parameters hkdf = kHkdfOfContext;
    hkdf.hash = hash;
    all.push_back({"HKDF " + std::to_string(bytes), secret, hkdf, 255 * bytes, false});
  }
  wire::Parameters extract = kHkdfOfContext;
  extract.expand = false;
  extract.info = {};
  all.push_back({"HKDF extract", secret, extract, 32, true});
  all.push_back({"digest", secret, {.mechanism = kSha256Derive}, 32, true});
  all.push_back({"ECDH with a KDF",
                 pair.reply.private_key.id,
                 {.mechanism = kEcdh, .hash = kSha256, .peer = peer},
                 kMost,
                 false});
  all.push_back({"ECDH", pair.reply.private_key.id, {.mechanism = kEcdh, .peer = peer}, 32, true});
  all.push_back({"TLS",
                 secret,
                 {.mechanism = kTlsKdf, .hash = kSha256, .salt = kData, .info = as_bytes("label")},
                 kMost,
                 false});
  for (const Derivation& each : all) {
    SCOPED_TRACE(each.name);
    const bool is_extract = each.name == "HKDF extract";
    EXPECT_EQ(derive(each.base, each.parameters, each.bytes_max).code, Code::ok);
    EXPECT_EQ(derive(each.base, each.parameters, each.bytes_max + 1).code, Code::key_size);
    EXPECT_EQ(derive(each.base, each.parameters, 1U << 20U).code, Code::key_size);
    EXPECT_EQ(derive(each.base, each.parameters, 16).code, is_extract ? Code::key_size : Code::ok);
    EXPECT_EQ(derive(each.base, each.parameters, 0).code,
              each.has_length ? Code::ok : Code::template_incomplete);
  }
}

TEST_F(KeyRulesTest, PasswordsGiveAsMuch) {
  const auto stretch = [&](std::uint64_t bytes) {
    const Buffer length = number(bytes);
    wire::GenerateKey request{
        .mechanism = kPbkdf2,
        .attributes = {{attribute::kValueLen, length}},
        .parameters = {.mechanism = kPbkdf2, .hash = kSha256, .salt = kData, .number = 1},
        .password = secret("password")};
    return world.owner->call(request).code;
  };
  EXPECT_EQ(stretch(crypto::kSecretBytesMax), Code::ok);
  EXPECT_EQ(stretch(crypto::kSecretBytesMax + 1), Code::key_size);
}

// The longest secret leaves and comes back by whatever wraps it.
TEST_F(KeyRulesTest, TheLongestSecretTravels) {
  const wire::ObjectId longest =
      generate(kGenericGenerate, crypto::kSecretBytesMax,
               {truth(attribute::kSensitive, false), truth(attribute::kExtractable, true)});
  const wire::ObjectId key =
      aes({truth(attribute::kWrap, true), truth(attribute::kUnwrap, true), truth(attribute::kDecrypt, true)});
  const auto travels = [&](const wire::ObjectId& out, const wire::ObjectId& in, const wire::Parameters& by) {
    const auto wrapped = world.owner->call(wire::WrapKey{
        .wrapping_key = out, .key = longest, .parameters = by, .room_bytes = wire::kWrappedBytesMax});
    EXPECT_EQ(wrapped.code, Code::ok);
    ASSERT_FALSE(wrapped.reply.wrapped.empty()) << std::hex << by.mechanism;
    const auto back = unwrap(in, wrapped.reply.wrapped, kGenericType, {}, by);
    ASSERT_EQ(back.code, Code::ok) << std::hex << by.mechanism;
    EXPECT_EQ(read(back.reply.object.id, attribute::kValueLen), number(crypto::kSecretBytesMax));
  };
  for (const wire::Parameters& each : secret_wrapping_mechanisms()) travels(key, key, each);
  const auto rsa = world.owner->call(wire::GenerateKeyPair{
      .mechanism = 0,
      .public_attributes = {{attribute::kModulusBits, kRsaBits}, truth(attribute::kWrap, true)},
      .private_attributes = {truth(attribute::kUnwrap, true)}});
  travels(rsa.reply.public_key.id, rsa.reply.private_key.id,
          {.mechanism = kRsaAesWrap, .hash = kSha256, .mask_hash = kSha256, .output_bytes = 32});
}

}  // namespace
}  // namespace coffer::vault
