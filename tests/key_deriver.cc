// An application that derives, encrypts and signs with known keys, and prints what came out; the story
// known_keys_give_known_answers.sh compares it with what others compute.
//
// usage: key_deriver MODULE PIN
#include <cstring>

#include "tests/module.h"

namespace {

using namespace coffer::story;

using Octets = std::vector<CK_BYTE>;

Octets counted(std::size_t bytes, CK_BYTE first = 0) {
  Octets octets(bytes);
  for (std::size_t i = 0; i < bytes; ++i) octets[i] = static_cast<CK_BYTE>(first + i);
  return octets;
}

void print(const char* name, const Octets& octets) {
  std::printf("%s ", name);
  for (const CK_BYTE octet : octets) std::printf("%02x", octet);
  std::printf("\n");
}

// Application is a session that the user has logged in to.
class Application {
 public:
  Application(const char* path, const char* pin) : module_(path), session_(module_.session()) {
    module_.login(session_, pin);
  }

  CK_OBJECT_HANDLE import(CK_KEY_TYPE type, Octets value) {
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                                 {CKA_KEY_TYPE, &type, sizeof type},
                                 {CKA_SENSITIVE, &no_, 1},
                                 {CKA_EXTRACTABLE, &yes_, 1},
                                 {CKA_DERIVE, &yes_, 1},
                                 {CKA_ENCRYPT, &yes_, 1},
                                 {CKA_DECRYPT, &yes_, 1},
                                 {CKA_SIGN, &yes_, 1},
                                 {CKA_VERIFY, &yes_, 1},
                                 {CKA_VALUE, value.data(), value.size()}};
    CK_OBJECT_HANDLE key = 0;
    must("C_CreateObject", module_->C_CreateObject(session_, attributes, 10, &key));
    return key;
  }

  Octets value(CK_OBJECT_HANDLE key) {
    Octets octets(256);
    CK_ATTRIBUTE wanted{CKA_VALUE, octets.data(), octets.size()};
    must("C_GetAttributeValue", module_->C_GetAttributeValue(session_, key, &wanted, 1));
    octets.resize(wanted.ulValueLen);
    return octets;
  }

  // readable is the template of a session key of `bytes` (0: unsaid) that may be read.
  std::vector<CK_ATTRIBUTE> readable(CK_ULONG& bytes) {
    std::vector<CK_ATTRIBUTE> attributes = {{CKA_SENSITIVE, &no_, 1}, {CKA_EXTRACTABLE, &yes_, 1}};
    if (bytes != 0) attributes.push_back({CKA_VALUE_LEN, &bytes, sizeof bytes});
    return attributes;
  }

  template <typename Parameter>
  Octets derive(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE base, Parameter& parameter, CK_ULONG bytes) {
    CK_MECHANISM mechanism{type, &parameter, sizeof parameter};
    auto attributes = readable(bytes);
    CK_OBJECT_HANDLE key = 0;
    must("C_DeriveKey",
         module_->C_DeriveKey(session_, &mechanism, base, attributes.data(), attributes.size(), &key));
    return value(key);
  }

  template <typename Parameter>
  Octets encrypt(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, Parameter* parameter, CK_ULONG bytes,
                 Octets data) {
    CK_MECHANISM mechanism{type, parameter, bytes};
    must("C_EncryptInit", module_->C_EncryptInit(session_, &mechanism, key));
    CK_ULONG size = 0;
    must("C_Encrypt", module_->C_Encrypt(session_, data.data(), data.size(), nullptr, &size));
    Octets sealed(size);
    must("C_Encrypt", module_->C_Encrypt(session_, data.data(), data.size(), sealed.data(), &size));
    sealed.resize(size);
    // And back, in two parts.
    must("C_DecryptInit", module_->C_DecryptInit(session_, &mechanism, key));
    Octets opened(sealed.size() + 64);
    CK_ULONG first = opened.size();
    must("C_DecryptUpdate", module_->C_DecryptUpdate(session_, sealed.data(), 3, opened.data(), &first));
    CK_ULONG second = opened.size() - first;
    must("C_DecryptUpdate", module_->C_DecryptUpdate(session_, sealed.data() + 3, sealed.size() - 3,
                                                     opened.data() + first, &second));
    CK_ULONG last = opened.size() - first - second;
    must("C_DecryptFinal", module_->C_DecryptFinal(session_, opened.data() + first + second, &last));
    opened.resize(first + second + last);
    if (opened != data) die("a ciphertext did not decrypt to its plaintext", type);
    return sealed;
  }

  template <typename Parameter>
  Octets sign(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, Parameter* parameter, CK_ULONG bytes,
              Octets data) {
    CK_MECHANISM mechanism{type, parameter, bytes};
    must("C_SignInit", module_->C_SignInit(session_, &mechanism, key));
    CK_ULONG size = 0;
    must("C_Sign", module_->C_Sign(session_, data.data(), data.size(), nullptr, &size));
    Octets tag(size);
    must("C_Sign", module_->C_Sign(session_, data.data(), data.size(), tag.data(), &size));
    if (size != tag.size()) die("a MAC is not as long as was told", type);
    must("C_VerifyInit", module_->C_VerifyInit(session_, &mechanism, key));
    must("C_Verify", module_->C_Verify(session_, data.data(), data.size(), tag.data(), size));
    tag[0] ^= 1;
    must("C_VerifyInit", module_->C_VerifyInit(session_, &mechanism, key));
    const CK_RV refused = module_->C_Verify(session_, data.data(), data.size(), tag.data(), size);
    if (refused != CKR_SIGNATURE_INVALID) die("a changed MAC was not refused", refused);
    tag[0] ^= 1;
    return tag;
  }

  void print_ciphers();
  void print_macs();
  void print_derivations();
  void print_sp800_108();
  void print_tls();
  void print_password();

 private:
  Module module_;
  CK_SESSION_HANDLE session_;
  CK_BBOOL yes_ = CK_TRUE;
  CK_BBOOL no_ = CK_FALSE;
};

void Application::print_ciphers() {
  Octets nonce = counted(7, 0x10);
  Octets associated = counted(8);
  // SP 800-38C, example 1; IEEE 1619, vector 2; RFC 8439, 2.4.2 and 2.8.2: the script knows the answers.
  CK_CCM_PARAMS ccm{4, nonce.data(), nonce.size(), associated.data(), associated.size(), 4};
  print("ccm", encrypt(CKM_AES_CCM, import(CKK_AES, counted(16, 0x40)), &ccm, sizeof ccm, counted(4, 0x20)));
  Octets halves(32, 0x11);
  std::fill(halves.begin() + 16, halves.end(), 0x22);
  Octets tweak(16);
  std::fill(tweak.begin(), tweak.begin() + 5, 0x33);
  print("xts",
        encrypt(CKM_AES_XTS, import(CKK_AES_XTS, halves), tweak.data(), tweak.size(), Octets(32, 0x44)));
  const std::string sunscreen =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
      "would be it.";
  const Octets plaintext(sunscreen.begin(), sunscreen.end());
  Octets counter = {1, 0, 0, 0};
  Octets stream_nonce = {0, 0, 0, 0, 0, 0, 0, 0x4a, 0, 0, 0, 0};
  CK_CHACHA20_PARAMS chacha{counter.data(), 32, stream_nonce.data(), 96};
  print("chacha20",
        encrypt(CKM_CHACHA20, import(CKK_CHACHA20, counted(32)), &chacha, sizeof chacha, plaintext));
  Octets poly_nonce = {7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
  Octets poly_associated = {0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7};
  CK_SALSA20_CHACHA20_POLY1305_PARAMS poly{poly_nonce.data(), poly_nonce.size(), poly_associated.data(),
                                           poly_associated.size()};
  print("chacha20-poly1305", encrypt(CKM_CHACHA20_POLY1305, import(CKK_CHACHA20, counted(32, 0x80)), &poly,
                                     sizeof poly, plaintext));
}

void Application::print_macs() {
  const CK_OBJECT_HANDLE key = import(CKK_GENERIC_SECRET, counted(32));
  const Octets data = counted(100);
  CK_MAC_GENERAL_PARAMS bytes = 10;
  print("hmac-sha1", sign<void>(CKM_SHA_1_HMAC, key, nullptr, 0, data));
  print("hmac-sha256-10", sign(CKM_SHA256_HMAC_GENERAL, key, &bytes, sizeof bytes, data));
  print("hmac-sha512-256", sign<void>(CKM_SHA512_256_HMAC, key, nullptr, 0, data));
  // The GCM specification, test case 1: the tag of nothing.
  print("gmac", sign(CKM_AES_GMAC, import(CKK_AES, Octets(16)), Octets(12).data(), 12, {}));
  CK_TLS_MAC_PARAMS finished{CKM_SHA256, 12, 2};
  print("tls-mac", sign(CKM_TLS12_MAC, key, &finished, sizeof finished, counted(32)));
}

void Application::print_derivations() {
  const CK_OBJECT_HANDLE base = import(CKK_GENERIC_SECRET, counted(32));
  Octets octets = counted(16, 0xA0);
  CK_KEY_DERIVATION_STRING_DATA data{octets.data(), octets.size()};
  print("xor", derive(CKM_XOR_BASE_AND_DATA, base, data, 0));
  print("joined", derive(CKM_CONCATENATE_DATA_AND_BASE, base, data, 20));
  CK_EXTRACT_PARAMS first_bit = 12;
  print("extracted", derive(CKM_EXTRACT_KEY_FROM_KEY, base, first_bit, 8));
  CK_OBJECT_HANDLE other = import(CKK_GENERIC_SECRET, octets);
  print("both", derive(CKM_CONCATENATE_BASE_AND_KEY, base, other, 0));
  Octets info = counted(5, 0x30);
  CK_HKDF_PARAMS hkdf{CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_KEY, nullptr, 0, other, info.data(), 5};
  print("hkdf", derive(CKM_HKDF_DERIVE, base, hkdf, 42));
  CK_MECHANISM mechanism{CKM_HKDF_DATA, &hkdf, sizeof hkdf};
  CK_OBJECT_CLASS object_class = CKO_DATA;
  CK_ULONG bytes = 42;
  CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                               {CKA_VALUE_LEN, &bytes, sizeof bytes}};
  CK_OBJECT_HANDLE made = 0;
  must("C_DeriveKey", module_->C_DeriveKey(session_, &mechanism, base, attributes, 2, &made));
  print("hkdf-data", value(made));
}

void Application::print_sp800_108() {
  const CK_OBJECT_HANDLE base = import(CKK_GENERIC_SECRET, counted(32));
  CK_SP800_108_COUNTER_FORMAT counter{CK_FALSE, 32};
  CK_SP800_108_DKM_LENGTH_FORMAT length{CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, CK_FALSE, 32};
  Octets label = counted(9, 0x61);
  CK_PRF_DATA_PARAM parts[] = {{CK_SP800_108_ITERATION_VARIABLE, &counter, sizeof counter},
                               {CK_SP800_108_BYTE_ARRAY, label.data(), label.size()},
                               {CK_SP800_108_DKM_LENGTH, &length, sizeof length}};
  CK_ULONG bytes = 16;
  auto attributes = readable(bytes);
  CK_OBJECT_HANDLE second = 0;
  CK_DERIVED_KEY additional{attributes.data(), attributes.size(), &second};
  CK_SP800_108_KDF_PARAMS counting{CKM_SHA256_HMAC, 3, parts, 1, &additional};
  print("counter", derive(CKM_SP800_108_COUNTER_KDF, base, counting, 40));
  print("counter-additional", value(second));
  parts[0] = {CK_SP800_108_ITERATION_VARIABLE, nullptr, 0};
  Octets iv = counted(32, 0xA0);
  CK_SP800_108_FEEDBACK_KDF_PARAMS feedback{CKM_SHA256_HMAC, 3, parts, iv.size(), iv.data(), 0, nullptr};
  print("feedback", derive(CKM_SP800_108_FEEDBACK_KDF, base, feedback, 40));
  CK_SP800_108_KDF_PARAMS pipeline{CKM_SHA256_HMAC, 3, parts, 0, nullptr};
  print("pipeline", derive(CKM_SP800_108_DOUBLE_PIPELINE_KDF, base, pipeline, 40));
}

void Application::print_tls() {
  Octets premaster = counted(48);
  premaster[0] = premaster[1] = 3;
  const CK_OBJECT_HANDLE base = import(CKK_GENERIC_SECRET, premaster);
  Octets client(32, 0xC1);
  Octets server(32, 0x5E);
  CK_SSL3_RANDOM_DATA randoms{client.data(), client.size(), server.data(), server.size()};
  CK_VERSION version{};
  CK_TLS12_MASTER_KEY_DERIVE_PARAMS master{randoms, &version, CKM_SHA256};
  const Octets secret = derive(CKM_TLS12_MASTER_KEY_DERIVE, base, master, 0);
  if (version.major != 3 || version.minor != 3) die("the version of the premaster secret is wrong");
  print("tls-master", secret);
  CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS extended{CKM_SHA256, client.data(), client.size(), nullptr};
  print("tls-extended-master", derive(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, base, extended, 0));
  Octets client_iv(4);
  Octets server_iv(4);
  CK_SSL3_KEY_MAT_OUT material{0, 0, 0, 0, client_iv.data(), server_iv.data()};
  CK_TLS12_KEY_MAT_PARAMS keys{256, 128, 32, CK_FALSE, randoms, &material, CKM_SHA256};
  CK_MECHANISM mechanism{CKM_TLS12_KEY_AND_MAC_DERIVE, &keys, sizeof keys};
  CK_ULONG unsaid = 0;
  auto attributes = readable(unsaid);
  CK_KEY_TYPE type = CKK_AES;
  attributes.push_back({CKA_KEY_TYPE, &type, sizeof type});
  must("C_DeriveKey", module_->C_DeriveKey(session_, &mechanism, import(CKK_GENERIC_SECRET, secret),
                                           attributes.data(), attributes.size(), nullptr));
  Octets block;
  for (const CK_OBJECT_HANDLE key :
       {material.hClientMacSecret, material.hServerMacSecret, material.hClientKey, material.hServerKey}) {
    const Octets octets = value(key);
    block.insert(block.end(), octets.begin(), octets.end());
  }
  block.insert(block.end(), client_iv.begin(), client_iv.end());
  block.insert(block.end(), server_iv.begin(), server_iv.end());
  print("tls-keys", block);
}

void Application::print_password() {
  Octets password = counted(8, 0x61);
  Octets salt = counted(16);
  CK_PKCS5_PBKD2_PARAMS2 pbkdf2{
      CKZ_SALT_SPECIFIED, salt.data(),    salt.size(), 1000, CKP_PKCS5_PBKD2_HMAC_SHA512, nullptr, 0,
      password.data(),    password.size()};
  CK_MECHANISM mechanism{CKM_PKCS5_PBKD2, &pbkdf2, sizeof pbkdf2};
  CK_ULONG bytes = 48;
  auto attributes = readable(bytes);
  CK_OBJECT_HANDLE key = 0;
  must("C_GenerateKey",
       module_->C_GenerateKey(session_, &mechanism, attributes.data(), attributes.size(), &key));
  print("pbkdf2", value(key));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) die("usage: key_deriver MODULE PIN");
  Application application(argv[1], argv[2]);
  application.print_ciphers();
  application.print_macs();
  application.print_derivations();
  application.print_sp800_108();
  application.print_tls();
  application.print_password();
  return 0;
}
