// Attacks by linear derivations (EXTRACT, XOR, CONCATENATE), and by encryption as derivation. A linear
// derivation lets two keys be made of one that are equal exactly if a guessed octet is right; any use of both
// tells.
#include <algorithm>
#include <cstring>

#include "tests/key_attacks.h"

namespace coffer::story {

namespace {

// Linear makes session keys of others by linear derivations.
class Linear {
 public:
  explicit Linear(Attacker& attacker) : attacker_(attacker) {}

  CK_KEY_TYPE type = CKK_GENERIC_SECRET;
  bool is_extractable = false;

  CK_OBJECT_HANDLE extracted(CK_OBJECT_HANDLE base, CK_ULONG first_bit, CK_ULONG bytes) {
    return derive("EXTRACT", {CKM_EXTRACT_KEY_FROM_KEY, &first_bit, sizeof first_bit}, base, bytes);
  }
  CK_OBJECT_HANDLE masked(CK_OBJECT_HANDLE base, Octets mask) {
    CK_KEY_DERIVATION_STRING_DATA data{mask.data(), mask.size()};
    return derive("XOR", {CKM_XOR_BASE_AND_DATA, &data, sizeof data}, base, mask.size());
  }
  CK_OBJECT_HANDLE before(Octets front, CK_OBJECT_HANDLE base, CK_ULONG base_bytes) {
    CK_KEY_DERIVATION_STRING_DATA data{front.data(), front.size()};
    return derive("DATA_AND_BASE", {CKM_CONCATENATE_DATA_AND_BASE, &data, sizeof data}, base,
                  front.size() + base_bytes);
  }
  CK_OBJECT_HANDLE behind(CK_OBJECT_HANDLE base, CK_ULONG base_bytes, Octets back) {
    CK_KEY_DERIVATION_STRING_DATA data{back.data(), back.size()};
    return derive("BASE_AND_DATA", {CKM_CONCATENATE_BASE_AND_DATA, &data, sizeof data}, base,
                  base_bytes + back.size());
  }
  CK_OBJECT_HANDLE joined(CK_OBJECT_HANDLE base, CK_OBJECT_HANDLE other, CK_ULONG bytes) {
    return derive("BASE_AND_KEY", {CKM_CONCATENATE_BASE_AND_KEY, &other, sizeof other}, base, bytes);
  }

 private:
  CK_OBJECT_HANDLE derive(const std::string& name, CK_MECHANISM how, CK_OBJECT_HANDLE base, CK_ULONG bytes) {
    Template attributes = secret_template(type, bytes);
    attributes.yes(CKA_SENSITIVE).truth(CKA_EXTRACTABLE, is_extractable).yes(CKA_DERIVE);
    attributes.yes(type == CKK_AES ? CKA_ENCRYPT : CKA_SIGN);
    if (attacker_.is("cuttable")) permit_linear(attributes);
    return attacker_.derive(name, how, base, attributes);
  }

  Attacker& attacker_;
};

CK_ULONG bytes_of(const Attacker& attacker) {
  if (attacker.is("16")) return 16;
  return attacker.is("24") ? 24 : 32;
}

// Kind is a type of key, and how it is made.
struct Kind {
  CK_KEY_TYPE type;
  CK_MECHANISM_TYPE generates;
  bool encrypts;
};

Kind kind_of(const Attacker& attacker) {
  if (attacker.is("aes")) return {CKK_AES, CKM_AES_KEY_GEN, true};
  if (attacker.is("xts")) return {CKK_AES_XTS, CKM_AES_XTS_KEY_GEN, true};
  if (attacker.is("chacha20")) return {CKK_CHACHA20, CKM_CHACHA20_KEY_GEN, true};
  if (attacker.is("hmac")) return {CKK_SHA256_HMAC, CKM_SHA256_KEY_GEN, false};
  return {CKK_GENERIC_SECRET, CKM_GENERIC_SECRET_KEY_GEN, false};
}

// victim makes the key to be read: born with CKA_DERIVE, sensitive, and extractable only where the option
// says so.
CK_OBJECT_HANDLE victim(Attacker& attacker) {
  const Kind kind = kind_of(attacker);
  const bool is_imported = attacker.is("imported");
  Template attributes = secret_template(kind.type, is_imported ? 0 : bytes_of(attacker));
  attributes.yes(CKA_SENSITIVE).truth(CKA_EXTRACTABLE, attacker.is("extractable"));
  if (attacker.is("token")) attributes.yes(CKA_TOKEN);
  // A generic secret that names no use derives.
  if (!attacker.is("default")) attributes.yes(CKA_DERIVE).yes(kind.encrypts ? CKA_ENCRYPT : CKA_SIGN);
  if (!is_imported) return attacker.generate(kind.generates, attributes);
  attributes.octets(CKA_VALUE, random_octets(bytes_of(attacker)));
  return attacker.create(attributes);
}

// Where the key itself makes nothing that can be compared, one of the same octets does.
[[noreturn]] void prove(Attacker& attacker, CK_OBJECT_HANDLE key, const Octets& octets) {
  const Octets block = random_octets(16);
  const Kind kind = kind_of(attacker);
  if (kind.type == CKK_AES) {
    attacker.read_out("the key", octets,
                      attacker.encrypt(key, {CKM_AES_ECB, nullptr, 0}, block) == outside_aes(octets, block));
  }
  const CK_OBJECT_HANDLE signs = kind.encrypts ? Linear(attacker).masked(key, Octets(octets.size())) : key;
  attacker.read_out(
      "the key", octets,
      attacker.sign(signs, {CKM_SHA256_HMAC, nullptr, 0}, block) == outside_hmac(octets, block));
}

void padding(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = victim(attacker);
  prove(attacker, key, read_by_padding(attacker, key, bytes_of(attacker)));
}

Octets with(Octets octets, const Octets& more) {
  octets.insert(octets.end(), more.begin(), more.end());
  return octets;
}

// Likeness tells whether two keys are one, by what the option names.
Octets likeness(Attacker& attacker, CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE wrapping) {
  if (attacker.is("check-value")) return attacker.attribute(key, CKA_CHECK_VALUE);
  if (attacker.is("ecb")) return attacker.encrypt(key, {CKM_AES_ECB, nullptr, 0}, Octets(16));
  if (!attacker.is("wrapped")) return attacker.mac(key);
  CK_MECHANISM how{CKM_AES_KEY_WRAP, nullptr, 0};
  Octets wrapped(256);
  CK_ULONG bytes = wrapped.size();
  attacker.step("C_WrapKey",
                attacker->C_WrapKey(attacker.session(), &how, wrapping, key, wrapped.data(), &bytes));
  wrapped.resize(bytes);
  return wrapped;
}

CK_OBJECT_HANDLE wraps_only(Attacker& attacker) {
  Template attributes = secret_template(CKK_AES, 32);
  attributes.yes(CKA_WRAP).yes(CKA_UNWRAP);
  protect(attributes);
  return attacker.generate(CKM_AES_KEY_GEN, attributes);
}

// cut reads octets 31 to 16 of a key of 32: what XOR with shorter data leaves of it, filled up with zeros, is
// the key with known octets and a guessed one taken away. HMAC fills up by itself; for AES the filling is
// derived.
Octets cut(Attacker& attacker, CK_OBJECT_HANDLE key, bool fills) {
  Linear linear(attacker);
  linear.is_extractable = attacker.is("extractable");
  const CK_OBJECT_HANDLE wrapping = attacker.is("wrapped") ? wraps_only(attacker) : CK_INVALID_HANDLE;
  Octets known;
  for (CK_ULONG at = 31; at >= 16; --at) {
    linear.type = CKK_GENERIC_SECRET;
    CK_OBJECT_HANDLE left = linear.masked(key, Octets(at));
    linear.type = fills ? CKK_AES : CKK_GENERIC_SECRET;
    if (fills) left = linear.behind(left, at, Octets(32 - at));
    const Octets wanted = likeness(attacker, left, wrapping);
    attacker.destroy(left);
    for (unsigned guess = 0; guess < 256; ++guess) {
      const Octets tail = with({static_cast<CK_BYTE>(guess)}, known);
      const CK_OBJECT_HANDLE tried = linear.masked(key, with(Octets(at), tail));
      const bool hit = likeness(attacker, tried, wrapping) == wanted;
      attacker.destroy(tried);
      if (!hit) continue;
      known = tail;
      break;
    }
  }
  return known;
}

void cutting(Attacker& attacker) {
  const bool fills = attacker.is("check-value") || attacker.is("ecb") || attacker.is("wrapped");
  const CK_OBJECT_HANDLE key = victim(attacker);
  const Octets back = cut(attacker, key, fills);
  Linear linear(attacker);
  linear.is_extractable = attacker.is("extractable");
  const Octets front = cut(attacker, linear.extracted(key, 128, 32), fills);
  prove(attacker, key, with(front, back));
}

CK_OBJECT_HANDLE known_key(Attacker& attacker, const Octets& value) {
  Template attributes = secret_template(CKK_GENERIC_SECRET);
  attributes.octets(CKA_VALUE, value).yes(CKA_DERIVE);
  return attacker.create(attributes);
}

// join puts known octets before or behind a key, and takes a guessed octet, known ones and those behind away
// from it; what remains equals the shortened key with the same octets before it.
Octets join(Attacker& attacker, CK_OBJECT_HANDLE key) {
  Linear linear(attacker);
  const Octets mark = {0xA5};
  const bool is_front = attacker.is("front");
  const CK_OBJECT_HANDLE other = attacker.is("key") ? known_key(attacker, mark) : CK_INVALID_HANDLE;
  const auto join_one = [&](CK_OBJECT_HANDLE base, CK_ULONG bytes) {
    if (attacker.is("key"))
      return is_front ? linear.joined(other, base, bytes + 1) : linear.joined(base, other, bytes + 1);
    return is_front ? linear.before(mark, base, bytes) : linear.behind(base, bytes, mark);
  };
  const CK_OBJECT_HANDLE whole = join_one(key, 32);
  Octets known;
  for (CK_ULONG at = 31; at >= 16; --at) {
    CK_OBJECT_HANDLE left = linear.masked(key, Octets(at));
    if (is_front) left = join_one(left, at);
    const Octets wanted = attacker.mac(left);
    attacker.destroy(left);
    for (unsigned guess = 0; guess < 256; ++guess) {
      const Octets tail = with({static_cast<CK_BYTE>(guess)}, known);
      const Octets mask = is_front ? with(Octets(at + 1), tail) : with(with(Octets(at), tail), mark);
      const CK_OBJECT_HANDLE tried = linear.masked(whole, mask);
      const bool hit = attacker.mac(tried) == wanted;
      attacker.destroy(tried);
      if (!hit) continue;
      known = tail;
      break;
    }
  }
  return known;
}

void joining(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = victim(attacker);
  const Octets back = join(attacker, key);
  const Octets front = join(attacker, Linear(attacker).extracted(key, 128, 32));
  prove(attacker, key, with(front, back));
}

// Pieces of one octet need no trick at all.
void single_octets(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = victim(attacker);
  Linear linear(attacker);
  Octets known;
  for (CK_ULONG at = 0; at < bytes_of(attacker); ++at) {
    const auto piece = [&](CK_ULONG bytes) { return linear.extracted(key, 8 * at, bytes); };
    known.push_back(read_by_length(attacker, 1, piece).front());
  }
  prove(attacker, key, known);
}

// zero_octets looks with EXTRACT alone for octets, at any bit, that are zero: a piece is then equal to the
// one that ends before. A key of known octets proves it; other keys have been sensitive for as long.
void zero_octets(Attacker& attacker) {
  Linear linear(attacker);
  for (;;) {
    const Octets truth = random_octets(32);
    Template attributes = secret_template(CKK_GENERIC_SECRET);
    attributes.octets(CKA_VALUE, truth).yes(CKA_DERIVE);
    protect(attributes);
    const CK_OBJECT_HANDLE key = attacker.create(attributes);
    for (CK_ULONG bit = 0; bit < 256; ++bit) {
      const CK_OBJECT_HANDLE longer = linear.extracted(key, (bit + 8) % 256, 32);
      const CK_OBJECT_HANDLE shorter = linear.extracted(key, (bit + 8) % 256, 31);
      const bool is_zero = attacker.mac(longer) == attacker.mac(shorter);
      attacker.destroy(longer);
      attacker.destroy(shorter);
      if (!is_zero) continue;
      const unsigned pair = static_cast<unsigned>(truth[bit / 8]) << 8U | truth[(bit / 8 + 1) % 32];
      attacker.read_out("eight bits of the key from bit " + std::to_string(bit), {0},
                        static_cast<CK_BYTE>(pair >> (8 - bit % 8)) == 0);
    }
    attacker.destroy(key);
  }
}

// EncryptData derives a session key: the encryption of data under a base key.
CK_OBJECT_HANDLE encrypt_data(Attacker& attacker, CK_OBJECT_HANDLE base, Octets data) {
  Template attributes = secret_template(CKK_GENERIC_SECRET, data.size());
  attributes.yes(CKA_SIGN);
  if (!attacker.is("silent")) attributes.yes(CKA_DERIVE);
  if (attacker.is("cuttable")) permit_linear(attributes);
  if (attacker.is("readable"))
    attributes.no(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
  else
    protect(attributes);
  if (!attacker.is("cbc")) {
    CK_KEY_DERIVATION_STRING_DATA plain{data.data(), data.size()};
    return attacker.derive("ENCRYPT_DATA", {CKM_AES_ECB_ENCRYPT_DATA, &plain, sizeof plain}, base,
                           attributes);
  }
  CK_AES_CBC_ENCRYPT_DATA_PARAMS chained{{}, data.data(), data.size()};
  return attacker.derive("ENCRYPT_DATA", {CKM_AES_CBC_ENCRYPT_DATA, &chained, sizeof chained}, base,
                         attributes);
}

CK_OBJECT_HANDLE encrypting_key(Attacker& attacker) {
  Template attributes = secret_template(CKK_AES, 32);
  attributes.yes(CKA_ENCRYPT).no(CKA_DECRYPT).yes(CKA_DERIVE);
  if (attacker.is("named")) {
    permit(attributes,
           {CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC_ENCRYPT_DATA, CKM_AES_CTR, CKM_AES_ECB, CKM_SHA256_HMAC});
  }
  protect(attributes);
  return attacker.generate(CKM_AES_KEY_GEN, attributes);
}

// A key that may encrypt but not decrypt makes the key stream of a message as a key, and that is read.
void keystream(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = encrypting_key(attacker);
  const Octets message = random_octets(16);
  CK_AES_CTR_PARAMS counter{128, {}};
  const Octets start = random_octets(16);
  std::ranges::copy(start, counter.cb);
  const Octets sealed = attacker.encrypt(key, {CKM_AES_CTR, &counter, sizeof counter}, message);
  const CK_OBJECT_HANDLE stream = encrypt_data(attacker, key, start);
  Octets opened =
      attacker.is("readable") ? attacker.attribute(stream, CKA_VALUE) : read_by_padding(attacker, stream, 16);
  for (std::size_t i = 0; i < opened.size(); ++i) opened[i] ^= sealed[i];
  attacker.read_out("the message", opened, opened == message);
}

// encrypting_key_of makes a key of known octets that derives by encryption and does nothing else.
CK_OBJECT_HANDLE encrypting_key_of(Attacker& attacker, const Octets& value) {
  Template attributes = secret_template(CKK_AES);
  attributes.octets(CKA_VALUE, value).yes(CKA_DERIVE).no(CKA_ENCRYPT).no(CKA_DECRYPT);
  permit(attributes, {CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC_ENCRYPT_DATA});
  protect(attributes);
  return attacker.create(attributes);
}

// A key that was born to encrypt data gives whole blocks only: shorter ones would tell octet by octet.
void encrypts_named(Attacker& attacker) {
  const Octets value = random_octets(32);
  const CK_OBJECT_HANDLE key = encrypting_key_of(attacker, value);
  const Octets block = random_octets(16);
  if (attacker.is("short")) {
    Octets data = block;
    CK_KEY_DERIVATION_STRING_DATA plain{data.data(), data.size()};
    if (attacker.is("uneven")) data.resize(32);
    const auto piece = [&](CK_ULONG bytes) {
      Template shorter = secret_template(CKK_GENERIC_SECRET, bytes);
      shorter.yes(CKA_SIGN);
      return attacker.derive("ENCRYPT_DATA", {CKM_AES_ECB_ENCRYPT_DATA, &plain, sizeof plain}, key, shorter);
    };
    if (attacker.is("uneven")) {
      attacker.mac(piece(16));
      attacker.mac(piece(17));
      attacker.taken("a key of 17 octets, which another of 16 equals if the last is zero");
    }
    const Octets found = read_by_length(attacker, 16, piece);
    attacker.read_out("the block", found, outside_aes(value, block) == found);
  }
  const Octets sealed = outside_aes(value, block);
  if (attacker.mac(encrypt_data(attacker, key, block)) != outside_hmac(sealed, kMacText))
    die("the derived key is no ciphertext");
  attacker.works("a key that was born to encrypt data does");
}

// A key that neither encrypts any more nor decrypts tells whether a guessed message is the one that was sent.
void dictionary(Attacker& attacker) {
  const CK_OBJECT_HANDLE key = encrypting_key(attacker);
  const Octets secret = random_octets(16);
  std::vector<Octets> sealed;
  for (const CK_BYTE octet : secret) {
    Octets block(16);
    block.back() = octet;
    sealed.push_back(attacker.encrypt(key, {CKM_AES_ECB, nullptr, 0}, block));
  }
  Template off;
  off.no(CKA_ENCRYPT);
  attacker.set(key, off);
  Octets found;
  for (const Octets& each : sealed) {
    const Octets wanted = outside_hmac(each, kMacText);
    Octets block(16);
    for (unsigned guess = 0; guess < 256; ++guess) {
      block.back() = static_cast<CK_BYTE>(guess);
      const CK_OBJECT_HANDLE tried = encrypt_data(attacker, key, block);
      const bool hit = attacker.mac(tried) == wanted;
      attacker.destroy(tried);
      if (!hit) continue;
      found.push_back(block.back());
      break;
    }
  }
  attacker.read_out("the message", found, found == secret);
}

constexpr CK_RV kLinear = refusal::kLinear;
const std::string kExtract = "C_DeriveKey EXTRACT";
const std::string kXor = "C_DeriveKey XOR";
const std::string kEncryptData = "C_DeriveKey ENCRYPT_DATA";

}  // namespace

// With R = the key turned until octet x is the last one's neighbour (x in front) and J = g || rest || x, less
// its last octet g: HMAC fills both with zeros, so they are one key exactly if g is x.
Octets read_by_padding(Attacker& attacker, CK_OBJECT_HANDLE key, CK_ULONG bytes) {
  Linear linear(attacker);
  Octets known;
  for (CK_ULONG at = 0; at < bytes; ++at) {
    const CK_OBJECT_HANDLE turned = linear.extracted(key, 8 * ((at + 1) % bytes), bytes);
    const CK_OBJECT_HANDLE first = linear.extracted(key, 8 * at, bytes);
    const Octets wanted = attacker.mac(first);
    for (unsigned guess = 0; guess < 256; ++guess) {
      const auto octet = static_cast<CK_BYTE>(guess);
      const CK_OBJECT_HANDLE joined = linear.before({octet}, turned, bytes);
      const CK_OBJECT_HANDLE tried = linear.masked(joined, with(Octets(bytes), {octet}));
      const bool hit = attacker.mac(tried) == wanted;
      attacker.destroy(joined);
      attacker.destroy(tried);
      if (!hit) continue;
      known.push_back(octet);
      break;
    }
    attacker.destroy(turned);
    attacker.destroy(first);
  }
  return known;
}

const std::vector<Attack> kLinearAttacks = {
    {"linear/padding-aes-16", padding, "aes 16", kExtract, kLinear},
    {"linear/padding-aes-24", padding, "aes 24", kExtract, kLinear},
    {"linear/padding-aes-32", padding, "aes 32", kExtract, kLinear},
    {"linear/padding-generic-16", padding, "16", kExtract, kLinear},
    {"linear/padding-generic-32", padding, "32", kExtract, kLinear},
    {"linear/padding-default", padding, "32 default", kExtract, kLinear},
    {"linear/padding-imported", padding, "aes 32 imported", kExtract, kLinear},
    {"linear/padding-token", padding, "aes 32 token", kExtract, kLinear},
    {"linear/padding-extractable", padding, "aes 32 extractable", kExtract, kLinear},
    {"linear/padding-xts", padding, "xts 32", kExtract, kLinear},
    {"linear/padding-chacha20", padding, "chacha20 32", kExtract, kLinear},
    {"linear/padding-hmac", padding, "hmac 32", kExtract, kLinear},
    {"linear/xor-hmac", cutting, "32", kXor, kLinear},
    {"linear/xor-hmac-aes", cutting, "aes 32", kXor, kLinear},
    {"linear/xor-check-value", cutting, "aes 32 check-value", kXor, kLinear},
    {"linear/xor-encrypt", cutting, "aes 32 ecb", kXor, kLinear},
    {"linear/xor-wrap", cutting, "aes 32 extractable wrapped", kXor, kLinear},
    {"linear/data-and-base", joining, "32 front", "C_DeriveKey DATA_AND_BASE", kLinear},
    {"linear/base-and-data", joining, "32", "C_DeriveKey BASE_AND_DATA", kLinear},
    {"linear/key-and-base", joining, "aes 32 key front", "C_DeriveKey BASE_AND_KEY", kLinear},
    {"linear/base-and-key", joining, "aes 32 key", "C_DeriveKey BASE_AND_KEY", kLinear},
    {"linear/single-octets-aes", single_octets, "aes 32", kExtract, kLinear},
    {"linear/single-octets-generic", single_octets, "32", kExtract, kLinear},
    {"linear/zero-octets", zero_octets, "", kExtract, kLinear},
    {"encrypt-data/keystream-ecb", keystream, "ecb", kEncryptData, refusal::kEncryptData},
    {"encrypt-data/keystream-cbc", keystream, "cbc", kEncryptData, refusal::kEncryptData},
    {"encrypt-data/named-keystream-ecb", keystream, "ecb named", "C_GenerateKey", refusal::kEncryptsToo},
    {"encrypt-data/named-keystream-cbc", keystream, "cbc named", "C_GenerateKey", refusal::kEncryptsToo},
    {"encrypt-data/named-cuttable", encrypts_named, "ecb cuttable", kEncryptData,
     refusal::kPermitsUnderDemand},
    {"encrypt-data/named-readable", encrypts_named, "cbc readable", kEncryptData, refusal::kReadable},
    {"encrypt-data/named-short", encrypts_named, "ecb short", kEncryptData, refusal::kShort},
    {"encrypt-data/named-uneven", encrypts_named, "ecb short uneven", kEncryptData, refusal::kUneven},
    {"encrypt-data/named", encrypts_named, "ecb", "", CKR_OK},
    {"encrypt-data/named-cbc", encrypts_named, "cbc", "", CKR_OK},
    {"encrypt-data/dictionary-ecb", dictionary, "ecb", kEncryptData, refusal::kEncryptData},
    {"encrypt-data/dictionary-cbc", dictionary, "cbc", kEncryptData, refusal::kEncryptData},
};

}  // namespace coffer::story
