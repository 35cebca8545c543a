// The chapter "once": creations that may be delivered twice.
#include "pkcs11/pkcs11.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "tests/traces/templates.h"
#include "wire/derive_messages.h"
#include "wire/kem_messages.h"
#include "wire/once_messages.h"
#include "wire/wrap_messages.h"

namespace coffer::traces {
namespace {

namespace cka = vault::attribute;

// Deliveries numbers what goes inside Once.
class Deliveries {
 public:
  explicit Deliveries(Speaker& speaker) : speaker_(speaker) {}

  // twice delivers a request twice, and gives its own reply.
  template <typename Request>
  Buffer twice(const std::string& name, const Request& request) {
    const wire::RequestId id{++number_};
    const Buffer octets = encoded(request);
    const wire::Once once{id, static_cast<std::uint32_t>(wire::kOp<Request>), octets};
    const auto answer = speaker_.ask(name, once);
    speaker_.ask(name + ", delivered again", once);
    return to_buffer(answer.reply.output);
  }
  template <typename Request>
  void refused(std::string_view name, Code code, const Request& request) {
    const Buffer octets = encoded(request);
    speaker_.refused(
        name, code,
        wire::Once{wire::RequestId{++number_}, static_cast<std::uint32_t>(wire::kOp<Request>), octets});
  }

 private:
  template <typename Request>
  static Buffer encoded(const Request& request) {
    Buffer octets;
    codec::encode_secret_into(request, octets);
    return octets;
  }

  Speaker& speaker_;
  std::uint8_t number_ = 0;
};

wire::ObjectId id_in(const Buffer& reply) {
  const auto decoded = codec::decode<wire::ObjectReply>(reply);
  EXPECT_TRUE(decoded.ok());
  return decoded.ok() ? decoded.value().object.id : wire::ObjectId{};
}

void deliver(Speaker& speaker, std::uint32_t slot) {
  Deliveries once(speaker);
  const wire::Template note = {{cka::kClass, kDataClass}, yes(cka::kToken), {cka::kLabel, text("note")}};
  const wire::ObjectId object =
      id_in(once.twice("a data object", wire::CreateObject{.slot = slot, .attributes = note}));
  once.twice("a copy", wire::CopyObject{.slot = slot, .id = object, .attributes = {}});
  const wire::Template wraps = {yes(cka::kToken), yes(cka::kWrap), yes(cka::kUnwrap)};
  const wire::ObjectId wrapping = id_in(once.twice("a wrapping key", aes_key(slot, wraps)));
  wire::GenerateKey base = aes_key(slot, {yes(cka::kToken), yes(cka::kDerive), yes(cka::kExtractable)});
  const wire::ObjectId leaving = id_in(once.twice("a key", base));
  once.twice("a pair", p256_pair(slot, {yes(cka::kToken)}));
  once.twice("a derived key", wire::DeriveKey{.slot = slot,
                                              .base = leaving,
                                              .parameters = {.mechanism = CKM_SHA256_KEY_DERIVATION},
                                              .attributes = {yes(cka::kToken), {cka::kValueLen, kBytes32}}});
  const auto wrapped =
      speaker.ask("a wrapped key", wire::WrapKey{.slot = slot,
                                                 .wrapping_key = wrapping,
                                                 .key = leaving,
                                                 .parameters = {.mechanism = CKM_AES_KEY_WRAP_KWP},
                                                 .room_bytes = 4096});
  once.twice("an unwrapped key",
             wire::UnwrapKey{
                 .slot = slot,
                 .unwrapping_key = wrapping,
                 .parameters = {.mechanism = CKM_AES_KEY_WRAP_KWP},
                 .wrapped = wrapped.reply.wrapped,
                 .attributes = {{cka::kClass, kSecretClass}, {cka::kKeyType, kAesType}, yes(cka::kToken)}});
  const Buffer set = vault::number(1);
  const auto pair =
      speaker.ask("an ML-KEM pair", wire::GenerateKeyPair{.slot = slot,
                                                          .mechanism = CKM_ML_KEM_KEY_PAIR_GEN,
                                                          .public_attributes = {{cka::kParameterSet, set}}});
  const Buffer ciphertext(768, 1);
  once.twice("a decapsulated key",
             wire::Decapsulate{
                 .slot = slot,
                 .key = pair.reply.private_key.id,
                 .mechanism = CKM_ML_KEM,
                 .ciphertext = ciphertext,
                 .attributes = {{cka::kClass, kSecretClass}, {cka::kKeyType, kAesType}, yes(cka::kToken)}});
  once.refused("what makes nothing", Code::unsupported, wire::Logout{slot});
  once.refused("a key by an unknown mechanism", Code::mechanism_invalid, wire::GenerateKey{.slot = slot});
}

}  // namespace

Chapter once_chapter() {
  House house("once");
  log_in(*house.owner, 0);
  log_in(*house.net, 1);
  deliver(*house.owner, 0);
  deliver(*house.net, 1);
  return house.take();
}

}  // namespace coffer::traces
