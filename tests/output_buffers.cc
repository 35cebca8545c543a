// Every function with an output keeps to the convention about its length (PKCS#11 3.2, 5.2), against a
// running vault.
//
// usage: output_buffers MODULE PIN; the environment has COFFER_HOME. Exits 0 when everything holds.
//
// One table: how each function is prepared and called. For each, a null buffer tells a length and leaves the
// operation as it is, a buffer that is one octet too short is refused with the length and leaves it too, the
// same call with enough room succeeds, and so ends the operation where that is what it does. A null length is
// refused.
#include <array>
#include <functional>

#include "tests/module.h"

namespace {

using namespace coffer::story;
using Octets = std::vector<CK_BYTE>;

CK_FUNCTION_LIST_3_2* f = nullptr;
CK_SESSION_HANDLE session = 0;
CK_SLOT_ID slot = 0;
CK_BBOOL yes = CK_TRUE;

// After says what a successful call leaves: nothing to go on with, or the operation.
enum class After { ended, goes_on };

struct Row {
  const char* name;
  CK_ULONG bytes;  // of the output, 0: whatever a null buffer tells
  After after;
  std::function<void()> prepare;
  std::function<CK_RV(CK_BYTE* output, CK_ULONG* bytes)> call;
  CK_RV null_length = CKR_ARGUMENTS_BAD;
};

std::array<CK_BYTE, 16> start{};
std::array<CK_BYTE, 12> nonce{};
std::array<CK_BYTE, 16> tag{};
Octets data(32, 9);
Octets encrypted(32);
CK_GCM_MESSAGE_PARAMS parameter{nonce.data(), nonce.size(), 0, CKG_NO_GENERATE, tag.data(), 128};
CK_MECHANISM cbc{CKM_AES_CBC, start.data(), start.size()};
CK_MECHANISM padded{CKM_AES_CBC_PAD, start.data(), start.size()};
CK_MECHANISM gcm{CKM_AES_GCM, nullptr, 0};
CK_MECHANISM sha{CKM_SHA256, nullptr, 0};
CK_MECHANISM rsa{CKM_SHA256_RSA_PKCS, nullptr, 0};
CK_MECHANISM bare{CKM_RSA_PKCS, nullptr, 0};
CK_GCM_PARAMS gcm_plain{nonce.data(), nonce.size(), 96, nullptr, 0, 128};
CK_MECHANISM whole{CKM_AES_GCM, &gcm_plain, sizeof gcm_plain};
CK_MECHANISM key_wrap{CKM_AES_KEY_WRAP_KWP, nullptr, 0};
CK_MECHANISM kem{CKM_ML_KEM, nullptr, 0};
CK_OBJECT_HANDLE aes = 0;
CK_OBJECT_HANDLE public_key = 0;
CK_OBJECT_HANDLE private_key = 0;
CK_OBJECT_HANDLE wrapping = 0;
CK_OBJECT_HANDLE wrapped = 0;
CK_OBJECT_HANDLE encapsulating = 0;
Octets sealed(48);  // data under GCM
Octets recoverable(256);

void cancel_everything() { must("C_SessionCancel", f->C_SessionCancel(session, ~0UL & ~CKF_EXTENSION)); }

void make_keys() {
  CK_ULONG length = 32;
  CK_ATTRIBUTE secret[] = {
      {CKA_VALUE_LEN, &length, sizeof length}, {CKA_ENCRYPT, &yes, 1}, {CKA_DECRYPT, &yes, 1}};
  CK_MECHANISM make_aes{CKM_AES_KEY_GEN, nullptr, 0};
  must("C_GenerateKey", f->C_GenerateKey(session, &make_aes, secret, 3, &aes));
  CK_ULONG bits = 2048;
  CK_ATTRIBUTE open[] = {
      {CKA_MODULUS_BITS, &bits, sizeof bits}, {CKA_VERIFY, &yes, 1}, {CKA_VERIFY_RECOVER, &yes, 1}};
  CK_ATTRIBUTE closed[] = {{CKA_SIGN, &yes, 1}, {CKA_SIGN_RECOVER, &yes, 1}};
  CK_MECHANISM make_rsa{CKM_RSA_PKCS_KEY_PAIR_GEN, nullptr, 0};
  must("C_GenerateKeyPair",
       f->C_GenerateKeyPair(session, &make_rsa, open, 3, closed, 2, &public_key, &private_key));
  CK_ATTRIBUTE wraps[] = {{CKA_VALUE_LEN, &length, sizeof length}, {CKA_WRAP, &yes, 1}};
  must("C_GenerateKey", f->C_GenerateKey(session, &make_aes, wraps, 2, &wrapping));
  CK_ATTRIBUTE leaves[] = {{CKA_VALUE_LEN, &length, sizeof length}, {CKA_EXTRACTABLE, &yes, 1}};
  must("C_GenerateKey", f->C_GenerateKey(session, &make_aes, leaves, 2, &wrapped));
  CK_ULONG set = CKP_ML_KEM_512;
  CK_ATTRIBUTE of_set[] = {{CKA_PARAMETER_SET, &set, sizeof set}};
  CK_MECHANISM make_kem{CKM_ML_KEM_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE decapsulating = 0;
  must("C_GenerateKeyPair",
       f->C_GenerateKeyPair(session, &make_kem, of_set, 1, nullptr, 0, &encapsulating, &decapsulating));
  CK_ULONG sealed_bytes = sealed.size();
  must("C_EncryptInit", f->C_EncryptInit(session, &whole, aes));
  must("C_Encrypt", f->C_Encrypt(session, data.data(), data.size(), sealed.data(), &sealed_bytes));
  CK_ULONG size = recoverable.size();
  must("C_SignRecoverInit", f->C_SignRecoverInit(session, &bare, private_key));
  must("C_SignRecover", f->C_SignRecover(session, data.data(), data.size(), recoverable.data(), &size));
}

void encrypt_init() { must("C_EncryptInit", f->C_EncryptInit(session, &cbc, aes)); }
void decrypt_init() { must("C_DecryptInit", f->C_DecryptInit(session, &cbc, aes)); }
void digest_init() { must("C_DigestInit", f->C_DigestInit(session, &sha)); }
void sign_init() { must("C_SignInit", f->C_SignInit(session, &rsa, private_key)); }
void verify_init() { must("C_VerifyInit", f->C_VerifyInit(session, &rsa, public_key)); }
void seal_message() {
  CK_ULONG size = encrypted.size();
  must("C_MessageEncryptInit", f->C_MessageEncryptInit(session, &gcm, aes));
  must("C_EncryptMessage", f->C_EncryptMessage(session, &parameter, sizeof parameter, nullptr, 0, data.data(),
                                               data.size(), encrypted.data(), &size));
  must("C_MessageEncryptFinal", f->C_MessageEncryptFinal(session));
}

std::vector<Row> rows() {
  const auto n = [] { return data.size(); };
  return {
      {"C_Encrypt", 32, After::ended, encrypt_init,
       [n](auto* o, auto* b) { return f->C_Encrypt(session, data.data(), n(), o, b); }},
      {"C_EncryptUpdate", 32, After::goes_on, encrypt_init,
       [n](auto* o, auto* b) { return f->C_EncryptUpdate(session, data.data(), n(), o, b); }},
      {"C_Decrypt", 32, After::ended, decrypt_init,
       [n](auto* o, auto* b) { return f->C_Decrypt(session, data.data(), n(), o, b); }},
      {"C_DecryptUpdate", 32, After::goes_on, decrypt_init,
       [n](auto* o, auto* b) { return f->C_DecryptUpdate(session, data.data(), n(), o, b); }},
      {"C_Digest", 32, After::ended, digest_init,
       [n](auto* o, auto* b) { return f->C_Digest(session, data.data(), n(), o, b); }},
      {"C_DigestFinal", 32, After::ended, digest_init,
       [](auto* o, auto* b) { return f->C_DigestFinal(session, o, b); }},
      {"C_Sign", 256, After::ended, sign_init,
       [n](auto* o, auto* b) { return f->C_Sign(session, data.data(), n(), o, b); }},
      {"C_SignFinal", 256, After::ended, sign_init,
       [](auto* o, auto* b) { return f->C_SignFinal(session, o, b); }},
      {"C_SignRecover", 256, After::ended,
       [] { must("C_SignRecoverInit", f->C_SignRecoverInit(session, &bare, private_key)); },
       [n](auto* o, auto* b) { return f->C_SignRecover(session, data.data(), n(), o, b); }},
      {"C_VerifyRecover", 32, After::ended,
       [] { must("C_VerifyRecoverInit", f->C_VerifyRecoverInit(session, &bare, public_key)); },
       [](auto* o, auto* b) {
         return f->C_VerifyRecover(session, recoverable.data(), recoverable.size(), o, b);
       }},
      {"C_DigestEncryptUpdate", 32, After::goes_on,
       [] {
         encrypt_init();
         digest_init();
       },
       [n](auto* o, auto* b) { return f->C_DigestEncryptUpdate(session, data.data(), n(), o, b); }},
      {"C_DecryptDigestUpdate", 32, After::goes_on,
       [] {
         decrypt_init();
         digest_init();
       },
       [n](auto* o, auto* b) { return f->C_DecryptDigestUpdate(session, data.data(), n(), o, b); }},
      {"C_SignEncryptUpdate", 32, After::goes_on,
       [] {
         encrypt_init();
         sign_init();
       },
       [n](auto* o, auto* b) { return f->C_SignEncryptUpdate(session, data.data(), n(), o, b); }},
      {"C_DecryptVerifyUpdate", 32, After::goes_on,
       [] {
         decrypt_init();
         verify_init();
       },
       [n](auto* o, auto* b) { return f->C_DecryptVerifyUpdate(session, data.data(), n(), o, b); }},
      {"C_EncryptMessage", 32, After::goes_on,
       [] { must("C_MessageEncryptInit", f->C_MessageEncryptInit(session, &gcm, aes)); },
       [n](auto* o, auto* b) {
         return f->C_EncryptMessage(session, &parameter, sizeof parameter, nullptr, 0, data.data(), n(), o,
                                    b);
       }},
      {"C_EncryptMessageNext", 32, After::ended,
       [] {
         must("C_MessageEncryptInit", f->C_MessageEncryptInit(session, &gcm, aes));
         must("C_EncryptMessageBegin",
              f->C_EncryptMessageBegin(session, &parameter, sizeof parameter, nullptr, 0));
       },
       [n](auto* o, auto* b) {
         return f->C_EncryptMessageNext(session, &parameter, sizeof parameter, data.data(), n(), o, b,
                                        CKF_END_OF_MESSAGE);
       }},
      {"C_DecryptMessage", 32, After::goes_on,
       [] {
         seal_message();
         must("C_MessageDecryptInit", f->C_MessageDecryptInit(session, &gcm, aes));
       },
       [](auto* o, auto* b) {
         return f->C_DecryptMessage(session, &parameter, sizeof parameter, nullptr, 0, encrypted.data(),
                                    encrypted.size(), o, b);
       }},
      {"C_DecryptMessageNext", 32, After::ended,
       [] {
         seal_message();
         must("C_MessageDecryptInit", f->C_MessageDecryptInit(session, &gcm, aes));
         must("C_DecryptMessageBegin",
              f->C_DecryptMessageBegin(session, &parameter, sizeof parameter, nullptr, 0));
       },
       [](auto* o, auto* b) {
         return f->C_DecryptMessageNext(session, &parameter, sizeof parameter, encrypted.data(),
                                        encrypted.size(), o, b, CKF_END_OF_MESSAGE);
       }},
      {"C_SignMessage", 256, After::goes_on,
       [] { must("C_MessageSignInit", f->C_MessageSignInit(session, &rsa, private_key)); },
       [n](auto* o, auto* b) { return f->C_SignMessage(session, nullptr, 0, data.data(), n(), o, b); }},
      {"C_SignMessageNext", 256, After::ended,
       [] {
         must("C_MessageSignInit", f->C_MessageSignInit(session, &rsa, private_key));
         must("C_SignMessageBegin", f->C_SignMessageBegin(session, nullptr, 0));
       },
       [n](auto* o, auto* b) { return f->C_SignMessageNext(session, nullptr, 0, data.data(), n(), o, b); },
       CKR_OK},
      {"C_EncryptFinal", 16, After::ended,
       [] { must("C_EncryptInit", f->C_EncryptInit(session, &padded, aes)); },
       [](auto* o, auto* b) { return f->C_EncryptFinal(session, o, b); }},
      {"C_DecryptFinal", 32, After::ended,
       [] {
         CK_ULONG size = sealed.size();
         Octets opened(sealed.size());
         must("C_DecryptInit", f->C_DecryptInit(session, &whole, aes));
         must("C_DecryptUpdate",
              f->C_DecryptUpdate(session, sealed.data(), sealed.size(), opened.data(), &size));
       },
       [](auto* o, auto* b) { return f->C_DecryptFinal(session, o, b); }},
      {"C_WrapKey", 40, After::goes_on, [] {},
       [](auto* o, auto* b) { return f->C_WrapKey(session, &key_wrap, wrapping, wrapped, o, b); }},
      {"C_EncapsulateKey", 768, After::goes_on, [] {},
       [](auto* o, auto* b) {
         CK_OBJECT_HANDLE secret = 0;
         return f->C_EncapsulateKey(session, &kem, encapsulating, nullptr, 0, o, b, &secret);
       }},
      {"C_GetOperationState", 0, After::goes_on, digest_init,
       [](auto* o, auto* b) { return f->C_GetOperationState(session, o, b); }},
  };
}

// Lists count elements, not octets.
struct List {
  const char* name;
  std::function<CK_RV(void* elements, CK_ULONG* count)> call;
};
const List kLists[] = {
    {"C_GetSlotList",
     [](void* e, CK_ULONG* c) { return f->C_GetSlotList(CK_TRUE, static_cast<CK_SLOT_ID*>(e), c); }},
    {"C_GetMechanismList",
     [](void* e, CK_ULONG* c) { return f->C_GetMechanismList(slot, static_cast<CK_MECHANISM_TYPE*>(e), c); }},
    {"C_GetInterfaceList",
     [](void* e, CK_ULONG* c) { return f->C_GetInterfaceList(static_cast<CK_INTERFACE*>(e), c); }},
};

void check(const char* name, const char* step, bool holds, CK_RV value) {
  if (!holds) die(std::string(name) + " " + step, value);
}

void check_row(const Row& row) {
  cancel_everything();
  row.prepare();
  Octets output(1024);
  CK_ULONG bytes = 0;
  CK_RV value = row.call(nullptr, &bytes);
  check(row.name, "with a null buffer", value == CKR_OK && bytes >= row.bytes, value);
  const CK_ULONG needed = row.bytes != 0 ? row.bytes : bytes;
  bytes = needed - 1;
  value = row.call(output.data(), &bytes);
  check(row.name, "with a short buffer", value == CKR_BUFFER_TOO_SMALL && bytes >= needed, value);
  value = row.call(nullptr, &bytes);
  check(row.name, "with a null buffer again", value == CKR_OK && bytes >= needed, value);
  bytes = needed;
  value = row.call(output.data(), &bytes);
  check(row.name, "with enough room", value == CKR_OK && bytes == needed, value);
  bytes = output.size();
  value = row.call(output.data(), &bytes);
  const CK_RV expected = row.after == After::ended ? CKR_OPERATION_NOT_INITIALIZED : CKR_OK;
  check(row.name, "once more", value == expected, value);
  cancel_everything();
  row.prepare();
  value = row.call(output.data(), nullptr);
  check(row.name, "with a null length", value == row.null_length, value);
}

void check_list(const List& list) {
  Octets room(1U << 16U);
  CK_ULONG count = 0;
  CK_RV value = list.call(nullptr, &count);
  check(list.name, "with a null list", value == CKR_OK && count > 0, value);
  const CK_ULONG all = count;
  count = all - 1;
  value = list.call(room.data(), &count);
  check(list.name, "with a short list", value == CKR_BUFFER_TOO_SMALL && count == all, value);
  count = all + 1;
  value = list.call(room.data(), &count);
  check(list.name, "with room to spare", value == CKR_OK && count == all, value);
  check(list.name, "with a null count", list.call(room.data(), nullptr) == CKR_ARGUMENTS_BAD, value);
}

// C_GetAttributeValue answers for each attribute by itself.
void check_attributes() {
  std::array<CK_BYTE, 256> modulus{};
  CK_BYTE exponent = 0;
  CK_ATTRIBUTE read[] = {{CKA_MODULUS, modulus.data(), modulus.size()},
                         {CKA_PUBLIC_EXPONENT, &exponent, 1},
                         {CKA_PRIME_1, nullptr, 0}};
  const CK_RV value = f->C_GetAttributeValue(session, public_key, read, 3);
  check("C_GetAttributeValue", "with one unknown and one too long",
        value == CKR_ATTRIBUTE_TYPE_INVALID || value == CKR_BUFFER_TOO_SMALL, value);
  check("C_GetAttributeValue", "of what fits", read[0].ulValueLen == 256 && modulus[0] != 0, value);
  check("C_GetAttributeValue", "of what does not fit", read[1].ulValueLen == CK_UNAVAILABLE_INFORMATION,
        value);
  check("C_GetAttributeValue", "of what there is not", read[2].ulValueLen == CK_UNAVAILABLE_INFORMATION,
        value);
}

}  // namespace

int main(int count, char** values) {
  if (count != 3) die("usage: output_buffers MODULE PIN");
  const Module module(values[1]);
  f = module.newest();
  slot = module.slot();
  session = module.session();
  module.login(session, values[2]);
  make_keys();
  const std::vector<Row> table = rows();
  for (const Row& row : table) check_row(row);
  for (const List& list : kLists) check_list(list);
  check_attributes();
  std::printf("%zu functions and %zu lists keep to the convention\n", table.size(), std::size(kLists));
  return 0;
}
