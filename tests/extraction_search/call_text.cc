// Call text: printing and reading.
#include "tests/extraction_search/call_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <optional>
#include <utility>

#include "codec/hex.h"
#include "crypto/mechanism.h"
#include "tests/extraction_search/attribute_names.h"

namespace coffer::extraction {
namespace {

constexpr std::array<std::string_view, kOperationCount> kOperations = {
    "victim", "import",     "generate",     "generate_pair",  "copy",        "set_attributes",
    "get",    "derive",     "wrap",         "unwrap",         "encapsulate", "decapsulate",
    "sign",   "verify",     "sign_recover", "verify_recover", "encrypt",     "decrypt",
    "digest", "digest_key", "destroy",      "login",          "logout"};
constexpr std::array<std::string_view, kWhoCount> kWho = {"user", "guest", "other", "other-user", "officer"};

constexpr Error kUnreadable{Code::malformed, "a line of the sequence cannot be read"};

// ---- printing

std::string text_of(const Reference& reference) {
  std::string text = "%" + std::to_string(reference.call);
  if (reference.part != 0) text += "." + std::to_string(reference.part);
  return text;
}

std::string text_of(const Data& data) {
  if (!data.from.given()) return to_hex(data.octets);
  std::string text = text_of(data.from);
  if (data.skip != 0 || data.take != 0) {
    text += "[" + std::to_string(data.skip) + "+" + std::to_string(data.take) + "]";
  }
  if (data.flip_at >= 0) {
    text += "^" + std::to_string(data.flip_at) + ":" + to_hex(Bytes(&data.flip_by, 1));
  }
  return text;
}

std::string mechanism_text(std::uint64_t mechanism) {
  const crypto::Mechanism* row = crypto::find_mechanism(static_cast<std::uint32_t>(mechanism));
  return row != nullptr ? std::string(row->name) : std::to_string(mechanism);
}

std::string text_of(std::span<const NamedNumber> names, std::uint64_t number) {
  const auto found = std::ranges::find(names, number, &NamedNumber::number);
  return found != names.end() ? std::string(found->name) : std::to_string(number);
}

std::string text_of(const Settings& settings, std::string_view between);

std::string value_text(const Setting& setting, ValueShape shape) {
  switch (shape) {
    case ValueShape::truth: return setting.value == Buffer{1} ? "yes" : "no";
    case ValueShape::number: return std::to_string(number_in(setting.value));
    case ValueShape::object_class: return text_of(class_names(), number_in(setting.value));
    case ValueShape::key_type: return text_of(key_type_names(), number_in(setting.value));
    case ValueShape::octets: return to_hex(setting.value);
    case ValueShape::nested: return "{" + text_of(setting.inner, ";") + "}";
    case ValueShape::mechanisms: break;
  }
  std::string text;
  for (std::size_t at = 0; at < setting.value.size(); at += 8) {
    if (at != 0) text += ",";
    text += mechanism_text(number_in(setting.value, at));
  }
  return text;
}

std::string text_of(const Settings& settings, std::string_view between) {
  std::string text;
  for (const Setting& each : settings) {
    const AttributeName* name = find_attribute_name(each.type);
    if (!text.empty()) text += between;
    text += std::string(name->name) + "=" + value_text(each, name->shape);
  }
  return text;
}

// Printer is the visitor that prints what is not as it starts out.
struct Printer {
  std::string text;

  template <typename T>
  void operator()(std::string_view name, const T& value) {
    if (value != T{}) text += " " + std::string(name) + "=" + word(value);
  }
  static std::string word(const Data& value) { return text_of(value); }
  static std::string word(const Reference& value) { return text_of(value); }
  static std::string word(const Buffer& value) { return to_hex(value); }
  static std::string word(std::integral auto value) { return std::to_string(value); }
  static std::string word(const std::vector<std::uint32_t>& value) {
    std::string text;
    for (const std::uint32_t each : value) text += (text.empty() ? "" : ",") + std::to_string(each);
    return text;
  }
  static std::string word(const std::vector<Part>& value) {
    std::string text;
    for (const Part& each : value) {
      if (!text.empty()) text += ",";
      text += std::to_string(each.kind) + "." + std::to_string(each.bits) + "." + to_hex(each.octets);
    }
    return text;
  }
};

std::string text_of(const Call& call) {
  std::string text(operation_name(call.operation));
  if (call.who != Who::user) text += " who=" + std::string(who_name(call.who));
  Printer print;
  print("token", call.token);
  print("key", call.key);
  print("target", call.target);
  text += print.text;
  if (call.operation != Operation::victim && call.how != How{}) {
    text += " mechanism=" + mechanism_text(call.how.mechanism);
  }
  Printer parameters;
  How::fields(parameters, call.how);
  parameters("data", call.data);
  parameters("signature", call.signature);
  text += parameters.text;
  if (!call.attributes.empty()) text += " " + text_of(call.attributes, " ");
  if (!call.more.empty()) text += " more={" + text_of(call.more, ";") + "}";
  return text;
}

// ---- reading

std::string_view cut(std::string_view& text, std::string_view at) {
  const std::size_t end = std::min(text.find(at), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + at.size()));
  return head;
}

Result<std::uint64_t> number_of(std::string_view word) {
  std::uint64_t read = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), read);
  if (error != std::errc{} || end != word.data() + word.size()) return kUnreadable;
  return read;
}

Result<std::uint64_t> number_of(std::span<const NamedNumber> names, std::string_view word) {
  const auto found = std::ranges::find(names, word, &NamedNumber::name);
  if (found != names.end()) return found->number;
  return number_of(word);
}

Result<std::uint32_t> mechanism_of(std::string_view word) {
  if (const crypto::Mechanism* row = crypto::find_mechanism(word)) return row->number;
  return static_cast<std::uint32_t>(TRY(number_of(word)));
}

Status read_word(std::string_view word, Reference& value) {
  if (!word.starts_with('%')) return kUnreadable;
  word.remove_prefix(1);
  value.call = static_cast<int>(TRY(number_of(cut(word, "."))));
  if (!word.empty()) value.part = static_cast<unsigned>(TRY(number_of(word)));
  return {};
}

Status read_word(std::string_view word, Buffer& value) {
  value = TRY(codec::from_hex(word));
  return {};
}

Status read_word(std::string_view word, Data& value) {
  if (!word.starts_with('%')) return read_word(word, value.octets);
  std::string_view rest = word;
  std::string_view place = cut(rest, "^");
  if (!rest.empty()) {
    value.flip_at = static_cast<int>(TRY(number_of(cut(rest, ":"))));
    const Buffer by = TRY(codec::from_hex(rest));
    if (by.size() != 1) return kUnreadable;
    value.flip_by = by[0];
  }
  TRY(read_word(cut(place, "["), value.from));
  if (place.empty()) return {};
  value.skip = TRY(number_of(cut(place, "+")));
  value.take = TRY(number_of(cut(place, "]")));
  return {};
}

template <std::integral T>
Status read_word(std::string_view word, T& value) {
  value = static_cast<T>(TRY(number_of(word)));
  return {};
}

Status read_word(std::string_view word, std::vector<std::uint32_t>& value) {
  while (!word.empty()) value.push_back(static_cast<std::uint32_t>(TRY(number_of(cut(word, ",")))));
  return {};
}

Status read_word(std::string_view word, std::vector<Part>& value) {
  while (!word.empty()) {
    std::string_view piece = cut(word, ",");
    Part part;
    part.kind = static_cast<std::uint8_t>(TRY(number_of(cut(piece, "."))));
    part.bits = static_cast<std::uint32_t>(TRY(number_of(cut(piece, "."))));
    part.octets = TRY(codec::from_hex(piece));
    value.push_back(std::move(part));
  }
  return {};
}

// Reader is the visitor that finds the field of a word.
struct Reader {
  std::string_view name;
  std::string_view word;
  std::optional<Status> status;  // none: no field has the name

  template <typename T>
  void operator()(std::string_view field, T& value) {
    if (field == name) status = read_word(word, value);
  }
};

Result<Setting> setting_of(std::string_view name, std::string_view word);

Result<Settings> settings_of(std::string_view word) {
  if (!word.starts_with('{') || !word.ends_with('}')) return kUnreadable;
  word = word.substr(1, word.size() - 2);
  Settings settings;
  int depth = 0;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= word.size(); ++at) {
    const bool ends = at == word.size() || (word[at] == ';' && depth == 0);
    if (at < word.size() && word[at] == '{') ++depth;
    if (at < word.size() && word[at] == '}') --depth;
    if (!ends) continue;
    std::string_view each = word.substr(from, at - from);
    const std::string_view name = cut(each, "=");
    if (!name.empty()) settings.push_back(TRY(setting_of(name, each)));
    from = at + 1;
  }
  return settings;
}

Result<Setting> setting_of(std::string_view name, std::string_view word) {
  const AttributeName* row = find_attribute_name(name);
  if (row == nullptr) return kUnreadable;
  switch (row->shape) {
    case ValueShape::truth:
      if (word != "yes" && word != "no") return kUnreadable;
      return truth(row->type, word == "yes");
    case ValueShape::number: return number(row->type, TRY(number_of(word)));
    case ValueShape::object_class: return number(row->type, TRY(number_of(class_names(), word)));
    case ValueShape::key_type: return number(row->type, TRY(number_of(key_type_names(), word)));
    case ValueShape::octets: return octets(row->type, TRY(codec::from_hex(word)));
    case ValueShape::nested: return nested(row->type, TRY(settings_of(word)));
    case ValueShape::mechanisms: break;
  }
  std::vector<std::uint32_t> numbers;
  while (!word.empty()) numbers.push_back(TRY(mechanism_of(cut(word, ","))));
  return mechanisms(row->type, numbers);
}

Status read_field(std::string_view name, std::string_view word, Call& call) {
  if (name.starts_with("CKA_")) {
    call.attributes.push_back(TRY(setting_of(name, word)));
    return {};
  }
  if (name == "more") {
    call.more = TRY(settings_of(word));
    return {};
  }
  if (name == "mechanism") {
    call.how.mechanism = TRY(mechanism_of(word));
    return {};
  }
  if (name == "who") {
    const auto* found = std::ranges::find(kWho, word);
    if (found == kWho.end()) return kUnreadable;
    call.who = static_cast<Who>(found - kWho.begin());
    return {};
  }
  Reader read{.name = name, .word = word, .status = {}};
  read("token", call.token);
  read("key", call.key);
  read("target", call.target);
  read("data", call.data);
  read("signature", call.signature);
  How::fields(read, call.how);
  return read.status.value_or(kUnreadable);
}

Result<Call> call_of(std::string_view line) {
  cut(line, " ");  // its number
  const auto* found = std::ranges::find(kOperations, cut(line, " "));
  if (found == kOperations.end()) return kUnreadable;
  Call call;
  call.operation = static_cast<Operation>(found - kOperations.begin());
  while (!line.empty()) {
    std::string_view word = cut(line, " ");
    if (word.empty()) continue;
    const std::string_view name = cut(word, "=");
    TRY(read_field(name, word, call));
  }
  return call;
}

}  // namespace

std::string_view operation_name(Operation operation) {
  return kOperations[static_cast<std::size_t>(operation)];
}

std::string_view who_name(Who who) { return kWho[static_cast<std::size_t>(who)]; }

std::string text_of(const Sequence& sequence) {
  std::string text;
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    text += std::to_string(i) + " " + text_of(sequence[i]) + "\n";
  }
  return text;
}

Result<Sequence> sequence_of(std::string_view text) {
  Sequence sequence;
  while (!text.empty()) {
    const std::string_view line = cut(text, "\n");
    if (line.empty() || line.starts_with('#')) continue;
    sequence.push_back(TRY(call_of(line)));
  }
  if (sequence.empty() || sequence.front().operation != Operation::victim) return kUnreadable;
  return sequence;
}

}  // namespace coffer::extraction
