// The chapter "operation": operations in parts, nonces, signatures with recovery, jobs.
#include "pkcs11/pkcs11.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "tests/traces/templates.h"
#include "wire/operation_messages.h"

namespace coffer::traces {
namespace {

namespace cka = vault::attribute;
constexpr std::uint64_t kNothing = 4711;

std::uint64_t begin(Speaker& speaker, std::string_view name, const wire::Begin& request) {
  return speaker.ask(name, request).reply.operation;
}

void parts(Speaker& speaker, std::uint32_t slot) {
  const auto pair = speaker.ask("a P-256 pair", p256_pair(slot));
  const auto aes = speaker.ask("an AES key", aes_key(slot, {yes(cka::kEncrypt), yes(cka::kDecrypt)}));
  wire::Begin request{.kind = wire::OperationKind::sign,
                      .slot = slot,
                      .key = pair.reply.private_key.id,
                      .parameters = {.mechanism = CKM_ECDSA_SHA256}};
  const std::uint64_t signing = begin(speaker, "begin to sign", request);
  speaker.ask("a part to sign", wire::Update{signing, kOctets16});
  const auto signature = speaker.ask("the signature", wire::Finish{signing, {}});
  request.kind = wire::OperationKind::verify;
  request.key = pair.reply.public_key.id;
  const std::uint64_t verifying = begin(speaker, "begin to verify", request);
  speaker.ask("a part to verify", wire::Update{verifying, kNonce12});
  speaker.refused("the signature of something else", Code::signature_invalid,
                  wire::Finish{verifying, signature.reply.output});
  request = {.kind = wire::OperationKind::encrypt,
             .slot = slot,
             .key = aes.reply.object.id,
             .parameters = {.mechanism = CKM_AES_CTR, .iv = kOctets16, .counter_bits = 128}};
  const std::uint64_t encrypting = begin(speaker, "begin to encrypt", request);
  speaker.ask("a part to encrypt", wire::Update{encrypting, kNonce12});
  speaker.ask("an operation is given up", wire::Cancel{encrypting});
  request.key = pair.reply.public_key.id;
  speaker.refused("begin with a key of another type", Code::key_use, request);
  speaker.refused("begin a size with it", Code::key_use, wire::BeginSized{request, kOctets16.size()});
  request = {.kind = wire::OperationKind::encrypt,
             .slot = slot,
             .key = aes.reply.object.id,
             .parameters = {.mechanism = CKM_AES_GCM, .iv = kNonce12, .tag_bits = 128}};
  const std::uint64_t sealing =
      speaker.ask("begin to encrypt a size", wire::BeginSized{request, kOctets16.size()}).reply.operation;
  Buffer sealed = to_buffer(speaker.ask("its piece", wire::Update{sealing, kOctets16}).reply.output);
  append(sealed, speaker.ask("its tag", wire::Finish{sealing, {}}).reply.output);
  request.kind = wire::OperationKind::decrypt;
  const std::uint64_t opening =
      speaker.ask("begin to decrypt a size", wire::BeginSized{request, sealed.size()}).reply.operation;
  speaker.ask("the piece is verified", wire::Update{opening, sealed});
  speaker.ask("the piece is decrypted", wire::Update{opening, sealed});
  speaker.ask("nothing is left", wire::Finish{opening, {}});
  speaker.refused("a part of nothing", Code::operation_unknown, wire::Update{kNothing, kNonce12});
  speaker.refused("the end of nothing", Code::operation_unknown, wire::Finish{kNothing, {}});
}

void digests(Speaker& speaker, std::uint32_t slot) {
  const wire::Begin request{.slot = slot, .parameters = {.mechanism = CKM_SHA256}};
  const std::uint64_t digest = begin(speaker, "begin a digest", request);
  const wire::Template readable = {no(cka::kSensitive), yes(cka::kExtractable)};
  const auto open = speaker.ask("a key that may be read", aes_key(slot, readable));
  const auto closed = speaker.ask("a key that may not be read", aes_key(slot, {}));
  speaker.ask("a key is digested", wire::DigestKey{digest, slot, open.reply.object.id});
  speaker.refused("a key that may not be read is digested", Code::denied,
                  wire::DigestKey{digest, slot, closed.reply.object.id});
  const auto copy = speaker.ask("a saved digest", wire::CopyOperation{digest, true});
  speaker.refused("a copy of nothing", Code::operation_unknown, wire::CopyOperation{kNothing, false});
  speaker.ask("the digest", wire::Finish{digest, {}});
  speaker.ask("the saved digest goes on", wire::CopyOperation{copy.reply.operation, false});
}

void nonces(Speaker& speaker) {
  using enum wire::NonceSource;
  speaker.ask("a random nonce", wire::MakeNonce{random, 0, 32, kNonce12});
  const auto first = speaker.ask("a counter", wire::MakeNonce{counter, 0, 32, kNonce12});
  speaker.ask("the counter's next", wire::MakeNonce{counter, first.reply.counter, 32, kNonce12});
  speaker.ask("a counter for TLS", wire::MakeNonce{counter_xor, 0, 32, kNonce12});
  speaker.refused("a nonce with too few random bits", Code::mechanism_parameter,
                  wire::MakeNonce{random, 0, 33, kNonce12});
}

void recovery(Speaker& speaker, std::uint32_t slot) {
  const auto pair = speaker.ask(
      "an RSA pair",
      wire::GenerateKeyPair{.slot = slot,
                            .mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN,
                            .public_attributes = {{cka::kModulusBits, kBits2048}, yes(cka::kVerifyRecover)},
                            .private_attributes = {yes(cka::kSignRecover)}});
  const wire::SignRecover sign{.slot = slot,
                               .key = pair.reply.private_key.id,
                               .parameters = {.mechanism = CKM_RSA_PKCS},
                               .data = kOctets16};
  const auto signature = speaker.ask("a signature with recovery", sign);
  wire::VerifyRecover verify{.slot = slot,
                             .key = pair.reply.public_key.id,
                             .parameters = {.mechanism = CKM_RSA_PKCS},
                             .signature = signature.reply.output};
  speaker.ask("what was signed", verify);
  verify.signature = kOctets16;
  speaker.refused("what was not signed", Code::signature_length, verify);
  speaker.refused("a public key signs nothing", Code::key_use,
                  wire::SignRecover{.slot = slot,
                                    .key = pair.reply.public_key.id,
                                    .parameters = {.mechanism = CKM_RSA_PKCS},
                                    .data = kOctets16});
}

// A key of a session is made before the job's request returns, so its state does not depend on other threads.
void jobs(Speaker& speaker, std::uint32_t slot) {
  const auto start = [&](std::string_view name, wire::Op op, const auto& request) {
    Buffer octets;
    codec::encode_secret_into(request, octets);
    return speaker.ask(name, wire::StartJob{static_cast<std::uint32_t>(op), octets}).reply.job;
  };
  const std::uint64_t job = start("a job", wire::kOp<wire::GenerateKey>, aes_key(slot, {}));
  speaker.ask("the job's answer, kept", wire::TakeJob{job, true});
  speaker.ask("the job's answer", wire::TakeJob{job, false});
  speaker.refused("the answer once more", Code::operation_unknown, wire::TakeJob{job, false});
  const std::uint64_t failing =
      start("a job that fails", wire::kOp<wire::GenerateKey>, wire::GenerateKey{.slot = slot});
  speaker.ask("the failure", wire::TakeJob{failing, false});
  speaker.refused("a job of another kind", Code::unsupported,
                  wire::StartJob{static_cast<std::uint32_t>(wire::kOp<wire::Slots>), {}});
  speaker.refused("a job that is cut short", Code::malformed,
                  wire::StartJob{static_cast<std::uint32_t>(wire::kOp<wire::GenerateKey>), kNonce12});
}

}  // namespace

Chapter operation_chapter() {
  House house("operation");
  log_in(*house.owner, 0);
  log_in(*house.net, 1);
  for (const auto& [speaker, slot] : {std::pair(house.owner.get(), 0U), std::pair(house.net.get(), 1U)}) {
    parts(*speaker, slot);
    digests(*speaker, slot);
    nonces(*speaker);
    recovery(*speaker, slot);
    jobs(*speaker, slot);
  }
  return house.take();
}

}  // namespace coffer::traces
