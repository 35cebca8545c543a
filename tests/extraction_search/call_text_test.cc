// Call text: what is printed is read as the same.
#include "tests/extraction_search/call_text.h"

#include <gtest/gtest.h>

#include "tests/extraction_search/attribute_names.h"
#include "vault/attribute.h"

namespace coffer::extraction {
namespace {

namespace a = vault::attribute;

Sequence with_everything() {
  const std::uint32_t allowed[] = {0x251, 0x402A};
  Sequence sequence;
  sequence.push_back(
      {.operation = Operation::victim,
       .attributes = {
           number(a::kClass, 4), number(a::kKeyType, 0x1f), octets(a::kValue, Buffer{0, 1, 0x5a}),
           truth(a::kSensitive, true), mechanisms(a::kAllowedMechanisms, allowed),
           nested(a::kDeriveTemplate, {truth(a::kExtractable, false), truth(a::kSensitive, true)})}});
  Call call{
      .operation = Operation::unwrap, .who = Who::other_user, .token = 1, .key = {0, 1}, .target = {0, 0}};
  call.how = {.mechanism = 0x1087, .iv = {.from = {0, 1}}, .associated = {1, 2}, .tag_bits = 96};
  call.how.other = {0, 0};
  call.how.sizes = {0, 16, 4};
  call.how.parts = {{1, 32, {}}, {4, 0, {'c'}}};
  call.data = {.from = {0, 0}, .skip = 8, .take = 16, .flip_at = 3, .flip_by = 0x80};
  call.signature.octets = {9};
  call.more = {number(a::kValueLen, 16), truth(a::kSign, true)};
  sequence.push_back(std::move(call));
  return sequence;
}

TEST(CallText, ReadsWhatItPrints) {
  const Sequence sequence = with_everything();
  const auto read = sequence_of(text_of(sequence));
  ASSERT_TRUE(read.ok()) << text_of(sequence);
  EXPECT_EQ(read.value(), sequence) << text_of(sequence) << text_of(read.value());
}

TEST(CallText, PassesOverWhatIsForPeople) {
  EXPECT_TRUE(sequence_of("# a finding\n\n0 victim CKA_CLASS=secret\n").ok());
}

TEST(CallText, RefusesWhatItDoesNotUnderstand) {
  EXPECT_FALSE(sequence_of("").ok());
  EXPECT_FALSE(sequence_of("0 sign key=%0\n").ok());  // begins with no victim
  EXPECT_FALSE(sequence_of("0 victim CKA_NONSENSE=yes\n").ok());
  EXPECT_FALSE(sequence_of("0 victim CKA_SIGN=perhaps\n").ok());
  EXPECT_FALSE(sequence_of("0 victim\n1 sing key=%0\n").ok());
  EXPECT_FALSE(sequence_of("0 victim\n1 sign key=0\n").ok());
  EXPECT_FALSE(sequence_of("0 victim\n1 sign colour=red\n").ok());
  EXPECT_FALSE(sequence_of("0 victim\n1 sign who=nobody\n").ok());
}

}  // namespace
}  // namespace coffer::extraction
