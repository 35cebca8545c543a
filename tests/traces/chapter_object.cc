// The chapter "object": making, reading, changing, finding and destroying objects.
#include "pkcs11/pkcs11.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "tests/traces/templates.h"
#include "wire/derive_messages.h"

namespace coffer::traces {
namespace {

namespace cka = vault::attribute;
constexpr wire::ObjectId kNobody{1, 2, 3};
constexpr std::uint64_t kSession = 7;

void data(Speaker& speaker, std::uint32_t slot) {
  const wire::Template attributes = {{cka::kClass, kDataClass}, {cka::kLabel, text("note")}};
  const wire::CreateObject create{.slot = slot, .session = kSession, .attributes = attributes};
  speaker.refused("an object without a class", Code::template_incomplete, wire::CreateObject{.slot = slot});
  const wire::ObjectId note = speaker.ask("a data object", create).reply.object.id;
  const wire::CopyObject copy{
      .slot = slot, .session = kSession, .id = note, .attributes = {{cka::kLabel, text("copy")}}};
  speaker.ask("a copy", copy);
  speaker.refused("a copy of nothing", Code::not_found, wire::CopyObject{.slot = slot, .id = kNobody});
  speaker.ask("another label",
              wire::SetAttributes{.slot = slot, .id = note, .attributes = {{cka::kLabel, text("renamed")}}});
  speaker.refused("another class", Code::attribute_read_only,
                  wire::SetAttributes{.slot = slot, .id = note, .attributes = {{cka::kClass, kDataClass}}});
  speaker.ask(
      "attributes",
      wire::GetAttributes{.slot = slot, .id = note, .types = {cka::kLabel, cka::kUniqueId, cka::kModulus}});
  speaker.refused("attributes of nothing", Code::not_found,
                  wire::GetAttributes{.slot = slot, .id = kNobody, .types = {cka::kLabel}});
  const wire::Template wanted = {{cka::kLabel, text("copy")}};
  speaker.ask("find by label", wire::Find{.slot = slot, .attributes = wanted, .after = {}});
  speaker.ask("find one of two", wire::Find{.slot = slot, .count_max = 1, .after = {}});
  speaker.refused("find in no such slot", Code::slot_invalid, wire::Find{.slot = 9, .after = {}});
  speaker.ask("destroy", wire::DestroyObject{.slot = slot, .id = note});
  speaker.refused("destroy what is destroyed", Code::not_found,
                  wire::DestroyObject{.slot = slot, .id = note});
  speaker.ask("a session is closed", wire::CloseSession{kSession});
  speaker.ask("find what it left", wire::Find{.slot = slot, .after = {}});
}

void keys(Speaker& speaker, std::uint32_t slot) {
  const wire::Template kept = {yes(cka::kToken), {cka::kLabel, text("aes")}, {cka::kId, text("1")}};
  const auto aes = speaker.ask("an AES key of the token", aes_key(slot, kept));
  speaker.refused("a key by an unknown mechanism", Code::mechanism_invalid,
                  wire::GenerateKey{.slot = slot, .mechanism = 0x7fffffff});
  speaker.ask("a sensitive key's attributes",
              wire::GetAttributes{.slot = slot,
                                  .id = aes.reply.object.id,
                                  .types = {cka::kValue, cka::kSensitive, cka::kAlwaysSensitive}});
  speaker.ask("a key out of a password",
              wire::GenerateKey{
                  .slot = slot,
                  .mechanism = CKM_PKCS5_PBKD2,
                  .attributes = {{cka::kValueLen, kBytes16}},
                  .parameters = {.mechanism = CKM_PKCS5_PBKD2, .hash = 3, .salt = text("salt"), .number = 1},
                  .password = vault::secret("password")});
  speaker.ask("an imported key", wire::CreateObject{.slot = slot,
                                                    .attributes = {{cka::kClass, kSecretClass},
                                                                   {cka::kKeyType, kAesType},
                                                                   {cka::kValue, kOctets16}}});
  speaker.ask("a P-256 pair", p256_pair(slot, {yes(cka::kToken), {cka::kLabel, text("p256")}}));
  speaker.ask("an Ed25519 pair", wire::GenerateKeyPair{.slot = slot,
                                                       .mechanism = CKM_EC_EDWARDS_KEY_PAIR_GEN,
                                                       .public_attributes = {{cka::kEcParams, kEd25519}}});
  speaker.refused("a pair without a curve", Code::template_incomplete,
                  wire::GenerateKeyPair{.slot = slot, .mechanism = CKM_EC_KEY_PAIR_GEN});
  const auto rsa = speaker.ask("an RSA pair",
                               wire::GenerateKeyPair{.slot = slot,
                                                     .mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN,
                                                     .public_attributes = {{cka::kModulusBits, kBits2048}}});
  speaker.ask("the RSA public key", wire::GetAttributes{.slot = slot,
                                                        .id = rsa.reply.public_key.id,
                                                        .types = {cka::kModulus, cka::kPublicExponent}});
  speaker.ask("find keys of the token",
              wire::Find{.slot = slot, .attributes = {yes(cka::kToken)}, .after = {}});
}

void derivations(Speaker& speaker, std::uint32_t slot) {
  const wire::GenerateKey generate{.slot = slot,
                                   .mechanism = CKM_GENERIC_SECRET_KEY_GEN,
                                   .attributes = {{cka::kValueLen, kBytes32}, yes(cka::kDerive)}};
  const wire::ObjectId base = speaker.ask("a key to derive from", generate).reply.object.id;
  const wire::Parameters counting{.mechanism = CKM_SP800_108_COUNTER_KDF,
                                  .hash = 3,
                                  .parts = {{.kind = 1, .bits = 32}, {.kind = 4, .octets = text("label")}}};
  const wire::Template key = {{cka::kValueLen, kBytes16}, {cka::kKeyType, kAesType}};
  speaker.ask("two keys of one derivation", wire::DeriveKey{.slot = slot,
                                                            .base = base,
                                                            .parameters = counting,
                                                            .attributes = key,
                                                            .additional = {{.attributes = key}}});
  const Buffer randoms(64, 1);
  speaker.ask("the keys of a TLS connection",
              wire::DeriveKey{.slot = slot,
                              .base = base,
                              .parameters = {.mechanism = CKM_TLS12_KEY_AND_MAC_DERIVE,
                                             .hash = 3,
                                             .salt = randoms,
                                             .sizes = {32, 16, 4}},
                              .attributes = {{cka::kKeyType, kAesType}, yes(cka::kEncrypt)}});
  speaker.ask("data that can be read", wire::DeriveKey{.slot = slot,
                                                       .base = base,
                                                       .parameters = {.mechanism = CKM_HKDF_DATA,
                                                                      .hash = 3,
                                                                      .salt = text("salt"),
                                                                      .info = text("info"),
                                                                      .extract = true,
                                                                      .expand = true},
                                                       .attributes = {{cka::kValueLen, kBytes32}}});
  speaker.refused(
      "a piece of a key that was not born for it", Code::key_use,
      wire::DeriveKey{
          .slot = slot, .base = base, .parameters = {.mechanism = CKM_XOR_BASE_AND_DATA, .info = text("x")}});
}

}  // namespace

Chapter object_chapter() {
  House house("object");
  house.owner->ask("session keys without a login", p256_pair(0));
  house.net->ask("session keys without a login", p256_pair(1));
  wire::GenerateKeyPair stored = p256_pair(0);
  stored.private_attributes.push_back(vault::truth(cka::kToken, true));
  house.owner->refused("a private object without a login", Code::not_logged_in, stored);
  stored.slot = 1;
  house.net->refused("a private object without a login", Code::not_logged_in, stored);
  log_in(*house.owner, 0);
  log_in(*house.net, 1);
  for (const auto& [speaker, slot] : {std::pair(house.owner.get(), 0U), std::pair(house.net.get(), 1U)}) {
    data(*speaker, slot);
    keys(*speaker, slot);
    derivations(*speaker, slot);
  }
  return house.take();
}

}  // namespace coffer::traces
