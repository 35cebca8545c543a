// Attacks by the strength of authentication: short tags and much associated data where keys are unwrapped,
// and many tries.
#include <algorithm>
#include <thread>

#include "tests/key_attacks.h"
#include "tests/key_attacks_ghash.h"

namespace coffer::story {

namespace {

constexpr CK_ULONG kAssociatedMax = 8192;
constexpr int kTriesMax = 64;        // so many failures go by at most before one must wait
constexpr int kWaitSecondsMax = 60;  // and so long it takes at most
constexpr CK_ULONG kNonceBytes = 12;

CK_ULONG number_of(const Attacker& attacker) {
  CK_ULONG number = 0;
  for (const CK_ULONG each : {4U, 6U, 8U, 10U, 12U, 14U, 16U, 32U, 64U, 96U, 104U, 112U, 120U, 128U}) {
    if (attacker.is(std::to_string(each))) number = each;
  }
  return number;
}

// Sealing is GCM or CCM with a nonce of the application's, for a tag of so many bits (GCM) or octets (CCM).
class Sealing {
 public:
  Sealing(bool is_ccm, CK_ULONG tag, CK_ULONG data_bytes, CK_ULONG associated_bytes)
      : associated_(associated_bytes),
        gcm_{nonce_.data(), kNonceBytes, 8 * kNonceBytes, associated_.data(), associated_bytes, tag},
        ccm_{data_bytes, nonce_.data(), kNonceBytes, associated_.data(), associated_bytes, tag},
        how{CKM_AES_GCM, &gcm_, sizeof gcm_} {
    if (is_ccm) how = {CKM_AES_CCM, &ccm_, sizeof ccm_};
  }
  Sealing(const Sealing&) = delete;
  Sealing& operator=(const Sealing&) = delete;

 private:
  Octets nonce_ = random_octets(kNonceBytes);
  Octets associated_;
  CK_GCM_PARAMS gcm_;
  CK_CCM_PARAMS ccm_;

 public:
  CK_MECHANISM how;
};

Template piece_template(CK_ULONG bytes = 0) {
  Template attributes = secret_template(CKK_GENERIC_SECRET, bytes);
  attributes.yes(CKA_SENSITIVE).yes(CKA_SIGN);
  return attributes;
}

CK_OBJECT_HANDLE victim(Attacker& attacker, bool is_sensitive) {
  Template attributes = secret_template(CKK_GENERIC_SECRET, 32);
  attributes.truth(CKA_SENSITIVE, is_sensitive).yes(CKA_EXTRACTABLE).yes(CKA_SIGN);
  return attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attributes);
}

// everything makes a key that encrypts, decrypts, wraps and unwraps.
CK_OBJECT_HANDLE everything(Attacker& attacker) {
  Template attributes = secret_template(CKK_AES, 32);
  attributes.yes(CKA_ENCRYPT).yes(CKA_DECRYPT).yes(CKA_WRAP).yes(CKA_UNWRAP);
  protect(attributes);
  return attacker.generate(CKM_AES_KEY_GEN, attributes);
}

Octets wrap(Attacker& attacker, CK_MECHANISM how, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key) {
  Octets wrapped(4096);
  CK_ULONG bytes = wrapped.size();
  CK_RV value = CKR_OK;
  if (attacker.is("authenticated")) {
    value = attacker.module().newest()->C_WrapKeyAuthenticated(attacker.session(), &how, wrapping, key,
                                                               nullptr, 0, wrapped.data(), &bytes);
  } else {
    value = attacker->C_WrapKey(attacker.session(), &how, wrapping, key, wrapped.data(), &bytes);
  }
  attacker.step("C_WrapKey", value);
  wrapped.resize(bytes);
  return wrapped;
}

CK_RV try_unwrap(Attacker& attacker, CK_MECHANISM how, CK_OBJECT_HANDLE unwrapping, Octets wrapped) {
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  const Template attributes = piece_template();
  CK_RV value = CKR_OK;
  if (attacker.is("authenticated")) {
    value = attacker.module().newest()->C_UnwrapKeyAuthenticated(
        attacker.session(), &how, unwrapping, wrapped.data(), wrapped.size(), attributes.data(),
        attributes.size(), nullptr, 0, &key);
  } else {
    value = attacker->C_UnwrapKey(attacker.session(), &how, unwrapping, wrapped.data(), wrapped.size(),
                                  attributes.data(), attributes.size(), &key);
  }
  if (attacker.note(value) == CKR_OK) attacker.destroy(key);
  return value;
}

void finish(Attacker& attacker, const std::string& what) {
  if (attacker.attack().code == CKR_OK) attacker.works(what);
  attacker.taken(what);
}

// The chip chooses the nonce, the application the tag.
void wraps(Attacker& attacker) {
  const CK_ULONG bits = number_of(attacker);
  Octets nonce(kNonceBytes);
  Octets associated(attacker.is("much") ? kAssociatedMax + 1 : attacker.is("full") ? kAssociatedMax : 0);
  CK_GCM_WRAP_PARAMS gcm{nonce.data(),      kNonceBytes,       0,   CKG_GENERATE_RANDOM,
                         associated.data(), associated.size(), bits};
  const CK_MECHANISM how{CKM_AES_GCM, &gcm, sizeof gcm};
  const CK_OBJECT_HANDLE wrapping = wraps_only_key(attacker);
  const Octets wrapped = wrap(attacker, how, wrapping, victim(attacker, true));
  attacker.step("C_UnwrapKey", try_unwrap(attacker, how, wrapping, wrapped));
  finish(attacker, "wrapped with a tag of " + std::to_string(bits) + " bits and " +
                       std::to_string(associated.size()) + " octets of associated data");
}

// A tag of 128 bits is cut off: GCM takes what is left for a tag as good.
void unwraps(Attacker& attacker) {
  const CK_ULONG bits = number_of(attacker);
  Octets nonce(kNonceBytes);
  CK_GCM_WRAP_PARAMS gcm{nonce.data(), kNonceBytes, 0, CKG_GENERATE_RANDOM, nullptr, 0, 128};
  const CK_MECHANISM how{CKM_AES_GCM, &gcm, sizeof gcm};
  const CK_OBJECT_HANDLE wrapping = wraps_only_key(attacker);
  Octets wrapped = wrap(attacker, how, wrapping, victim(attacker, true));
  wrapped.resize(32 + bits / 8);
  gcm.ulTagBits = bits;
  attacker.step("C_UnwrapKey", try_unwrap(attacker, how, wrapping, wrapped));
  finish(attacker, "unwrapped with a tag of " + std::to_string(bits) + " bits");
}

// Under a key that also encrypts, the application chooses everything.
void wraps_freely(Attacker& attacker) {
  const CK_ULONG associated = attacker.is("much")   ? kAssociatedMax + 1
                              : attacker.is("full") ? kAssociatedMax
                                                    : 0;
  const Sealing sealing(attacker.is("ccm"), number_of(attacker), 32, associated);
  wrap(attacker, sealing.how, everything(attacker), victim(attacker, false));
  finish(attacker, "wrapped as the application likes");
}

void unwraps_freely(Attacker& attacker) {
  const CK_ULONG associated = attacker.is("much")   ? kAssociatedMax + 1
                              : attacker.is("full") ? kAssociatedMax
                                                    : 0;
  const Sealing sealing(attacker.is("ccm"), number_of(attacker), 32, associated);
  const CK_OBJECT_HANDLE key = everything(attacker);
  const Octets sealed = attacker.encrypt(key, sealing.how, random_octets(32));
  attacker.step("C_UnwrapKey", try_unwrap(attacker, sealing.how, key, sealed));
  finish(attacker, "unwrapped as the application likes");
}

void encrypts(Attacker& attacker) {
  const Sealing sealing(attacker.is("ccm"), number_of(attacker), 32, 2 * kAssociatedMax);
  const CK_OBJECT_HANDLE key = everything(attacker);
  const Octets message = random_octets(32);
  if (attacker.decrypt(key, sealing.how, attacker.encrypt(key, sealing.how, message)) != message) {
    die("a message came back as another");
  }
  attacker.works("messages have the tags and the associated data that they had");
}

// Envelope is a mechanism, a key of the token that unwraps with it, and a key that was wrapped for it.
class Envelope {
 public:
  explicit Envelope(Attacker& attacker) : attacker_(attacker) {
    const bool is_free = attacker.is("free");
    if (attacker.is("kw")) how_ = {CKM_AES_KEY_WRAP, nullptr, 0};
    if (attacker.is("pkcs7")) how_ = {CKM_AES_KEY_WRAP_PKCS7, nullptr, 0};
    if (attacker.is("gcm")) how_ = {CKM_AES_GCM, &gcm_, sizeof gcm_};
    if (attacker.is("oaep")) how_ = {CKM_RSA_PKCS_OAEP, &oaep_, sizeof oaep_};
    Template attributes;
    attributes.text(CKA_LABEL, label_).yes(CKA_TOKEN).yes(CKA_UNWRAP).truth(CKA_DECRYPT, is_free);
    protect(attributes);
    CK_OBJECT_HANDLE wrapping = CK_INVALID_HANDLE;
    if (attacker.is("oaep")) {
      Template open;
      open.number(CKA_MODULUS_BITS, 2048).yes(CKA_WRAP);
      wrapping = attacker.generate_pair(CKM_RSA_PKCS_KEY_PAIR_GEN, open, attributes).open;
    } else {
      attributes.number(CKA_VALUE_LEN, 32).yes(CKA_WRAP);
      wrapping = attacker.generate(CKM_AES_KEY_GEN, attributes);
    }
    wrapped_ = wrap(attacker, how_, wrapping, victim(attacker, !is_free && !attacker.is("oaep")));
  }
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;

  CK_RV open() { return open(wrapped_); }
  // open_wrong changes an octet, another one each time.
  CK_RV open_wrong() {
    Octets wrong = wrapped_;
    wrong[changed_++ % wrong.size()] ^= 1U;
    if (!attacker_.is("copies")) return open(wrong);
    Template session_object;
    session_object.no(CKA_TOKEN);
    const CK_OBJECT_HANDLE copy = attacker_.copy(key(), session_object);
    const CK_RV value = try_unwrap(attacker_, how_, copy, wrong);
    attacker_.destroy(copy);
    return value;
  }

 private:
  CK_RV open(const Octets& wrapped) { return try_unwrap(attacker_, how_, key(), wrapped); }
  CK_OBJECT_HANDLE key() {
    return attacker_.find(attacker_.is("oaep") ? CKO_PRIVATE_KEY : CKO_SECRET_KEY, label_);
  }

  Attacker& attacker_;
  std::string label_ = hex(random_octets(8));
  Octets nonce_ = Octets(kNonceBytes);
  CK_GCM_WRAP_PARAMS gcm_{nonce_.data(), kNonceBytes, 0, CKG_GENERATE_RANDOM, nullptr, 0, 128};
  CK_RSA_PKCS_OAEP_PARAMS oaep_{CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, nullptr, 0};
  CK_MECHANISM how_{CKM_AES_KEY_WRAP_KWP, nullptr, 0};
  Octets wrapped_;
  std::size_t changed_ = 0;
};

// Who fails again and again waits, with that key only, and then unwraps what is right. A new application does
// not help, and a copy of the key neither.
void guesses(Attacker& attacker) {
  Envelope attacked(attacker);
  Envelope other(attacker);
  CK_RV value = CKR_OK;
  for (int tries = 0; tries < kTriesMax && value != refusal::kWait; ++tries) {
    if (attacker.is("applications")) attacker.restart();
    value = attacked.open_wrong();
    if (value != CKR_WRAPPED_KEY_INVALID && value != refusal::kWait) die("a wrong ciphertext", value);
  }
  if (value != refusal::kWait) attacker.taken(std::to_string(kTriesMax) + " guesses without a wait");
  must("another key unwraps at once", other.open());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kWaitSecondsMax);
  while (attacked.open() != CKR_OK) {
    if (std::chrono::steady_clock::now() > end) die("the right ciphertext does not unwrap after the wait");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  attacker.step("C_UnwrapKey", value);
}

constexpr CK_RV kTag = refusal::kTag;
constexpr CK_RV kMuch = refusal::kAssociated;
const std::string kWrap = "C_WrapKey";
const std::string kUnwrap = "C_UnwrapKey";

}  // namespace

CK_OBJECT_HANDLE wraps_only_key(Attacker& attacker) {
  Template attributes = secret_template(CKK_AES, 32);
  attributes.yes(CKA_WRAP).yes(CKA_UNWRAP);
  protect(attributes);
  return attacker.generate(CKM_AES_KEY_GEN, attributes);
}

const std::vector<Attack> kTagAttacks = {
    {"tags/wrap-32", wraps, "32", kWrap, kTag},
    {"tags/wrap-64", wraps, "64", kWrap, kTag},
    {"tags/wrap-96", wraps, "96", kWrap, kTag},
    {"tags/wrap-120", wraps, "120", kWrap, kTag},
    {"tags/wrap-authenticated-32", wraps, "32 authenticated", kWrap, kTag},
    {"tags/wrap-128", wraps, "128", "", CKR_OK},
    {"tags/wrap-much", wraps, "128 much", kWrap, kMuch},
    {"tags/wrap-full", wraps, "128 full", "", CKR_OK},
    {"tags/unwrap-32", unwraps, "32", kUnwrap, kTag},
    {"tags/unwrap-64", unwraps, "64", kUnwrap, kTag},
    {"tags/unwrap-96", unwraps, "96", "", CKR_OK},
    {"tags/unwrap-104", unwraps, "104", "", CKR_OK},
    {"tags/unwrap-112", unwraps, "112", "", CKR_OK},
    {"tags/unwrap-120", unwraps, "120", "", CKR_OK},
    {"tags/unwrap-128", unwraps, "128", "", CKR_OK},
    {"tags/free-wrap-32", wraps_freely, "32", kWrap, kTag},
    {"tags/free-wrap-much", wraps_freely, "128 much", kWrap, kMuch},
    {"tags/free-wrap-full", wraps_freely, "128 full", "", CKR_OK},
    {"tags/free-unwrap-32", unwraps_freely, "32", kUnwrap, kTag},
    {"tags/free-unwrap-64", unwraps_freely, "64", kUnwrap, kTag},
    {"tags/free-unwrap-96", unwraps_freely, "96", "", CKR_OK},
    {"tags/free-unwrap-much", unwraps_freely, "128 much", kUnwrap, kMuch},
    {"tags/free-unwrap-full", unwraps_freely, "128 full", "", CKR_OK},
    {"tags/ccm-wrap-4", wraps_freely, "ccm 4", kWrap, kTag},
    {"tags/ccm-wrap-8", wraps_freely, "ccm 8", kWrap, kTag},
    {"tags/ccm-wrap-12", wraps_freely, "ccm 12", kWrap, kTag},
    {"tags/ccm-wrap-16", wraps_freely, "ccm 16", "", CKR_OK},
    {"tags/ccm-wrap-much", wraps_freely, "ccm 16 much", kWrap, kMuch},
    {"tags/ccm-unwrap-4", unwraps_freely, "ccm 4", kUnwrap, kTag},
    {"tags/ccm-unwrap-10", unwraps_freely, "ccm 10", kUnwrap, kTag},
    {"tags/ccm-unwrap-12", unwraps_freely, "ccm 12", "", CKR_OK},
    {"tags/ccm-unwrap-16", unwraps_freely, "ccm 16", "", CKR_OK},
    {"tags/ccm-unwrap-much", unwraps_freely, "ccm 16 much", kUnwrap, kMuch},
    {"tags/encrypt-gcm-32", encrypts, "32", "", CKR_OK},
    {"tags/encrypt-ccm-4", encrypts, "ccm 4", "", CKR_OK},
    {"guesses/gcm", guesses, "gcm", kUnwrap, refusal::kWait},
    {"guesses/kw", guesses, "kw", kUnwrap, refusal::kWait},
    {"guesses/kwp", guesses, "kwp", kUnwrap, refusal::kWait},
    {"guesses/pkcs7", guesses, "pkcs7", kWrap, refusal::kDoesNotLeaveSo},
    {"guesses/pkcs7-free", guesses, "pkcs7 free", kUnwrap, refusal::kWait},
    {"guesses/oaep", guesses, "oaep", kUnwrap, refusal::kWait},
    {"guesses/oaep-free", guesses, "oaep free", kUnwrap, refusal::kWait},
    {"guesses/authenticated", guesses, "gcm authenticated", kUnwrap, refusal::kWait},
    {"guesses/copies", guesses, "oaep copies", kUnwrap, refusal::kWait},
    {"guesses/keepers-copies", guesses, "kwp copies", "C_CopyObject", refusal::kNoCopy},
    {"guesses/applications", guesses, "kwp applications", kUnwrap, refusal::kWait},
    {"short-tags/whole", forge_short_tags, "", kWrap, kTag},
};

}  // namespace coffer::story
