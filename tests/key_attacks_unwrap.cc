// Attacks that unwrap a key as what it is not: shorter, of another type, or a private key as a secret one.
#include <algorithm>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tests/key_attacks.h"

namespace coffer::story {

namespace {

CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
CK_BYTE ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

// Wrapping is a mechanism that wraps, with its parameter, and the keys of both sides. The option names both.
class Wrapping {
 public:
  explicit Wrapping(Attacker& attacker) : attacker_(attacker) {
    choose();
    if (attacker.is("pkcs1") || attacker.is("oaep") || attacker.is("rsa-aes")) {
      make_pair(CKM_RSA_PKCS_KEY_PAIR_GEN);
    } else if (attacker.is("ecdh-aes")) {
      make_pair(CKM_EC_KEY_PAIR_GEN);
    } else {
      make_key();
    }
  }
  Wrapping(const Wrapping&) = delete;
  Wrapping& operator=(const Wrapping&) = delete;

  CK_MECHANISM how{CKM_AES_KEY_WRAP_KWP, nullptr, 0};
  CK_OBJECT_HANDLE wraps = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE unwraps = CK_INVALID_HANDLE;

  Octets wrap(CK_OBJECT_HANDLE key) {
    Octets wrapped(8192);
    CK_ULONG bytes = wrapped.size();
    attacker_.step("C_WrapKey",
                   attacker_->C_WrapKey(attacker_.session(), &how, wraps, key, wrapped.data(), &bytes));
    wrapped.resize(bytes);
    return wrapped;
  }

  // name_type_later says after the birth that what is unwrapped is of type AES-XTS, where the option asks for
  // it.
  void name_type_later() {
    Template later;
    later.nested(CKA_UNWRAP_TEMPLATE, named_);
    if (attacker_.is("later")) attacker_.set(unwraps, later);
    if (attacker_.is("copy")) unwraps = attacker_.copy(unwraps, later);
  }

  CK_OBJECT_HANDLE unwrap(Octets wrapped, const Template& attributes) {
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
    if (attacker_.is("authenticated")) {
      attacker_.step("C_UnwrapKey", attacker_.module().newest()->C_UnwrapKeyAuthenticated(
                                        attacker_.session(), &how, unwraps, wrapped.data(), wrapped.size(),
                                        attributes.data(), attributes.size(), nullptr, 0, &key));
      return key;
    }
    attacker_.step("C_UnwrapKey",
                   attacker_->C_UnwrapKey(attacker_.session(), &how, unwraps, wrapped.data(), wrapped.size(),
                                          attributes.data(), attributes.size(), &key));
    return key;
  }

 private:
  void choose() {
    if (attacker_.is("kw")) how = {CKM_AES_KEY_WRAP, nullptr, 0};
    if (attacker_.is("pkcs7")) how = {CKM_AES_KEY_WRAP_PKCS7, nullptr, 0};
    if (attacker_.is("gcm")) how = {CKM_AES_GCM, &gcm_, sizeof gcm_};
    if (attacker_.is("pkcs1")) how = {CKM_RSA_PKCS, nullptr, 0};
    if (attacker_.is("oaep")) how = {CKM_RSA_PKCS_OAEP, &oaep_, sizeof oaep_};
    if (attacker_.is("rsa-aes")) how = {CKM_RSA_AES_KEY_WRAP, &rsa_aes_, sizeof rsa_aes_};
    if (attacker_.is("ecdh-aes")) how = {CKM_ECDH_AES_KEY_WRAP, &ecdh_aes_, sizeof ecdh_aes_};
  }

  void make_key() {
    Template attributes = secret_template(CKK_AES, 32);
    only(attributes, {CKA_WRAP, CKA_UNWRAP});
    protect(attributes);
    if (attacker_.is("trusted")) {
      attributes.yes(CKA_TOKEN).text(CKA_LABEL, label_).truth(CKA_PRIVATE, attacker_.is("private"));
    }
    if (attacker_.is("type-named")) attributes.nested(CKA_UNWRAP_TEMPLATE, named_);
    wraps = unwraps = attacker_.generate(CKM_AES_KEY_GEN, attributes);
    if (!attacker_.is("trusted")) return;
    attacker_.mark_trusted(CKO_SECRET_KEY, label_);
    wraps = unwraps = attacker_.find(CKO_SECRET_KEY, label_);
  }

  void name_mechanisms(Template& attributes) const {
    if (attacker_.is("also-oaep"))
      permit(attributes, {CKM_RSA_AES_KEY_WRAP, CKM_RSA_PKCS_OAEP});
    else if (attacker_.is("also-pkcs1"))
      permit(attributes, {CKM_RSA_AES_KEY_WRAP, CKM_RSA_PKCS});
    else if (attacker_.is("rsa-aes") && !attacker_.is("unnamed"))
      permit(attributes, {CKM_RSA_AES_KEY_WRAP});
  }

  // The private half may only unwrap, and under its public half sensitive keys may leave.
  void make_pair(CK_MECHANISM_TYPE type) {
    const bool is_rsa = type == CKM_RSA_PKCS_KEY_PAIR_GEN;
    Template open;
    if (is_rsa) {
      open.number(CKA_MODULUS_BITS, 2048);
    } else {
      open.octets(CKA_EC_PARAMS, {std::begin(p256), std::end(p256)});
    }
    open.yes(CKA_TOKEN);
    Template secret;
    secret.yes(CKA_TOKEN)
        .yes(CKA_UNWRAP)
        .no(CKA_SIGN)
        .no(is_rsa ? CKA_DECRYPT : CKA_DERIVE)
        .text(CKA_LABEL, label_);
    protect(secret);
    Template partner;
    for (Template* half : {&secret, &partner}) name_mechanisms(*half);
    wraps = attacker_.import_trusted(attacker_.generate_pair(type, open, secret).open,
                                     is_rsa ? CKK_RSA : CKK_EC, std::move(partner));
    unwraps = attacker_.find(CKO_PRIVATE_KEY, label_);
  }

  Attacker& attacker_;
  std::string label_ = hex(random_octets(8));
  Octets nonce_ = Octets(12);
  CK_GCM_WRAP_PARAMS gcm_{nonce_.data(), nonce_.size(), 0, CKG_GENERATE_RANDOM, nullptr, 0, 128};
  CK_RSA_PKCS_OAEP_PARAMS oaep_{CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, nullptr, 0};
  CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes_{256, &oaep_};
  CK_ECDH_AES_KEY_WRAP_PARAMS ecdh_aes_{256, CKD_SHA256_KDF, 0, nullptr};
  Template named_ = [] {
    Template inner;
    inner.number(CKA_KEY_TYPE, CKK_AES_XTS);
    return inner;
  }();
};

[[noreturn]] void finish(Attacker& attacker, const std::string& what) {
  if (attacker.attack().code == CKR_OK) attacker.works(what);
  attacker.taken(what);
}

CK_KEY_TYPE type_of(const Attacker& attacker) {
  if (attacker.is("as-hmac")) return CKK_SHA256_HMAC;
  if (attacker.is("as-hkdf")) return CKK_HKDF;
  return attacker.is("as-aes") ? CKK_AES : CKK_GENERIC_SECRET;
}

Template piece_template(const Attacker& attacker, CK_ULONG bytes) {
  Template attributes = secret_template(type_of(attacker), bytes);
  attributes.yes(CKA_SENSITIVE).yes(attacker.is("as-aes") ? CKA_ENCRYPT : CKA_SIGN);
  return attributes;
}

// private_pair makes the private key to be read, sensitive but extractable.
Pair private_pair(Attacker& attacker) {
  Template open;
  Template secret;
  secret.yes(CKA_SIGN).yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
  if (attacker.is("rsa")) {
    open.number(CKA_MODULUS_BITS, 2048);
    return attacker.generate_pair(CKM_RSA_PKCS_KEY_PAIR_GEN, open, secret);
  }
  if (attacker.is("ed25519")) {
    open.octets(CKA_EC_PARAMS, {std::begin(ed25519), std::end(ed25519)});
    return attacker.generate_pair(CKM_EC_EDWARDS_KEY_PAIR_GEN, open, secret);
  }
  open.octets(CKA_EC_PARAMS, {std::begin(p256), std::end(p256)});
  return attacker.generate_pair(CKM_EC_KEY_PAIR_GEN, open, secret);
}

// is_private_half tells whether octets are the PKCS#8 of the private key whose public half is in the vault.
bool is_private_half(Attacker& attacker, const Octets& octets, CK_OBJECT_HANDLE open) {
  const unsigned char* at = octets.data();
  EVP_PKEY* key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(octets.size()));
  if (key == nullptr) return false;
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
  const bool is_whole =
      EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 || EVP_PKEY_pairwise_check(context) == 1;
  unsigned char* info = nullptr;
  const int bytes = i2d_PUBKEY(key, &info);
  const bool is_it = bytes > 0 && Octets(info, info + bytes) == attacker.attribute(open, CKA_PUBLIC_KEY_INFO);
  OPENSSL_free(info);
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
  return is_whole && is_it;
}

// The outer header of a PKCS#8 says how long it is.
CK_ULONG bytes_of_sequence(const Octets& head) {
  if ((head[1] & 0x80U) == 0) return 2UL + head[1];
  if (head[1] == 0x81) return 3UL + head[2];
  return 4UL + 256UL * head[2] + head[3];
}

void pieces_of_private(Attacker& attacker) {
  Wrapping wrapping(attacker);
  const Pair victim = private_pair(attacker);
  const Octets wrapped = wrapping.wrap(victim.secret);
  const auto piece = [&](CK_ULONG bytes) {
    return wrapping.unwrap(wrapped, piece_template(attacker, bytes));
  };
  Octets found = read_by_length(attacker, 4, piece);
  found = read_by_length(attacker, bytes_of_sequence(found), piece, found);
  attacker.read_out("the private key", found, is_private_half(attacker, found, victim.open));
}

void whole_private(Attacker& attacker) {
  Wrapping wrapping(attacker);
  const Pair victim = private_pair(attacker);
  const CK_OBJECT_HANDLE taken = wrapping.unwrap(wrapping.wrap(victim.secret), piece_template(attacker, 0));
  attacker.mac(taken);
  attacker.taken("a private key signs as a secret one");
}

CK_OBJECT_HANDLE secret_victim(Attacker& attacker, CK_ULONG bytes) {
  Template attributes = secret_template(CKK_GENERIC_SECRET, bytes);
  attributes.yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_SIGN);
  return attacker.generate(CKM_GENERIC_SECRET_KEY_GEN, attributes);
}

void pieces_of_secret(Attacker& attacker) {
  Wrapping wrapping(attacker);
  const CK_OBJECT_HANDLE victim = secret_victim(attacker, 32);
  const Octets wrapped = wrapping.wrap(victim);
  const auto piece = [&](CK_ULONG bytes) {
    return wrapping.unwrap(wrapped, piece_template(attacker, bytes));
  };
  const Octets found = read_by_length(attacker, 32, piece);
  const Octets text = random_octets(16);
  attacker.read_out("the key", found,
                    attacker.sign(victim, {CKM_SHA256_HMAC, nullptr, 0}, text) == outside_hmac(found, text));
}

// An AES key of 32 octets gives one of 16: half of it, and the strength of half.
void half_of_secret(Attacker& attacker) {
  Wrapping wrapping(attacker);
  const Octets wrapped = wrapping.wrap(secret_victim(attacker, 32));
  const CK_OBJECT_HANDLE half = wrapping.unwrap(wrapped, piece_template(attacker, 16));
  attacker.encrypt(half, {CKM_AES_ECB, nullptr, 0}, Octets(16));
  attacker.taken("half of a key encrypts");
}

// One octet less, and for HMAC the key is the same exactly if that octet is zero.
void zero_octet(Attacker& attacker) {
  Wrapping wrapping(attacker);
  Octets value = random_octets(32);
  value.back() = 0;
  Template known = secret_template(CKK_GENERIC_SECRET);
  known.octets(CKA_VALUE, value).yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
  const Octets wrapped = wrapping.wrap(attacker.create(known));
  const Octets whole = attacker.mac(wrapping.unwrap(wrapped, piece_template(attacker, 32)));
  const Octets shorter = attacker.mac(wrapping.unwrap(wrapped, piece_template(attacker, 31)));
  attacker.read_out("the last octet", {0}, whole == shorter);
}

// A message to an RSA key that may only unwrap, made outside, is decrypted octet by octet.
void oracle(Attacker& attacker) {
  Wrapping wrapping(attacker);
  const Octets message = random_octets(48);
  Octets sealed;
  if (attacker.is("pkcs1") || attacker.is("oaep")) {
    sealed = outside_rsa(attacker, wrapping.wraps, message, attacker.is("oaep"));
  } else {
    // The sender has another token, and a key that may be read.
    Template attributes = secret_template(CKK_GENERIC_SECRET);
    attributes.octets(CKA_VALUE, message).no(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
    sealed = wrapping.wrap(attacker.create(attributes));
  }
  const auto piece = [&](CK_ULONG bytes) { return wrapping.unwrap(sealed, piece_template(attacker, bytes)); };
  const Octets found = read_by_length(attacker, message.size(), piece);
  attacker.read_out("the message", found, found == message);
}

// As AES-XTS the halves of a key are two keys, each with the strength of half. A key that was imported proves
// that it is so.
void as_xts(Attacker& attacker) {
  Wrapping wrapping(attacker);
  const Octets value = random_octets(32);
  Template known = secret_template(CKK_AES);
  known.octets(CKA_VALUE, value).yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_ENCRYPT);
  Template attributes = secret_template(CKK_AES_XTS);
  attributes.yes(CKA_SENSITIVE).yes(CKA_ENCRYPT);
  Octets tweak(16);
  const Octets wrapped = wrapping.wrap(attacker.create(known));
  wrapping.name_type_later();
  const CK_OBJECT_HANDLE taken = wrapping.unwrap(wrapped, attributes);
  Octets block = attacker.encrypt(taken, {CKM_AES_XTS, tweak.data(), tweak.size()}, Octets(16));
  // The first half encrypts between two masks, and the second makes the mask.
  const Octets mask = outside_aes({value.begin() + 16, value.end()}, tweak);
  for (std::size_t i = 0; i < block.size(); ++i) block[i] ^= mask[i];
  const bool is_half = outside_aes({value.begin(), value.begin() + 16}, mask) == block;
  if (!is_half) die("AES-XTS with the halves gives another block");
  attacker.taken("the halves of an AES-256 key are used apart");
}

// As DES3 an eighth of the octets is of no account. The parity happens to be right.
void as_des3(Attacker& attacker) {
  Wrapping wrapping(attacker);
  Octets value = random_octets(24);
  for (CK_BYTE& octet : value) {
    if (__builtin_popcount(octet) % 2 == 0) octet ^= 1U;
  }
  Template known = secret_template(CKK_AES);
  known.octets(CKA_VALUE, value).yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_ENCRYPT);
  Template attributes = secret_template(CKK_DES3);
  attributes.yes(CKA_SENSITIVE).yes(CKA_ENCRYPT);
  wrapping.unwrap(wrapping.wrap(attacker.create(known)), attributes);
  attacker.taken("an AES-192 key is one of DES3");
}

// The first part of an RSA-AES wrap is an OAEP ciphertext of the key that decrypts the second.
void two_steps(Attacker& attacker) {
  Wrapping wrapping(attacker);
  const CK_OBJECT_HANDLE victim = secret_victim(attacker, 32);
  Octets wrapped = wrapping.wrap(victim);
  Octets first(wrapped.begin(), wrapped.begin() + 256);
  const Octets second(wrapped.begin() + 256, wrapped.end());
  CK_RSA_PKCS_OAEP_PARAMS oaep{CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, nullptr, 0};
  CK_MECHANISM how{CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep};
  Template decrypts = secret_template(CKK_AES);
  decrypts.yes(CKA_SENSITIVE).yes(CKA_DECRYPT);
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  attacker.step("C_UnwrapKey OAEP",
                attacker->C_UnwrapKey(attacker.session(), &how, wrapping.unwraps, first.data(), first.size(),
                                      decrypts.data(), decrypts.size(), &key));
  const Octets found = attacker.decrypt(key, {CKM_AES_KEY_WRAP_KWP, nullptr, 0}, second);
  attacker.read_out("the key", found, attacker.mac(victim) == outside_hmac(found, kMacText));
}

// What must go on working: a key leaves and comes back as it was.
void there_and_back(Attacker& attacker) {
  Wrapping wrapping(attacker);
  Template attributes;
  if (attacker.is("ec")) {
    const Pair pair = private_pair(attacker);
    attributes.number(CKA_CLASS, CKO_PRIVATE_KEY)
        .number(CKA_KEY_TYPE, CKK_EC)
        .yes(CKA_SENSITIVE)
        .yes(CKA_SIGN);
    const CK_OBJECT_HANDLE again = wrapping.unwrap(wrapping.wrap(pair.secret), attributes);
    if (attacker.attribute(again, CKA_PUBLIC_KEY_INFO) != attacker.attribute(pair.open, CKA_PUBLIC_KEY_INFO))
      die("another private key came back");
  } else if (attacker.is("type-named")) {
    Template xts = secret_template(CKK_AES_XTS, 64);
    xts.yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_ENCRYPT);
    const CK_OBJECT_HANDLE key = attacker.generate(CKM_AES_XTS_KEY_GEN, xts);
    Octets tweak = random_octets(16);
    const CK_MECHANISM how{CKM_AES_XTS, tweak.data(), tweak.size()};
    attributes = secret_template(CKK_AES_XTS);
    attributes.yes(CKA_SENSITIVE).yes(CKA_ENCRYPT);
    const CK_OBJECT_HANDLE again = wrapping.unwrap(wrapping.wrap(key), attributes);
    if (attacker.encrypt(again, how, Octets(32)) != attacker.encrypt(key, how, Octets(32)))
      die("another key came back");
  } else {
    const CK_OBJECT_HANDLE key = secret_victim(attacker, 32);
    if (attacker.mac(wrapping.unwrap(wrapping.wrap(key), piece_template(attacker, 0))) != attacker.mac(key))
      die("another key came back");
  }
  attacker.works("a key leaves and comes back");
}

// A secret key that begins like a private one is not taken for it; one that has the form is.
void like_private(Attacker& attacker) {
  Wrapping wrapping(attacker);
  Octets value = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                  0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
  const Octets tail = random_octets(attacker.is("prefix") ? 16 : 32);
  value.insert(value.end(), tail.begin(), tail.end());
  Template known = secret_template(CKK_GENERIC_SECRET);
  known.octets(CKA_VALUE, value).yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_SIGN);
  const CK_OBJECT_HANDLE key = attacker.create(known);
  const CK_OBJECT_HANDLE again = wrapping.unwrap(wrapping.wrap(key), piece_template(attacker, 0));
  if (attacker.mac(again) != attacker.mac(key)) die("another key came back");
  finish(attacker, "a secret key that looks like a private one comes back");
}

// Without an authentication, changed ciphertexts tell what is inside.
void unauthenticated(Attacker& attacker) {
  Wrapping wrapping(attacker);
  Octets iv(16);
  if (attacker.is("cbc")) wrapping.how = {CKM_AES_CBC, iv.data(), iv.size()};
  if (attacker.is("cbc-pad")) wrapping.how = {CKM_AES_CBC_PAD, iv.data(), iv.size()};
  wrapping.unwrap(random_octets(32), piece_template(attacker, 1));
  attacker.taken("CBC unwraps under a key that may not decrypt");
}

constexpr CK_RV kLength = refusal::kOtherLength;
constexpr CK_RV kPiece = refusal::kPieceOfPrivate;
constexpr CK_RV kPrivate = refusal::kPrivateAsSecret;
const std::string kUnwrap = "C_UnwrapKey";
const std::string kWrap = "C_WrapKey";

}  // namespace

const std::vector<Attack> kUnwrapAttacks = {
    {"unwrap/kwp-ec", pieces_of_private, "kwp ec", kUnwrap, kPiece},
    {"unwrap/pkcs7-ec", pieces_of_private, "pkcs7 ec", kWrap, refusal::kDoesNotLeaveSo},
    {"unwrap/gcm-ec", pieces_of_private, "gcm ec", kUnwrap, kPiece},
    {"unwrap/gcm-authenticated-ec", pieces_of_private, "gcm authenticated ec", kUnwrap, kPiece},
    {"unwrap/kw-ed25519", pieces_of_private, "kw ed25519", kUnwrap, kPiece},
    {"unwrap/kwp-rsa", pieces_of_private, "kwp rsa", kUnwrap, kPiece},
    {"unwrap/kwp-ec-as-hmac", pieces_of_private, "kwp ec as-hmac", kUnwrap, kPiece},
    {"unwrap/trusted-kwp-ec", pieces_of_private, "trusted kwp ec", kUnwrap, kPiece},
    {"unwrap/trusted-gcm-rsa", pieces_of_private, "trusted gcm rsa", kUnwrap, kPiece},
    {"unwrap/pkcs1-ec", pieces_of_private, "pkcs1 ec", kUnwrap, kPiece},
    {"unwrap/oaep-ec", pieces_of_private, "oaep ec", kUnwrap, kPiece},
    {"unwrap/rsa-aes-ec", pieces_of_private, "rsa-aes ec", kUnwrap, kPiece},
    {"unwrap/ecdh-aes-rsa", pieces_of_private, "ecdh-aes rsa", kUnwrap, kPiece},
    {"unwrap/whole-kwp-ec", whole_private, "kwp ec", kUnwrap, kPrivate},
    {"unwrap/whole-kwp-ec-as-hmac", whole_private, "kwp ec as-hmac", kUnwrap, kPrivate},
    {"unwrap/whole-kw-ed25519-as-hkdf", whole_private, "kw ed25519 as-hkdf", kUnwrap, kPrivate},
    {"unwrap/whole-gcm-rsa", whole_private, "gcm rsa", kUnwrap, kPrivate},
    {"unwrap/whole-trusted-kwp-ec", whole_private, "trusted kwp ec", kUnwrap, kPrivate},
    {"unwrap/whole-trusted-pkcs7-ec", whole_private, "trusted pkcs7 ec", kWrap, refusal::kDoesNotLeaveSo},
    {"unwrap/whole-oaep-ec", whole_private, "oaep ec", kUnwrap, kPrivate},
    {"unwrap/whole-rsa-aes-rsa", whole_private, "rsa-aes rsa", kUnwrap, kPrivate},
    {"unwrap/whole-ecdh-aes-ec", whole_private, "ecdh-aes ec", kUnwrap, kPrivate},
    {"unwrap/kw-secret", pieces_of_secret, "kw", kUnwrap, kLength},
    {"unwrap/kwp-secret", pieces_of_secret, "kwp", kUnwrap, kLength},
    {"unwrap/kw-secret-as-hmac", pieces_of_secret, "kw as-hmac", kUnwrap, kLength},
    {"unwrap/pkcs7-secret", pieces_of_secret, "pkcs7 as-hmac", kWrap, refusal::kDoesNotLeaveSo},
    {"unwrap/gcm-secret", pieces_of_secret, "gcm", kUnwrap, kLength},
    {"unwrap/trusted-kwp-secret", pieces_of_secret, "trusted kwp", kUnwrap, kLength},
    {"unwrap/oaep-secret", pieces_of_secret, "oaep", kUnwrap, kLength},
    {"unwrap/zero-octet-kwp", zero_octet, "kwp", kUnwrap, kLength},
    {"unwrap/zero-octet-gcm", zero_octet, "gcm", kUnwrap, kLength},
    {"unwrap/zero-octet-trusted-kw", zero_octet, "trusted kw", kUnwrap, kLength},
    {"unwrap/zero-octet-pkcs1", zero_octet, "pkcs1", kUnwrap, kLength},
    {"unwrap/half-kwp", half_of_secret, "kwp as-aes", kUnwrap, kLength},
    {"unwrap/oracle-pkcs1", oracle, "pkcs1", kUnwrap, kLength},
    {"unwrap/oracle-oaep", oracle, "oaep", kUnwrap, kLength},
    {"unwrap/oracle-rsa-aes", oracle, "rsa-aes", kUnwrap, kLength},
    {"unwrap/oracle-ecdh-aes", oracle, "ecdh-aes", kUnwrap, kLength},
    {"unwrap/xts-kwp", as_xts, "kwp", kUnwrap, refusal::kOtherType},
    {"unwrap/xts-gcm", as_xts, "gcm", kUnwrap, refusal::kOtherType},
    {"unwrap/xts-oaep", as_xts, "oaep", kUnwrap, refusal::kOtherType},
    {"unwrap/xts-named", as_xts, "kwp type-named", kWrap, refusal::kLeavesAsOtherType},
    {"unwrap/xts-named-later", as_xts, "kwp later", "C_SetAttributeValue", refusal::kFurtherUse},
    {"unwrap/xts-named-copy", as_xts, "kwp copy", "C_CopyObject", refusal::kNoCopy},
    {"unwrap/des3-kwp", as_des3, "kwp", kUnwrap, refusal::kOtherType},
    {"unwrap/des3-trusted-kw", as_des3, "trusted kw", kUnwrap, refusal::kOtherType},
    {"unwrap/rsa-aes-unnamed", oracle, "rsa-aes unnamed", kUnwrap, refusal::kTwoSteps},
    {"unwrap/rsa-aes-also-oaep", oracle, "rsa-aes also-oaep", kUnwrap, refusal::kTwoSteps},
    {"unwrap/rsa-aes-also-pkcs1", oracle, "rsa-aes also-pkcs1", kUnwrap, refusal::kTwoSteps},
    {"unwrap/two-steps", two_steps, "rsa-aes", "C_UnwrapKey OAEP", refusal::kNotNamed},
    {"unwrap/two-steps-unnamed", two_steps, "rsa-aes unnamed", kWrap, refusal::kDoesNotLeaveSo},
    {"unwrap/two-steps-also-oaep", two_steps, "rsa-aes also-oaep", kWrap, refusal::kDoesNotLeaveSo},
    {"unwrap/like-private", like_private, "kwp", kUnwrap, kPrivate},
    {"unwrap/like-private-prefix", like_private, "kwp prefix", "", CKR_OK},
    {"unwrap/works-kw", there_and_back, "kw", "", CKR_OK},
    {"unwrap/works-kwp", there_and_back, "kwp", "", CKR_OK},
    {"unwrap/works-gcm", there_and_back, "gcm", "", CKR_OK},
    {"unwrap/works-trusted", there_and_back, "trusted kwp", "", CKR_OK},
    {"unwrap/works-trusted-private", there_and_back, "trusted private kwp", "", CKR_OK},
    {"unwrap/works-oaep", there_and_back, "oaep", "", CKR_OK},
    {"unwrap/works-rsa-aes", there_and_back, "rsa-aes", "", CKR_OK},
    {"unwrap/works-ecdh-aes", there_and_back, "ecdh-aes", "", CKR_OK},
    {"unwrap/works-private", there_and_back, "kwp ec", "", CKR_OK},
    {"unwrap/works-xts", there_and_back, "kwp type-named", "", CKR_OK},
    {"unwrap/cbc", unauthenticated, "cbc", kUnwrap, refusal::kUnauthenticated},
    {"unwrap/cbc-pad", unauthenticated, "cbc-pad", kUnwrap, refusal::kUnauthenticated},
};

}  // namespace coffer::story
