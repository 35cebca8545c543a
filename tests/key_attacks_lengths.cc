// Attacks on keys that a base demands to be protected (CKA_DERIVE_TEMPLATE): derived again with one octet,
// two, three ... they are a prefix of the key, and HMAC tells one octet after the other.
#include <algorithm>
#include <memory>

#include "tests/key_attacks.h"

namespace coffer::story {

namespace {

const Octets kP256 = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr CK_ULONG kVictimBytes = 32;

// Demand is what a base demands of the keys that are derived from it.
Template demand(const Attacker& attacker) {
  Template inner;
  inner.yes(CKA_SENSITIVE).no(CKA_EXTRACTABLE);
  if (attacker.is("named")) inner.number(CKA_VALUE_LEN, kVictimBytes);
  return inner;
}

// base makes the key from which the victim is derived; `value` is its octets, if they are to be known.
CK_OBJECT_HANDLE base(Attacker& attacker, const Octets& value = {}) {
  const Template inner = demand(attacker);
  const bool is_aes = attacker.is("aes");
  Template attributes = secret_template(is_aes ? CKK_AES : CKK_GENERIC_SECRET, value.empty() ? 32 : 0);
  // A generic secret that names no use derives, and without a demand it also signs.
  if (!attacker.is("default") || is_aes) attributes.yes(CKA_DERIVE);
  if (attacker.is("signs")) attributes.yes(CKA_SIGN);
  if (attacker.is("encrypts")) attributes.yes(CKA_ENCRYPT);
  if (!attacker.is("undemanded")) attributes.nested(CKA_DERIVE_TEMPLATE, inner);
  protect(attributes);
  if (value.empty())
    return attacker.generate(is_aes ? CKM_AES_KEY_GEN : CKM_GENERIC_SECRET_KEY_GEN, attributes);
  attributes.octets(CKA_VALUE, value);
  return attacker.create(attributes);
}

Template piece_template(const Attacker& attacker, CK_ULONG bytes) {
  Template attributes = secret_template(CKK_GENERIC_SECRET, bytes);
  attributes.yes(CKA_SIGN);
  if (attacker.is("undemanded")) protect(attributes);
  return attributes;
}

// A maker derives the first (or last) octets of the victim, as many as it is told.
using Maker = std::function<CK_OBJECT_HANDLE(CK_ULONG)>;

[[noreturn]] void read_and_prove(Attacker& attacker, const Maker& make, Octets known = {},
                                 End end = End::back) {
  if (attacker.is("uneven")) {
    attacker.mac(make(kVictimBytes));
    attacker.mac(make(17));
    attacker.taken("a key of 17 octets, which another of 16 equals if the last is zero");
  }
  const Octets found = read_by_length(attacker, kVictimBytes, make, std::move(known), end);
  const Octets text = random_octets(16);
  const Octets tag = attacker.sign(make(kVictimBytes), {CKM_SHA256_HMAC, nullptr, 0}, text);
  attacker.read_out("the key derived under protection", found, tag == outside_hmac(found, text));
}

CK_OBJECT_HANDLE derive(Attacker& attacker, CK_MECHANISM how, CK_OBJECT_HANDLE from, CK_ULONG bytes) {
  return attacker.derive("pieces", how, from, piece_template(attacker, bytes));
}

CK_OBJECT_HANDLE hkdf_derived(Attacker& attacker, CK_OBJECT_HANDLE from, CK_ULONG bytes, Octets info) {
  const CK_BBOOL extracts = attacker.is("expand") ? CK_FALSE : CK_TRUE;
  CK_HKDF_PARAMS parameter{extracts, CK_TRUE, CKM_SHA256,  CKF_HKDF_SALT_NULL, nullptr,
                           0,        0,       info.data(), info.size()};
  return derive(attacker, {CKM_HKDF_DERIVE, &parameter, sizeof parameter}, from, bytes);
}

void hkdf(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = base(attacker);
  read_and_prove(attacker, [&](CK_ULONG bytes) { return hkdf_derived(attacker, from, bytes, {'a'}); });
}

// Seventeen octets and sixteen are one key for HMAC if the last is zero: one of 256 names of a key tells.
void hkdf_uneven(Attacker& attacker) {
  const Octets value = random_octets(32);
  const CK_OBJECT_HANDLE from = base(attacker, value);
  for (unsigned i = 0;; ++i) {
    Octets info = {static_cast<CK_BYTE>(i / 256), static_cast<CK_BYTE>(i % 256)};
    const CK_OBJECT_HANDLE even = hkdf_derived(attacker, from, 16, info);
    const CK_OBJECT_HANDLE uneven = hkdf_derived(attacker, from, 17, info);
    const bool is_zero = attacker.mac(even) == attacker.mac(uneven);
    attacker.destroy(even);
    attacker.destroy(uneven);
    if (!is_zero) continue;
    info.push_back(1);  // RFC 5869, 2.3: the first block
    const Octets block = outside_hmac(outside_hmac(Octets(32), value), info);
    attacker.read_out("the seventeenth octet of key " + std::to_string(i), {0}, block[16] == 0);
  }
}

void digest(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = base(attacker);
  read_and_prove(attacker, [&](CK_ULONG bytes) {
    return derive(attacker, {CKM_SHA256_KEY_DERIVATION, nullptr, 0}, from, bytes);
  });
}

// Kdf is one of the functions of SP 800-108 with a label.
CK_OBJECT_HANDLE sp800_108_derived(Attacker& attacker, CK_OBJECT_HANDLE from, CK_ULONG bytes,
                                   CK_ULONG more = 0) {
  const bool is_counter = !attacker.is("feedback") && !attacker.is("pipeline");
  Octets label = {'l', 'a', 'b', 'e', 'l'};
  CK_SP800_108_COUNTER_FORMAT counter{CK_FALSE, 32};
  CK_PRF_DATA_PARAM parts[] = {
      {CK_SP800_108_ITERATION_VARIABLE, is_counter ? &counter : nullptr, is_counter ? sizeof counter : 0},
      {CK_SP800_108_BYTE_ARRAY, label.data(), label.size()}};
  const CK_ULONG prf = attacker.is("aes") ? CKM_AES_CMAC : CKM_SHA256_HMAC;
  CK_OBJECT_HANDLE second = CK_INVALID_HANDLE;
  const Template second_template = piece_template(attacker, more);
  CK_DERIVED_KEY additional{second_template.data(), second_template.size(), &second};
  const CK_ULONG count = more == 0 ? 0 : 1;
  if (attacker.is("feedback")) {
    CK_SP800_108_FEEDBACK_KDF_PARAMS parameter{prf, 2, parts, 0, nullptr, count, &additional};
    return derive(attacker, {CKM_SP800_108_FEEDBACK_KDF, &parameter, sizeof parameter}, from, bytes);
  }
  CK_SP800_108_KDF_PARAMS parameter{prf, 2, parts, count, &additional};
  const CK_MECHANISM_TYPE type =
      attacker.is("pipeline") ? CKM_SP800_108_DOUBLE_PIPELINE_KDF : CKM_SP800_108_COUNTER_KDF;
  const CK_OBJECT_HANDLE first = derive(attacker, {type, &parameter, sizeof parameter}, from, bytes);
  if (more == 0) return first;
  attacker.destroy(first);
  return second;
}

void sp800_108(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = base(attacker);
  read_and_prove(attacker, [&](CK_ULONG bytes) { return sp800_108_derived(attacker, from, bytes); });
}

// The second key of a derivation is as short as one likes, while the first is as demanded.
void additional(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = base(attacker);
  read_and_prove(attacker, [&](CK_ULONG bytes) { return sp800_108_derived(attacker, from, 32, bytes); });
}

void ecdh(Attacker& attacker) {
  const Template inner = demand(attacker);
  Template open;
  open.octets(CKA_EC_PARAMS, kP256);
  Template secret;
  secret.yes(CKA_DERIVE);
  const Octets point =
      attacker.attribute(attacker.generate_pair(CKM_EC_KEY_PAIR_GEN, open, secret).open, CKA_EC_POINT);
  secret.nested(CKA_DERIVE_TEMPLATE, inner);
  protect(secret);
  const CK_OBJECT_HANDLE from = attacker.generate_pair(CKM_EC_KEY_PAIR_GEN, open, secret).secret;
  CK_EC_KDF_TYPE kdf = CKD_NULL;
  if (attacker.is("x963")) kdf = CKD_SHA256_KDF;
  if (attacker.is("one-step")) kdf = CKD_SHA256_KDF_SP800;
  // Without a KDF octets are cut off in front.
  const End end = kdf == CKD_NULL ? End::front : End::back;
  read_and_prove(
      attacker,
      [&](CK_ULONG bytes) {
        Octets peer = point;
        CK_ECDH1_DERIVE_PARAMS parameter{kdf, 0, nullptr, peer.size(), peer.data()};
        return derive(attacker, {CKM_ECDH1_DERIVE, &parameter, sizeof parameter}, from, bytes);
      },
      {}, end);
}

Octets client_random(32, 'c');
Octets server_random(32, 's');
const CK_SSL3_RANDOM_DATA kRandoms{client_random.data(), 32, server_random.data(), 32};

void tls_kdf(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = base(attacker);
  Octets label = {'l', 'a', 'b', 'e', 'l'};
  CK_TLS_KDF_PARAMS parameter{CKM_SHA256, label.data(), label.size(), kRandoms, nullptr, 0};
  const CK_MECHANISM how{attacker.is("tls12") ? CKM_TLS12_KDF : CKM_TLS_KDF, &parameter, sizeof parameter};
  read_and_prove(attacker, [&](CK_ULONG bytes) { return derive(attacker, how, from, bytes); });
}

// Block is what the keys of a TLS connection are cut from, with sizes that the application chooses.
struct Block {
  CK_SSL3_KEY_MAT_OUT keys{};
  Octets client_vector;
  Octets server_vector;
};

Block key_block(Attacker& attacker, CK_OBJECT_HANDLE from, CK_ULONG mac, CK_ULONG key, CK_ULONG vector) {
  Block block;
  block.client_vector.resize(vector);
  block.server_vector.resize(vector);
  block.keys.pIVClient = block.client_vector.data();
  block.keys.pIVServer = block.server_vector.data();
  CK_TLS12_KEY_MAT_PARAMS parameter{8 * mac,  8 * key,     8 * vector, CK_FALSE,
                                    kRandoms, &block.keys, CKM_SHA256};
  CK_MECHANISM how{attacker.is("safe") ? CKM_TLS12_KEY_SAFE_DERIVE : CKM_TLS12_KEY_AND_MAC_DERIVE, &parameter,
                   sizeof parameter};
  const Template attributes = piece_template(attacker, 0);
  attacker.step("C_DeriveKey pieces", attacker->C_DeriveKey(attacker.session(), &how, from, attributes.data(),
                                                            attributes.size(), nullptr));
  return block;
}

void tls_keys(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = base(attacker);
  read_and_prove(attacker,
                 [&](CK_ULONG bytes) { return key_block(attacker, from, 0, bytes, 0).keys.hClientKey; });
}

void tls_macs(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = base(attacker);
  read_and_prove(attacker, [&](CK_ULONG bytes) {
    return key_block(attacker, from, bytes, 16, 0).keys.hClientMacSecret;
  });
}

// The vectors are no keys and are given out: with short keys before them they are what the longer keys are.
void tls_vectors(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = base(attacker);
  const CK_ULONG key = attacker.is("short") ? 1 : 16;
  const Block block = key_block(attacker, from, 0, key, 64);
  Octets stream(2 * key);  // unknown
  stream.insert(stream.end(), block.client_vector.begin(), block.client_vector.end());
  stream.resize(2 * kVictimBytes);
  // The victim is the second of two keys of 32 octets: those behind the first 32 of the stream.
  const Octets found(stream.end() - kVictimBytes, stream.end());
  const Octets text = random_octets(16);
  const Block whole = key_block(attacker, from, 0, kVictimBytes, 0);
  const Octets tag = attacker.sign(whole.keys.hServerKey, {CKM_SHA256_HMAC, nullptr, 0}, text);
  attacker.read_out("the key derived under protection", found, tag == outside_hmac(found, text));
}

void ml_kem(Attacker& attacker) {
  const Template inner = demand(attacker);
  Template open;
  open.number(CKA_PARAMETER_SET, CKP_ML_KEM_768).yes(CKA_ENCAPSULATE);
  Template secret;
  secret.yes(CKA_DECAPSULATE).nested(CKA_DECAPSULATE_TEMPLATE, inner);
  const Pair pair = attacker.generate_pair(CKM_ML_KEM_KEY_PAIR_GEN, open, secret);
  CK_MECHANISM how{CKM_ML_KEM, nullptr, 0};
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  Octets sealed(2048);
  CK_ULONG bytes = sealed.size();
  const Template whole = piece_template(attacker, 0);
  CK_FUNCTION_LIST_3_2* functions = attacker.module().newest();
  attacker.step("C_EncapsulateKey",
                functions->C_EncapsulateKey(attacker.session(), &how, pair.open, whole.data(), whole.size(),
                                            sealed.data(), &bytes, &key));
  read_and_prove(attacker, [&](CK_ULONG length) {
    const Template piece = piece_template(attacker, length);
    attacker.step("C_DecapsulateKey",
                  functions->C_DecapsulateKey(attacker.session(), &how, pair.secret, piece.data(),
                                              piece.size(), sealed.data(), bytes, &key));
    return key;
  });
}

// HKDF gives data that may be read: the octets of the key of the same name.
void hkdf_data(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = base(attacker);
  const CK_OBJECT_HANDLE key = hkdf_derived(attacker, from, kVictimBytes, {'a'});
  Octets info = {'a'};
  CK_HKDF_PARAMS parameter{CK_TRUE, CK_TRUE, CKM_SHA256,  CKF_HKDF_SALT_NULL, nullptr,
                           0,       0,       info.data(), info.size()};
  Template attributes;
  attributes.number(CKA_CLASS, CKO_DATA).number(CKA_VALUE_LEN, kVictimBytes);
  const CK_OBJECT_HANDLE data =
      attacker.derive("DATA", {CKM_HKDF_DATA, &parameter, sizeof parameter}, from, attributes);
  const Octets found = attacker.attribute(data, CKA_VALUE);
  attacker.read_out("the key derived under protection", found,
                    attacker.mac(key) == outside_hmac(found, kMacText));
}

Octets with(Octets octets, const Octets& more) {
  octets.insert(octets.end(), more.begin(), more.end());
  return octets;
}

// What CMAC makes of a short text, when one has the block cipher: a block of zeros gives the mask (SP
// 800-38B, 6).
Octets cmac_by_encryption(Attacker& attacker, CK_OBJECT_HANDLE key, Octets text) {
  const CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
  Octets mask = attacker.encrypt(key, ecb, Octets(16));
  for (int twice = 0; twice < 2; ++twice) {
    const bool reduces = (mask.front() & 0x80U) != 0;
    for (std::size_t i = 0; i < 16; ++i) {
      mask[i] = static_cast<CK_BYTE>(mask[i] << 1U | (i < 15 ? mask[i + 1] >> 7U : 0));
    }
    if (reduces) mask.back() ^= 0x87U;
  }
  text.push_back(0x80);
  text.resize(16);
  for (std::size_t i = 0; i < 16; ++i) text[i] ^= mask[i];
  return attacker.encrypt(key, ecb, text);
}

// The MAC of a TLS handshake is the function that also exports keys, with a label of its own, which an export
// may have too.
CK_OBJECT_HANDLE exported_as_finished(Attacker& attacker, CK_OBJECT_HANDLE from) {
  const std::string finished = "client finished";
  Octets label(finished.begin(), finished.end());
  CK_TLS_KDF_PARAMS parameter{CKM_SHA256, label.data(), label.size(), kRandoms, nullptr, 0};
  return derive(attacker, {CKM_TLS_KDF, &parameter, sizeof parameter}, from, 32);
}

// signing_base makes a base that also signs or encrypts: by its birth, later, or by the template of a copy.
CK_OBJECT_HANDLE signing_base(Attacker& attacker) {
  Template more;
  more.yes(attacker.is("encrypts-later") ? CKA_ENCRYPT : CKA_SIGN);
  const CK_OBJECT_HANDLE from = base(attacker);
  if (attacker.is("set")) attacker.set(from, more);
  return attacker.is("copy") ? attacker.copy(from, more) : from;
}

// A key that derives by a MAC and signs with that MAC signs the names of its keys: the MACs are the keys.
void signs_names(Attacker& attacker) {
  const CK_OBJECT_HANDLE from = signing_base(attacker);
  const CK_MECHANISM mac{attacker.is("aes") ? CKM_AES_CMAC : CKM_SHA256_HMAC, nullptr, 0};
  const Octets label = {'l', 'a', 'b', 'e', 'l'};
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  Octets found;
  if (attacker.is("expand")) {
    key = hkdf_derived(attacker, from, 32, {'a'});
    found = attacker.sign(from, mac, {'a', 1});
  } else if (attacker.is("tls")) {
    key = key_block(attacker, from, 0, 16, 0).keys.hClientKey;
    const std::string name = "key expansion";
    const Octets seed = with(with({name.begin(), name.end()}, server_random), client_random);
    found = attacker.sign(from, mac, with(attacker.sign(from, mac, seed), seed));
    found.resize(16);
  } else if (attacker.is("finished")) {
    constexpr CK_ULONG kClient = 2;
    CK_TLS_MAC_PARAMS parameter{CKM_SHA256, 32, kClient};
    key = exported_as_finished(attacker, from);
    found =
        attacker.sign(from, {CKM_TLS_MAC, &parameter, sizeof parameter}, with(client_random, server_random));
  } else if (attacker.is("encrypts") || attacker.is("ecb")) {
    key = sp800_108_derived(attacker, from, 16);
    found = cmac_by_encryption(attacker, from, with({0, 0, 0, 1}, label));
  } else {
    key = sp800_108_derived(attacker, from, attacker.is("aes") ? 16 : 32);
    found = attacker.sign(from, mac, with({0, 0, 0, 1}, label));
  }
  attacker.read_out("the key derived under protection", found,
                    attacker.mac(key) == outside_hmac(found, kMacText));
}

constexpr CK_RV kShort = refusal::kShort;
constexpr CK_RV kTwice = refusal::kSignsItsKdf;
const std::string kDerive = "C_DeriveKey pieces";
const std::string kGenerate = "C_GenerateKey";
const std::string kSignInit = "C_SignInit";

}  // namespace

const std::vector<Attack> kLengthAttacks = {
    {"lengths/hkdf", hkdf, "", kDerive, kShort},
    {"lengths/hkdf-expand", hkdf, "expand", kDerive, kShort},
    {"lengths/hkdf-undemanded", hkdf, "undemanded", kDerive, kShort},
    {"lengths/hkdf-uneven", hkdf_uneven, "", kDerive, refusal::kUneven},
    {"lengths/hkdf-named", hkdf, "named", kDerive, refusal::kNamedLength},
    {"lengths/hkdf-data", hkdf_data, "", "C_DeriveKey DATA", refusal::kReadable},
    {"lengths/sha256", digest, "", kDerive, kShort},
    {"lengths/counter", sp800_108, "", kDerive, kShort},
    {"lengths/counter-cmac", sp800_108, "aes", kDerive, kShort},
    {"lengths/counter-named", sp800_108, "named", kDerive, refusal::kNamedLength},
    {"lengths/feedback", sp800_108, "feedback", kDerive, kShort},
    {"lengths/pipeline", sp800_108, "pipeline", kDerive, kShort},
    {"lengths/additional", additional, "", kDerive, kShort},
    {"lengths/additional-pipeline", additional, "pipeline", kDerive, kShort},
    {"lengths/additional-named", additional, "named", kDerive, refusal::kNamedLength},
    {"lengths/ecdh", ecdh, "", kDerive, kShort},
    {"lengths/ecdh-x963", ecdh, "x963", kDerive, kShort},
    {"lengths/ecdh-one-step", ecdh, "one-step", kDerive, kShort},
    {"lengths/tls-kdf", tls_kdf, "", kDerive, kShort},
    {"lengths/tls12-kdf", tls_kdf, "tls12", kDerive, kShort},
    {"lengths/tls-keys", tls_keys, "", kDerive, kShort},
    {"lengths/tls-keys-safe", tls_keys, "safe", kDerive, kShort},
    {"lengths/tls-keys-named", tls_keys, "named", kDerive, kShort},
    {"lengths/tls-keys-named-uneven", tls_keys, "named uneven", kDerive, refusal::kNamedLength},
    {"lengths/tls-macs", tls_macs, "", kDerive, kShort},
    {"lengths/tls-macs-safe", tls_macs, "safe", kDerive, kShort},
    {"lengths/tls-vectors-short", tls_vectors, "short", kDerive, refusal::kVectors},
    {"lengths/tls-vectors", tls_vectors, "", kDerive, refusal::kVectors},
    {"lengths/sha256-uneven", digest, "uneven", kDerive, refusal::kUneven},
    {"lengths/counter-uneven", sp800_108, "uneven", kDerive, refusal::kUneven},
    {"lengths/feedback-uneven", sp800_108, "feedback uneven", kDerive, refusal::kUneven},
    {"lengths/additional-uneven", additional, "uneven", kDerive, refusal::kUneven},
    {"lengths/ecdh-uneven", ecdh, "uneven", kDerive, refusal::kUneven},
    {"lengths/ecdh-x963-uneven", ecdh, "x963 uneven", kDerive, refusal::kUneven},
    {"lengths/tls-kdf-uneven", tls_kdf, "uneven", kDerive, refusal::kUneven},
    {"lengths/tls-keys-uneven", tls_keys, "uneven", kDerive, refusal::kUneven},
    {"lengths/tls-macs-uneven", tls_macs, "uneven", kDerive, refusal::kUneven},
    {"lengths/ml-kem", ml_kem, "", "C_DecapsulateKey", refusal::kNamedLength},
    {"twice/counter", signs_names, "signs", kGenerate, kTwice},
    {"twice/counter-cmac", signs_names, "signs aes", kGenerate, kTwice},
    {"twice/hkdf-expand", signs_names, "signs expand", kGenerate, kTwice},
    {"twice/tls", signs_names, "signs tls", kGenerate, kTwice},
    {"twice/tls-finished", signs_names, "signs finished", kGenerate, kTwice},
    {"twice/encrypt-cmac", signs_names, "encrypts aes", kGenerate, kTwice},
    {"twice/default-counter", signs_names, "default", kSignInit, refusal::kNoSuchUse},
    {"twice/default-counter-cmac", signs_names, "default aes", kSignInit, refusal::kNoSuchUse},
    {"twice/default-hkdf-expand", signs_names, "default expand", kSignInit, refusal::kNoSuchUse},
    {"twice/default-tls", signs_names, "default tls", kSignInit, refusal::kNoSuchUse},
    {"twice/default-tls-finished", signs_names, "default finished", kSignInit, refusal::kNoSuchUse},
    {"twice/default-encrypt-cmac", signs_names, "default aes ecb", "C_EncryptInit", refusal::kNoSuchUse},
    {"twice/set-counter", signs_names, "set", "C_SetAttributeValue", refusal::kFurtherUse},
    {"twice/copy-counter", signs_names, "copy", "C_CopyObject", refusal::kFurtherUse},
    {"twice/copy-encrypt-cmac", signs_names, "copy aes encrypts-later ecb", "C_CopyObject",
     refusal::kFurtherUse},
};

}  // namespace coffer::story
