// Chip key: the provider, in the functions that OpenSSL wants (provider-keymgmt(7), provider-signature(7)).
#include "net/chip_key.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>

namespace coffer::net {

namespace {

constexpr std::size_t kPointBytes = 65;      // uncompressed, of P-256
constexpr std::size_t kSignatureBytes = 72;  // the longest ECDSA-Sig-Value of P-256
constexpr const char* kProviderName = "coffer-chip";
constexpr const char* kCurveName = "prime256v1";

// Point is the public half; the private one is the chip's.
using Point = std::array<std::uint8_t, kPointBytes>;

// Provider is what OpenSSL hands back to each function.
struct Provider {
  HandshakeSigner signer;
};

// SigningState is one signature being made.
struct SigningState {
  Provider* provider = nullptr;
  Buffer content;
};

// OpenSSL's dispatch tables hold every function under one type.
template <typename Function>
constexpr OSSL_DISPATCH entry(int number, Function function) {
  return {number, reinterpret_cast<void (*)()>(function)};
}
constexpr OSSL_DISPATCH kEnd{0, nullptr};

// ---- the key

void* key_new(void* /*provider*/) { return new Point{}; }
void key_free(void* key) { delete static_cast<Point*>(key); }
int key_has(const void* /*key*/, int /*selection*/) { return 1; }

int key_match(const void* a, const void* b, int /*selection*/) {
  return *static_cast<const Point*>(a) == *static_cast<const Point*>(b) ? 1 : 0;
}

int key_import(void* key, int /*selection*/, const OSSL_PARAM* parameters) {
  const OSSL_PARAM* point = OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_PUB_KEY);
  if (point == nullptr || point->data_size != kPointBytes) return 0;
  std::memcpy(static_cast<Point*>(key)->data(), point->data, kPointBytes);
  return 1;
}

// Only the public half can be exported, so that nobody else tries to sign with it.
int key_export(void* key, int selection, OSSL_CALLBACK* give, void* argument) {
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) return 0;
  Point point = *static_cast<Point*>(key);
  std::string curve = kCurveName;
  const std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  return give(parameters.data(), argument);
}

const OSSL_PARAM* key_types(int /*selection*/) {
  static const std::array<OSSL_PARAM, 3> kTypes{
      OSSL_PARAM{OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PARAM_UTF8_STRING, nullptr, 0, 0},
      OSSL_PARAM{OSSL_PKEY_PARAM_PUB_KEY, OSSL_PARAM_OCTET_STRING, nullptr, 0, 0}, OSSL_PARAM{}};
  return kTypes.data();
}

bool put_number(OSSL_PARAM* parameters, const char* name, int value) {
  OSSL_PARAM* place = OSSL_PARAM_locate(parameters, name);
  return place == nullptr || OSSL_PARAM_set_int(place, value) == 1;
}

bool put_text(OSSL_PARAM* parameters, const char* name, const char* value) {
  OSSL_PARAM* place = OSSL_PARAM_locate(parameters, name);
  return place == nullptr || OSSL_PARAM_set_utf8_string(place, value) == 1;
}

bool put_point(OSSL_PARAM* parameters, const char* name, const Point& point) {
  OSSL_PARAM* place = OSSL_PARAM_locate(parameters, name);
  return place == nullptr || OSSL_PARAM_set_octet_string(place, point.data(), point.size()) == 1;
}

int key_parameters(void* key, OSSL_PARAM* parameters) {
  const Point& point = *static_cast<const Point*>(key);
  const bool done = put_number(parameters, OSSL_PKEY_PARAM_BITS, 256) &&
                    put_number(parameters, OSSL_PKEY_PARAM_SECURITY_BITS, 128) &&
                    put_number(parameters, OSSL_PKEY_PARAM_MAX_SIZE, kSignatureBytes) &&
                    put_text(parameters, OSSL_PKEY_PARAM_GROUP_NAME, kCurveName) &&
                    put_text(parameters, OSSL_PKEY_PARAM_EC_FIELD_TYPE, SN_X9_62_prime_field) &&
                    put_text(parameters, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") &&
                    put_text(parameters, OSSL_PKEY_PARAM_DEFAULT_DIGEST, "SHA256") &&
                    put_point(parameters, OSSL_PKEY_PARAM_PUB_KEY, point) &&
                    put_point(parameters, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point);
  return done ? 1 : 0;
}

const OSSL_PARAM* gettable_parameters(void* /*provider*/) {
  static const std::array<OSSL_PARAM, 10> kGettable{
      OSSL_PARAM{OSSL_PKEY_PARAM_BITS, OSSL_PARAM_INTEGER, nullptr, 0, 0},
      OSSL_PARAM{OSSL_PKEY_PARAM_SECURITY_BITS, OSSL_PARAM_INTEGER, nullptr, 0, 0},
      OSSL_PARAM{OSSL_PKEY_PARAM_MAX_SIZE, OSSL_PARAM_INTEGER, nullptr, 0, 0},
      OSSL_PARAM{OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PARAM_UTF8_STRING, nullptr, 0, 0},
      OSSL_PARAM{OSSL_PKEY_PARAM_EC_FIELD_TYPE, OSSL_PARAM_UTF8_STRING, nullptr, 0, 0},
      OSSL_PARAM{OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, OSSL_PARAM_UTF8_STRING, nullptr, 0, 0},
      OSSL_PARAM{OSSL_PKEY_PARAM_DEFAULT_DIGEST, OSSL_PARAM_UTF8_STRING, nullptr, 0, 0},
      OSSL_PARAM{OSSL_PKEY_PARAM_PUB_KEY, OSSL_PARAM_OCTET_STRING, nullptr, 0, 0},
      OSSL_PARAM{OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, OSSL_PARAM_OCTET_STRING, nullptr, 0, 0},
      OSSL_PARAM{}};
  return kGettable.data();
}

const char* operation_name(int /*operation*/) { return "ECDSA"; }

const std::array<OSSL_DISPATCH, 12> kKeyFunctions{
    entry(OSSL_FUNC_KEYMGMT_NEW, key_new),
    entry(OSSL_FUNC_KEYMGMT_FREE, key_free),
    entry(OSSL_FUNC_KEYMGMT_HAS, key_has),
    entry(OSSL_FUNC_KEYMGMT_MATCH, key_match),
    entry(OSSL_FUNC_KEYMGMT_IMPORT, key_import),
    entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_types),
    entry(OSSL_FUNC_KEYMGMT_EXPORT, key_export),
    entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_types),
    entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_parameters),
    entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable_parameters),
    entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, operation_name),
    kEnd};

// ---- signing

void* signing_new(void* provider, const char* /*properties*/) {
  return new SigningState{static_cast<Provider*>(provider), {}};
}
void signing_free(void* state) { delete static_cast<SigningState*>(state); }

int signing_begin(void* state, const char* digest, void* /*key*/, const OSSL_PARAM* /*parameters*/) {
  const bool is_ours = digest == nullptr || std::string_view(digest).starts_with("SHA256") ||
                       std::string_view(digest) == "SHA2-256";
  static_cast<SigningState*>(state)->content.clear();
  return is_ours ? 1 : 0;
}

int signing_update(void* state, const unsigned char* data, std::size_t bytes) {
  append(static_cast<SigningState*>(state)->content, {data, bytes});
  return 1;
}

int signing_finish(void* state, unsigned char* signature, std::size_t* bytes, std::size_t room) {
  if (signature == nullptr) {
    *bytes = kSignatureBytes;
    return 1;
  }
  const auto& signing = *static_cast<SigningState*>(state);
  const auto made = signing.provider->signer(signing.content);
  if (!made.ok() || made.value().size() > room) return 0;
  std::ranges::copy(made.value(), signature);
  *bytes = made.value().size();
  return 1;
}

int signing_at_once(void* state, unsigned char* signature, std::size_t* bytes, std::size_t room,
                    const unsigned char* data, std::size_t data_bytes) {
  if (signature != nullptr) static_cast<SigningState*>(state)->content.assign(data, data + data_bytes);
  return signing_finish(state, signature, bytes, room);
}

const std::array<OSSL_DISPATCH, 7> kSigningFunctions{
    entry(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
    entry(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
    entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_begin),
    entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, signing_update),
    entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, signing_finish),
    entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_at_once),
    kEnd};

// ---- the provider

const std::array<OSSL_ALGORITHM, 2> kKeys{
    OSSL_ALGORITHM{"EC:id-ecPublicKey", "provider=coffer-chip", kKeyFunctions.data(), nullptr},
    OSSL_ALGORITHM{}};
const std::array<OSSL_ALGORITHM, 2> kSignatures{
    OSSL_ALGORITHM{"ECDSA", "provider=coffer-chip", kSigningFunctions.data(), nullptr}, OSSL_ALGORITHM{}};

const OSSL_ALGORITHM* query(void* /*provider*/, int operation, int* no_cache) {
  *no_cache = 0;
  if (operation == OSSL_OP_KEYMGMT) return kKeys.data();
  return operation == OSSL_OP_SIGNATURE ? kSignatures.data() : nullptr;
}

void teardown(void* provider) { delete static_cast<Provider*>(provider); }

const std::array<OSSL_DISPATCH, 3> kProviderFunctions{entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
                                                      entry(OSSL_FUNC_PROVIDER_TEARDOWN, teardown), kEnd};

int begin_provider(const OSSL_CORE_HANDLE* /*handle*/, const OSSL_DISPATCH* /*core*/,
                   const OSSL_DISPATCH** functions, void** provider) {
  *provider = new Provider;
  *functions = kProviderFunctions.data();
  return 1;
}

}  // namespace

ChipKey::~ChipKey() = default;

Result<std::unique_ptr<ChipKey>> ChipKey::create(HandshakeSigner signer, const X509* certificate) {
  constexpr Error kFailed{Code::internal, "OpenSSL takes no provider for the chip's key"};
  std::unique_ptr<ChipKey> made(new ChipKey);
  made->context_.reset(OSSL_LIB_CTX_new());
  if (made->context_ == nullptr) return openssl_failed(kFailed);
  OSSL_LIB_CTX* const context = made->context_.get();
  if (OSSL_PROVIDER_add_builtin(context, kProviderName, begin_provider) != 1) return openssl_failed(kFailed);
  made->usual_.reset(OSSL_PROVIDER_load(context, "default"));
  made->chip_.reset(OSSL_PROVIDER_load(context, kProviderName));
  if (made->usual_ == nullptr || made->chip_ == nullptr) return openssl_failed(kFailed);
  static_cast<Provider*>(OSSL_PROVIDER_get0_provider_ctx(made->chip_.get()))->signer = std::move(signer);

  Point point{};
  std::size_t bytes = 0;
  if (EVP_PKEY_get_octet_string_param(X509_get0_pubkey(certificate), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                      point.size(), &bytes) != 1 ||
      bytes != point.size()) {
    return openssl_failed(Error{Code::malformed, "the chip's certificate has no key of P-256"});
  }
  std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const OwnedKeyContext maker(EVP_PKEY_CTX_new_from_name(context, "EC", "provider=coffer-chip"));
  EVP_PKEY* key = nullptr;
  if (maker == nullptr || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &key, EVP_PKEY_KEYPAIR, parameters.data()) != 1) {
    return openssl_failed(kFailed);
  }
  made->key_.reset(key);
  return made;
}

}  // namespace coffer::net
