// Derivations that would give a protected key away, and lengths that would.
#include "vault/key_rules_test.h"

namespace coffer::vault {
namespace {

TEST_F(KeyRulesTest, LinearDerivationsNeedAKeyThatWasBornForThem) {
  const wire::ObjectId other = generic({truth(attribute::kDerive, true)});
  const auto ways = std::to_array<wire::Parameters>({{.mechanism = kConcatenateData, .info = kData},
                                                     {.mechanism = kConcatenateBefore, .info = kData},
                                                     {.mechanism = kConcatenateKey, .other_key = other},
                                                     {.mechanism = kXor, .info = kData},
                                                     {.mechanism = kExtract}});
  for (const std::uint64_t bytes : {16U, 24U, 32U}) {
    for (const std::uint32_t mechanism : {kAesGenerate, kGenericGenerate}) {
      const wire::ObjectId base = generate(mechanism, bytes, {truth(attribute::kDerive, true)});
      for (const wire::Parameters& way : ways) {
        EXPECT_EQ(derive(base, way, way.mechanism == kExtract ? bytes : 0).code, Code::key_use)
            << way.mechanism << " of " << bytes;
      }
    }
  }
}

TEST_F(KeyRulesTest, EncryptionOfDataNeedsAKeyThatWasBornForIt) {
  const wire::ObjectId base = aes({truth(attribute::kDerive, true)});
  EXPECT_EQ(derive(base, {.mechanism = kEcbEncryptData, .info = kData}, 0).code, Code::key_use);
  EXPECT_EQ(derive(base, {.mechanism = kCbcEncryptData, .iv = kIv, .info = kData}, 0).code, Code::key_use);
  const Buffer named = numbers({kEcbEncryptData});
  const wire::ObjectId born = aes({truth(attribute::kDerive, true), {attribute::kAllowedMechanisms, named}});
  EXPECT_TRUE(says(born, attribute::kNeverExtractable));
  const Buffer blocks(64, 0x5A);
  const wire::Parameters way{.mechanism = kEcbEncryptData, .info = blocks};
  for (const std::uint64_t bytes : {1U, 15U, 17U, 24U, 33U})
    EXPECT_EQ(derive(born, way, bytes).code, Code::key_size) << bytes;
  EXPECT_EQ(derive(born, way, 32).code, Code::ok);
  const Buffer cutting = numbers({kExtract});
  EXPECT_EQ(derive(born, way, 32, {{attribute::kAllowedMechanisms, cutting}}).code,
            Code::template_inconsistent);
}

TEST_F(KeyRulesTest, NobodyNamesADerivationAfterTheBirth) {
  const wire::ObjectId base = generic({truth(attribute::kDerive, true)});
  const Buffer named = numbers({kExtract});
  EXPECT_EQ(set(base, {{attribute::kAllowedMechanisms, named}}), Code::attribute_read_only);
  EXPECT_EQ(copy(base, {{attribute::kAllowedMechanisms, named}}), Code::attribute_read_only);
}

TEST_F(KeyRulesTest, AKeyThatCanBeCutNeverCountsAsProtected) {
  const Buffer named = numbers({kHkdf, kConcatenateKey});
  const wire::ObjectId base = generic({{attribute::kAllowedMechanisms, named}});
  EXPECT_TRUE(says(base, kCuttableAttribute));
  EXPECT_TRUE(says(base, attribute::kSensitive));
  EXPECT_FALSE(says(base, attribute::kAlwaysSensitive));
  EXPECT_FALSE(says(base, attribute::kNeverExtractable));
  EXPECT_EQ(read(generic(), kCuttableAttribute), Buffer{0});
  // One that was not born for it joins in with nothing.
  const wire::ObjectId other = generic({truth(attribute::kDerive, true)});
  EXPECT_EQ(derive(base, {.mechanism = kConcatenateKey, .other_key = other}, 0).code, Code::key_use);
}

TEST_F(KeyRulesTest, UsesGoOffAndOnBelowTheCeilingOfTheBirth) {
  const wire::ObjectId key = aes();
  ASSERT_EQ(set(key, {truth(attribute::kDecrypt, false)}), Code::ok);
  EXPECT_EQ(set(key, {truth(attribute::kDecrypt, true)}), Code::ok);
  for (const std::uint32_t use :
       {attribute::kDerive, attribute::kSign, attribute::kVerify, attribute::kWrap, attribute::kUnwrap}) {
    EXPECT_EQ(set(key, {truth(use, true)}), Code::attribute_read_only) << use;
    EXPECT_EQ(copy(key, {truth(use, true)}), Code::attribute_read_only) << use;
  }
  const auto less =
      world.owner->call(wire::CopyObject{.id = key, .attributes = {truth(attribute::kDecrypt, false)}});
  ASSERT_EQ(less.code, Code::ok);
  EXPECT_EQ(set(less.reply.object.id, {truth(attribute::kDecrypt, true)}), Code::ok);
}

TEST_F(KeyRulesTest, TheCeilingIsStored) {
  const wire::ObjectId key = aes({truth(attribute::kToken, true)});
  ASSERT_EQ(set(key, {truth(attribute::kDecrypt, false)}), Code::ok);
  ASSERT_TRUE(world.start().ok());
  ASSERT_EQ(world.login(), Code::ok);
  EXPECT_EQ(set(key, {truth(attribute::kSign, true)}), Code::attribute_read_only);
  EXPECT_EQ(set(key, {truth(attribute::kDecrypt, true)}), Code::ok);
}

TEST_F(KeyRulesTest, NoProtectedKeyIsShorterThanSixteenOctets) {
  EXPECT_EQ(try_generate(kGenericGenerate, 15).code, Code::key_size);
  const wire::Template readable = {truth(attribute::kSensitive, false), truth(attribute::kExtractable, true)};
  EXPECT_EQ(try_generate(kGenericGenerate, 15, readable).code, Code::ok);
  const wire::ObjectId base = generic({truth(attribute::kDerive, true)});
  EXPECT_EQ(derive(base, kHkdfOfContext, 12).code, Code::key_size);
  EXPECT_EQ(derive(base, kHkdfOfContext, 12, {truth(attribute::kSensitive, false)}).code, Code::ok);
  EXPECT_EQ(derive(base, kHkdfOfContext, 12,
                   {truth(attribute::kSensitive, false), truth(attribute::kExtractable, false)})
                .code,
            Code::key_size);
  EXPECT_EQ(derive(base, kHkdfOfContext, 17).code, Code::ok);
}

TEST_F(KeyRulesTest, ATemplateThatDemandsProtectionDemandsALengthToo) {
  const wire::ObjectId base =
      generic({truth(attribute::kDerive, true), {attribute::kDeriveTemplate, demanded}});
  for (const std::uint64_t bytes : {1U, 2U, 15U, 17U, 20U, 24U, 31U, 33U})
    EXPECT_EQ(derive(base, kHkdfOfContext, bytes).code, Code::key_size) << bytes;
  EXPECT_EQ(derive(base, kHkdfOfContext, 16).code, Code::ok);
  EXPECT_EQ(derive(base, kHkdfOfContext, 32).code, Code::ok);
  const Buffer length = number(24);
  const Buffer with_length = codec::encode(
      wire::NestedTemplate{{truth(attribute::kSensitive, true), {attribute::kValueLen, length}}});
  const wire::ObjectId fixed =
      generic({truth(attribute::kDerive, true), {attribute::kDeriveTemplate, with_length}});
  EXPECT_EQ(derive(fixed, kHkdfOfContext, 16).code, Code::template_inconsistent);
  EXPECT_EQ(derive(fixed, kHkdfOfContext, 24).code, Code::ok);
  EXPECT_EQ(derive(fixed, kHkdfOfContext, 0).code, Code::ok);
}

TEST_F(KeyRulesTest, EveryDerivationKeepsTheDemandedLength) {
  const wire::ObjectId base = generate(kGenericGenerate, 48, {{attribute::kDeriveTemplate, demanded}});
  const wire::Parameters counter{
      .mechanism = kCounterKdf,
      .hash = kSha256,
      .parts = {{.kind = 1, .bits = 32}, {.kind = 4, .octets = as_bytes("label")}}};
  EXPECT_EQ(derive(base, counter, 3).code, Code::key_size);
  EXPECT_EQ(derive(base, {.mechanism = kSha256Derive}, 3).code, Code::key_size);
  const Buffer whole = number(16);
  const Buffer three = number(3);
  wire::DeriveKey several{.base = base,
                          .parameters = counter,
                          .attributes = {{attribute::kValueLen, whole}},
                          .additional = {{.attributes = {{attribute::kValueLen, three}}}}};
  EXPECT_EQ(world.owner->call(several).code, Code::key_size);
  const Buffer randoms(64, 1);
  wire::DeriveKey tls{
      .base = base,
      .parameters = {.mechanism = kTlsKeysSafe, .hash = kSha256, .salt = randoms, .sizes = {3, 16, 4}},
      .attributes = {{attribute::kKeyType, kAesType}}};
  EXPECT_EQ(world.owner->call(tls).code, Code::key_size);
  tls.parameters.sizes = {32, 16, 4};
  EXPECT_EQ(world.owner->call(tls).code, Code::ok);
  tls.parameters.mechanism = kTlsKeys;  // its IVs overlap what other sizes make a key of
  EXPECT_EQ(world.owner->call(tls).code, Code::key_use);
  wire::Parameters data = kHkdfOfContext;
  data.mechanism = kHkdfData;
  EXPECT_NE(derive(base, data, 3).code, Code::ok);
}

TEST_F(KeyRulesTest, AgreementsKeepTheDemandedLength) {
  const auto pair = ec_pair({{attribute::kDeriveTemplate, demanded}});
  ASSERT_EQ(pair.code, Code::ok);
  const Buffer peer = read(ec_pair().reply.public_key.id, attribute::kEcPoint);
  EXPECT_EQ(derive(pair.reply.private_key.id, {.mechanism = kEcdh, .peer = peer}, 3).code, Code::key_size);
  EXPECT_EQ(derive(pair.reply.private_key.id, {.mechanism = kEcdh, .hash = kSha256, .peer = peer}, 3).code,
            Code::key_size);
  EXPECT_EQ(derive(pair.reply.private_key.id, {.mechanism = kEcdh, .peer = peer}, 0).code, Code::ok);
}

// HKDF's expansion is an HMAC: who may compute one under the base has what is derived. And what can leave
// comes back without its template.
TEST_F(KeyRulesTest, ADemandIsNotPassedByAnotherWayToTheSameOctets) {
  const wire::Attribute demand{attribute::kDeriveTemplate, demanded};
  EXPECT_EQ(try_generate(kGenericGenerate, 32, {demand, truth(attribute::kSign, true)}).code,
            Code::template_inconsistent);
  EXPECT_EQ(try_generate(kAesGenerate, 32,
                         {demand, truth(attribute::kDerive, true), truth(attribute::kEncrypt, true)})
                .code,
            Code::template_inconsistent);
  EXPECT_EQ(try_generate(kGenericGenerate, 32, {demand, truth(attribute::kExtractable, true)}).code,
            Code::template_inconsistent);
  EXPECT_EQ(ec_pair({demand, truth(attribute::kExtractable, true)}).code, Code::template_inconsistent);
  const wire::ObjectId base = generic({demand});
  EXPECT_TRUE(says(base, attribute::kDerive));
  EXPECT_EQ(mac(base), Code::key_use);
  const Buffer cutting = numbers({kExtract});
  EXPECT_EQ(derive(base, kHkdfOfContext, 32, {{attribute::kAllowedMechanisms, cutting}}).code,
            Code::template_inconsistent);
}

// Whoever has the result of HKDF-Extract computes what the whole HKDF derives; whoever derives from a derived
// key is bound by no template.
TEST_F(KeyRulesTest, ADemandIsNotPassedInTwoSteps) {
  const wire::ObjectId base = generic({{attribute::kDeriveTemplate, demanded}});
  wire::Parameters half = kHkdfOfContext;
  half.expand = false;
  EXPECT_EQ(derive(base, half, 32).code, Code::key_use);
  EXPECT_EQ(derive(base, kHkdfOfContext, 32, {truth(attribute::kDerive, true)}).code,
            Code::template_inconsistent);
  const auto derived = derive(base, kHkdfOfContext, 32);
  ASSERT_EQ(derived.code, Code::ok);
  EXPECT_FALSE(says(derived.reply.object.id, attribute::kDerive));
  EXPECT_EQ(set(derived.reply.object.id, {truth(attribute::kDerive, true)}), Code::attribute_read_only);
  EXPECT_EQ(mac(derived.reply.object.id), Code::ok);
}

// PRK = HMAC(salt, ...): what HKDF-Expand gives of the same key, which may sign.
TEST_F(KeyRulesTest, AKeyThatDemandsProtectionIsNobodysSalt) {
  const wire::ObjectId salt = generic({{attribute::kDeriveTemplate, demanded}});
  const wire::ObjectId known = generic({truth(attribute::kSensitive, false)});
  wire::Parameters hkdf = kHkdfOfContext;
  hkdf.other_key = salt;
  EXPECT_EQ(derive(known, hkdf, 32).code, Code::key_use);
  hkdf.other_key = aes({truth(attribute::kDerive, true)});
  EXPECT_EQ(derive(known, hkdf, 32).code, Code::key_type);
}

TEST_F(KeyRulesTest, WhatIsDerivedUnderADemandStaysAndIsNoPartOfAnother) {
  const Buffer sensitive = codec::encode(wire::NestedTemplate{{truth(attribute::kSensitive, true)}});
  const wire::ObjectId base = generic({{attribute::kDeriveTemplate, sensitive}});
  EXPECT_EQ(derive(base, kHkdfOfContext, 32, {truth(attribute::kExtractable, true)}).code,
            Code::template_inconsistent);
  EXPECT_EQ(derive(base, kHkdfOfContext, 32, {{attribute::kKeyType, kXtsType}}).code,
            Code::template_inconsistent);
  const Buffer of_xts = codec::encode(
      wire::NestedTemplate{{truth(attribute::kSensitive, true), {attribute::kKeyType, kXtsType}}});
  EXPECT_EQ(derive(generic({{attribute::kDeriveTemplate, of_xts}}), kHkdfOfContext, 32).code, Code::ok);
}

// The same blob, or the same derivation, gives the base again, without its template.
TEST_F(KeyRulesTest, ABaseThatCanBeMadeTwiceDemandsNothing) {
  const wire::Attribute demand{attribute::kDeriveTemplate, demanded};
  const wire::ObjectId wrapping = wrapping_key();
  const auto wrapped = wrap(wrapping, leaving_key());
  EXPECT_EQ(
      unwrap(wrapping, wrapped.reply.wrapped, kGenericType, {demand, truth(attribute::kExtractable, false)})
          .code,
      Code::template_inconsistent);
  EXPECT_EQ(derive(generic({truth(attribute::kDerive, true)}), kHkdfOfContext, 32, {demand}).code,
            Code::template_inconsistent);
}

TEST_F(KeyRulesTest, AKeyThatMakesKeysByEncryptionDoesNothingElse) {
  const Buffer named = numbers({kEcbEncryptData});
  const wire::Attribute naming{attribute::kAllowedMechanisms, named};
  EXPECT_EQ(try_generate(kAesGenerate, 32, {naming, truth(attribute::kEncrypt, true)}).code,
            Code::template_inconsistent);
  EXPECT_EQ(try_generate(kAesGenerate, 32, {naming, truth(attribute::kExtractable, true)}).code,
            Code::template_inconsistent);
  // Its check value would be the beginning of what zeros become.
  EXPECT_TRUE(read(aes({naming, truth(attribute::kDerive, true)}), attribute::kCheckValue).empty());
  EXPECT_EQ(read(aes(), attribute::kCheckValue).size(), 3U);
}

TEST_F(KeyRulesTest, ADecapsulateTemplateThatDemandsProtectionIsKept) {
  const Demanded demand = encapsulate_to_demanding();
  ASSERT_FALSE(demand.ciphertext.empty());
  const Buffer cutting = numbers({kConcatenateBefore});
  wire::Decapsulate request{.key = demand.key,
                            .mechanism = 0x17,
                            .ciphertext = demand.ciphertext,
                            .attributes = {truth(attribute::kExtractable, false)}};
  EXPECT_EQ(world.owner->call(request).code, Code::ok);
  request.attributes.push_back({attribute::kAllowedMechanisms, cutting});
  EXPECT_EQ(world.owner->call(request).code, Code::template_inconsistent);
}

TEST_F(KeyRulesTest, MacSecretsOfAConnectionKeepTheWholeTemplate) {
  const Buffer unused = codec::encode(wire::NestedTemplate{{truth(attribute::kSign, false)}});
  const wire::ObjectId base = generate(kGenericGenerate, 48, {{attribute::kDeriveTemplate, unused}});
  const Buffer randoms(64, 1);
  const wire::DeriveKey tls{
      .base = base,
      .parameters = {.mechanism = kTlsKeysSafe, .hash = kSha256, .salt = randoms, .sizes = {32, 16, 0}},
      .attributes = {{attribute::kKeyType, kAesType}}};
  EXPECT_EQ(world.owner->call(tls).code, Code::template_inconsistent);
}

TEST_F(KeyRulesTest, AShortKeyDoesNotBecomeProtectedLater) {
  const wire::ObjectId key = generate(kGenericGenerate, 1, {truth(attribute::kSensitive, false)});
  EXPECT_EQ(set(key, {truth(attribute::kSensitive, true)}), Code::key_size);
  EXPECT_EQ(set(key, {truth(attribute::kExtractable, false)}), Code::key_size);
  EXPECT_EQ(copy(key, {truth(attribute::kSensitive, true)}), Code::key_size);
}

TEST_F(KeyRulesTest, ANamedLengthHoldsForTheKeysOfATlsConnectionToo) {
  const Buffer length = number(16);
  const Buffer fixed = codec::encode(
      wire::NestedTemplate{{truth(attribute::kSensitive, true), {attribute::kValueLen, length}}});
  const wire::ObjectId base = generate(kGenericGenerate, 48, {{attribute::kDeriveTemplate, fixed}});
  const Buffer randoms(64, 1);
  wire::DeriveKey tls{
      .base = base,
      .parameters = {.mechanism = kTlsKeysSafe, .hash = kSha256, .salt = randoms, .sizes = {3, 16, 0}},
      .attributes = {{attribute::kKeyType, kAesType}}};
  EXPECT_EQ(world.owner->call(tls).code, Code::key_size);
  tls.parameters.sizes = {17, 16, 0};
  EXPECT_EQ(world.owner->call(tls).code, Code::template_inconsistent);
  tls.parameters.sizes = {0, 32, 0};
  EXPECT_EQ(world.owner->call(tls).code, Code::template_inconsistent);
  tls.parameters.sizes = {16, 16, 0};
  EXPECT_EQ(world.owner->call(tls).code, Code::ok);
}

TEST_F(KeyRulesTest, NothingIsToldOfTheFirstOctetsOfAProtectedKey) {
  const Buffer randoms(64, 1);
  const wire::Parameters master{.mechanism = 0x3E0, .hash = kSha256, .salt = randoms};
  Buffer premaster(48, 7);
  premaster[0] = premaster[1] = 3;
  const auto made = world.owner->call(wire::CreateObject{.attributes = {{attribute::kClass, kSecretClass},
                                                                        {attribute::kKeyType, kGenericType},
                                                                        {attribute::kValue, premaster},
                                                                        truth(attribute::kDerive, true)}});
  ASSERT_EQ(made.code, Code::ok);
  const auto derived = derive(made.reply.object.id, master, 0);
  ASSERT_EQ(derived.code, Code::ok);
  EXPECT_EQ(derived.reply.octets, (Buffer{0, 0}));
}

TEST_F(KeyRulesTest, AMacTakesKeysOfItsOwnType) {
  const auto import = [this](std::uint64_t type_number) {
    const Buffer type = number(type_number);
    return world.owner
        ->call(wire::CreateObject{.attributes = {{attribute::kClass, kSecretClass},
                                                 {attribute::kKeyType, type},
                                                 {attribute::kValue, kData},
                                                 truth(attribute::kSign, true)}})
        .reply.object.id;
  };
  EXPECT_EQ(mac(import(key_type::kSha1Hmac)), Code::key_type);
  EXPECT_EQ(mac(import(key_type::kHkdf)), Code::key_type);
  EXPECT_EQ(mac(import(key_type::kSha256Hmac), kHmacSha1), Code::key_type);
  EXPECT_EQ(mac(import(key_type::kSha256Hmac)), Code::ok);
  EXPECT_EQ(mac(import(key_type::kGenericSecret)), Code::ok);
}

// HMAC takes the digest of a key that is longer than a block for the key (RFC 2104, 2).
TEST_F(KeyRulesTest, TheDigestOfALongKeyIsTheKey) {
  const auto long_key = [this](std::uint64_t bytes, const wire::Template& more) {
    return generate(kGenericGenerate, bytes, more);
  };
  const wire::Parameters digest{.mechanism = kSha256Derive};
  const wire::ObjectId key = long_key(65, {truth(attribute::kDerive, true)});
  EXPECT_EQ(derive(key, digest, 0).code, Code::key_use);
  EXPECT_EQ(derive(key, digest, 16).code, Code::key_use);
  EXPECT_EQ(derive(key, {.mechanism = kSha512Derive}, 0).code, Code::ok);  // its blocks have 128 octets
  EXPECT_EQ(derive(long_key(129, {truth(attribute::kDerive, true)}), {.mechanism = kSha512Derive}, 0).code,
            Code::key_use);
  const wire::ObjectId demanding =
      long_key(65, {truth(attribute::kDerive, true), {attribute::kDeriveTemplate, demanded}});
  EXPECT_EQ(derive(demanding, digest, 0).code, Code::key_use);
  EXPECT_EQ(derive(long_key(64, {truth(attribute::kDerive, true)}), digest, 0).code, Code::ok);
  const wire::Template readable = {truth(attribute::kDerive, true), truth(attribute::kSensitive, false)};
  EXPECT_EQ(derive(long_key(65, readable), digest, 0).code, Code::ok);
}

TEST_F(KeyRulesTest, TheMacInsideADerivationTakesKeysOfItsOwnTypeToo) {
  const Buffer type = number(key_type::kSha512Hmac);
  const wire::ObjectId key = generic({{attribute::kKeyType, type}, truth(attribute::kDerive, true)});
  const std::vector<wire::DataPart> parts = {{.kind = 1, .little_endian = false, .bits = 8, .octets = {}}};
  wire::Parameters counter{.mechanism = kCounterKdf, .hash = kSha256};
  counter.parts = parts;
  EXPECT_EQ(derive(key, counter, 32).code, Code::key_type);
  EXPECT_EQ(derive(key, kHkdfOfContext, 32).code, Code::key_type);
  wire::Parameters salted = kHkdfOfContext;
  salted.other_key = key;
  EXPECT_EQ(derive(generic({truth(attribute::kDerive, true)}), salted, 32).code, Code::key_type);
  constexpr std::uint8_t kSha512 = 5;
  counter.hash = kSha512;
  EXPECT_EQ(derive(key, counter, 32).code, Code::ok);
}

TEST_F(KeyRulesTest, AKeyThatMakesKeysByEncryptionMakesNoneByCmac) {
  const Buffer both = numbers({kEcbEncryptData, kCounterKdf});
  const wire::ObjectId key = aes({truth(attribute::kDerive, true), {attribute::kAllowedMechanisms, both}});
  const std::vector<wire::DataPart> parts = {{.kind = 1, .little_endian = false, .bits = 8, .octets = {}}};
  wire::Parameters counter{.mechanism = kCounterKdf};
  counter.parts = parts;
  EXPECT_EQ(derive(key, counter, 32).code, Code::key_use);
  EXPECT_EQ(derive(aes({truth(attribute::kDerive, true)}), counter, 32).code, Code::ok);
}

TEST_F(KeyRulesTest, ALengthThatNoKeyHasIsRefused) {
  const wire::ObjectId key = generic({truth(attribute::kDerive, true)});
  for (const std::uint64_t bytes : {std::uint64_t{4097}, std::uint64_t{5000}, (std::uint64_t{1} << 32U) + 16})
    EXPECT_EQ(derive(key, {.mechanism = kSha256Derive}, bytes).code, Code::key_size) << bytes;
}

// Its twin, or the same key asked another way, would give out what the template protects.
TEST_F(KeyRulesTest, EveryTemplateThatDemandsProtectionNeedsAKeyThatCanKeepIt) {
  const Buffer set = number(2);
  const auto ml_kem = [this, &set](const wire::Template& more) {
    return world.owner
        ->call(wire::GenerateKeyPair{.mechanism = 0xF,
                                     .public_attributes = {{attribute::kParameterSet, set}},
                                     .private_attributes = more})
        .code;
  };
  EXPECT_EQ(ml_kem({{attribute::kDecapsulateTemplate, demanded}, truth(attribute::kExtractable, true)}),
            Code::template_inconsistent);
  EXPECT_EQ(ml_kem({{attribute::kDecapsulateTemplate, demanded}}), Code::ok);
  const wire::Attribute template_of_unwrapped{attribute::kUnwrapTemplate, demanded};
  const auto pair = unwrapping_rsa_pair({template_of_unwrapped});
  EXPECT_EQ(pair.code, Code::ok);
  EXPECT_EQ(unwrapping_rsa_pair({template_of_unwrapped, truth(attribute::kExtractable, true)}).code,
            Code::template_inconsistent);
  const auto rsa = [this](const wire::Template& more) {
    return world.owner->call(wire::GenerateKeyPair{.mechanism = 0,
                                                   .public_attributes = {{attribute::kModulusBits, kRsaBits}},
                                                   .private_attributes = more});
  };
  const auto silent = rsa({truth(attribute::kUnwrap, true), template_of_unwrapped});
  ASSERT_EQ(silent.code, Code::ok);
  EXPECT_FALSE(says(silent.reply.private_key.id, attribute::kDecrypt));
  EXPECT_EQ(rsa({template_of_unwrapped, truth(attribute::kDecrypt, true)}).code, Code::template_inconsistent);
  EXPECT_EQ(ec_pair({template_of_unwrapped, truth(attribute::kDerive, true)}).code,
            Code::template_inconsistent);
  EXPECT_FALSE(says(ec_pair({template_of_unwrapped}).reply.private_key.id, attribute::kDerive));
}

TEST_F(KeyRulesTest, ADemandedSharedSecretIsNoKeyThatUsesItsParts) {
  const Demanded demand = encapsulate_to_demanding();
  ASSERT_FALSE(demand.ciphertext.empty());
  const wire::Decapsulate request{
      .key = demand.key,
      .mechanism = 0x17,
      .ciphertext = demand.ciphertext,
      .attributes = {truth(attribute::kExtractable, false), {attribute::kKeyType, kXtsType}}};
  EXPECT_EQ(world.owner->call(request).code, Code::template_inconsistent);
}

}  // namespace
}  // namespace coffer::vault
