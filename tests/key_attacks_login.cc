// Attacks by those who have no PIN on keys of the token that everybody sees (CKA_PRIVATE false), and by the
// officer on the keys that are the officer's to mark as trusted.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/key_attacks.h"

namespace coffer::story {

namespace {

const Octets kP256 = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
const CK_MECHANISM kEcb{CKM_AES_ECB, nullptr, 0};
const CK_MECHANISM kKwp{CKM_AES_KEY_WRAP_KWP, nullptr, 0};

// open_template begins a key of the token that everybody sees.
Template open_template(CK_KEY_TYPE type, const std::string& label) {
  Template attributes = secret_template(type, 32);
  attributes.text(CKA_LABEL, label).yes(CKA_TOKEN).no(CKA_PRIVATE).yes(CKA_SENSITIVE);
  return attributes;
}

Octets wrap(Attacker& attacker, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key) {
  CK_MECHANISM how = kKwp;
  Octets wrapped(256);
  CK_ULONG bytes = wrapped.size();
  attacker.step("C_WrapKey",
                attacker->C_WrapKey(attacker.session(), &how, wrapping, key, wrapped.data(), &bytes));
  wrapped.resize(bytes);
  return wrapped;
}

// make_pair makes a pair of the token; where the private half is everybody's, its label begins with "open".
void make_pair(Attacker& attacker, CK_MECHANISM_TYPE type, const std::string& label) {
  Template open;
  open.text(CKA_LABEL, label).yes(CKA_TOKEN);
  Template secret;
  secret.text(CKA_LABEL, label).yes(CKA_TOKEN).no(CKA_PRIVATE);
  if (type == CKM_ML_KEM_KEY_PAIR_GEN) {
    open.number(CKA_PARAMETER_SET, CKP_ML_KEM_768).yes(CKA_ENCAPSULATE);
    secret.yes(CKA_DECAPSULATE);
  } else if (type == CKM_EC_KEY_PAIR_GEN) {
    open.octets(CKA_EC_PARAMS, kP256);
    secret.yes(CKA_SIGN).yes(CKA_DERIVE);
  } else {
    open.number(CKA_MODULUS_BITS, 2048).yes(CKA_ENCRYPT);
    secret.yes(CKA_SIGN).yes(CKA_DECRYPT);
  }
  attacker.generate_pair(type, open, secret);
}

// The tenant and the officer do what the documents tell them, and a wrapped key is captured.
void set_up(Attacker& attacker) {
  const auto generate = [&](CK_MECHANISM_TYPE type, Template& attributes,
                            std::initializer_list<CK_ULONG> uses) {
    for (const CK_ULONG use : uses) attributes.yes(use);
    return attacker.generate(type, attributes);
  };
  Template trusted = open_template(CKK_AES, "open trusted");
  generate(CKM_AES_KEY_GEN, trusted, {CKA_WRAP, CKA_UNWRAP});
  Template aes = open_template(CKK_AES, "open aes");
  generate(CKM_AES_KEY_GEN, aes, {CKA_ENCRYPT, CKA_DECRYPT});
  Template mac = open_template(CKK_GENERIC_SECRET, "open mac");
  generate(CKM_GENERIC_SECRET_KEY_GEN, mac, {CKA_SIGN, CKA_VERIFY});
  Template base = open_template(CKK_GENERIC_SECRET, "open base");
  generate(CKM_GENERIC_SECRET_KEY_GEN, base, {CKA_DERIVE});
  Template extractable = open_template(CKK_AES, "open extractable");
  generate(CKM_AES_KEY_GEN, extractable, {CKA_ENCRYPT, CKA_EXTRACTABLE});
  make_pair(attacker, CKM_EC_KEY_PAIR_GEN, "open ec");
  make_pair(attacker, CKM_RSA_PKCS_KEY_PAIR_GEN, "open rsa");
  make_pair(attacker, CKM_ML_KEM_KEY_PAIR_GEN, "open kem");
  attacker.mark_trusted(CKO_SECRET_KEY, "open trusted");
  Template precious = secret_template(CKK_AES, 32);
  const CK_OBJECT_HANDLE key = generate(CKM_AES_KEY_GEN, precious,
                                        {CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_WRAP_WITH_TRUSTED, CKA_ENCRYPT});
  const Octets wrapped = wrap(attacker, attacker.find(CKO_SECRET_KEY, "open trusted"), key);
  std::ofstream file(attacker.file(), std::ios::binary);
  file.write(reinterpret_cast<const char*>(wrapped.data()), static_cast<std::streamsize>(wrapped.size()));
  if (!file.flush()) die("cannot write " + attacker.file());
  Template kek = secret_template(CKK_AES, 32);
  kek.text(CKA_LABEL, "private kek").yes(CKA_TOKEN).yes(CKA_PRIVATE);
  generate(CKM_AES_KEY_GEN, kek, {CKA_SENSITIVE, CKA_WRAP, CKA_UNWRAP});
  Template worker = secret_template(CKK_AES, 32);
  worker.text(CKA_LABEL, "private aes").yes(CKA_TOKEN).yes(CKA_PRIVATE);
  generate(CKM_AES_KEY_GEN, worker, {CKA_SENSITIVE, CKA_ENCRYPT, CKA_DERIVE});
  attacker.works("keys that everybody sees, and a key wrapped under a trusted one");
}

CK_OBJECT_HANDLE unwrap(Attacker& attacker, CK_OBJECT_HANDLE key, CK_KEY_TYPE type, CK_ULONG bytes) {
  std::ifstream file(attacker.file(), std::ios::binary);
  Octets wrapped{std::istreambuf_iterator<char>(file), {}};
  CK_MECHANISM how = kKwp;
  Template attributes = secret_template(type, bytes);
  attributes.no(CKA_PRIVATE).yes(CKA_SENSITIVE).yes(type == CKK_AES ? CKA_ENCRYPT : CKA_SIGN);
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  attacker.step("C_UnwrapKey",
                attacker->C_UnwrapKey(attacker.session(), &how, key, wrapped.data(), wrapped.size(),
                                      attributes.data(), attributes.size(), &made));
  return made;
}

void unwraps(Attacker& attacker) {
  const CK_OBJECT_HANDLE trusted = attacker.find(CKO_SECRET_KEY, "open trusted");
  const CK_OBJECT_HANDLE whole = unwrap(attacker, trusted, CKK_AES, 0);
  const Octets found = read_by_length(
      attacker, 32, [&](CK_ULONG bytes) { return unwrap(attacker, trusted, CKK_GENERIC_SECRET, bytes); });
  const Octets block = random_octets(16);
  attacker.read_out("the captured key", found,
                    attacker.encrypt(whole, kEcb, block) == outside_aes(found, block));
}

void wraps(Attacker& attacker) {
  wrap(attacker, attacker.find(CKO_SECRET_KEY, "open trusted"),
       attacker.find(CKO_SECRET_KEY, "open extractable"));
  attacker.taken("a key leaves without a PIN");
}

void encrypts(Attacker& attacker) {
  attacker.encrypt(attacker.find(CKO_SECRET_KEY, "open aes"), kEcb, Octets(16));
  attacker.taken("a key encrypts without a PIN");
}

void decrypts(Attacker& attacker) {
  attacker.decrypt(attacker.find(CKO_SECRET_KEY, "open aes"), kEcb, Octets(16));
  attacker.taken("a key decrypts without a PIN");
}

void encrypts_messages(Attacker& attacker) {
  CK_MECHANISM gcm{CKM_AES_GCM, nullptr, 0};
  attacker.step("C_MessageEncryptInit",
                attacker.module().newest()->C_MessageEncryptInit(attacker.session(), &gcm,
                                                                 attacker.find(CKO_SECRET_KEY, "open aes")));
  attacker.taken("a key encrypts messages without a PIN");
}

void signs(Attacker& attacker) {
  const bool is_secret = attacker.is("mac");
  const CK_OBJECT_HANDLE key =
      attacker.find(is_secret ? CKO_SECRET_KEY : CKO_PRIVATE_KEY, is_secret            ? "open mac"
                                                                  : attacker.is("rsa") ? "open rsa"
                                                                                       : "open ec");
  const CK_MECHANISM_TYPE type = is_secret            ? CKM_SHA256_HMAC
                                 : attacker.is("rsa") ? CKM_SHA256_RSA_PKCS
                                                      : CKM_ECDSA_SHA256;
  attacker.sign(key, {type, nullptr, 0}, Octets(16));
  attacker.taken("a key signs without a PIN");
}

void verifies(Attacker& attacker) {
  CK_MECHANISM hmac{CKM_SHA256_HMAC, nullptr, 0};
  attacker.step("C_VerifyInit",
                attacker->C_VerifyInit(attacker.session(), &hmac, attacker.find(CKO_SECRET_KEY, "open mac")));
  attacker.taken("a secret key verifies without a PIN");
}

void decrypts_rsa(Attacker& attacker) {
  CK_MECHANISM rsa{CKM_RSA_PKCS, nullptr, 0};
  attacker.step("C_DecryptInit", attacker->C_DecryptInit(attacker.session(), &rsa,
                                                         attacker.find(CKO_PRIVATE_KEY, "open rsa")));
  attacker.taken("a private key decrypts without a PIN");
}

void digests(Attacker& attacker) {
  CK_MECHANISM sha256{CKM_SHA256, nullptr, 0};
  attacker.step("C_DigestInit", attacker->C_DigestInit(attacker.session(), &sha256));
  attacker.step("C_DigestKey",
                attacker->C_DigestKey(attacker.session(), attacker.find(CKO_SECRET_KEY, "open mac")));
  attacker.taken("a secret key is digested without a PIN");
}

void decapsulates(Attacker& attacker) {
  CK_FUNCTION_LIST_3_2* functions = attacker.module().newest();
  CK_MECHANISM how{CKM_ML_KEM, nullptr, 0};
  Template attributes = secret_template(CKK_GENERIC_SECRET);
  attributes.no(CKA_PRIVATE).no(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
  Octets sealed(2048);
  CK_ULONG bytes = sealed.size();
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  attacker.step("C_EncapsulateKey", functions->C_EncapsulateKey(
                                        attacker.session(), &how, attacker.find(CKO_PUBLIC_KEY, "open kem"),
                                        attributes.data(), attributes.size(), sealed.data(), &bytes, &key));
  attacker.step("C_DecapsulateKey", functions->C_DecapsulateKey(
                                        attacker.session(), &how, attacker.find(CKO_PRIVATE_KEY, "open kem"),
                                        attributes.data(), attributes.size(), sealed.data(), bytes, &key));
  attacker.taken("a private key decapsulates without a PIN: " + hex(attacker.attribute(key, CKA_VALUE)));
}

// Under a key of one's own session a key of the token leaves, and is cut there.
void wraps_with_own(Attacker& attacker) {
  Template own = secret_template(CKK_AES, 32);
  own.no(CKA_PRIVATE).yes(CKA_WRAP).yes(CKA_UNWRAP);
  protect(own);
  wrap(attacker, attacker.generate(CKM_AES_KEY_GEN, own), attacker.find(CKO_SECRET_KEY, "open extractable"));
  attacker.taken("a key of the token leaves under one of the session");
}

Template readable_template() {
  Template attributes = secret_template(CKK_GENERIC_SECRET, 32);
  attributes.no(CKA_PRIVATE).no(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
  return attributes;
}

void derives(Attacker& attacker) {
  CK_HKDF_PARAMS hkdf{CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_NULL, nullptr, 0, 0, nullptr, 0};
  const CK_OBJECT_HANDLE key =
      attacker.derive("HKDF", {CKM_HKDF_DERIVE, &hkdf, sizeof hkdf},
                      attacker.find(CKO_SECRET_KEY, "open base"), readable_template());
  attacker.taken("a key derives without a PIN: " + hex(attacker.attribute(key, CKA_VALUE)));
}

// A key of one's own is the base, and a key of the token is the salt.
void derives_with(Attacker& attacker) {
  Template own = secret_template(CKK_GENERIC_SECRET, 32);
  own.no(CKA_PRIVATE).yes(CKA_DERIVE);
  const CK_OBJECT_HANDLE base = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, own);
  CK_HKDF_PARAMS hkdf{
      CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_KEY, nullptr, 0, attacker.find(CKO_SECRET_KEY, "open base"),
      nullptr, 0};
  const CK_OBJECT_HANDLE key =
      attacker.derive("HKDF", {CKM_HKDF_DERIVE, &hkdf, sizeof hkdf}, base, readable_template());
  attacker.taken("a key is a salt without a PIN: " + hex(attacker.attribute(key, CKA_VALUE)));
}

CK_OBJECT_HANDLE agree(Attacker& attacker, CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE peer) {
  Octets point = attacker.attribute(peer, CKA_EC_POINT);
  CK_ECDH1_DERIVE_PARAMS parameter{CKD_NULL, 0, nullptr, point.size(), point.data()};
  return attacker.derive("ECDH", {CKM_ECDH1_DERIVE, &parameter, sizeof parameter}, key, readable_template());
}

void agrees(Attacker& attacker) {
  const CK_OBJECT_HANDLE key =
      agree(attacker, attacker.find(CKO_PRIVATE_KEY, "open ec"), attacker.find(CKO_PUBLIC_KEY, "open ec"));
  attacker.taken("a private key agrees without a PIN: " + hex(attacker.attribute(key, CKA_VALUE)));
}

void copies(Attacker& attacker) {
  const bool is_secret = attacker.is("secret");
  Template session_object;
  session_object.no(CKA_TOKEN);
  const CK_OBJECT_HANDLE copy = attacker.copy(
      is_secret ? attacker.find(CKO_SECRET_KEY, "open aes") : attacker.find(CKO_PRIVATE_KEY, "open ec"),
      session_object);
  if (is_secret) attacker.encrypt(copy, kEcb, Octets(16));
  attacker.taken("a key is copied without a PIN");
}

// An application that only computes needs no login for the objects of its session.
void computes(Attacker& attacker) {
  Template aes = secret_template(CKK_AES, 32);
  aes.yes(CKA_ENCRYPT);
  attacker.encrypt(attacker.generate(CKM_AES_KEY_GEN, aes), kEcb, Octets(16));
  Template imported = secret_template(CKK_GENERIC_SECRET);
  imported.octets(CKA_VALUE, random_octets(32)).yes(CKA_SIGN);
  attacker.mac(attacker.create(imported));
  Template open;
  open.octets(CKA_EC_PARAMS, kP256);
  Template secret;
  secret.yes(CKA_DERIVE).yes(CKA_SIGN);
  const Pair pair = attacker.generate_pair(CKM_EC_KEY_PAIR_GEN, open, secret);
  attacker.sign(pair.secret, {CKM_ECDSA_SHA256, nullptr, 0}, Octets(16));
  agree(attacker, pair.secret, pair.open);
  attacker.works("session objects need no login");
}

// The officer marks a private key as trusted, and can do nothing else with it.
void marks(Attacker& attacker) {
  attacker.login_as(CKU_SO);
  Template mark;
  mark.yes(CKA_TRUSTED);
  attacker.set(attacker.find(CKO_SECRET_KEY, attacker.is("worker") ? "private aes" : "private kek"), mark);
  attacker.works("the officer marks a private key as trusted");
}

void oversteps(Attacker& attacker) {
  attacker.login_as(CKU_SO);
  const bool computes = attacker.is("encrypt") || attacker.is("derive");
  const CK_OBJECT_HANDLE key = attacker.find(CKO_SECRET_KEY, computes ? "private aes" : "private kek");
  CK_MECHANISM ecb = kEcb;
  Template label;
  label.text(CKA_LABEL, "officer's");
  Template open;
  open.no(CKA_PRIVATE);
  Template session_object;
  session_object.no(CKA_TOKEN);
  if (attacker.is("encrypt"))
    attacker.step("C_EncryptInit", attacker->C_EncryptInit(attacker.session(), &ecb, key));
  if (attacker.is("wrap")) wrap(attacker, key, attacker.find(CKO_SECRET_KEY, "open extractable"));
  if (attacker.is("unwrap")) unwrap(attacker, key, CKK_AES, 0);
  if (attacker.is("derive"))
    attacker.derive("SHA256", {CKM_SHA256_KEY_DERIVATION, nullptr, 0}, key, readable_template());
  if (attacker.is("copy")) attacker.copy(key, session_object);
  if (attacker.is("relabel")) attacker.set(key, label);
  if (attacker.is("open")) attacker.set(key, open);
  if (attacker.is("destroy")) attacker.destroy(key);
  attacker.taken("the officer oversteps");
}

constexpr CK_RV kNoLogin = refusal::kNoLogin;
constexpr CK_RV kOfficer = refusal::kOfficer;

}  // namespace

const std::vector<Attack> kLoginAttacks = {
    {"set-up", set_up, "", "", CKR_OK},
    {"no-login/unwrap", unwraps, "", "C_UnwrapKey", kNoLogin},
    {"no-login/wrap", wraps, "", "C_WrapKey", kNoLogin},
    {"no-login/wrap-with-own", wraps_with_own, "", "C_WrapKey", kNoLogin},
    {"no-login/derive-with", derives_with, "", "C_DeriveKey HKDF", kNoLogin},
    {"no-login/encrypt", encrypts, "", "C_EncryptInit", kNoLogin},
    {"no-login/decrypt", decrypts, "", "C_DecryptInit", kNoLogin},
    {"no-login/encrypt-messages", encrypts_messages, "", "C_MessageEncryptInit", kNoLogin},
    {"no-login/sign-mac", signs, "mac", "C_SignInit", kNoLogin},
    {"no-login/sign-ec", signs, "ec", "C_SignInit", kNoLogin},
    {"no-login/sign-rsa", signs, "rsa", "C_SignInit", kNoLogin},
    {"no-login/verify-mac", verifies, "", "C_VerifyInit", kNoLogin},
    {"no-login/decrypt-rsa", decrypts_rsa, "", "C_DecryptInit", kNoLogin},
    {"no-login/digest", digests, "", "C_DigestKey", kNoLogin},
    {"no-login/decapsulate", decapsulates, "", "C_DecapsulateKey", kNoLogin},
    {"no-login/derive", derives, "", "C_DeriveKey HKDF", kNoLogin},
    {"no-login/agree", agrees, "", "C_DeriveKey ECDH", kNoLogin},
    {"no-login/copy-secret", copies, "secret", "C_CopyObject", kNoLogin},
    {"no-login/copy-private", copies, "", "C_CopyObject", kNoLogin},
    {"no-login/computes", computes, "", "", CKR_OK},
    {"officer/encrypt", oversteps, "encrypt", "C_EncryptInit", kOfficer},
    {"officer/wrap", oversteps, "wrap", "C_WrapKey", kOfficer},
    {"officer/unwrap", oversteps, "unwrap", "C_UnwrapKey", kOfficer},
    {"officer/derive", oversteps, "derive", "C_DeriveKey SHA256", kOfficer},
    {"officer/copy", oversteps, "copy", "C_CopyObject", kOfficer},
    {"officer/relabel", oversteps, "relabel", "C_SetAttributeValue", kOfficer},
    {"officer/open", oversteps, "open", "C_SetAttributeValue", kOfficer},
    {"officer/marks", marks, "", "", CKR_OK},
    {"officer/marks-worker", marks, "worker", "C_SetAttributeValue", refusal::kTrustedLater},
    {"officer/relabel-trusted", oversteps, "relabel", "C_SetAttributeValue", kOfficer},
    {"officer/destroy", oversteps, "destroy", "C_DestroyObject", kOfficer},
};

}  // namespace coffer::story
