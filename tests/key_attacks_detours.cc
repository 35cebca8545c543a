// Attacks that make a protected key a second time, where it is less protected: with linear derivations
// permitted, in two steps of which the second is free, from a second base, by a digest, or by another
// mechanism than the one meant.
#include <utility>

#include "tests/key_attacks.h"
#include "tests/key_attacks_ghash.h"

namespace coffer::story {

namespace {

const Octets kP256 = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
const CK_MECHANISM kKwp{CKM_AES_KEY_WRAP_KWP, nullptr, 0};
const CK_MECHANISM kHmac{CKM_SHA256_HMAC, nullptr, 0};

Template demand() {
  Template inner;
  protect(inner);
  return inner;
}

CK_OBJECT_HANDLE demanding_base(Attacker& attacker) {
  const Template inner = demand();
  Template attributes = secret_template(CKK_GENERIC_SECRET, 32);
  attributes.yes(CKA_DERIVE).nested(CKA_DERIVE_TEMPLATE, inner);
  protect(attributes);
  return attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attributes);
}

Template signing_template() {
  Template attributes = secret_template(CKK_GENERIC_SECRET, 32);
  attributes.yes(CKA_SIGN);
  return attributes;
}

// further_template is of a key from which more is to be derived, said or left to the defaults.
Template further_template(const Attacker& attacker) {
  Template attributes = signing_template();
  if (!attacker.is("silent")) attributes.yes(CKA_DERIVE);
  return attributes;
}

CK_OBJECT_HANDLE hkdf(Attacker& attacker, const std::string& name, CK_OBJECT_HANDLE base, bool extracts,
                      bool expands, const Template& attributes) {
  Octets info = {'a'};
  CK_HKDF_PARAMS parameter{static_cast<CK_BBOOL>(extracts),
                           static_cast<CK_BBOOL>(expands),
                           CKM_SHA256,
                           CKF_HKDF_SALT_NULL,
                           nullptr,
                           0,
                           0,
                           info.data(),
                           expands ? info.size() : 0};
  return attacker.derive(name, {CKM_HKDF_DERIVE, &parameter, sizeof parameter}, base, attributes);
}

[[noreturn]] void prove(Attacker& attacker, CK_OBJECT_HANDLE victim, const Octets& found) {
  const Octets text = random_octets(16);
  attacker.read_out("the protected key", found,
                    attacker.sign(victim, kHmac, text) == outside_hmac(found, text));
}

// ECDH with a peer of the attacker's.
struct Agreement {
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  Octets point;

  CK_OBJECT_HANDLE derive(Attacker& attacker, const std::string& name, CK_EC_KDF_TYPE kdf,
                          const Template& attributes) {
    CK_ECDH1_DERIVE_PARAMS parameter{kdf, 0, nullptr, point.size(), point.data()};
    return attacker.derive(name, {CKM_ECDH1_DERIVE, &parameter, sizeof parameter}, key, attributes);
  }
};

Agreement demanding_agreement(Attacker& attacker) {
  const Template inner = demand();
  Template open;
  open.octets(CKA_EC_PARAMS, kP256);
  Template secret;
  secret.yes(CKA_DERIVE);
  Agreement made;
  made.point =
      attacker.attribute(attacker.generate_pair(CKM_EC_KEY_PAIR_GEN, open, secret).open, CKA_EC_POINT);
  secret.nested(CKA_DERIVE_TEMPLATE, inner);
  protect(secret);
  made.key = attacker.generate_pair(CKM_EC_KEY_PAIR_GEN, open, secret).secret;
  return made;
}

// The base demands protection; the key is made once more as one that may be cut.
void derives_again(Attacker& attacker) {
  Template permitting = further_template(attacker);
  permit_linear(permitting);
  if (attacker.is("ecdh")) {
    Agreement agreement = demanding_agreement(attacker);
    const CK_OBJECT_HANDLE victim = agreement.derive(attacker, "ECDH", CKD_SHA256_KDF, signing_template());
    prove(attacker, victim,
          read_by_padding(attacker, agreement.derive(attacker, "AGAIN", CKD_SHA256_KDF, permitting), 32));
  }
  const CK_OBJECT_HANDLE base = demanding_base(attacker);
  const CK_OBJECT_HANDLE victim = hkdf(attacker, "HKDF", base, true, true, signing_template());
  prove(attacker, victim,
        read_by_padding(attacker, hkdf(attacker, "AGAIN", base, true, true, permitting), 32));
}

Octets wrap(Attacker& attacker, CK_MECHANISM how, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key) {
  Octets wrapped(256);
  CK_ULONG bytes = wrapped.size();
  attacker.step("C_WrapKey",
                attacker->C_WrapKey(attacker.session(), &how, wrapping, key, wrapped.data(), &bytes));
  wrapped.resize(bytes);
  return wrapped;
}

CK_RV unwrap(Attacker& attacker, CK_MECHANISM how, CK_OBJECT_HANDLE unwrapping, Octets wrapped,
             const Template& attributes, CK_OBJECT_HANDLE& key) {
  return attacker->C_UnwrapKey(attacker.session(), &how, unwrapping, wrapped.data(), wrapped.size(),
                               attributes.data(), attributes.size(), &key);
}

void unwraps_again(Attacker& attacker) {
  Template extractable = secret_template(CKK_GENERIC_SECRET, 32);
  extractable.yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_SIGN);
  const CK_OBJECT_HANDLE victim = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, extractable);
  const CK_OBJECT_HANDLE wrapping = wraps_only_key(attacker);
  Template permitting = secret_template(CKK_GENERIC_SECRET);
  permitting.yes(CKA_SENSITIVE).yes(CKA_SIGN).yes(CKA_DERIVE);
  if (attacker.is("xor")) {
    permit(permitting, {CKM_XOR_BASE_AND_DATA, CKM_SHA256_HMAC});
  } else if (attacker.is("extract")) {
    permit(permitting, {CKM_SHA256_HMAC, CKM_EXTRACT_KEY_FROM_KEY});
  } else if (attacker.is("encrypt-data")) {
    permit(permitting, {CKM_SHA256_HMAC, CKM_AES_CBC_ENCRYPT_DATA});
  } else {
    permit_linear(permitting);
  }
  CK_OBJECT_HANDLE again = CK_INVALID_HANDLE;
  attacker.step("C_UnwrapKey",
                unwrap(attacker, kKwp, wrapping, wrap(attacker, kKwp, wrapping, victim), permitting, again));
  prove(attacker, victim, read_by_padding(attacker, again, 32));
}

// permits_later names linear derivations after the birth.
void permits_later(Attacker& attacker) {
  Template attributes = further_template(attacker);
  protect(attributes);
  const CK_OBJECT_HANDLE key = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attributes);
  Template permitting;
  permit_linear(permitting);
  CK_OBJECT_HANDLE again = key;
  if (attacker.is("set"))
    attacker.set(key, permitting);
  else
    again = attacker.copy(key, permitting);
  prove(attacker, key, read_by_padding(attacker, again, 32));
}

// A key that was born to be cut does not pass for one that never could be.
void is_honest(Attacker& attacker) {
  Template attributes = further_template(attacker);
  protect(attributes);
  permit_linear(attributes);
  const CK_OBJECT_HANDLE key = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attributes);
  read_by_padding(attacker, key, 32);
  const Octets no(1);
  if (attacker.attribute(key, CKA_COFFER_CUTTABLE) != Octets{1})
    attacker.taken("a key that can be cut does not say so");
  if (attacker.attribute(key, CKA_ALWAYS_SENSITIVE) != no ||
      attacker.attribute(key, CKA_NEVER_EXTRACTABLE) != no) {
    attacker.taken("a key that can be cut calls itself always sensitive or never extractable");
  }
  attacker.works("a key that was born to be cut is cut, and says so");
}

Template readable_template() {
  Template attributes = secret_template(CKK_GENERIC_SECRET, 32);
  attributes.no(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
  return attributes;
}

// HKDF is Extract and Expand: the base demands something of what Extract makes, and nobody of what Expand
// makes of that.
void splits_hkdf(Attacker& attacker) {
  const CK_OBJECT_HANDLE base = demanding_base(attacker);
  const CK_OBJECT_HANDLE victim = hkdf(attacker, "HKDF", base, true, true, signing_template());
  const CK_OBJECT_HANDLE middle = hkdf(attacker, "EXTRACT", base, true, false, further_template(attacker));
  const CK_OBJECT_HANDLE again = hkdf(attacker, "EXPAND", middle, false, true, readable_template());
  prove(attacker, victim, attacker.attribute(again, CKA_VALUE));
}

// HKDF-Expand is an HMAC under the base, and HKDF-Extract is one under the salt. With the base as the salt of
// a known key, Extract makes what Expand makes.
void splits_salt(Attacker& attacker) {
  const CK_OBJECT_HANDLE base = demanding_base(attacker);
  const CK_OBJECT_HANDLE victim = hkdf(attacker, "HKDF", base, false, true, signing_template());
  Template known = secret_template(CKK_GENERIC_SECRET);
  known.octets(CKA_VALUE, {'a', 1}).no(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_DERIVE);
  const CK_OBJECT_HANDLE name = attacker.create(known);
  CK_HKDF_PARAMS parameter{CK_TRUE, CK_FALSE, CKM_SHA256, CKF_HKDF_SALT_KEY, nullptr, 0, base, nullptr, 0};
  if (attacker.is("expands")) parameter.bExpand = CK_TRUE;
  const CK_OBJECT_HANDLE again =
      attacker.derive("SALT", {CKM_HKDF_DERIVE, &parameter, sizeof parameter}, name, readable_template());
  prove(attacker, victim, attacker.attribute(again, CKA_VALUE));
}

// The KDFs of ECDH are a digest of the shared secret and a counter.
void splits_ecdh(Attacker& attacker) {
  Agreement agreement = demanding_agreement(attacker);
  const bool is_x963 = attacker.is("x963");
  const CK_OBJECT_HANDLE victim =
      agreement.derive(attacker, "ECDH", is_x963 ? CKD_SHA256_KDF : CKD_SHA256_KDF_SP800, signing_template());
  const CK_OBJECT_HANDLE shared = agreement.derive(attacker, "SHARED", CKD_NULL, further_template(attacker));
  Template derives;
  derives.yes(CKA_DERIVE);
  if (attacker.is("set")) attacker.set(shared, derives);
  Octets counter = {0, 0, 0, 1};
  CK_KEY_DERIVATION_STRING_DATA data{counter.data(), counter.size()};
  Template joined = secret_template(CKK_GENERIC_SECRET, 36);
  joined.yes(CKA_DERIVE);
  const CK_MECHANISM_TYPE type = is_x963 ? CKM_CONCATENATE_BASE_AND_DATA : CKM_CONCATENATE_DATA_AND_BASE;
  const CK_OBJECT_HANDLE text = attacker.derive("CONCATENATE", {type, &data, sizeof data}, shared, joined);
  const CK_OBJECT_HANDLE again =
      attacker.derive("SHA256", {CKM_SHA256_KEY_DERIVATION, nullptr, 0}, text, readable_template());
  prove(attacker, victim, attacker.attribute(again, CKA_VALUE));
}

// C_DigestKey makes what a derivation by a digest makes, of a base and of a shared secret.
void digests(Attacker& attacker) {
  CK_OBJECT_HANDLE victim = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE base = CK_INVALID_HANDLE;
  Octets behind;
  if (attacker.is("ecdh")) {
    Agreement agreement = demanding_agreement(attacker);
    victim = agreement.derive(attacker, "ECDH", CKD_SHA256_KDF, signing_template());
    base = agreement.derive(attacker, "SHARED", CKD_NULL, signing_template());
    behind = {0, 0, 0, 1};
  } else {
    base = demanding_base(attacker);
    victim = attacker.derive("SHA256", {CKM_SHA256_KEY_DERIVATION, nullptr, 0}, base, signing_template());
  }
  CK_MECHANISM sha256{CKM_SHA256, nullptr, 0};
  attacker.step("C_DigestInit", attacker->C_DigestInit(attacker.session(), &sha256));
  attacker.step("C_DigestKey", attacker->C_DigestKey(attacker.session(), base));
  attacker.step("C_DigestUpdate", attacker->C_DigestUpdate(attacker.session(), behind.data(), behind.size()));
  Octets digest(32);
  CK_ULONG bytes = digest.size();
  attacker.step("C_DigestFinal", attacker->C_DigestFinal(attacker.session(), digest.data(), &bytes));
  prove(attacker, victim, digest);
}

// What was wrapped with RFC 3394 is unwrapped as if padded: it is, exactly if the last octet happens to be a
// padding.
void confuses_padding(Attacker& attacker) {
  const bool is_kwp = attacker.is("kwp");
  Octets initial = {0xA6, 0x59, 0x59, 0xA6, 0, 0, 0, 31};  // RFC 5649, 3: one octet less
  CK_MECHANISM plain{CKM_AES_KEY_WRAP, nullptr, 0};
  if (is_kwp) plain = {CKM_AES_KEY_WRAP, initial.data(), initial.size()};
  const CK_MECHANISM padded{is_kwp ? CKM_AES_KEY_WRAP_KWP : CKM_AES_KEY_WRAP_PKCS7, nullptr, 0};
  const CK_OBJECT_HANDLE wrapping = wraps_only_key(attacker);
  const auto takes = [&](CK_BYTE last) {
    Octets value = random_octets(32);
    value.back() = last;
    Template known = secret_template(CKK_GENERIC_SECRET);
    known.octets(CKA_VALUE, value).yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
    Template attributes = secret_template(CKK_GENERIC_SECRET);
    attributes.yes(CKA_SENSITIVE);
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
    const CK_RV value_of =
        attacker.note(unwrap(attacker, padded, wrapping,
                             wrap(attacker, plain, wrapping, attacker.create(known)), attributes, key));
    if (value_of != CKR_OK && value_of != CKR_WRAPPED_KEY_INVALID) attacker.step("C_UnwrapKey", value_of);
    return value_of == CKR_OK;
  };
  const CK_BYTE padding = is_kwp ? 0 : 1;
  const bool tells = takes(padding) && !takes(0xFF);
  if (!tells) attacker.works("the octets of a key do not decide whether it unwraps");
  attacker.read_out("the last octet of a wrapped key", {padding}, true);
}

// The padded form is unwrapped as the plain one with the padded form's initial value: that works for one
// length.
void confuses_plain(Attacker& attacker) {
  Octets initial = {0xA6, 0x59, 0x59, 0xA6, 0, 0, 0, 30};
  const CK_MECHANISM plain{CKM_AES_KEY_WRAP, initial.data(), initial.size()};
  const CK_OBJECT_HANDLE wrapping = wraps_only_key(attacker);
  Template known = secret_template(CKK_GENERIC_SECRET);
  known.octets(CKA_VALUE, random_octets(30)).yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
  const Octets wrapped = wrap(attacker, kKwp, wrapping, attacker.create(known));
  Template attributes = secret_template(CKK_GENERIC_SECRET);
  attributes.yes(CKA_SENSITIVE).yes(CKA_SIGN);
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  attacker.step("C_UnwrapKey", unwrap(attacker, plain, wrapping, wrapped, attributes, key));
  attacker.taken("a padded key comes back with its padding");
}

// A base that came wrapped, or was derived, demands protection; the same base is had once more without a
// demand.
void has_base_twice(Attacker& attacker) {
  const Template inner = demand();
  Template demanding = secret_template(CKK_GENERIC_SECRET, 32);
  only(demanding, {CKA_DERIVE});
  protect(demanding);
  demanding.nested(CKA_DERIVE_TEMPLATE, inner);
  Template free = secret_template(CKK_GENERIC_SECRET, 32);
  free.yes(CKA_SENSITIVE).yes(CKA_DERIVE);
  CK_OBJECT_HANDLE bases[2] = {};
  if (attacker.is("unwrapped")) {
    Template extractable = secret_template(CKK_GENERIC_SECRET, 32);
    extractable.yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
    const CK_OBJECT_HANDLE wrapping = wraps_only_key(attacker);
    const Octets wrapped =
        wrap(attacker, kKwp, wrapping, attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, extractable));
    attacker.step("C_UnwrapKey", unwrap(attacker, kKwp, wrapping, wrapped, demanding, bases[0]));
    attacker.step("C_UnwrapKey", unwrap(attacker, kKwp, wrapping, wrapped, free, bases[1]));
  } else {
    free.no(CKA_EXTRACTABLE);
    Template first = secret_template(CKK_GENERIC_SECRET, 32);
    protect(first);
    if (attacker.is("derived")) {
      const CK_OBJECT_HANDLE root = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, first);
      bases[0] = hkdf(attacker, "DEMANDING", root, true, true, demanding);
      bases[1] = hkdf(attacker, "FREE", root, true, true, free);
    } else {
      Template none;
      none.octets(CKA_DERIVE_TEMPLATE, {});
      Template further;
      further.nested(CKA_DERIVE_TEMPLATE, inner).no(CKA_SIGN).no(CKA_VERIFY);
      bases[0] = attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attacker.is("added") ? first : demanding);
      bases[1] = attacker.copy(bases[0], attacker.is("added") ? further : none);
      if (attacker.is("added")) std::swap(bases[0], bases[1]);
    }
  }
  const CK_OBJECT_HANDLE victim = hkdf(attacker, "HKDF", bases[0], true, true, signing_template());
  prove(attacker, victim,
        attacker.attribute(hkdf(attacker, "READABLE", bases[1], true, true, readable_template()), CKA_VALUE));
}

constexpr CK_RV kPermits = refusal::kPermitsUnderDemand;
constexpr CK_RV kFurther = refusal::kDerivesFurther;
const std::string kUnwrap = "C_UnwrapKey";

}  // namespace

const std::vector<Attack> kDetourAttacks = {
    {"again/hkdf", derives_again, "cuttable", "C_DeriveKey AGAIN", kPermits},
    {"again/hkdf-silent", derives_again, "silent cuttable", "C_DeriveKey AGAIN", kPermits},
    {"again/ecdh", derives_again, "ecdh cuttable", "C_DeriveKey AGAIN", kPermits},
    {"again/ecdh-silent", derives_again, "ecdh silent cuttable", "C_DeriveKey AGAIN", kPermits},
    {"again/unwrap", unwraps_again, "cuttable", kUnwrap, refusal::kBornAnew},
    {"again/unwrap-xor", unwraps_again, "xor", kUnwrap, refusal::kBornAnew},
    {"again/unwrap-extract", unwraps_again, "extract", kUnwrap, refusal::kBornAnew},
    {"again/unwrap-encrypt-data", unwraps_again, "encrypt-data", kUnwrap, refusal::kBornAnew},
    {"again/set", permits_later, "set cuttable", "C_SetAttributeValue", refusal::kFurtherUse},
    {"again/copy", permits_later, "copy cuttable", "C_CopyObject", refusal::kFurtherUse},
    {"again/named", is_honest, "cuttable", "", CKR_OK},
    {"again/template-copy", has_base_twice, "copy", "C_CopyObject", refusal::kFurtherUse},
    {"again/template-added", has_base_twice, "copy added", "C_CopyObject", refusal::kFurtherUse},
    {"again/template-unwrapped", has_base_twice, "unwrapped", kUnwrap, refusal::kBornAnew},
    {"again/template-derived", has_base_twice, "derived", "C_DeriveKey DEMANDING", refusal::kBornAnew},
    {"split/hkdf", splits_hkdf, "", "C_DeriveKey EXTRACT", refusal::kSplit},
    {"split/hkdf-silent", splits_hkdf, "silent", "C_DeriveKey EXTRACT", refusal::kSplit},
    {"split/hkdf-salt", splits_salt, "", "C_DeriveKey SALT", refusal::kSplit},
    {"split/hkdf-salt-expands", splits_salt, "expands", "C_DeriveKey SALT", refusal::kSplit},
    {"split/digest", digests, "", "C_DigestKey", refusal::kIndigestible},
    {"split/digest-ecdh", digests, "ecdh", "C_DigestKey", refusal::kIndigestible},
    {"split/ecdh-x963", splits_ecdh, "x963", "C_DeriveKey SHARED", kFurther},
    {"split/ecdh-x963-silent", splits_ecdh, "x963 silent", "C_DeriveKey CONCATENATE", refusal::kNoSuchUse},
    {"split/ecdh-x963-set", splits_ecdh, "x963 silent set", "C_SetAttributeValue", refusal::kFurtherUse},
    {"split/ecdh-one-step", splits_ecdh, "", "C_DeriveKey SHARED", kFurther},
    {"split/ecdh-one-step-silent", splits_ecdh, "silent", "C_DeriveKey CONCATENATE", refusal::kNoSuchUse},
    {"confuse/kw-as-kwp", confuses_padding, "kwp", "C_WrapKey", refusal::kOwnInitialValue},
    {"confuse/kwp-as-kw", confuses_plain, "", kUnwrap, refusal::kOwnInitialValue},
    {"confuse/kw-as-pkcs7", confuses_padding, "pkcs7", kUnwrap, refusal::kPadding},
};

}  // namespace coffer::story
