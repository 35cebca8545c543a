// The chapter "wrap": keys that travel as ciphertexts - wrapping, unwrapping, encapsulation.
#include "pkcs11/pkcs11.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "tests/traces/templates.h"
#include "wire/kem_messages.h"
#include "wire/wrap_messages.h"

namespace coffer::traces {
namespace {

namespace cka = vault::attribute;
constexpr std::uint32_t kRoom = 4096;

void wraps(Speaker& speaker, std::uint32_t slot) {
  const auto wrapping = speaker.ask("a wrapping key", aes_key(slot, {yes(cka::kWrap), yes(cka::kUnwrap)}));
  const auto leaving = speaker.ask("a key that may leave", aes_key(slot, {yes(cka::kExtractable)}));
  const auto staying = speaker.ask("a key that may not leave", aes_key(slot, {}));
  wire::WrapKey wrap{.slot = slot,
                     .wrapping_key = wrapping.reply.object.id,
                     .key = leaving.reply.object.id,
                     .parameters = {.mechanism = CKM_AES_KEY_WRAP_KWP},
                     .room_bytes = kRoom};
  const auto wrapped = speaker.ask("a wrapped key", wrap);
  wrap.key = staying.reply.object.id;
  speaker.refused("a key that may not leave is wrapped", Code::attribute_sensitive, wrap);
  wrap.key = leaving.reply.object.id;
  wrap.room_bytes = 0;
  speaker.ask("the size of a wrapped key", wrap);
  wrap.room_bytes = kRoom;
  wrap.parameters = {.mechanism = CKM_AES_GCM, .associated = text("head"), .tag_bits = 128};
  wrap.nonce_bytes = 12;
  speaker.ask("a key wrapped with the chip's nonce", wrap);

  Buffer octets = wrapped.reply.wrapped;
  wire::UnwrapKey unwrap{.slot = slot,
                         .unwrapping_key = wrapping.reply.object.id,
                         .parameters = {.mechanism = CKM_AES_KEY_WRAP_KWP},
                         .wrapped = octets,
                         .attributes = {{cka::kClass, kSecretClass}, {cka::kKeyType, kAesType}}};
  speaker.ask("an unwrapped key", unwrap);
  octets.at(3) ^= 1U;
  speaker.refused("a changed ciphertext is unwrapped", Code::ciphertext_invalid, unwrap);
}

void encapsulates(Speaker& speaker, std::uint32_t slot) {
  const Buffer set = vault::number(1);
  const auto pair =
      speaker.ask("an ML-KEM pair", wire::GenerateKeyPair{.slot = slot,
                                                          .mechanism = CKM_ML_KEM_KEY_PAIR_GEN,
                                                          .public_attributes = {{cka::kParameterSet, set}}});
  const wire::Template key = {{cka::kClass, kSecretClass}, {cka::kKeyType, kAesType}};
  wire::Encapsulate encapsulate{
      .slot = slot, .key = pair.reply.public_key.id, .mechanism = CKM_ML_KEM, .attributes = key};
  const auto made = speaker.ask("an encapsulated key", encapsulate);
  encapsulate.key = pair.reply.private_key.id;
  speaker.refused("a private key encapsulates nothing", Code::key_use, encapsulate);
  wire::Decapsulate decapsulate{.slot = slot,
                                .key = pair.reply.private_key.id,
                                .mechanism = CKM_ML_KEM,
                                .ciphertext = made.reply.ciphertext,
                                .attributes = key};
  speaker.ask("a decapsulated key", decapsulate);
  decapsulate.ciphertext = kOctets16;
  speaker.refused("a ciphertext of another length", Code::ciphertext_length, decapsulate);
}

}  // namespace

Chapter wrap_chapter() {
  House house("wrap");
  log_in(*house.owner, 0);
  log_in(*house.net, 1);
  for (const auto& [speaker, slot] : {std::pair(house.owner.get(), 0U), std::pair(house.net.get(), 1U)}) {
    wraps(*speaker, slot);
    encapsulates(*speaker, slot);
  }
  return house.take();
}

}  // namespace coffer::traces
