// PKCS#11 templates: CK_ATTRIBUTE arrays of an application, with every length and pointer it might get wrong.
#include "pkcs11/template.h"

#include <vector>

#include "fuzz.h"
#include "targets.h"

namespace coffer {

namespace {

constexpr std::size_t kAttributesMax = 80;  // a few more than the module takes

bool holds_template(CK_ATTRIBUTE_TYPE type) {
  return type == CKA_WRAP_TEMPLATE || type == CKA_UNWRAP_TEMPLATE || type == CKA_DERIVE_TEMPLATE ||
         type == CKA_ENCAPSULATE_TEMPLATE || type == CKA_DECAPSULATE_TEMPLATE;
}

// A template with a template as its last attribute: what was read can be written back.
Status read_one(std::vector<CK_ATTRIBUTE>& attributes) {
  const auto read = TRY(pkcs11::read_template(attributes.data(), attributes.size()));
  const wire::Attribute& last = read.view.back();
  CK_ATTRIBUTE asked{last.type, nullptr, 0};
  const auto answer =
      pkcs11::write_attribute({last.type, wire::AttributeState::present, to_buffer(last.value)}, asked);
  CHECK(answer.ok() && asked.ulValueLen == (attributes.size() - 1) * sizeof(CK_ATTRIBUTE));
  return {};
}

}  // namespace

// The input is a row of attributes: 32 bits of type, what is odd about it, a value.
Status fuzz_pkcs11_templates(Bytes input) {
  fuzzing::Input rest(input);
  std::vector<CK_ATTRIBUTE> attributes;
  std::vector<Buffer> values;  // in memory of their own, so that sanitizers see one octet too far
  values.reserve(kAttributesMax);
  std::vector<CK_ATTRIBUTE> inner;
  while (!rest.empty() && attributes.size() < kAttributesMax) {
    CK_ATTRIBUTE attribute{};
    attribute.type = rest.number<std::uint32_t>();
    const auto oddity = rest.number<std::uint8_t>();
    values.push_back(to_buffer(rest.piece()));
    attribute.pValue = values.back().data();
    attribute.ulValueLen = values.back().size();
    if (holds_template(attribute.type)) {
      // What the application says of itself is true: the attributes so far are the template inside.
      inner = attributes;
      attribute.pValue = inner.data();
      attribute.ulValueLen = inner.size() * sizeof(CK_ATTRIBUTE) + oddity % 2;
      attributes.push_back(attribute);
      return read_one(attributes);
    }
    if (oddity == 1) attribute.pValue = nullptr;
    if (oddity == 2) attribute.type |= CK_ULONG{1} << 32U;
    if (oddity == 3) attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;  // no such length may be believed
    attributes.push_back(attribute);
  }
  const auto owned = TRY(pkcs11::read_template(attributes.data(), attributes.size()));
  const wire::Template& read = owned.view;
  CHECK(read.size() == attributes.size());
  for (const wire::Attribute& each : read) {
    static_cast<void>(pkcs11::template_bool(read, each.type));
    static_cast<void>(pkcs11::template_ulong(read, each.type));
  }
  for (std::size_t i = 0; i < read.size(); ++i) {
    // Write a value into room of another size: what does not fit is not written.
    const wire::AttributeValue value{read[i].type, wire::AttributeState::present, to_buffer(read[i].value)};
    CK_ATTRIBUTE& target = attributes[read.size() - 1 - i];
    static_cast<void>(pkcs11::write_attribute(value, target));
    CHECK(target.ulValueLen == value.value.size() || target.ulValueLen == CK_UNAVAILABLE_INFORMATION);
  }
  return {};
}

}  // namespace coffer
