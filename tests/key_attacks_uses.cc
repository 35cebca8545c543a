// Attacks that give a key a use which it was not born with: by setting the attribute, or by a copy that has
// it; and keys that claim to be others than they are.
#include <algorithm>

#include "tests/key_attacks.h"

namespace coffer::story {

namespace {

CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

// raised gives a key one more use, in the way that the option names. A copy into the token is destroyed with
// it.
CK_OBJECT_HANDLE raised(Attacker& attacker, CK_OBJECT_HANDLE key, CK_ATTRIBUTE_TYPE use) {
  Template more;
  more.yes(use);
  if (attacker.is("set")) {
    attacker.set(key, more);
    return key;
  }
  if (attacker.is("token")) more.yes(CKA_TOKEN);
  return attacker.copy(key, more);
}

// born makes an AES key with one use.
CK_OBJECT_HANDLE born(Attacker& attacker, CK_ATTRIBUTE_TYPE use) {
  Template attributes = secret_template(CKK_AES, 32);
  only(attributes, {use});
  protect(attributes);
  return attacker.generate(CKM_AES_KEY_GEN, attributes);
}

void derives(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = born(attacker, CKA_ENCRYPT);
  const Octets found = read_by_padding(attacker, raised(attacker, key, CKA_DERIVE), 32);
  const Octets block = random_octets(16);
  attacker.read_out("the key", found,
                    attacker.encrypt(key, {CKM_AES_ECB, nullptr, 0}, block) == outside_aes(found, block));
}

void decrypts(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = born(attacker, CKA_ENCRYPT);
  const Octets message = random_octets(32);
  const Octets sealed = attacker.encrypt(key, {CKM_AES_ECB, nullptr, 0}, message);
  const Octets opened =
      attacker.decrypt(raised(attacker, key, CKA_DECRYPT), {CKM_AES_ECB, nullptr, 0}, sealed);
  attacker.read_out("the message", opened, opened == message);
}

CK_OBJECT_HANDLE unwrap_secret(Attacker& attacker, CK_MECHANISM how, CK_OBJECT_HANDLE key, Octets wrapped,
                               CK_ULONG bytes) {
  Template attributes = secret_template(CKK_GENERIC_SECRET, bytes);
  attributes.yes(CKA_SIGN).yes(CKA_SENSITIVE);
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  attacker.step("C_UnwrapKey",
                attacker->C_UnwrapKey(attacker.session(), &how, key, wrapped.data(), wrapped.size(),
                                      attributes.data(), attributes.size(), &made));
  return made;
}

// A key that encrypts only unwraps what it encrypted, an octet more each time.
void unwraps(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = born(attacker, CKA_ENCRYPT);
  const Octets message = random_octets(32);
  Octets nonce = random_octets(12);
  CK_GCM_PARAMS gcm{nonce.data(), nonce.size(), 96, nullptr, 0, 128};
  const CK_MECHANISM how{CKM_AES_GCM, &gcm, sizeof gcm};
  const Octets sealed = attacker.encrypt(key, how, message);
  const CK_OBJECT_HANDLE more = raised(attacker, key, CKA_UNWRAP);
  const Octets opened = read_by_length(
      attacker, 32, [&](CK_ULONG bytes) { return unwrap_secret(attacker, how, more, sealed, bytes); });
  attacker.read_out("the message", opened, opened == message);
}

// A key that only verifies makes the MAC itself.
void signs(Attacker& attacker) {
  Template attributes = secret_template(CKK_GENERIC_SECRET, 32);
  attributes.yes(CKA_VERIFY).no(CKA_SIGN);
  protect(attributes);
  const CK_OBJECT_HANDLE key = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attributes);
  CK_MECHANISM hmac{CKM_SHA256_HMAC, nullptr, 0};
  Octets text = random_octets(16);
  Octets tag = attacker.sign(raised(attacker, key, CKA_SIGN), hmac, text);
  attacker.step("C_VerifyInit", attacker->C_VerifyInit(attacker.session(), &hmac, key));
  const CK_RV verified =
      attacker.note(attacker->C_Verify(attacker.session(), text.data(), text.size(), tag.data(), tag.size()));
  attacker.read_out("a forged MAC", tag, verified == CKR_OK);
}

// What was wrapped elsewhere under a key that may only unwrap here is decrypted instead.
void decrypts_wrapped(Attacker& attacker) {
  const Octets transport = random_octets(32);
  const auto import = [&](CK_ATTRIBUTE_TYPE use) {
    Template attributes = secret_template(CKK_AES);
    attributes.octets(CKA_VALUE, transport);
    only(attributes, {use});
    protect(attributes);
    return attacker.create(attributes);
  };
  const Octets wrapped_key = random_octets(32);
  const CK_MECHANISM kwp{CKM_AES_KEY_WRAP_KWP, nullptr, 0};
  const Octets wrapped = attacker.encrypt(import(CKA_ENCRYPT), kwp, wrapped_key);  // the other side
  const CK_OBJECT_HANDLE key = raised(attacker, import(CKA_UNWRAP), CKA_DECRYPT);
  const Octets opened = attacker.decrypt(key, kwp, wrapped);
  attacker.read_out("the wrapped key", opened, opened == wrapped_key);
}

// read_wrapped ends an attack in which what one key wrapped is decrypted with another, which is had
// afterwards.
void read_wrapped(Attacker& attacker, CK_OBJECT_HANDLE wraps,
                  const std::function<CK_OBJECT_HANDLE()>& decrypting) {
  Template extractable = secret_template(CKK_GENERIC_SECRET, 32);
  extractable.yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_SIGN);
  const CK_OBJECT_HANDLE victim = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, extractable);
  CK_MECHANISM kwp{CKM_AES_KEY_WRAP_KWP, nullptr, 0};
  Octets wrapped(256);
  CK_ULONG bytes = wrapped.size();
  attacker.step("C_WrapKey",
                attacker->C_WrapKey(attacker.session(), &kwp, wraps, victim, wrapped.data(), &bytes));
  wrapped.resize(bytes);
  const Octets found = attacker.decrypt(decrypting(), kwp, wrapped);
  attacker.read_out("the wrapped key", found, attacker.mac(victim) == outside_hmac(found, kMacText));
}

void decrypts_rsa(Attacker& attacker) {
  Template open;
  open.number(CKA_MODULUS_BITS, 2048).yes(CKA_WRAP);
  Template secret;
  secret.yes(CKA_UNWRAP).no(CKA_DECRYPT).no(CKA_SIGN);
  protect(secret);
  const Pair pair = attacker.generate_pair(CKM_RSA_PKCS_KEY_PAIR_GEN, open, secret);
  const Octets message = random_octets(32);
  const Octets sealed = outside_rsa(attacker, pair.open, message, false);
  const Octets opened =
      attacker.decrypt(raised(attacker, pair.secret, CKA_DECRYPT), {CKM_RSA_PKCS, nullptr, 0}, sealed);
  attacker.read_out("the wrapped key", opened, opened == message);
}

// A private key that only signs agrees on the secrets of those who took its public half for encryption.
void agrees(Attacker& attacker) {
  Template open;
  open.octets(CKA_EC_PARAMS, {std::begin(p256), std::end(p256)});
  Template signs_only;
  signs_only.yes(CKA_SIGN).no(CKA_DERIVE);
  protect(signs_only);
  Template agrees_only;
  agrees_only.yes(CKA_DERIVE).no(CKA_SIGN);
  const Pair victim = attacker.generate_pair(CKM_EC_KEY_PAIR_GEN, open, signs_only);
  const Pair peer = attacker.generate_pair(CKM_EC_KEY_PAIR_GEN, open, agrees_only);
  const auto agree = [&](CK_OBJECT_HANDLE secret, CK_OBJECT_HANDLE other) {
    Octets point = attacker.attribute(other, CKA_EC_POINT);
    CK_ECDH1_DERIVE_PARAMS parameter{CKD_NULL, 0, nullptr, point.size(), point.data()};
    Template attributes = secret_template(CKK_GENERIC_SECRET, 32);
    attributes.no(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
    return attacker.attribute(
        attacker.derive("ECDH", {CKM_ECDH1_DERIVE, &parameter, sizeof parameter}, secret, attributes),
        CKA_VALUE);
  };
  const Octets wanted = agree(peer.secret, victim.open);
  const Octets found = agree(raised(attacker, victim.secret, CKA_DERIVE), peer.open);
  attacker.read_out("the agreed secret", found, found == wanted);
}

// A copy, and then a copy of that: each is born with no more than the key was.
void copies_twice(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = born(attacker, CKA_ENCRYPT);
  const Octets message = random_octets(32);
  const Octets sealed = attacker.encrypt(key, {CKM_AES_ECB, nullptr, 0}, message);
  Template off;
  off.no(CKA_ENCRYPT);
  CK_OBJECT_HANDLE between = CK_INVALID_HANDLE;
  must("a copy with less",
       attacker.note(attacker->C_CopyObject(attacker.session(), key, off.data(), off.size(), &between)));
  const Octets opened =
      attacker.decrypt(raised(attacker, between, CKA_DECRYPT), {CKM_AES_ECB, nullptr, 0}, sealed);
  attacker.read_out("the message", opened, opened == message);
}

// A copy without CKA_DECRYPT is no key that only wraps, and the key itself decrypts what left under the copy.
void copies_less(Attacker& attacker) {
  Template attributes = secret_template(CKK_AES, 32);
  only(attributes, {CKA_WRAP, CKA_UNWRAP, CKA_DECRYPT});
  protect(attributes);
  const CK_OBJECT_HANDLE key = attacker.generate(CKM_AES_KEY_GEN, attributes);
  Template less;
  less.no(CKA_DECRYPT);
  CK_OBJECT_HANDLE wraps = key;
  if (attacker.is("set"))
    attacker.set(key, less);
  else
    wraps = attacker.copy(key, less);
  read_wrapped(attacker, wraps, [&] {
    if (attacker.is("set")) raised(attacker, key, CKA_DECRYPT);
    return key;
  });
}

// claim adds an attribute with which the vault tells what a key is, and which is not the user's to say.
void claim(const Attacker& attacker, Template& attributes) {
  constexpr CK_ATTRIBUTE_TYPE kUseCeiling = 0xC0FFE003;  // the vault's own
  if (attacker.is("wraps-only")) attributes.yes(CKA_COFFER_WRAPS_ONLY);
  if (attacker.is("local")) attributes.yes(CKA_LOCAL).yes(CKA_NEVER_EXTRACTABLE);
  if (attacker.is("ceiling")) attributes.number(kUseCeiling, 3);
}

// A key that was imported, and of which there is a second one, claims that it was made here to wrap only.
void claims(Attacker& attacker) {
  const Octets value = random_octets(32);
  const auto import = [&](std::initializer_list<CK_ATTRIBUTE_TYPE> uses, bool is_claimed) {
    Template attributes = secret_template(CKK_AES);
    attributes.octets(CKA_VALUE, value);
    only(attributes, uses);
    protect(attributes);
    if (is_claimed) claim(attacker, attributes);
    return attacker.create(attributes);
  };
  const CK_OBJECT_HANDLE decrypts = import({CKA_DECRYPT}, false);
  CK_OBJECT_HANDLE wraps = import({CKA_WRAP, CKA_UNWRAP}, attacker.is("import"));
  Template claimed;
  claim(attacker, claimed);
  if (attacker.is("set")) attacker.set(wraps, claimed);
  if (attacker.is("copy")) wraps = attacker.copy(wraps, claimed);
  read_wrapped(attacker, wraps, [&] { return decrypts; });
}

// Below its ceiling a key's uses go off and on.
void off_and_on(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = born(attacker, CKA_ENCRYPT);
  Template off;
  off.no(CKA_ENCRYPT);
  attacker.set(key, off);
  CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
  if (attacker.note(attacker->C_EncryptInit(attacker.session(), &ecb, key)) !=
      CKR_KEY_FUNCTION_NOT_PERMITTED) {
    die("a use that is off must not be had");
  }
  const CK_OBJECT_HANDLE again = raised(attacker, key, CKA_ENCRYPT);
  attacker.encrypt(again, ecb, Octets(16));
  attacker.works("a use goes off and on");
}

constexpr CK_RV kFurther = refusal::kFurtherUse;
const std::string kSet = "C_SetAttributeValue";
const std::string kCreate = "C_CreateObject";
const std::string kCopy = "C_CopyObject";

}  // namespace

const std::vector<Attack> kUseAttacks = {
    {"raise/set-derive", derives, "set", kSet, kFurther},
    {"raise/copy-derive", derives, "copy", kCopy, kFurther},
    {"raise/token-derive", derives, "copy token", kCopy, kFurther},
    {"raise/set-decrypt", decrypts, "set", kSet, kFurther},
    {"raise/copy-decrypt", decrypts, "copy", kCopy, kFurther},
    {"raise/set-unwrap", unwraps, "set", kSet, kFurther},
    {"raise/copy-unwrap", unwraps, "copy", kCopy, kFurther},
    {"raise/set-sign", signs, "set", kSet, kFurther},
    {"raise/copy-sign", signs, "copy", kCopy, kFurther},
    {"raise/set-decrypt-wrapped", decrypts_wrapped, "set", kSet, kFurther},
    {"raise/copy-decrypt-wrapped", decrypts_wrapped, "copy", kCopy, kFurther},
    {"raise/set-decrypt-rsa", decrypts_rsa, "set", kSet, kFurther},
    {"raise/copy-decrypt-rsa", decrypts_rsa, "copy", kCopy, kFurther},
    {"raise/set-agree", agrees, "set", kSet, kFurther},
    {"raise/copy-agree", agrees, "copy", kCopy, kFurther},
    {"raise/copy-of-copy", copies_twice, "copy", kCopy, kFurther},
    {"raise/set-less-wraps", copies_less, "set", "C_WrapKey", refusal::kNoKeeper},
    {"raise/copy-less-wraps", copies_less, "copy", "C_WrapKey", refusal::kNoKeeper},
    {"raise/imported-wraps", claims, "", "C_WrapKey", refusal::kNoKeeper},
    {"raise/import-claims-wraps-only", claims, "import wraps-only", kCreate, refusal::kClaim},
    {"raise/import-claims-local", claims, "import local", kCreate, refusal::kClaim},
    {"raise/import-claims-ceiling", claims, "import ceiling", kCreate, refusal::kUnknown},
    {"raise/set-claims-wraps-only", claims, "set wraps-only", kSet, refusal::kClaim},
    {"raise/set-claims-local", claims, "set local", kSet, refusal::kClaim},
    {"raise/set-claims-ceiling", claims, "set ceiling", kSet, refusal::kUnknown},
    {"raise/copy-claims-wraps-only", claims, "copy wraps-only", kCopy, refusal::kClaim},
    {"raise/copy-claims-local", claims, "copy local", kCopy, refusal::kClaim},
    {"raise/copy-claims-ceiling", claims, "copy ceiling", kCopy, refusal::kUnknown},
    {"raise/set-off-and-on", off_and_on, "set", "", CKR_OK},
    {"raise/copy-off-and-on", off_and_on, "copy", "", CKR_OK},
};

}  // namespace coffer::story
