// Attacks on what leaves only under keys that the officer trusts: a trusted key that does more than wrap, or
// of whose octets there is a second key.
#include <algorithm>

#include "tests/key_attacks.h"
#include "tests/key_attacks_ghash.h"

namespace coffer::story {

namespace {

const CK_MECHANISM kKwp{CKM_AES_KEY_WRAP_KWP, nullptr, 0};

Octets wrap(Attacker& attacker, CK_MECHANISM how, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key,
            const std::string& name = "C_WrapKey") {
  Octets wrapped(512);
  CK_ULONG bytes = wrapped.size();
  attacker.step(name, attacker->C_WrapKey(attacker.session(), &how, wrapping, key, wrapped.data(), &bytes));
  wrapped.resize(bytes);
  return wrapped;
}

CK_OBJECT_HANDLE unwrap(Attacker& attacker, const std::string& name, CK_OBJECT_HANDLE unwrapping,
                        Octets wrapped, const Template& attributes) {
  CK_MECHANISM how = kKwp;
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  attacker.step(name, attacker->C_UnwrapKey(attacker.session(), &how, unwrapping, wrapped.data(),
                                            wrapped.size(), attributes.data(), attributes.size(), &key));
  return key;
}

// precious makes the key to be read: it leaves only under trusted keys.
CK_OBJECT_HANDLE precious(Attacker& attacker) {
  Template attributes = secret_template(CKK_GENERIC_SECRET, 32);
  attributes.yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_WRAP_WITH_TRUSTED).yes(CKA_SIGN);
  return attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attributes);
}

[[noreturn]] void prove(Attacker& attacker, CK_OBJECT_HANDLE victim, const Octets& found) {
  attacker.read_out("the protected key", found, attacker.mac(victim) == outside_hmac(found, kMacText));
}

// Sight is who sees a key of the token.
enum class Sight { all, user };

// wrapping_template begins a key of the token that wraps and unwraps and does nothing else.
Template wrapping_template(const std::string& label, CK_ULONG bytes = 32, Sight sight = Sight::all) {
  Template attributes = secret_template(CKK_AES, bytes);
  attributes.yes(CKA_TOKEN).text(CKA_LABEL, label).yes(CKA_SENSITIVE).yes(CKA_WRAP).yes(CKA_UNWRAP);
  attributes.truth(CKA_PRIVATE, sight == Sight::user);
  return attributes;
}

// Overburdened is a trusted key, and the key of the same octets that has one use more: itself, the one of
// which it is a copy, or a copy of it.
struct Overburdened {
  CK_OBJECT_HANDLE wraps = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE works = CK_INVALID_HANDLE;
};

// The use is there from the birth, when the officer made the key, or for a while before it was trusted.
Overburdened overburdened(Attacker& attacker) {
  const std::string label = hex(random_octets(8));
  const CK_ATTRIBUTE_TYPE use = attacker.is("decrypt")   ? CKA_DECRYPT
                                : attacker.is("encrypt") ? CKA_ENCRYPT
                                                         : CKA_SIGN;
  Template attributes = wrapping_template(label);
  for (const CK_ATTRIBUTE_TYPE each : {CKA_DECRYPT, CKA_ENCRYPT, CKA_SIGN})
    attributes.truth(each, each == use);
  attributes.no(CKA_EXTRACTABLE);
  if (attacker.is("born")) {
    attributes.yes(CKA_TRUSTED);
    attacker.as_officer([&] { attacker.generate(CKM_AES_KEY_GEN, attributes); });
    const CK_OBJECT_HANDLE key = attacker.find(CKO_SECRET_KEY, label);
    return {key, key};
  }
  const CK_OBJECT_HANDLE key = attacker.generate(CKM_AES_KEY_GEN, attributes);
  const std::string trusted = attacker.is("less-copy") ? hex(random_octets(8)) : label;
  Template less;
  less.no(use);
  if (attacker.is("less-set")) attacker.set(key, less);
  less.text(CKA_LABEL, trusted);
  if (attacker.is("less-copy")) attacker.copy(key, less);
  attacker.mark_trusted(CKO_SECRET_KEY, trusted);
  Overburdened made{attacker.find(CKO_SECRET_KEY, trusted), attacker.find(CKO_SECRET_KEY, label)};
  Template again;
  again.yes(use);
  if (attacker.is("less-set")) made.works = attacker.copy(made.wraps, again);
  return made;
}

// A captured key is wrapped with GCM under a trusted key that has one use more. To encrypt is to decrypt with
// GCM.
void trusts_too_much(Attacker& attacker) {
  const Overburdened trusted = overburdened(attacker);
  const CK_OBJECT_HANDLE victim = precious(attacker);
  if (attacker.is("gmac")) read_by_gmac(attacker, trusted.wraps, victim);
  Octets nonce(12);
  CK_GCM_WRAP_PARAMS wrapping{nonce.data(), nonce.size(), 0, CKG_GENERATE_RANDOM, nullptr, 0, 128};
  Octets wrapped = wrap(attacker, {CKM_AES_GCM, &wrapping, sizeof wrapping}, trusted.wraps, victim);
  if (attacker.is("decrypt")) {
    CK_GCM_PARAMS gcm{nonce.data(), nonce.size(), 96, nullptr, 0, 128};
    prove(attacker, victim, attacker.decrypt(trusted.works, {CKM_AES_GCM, &gcm, sizeof gcm}, wrapped));
  }
  CK_AES_CTR_PARAMS counter{32, {}};
  std::ranges::copy(nonce, counter.cb);
  counter.cb[15] = 2;  // SP 800-38D, 7.1: the block behind the one for the tag
  wrapped.resize(32);
  prove(attacker, victim, attacker.encrypt(trusted.works, {CKM_AES_CTR, &counter, sizeof counter}, wrapped));
}

// Twins are the labels of two keys of the same octets: one is to be trusted, and the other decrypts.
struct Twins {
  std::string wraps = hex(random_octets(8));
  std::string decrypts = hex(random_octets(8));
};

Template decrypting_template(const Twins& twins, CK_ULONG bytes = 0) {
  Template attributes = secret_template(CKK_AES, bytes);
  attributes.yes(CKA_TOKEN).text(CKA_LABEL, twins.decrypts).yes(CKA_SENSITIVE).yes(CKA_DECRYPT);
  return attributes;
}

Twins imported_twins(Attacker& attacker) {
  Twins twins;
  const Octets value = random_octets(32);
  Template wraps = wrapping_template(twins.wraps, 0);
  attacker.create(wraps.no(CKA_EXTRACTABLE).octets(CKA_VALUE, value));
  Template decrypts = decrypting_template(twins);
  attacker.create(decrypts.octets(CKA_VALUE, value));
  return twins;
}

// A key that was derived here has been nowhere else, but is derived again.
Twins derived_twins(Attacker& attacker) {
  Twins twins;
  Template root = secret_template(CKK_GENERIC_SECRET, 32);
  root.yes(CKA_DERIVE);
  protect(root);
  const CK_OBJECT_HANDLE base = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, root);
  const CK_MECHANISM how{CKM_SHA256_KEY_DERIVATION, nullptr, 0};
  Template wraps = wrapping_template(twins.wraps);
  wraps.no(CKA_EXTRACTABLE);
  attacker.derive("WRAPS", how, base, wraps);
  attacker.derive("DECRYPTS", how, base, decrypting_template(twins, 32));
  return twins;
}

// wrapped_twin makes a key that decrypts of one that may be extracted.
CK_OBJECT_HANDLE wrapped_twin(Attacker& attacker, CK_OBJECT_HANDLE key, const Template& attributes) {
  const CK_OBJECT_HANDLE wrapping = wraps_only_key(attacker);
  return unwrap(attacker, "C_UnwrapKey", wrapping, wrap(attacker, kKwp, wrapping, key, "C_WrapKey TWIN"),
                attributes);
}

// An extractable key leaves, comes back as one that decrypts, and cannot be extracted from then on.
Twins wrapped_twins(Attacker& attacker) {
  Twins twins;
  Template attributes = wrapping_template(attacker.is("back") ? "gone" : twins.wraps);
  attributes.yes(CKA_EXTRACTABLE);
  const CK_OBJECT_HANDLE key = attacker.generate(CKM_AES_KEY_GEN, attributes);
  wrapped_twin(attacker, key, decrypting_template(twins));
  Template closed;
  closed.no(CKA_EXTRACTABLE);
  if (attacker.is("back")) {
    Template again = wrapping_template(twins.wraps, 0);
    again.no(CKA_EXTRACTABLE);
    wrapped_twin(attacker, key, again);
  } else if (attacker.is("copy")) {
    twins.wraps = hex(random_octets(8));
    attacker.copy(key, closed.text(CKA_LABEL, twins.wraps));
  } else {
    attacker.set(key, closed);
  }
  return twins;
}

void trusts_twin(Attacker& attacker) {
  const Twins twins = attacker.is("imported")  ? imported_twins(attacker)
                      : attacker.is("derived") ? derived_twins(attacker)
                                               : wrapped_twins(attacker);
  attacker.mark_trusted(CKO_SECRET_KEY, twins.wraps);
  const CK_OBJECT_HANDLE victim = precious(attacker);
  const Octets wrapped = wrap(attacker, kKwp, attacker.find(CKO_SECRET_KEY, twins.wraps), victim);
  prove(attacker, victim, attacker.decrypt(attacker.find(CKO_SECRET_KEY, twins.decrypts), kKwp, wrapped));
}

// The officer made the key as trusted and let it be extractable: a twin that decrypts is made of it, and then
// it is closed, or a copy of it.
void twin_of_trusted(Attacker& attacker) {
  const Twins twins;
  Template attributes = wrapping_template(twins.wraps);
  attributes.yes(CKA_EXTRACTABLE).yes(CKA_TRUSTED);
  attacker.as_officer([&] { attacker.generate(CKM_AES_KEY_GEN, attributes); });
  CK_OBJECT_HANDLE trusted = attacker.find(CKO_SECRET_KEY, twins.wraps);
  const CK_OBJECT_HANDLE twin = wrapped_twin(attacker, trusted, decrypting_template(twins));
  Template closed;
  closed.no(CKA_EXTRACTABLE);
  if (attacker.is("set")) attacker.set(trusted, closed);
  if (attacker.is("copy")) trusted = attacker.copy(trusted, closed);
  const CK_OBJECT_HANDLE victim = precious(attacker);
  prove(attacker, victim, attacker.decrypt(twin, kKwp, wrap(attacker, kKwp, trusted, victim)));
}

// A pair that was made here: whoever has the session has its private half.
void trusts_own_pair(Attacker& attacker) {
  const std::string label = hex(random_octets(8));
  Template open;
  open.number(CKA_MODULUS_BITS, 2048).yes(CKA_TOKEN).yes(CKA_WRAP).text(CKA_LABEL, label);
  Template secret;
  secret.yes(CKA_TOKEN).yes(CKA_DECRYPT).text(CKA_LABEL, label);
  attacker.generate_pair(CKM_RSA_PKCS_KEY_PAIR_GEN, open, secret);
  attacker.mark_trusted(CKO_PUBLIC_KEY, label);
  const CK_MECHANISM pkcs1{CKM_RSA_PKCS, nullptr, 0};
  const CK_OBJECT_HANDLE victim = precious(attacker);
  const Octets wrapped = wrap(attacker, pkcs1, attacker.find(CKO_PUBLIC_KEY, label), victim);
  prove(attacker, victim, attacker.decrypt(attacker.find(CKO_PRIVATE_KEY, label), pkcs1, wrapped));
}

// The user marks keys without the officer, in every way in which there are new keys.
void marks_alone(Attacker& attacker) {
  const Octets value = random_octets(32);
  const bool is_generated = attacker.is("generate");
  const bool is_imported = attacker.is("import");
  Template attributes = wrapping_template("alone", is_generated ? 32 : 0);
  Template mark;
  mark.yes(CKA_TRUSTED);
  CK_OBJECT_HANDLE trusted = CK_INVALID_HANDLE;
  if (is_generated || is_imported) attributes.yes(CKA_TRUSTED);
  if (is_generated) trusted = attacker.generate(CKM_AES_KEY_GEN, attributes);
  if (is_imported) trusted = attacker.create(attributes.octets(CKA_VALUE, value));
  if (!is_generated && !is_imported) {
    Template extractable = wrapping_template("alone");
    extractable.yes(CKA_EXTRACTABLE);
    const CK_OBJECT_HANDLE key = attacker.generate(CKM_AES_KEY_GEN, extractable);
    trusted = key;
    attributes.yes(CKA_TRUSTED);
    if (attacker.is("set")) attacker.set(key, mark);
    if (attacker.is("copy")) trusted = attacker.copy(key, mark);
    if (attacker.is("unwrap")) trusted = wrapped_twin(attacker, key, attributes);
  }
  wrap(attacker, kKwp, trusted, precious(attacker));
  attacker.taken("a key leaves under one that the user marked");
}

// keeper makes a trusted key as the documents say; a copy that was made before is not trusted.
CK_OBJECT_HANDLE keeper(Attacker& attacker, const std::string& label_of_copy = "") {
  const std::string label = hex(random_octets(8));
  Template attributes = wrapping_template(label, 32, attacker.is("private") ? Sight::user : Sight::all);
  attributes.no(CKA_EXTRACTABLE);
  const CK_OBJECT_HANDLE key = attacker.generate(CKM_AES_KEY_GEN, attributes);
  Template copy;
  if (!label_of_copy.empty()) attacker.copy(key, copy.text(CKA_LABEL, label_of_copy));
  attacker.mark_trusted(CKO_SECRET_KEY, label);
  return attacker.find(CKO_SECRET_KEY, label);
}

// What left under a trusted key comes back as one that leaves under any key that wraps: by its template, or
// by a copy of the trusted key, which is not trusted.
void loses_mark(Attacker& attacker) {
  const std::string before = hex(random_octets(8));
  const CK_OBJECT_HANDLE trusted = attacker.is("earlier-copy") ? keeper(attacker, before) : keeper(attacker);
  CK_OBJECT_HANDLE unwraps = trusted;
  Template session_object;
  session_object.no(CKA_TOKEN);
  if (attacker.is("copy")) unwraps = attacker.copy(trusted, session_object);
  if (attacker.is("earlier-copy")) unwraps = attacker.find(CKO_SECRET_KEY, before);
  const Octets wrapped = wrap(attacker, kKwp, trusted, precious(attacker));
  Template attributes = secret_template(CKK_GENERIC_SECRET);
  attributes.yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).no(CKA_WRAP_WITH_TRUSTED);
  const CK_OBJECT_HANDLE again = unwrap(attacker, "C_UnwrapKey", unwraps, wrapped, attributes);
  wrap(attacker, kKwp, wraps_only_key(attacker), again, "C_WrapKey AGAIN");
  attacker.taken("a key that leaves under trusted keys only left under another");
}

// A keeper gets no use, and does not become extractable.
void changes_keeper(Attacker& attacker) {
  const CK_OBJECT_HANDLE trusted = keeper(attacker);
  Template more;
  more.yes(attacker.is("extractable") ? CKA_EXTRACTABLE : CKA_DECRYPT);
  CK_OBJECT_HANDLE key = attacker.is("copy") ? attacker.copy(trusted, more) : trusted;
  if (attacker.is("set")) attacker.set(trusted, more);
  if (attacker.is("extractable")) key = wrapped_twin(attacker, key, decrypting_template({}));
  const CK_OBJECT_HANDLE victim = precious(attacker);
  prove(attacker, victim, attacker.decrypt(key, kKwp, wrap(attacker, kKwp, trusted, victim)));
}

void keeps(Attacker& attacker) {
  const CK_OBJECT_HANDLE trusted = keeper(attacker);
  const CK_OBJECT_HANDLE key = precious(attacker);
  Template attributes = secret_template(CKK_GENERIC_SECRET);
  attributes.yes(CKA_SENSITIVE).yes(CKA_SIGN);
  const CK_OBJECT_HANDLE again =
      unwrap(attacker, "C_UnwrapKey", trusted, wrap(attacker, kKwp, trusted, key), attributes);
  if (attacker.mac(again) != attacker.mac(key)) die("another key came back");
  if (attacker.attribute(again, CKA_WRAP_WITH_TRUSTED) != Octets{1})
    attacker.taken("CKA_WRAP_WITH_TRUSTED is lost");
  attacker.works("a key leaves under a trusted one and comes back");
}

constexpr CK_RV kLater = refusal::kTrustedLater;
constexpr CK_RV kTrusts = refusal::kTrustedWithUses;
constexpr CK_RV kFurther = refusal::kFurtherUse;
const std::string kMark = "C_SetAttributeValue CKA_TRUSTED";
const std::string kSet = "C_SetAttributeValue";
const std::string kCopy = "C_CopyObject";
const std::string kWrap = "C_WrapKey";
const std::string kUnwrap = "C_UnwrapKey";

}  // namespace

const std::vector<Attack> kTrustAttacks = {
    {"trusted/decrypt", trusts_too_much, "decrypt", kMark, kLater},
    {"trusted/encrypt", trusts_too_much, "encrypt", kMark, kLater},
    {"trusted/gmac", trusts_too_much, "gmac", kMark, kLater},
    {"trusted/born-decrypt", trusts_too_much, "born decrypt", "C_GenerateKey", refusal::kTrustedLater},
    {"trusted/born-encrypt", trusts_too_much, "born encrypt", "C_GenerateKey", refusal::kTrustedLater},
    {"trusted/born-gmac", trusts_too_much, "born gmac", "C_GenerateKey", refusal::kTrustedLater},
    {"trusted/set-less-decrypt", trusts_too_much, "less-set decrypt", kMark, kLater},
    {"trusted/copy-less-decrypt", trusts_too_much, "less-copy decrypt", kMark, kLater},
    {"trusted/imported", trusts_twin, "imported", kMark, kLater},
    {"trusted/derived", trusts_twin, "derived", kMark, kLater},
    {"trusted/was-extractable", trusts_twin, "", kMark, kLater},
    {"trusted/was-extractable-copy", trusts_twin, "copy", kMark, kLater},
    {"trusted/came-back", trusts_twin, "back", kMark, kLater},
    {"trusted/born-extractable", twin_of_trusted, "", "C_GenerateKey", refusal::kTrustedLater},
    {"trusted/born-extractable-closed", twin_of_trusted, "set", "C_GenerateKey", refusal::kTrustedLater},
    {"trusted/born-extractable-copy", twin_of_trusted, "copy", "C_GenerateKey", refusal::kTrustedLater},
    {"trusted/own-pair", trusts_own_pair, "", kMark, kLater},
    {"trusted/alone-generate", marks_alone, "generate", "C_GenerateKey", kLater},
    {"trusted/alone-import", marks_alone, "import", "C_CreateObject", kLater},
    {"trusted/alone-set", marks_alone, "set", kSet, kLater},
    {"trusted/alone-copy", marks_alone, "copy", kCopy, kLater},
    {"trusted/alone-unwrap", marks_alone, "unwrap", kUnwrap, kLater},
    {"trusted/loses-mark", loses_mark, "", kUnwrap, refusal::kLosesMark},
    {"trusted/loses-mark-copy", loses_mark, "copy", kCopy, refusal::kNoCopy},
    {"trusted/loses-mark-earlier-copy", loses_mark, "earlier-copy", kCopy, refusal::kNoCopy},
    {"trusted/set-decrypt", changes_keeper, "set", kSet, kFurther},
    {"trusted/copy-decrypt", changes_keeper, "copy", kCopy, refusal::kNoCopy},
    {"trusted/set-extractable", changes_keeper, "set extractable", kSet, kFurther},
    {"trusted/copy-extractable", changes_keeper, "copy extractable", kCopy, refusal::kNoCopy},
    {"trusted/works", keeps, "", "", CKR_OK},
    {"trusted/works-private", keeps, "private", "", CKR_OK},
};

}  // namespace coffer::story
