// Key objects: the search, and the words for numbers.
#include "cli/key/key_object.h"

#include <algorithm>
#include <array>

#include "cli/key/key_type.h"
#include "codec/hex.h"
#include "crypto/mechanism.h"

namespace coffer::cli {

namespace {

struct UseWord {
  std::uint32_t use;
  std::string_view word;
};
constexpr auto kUseWords = std::to_array<UseWord>({
    {crypto::use::kSign, "sign"},
    {crypto::use::kVerify, "verify"},
    {crypto::use::kEncrypt, "encrypt"},
    {crypto::use::kDecrypt, "decrypt"},
    {crypto::use::kWrap, "wrap"},
    {crypto::use::kUnwrap, "unwrap"},
    {crypto::use::kDerive, "derive"},
    {crypto::use::kEncapsulate, "encapsulate"},
    {crypto::use::kDecapsulate, "decapsulate"},
});

std::uint64_t number_of(std::optional<Bytes> value) {
  std::uint64_t number = 0;
  if (!value || value->size() != sizeof(number)) return 0;
  for (std::size_t i = 0; i < value->size(); ++i) number |= std::uint64_t{(*value)[i]} << (8U * i);
  return number;
}

Result<KeyObject> read_names(Chip& chip, std::uint32_t slot, const wire::ObjectSummary& summary) {
  wire::GetAttributes request;
  request.slot = slot;
  request.id = summary.id;
  request.types = {cka::kLabel, cka::kId, cka::kEcParams, cka::kParameterSet};
  const AttributeReader reader(TRY(chip.call(request)));
  return KeyObject{.summary = summary,
                   .label = reader.text(cka::kLabel),
                   .id = to_buffer(reader.octets(cka::kId).value_or(Bytes())),
                   .ec_params = to_buffer(reader.octets(cka::kEcParams).value_or(Bytes())),
                   .parameter_set = number_of(reader.octets(cka::kParameterSet))};
}

std::string description(const Selection& selection) {
  std::string text;
  if (!selection.label.empty()) text += " with label '" + selection.label + "'";
  if (!selection.id.empty()) text += " with id " + to_hex(selection.id);
  return text;
}

}  // namespace

Result<Selection> selection_of(Invocation& invocation) {
  Selection selection{.label = invocation.arguments.value_or("--label", ""), .id = {}};
  if (const auto text = invocation.arguments.value("--id")) {
    auto id = codec::from_hex(*text);
    if (!id.ok() || id.value().empty()) return invocation.usage("--id takes pairs of hexadecimal digits");
    selection.id = std::move(id).value();
  }
  return selection;
}

Result<std::vector<KeyObject>> selected(Chip& chip, std::uint32_t slot, const Selection& selection,
                                        std::optional<std::uint32_t> object_class) {
  TemplateBuilder wanted;
  if (object_class) wanted.number(cka::kClass, *object_class);
  if (!selection.label.empty()) wanted.text(cka::kLabel, selection.label);
  if (!selection.id.empty()) wanted.octets(cka::kId, selection.id);
  wire::Find request;
  request.slot = slot;
  request.attributes = wanted.attributes();
  std::vector<KeyObject> found;
  for (bool more = true; more;) {
    const wire::FindReply reply = TRY(chip.call(request));
    for (const wire::ObjectSummary& summary : reply.objects) {
      found.push_back(TRY(read_names(chip, slot, summary)));
    }
    more = reply.more && !reply.objects.empty();
    if (more) request.after = reply.objects.back().id;
  }
  return found;
}

Result<KeyObject> only_one(Invocation& invocation, const std::vector<KeyObject>& found,
                           const Selection& selection) {
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return invocation.fail(Code::not_found, "there is no such key" + description(selection),
                           "'coffer key list' shows what there is");
  }
  return invocation.fail(Code::invalid, "several keys fit" + description(selection), "choose one with --id");
}

std::string_view class_word(std::uint32_t object_class) {
  switch (object_class) {
    case cko::kData: return "data";
    case cko::kCertificate: return "certificate";
    case cko::kPublicKey: return "public";
    case cko::kPrivateKey: return "private";
    case cko::kSecretKey: return "secret";
    default: return "other";
  }
}

std::string type_word(const KeyObject& key) {
  const auto* row = std::ranges::find_if(kKeyTypes, [&key](const KeyTypeRow& each) {
    if (each.set_type != 0) return each.set_type == key.summary.key_type && each.size == key.parameter_set;
    return !each.ec_params.empty() && equal_public(as_bytes(each.ec_params), key.ec_params);
  });
  if (row != kKeyTypes.end()) return std::string(row->name);
  switch (key.summary.key_type) {
    case ckk::kRsa: return "rsa" + std::to_string(key.summary.bits);
    case ckk::kEc: return "ec" + std::to_string(key.summary.bits);
    case ckk::kEdwards: return "ed" + std::to_string(key.summary.bits);
    case ckk::kMontgomery: return "x" + std::to_string(key.summary.bits);
    case ckk::kAes: return "aes" + std::to_string(key.summary.bits);
    case ckk::kGenericSecret: return "hmac";
    default: return "none";
  }
}

std::vector<std::string_view> use_words(std::uint32_t uses) {
  std::vector<std::string_view> words;
  for (const UseWord& each : kUseWords) {
    if ((uses & each.use) != 0) words.push_back(each.word);
  }
  return words;
}

std::string uses_text(std::uint32_t uses) {
  std::string text;
  for (const std::string_view word : use_words(uses)) text += (text.empty() ? "" : " ") + std::string(word);
  return text.empty() ? "none" : text;
}

}  // namespace coffer::cli
