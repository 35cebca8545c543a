// Carries attacks on the keys of a token to their harmful step, through the real module; no_key_comes_out.sh
// runs them. An attack that succeeds reads a key out and proves it with OpenSSL.
//
// usage: key_attacks list PREFIX                           the names of attacks that begin so
//        key_attacks MODULE PIN OFFICER-PIN NAME [FILE]    runs one; a PIN of "-" does not log in
// FILE is for what is captured, or a copy of the module (others/).
// Prints "refused at STEP: CKR_..." and exits with 0 when the product refuses as it should, "works: ..." for
// what must go on working; "READ OUT: ..." or "TAKEN: ..." and 1 when it does not refuse; "FAILED: ..." and 3
// otherwise.
#include "tests/key_attacks.h"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <thread>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace coffer::story {

namespace {

struct ValueName {
  CK_RV value;
  const char* name;
};
constexpr ValueName kValueNames[] = {
    {CKR_OK, "CKR_OK"},
    {CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
    {CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
    {CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD"},
    {CKR_ATTRIBUTE_READ_ONLY, "CKR_ATTRIBUTE_READ_ONLY"},
    {CKR_ATTRIBUTE_SENSITIVE, "CKR_ATTRIBUTE_SENSITIVE"},
    {CKR_ATTRIBUTE_TYPE_INVALID, "CKR_ATTRIBUTE_TYPE_INVALID"},
    {CKR_ATTRIBUTE_VALUE_INVALID, "CKR_ATTRIBUTE_VALUE_INVALID"},
    {CKR_ACTION_PROHIBITED, "CKR_ACTION_PROHIBITED"},
    {CKR_DATA_LEN_RANGE, "CKR_DATA_LEN_RANGE"},
    {CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
    {CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY"},
    {CKR_ENCRYPTED_DATA_INVALID, "CKR_ENCRYPTED_DATA_INVALID"},
    {CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED"},
    {CKR_KEY_INDIGESTIBLE, "CKR_KEY_INDIGESTIBLE"},
    {CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID"},
    {CKR_KEY_SIZE_RANGE, "CKR_KEY_SIZE_RANGE"},
    {CKR_KEY_TYPE_INCONSISTENT, "CKR_KEY_TYPE_INCONSISTENT"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
    {CKR_KEY_NOT_WRAPPABLE, "CKR_KEY_NOT_WRAPPABLE"},
    {CKR_KEY_UNEXTRACTABLE, "CKR_KEY_UNEXTRACTABLE"},
    {CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID"},
    {CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID"},
    {CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID"},
    {CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
    {CKR_TEMPLATE_INCOMPLETE, "CKR_TEMPLATE_INCOMPLETE"},
    {CKR_TEMPLATE_INCONSISTENT, "CKR_TEMPLATE_INCONSISTENT"},
    {CKR_UNWRAPPING_KEY_HANDLE_INVALID, "CKR_UNWRAPPING_KEY_HANDLE_INVALID"},
    {CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN"},
    {CKR_WRAPPED_KEY_INVALID, "CKR_WRAPPED_KEY_INVALID"},
    {CKR_WRAPPED_KEY_LEN_RANGE, "CKR_WRAPPED_KEY_LEN_RANGE"},
    {CKR_WRAPPING_KEY_HANDLE_INVALID, "CKR_WRAPPING_KEY_HANDLE_INVALID"},
    {CKR_FUNCTION_REJECTED, "CKR_FUNCTION_REJECTED"},
};

std::string name_of(CK_RV value) {
  const auto* found = std::ranges::find(kValueNames, value, &ValueName::value);
  return found != std::end(kValueNames) ? found->name : std::to_string(value);
}

Octets cipher(const EVP_CIPHER* algorithm, const Octets& key, const Octets& iv, const Octets& data) {
  Octets output(data.size() + 16);
  int bytes = 0;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  if (EVP_EncryptInit_ex(context, algorithm, nullptr, key.data(), iv.data()) != 1 ||
      EVP_EncryptUpdate(context, output.data(), &bytes, data.data(), static_cast<int>(data.size())) != 1) {
    die("OpenSSL does not encrypt");
  }
  EVP_CIPHER_CTX_free(context);
  output.resize(data.size());
  return output;
}

}  // namespace

Template& Template::number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
  Octets octets(sizeof value);
  std::memcpy(octets.data(), &value, sizeof value);
  return this->octets(type, std::move(octets));
}

Template& Template::octets(CK_ATTRIBUTE_TYPE type, Octets value) {
  values_.push_back(std::move(value));
  attributes_.push_back({type, values_.back().data(), values_.back().size()});
  return *this;
}

Template& Template::nested(CK_ATTRIBUTE_TYPE type, const Template& inner) {
  attributes_.push_back({type, inner.data(), inner.size() * sizeof(CK_ATTRIBUTE)});
  return *this;
}

Template secret_template(CK_KEY_TYPE type, CK_ULONG bytes) {
  Template attributes;
  attributes.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, type);
  if (bytes != 0) attributes.number(CKA_VALUE_LEN, bytes);
  return attributes;
}

void protect(Template& attributes) { attributes.yes(CKA_SENSITIVE).no(CKA_EXTRACTABLE); }

void permit(Template& attributes, std::initializer_list<CK_MECHANISM_TYPE> mechanisms) {
  Octets list;
  for (const CK_MECHANISM_TYPE each : mechanisms) {
    const auto* at = reinterpret_cast<const CK_BYTE*>(&each);
    list.insert(list.end(), at, at + sizeof each);
  }
  attributes.octets(CKA_ALLOWED_MECHANISMS, list);
}

void permit_linear(Template& attributes) {
  permit(attributes,
         {CKM_EXTRACT_KEY_FROM_KEY, CKM_XOR_BASE_AND_DATA, CKM_CONCATENATE_DATA_AND_BASE, CKM_SHA256_HMAC});
}

void only(Template& attributes, std::initializer_list<CK_ATTRIBUTE_TYPE> uses) {
  for (const CK_ATTRIBUTE_TYPE each :
       {CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE}) {
    attributes.truth(each, std::ranges::find(uses, each) != uses.end());
  }
}

Attacker::Attacker(const std::string& module, const std::string& pin, const std::string& officer_pin,
                   const Attack& attack, std::string file)
    : module_(module),
      session_(module_.session()),
      attack_(attack),
      pin_(pin),
      officer_pin_(officer_pin),
      file_(std::move(file)) {
  if (pin != "-") login_as(CKU_USER);
}

bool Attacker::is(const std::string& word) const {
  std::istringstream words(attack_.option);
  for (std::string each; words >> each;) {
    if (each == word) return true;
  }
  return false;
}

void Attacker::login_as(CK_USER_TYPE user) {
  const std::string& pin = user == CKU_SO ? officer_pin_ : pin_;
  CK_RV value = CKR_DEVICE_MEMORY;
  // For a moment after an attack of thousands of calls the audit log takes no further line.
  for (int tries = 0; tries < 50 && value == CKR_DEVICE_MEMORY; ++tries) {
    if (tries != 0) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    value = module_->C_Login(session_, user, Module::bytes(pin), pin.size());
  }
  step("C_Login", value);
}

void Attacker::as_officer(const std::function<void()>& act) {
  logout();
  login_as(CKU_SO);
  act();
  logout();
  login_as(CKU_USER);
}

void Attacker::mark_trusted(CK_OBJECT_CLASS object_class, const std::string& label) {
  as_officer([&] {
    Template mark;
    mark.yes(CKA_TRUSTED);
    step("C_SetAttributeValue CKA_TRUSTED",
         module_->C_SetAttributeValue(session_, find(object_class, label), mark.data(), mark.size()));
  });
}

CK_OBJECT_HANDLE Attacker::import_trusted(CK_OBJECT_HANDLE open, CK_KEY_TYPE type, Template more) {
  Template& partner = more;
  partner.number(CKA_CLASS, CKO_PUBLIC_KEY).number(CKA_KEY_TYPE, type).yes(CKA_TOKEN).no(CKA_PRIVATE);
  partner.yes(CKA_WRAP).yes(CKA_TRUSTED);
  for (const CK_ATTRIBUTE_TYPE each : type == CKK_RSA ? std::vector{CKA_MODULUS, CKA_PUBLIC_EXPONENT}
                                                      : std::vector{CKA_EC_PARAMS, CKA_EC_POINT}) {
    partner.octets(each, attribute(open, each));
  }
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  as_officer([&] { made = create(partner); });
  return made;
}

CK_OBJECT_HANDLE Attacker::find(CK_OBJECT_CLASS object_class, const std::string& label) const {
  const auto found = module_.find(session_, object_class, label);
  if (found.empty()) die("there is no " + label);
  return found.front();
}

void Attacker::restart() {
  must("C_Finalize", module_->C_Finalize(nullptr));
  module_.initialize();
  session_ = module_.session();
  login_as(CKU_USER);
}

void Attacker::end(int code) {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin_;
  std::printf(" (%d calls, %.2f s)\n", calls_, took.count());
  std::exit(code);
}

CK_RV Attacker::note(CK_RV value) {
  ++calls_;
  return value;
}

void Attacker::step(const std::string& name, CK_RV value) {
  if (note(value) == CKR_OK) return;
  const bool is_expected = name == attack_.step && value == attack_.code;
  if (is_expected) {
    std::printf("refused at %s: %s", name.c_str(), name_of(value).c_str());
    end(0);
  }
  std::printf("FAILED: refused at %s: %s, expected %s at %s", name.c_str(), name_of(value).c_str(),
              name_of(attack_.code).c_str(), attack_.step.c_str());
  end(3);
}

void Attacker::read_out(const std::string& what, const Octets& octets, bool is_proven) {
  std::printf("%s: %s = %s%s", is_proven ? "READ OUT" : "FAILED, not proven", what.c_str(),
              hex(octets).c_str(), is_proven ? ", proven" : "");
  end(is_proven ? 1 : 3);
}

void Attacker::taken(const std::string& what) {
  std::printf("TAKEN: %s", what.c_str());
  end(1);
}

void Attacker::works(const std::string& what) {
  const bool is_expected = attack_.code == CKR_OK;
  std::printf("%s: %s", is_expected ? "works" : "FAILED, works", what.c_str());
  end(is_expected ? 0 : 3);
}

CK_OBJECT_HANDLE Attacker::generate(CK_MECHANISM_TYPE type, const Template& attributes) {
  CK_MECHANISM how{type, nullptr, 0};
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  step("C_GenerateKey", module_->C_GenerateKey(session_, &how, attributes.data(), attributes.size(), &key));
  return key;
}

Pair Attacker::generate_pair(CK_MECHANISM_TYPE type, const Template& open, const Template& secret) {
  CK_MECHANISM how{type, nullptr, 0};
  Pair pair;
  step("C_GenerateKeyPair",
       module_->C_GenerateKeyPair(session_, &how, open.data(), open.size(), secret.data(), secret.size(),
                                  &pair.open, &pair.secret));
  return pair;
}

CK_OBJECT_HANDLE Attacker::create(const Template& attributes) {
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  step("C_CreateObject", module_->C_CreateObject(session_, attributes.data(), attributes.size(), &object));
  return object;
}

CK_OBJECT_HANDLE Attacker::derive(const std::string& name, CK_MECHANISM how, CK_OBJECT_HANDLE base,
                                  const Template& attributes) {
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  step("C_DeriveKey " + name,
       module_->C_DeriveKey(session_, &how, base, attributes.data(), attributes.size(), &key));
  return key;
}

void Attacker::set(CK_OBJECT_HANDLE object, const Template& attributes) {
  step("C_SetAttributeValue",
       module_->C_SetAttributeValue(session_, object, attributes.data(), attributes.size()));
}

CK_OBJECT_HANDLE Attacker::copy(CK_OBJECT_HANDLE object, const Template& attributes) {
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  step("C_CopyObject", module_->C_CopyObject(session_, object, attributes.data(), attributes.size(), &made));
  return made;
}

void Attacker::destroy(CK_OBJECT_HANDLE object) {
  step("C_DestroyObject", module_->C_DestroyObject(session_, object));
}

Octets Attacker::attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
  Octets octets(8192);
  CK_ATTRIBUTE wanted{type, octets.data(), octets.size()};
  step("C_GetAttributeValue", module_->C_GetAttributeValue(session_, object, &wanted, 1));
  octets.resize(wanted.ulValueLen);
  return octets;
}

Octets Attacker::sign(CK_OBJECT_HANDLE key, CK_MECHANISM how, const Octets& data) {
  step("C_SignInit", module_->C_SignInit(session_, &how, key));
  Octets tag(1024);
  CK_ULONG bytes = tag.size();
  step("C_Sign",
       module_->C_Sign(session_, const_cast<CK_BYTE*>(data.data()), data.size(), tag.data(), &bytes));
  tag.resize(bytes);
  return tag;
}

Octets Attacker::encrypt(CK_OBJECT_HANDLE key, CK_MECHANISM how, const Octets& data) {
  step("C_EncryptInit", module_->C_EncryptInit(session_, &how, key));
  Octets sealed(data.size() + 1024);
  CK_ULONG bytes = sealed.size();
  step("C_Encrypt",
       module_->C_Encrypt(session_, const_cast<CK_BYTE*>(data.data()), data.size(), sealed.data(), &bytes));
  sealed.resize(bytes);
  return sealed;
}

Octets Attacker::decrypt(CK_OBJECT_HANDLE key, CK_MECHANISM how, const Octets& data) {
  step("C_DecryptInit", module_->C_DecryptInit(session_, &how, key));
  Octets opened(data.size() + 1024);
  CK_ULONG bytes = opened.size();
  step("C_Decrypt",
       module_->C_Decrypt(session_, const_cast<CK_BYTE*>(data.data()), data.size(), opened.data(), &bytes));
  opened.resize(bytes);
  return opened;
}

Octets Attacker::mac(CK_OBJECT_HANDLE key) { return sign(key, {CKM_SHA256_HMAC, nullptr, 0}, kMacText); }

Octets outside_hmac(const Octets& key, const Octets& data) {
  Octets tag(32);
  unsigned bytes = 32;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(), data.size(), tag.data(),
           &bytes) == nullptr) {
    die("OpenSSL makes no HMAC");
  }
  return tag;
}

Octets outside_aes(const Octets& key, const Octets& block) {
  const EVP_CIPHER* algorithms[] = {EVP_aes_128_ecb(), EVP_aes_192_ecb(), EVP_aes_256_ecb()};
  return cipher(algorithms[key.size() / 8 - 2], key, {}, block);
}

Octets outside_rsa(Attacker& attacker, CK_OBJECT_HANDLE key, const Octets& message, bool is_oaep) {
  const Octets info = attacker.attribute(key, CKA_PUBLIC_KEY_INFO);
  const unsigned char* at = info.data();
  EVP_PKEY* open = d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size()));
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(open, nullptr);
  Octets sealed(512);
  std::size_t bytes = sealed.size();
  if (context == nullptr || EVP_PKEY_encrypt_init(context) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context, is_oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING) != 1 ||
      (is_oaep && EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) != 1) ||
      EVP_PKEY_encrypt(context, sealed.data(), &bytes, message.data(), message.size()) != 1) {
    die("OpenSSL does not encrypt with RSA");
  }
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(open);
  sealed.resize(bytes);
  return sealed;
}

Octets outside_ctr(const Octets& key, const Octets& counter, const Octets& data) {
  const EVP_CIPHER* algorithms[] = {EVP_aes_128_ctr(), EVP_aes_192_ctr(), EVP_aes_256_ctr()};
  return cipher(algorithms[key.size() / 8 - 2], key, counter, data);
}

Octets random_octets(std::size_t bytes) {
  Octets octets(bytes);
  if (RAND_bytes(octets.data(), static_cast<int>(bytes)) != 1) die("OpenSSL gives no random octets");
  return octets;
}

std::string hex(const Octets& octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const CK_BYTE octet : octets) {
    text += kDigits[octet / 16];
    text += kDigits[octet % 16];
  }
  return text;
}

Octets read_by_length(Attacker& attacker, CK_ULONG bytes,
                      const std::function<CK_OBJECT_HANDLE(CK_ULONG)>& make, Octets known, End end) {
  while (known.size() < bytes) {
    const CK_OBJECT_HANDLE piece = make(known.size() + 1);
    const Octets wanted = attacker.mac(piece);
    attacker.destroy(piece);
    const auto place = known.insert(end == End::back ? known.end() : known.begin(), 0);
    const auto at = static_cast<std::size_t>(place - known.begin());
    int guess = 0;
    while (guess < 256 && outside_hmac(known, kMacText) != wanted) {
      known[at] = static_cast<CK_BYTE>(++guess);
    }
    if (guess == 256) die("no octet fits: the lengths do not belong to one key");
  }
  return known;
}

}  // namespace coffer::story

int main(int count, char** words) {
  using namespace coffer::story;
  const std::vector<std::string> all(words + 1, words + count);
  std::vector<Attack> attacks;
  for (const auto* list : {&kLinearAttacks, &kUseAttacks, &kUnwrapAttacks, &kTagAttacks, &kLoginAttacks,
                           &kLengthAttacks, &kDetourAttacks, &kTrustAttacks, &kOtherAttacks}) {
    attacks.insert(attacks.end(), list->begin(), list->end());
  }
  if (all.size() == 2 && all[0] == "list") {
    for (const Attack& each : attacks) {
      if (each.name.starts_with(all[1])) std::printf("%s\n", each.name.c_str());
    }
    return 0;
  }
  if (all.size() < 4) die("see the head of tests/key_attacks.cc");
  const auto found = std::ranges::find(attacks, all[3], &Attack::name);
  if (found == attacks.end()) die("there is no attack " + all[3]);
  Attacker attacker(all[0], all[1], all[2], *found, all.size() > 4 ? all[4] : "");
  found->run(attacker);
  die("the attack did not come to an end");
}
