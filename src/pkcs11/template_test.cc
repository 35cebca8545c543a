// Tests of reading and writing CK_ATTRIBUTE arrays, hostile ones above all.
#include "pkcs11/template.h"

#include <gtest/gtest.h>

#include <array>

namespace coffer::pkcs11 {
namespace {

Code refusal(const CK_ATTRIBUTE* attributes, CK_ULONG count) {
  const auto result = read_template(attributes, count);
  return result.ok() ? Code::ok : result.error().code;
}

TEST(ReadTemplate, ReadsTypesAndValues) {
  CK_BBOOL yes = CK_TRUE;
  CK_ULONG length = 32;
  const std::array<CK_ATTRIBUTE, 3> attributes = {
      {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_VALUE_LEN, &length, sizeof(length)}, {CKA_LABEL, nullptr, 0}}};
  const auto result = read_template(attributes.data(), attributes.size());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(template_bool(result.value().view, CKA_TOKEN), true);
  EXPECT_EQ(template_ulong(result.value().view, CKA_VALUE_LEN), 32U);
  EXPECT_EQ(template_bool(result.value().view, CKA_PRIVATE), std::nullopt);
  EXPECT_TRUE(result.value().view[2].value.empty());
}

TEST(ReadTemplate, TakesNoAttributesFromNowhere) { EXPECT_EQ(refusal(nullptr, 0), Code::ok); }

TEST(ReadTemplate, RefusesAMissingArray) { EXPECT_EQ(refusal(nullptr, 1), Code::invalid); }

TEST(ReadTemplate, RefusesMoreAttributesThanItsLimitWithoutReadingThem) {
  const CK_ATTRIBUTE one{CKA_TOKEN, nullptr, 0};
  EXPECT_EQ(refusal(&one, wire::kAttributesMax + 1), Code::template_inconsistent);
  EXPECT_EQ(refusal(&one, ~0UL), Code::template_inconsistent);
}

TEST(ReadTemplate, RefusesALengthWithoutAValue) {
  const CK_ATTRIBUTE one{CKA_LABEL, nullptr, 4};
  EXPECT_EQ(refusal(&one, 1), Code::attribute_value);
}

TEST(ReadTemplate, RefusesAValueLongerThanItsLimitWithoutReadingIt) {
  CK_BYTE octet = 0;
  const CK_ATTRIBUTE too_long{CKA_VALUE, &octet, wire::kAttributeBytesMax + 1};
  const CK_ATTRIBUTE unavailable{CKA_VALUE, &octet, CK_UNAVAILABLE_INFORMATION};
  EXPECT_EQ(refusal(&too_long, 1), Code::limit);
  EXPECT_EQ(refusal(&unavailable, 1), Code::attribute_value);
}

TEST(ReadTemplate, RefusesATypeOfMoreThan32Bits) {
  const CK_ATTRIBUTE one{0x100000001UL, nullptr, 0};
  EXPECT_EQ(refusal(&one, 1), Code::attribute_unknown);
}

TEST(ReadTemplate, TakesATemplateInsideAndGivesItBack) {
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE inner[] = {{CKA_TOKEN, &yes, sizeof(yes)}, {CKA_LABEL, nullptr, 0}};
  const CK_ATTRIBUTE outer{CKA_WRAP_TEMPLATE, inner, sizeof(inner)};
  const auto read = read_template(&outer, 1);
  ASSERT_TRUE(read.ok());
  const wire::AttributeValue value{CKA_WRAP_TEMPLATE, wire::AttributeState::present,
                                   to_buffer(read.value().view[0].value)};
  CK_ATTRIBUTE asked{CKA_WRAP_TEMPLATE, nullptr, 0};
  EXPECT_EQ(write_attribute(value, asked).code(), CKR_OK);
  ASSERT_EQ(asked.ulValueLen, sizeof(inner));
  CK_BBOOL back = CK_FALSE;
  CK_ATTRIBUTE room[] = {{0, &back, sizeof(back)}, {0, nullptr, 9}};
  asked.pValue = room;
  EXPECT_EQ(write_attribute(value, asked).code(), CKR_OK);
  EXPECT_EQ(room[0].type, CKA_TOKEN);
  EXPECT_EQ(back, CK_TRUE);
  EXPECT_EQ(room[1].type, CKA_LABEL);
  EXPECT_EQ(room[1].ulValueLen, 0U);
  asked.ulValueLen = sizeof(CK_ATTRIBUTE);
  EXPECT_EQ(write_attribute(value, asked).code(), CKR_BUFFER_TOO_SMALL);
}

TEST(ReadTemplate, RefusesTemplatesThatAreNone) {
  CK_ATTRIBUTE inner{CKA_UNWRAP_TEMPLATE, nullptr, 0};
  const CK_ATTRIBUTE nested_twice{CKA_WRAP_TEMPLATE, &inner, sizeof(inner)};
  EXPECT_EQ(refusal(&nested_twice, 1), Code::attribute_value);
  const CK_ATTRIBUTE half{CKA_WRAP_TEMPLATE, &inner, sizeof(inner) - 1};
  EXPECT_EQ(refusal(&half, 1), Code::attribute_value);
  const CK_ATTRIBUTE nowhere{CKA_WRAP_TEMPLATE, nullptr, sizeof(inner)};
  EXPECT_EQ(refusal(&nowhere, 1), Code::attribute_value);
  const CK_ATTRIBUTE endless{CKA_WRAP_TEMPLATE, &inner, ~CK_ULONG{0} / sizeof(inner) * sizeof(inner)};
  EXPECT_EQ(refusal(&endless, 1), Code::attribute_value);
}

TEST(TemplateUlong, IgnoresValuesOfAnotherSizeOrOfMoreThan32Bits) {
  std::uint32_t small = 1;
  CK_ULONG large = 1UL << 32U;
  const std::array<CK_ATTRIBUTE, 2> attributes = {
      {{CKA_VALUE_LEN, &small, sizeof(small)}, {CKA_MODULUS_BITS, &large, sizeof(large)}}};
  const auto result = read_template(attributes.data(), attributes.size());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(template_ulong(result.value().view, CKA_VALUE_LEN), std::nullopt);
  EXPECT_EQ(template_ulong(result.value().view, CKA_MODULUS_BITS), std::nullopt);
}

TEST(WriteAttribute, TellsTheLengthWhenThereIsNoBuffer) {
  CK_ATTRIBUTE attribute{CKA_ID, nullptr, 99};
  EXPECT_EQ(write_attribute({CKA_ID, wire::AttributeState::present, {1, 2, 3}}, attribute).code(), CKR_OK);
  EXPECT_EQ(attribute.ulValueLen, 3U);
}

TEST(WriteAttribute, WritesNothingIntoABufferThatIsTooSmall) {
  std::array<CK_BYTE, 3> buffer = {9, 9, 9};
  CK_ATTRIBUTE attribute{CKA_ID, buffer.data(), 2};
  EXPECT_EQ(write_attribute({CKA_ID, wire::AttributeState::present, {1, 2, 3}}, attribute).code(),
            CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
  EXPECT_EQ(buffer, (std::array<CK_BYTE, 3>{9, 9, 9}));
}

TEST(WriteAttribute, SaysWhyThereIsNoValue) {
  CK_ATTRIBUTE attribute{CKA_VALUE, nullptr, 0};
  EXPECT_EQ(write_attribute({CKA_VALUE, wire::AttributeState::sensitive, {}}, attribute).code(),
            CKR_ATTRIBUTE_SENSITIVE);
  EXPECT_EQ(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
  EXPECT_EQ(write_attribute({CKA_VALUE, wire::AttributeState::unknown, {}}, attribute).code(),
            CKR_ATTRIBUTE_TYPE_INVALID);
}

}  // namespace
}  // namespace coffer::pkcs11
