// The chapter "use": signing, verifying, encrypting, decrypting, digests, random octets.
#include "pkcs11/pkcs11.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "tests/traces/templates.h"

namespace coffer::traces {
namespace {

namespace cka = vault::attribute;

// Pair is a session's key pair.
struct Pair {
  wire::ObjectId public_key{};
  wire::ObjectId private_key{};
};

Pair generate(Speaker& speaker, std::string_view name, const wire::GenerateKeyPair& request) {
  const auto made = speaker.ask(name, request);
  return {made.reply.public_key.id, made.reply.private_key.id};
}

void sign(Speaker& speaker, std::uint32_t slot, const std::string& name, const Pair& pair,
          const wire::Parameters& parameters) {
  const wire::Sign request{
      .slot = slot, .key = pair.private_key, .parameters = parameters, .data = kDigest32};
  const auto signature = speaker.ask("a signature by " + name, request);
  Buffer octets = to_buffer(signature.reply.output);
  wire::Verify verify{
      .slot = slot, .key = pair.public_key, .parameters = parameters, .data = kDigest32, .signature = octets};
  speaker.ask("the signature by " + name + " is right", verify);
  if (!octets.empty()) octets.at(octets.size() / 2) ^= 1U;
  verify.signature = octets;
  speaker.refused("another signature by " + name + " is wrong", Code::signature_invalid, verify);
}

void signatures(Speaker& speaker, std::uint32_t slot) {
  const Pair p256 = generate(speaker, "a P-256 pair", p256_pair(slot));
  sign(speaker, slot, "ECDSA", p256, {.mechanism = CKM_ECDSA});
  sign(speaker, slot, "ECDSA with SHA-256", p256, {.mechanism = CKM_ECDSA_SHA256});
  const Pair ed25519 = generate(speaker, "an Ed25519 pair",
                                {.slot = slot,
                                 .mechanism = CKM_EC_EDWARDS_KEY_PAIR_GEN,
                                 .public_attributes = {{cka::kEcParams, kEd25519}}});
  sign(speaker, slot, "Ed25519", ed25519, {.mechanism = CKM_EDDSA});
  const Pair rsa =
      generate(speaker, "an RSA pair",
               {.slot = slot,
                .mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN,
                .public_attributes = {{cka::kModulusBits, kBits2048}, yes(cka::kEncrypt), yes(cka::kVerify)},
                .private_attributes = {yes(cka::kDecrypt), yes(cka::kSign)}});
  sign(speaker, slot, "RSA", rsa, {.mechanism = CKM_SHA256_RSA_PKCS});
  sign(speaker, slot, "RSA-PSS", rsa,
       {.mechanism = CKM_SHA256_RSA_PKCS_PSS, .hash = 3, .mask_hash = 3, .salt_bytes = 32});
  const Buffer set = vault::number(1);
  const Pair lattice = generate(
      speaker, "an ML-DSA pair",
      {.slot = slot, .mechanism = CKM_ML_DSA_KEY_PAIR_GEN, .public_attributes = {{cka::kParameterSet, set}}});
  sign(speaker, slot, "ML-DSA", lattice, {.mechanism = CKM_ML_DSA});
  speaker.refused(
      "a public key signs nothing", Code::key_use,
      wire::Sign{
          .slot = slot, .key = p256.public_key, .parameters = {.mechanism = CKM_ECDSA}, .data = kDigest32});
  speaker.refused("an encryption mechanism signs nothing", Code::mechanism_invalid,
                  wire::Sign{.slot = slot,
                             .key = p256.private_key,
                             .parameters = {.mechanism = CKM_AES_GCM},
                             .data = kDigest32});

  const wire::Parameters oaep{.mechanism = CKM_RSA_PKCS_OAEP, .hash = 3, .mask_hash = 3};
  const auto encrypted =
      speaker.ask("RSA-OAEP encrypts",
                  wire::Encrypt{.slot = slot, .key = rsa.public_key, .parameters = oaep, .data = kOctets16});
  speaker.ask("RSA-OAEP decrypts",
              wire::Decrypt{
                  .slot = slot, .key = rsa.private_key, .parameters = oaep, .data = encrypted.reply.output});
}

void ciphers(Speaker& speaker, std::uint32_t slot) {
  const wire::ObjectId key =
      speaker.ask("an AES key", aes_key(slot, {yes(cka::kEncrypt), yes(cka::kDecrypt), yes(cka::kSign)}))
          .reply.object.id;
  const wire::Parameters gcm{
      .mechanism = CKM_AES_GCM, .iv = kNonce12, .associated = text("head"), .tag_bits = 128};
  wire::Encrypt encrypt{.slot = slot, .key = key, .parameters = gcm, .data = kOctets16};
  Buffer ciphertext = to_buffer(speaker.ask("AES-GCM encrypts", encrypt).reply.output);
  wire::Decrypt decrypt{.slot = slot, .key = key, .parameters = gcm, .data = ciphertext};
  speaker.ask("AES-GCM decrypts", decrypt);
  ciphertext.at(3) ^= 1U;
  decrypt.data = ciphertext;
  speaker.refused("AES-GCM does not decrypt what was changed", Code::ciphertext_invalid, decrypt);
  encrypt.parameters = {.mechanism = CKM_AES_CBC_PAD, .iv = kOctets16};
  speaker.ask("AES-CBC encrypts", encrypt);
  encrypt.parameters.iv = kNonce12;
  speaker.refused("AES-CBC with a short IV", Code::mechanism_parameter, encrypt);
  speaker.ask(
      "AES-CMAC",
      wire::Sign{.slot = slot, .key = key, .parameters = {.mechanism = CKM_AES_CMAC}, .data = kOctets16});
}

void authorized_use(Speaker& speaker, std::uint32_t slot) {
  const Pair pair = generate(speaker, "a pair that asks for the PIN before each use",
                             p256_pair(slot, {yes(cka::kAlwaysAuthenticate), yes(cka::kPrivate)}));
  const wire::Sign sign{
      .slot = slot, .key = pair.private_key, .parameters = {.mechanism = CKM_ECDSA}, .data = kDigest32};
  speaker.refused("a use without the PIN", Code::not_logged_in, sign);
  speaker.refused("a use with a wrong PIN", Code::pin_incorrect,
                  wire::AuthorizeUse{.slot = slot, .key = pair.private_key, .pin = vault::secret("4321")});
  speaker.ask("the PIN for one use",
              wire::AuthorizeUse{.slot = slot, .key = pair.private_key, .pin = vault::secret(kUserPin)});
  speaker.ask("the use", sign);
  speaker.refused("the PIN for a key that does not ask", Code::operation_unknown,
                  wire::AuthorizeUse{.slot = slot, .key = pair.public_key, .pin = vault::secret(kUserPin)});
}

void without_a_key(Speaker& speaker) {
  speaker.ask("a digest", wire::DigestRequest{.mechanism = CKM_SHA256, .data = kOctets16});
  speaker.refused("a digest by an unknown mechanism", Code::mechanism_invalid,
                  wire::DigestRequest{.mechanism = CKM_AES_GCM, .data = kOctets16});
  speaker.ask("random octets", wire::Random{.bytes = 32});
  speaker.ask("many random octets", wire::Random{.bytes = 300});
  speaker.refused("too many random octets", Code::limit, wire::Random{.bytes = 0xffffffff});
  speaker.ask("a seed", wire::SeedRandom{.seed = kOctets16});
  speaker.ask("mechanisms", wire::Mechanisms{});
}

}  // namespace

Chapter use_chapter() {
  House house("use");
  log_in(*house.owner, 0);
  log_in(*house.net, 1);
  for (const auto& [speaker, slot] : {std::pair(house.owner.get(), 0U), std::pair(house.net.get(), 1U)}) {
    signatures(*speaker, slot);
    ciphers(*speaker, slot);
    authorized_use(*speaker, slot);
    without_a_key(*speaker);
  }
  return house.take();
}

}  // namespace coffer::traces
