// Wraps and unwraps keys of a token, for a story whose other side is OpenSSL.
//
// usage: key_wrapper MODULE PIN wrap MECHANISM WRAPPING_LABEL KEY_LABEL FILE
//        key_wrapper MODULE PIN unwrap MECHANISM UNWRAPPING_LABEL NEW_LABEL secret|rsa|ec FILE
//        key_wrapper MODULE PIN kek|readable|sensitive LABEL        makes an AES-256 key
//        key_wrapper MODULE PIN rsa LABEL MODULUS                   imports a public key that wraps
//        key_wrapper MODULE PIN rsa-pair LABEL                      makes a pair that wraps and unwraps
//        key_wrapper MODULE PIN block LABEL                         encrypts a block of zeros
// MECHANISM is kw, kwp, gcm, cbc-pad, oaep or rsa-aes. What GCM wraps begins with the nonce.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/module.h"

namespace {

using namespace coffer::story;
using Octets = std::vector<CK_BYTE>;

CK_BBOOL yes = CK_TRUE;
CK_BBOOL no = CK_FALSE;
constexpr CK_ULONG kNonceBytes = 12;

Octets read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) die("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const Octets& octets) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
  if (!file.flush()) die("cannot write " + path);
}

Octets of_hex(const std::string& text) {
  Octets octets;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    octets.push_back(static_cast<CK_BYTE>(std::stoul(text.substr(i, 2), nullptr, 16)));
  return octets;
}

// Parameter holds the structures that a CK_MECHANISM points to.
class Parameter {
 public:
  explicit Parameter(const std::string& name) {
    if (name == "kw") mechanism.mechanism = CKM_AES_KEY_WRAP;
    if (name == "kwp") mechanism.mechanism = CKM_AES_KEY_WRAP_KWP;
    if (name == "gcm") set(CKM_AES_GCM, gcm_);
    if (name == "cbc-pad") set(CKM_AES_CBC_PAD, iv_);
    if (name == "oaep") set(CKM_RSA_PKCS_OAEP, oaep_);
    if (name == "rsa-aes") set(CKM_RSA_AES_KEY_WRAP, rsa_aes_);
  }
  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;

  CK_MECHANISM mechanism{};
  Octets nonce = Octets(kNonceBytes);

 private:
  template <typename Structure>
  void set(CK_MECHANISM_TYPE type, Structure& structure) {
    mechanism = {type, &structure, sizeof structure};
  }
  CK_BYTE iv_[16] = {};
  CK_GCM_WRAP_PARAMS gcm_{nonce.data(), kNonceBytes, 0, CKG_GENERATE_RANDOM, nullptr, 0, 128};
  CK_RSA_PKCS_OAEP_PARAMS oaep_{CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, nullptr, 0};
  CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes_{256, &oaep_};
};

CK_OBJECT_HANDLE key_of(const Module& module, CK_SESSION_HANDLE session, const std::string& label,
                        std::initializer_list<CK_OBJECT_CLASS> classes) {
  for (const CK_OBJECT_CLASS each : classes) {
    const auto found = module.find(session, each, label);
    if (!found.empty()) return found.front();
  }
  die("there is no key " + label);
}

void wrap(const Module& module, CK_SESSION_HANDLE session, const std::string& mechanism,
          const std::string& wrapping, const std::string& label, const std::string& path) {
  Parameter parameter(mechanism);
  const auto wrapping_key = key_of(module, session, wrapping, {CKO_SECRET_KEY, CKO_PUBLIC_KEY});
  const auto key = key_of(module, session, label, {CKO_SECRET_KEY, CKO_PRIVATE_KEY});
  CK_ULONG size = 0;
  must("C_WrapKey (size)",
       module->C_WrapKey(session, &parameter.mechanism, wrapping_key, key, nullptr, &size));
  Octets wrapped(size - 1);
  CK_ULONG room = wrapped.size();
  if (module->C_WrapKey(session, &parameter.mechanism, wrapping_key, key, wrapped.data(), &room) !=
          CKR_BUFFER_TOO_SMALL ||
      room != size) {
    die("a buffer that is too small must be called so");
  }
  wrapped.resize(size);
  must("C_WrapKey",
       module->C_WrapKey(session, &parameter.mechanism, wrapping_key, key, wrapped.data(), &size));
  if (mechanism == "gcm") wrapped.insert(wrapped.begin(), parameter.nonce.begin(), parameter.nonce.end());
  write(path, wrapped);
}

void unwrap(const Module& module, CK_SESSION_HANDLE session, const std::string& mechanism,
            const std::string& unwrapping, std::string label, const std::string& kind,
            const std::string& path) {
  Parameter parameter(mechanism);
  Octets wrapped = read(path);
  if (mechanism == "gcm") {
    std::copy_n(wrapped.begin(), kNonceBytes, parameter.nonce.begin());
    wrapped.erase(wrapped.begin(), wrapped.begin() + kNonceBytes);
  }
  const auto unwrapping_key = key_of(module, session, unwrapping, {CKO_SECRET_KEY, CKO_PRIVATE_KEY});
  CK_OBJECT_CLASS object_class = kind == "secret" ? CKO_SECRET_KEY : CKO_PRIVATE_KEY;
  CK_KEY_TYPE type = kind == "secret" ? CKK_AES : kind == "rsa" ? CKK_RSA : CKK_EC;
  CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                               {CKA_KEY_TYPE, &type, sizeof type},
                               {CKA_TOKEN, &yes, 1},
                               {CKA_EXTRACTABLE, &yes, 1},
                               {kind == "secret" ? CKA_ENCRYPT : CKA_SIGN, &yes, 1},
                               {CKA_LABEL, Module::bytes(label), label.size()}};
  CK_OBJECT_HANDLE key = 0;
  must("C_UnwrapKey", module->C_UnwrapKey(session, &parameter.mechanism, unwrapping_key, wrapped.data(),
                                          wrapped.size(), attributes, std::size(attributes), &key));
}

void make_aes(const Module& module, CK_SESSION_HANDLE session, const std::string& kind, std::string label) {
  CK_ULONG bytes = 32;
  const bool is_kek = kind == "kek";
  CK_ATTRIBUTE attributes[] = {{CKA_VALUE_LEN, &bytes, sizeof bytes},
                               {CKA_TOKEN, &yes, 1},
                               {CKA_WRAP, is_kek ? &yes : &no, 1},
                               {CKA_UNWRAP, is_kek ? &yes : &no, 1},
                               {CKA_ENCRYPT, is_kek ? &no : &yes, 1},
                               {CKA_EXTRACTABLE, is_kek ? &no : &yes, 1},
                               {CKA_SENSITIVE, kind == "readable" ? &no : &yes, 1},
                               {CKA_LABEL, Module::bytes(label), label.size()}};
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE key = 0;
  must("C_GenerateKey", module->C_GenerateKey(session, &mechanism, attributes, std::size(attributes), &key));
}

void import_rsa(const Module& module, CK_SESSION_HANDLE session, std::string label,
                const std::string& modulus) {
  CK_OBJECT_CLASS object_class = CKO_PUBLIC_KEY;
  CK_KEY_TYPE type = CKK_RSA;
  Octets number = of_hex(modulus);
  CK_BYTE exponent[] = {1, 0, 1};
  CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                               {CKA_KEY_TYPE, &type, sizeof type},
                               {CKA_TOKEN, &yes, 1},
                               {CKA_WRAP, &yes, 1},
                               {CKA_MODULUS, number.data(), number.size()},
                               {CKA_PUBLIC_EXPONENT, exponent, sizeof exponent},
                               {CKA_LABEL, Module::bytes(label), label.size()}};
  CK_OBJECT_HANDLE key = 0;
  must("C_CreateObject", module->C_CreateObject(session, attributes, std::size(attributes), &key));
}

void make_rsa_pair(const Module& module, CK_SESSION_HANDLE session, std::string label) {
  CK_ULONG bits = 2048;
  CK_ATTRIBUTE public_attributes[] = {{CKA_MODULUS_BITS, &bits, sizeof bits},
                                      {CKA_TOKEN, &yes, 1},
                                      {CKA_WRAP, &yes, 1},
                                      {CKA_LABEL, Module::bytes(label), label.size()}};
  CK_ATTRIBUTE private_attributes[] = {{CKA_TOKEN, &yes, 1},
                                       {CKA_UNWRAP, &yes, 1},
                                       {CKA_DECRYPT, &yes, 1},
                                       {CKA_LABEL, Module::bytes(label), label.size()}};
  CK_MECHANISM mechanism{CKM_RSA_PKCS_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  must("C_GenerateKeyPair",
       module->C_GenerateKeyPair(session, &mechanism, public_attributes, std::size(public_attributes),
                                 private_attributes, std::size(private_attributes), &public_key,
                                 &private_key));
}

// What a key makes of a block of zeros tells which key it is.
void print_block(const Module& module, CK_SESSION_HANDLE session, const std::string& label) {
  CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
  must("C_EncryptInit",
       module->C_EncryptInit(session, &mechanism, key_of(module, session, label, {CKO_SECRET_KEY})));
  CK_BYTE block[16] = {};
  CK_BYTE encrypted[16];
  CK_ULONG bytes = sizeof encrypted;
  must("C_Encrypt", module->C_Encrypt(session, block, sizeof block, encrypted, &bytes));
  for (const CK_BYTE octet : encrypted) std::printf("%02x", octet);
  std::printf("\n");
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> all(words + 1, words + count);
  if (all.size() < 4) die("see the head of tests/key_wrapper.cc");
  const Module module(all[0]);
  const CK_SESSION_HANDLE session = module.session();
  module.login(session, all[1]);
  const std::string& what = all[2];
  const std::vector<std::string> rest(all.begin() + 3, all.end());
  if (what == "wrap" && rest.size() == 4) {
    wrap(module, session, rest[0], rest[1], rest[2], rest[3]);
  } else if (what == "unwrap" && rest.size() == 5) {
    unwrap(module, session, rest[0], rest[1], rest[2], rest[3], rest[4]);
  } else if (what == "rsa" && rest.size() == 2) {
    import_rsa(module, session, rest[0], rest[1]);
  } else if (what == "rsa-pair") {
    make_rsa_pair(module, session, rest[0]);
  } else if (what == "block") {
    print_block(module, session, rest[0]);
  } else {
    make_aes(module, session, what, rest[0]);
  }
  return 0;
}
