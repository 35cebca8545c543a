// Asker: the messages.
#include "tests/extraction_search/asker.h"

#include <algorithm>

#include "tests/extraction_search/attribute_names.h"
#include "tests/extraction_search/wire_form.h"
#include "vault/attribute.h"
#include "wire/derive_messages.h"
#include "wire/kem_messages.h"
#include "wire/operation_messages.h"
#include "wire/wrap_messages.h"

namespace coffer::extraction {
namespace {

// What get_attributes asks for when the call does not say.
constexpr std::uint32_t kAttributesToRead[] = {
    vault::attribute::kValue,     vault::attribute::kCheckValue,    vault::attribute::kValueLen,
    vault::attribute::kSensitive, vault::attribute::kPublicKeyInfo, vault::attribute::kPrivateExponent,
    vault::attribute::kPrime1};
constexpr std::uint32_t kUnwrapRoomBytes = wire::kWrappedBytesMax;

Outcome refused(Code code) {
  return {.code = code, .is_asked = true, .objects = {}, .octets = {}, .attributes = {}};
}

// with_output is the outcome of what answers with octets.
template <typename Request>
Outcome with_output(const vault::Answer<Request>& answer) {
  Outcome outcome = refused(answer.code);
  if (answer.ok()) outcome.octets.push_back(to_buffer(answer.reply.output));
  return outcome;
}

template <typename Request>
Outcome with_object(const vault::Answer<Request>& answer) {
  Outcome outcome = refused(answer.code);
  if (answer.ok()) outcome.objects.push_back(answer.reply.object);
  return outcome;
}

}  // namespace

const wire::ObjectSummary* Asker::object(const Reference& reference) const {
  if (!reference.given() || static_cast<std::size_t>(reference.call) >= outcomes_.size()) return nullptr;
  const auto& objects = outcomes_[static_cast<std::size_t>(reference.call)].objects;
  return reference.part < objects.size() ? &objects[reference.part] : nullptr;
}

std::optional<Buffer> Asker::octets(const Data& data) const {
  if (!data.from.given()) return data.octets;
  if (static_cast<std::size_t>(data.from.call) >= outcomes_.size()) return std::nullopt;
  const auto& outcome = outcomes_[static_cast<std::size_t>(data.from.call)];
  if (data.from.part >= outcome.octets.size()) return std::nullopt;
  Buffer copied = outcome.octets[data.from.part];
  const std::size_t skip = std::min(data.skip, copied.size());
  copied.erase(copied.begin(), copied.begin() + static_cast<std::ptrdiff_t>(skip));
  if (data.take != 0 && data.take < copied.size()) copied.resize(data.take);
  if (data.flip_at >= 0 && static_cast<std::size_t>(data.flip_at) < copied.size()) {
    copied[static_cast<std::size_t>(data.flip_at)] ^= data.flip_by;
  }
  return copied;
}

bool Asker::is_possible() const {
  for (const Reference* each : {&call_.key, &call_.target, &call_.how.other}) {
    if (each->given() && object(*each) == nullptr) return false;
  }
  return octets(call_.data).has_value() && octets(call_.signature).has_value() &&
         octets(call_.how.iv).has_value();
}

wire::Parameters Asker::parameters() const {
  wire::Parameters made = wire_parameters(call_.how, iv_);
  if (call_.how.other.given()) made.other_key = object(call_.how.other)->id;
  return made;
}

Outcome Asker::ask(std::optional<Hook::Place> hook) {
  if (!is_possible()) return {};
  iv_ = *octets(call_.how.iv);
  data_ = *octets(call_.data);
  if (!hook) return dispatch();
  const Hook active(*hook, change_);
  return dispatch();
}

Outcome Asker::dispatch() {
  switch (call_.operation) {
    case Operation::victim:
    case Operation::import_key:
    case Operation::generate: return make_key();
    case Operation::generate_pair: return generate_pair();
    case Operation::copy:
    case Operation::set_attributes: return change_object();
    case Operation::get_attributes: return get_attributes();
    case Operation::derive: return derive();
    case Operation::wrap: return wrap();
    case Operation::unwrap: return unwrap();
    case Operation::encapsulate: return encapsulate();
    case Operation::decapsulate: return decapsulate();
    case Operation::verify: return verify();
    case Operation::digest:
    case Operation::digest_key: return digest();
    case Operation::destroy:
      return refused(chip_.ask(call_.who, wire::DestroyObject{.slot = call_.token, .id = key()}).code);
    case Operation::login: return refused(chip_.log_in(call_.who, call_.token));
    case Operation::logout: return refused(chip_.ask(call_.who, wire::Logout{call_.token}).code);
    default: return use_key();
  }
}

Outcome Asker::make_key() {
  WireTemplate wanted(call_.attributes);
  if (call_.operation == Operation::generate) {
    wire::GenerateKey request{.slot = call_.token,
                              .session = Chip::kSession,
                              .mechanism = call_.how.mechanism,
                              .attributes = wanted.attributes(),
                              .parameters = parameters(),
                              .password = SecretBytes::copy_of(data_)};
    return with_object(chip_.ask(call_.who, request));
  }
  if (call_.operation == Operation::victim) {
    for (const OctetChange& each : change_) wanted.flip(vault::attribute::kValue, each.position, each.by);
  }
  return with_object(chip_.ask(
      call_.who,
      wire::CreateObject{.slot = call_.token, .session = Chip::kSession, .attributes = wanted.attributes()}));
}

Outcome Asker::generate_pair() {
  const WireTemplate open(call_.attributes);
  const WireTemplate secret(call_.more);
  const auto answer = chip_.ask(call_.who, wire::GenerateKeyPair{.slot = call_.token,
                                                                 .session = Chip::kSession,
                                                                 .mechanism = call_.how.mechanism,
                                                                 .public_attributes = open.attributes(),
                                                                 .private_attributes = secret.attributes()});
  Outcome outcome = refused(answer.code);
  if (answer.ok()) outcome.objects = {answer.reply.public_key, answer.reply.private_key};
  return outcome;
}

Outcome Asker::derive() {
  const WireTemplate wanted(call_.attributes);
  const WireTemplate further(call_.more);
  wire::DeriveKey request{.slot = call_.token,
                          .session = Chip::kSession,
                          .base = key(),
                          .parameters = parameters(),
                          .attributes = wanted.attributes(),
                          .additional = {}};
  if (!call_.more.empty()) request.additional.push_back({further.attributes()});
  const auto answer = chip_.ask(call_.who, request);
  Outcome outcome = refused(answer.code);
  if (!answer.ok()) return outcome;
  outcome.objects.push_back(answer.reply.object);
  for (const auto& each : answer.reply.additional) outcome.objects.push_back(each);
  if (!answer.reply.octets.empty()) outcome.octets.push_back(answer.reply.octets);
  return outcome;
}

Outcome Asker::wrap() {
  const auto answer = chip_.ask(call_.who, wire::WrapKey{.slot = call_.token,
                                                         .wrapping_key = key(),
                                                         .key = object(call_.target)->id,
                                                         .parameters = parameters(),
                                                         .nonce_bytes = call_.how.nonce_bytes,
                                                         .room_bytes = kUnwrapRoomBytes});
  Outcome outcome = refused(answer.code);
  if (answer.ok()) outcome.octets = {answer.reply.wrapped, answer.reply.nonce};
  return outcome;
}

Outcome Asker::unwrap() {
  const WireTemplate wanted(call_.attributes);
  return with_object(chip_.ask(call_.who, wire::UnwrapKey{.slot = call_.token,
                                                          .session = Chip::kSession,
                                                          .unwrapping_key = key(),
                                                          .parameters = parameters(),
                                                          .wrapped = data_,
                                                          .attributes = wanted.attributes()}));
}

Outcome Asker::encapsulate() {
  const WireTemplate wanted(call_.attributes);
  const auto answer = chip_.ask(call_.who, wire::Encapsulate{.slot = call_.token,
                                                             .session = Chip::kSession,
                                                             .key = key(),
                                                             .mechanism = call_.how.mechanism,
                                                             .attributes = wanted.attributes()});
  Outcome outcome = with_object(answer);
  if (answer.ok()) outcome.octets.push_back(answer.reply.ciphertext);
  return outcome;
}

Outcome Asker::decapsulate() {
  const WireTemplate wanted(call_.attributes);
  return with_object(chip_.ask(call_.who, wire::Decapsulate{.slot = call_.token,
                                                            .session = Chip::kSession,
                                                            .key = key(),
                                                            .mechanism = call_.how.mechanism,
                                                            .ciphertext = data_,
                                                            .attributes = wanted.attributes()}));
}

Outcome Asker::change_object() {
  const WireTemplate wanted(call_.attributes);
  if (call_.operation == Operation::copy) {
    return with_object(chip_.ask(
        call_.who,
        wire::CopyObject{
            .slot = call_.token, .session = Chip::kSession, .id = key(), .attributes = wanted.attributes()}));
  }
  const wire::SetAttributes request{.slot = call_.token, .id = key(), .attributes = wanted.attributes()};
  return refused(chip_.ask(call_.who, request).code);
}

Outcome Asker::get_attributes() {
  std::vector<std::uint32_t> types;
  for (const Setting& each : call_.attributes) types.push_back(each.type);
  if (types.empty()) types.assign(std::begin(kAttributesToRead), std::end(kAttributesToRead));
  const auto answer =
      chip_.ask(call_.who, wire::GetAttributes{.slot = call_.token, .id = key(), .types = types});
  Outcome outcome = refused(answer.code);
  if (answer.ok()) outcome.attributes = answer.reply.attributes;
  return outcome;
}

Outcome Asker::use_key() {
  const auto ask = [&](auto request) {
    request.slot = call_.token;
    request.key = key();
    request.parameters = parameters();
    request.data = data_;
    return with_output(chip_.ask(call_.who, request));
  };
  switch (call_.operation) {
    case Operation::sign: return ask(wire::Sign{});
    case Operation::encrypt: return ask(wire::Encrypt{});
    case Operation::decrypt: return ask(wire::Decrypt{});
    case Operation::sign_recover: return ask(wire::SignRecover{});
    default: break;
  }
  const auto signature = octets(call_.signature);
  return with_output(
      chip_.ask(call_.who,
                wire::VerifyRecover{
                    .slot = call_.token, .key = key(), .parameters = parameters(), .signature = *signature}));
}

Outcome Asker::verify() {
  const auto signature = octets(call_.signature);
  return refused(chip_
                     .ask(call_.who, wire::Verify{.slot = call_.token,
                                                  .key = key(),
                                                  .parameters = parameters(),
                                                  .data = data_,
                                                  .signature = *signature})
                     .code);
}

// Of octets, or of a key.
Outcome Asker::digest() {
  const auto begun = chip_.ask(
      call_.who,
      wire::Begin{
          .kind = wire::OperationKind::digest, .slot = call_.token, .key = {}, .parameters = parameters()});
  if (!begun.ok()) return refused(begun.code);
  const std::uint64_t operation = begun.reply.operation;
  const Code fed =
      call_.operation == Operation::digest
          ? chip_.ask(call_.who, wire::Update{.operation = operation, .data = data_}).code
          : chip_.ask(call_.who, wire::DigestKey{.operation = operation, .slot = call_.token, .key = key()})
                .code;
  if (fed != Code::ok) {
    static_cast<void>(chip_.ask(call_.who, wire::Cancel{.operation = operation}).code);
    return refused(fed);
  }
  return with_output(chip_.ask(call_.who, wire::Finish{.operation = operation, .signature = {}}));
}

}  // namespace coffer::extraction
