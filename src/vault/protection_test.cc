// Protection: the properties of one key, and records from before they were stored.
#include "vault/protection.h"

#include <gtest/gtest.h>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kAesGenerate = 0x1080;
constexpr std::uint32_t kAesGcm = 0x1087;
constexpr std::uint32_t kXor = 0x364;
const Buffer kBytes32 = number(32);

Object aes(const wire::Template& more = {}) {
  wire::Template attributes = {{attribute::kValueLen, kBytes32}};
  attributes.insert(attributes.end(), more.begin(), more.end());
  return generate_secret(kAesGenerate, attributes).value();
}

// The object as it is sealed, and read again.
Object stored(const Object& object) {
  const record::ManifestEntry entry{.id = object.id, .version = 1};
  return object_of(entry, object_plaintext(object)).value();
}

TEST(Protection, TheCeilingIsWhatAKeyWasBornWith) {
  const Object key = aes({truth(attribute::kDecrypt, false)});
  EXPECT_EQ(use_ceiling(key), crypto::use::kEncrypt);
  const Object less = modified(key, {truth(attribute::kEncrypt, false)}).value();
  EXPECT_EQ(less.summary.uses, 0U);
  EXPECT_EQ(use_ceiling(stored(less)), crypto::use::kEncrypt);
  EXPECT_TRUE(modified(stored(less), {truth(attribute::kEncrypt, true)}).ok());
}

TEST(Protection, TheCeilingOfAnOldRecordIsWhatItMayDoNow) {
  Object old = aes({truth(attribute::kDecrypt, false)});
  old.attributes.remove(attribute::kUseCeiling);
  const Object read = stored(old);
  EXPECT_EQ(use_ceiling(read), crypto::use::kEncrypt);
  EXPECT_EQ(modified(read, {truth(attribute::kDecrypt, true)}).error().code, Code::attribute_read_only);
}

TEST(Protection, ARecordWhoseAttributesAreNotInOrderIsNone) {
  const Object key = aes();
  const record::ManifestEntry entry{.id = key.id, .version = 1};
  const SecretBytes plaintext = object_plaintext(key);
  ASSERT_TRUE(object_of(entry, plaintext).ok());
  Buffer octets = to_buffer(plaintext.reveal());
  octets[4] = 2;  // the type of the first attribute: as large as that of the third
  EXPECT_EQ(object_of(entry, SecretBytes::copy_of(octets)).error().code, Code::malformed);
}

TEST(Protection, AnOldKeyThatCanBeCutDoesNotCountAsProtectedAnyMore) {
  const Buffer named = numbers({kXor});
  Object old = aes({{attribute::kAllowedMechanisms, named}});
  old.attributes.set_truth(attribute::kAlwaysSensitive, true);
  old.attributes.set_truth(attribute::kNeverExtractable, true);
  const Object read = stored(old);
  EXPECT_FALSE(read.attributes.truth(attribute::kAlwaysSensitive));
  EXPECT_FALSE(read.attributes.truth(attribute::kNeverExtractable));
}

TEST(Protection, OnlyLinearDerivationsCutAKey) {
  const Buffer harmless = numbers({kAesGcm, ~std::uint64_t{0}});
  const Buffer cutting = numbers({kAesGcm, kXor});
  AttributeSet attributes;
  EXPECT_FALSE(can_be_cut(attributes));
  attributes.set(attribute::kAllowedMechanisms, harmless);
  EXPECT_FALSE(can_be_cut(attributes));
  attributes.set(attribute::kAllowedMechanisms, cutting);
  EXPECT_TRUE(can_be_cut(attributes));
}

TEST(Protection, ATemplateDemandsProtectionByEitherAttribute) {
  const auto demands = [](const wire::Template& inner) {
    AttributeSet attributes;
    attributes.set(attribute::kDeriveTemplate, codec::encode(wire::NestedTemplate{inner}));
    return demands_protection(attributes);
  };
  EXPECT_TRUE(demands({truth(attribute::kSensitive, true)}));
  EXPECT_TRUE(demands({truth(attribute::kExtractable, false)}));
  EXPECT_FALSE(demands({truth(attribute::kSensitive, false)}));
  EXPECT_FALSE(demands({{attribute::kValueLen, kBytes32}}));
  EXPECT_FALSE(demands_protection({}));
}

}  // namespace
}  // namespace coffer::vault
