// Runs every mechanism of the token with a key whose octets are known, for a story that looks for them
// meanwhile.
//
// usage: every_mechanism MODULE PIN make    makes the keys; prints a line NAME OCTETS [OCTETS] for each
//        every_mechanism MODULE PIN use     runs one mechanism after the other until a line comes in; prints
//                                           "key NUMBER NAME" for each, "made NUMBER OCTETS" for what makes
//                                           keys, and "bare NUMBER" for what takes no key
// A mechanism of the token without a row here fails.
#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "tests/mechanism_groups.h"
#include "tests/module.h"

namespace {

using namespace coffer::story;

CK_BBOOL yes = CK_TRUE;
CK_BBOOL no = CK_FALSE;

// KnownKey is a key of the token whose octets its maker read.
struct KnownKey {
  const char* name;
  CK_MECHANISM_TYPE generator;
  bool is_pair;
  CK_ULONG bytes;                         // of a secret key that may have several sizes; else 0
  std::vector<CK_ATTRIBUTE_TYPE> secret;  // what is read and looked for
};
const std::vector<KnownKey> kKeys = {
    {"rsa", CKM_RSA_PKCS_KEY_PAIR_GEN, true, 0, {CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2}},
    {"ec", CKM_EC_KEY_PAIR_GEN, true, 0, {CKA_VALUE}},
    {"edwards", CKM_EC_EDWARDS_KEY_PAIR_GEN, true, 0, {CKA_VALUE}},
    {"montgomery", CKM_EC_MONTGOMERY_KEY_PAIR_GEN, true, 0, {CKA_VALUE}},
    {"ml-dsa", CKM_ML_DSA_KEY_PAIR_GEN, true, 0, {CKA_SEED, CKA_VALUE}},
    {"ml-kem", CKM_ML_KEM_KEY_PAIR_GEN, true, 0, {CKA_SEED, CKA_VALUE}},
    {"slh-dsa", CKM_SLH_DSA_KEY_PAIR_GEN, true, 0, {CKA_VALUE}},
    {"aes", CKM_AES_KEY_GEN, false, 32, {CKA_VALUE}},
    {"xts", CKM_AES_XTS_KEY_GEN, false, 64, {CKA_VALUE}},
    {"chacha20", CKM_CHACHA20_KEY_GEN, false, 0, {CKA_VALUE}},
    {"des3", CKM_DES3_KEY_GEN, false, 0, {CKA_VALUE}},
    {"generic", CKM_GENERIC_SECRET_KEY_GEN, false, 32, {CKA_VALUE}},
    {"tls", CKM_GENERIC_SECRET_KEY_GEN, false, 48, {CKA_VALUE}},
    // Born for the derivations that give octets away, or encrypt: others do not let themselves in for them.
    {"cuttable", CKM_GENERIC_SECRET_KEY_GEN, false, 32, {CKA_VALUE}},
    {"encrypting", CKM_AES_KEY_GEN, false, 32, {CKA_VALUE}},
};

CK_MECHANISM_TYPE cutting[] = {CKM_CONCATENATE_BASE_AND_KEY, CKM_CONCATENATE_BASE_AND_DATA,
                               CKM_CONCATENATE_DATA_AND_BASE, CKM_XOR_BASE_AND_DATA,
                               CKM_EXTRACT_KEY_FROM_KEY};
CK_MECHANISM_TYPE encrypting[] = {CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC_ENCRYPT_DATA};

struct Handles {
  CK_OBJECT_HANDLE use = CK_INVALID_HANDLE;  // the secret or private key
  CK_OBJECT_HANDLE public_half = CK_INVALID_HANDLE;
};

// Application is a session that the user has logged in to.
class Application {
 public:
  Application(const char* path, const char* pin) : module_(path), session_(module_.session()) {
    module_.login(session_, pin);
  }

  void make_keys();
  void use_mechanisms();

 private:
  Octets read(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
    CK_ATTRIBUTE wanted{type, nullptr, 0};
    must("C_GetAttributeValue (size)", module_->C_GetAttributeValue(session_, object, &wanted, 1));
    Octets octets(wanted.ulValueLen);
    wanted.pValue = octets.data();
    must("C_GetAttributeValue", module_->C_GetAttributeValue(session_, object, &wanted, 1));
    return octets;
  }

  // read_secret leaves out what of a private key is public too, and so may be anywhere.
  Octets read_secret(const KnownKey& key, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
    Octets octets = read(object, type);
    if (type != CKA_VALUE) return octets;
    const auto at = [&octets](std::size_t place) {
      return octets.begin() + static_cast<std::ptrdiff_t>(place);
    };
    // FIPS 205, figure 15: the second half is the public key. FIPS 204, algorithm 24: K is behind rho.
    if (key.generator == CKM_SLH_DSA_KEY_PAIR_GEN) return {at(0), at(octets.size() / 2)};
    if (key.generator == CKM_ML_DSA_KEY_PAIR_GEN) return {at(32), at(64)};
    return octets;
  }

  Handles generate(const KnownKey& key, CK_MECHANISM mechanism) const;
  Handles find(const std::string& name) const;
  void run(const CK_MECHANISM_INFO& info, CK_MECHANISM mechanism, const Group& group,
           const Handles& key) const;
  void sign(CK_MECHANISM mechanism, CK_OBJECT_HANDLE key, Octets data) const;
  void encrypt(CK_MECHANISM mechanism, const Handles& key, Octets data) const;
  void digest(CK_MECHANISM mechanism, Octets data) const;
  void derive(CK_MECHANISM mechanism, CK_OBJECT_HANDLE key) const;
  void wrap(CK_MECHANISM mechanism, const Handles& key) const;
  void decapsulate(CK_MECHANISM mechanism, const Handles& key) const;
  void use_one(CK_MECHANISM_TYPE type, const Group& group);

  Module module_;
  CK_SESSION_HANDLE session_;
};

void print_octets(const Octets& octets) {
  for (const CK_BYTE octet : octets) std::printf("%02x", octet);
}

const KnownKey& known_key_of(CK_MECHANISM_TYPE generator) {
  static const KnownKey of_hmac{"hmac", 0, false, 0, {CKA_VALUE}};
  static const KnownKey of_length{"length", 0, false, 32, {CKA_VALUE}};
  const auto found = std::ranges::find(kKeys, generator, &KnownKey::generator);
  if (found != kKeys.end()) return *found;
  return generator == CKM_PKCS5_PBKD2 || generator == CKM_HKDF_KEY_GEN ? of_length : of_hmac;
}

// Makes a session key that may be read, and may do whatever its type can.
Handles Application::generate(const KnownKey& key, CK_MECHANISM mechanism) const {
  static CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  static CK_BYTE ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
  static CK_BYTE x25519[] = {0x06, 0x03, 0x2b, 0x65, 0x6e};
  CK_ULONG bits = 2048;
  CK_ULONG set = 1;  // each type's first: ML-DSA-44, ML-KEM-512, SLH-DSA-SHA2-128s
  CK_ULONG bytes = key.bytes;
  std::vector<CK_ATTRIBUTE> secret = {{CKA_SENSITIVE, &no, 1}, {CKA_EXTRACTABLE, &yes, 1}};
  std::vector<CK_ATTRIBUTE> open;
  const auto may = [](std::vector<CK_ATTRIBUTE>& attributes, std::initializer_list<CK_ATTRIBUTE_TYPE> uses) {
    for (const CK_ATTRIBUTE_TYPE use : uses) attributes.push_back({use, &yes, 1});
  };
  switch (mechanism.mechanism) {
    case CKM_RSA_PKCS_KEY_PAIR_GEN:
      open.push_back({CKA_MODULUS_BITS, &bits, sizeof bits});
      may(open, {CKA_ENCRYPT, CKA_VERIFY, CKA_WRAP});
      may(secret, {CKA_DECRYPT, CKA_SIGN, CKA_UNWRAP});
      break;
    case CKM_EC_KEY_PAIR_GEN:
      open.push_back({CKA_EC_PARAMS, p256, sizeof p256});
      may(open, {CKA_VERIFY, CKA_WRAP});
      may(secret, {CKA_SIGN, CKA_DERIVE, CKA_UNWRAP});
      break;
    case CKM_EC_EDWARDS_KEY_PAIR_GEN: open.push_back({CKA_EC_PARAMS, ed25519, sizeof ed25519}); break;
    case CKM_EC_MONTGOMERY_KEY_PAIR_GEN: open.push_back({CKA_EC_PARAMS, x25519, sizeof x25519}); break;
    case CKM_ML_DSA_KEY_PAIR_GEN:
    case CKM_ML_KEM_KEY_PAIR_GEN:
    case CKM_SLH_DSA_KEY_PAIR_GEN: open.push_back({CKA_PARAMETER_SET, &set, sizeof set}); break;
    default:
      if (std::string_view(key.name) == "encrypting") {  // derives and does nothing else
        may(secret, {CKA_DERIVE});
        break;
      }
      may(secret, {CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_DERIVE});
  }
  Handles made;
  if (key.is_pair) {
    must("C_GenerateKeyPair",
         module_->C_GenerateKeyPair(session_, &mechanism, open.data(), open.size(), secret.data(),
                                    secret.size(), &made.public_half, &made.use));
    return made;
  }
  if (bytes != 0) secret.push_back({CKA_VALUE_LEN, &bytes, sizeof bytes});
  if (std::string_view(key.name) == "cuttable")
    secret.push_back({CKA_ALLOWED_MECHANISMS, cutting, sizeof cutting});
  if (std::string_view(key.name) == "encrypting")
    secret.push_back({CKA_ALLOWED_MECHANISMS, encrypting, sizeof encrypting});
  must("C_GenerateKey",
       module_->C_GenerateKey(session_, &mechanism, secret.data(), secret.size(), &made.use));
  return made;
}

// What is read of a session key is as well in its copy in the token, which gives nothing away any more.
void Application::make_keys() {
  for (const KnownKey& key : kKeys) {
    const Handles made = generate(key, {key.generator, nullptr, 0});
    std::printf("%s", key.name);
    for (const CK_ATTRIBUTE_TYPE type : key.secret) {
      std::printf(" ");
      print_octets(read_secret(key, made.use, type));
    }
    std::printf("\n");
    std::string label = key.name;
    CK_ATTRIBUTE attributes[] = {{CKA_LABEL, Module::bytes(label), label.size()},
                                 {CKA_TOKEN, &yes, 1},
                                 {CKA_SENSITIVE, &yes, 1},
                                 {CKA_EXTRACTABLE, &no, 1}};
    CK_OBJECT_HANDLE kept = 0;
    must("C_CopyObject", module_->C_CopyObject(session_, made.use, attributes, 4, &kept));
    if (!key.is_pair) continue;
    must("C_CopyObject", module_->C_CopyObject(session_, made.public_half, attributes, 2, &kept));
  }
}

Handles Application::find(const std::string& name) const {
  Handles key;
  for (const CK_OBJECT_CLASS each : {CKO_PRIVATE_KEY, CKO_SECRET_KEY}) {
    const auto found = module_.find(session_, each, name);
    if (!found.empty()) key.use = found.front();
  }
  const auto found = module_.find(session_, CKO_PUBLIC_KEY, name);
  if (!found.empty()) key.public_half = found.front();
  if (key.use == CK_INVALID_HANDLE) die("there is no key " + name);
  return key;
}

void Application::sign(CK_MECHANISM mechanism, CK_OBJECT_HANDLE key, Octets data) const {
  Octets signature(8192);
  CK_ULONG bytes = signature.size();
  must("C_SignInit", module_->C_SignInit(session_, &mechanism, key));
  must("C_Sign", module_->C_Sign(session_, data.data(), data.size(), signature.data(), &bytes));
}

void Application::encrypt(CK_MECHANISM mechanism, const Handles& key, Octets data) const {
  const bool is_pair = key.public_half != CK_INVALID_HANDLE;
  Octets sealed(data.size() + 512);
  Octets opened(sealed.size());
  CK_ULONG bytes = sealed.size();
  must("C_EncryptInit", module_->C_EncryptInit(session_, &mechanism, is_pair ? key.public_half : key.use));
  must("C_Encrypt", module_->C_Encrypt(session_, data.data(), data.size(), sealed.data(), &bytes));
  CK_ULONG opened_bytes = opened.size();
  must("C_DecryptInit", module_->C_DecryptInit(session_, &mechanism, key.use));
  must("C_Decrypt", module_->C_Decrypt(session_, sealed.data(), bytes, opened.data(), &opened_bytes));
  // Raw RSA gives the whole number.
  opened.resize(opened_bytes);
  if (opened.size() < data.size() || !std::equal(data.rbegin(), data.rend(), opened.rbegin()))
    die("a ciphertext did not decrypt to its plaintext", mechanism.mechanism);
}

void Application::digest(CK_MECHANISM mechanism, Octets data) const {
  Octets digest(64);
  CK_ULONG bytes = digest.size();
  must("C_DigestInit", module_->C_DigestInit(session_, &mechanism));
  must("C_Digest", module_->C_Digest(session_, data.data(), data.size(), digest.data(), &bytes));
}

void Application::derive(CK_MECHANISM mechanism, CK_OBJECT_HANDLE key) const {
  const CK_MECHANISM_TYPE type = mechanism.mechanism;
  const bool is_master = type == CKM_TLS12_MASTER_KEY_DERIVE || type == CKM_TLS12_MASTER_KEY_DERIVE_DH ||
                         type == CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE ||
                         type == CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH;
  const bool makes_keys = type == CKM_TLS12_KEY_AND_MAC_DERIVE || type == CKM_TLS12_KEY_SAFE_DERIVE;
  const bool is_public = type == CKM_PUB_KEY_FROM_PRIV_KEY;
  CK_OBJECT_CLASS object_class = type == CKM_HKDF_DATA ? CKO_DATA
                                 : is_public           ? CKO_PUBLIC_KEY
                                                       : CKO_SECRET_KEY;
  CK_KEY_TYPE key_type = makes_keys ? CKK_AES : CKK_GENERIC_SECRET;
  CK_ULONG bytes = 32;
  std::vector<CK_ATTRIBUTE> attributes = {{CKA_CLASS, &object_class, sizeof object_class}};
  if (object_class == CKO_SECRET_KEY) attributes.push_back({CKA_KEY_TYPE, &key_type, sizeof key_type});
  // SHA-1 and SHA-224 give fewer octets.
  const bool is_short = type == CKM_SHA1_KEY_DERIVATION || type == CKM_SHA224_KEY_DERIVATION ||
                        type == CKM_SHA3_224_KEY_DERIVATION || type == CKM_SHA512_224_KEY_DERIVATION;
  if (is_short) bytes = 20;
  if (type == CKM_EXTRACT_KEY_FROM_KEY) bytes = 24;
  // What is joined is not cut.
  const bool is_joined = type == CKM_CONCATENATE_BASE_AND_KEY || type == CKM_CONCATENATE_BASE_AND_DATA ||
                         type == CKM_CONCATENATE_DATA_AND_BASE;
  if (!is_master && !makes_keys && !is_public && !is_joined)
    attributes.push_back({CKA_VALUE_LEN, &bytes, sizeof bytes});
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  must("C_DeriveKey", module_->C_DeriveKey(session_, &mechanism, key, attributes.data(), attributes.size(),
                                           makes_keys ? nullptr : &made));
  if (makes_keys) {
    const auto* keys = static_cast<CK_TLS12_KEY_MAT_PARAMS*>(mechanism.pParameter)->pReturnedKeyMaterial;
    must("C_DestroyObject", module_->C_DestroyObject(session_, keys->hClientKey));
    made = keys->hServerKey;
  }
  must("C_DestroyObject", module_->C_DestroyObject(session_, made));
}

// Wraps a key that nobody minds to be known, and unwraps it.
void Application::wrap(CK_MECHANISM mechanism, const Handles& key) const {
  const Handles wrapped = generate(known_key_of(CKM_AES_KEY_GEN), {CKM_AES_KEY_GEN, nullptr, 0});
  Octets octets(1024);
  CK_ULONG bytes = octets.size();
  must("C_WrapKey",
       module_->C_WrapKey(session_, &mechanism, key.public_half, wrapped.use, octets.data(), &bytes));
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE key_type = CKK_AES;
  CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                               {CKA_KEY_TYPE, &key_type, sizeof key_type}};
  CK_OBJECT_HANDLE made = 0;
  must("C_UnwrapKey",
       module_->C_UnwrapKey(session_, &mechanism, key.use, octets.data(), bytes, attributes, 2, &made));
  must("C_DestroyObject", module_->C_DestroyObject(session_, made));
  must("C_DestroyObject", module_->C_DestroyObject(session_, wrapped.use));
}

void Application::decapsulate(CK_MECHANISM mechanism, const Handles& key) const {
  CK_FUNCTION_LIST_3_2* newest = module_.newest();
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE key_type = CKK_GENERIC_SECRET;
  CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                               {CKA_KEY_TYPE, &key_type, sizeof key_type}};
  Octets ciphertext(2048);
  CK_ULONG bytes = ciphertext.size();
  CK_OBJECT_HANDLE made[2] = {};
  must("C_EncapsulateKey", newest->C_EncapsulateKey(session_, &mechanism, key.public_half, attributes, 2,
                                                    ciphertext.data(), &bytes, &made[0]));
  must("C_DecapsulateKey", newest->C_DecapsulateKey(session_, &mechanism, key.use, attributes, 2,
                                                    ciphertext.data(), bytes, &made[1]));
  for (const CK_OBJECT_HANDLE each : made) must("C_DestroyObject", module_->C_DestroyObject(session_, each));
}

// Does everything that the mechanism can do with a secret or private key.
void Application::run(const CK_MECHANISM_INFO& info, CK_MECHANISM mechanism, const Group& group,
                      const Handles& key) const {
  const Octets data(group.data_bytes, 0x5A);
  bool ran = false;
  const auto can = [&](CK_FLAGS flag) { return (info.flags & flag) != 0 ? (ran = true) : false; };
  if (can(CKF_DIGEST)) digest(mechanism, data);
  if (can(CKF_SIGN)) sign(mechanism, key.use, data);
  if (can(CKF_DECRYPT)) encrypt(mechanism, key, data);
  if (can(CKF_DERIVE)) derive(mechanism, key.use);
  if (can(CKF_DECAPSULATE)) decapsulate(mechanism, key);
  if (!ran && can(CKF_UNWRAP)) wrap(mechanism, key);
  if ((info.flags & (CKF_GENERATE | CKF_GENERATE_KEY_PAIR)) != 0) {
    ran = true;
    const Handles made = generate(known_key_of(mechanism.mechanism), mechanism);
    must("C_DestroyObject", module_->C_DestroyObject(session_, made.use));
    if (made.public_half != CK_INVALID_HANDLE)
      must("C_DestroyObject", module_->C_DestroyObject(session_, made.public_half));
  }
  if (!ran) die("the mechanism does nothing that this program knows", mechanism.mechanism);
}

void Application::use_one(CK_MECHANISM_TYPE type, const Group& group) {
  CK_MECHANISM_INFO info{};
  must("C_GetMechanismInfo", module_->C_GetMechanismInfo(module_.slot(), type, &info));
  Parameters parameters(type);
  Handles key;
  if (group.key != nullptr) key = find(group.key);
  parameters.other = key.use;
  if (group.parameter == &Parameters::ecdh) parameters.point = read(key.public_half, CKA_EC_POINT);
  const CK_MECHANISM mechanism = (parameters.*group.parameter)();
  std::optional<Handles> made;
  if ((info.flags & (CKF_GENERATE | CKF_GENERATE_KEY_PAIR)) != 0)
    made = generate(known_key_of(type), mechanism);

  std::atomic<bool> is_told = false;
  std::atomic<int> runs = 0;
  std::thread runner([&] {
    while (!is_told) {
      run(info, mechanism, group, key);
      ++runs;
      runs.notify_one();
    }
  });
  runs.wait(0);
  if (made) {
    std::printf("made %lu ", type);
    // One secret of it is enough: the longest.
    Octets longest;
    for (const CK_ATTRIBUTE_TYPE secret : known_key_of(type).secret) {
      Octets octets = read_secret(known_key_of(type), made->use, secret);
      if (octets.size() > longest.size()) longest = std::move(octets);
    }
    print_octets(longest);
    std::printf("\n");
  } else if (group.key != nullptr) {
    std::printf("key %lu %s\n", type, group.key);
  } else {
    std::printf("bare %lu\n", type);
  }
  std::fflush(stdout);
  if (std::getchar() != '\n') die("nobody is looking");
  is_told = true;
  runner.join();
}

void Application::use_mechanisms() {
  std::vector<CK_MECHANISM_TYPE> mechanisms(1024);
  CK_ULONG count = mechanisms.size();
  must("C_GetMechanismList", module_->C_GetMechanismList(module_.slot(), mechanisms.data(), &count));
  mechanisms.resize(count);
  for (const CK_MECHANISM_TYPE type : mechanisms) {
    const auto group = std::ranges::find_if(
        kGroups, [type](const Group& each) { return std::ranges::count(each.mechanisms, type) != 0; });
    if (group == kGroups.end()) die("no row for a mechanism of the token: add one", type);
    use_one(type, *group);
  }
  std::printf("end %lu\n", count);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) die("usage: every_mechanism MODULE PIN make|use");
  Application application(argv[1], argv[2]);
  if (std::string(argv[3]) == "make") {
    application.make_keys();
  } else {
    application.use_mechanisms();
  }
  return 0;
}
