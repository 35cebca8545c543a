// The corpus of conversations with a vault, and of changes to its store.
#include "corpus.h"

#include <algorithm>
#include <string_view>

#include "pkcs11/pkcs11.h"
#include "vault/attribute.h"
#include "vault_world.h"
#include "wire/grant_messages.h"
#include "wire/kem_messages.h"
#include "wire/legacy_messages.h"
#include "wire/once_messages.h"
#include "wire/operation_messages.h"
#include "wire/operator_messages.h"
#include "wire/policy_messages.h"
#include "wire/tenant_messages.h"

namespace coffer::fuzzing {

namespace {

namespace cka = vault::attribute;

const Buffer kFalse{0};
const Buffer kTrue{1};

// The place of an id that the chip chose, see vault_requests.cc. Number 0 is the canary.
wire::ObjectId object_number(std::uint8_t index) {
  wire::ObjectId id{};
  std::ranges::copy(std::string_view("OBJECT-NUMBER: "), id.begin());
  id.back() = index;
  return id;
}

SecretBytes secret(std::string_view characters) { return SecretBytes::copy_of(as_bytes(characters)); }

void add_vault_objects(Corpus& corpus) {
  const auto aes = secret_key(vault::key_type::kAes, Buffer(32, 5));
  const auto data = data_object();
  const Attributes renamed{{cka::kLabel, text("renamed")}};
  const Attributes exposed{{cka::kSensitive, kFalse}, {cka::kExtractable, kTrue}};
  corpus.add(
      "vault_requests", "objects",
      joined({frame_of(wire::CreateObject{.attributes = view_of(data)}),
              frame_of(wire::CreateObject{.attributes = view_of(aes)}),
              frame_of(wire::SetAttributes{.id = object_number(2), .attributes = view_of(renamed)}),
              frame_of(wire::CopyObject{.id = object_number(2), .attributes = view_of(renamed)}),
              frame_of(wire::GetAttributes{.id = object_number(2), .types = {cka::kLabel, cka::kValue}}),
              frame_of(wire::Find{.attributes = view_of(renamed), .after = {}}),
              frame_of(wire::DestroyObject{.id = object_number(1)}), frame_of(wire::CloseSession{})}));
  corpus.add("vault_requests", "refused-exposing-the-canary",
             joined({frame_of(wire::GetAttributes{.id = object_number(0), .types = {cka::kValue}}),
                     frame_of(wire::CopyObject{.id = object_number(0), .attributes = view_of(exposed)}),
                     frame_of(wire::SetAttributes{.id = object_number(0), .attributes = view_of(exposed)})}));
}

wire::Parameters mechanism(std::uint32_t number) { return {.mechanism = number}; }

void add_vault_uses(Corpus& corpus) {
  const Buffer curve = p256_parameters();
  const Attributes pair{{cka::kEcParams, curve}};
  const Attributes derived{{cka::kClass, number(vault::object_class::kSecretKey)},
                           {cka::kKeyType, number(vault::key_type::kAes)},
                           {cka::kValueLen, number(32)}};
  const wire::GenerateKeyPair generate{.mechanism = CKM_EC_KEY_PAIR_GEN, .public_attributes = view_of(pair)};
  const wire::Sign sign{
      .key = object_number(2), .parameters = mechanism(CKM_ECDSA_SHA256), .data = as_bytes("data")};
  corpus.add("vault_requests", "sign", joined({frame_of(generate), frame_of(sign)}));
  corpus.add("vault_requests", "sign-together",
             joined({frame_of(generate), frame_of(sign, 2, 1), frame_of(sign, 2, 1), frame_of(sign)}));
  corpus.add("vault_requests", "refused-other-application",
             joined({frame_of(generate), frame_of(sign, 2, 1), frame_of(sign, 3)}));
  const Attributes kem{{cka::kParameterSet, number(1)}};
  const Buffer nobodys(768, 1);
  corpus.add("vault_requests", "encapsulate",
             joined({frame_of(wire::GenerateKeyPair{.mechanism = CKM_ML_KEM_KEY_PAIR_GEN,
                                                    .public_attributes = view_of(kem)}),
                     frame_of(wire::Encapsulate{.key = object_number(1), .mechanism = CKM_ML_KEM}),
                     frame_of(wire::Decapsulate{
                         .key = object_number(2), .mechanism = CKM_ML_KEM, .ciphertext = nobodys})}));
  const Attributes dsa{{cka::kParameterSet, number(1)}};
  const wire::Sign lattice{
      .key = object_number(2), .parameters = mechanism(CKM_ML_DSA), .data = as_bytes("data")};
  corpus.add("vault_requests", "sign-ml-dsa",
             joined({frame_of(wire::GenerateKeyPair{.mechanism = CKM_ML_DSA_KEY_PAIR_GEN,
                                                    .public_attributes = view_of(dsa)}),
                     frame_of(lattice, 2, 1), frame_of(lattice)}));
  const Buffer iv(12, 1);
  wire::Parameters gcm{.mechanism = CKM_AES_GCM, .iv = iv, .tag_bits = 128};
  corpus.add("vault_requests", "encrypt",
             joined({frame_of(wire::Encrypt{.key = object_number(0), .parameters = gcm, .data = iv})}));
  corpus.add(
      "vault_requests", "generate",
      joined({frame_of(wire::GenerateKey{.mechanism = CKM_AES_KEY_GEN, .attributes = view_of(derived)}),
              frame_of(wire::DigestRequest{.mechanism = CKM_SHA256, .data = iv}),
              frame_of(wire::Random{.bytes = 32}), frame_of(wire::SeedRandom{.seed = iv})}));
  const Attributes base{{cka::kValueLen, number(32)}, {cka::kDerive, Buffer{1}}};
  const Attributes short_key{{cka::kValueLen, number(1)}};
  const wire::GenerateKey generate_base{.mechanism = CKM_GENERIC_SECRET_KEY_GEN, .attributes = view_of(base)};
  const auto derive = [&](const wire::Parameters& parameters, const Attributes& attributes) {
    return frame_of(wire::DeriveKey{
        .base = object_number(1), .parameters = parameters, .attributes = view_of(attributes)});
  };
  const wire::Parameters counting{
      .mechanism = CKM_SP800_108_COUNTER_KDF, .hash = 3, .parts = {{.kind = 1, .bits = 32}}};
  const wire::Parameters connecting{
      .mechanism = CKM_TLS12_KEY_AND_MAC_DERIVE, .hash = 3, .salt = iv, .sizes = {32, 16, 4}};
  corpus.add("vault_requests", "derive",
             joined({frame_of(generate_base), derive(counting, derived), derive(connecting, derived),
                     derive(mechanism(CKM_SHA256_KEY_DERIVATION), base)}));
  corpus.add("vault_requests", "refused-slicing",
             joined({frame_of(generate_base), derive(mechanism(CKM_EXTRACT_KEY_FROM_KEY), short_key)}));
  const auto begin = [&](wire::OperationKind kind, std::uint8_t key, const wire::Parameters& parameters) {
    return frame_of(wire::Begin{.kind = kind, .key = object_number(key), .parameters = parameters});
  };
  corpus.add(
      "vault_requests", "in-parts",
      joined({begin(wire::OperationKind::digest, 0, mechanism(CKM_SHA256)),
              begin(wire::OperationKind::encrypt, 0, gcm), frame_of(wire::Update{.operation = 1, .data = iv}),
              frame_of(wire::Update{.operation = 2, .data = iv}), frame_of(wire::Finish{.operation = 1}),
              frame_of(wire::Cancel{.operation = 2})}));
  const auto sized = [&](wire::OperationKind kind, std::uint64_t bytes) {
    return frame_of(wire::BeginSized{.begin = {.kind = kind, .key = object_number(0), .parameters = gcm},
                                     .bytes = bytes});
  };
  corpus.add(
      "vault_requests", "sized",
      joined({sized(wire::OperationKind::encrypt, iv.size()),
              frame_of(wire::Update{.operation = 1, .data = iv}), frame_of(wire::Finish{.operation = 1}),
              sized(wire::OperationKind::decrypt, iv.size() + 16)}));
}

void add_vault_wrapping(Corpus& corpus) {
  const Buffer bytes = number(32);
  const Buffer secret_class = number(vault::object_class::kSecretKey);
  const Buffer aes = number(vault::key_type::kAes);
  const Attributes wraps_only{{cka::kValueLen, bytes}, {cka::kWrap, kTrue}, {cka::kUnwrap, kTrue}};
  const Attributes all_purpose{{cka::kValueLen, bytes},
                               {cka::kWrap, kTrue},
                               {cka::kUnwrap, kTrue},
                               {cka::kEncrypt, kTrue},
                               {cka::kDecrypt, kTrue}};
  const Attributes back{{cka::kClass, secret_class},
                        {cka::kKeyType, aes},
                        {cka::kSensitive, kFalse},
                        {cka::kExtractable, kTrue}};
  const auto generate = [](const Attributes& attributes) {
    return frame_of(wire::GenerateKey{.mechanism = CKM_AES_KEY_GEN, .attributes = view_of(attributes)});
  };
  const auto wrap = [](std::uint8_t key) {
    return frame_of(wire::WrapKey{.wrapping_key = object_number(1),
                                  .key = object_number(key),
                                  .parameters = mechanism(CKM_AES_KEY_WRAP_KWP),
                                  .room_bytes = 4096});
  };
  const Buffer wrapped(40, 9);
  const Buffer unwrap = frame_of(wire::UnwrapKey{.unwrapping_key = object_number(1),
                                                 .parameters = mechanism(CKM_AES_KEY_WRAP_KWP),
                                                 .wrapped = wrapped,
                                                 .attributes = view_of(back)});
  corpus.add("vault_requests", "wrap", joined({generate(wraps_only), wrap(0)}));
  corpus.add("vault_requests", "refused-unwrap-as-readable", joined({generate(wraps_only), unwrap}));
  corpus.add("vault_requests", "refused-wrap-all-purpose", joined({generate(all_purpose), wrap(0)}));
}

void add_vault_policies(Corpus& corpus) {
  const wire::KeyPolicy policy{
      .mechanisms = {CKM_AES_GCM}, .uses_max = 1, .rate_uses = 1, .rate_seconds = 60};
  const Buffer iv(12, 1);
  const wire::Parameters gcm{.mechanism = CKM_AES_GCM, .iv = iv, .tag_bits = 128};
  const wire::Encrypt encrypt{.key = object_number(0), .parameters = gcm, .data = iv};
  const wire::KeyPolicyExplain explain{.key = object_number(0),
                                       .mechanism = CKM_AES_GCM,
                                       .use = CKF_ENCRYPT,
                                       .who = wire::user_principal(1000)};
  corpus.add(
      "vault_requests", "policy",
      joined({frame_of(wire::KeyPolicySet{.key = object_number(0), .policy = policy}), frame_of(explain),
              frame_of(encrypt), frame_of(wire::KeyPolicyShow{.key = object_number(0)})}));
  corpus.add(
      "vault_requests", "refused-by-policy",
      joined({frame_of(wire::KeyPolicySet{.key = object_number(0), .policy = policy}), frame_of(encrypt),
              frame_of(encrypt), frame_of(wire::KeyPolicySet{.key = object_number(0), .remove = true})}));
}

void add_vault_tenants(Corpus& corpus) {
  const auto be_officer = [] {
    wire::Login login;
    login.user = wire::UserType::security_officer;
    login.pin = secret(kOfficerPin);
    return joined({frame_of(wire::Logout{}), frame_of(login)});
  };
  const wire::TokenPolicy policy{
      .objects_max = 4, .rate_max = 1000, .applications_max = 1, .undelete_seconds = 60};
  const Buffer set = frame_of(wire::TokenPolicySet{.slot = 0, .policy = policy});
  corpus.add("vault_requests", "token-policy", joined({set, frame_of(wire::TokenPolicyShow{})}));
  const Buffer destroyed = joined({set, frame_of(wire::DestroyObject{.slot = 0, .id = object_number(0)})});
  const Buffer undelete = frame_of(wire::KeyUndelete{.slot = 0, .id = object_number(0)});
  corpus.add("vault_requests", "undelete",
             joined({destroyed, be_officer(), frame_of(wire::KeyDeleted{}), undelete}));
  corpus.add("vault_requests", "refused-undelete-twice",
             joined({destroyed, be_officer(), undelete, undelete}));
  corpus.add("vault_requests", "refused-undelete-by-the-user", joined({destroyed, undelete}));
}

void add_vault_legacy(Corpus& corpus) {
  const auto md5 = [](std::uint32_t slot) {
    return frame_of(
        wire::Begin{.kind = wire::OperationKind::digest, .slot = slot, .parameters = {.mechanism = CKM_MD5}});
  };
  const auto turn_on = [](std::uint32_t slot) {
    return frame_of(wire::TokenLegacy{.slot = slot, .changes = true, .turns_on = true});
  };
  corpus.add(
      "vault_requests", "legacy",
      joined({frame_of(wire::InitToken{.slot = 1, .officer_pin = secret("officer"), .label = "second"}),
              frame_of(
                  wire::Login{.slot = 1, .user = wire::UserType::security_officer, .pin = secret("officer")}),
              turn_on(1), frame_of(wire::TokenLegacy{.slot = 1}), frame_of(wire::TokenMechanisms{1}),
              md5(1)}));
  corpus.add("vault_requests", "refused-legacy-by-the-user", turn_on(0));
  corpus.add("vault_requests", "refused-legacy", joined({frame_of(wire::TokenMechanisms{}), md5(0)}));
}

void add_vault_operations(Corpus& corpus) {
  const Buffer nonce(12, 1);
  const auto count = [&](std::uint64_t counter) {
    return frame_of(wire::MakeNonce{
        .source = wire::NonceSource::counter, .counter = counter, .fixed_bits = 32, .nonce = nonce});
  };
  const Buffer digest =
      frame_of(wire::Begin{.kind = wire::OperationKind::digest, .parameters = mechanism(CKM_SHA256)});
  const Buffer generate = encoded(wire::GenerateKey{.mechanism = CKM_AES_KEY_GEN});
  corpus.add("vault_requests", "nonces",
             joined({count(0), count(1), frame_of(wire::MakeNonce{.fixed_bits = 32, .nonce = nonce})}));
  corpus.add("vault_requests", "saved-digest",
             joined({digest, frame_of(wire::CopyOperation{.operation = 1, .save = true}),
                     frame_of(wire::Update{.operation = 2, .data = nonce}),
                     frame_of(wire::Finish{.operation = 2})}));
  corpus.add("vault_requests", "job",
             frame_of(wire::StartJob{.op = static_cast<std::uint32_t>(wire::kOp<wire::GenerateKey>),
                                     .request = generate}));
  corpus.add("vault_requests", "refused-job-of-another-kind",
             frame_of(wire::StartJob{.op = static_cast<std::uint32_t>(wire::kOp<wire::StartJob>),
                                     .request = generate}));
  const auto once = [](std::uint8_t id, wire::Op op, Bytes request) {
    return frame_of(wire::Once{.id = {id}, .op = static_cast<std::uint32_t>(op), .request = request});
  };
  const Attributes kept{{cka::kToken, kTrue}, {cka::kValueLen, number(32)}};
  const Buffer keeps = encoded(wire::GenerateKey{.mechanism = CKM_AES_KEY_GEN, .attributes = view_of(kept)});
  const Attributes passing{{cka::kValueLen, number(32)}};
  const Buffer passes =
      encoded(wire::GenerateKey{.mechanism = CKM_AES_KEY_GEN, .attributes = view_of(passing)});
  corpus.add(
      "vault_requests", "once",
      joined({once(1, wire::kOp<wire::GenerateKey>, keeps), once(1, wire::kOp<wire::GenerateKey>, keeps),
              once(2, wire::kOp<wire::GenerateKey>, passes)}));
  corpus.add("vault_requests", "refused-once-of-another-kind", once(1, wire::kOp<wire::Sign>, generate));
  corpus.add("vault_requests", "refused-job-of-nobody", frame_of(wire::TakeJob{.job = 1}));
  corpus.add("vault_requests", "refused-digesting-the-canary",
             joined({digest, frame_of(wire::DigestKey{.operation = 1, .key = object_number(0)})}));
  corpus.add(
      "vault_requests", "refused-recovering-with-the-canary",
      joined(
          {frame_of(wire::SignRecover{.key = object_number(0), .parameters = mechanism(CKM_RSA_PKCS)}),
           frame_of(wire::VerifyRecover{.key = object_number(0), .parameters = mechanism(CKM_RSA_PKCS)})}));
}

void add_vault_administration(Corpus& corpus, const std::filesystem::path& testdata) {
  corpus.add("vault_requests", "administration",
             joined({frame_of(wire::StatusRequest()), frame_of(wire::Grant{.uid = 7}),
                     frame_of(wire::Grants()), frame_of(wire::AuditHead()), frame_of(wire::Mechanisms()),
                     frame_of(wire::Slots()), frame_of(wire::Lock()), frame_of(wire::StatusRequest()),
                     frame_of(wire::Unlock()), frame_of(wire::Slots()), frame_of(wire::ShutDown())}));
  corpus.add(
      "vault_requests", "tokens",
      joined({frame_of(wire::InitToken{.slot = 1, .officer_pin = secret("officer"), .label = "second"}),
              frame_of(
                  wire::Login{.slot = 1, .user = wire::UserType::security_officer, .pin = secret("officer")}),
              frame_of(wire::InitPin{.slot = 1, .pin = secret("user")}),
              frame_of(wire::SetPin{.slot = 1, .old_pin = secret("officer"), .new_pin = secret("other")}),
              frame_of(wire::Logout{.slot = 1}),
              frame_of(wire::TokenUnlock{.slot = 1, .user = wire::UserType::security_officer}),
              frame_of(wire::InitToken{
                  .slot = 2, .officer_pin = secret("officer"), .label = "third", .user_pin = secret("user")}),
              frame_of(wire::TokenUnlock{.slot = 2}), frame_of(wire::DestroyToken{.slot = 1})}));
  corpus.add(
      "vault_requests", "operators",
      joined(
          {frame_of(wire::InitToken{.slot = 1, .officer_pin = secret("officer"), .label = "second"}),
           frame_of(
               wire::Login{.slot = 1, .user = wire::UserType::security_officer, .pin = secret("officer")}),
           frame_of(wire::OperatorAdd{.slot = 1, .name = "alice", .pin = secret("alice")}),
           frame_of(wire::Operators{.slot = 1}),
           frame_of(wire::OperatorLogin{.slot = 1, .name = "alice", .pin = secret("alice")}, 3),
           frame_of(wire::OperatorChange{
               .slot = 1, .name = "alice", .action = wire::OperatorAction::unlock, .pin = secret("other")}),
           frame_of(wire::OperatorChange{.slot = 1, .name = "alice"})}));
  corpus.add("vault_requests", "refused-unlock-of-nobody",
             frame_of(wire::TokenUnlock{.slot = 0, .name = "nobody"}));
  corpus.add("vault_requests", "refused-operator",
             frame_of(wire::OperatorLogin{.slot = 0, .name = "nobody", .pin = secret("user-pin")}, 3));
  corpus.add("vault_requests", "refused-pin",
             joined({frame_of(wire::Login{.slot = 0, .pin = secret("wrong")}, 3), frame_of(wire::Resume())}));
  corpus.add("vault_requests", "login", frame_of(wire::Login{.slot = 0, .pin = secret("user-pin")}, 3));
  corpus.add("vault_requests", "authority",
             joined({frame_of(wire::CaCreate{.name = "ca",
                                             .profile = authority_of(wire::AuthorityKind::ssh_user).profile}),
                     frame_of(wire::CaSignSsh{.name = "ca",
                                              .public_key = key_of(testdata, "ed25519.pub"),
                                              .principals = {"alice"},
                                              .lifetime_seconds = 300}),
                     frame_of(wire::CaShow{.name = "ca"}), frame_of(wire::CaList())}));
}

void add_vault_store(Corpus& corpus) {
  // One change: which record, which other record, what to do, and what that needs.
  corpus.add("vault_store", "unchanged", {});
  corpus.add("vault_store", "refused-flipped-bit", {1, 0, 0, 20, 0, 1});
  corpus.add("vault_store", "refused-flipped-header", {0, 0, 0, 3, 0, 1});
  corpus.add("vault_store", "refused-removed", {2, 0, 1});
  corpus.add("vault_store", "refused-swapped", {3, 4, 2, 4, 3, 2});
  corpus.add("vault_store", "refused-older", {3, 0, 3});
  corpus.add("vault_store", "refused-all-older",
             {0, 0, 3, 1, 0, 3, 2, 0, 3, 3, 0, 3, 4, 0, 3, 5, 0, 3, 6, 0, 3, 7, 0, 3});
  corpus.add("vault_store", "refused-copied", {2, 0, 4});
  corpus.add("vault_store", "refused-replaced", {2, 0, 5, 4, 0, 'j', 'u', 'n', 'k'});
}

}  // namespace

void add_vault(Corpus& corpus, const std::filesystem::path& testdata) {
  add_vault_objects(corpus);
  add_vault_uses(corpus);
  add_vault_wrapping(corpus);
  add_vault_policies(corpus);
  add_vault_tenants(corpus);
  add_vault_legacy(corpus);
  add_vault_operations(corpus);
  add_vault_administration(corpus, testdata);
  add_vault_store(corpus);
}

}  // namespace coffer::fuzzing
