// An application that signs with ML-DSA and SLH-DSA and agrees on a key with ML-KEM, through the module.
//
// usage: post_quantum MODULE PIN
#include <cstring>

#include "tests/module.h"

namespace {

using namespace coffer::story;

struct Pair {
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
};

Pair generate(const Module& module, CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type, CK_ULONG set) {
  CK_MECHANISM mechanism{type, nullptr, 0};
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE of_public[] = {{CKA_TOKEN, &yes, 1}, {CKA_PARAMETER_SET, &set, sizeof set}};
  CK_ATTRIBUTE of_private[] = {{CKA_TOKEN, &yes, 1}};
  Pair pair;
  must("C_GenerateKeyPair", module->C_GenerateKeyPair(session, &mechanism, of_public, 2, of_private, 1,
                                                      &pair.public_key, &pair.private_key));
  return pair;
}

std::vector<CK_BYTE> sign(const Module& module, CK_SESSION_HANDLE session, CK_MECHANISM mechanism,
                          CK_OBJECT_HANDLE key, const std::string& text) {
  must("C_SignInit", module->C_SignInit(session, &mechanism, key));
  CK_ULONG bytes = 0;
  must("C_Sign", module->C_Sign(session, Module::bytes(text), text.size(), nullptr, &bytes));
  std::vector<CK_BYTE> signature(bytes);
  CK_ULONG too_few = bytes - 1;
  if (module->C_Sign(session, Module::bytes(text), text.size(), signature.data(), &too_few) !=
      CKR_BUFFER_TOO_SMALL)
    die("a buffer that is too small must be refused");
  must("C_Sign", module->C_Sign(session, Module::bytes(text), text.size(), signature.data(), &bytes));
  signature.resize(bytes);
  return signature;
}

CK_RV verify(const Module& module, CK_SESSION_HANDLE session, CK_MECHANISM mechanism, CK_OBJECT_HANDLE key,
             const std::string& text, std::vector<CK_BYTE> signature) {
  must("C_VerifyInit", module->C_VerifyInit(session, &mechanism, key));
  return module->C_Verify(session, Module::bytes(text), text.size(), signature.data(), signature.size());
}

void check_signatures(const Module& module, CK_SESSION_HANDLE session, CK_MECHANISM_TYPE generator,
                      CK_MECHANISM_TYPE type, CK_ULONG set, std::size_t signature_bytes) {
  const Pair pair = generate(module, session, generator, set);
  std::string context = "invoices";
  CK_SIGN_ADDITIONAL_CONTEXT parameter{CKH_DETERMINISTIC_REQUIRED, Module::bytes(context), context.size()};
  const CK_MECHANISM bound{type, &parameter, sizeof parameter};
  const CK_MECHANISM plain{type, nullptr, 0};
  const auto signature = sign(module, session, bound, pair.private_key, "agreed");
  if (signature.size() != signature_bytes) die("a signature has an unexpected length");
  if (sign(module, session, bound, pair.private_key, "agreed") != signature)
    die("a deterministic signature must be the same again");
  must("C_Verify", verify(module, session, bound, pair.public_key, "agreed", signature));
  if (verify(module, session, plain, pair.public_key, "agreed", signature) != CKR_SIGNATURE_INVALID)
    die("a signature without its context must be refused");
  if (verify(module, session, bound, pair.public_key, "agrees", signature) != CKR_SIGNATURE_INVALID)
    die("a signature of another text must be refused");
  std::vector<CK_BYTE> shorter(signature.begin(), signature.end() - 1);
  if (verify(module, session, bound, pair.public_key, "agreed", shorter) != CKR_SIGNATURE_LEN_RANGE)
    die("a short signature must be refused");
}

std::vector<CK_BYTE> value_of(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  std::vector<CK_BYTE> value(64);
  CK_ATTRIBUTE wanted{CKA_VALUE, value.data(), value.size()};
  must("C_GetAttributeValue", module->C_GetAttributeValue(session, key, &wanted, 1));
  value.resize(wanted.ulValueLen);
  return value;
}

void check_encapsulation(const Module& module, CK_SESSION_HANDLE session, CK_ULONG set,
                         std::size_t ciphertext_bytes) {
  CK_FUNCTION_LIST_3_2* list = module.newest();
  const Pair pair = generate(module, session, CKM_ML_KEM_KEY_PAIR_GEN, set);
  CK_MECHANISM mechanism{CKM_ML_KEM, nullptr, 0};
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE type = CKK_AES;
  CK_BBOOL no = CK_FALSE;
  CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                               {CKA_KEY_TYPE, &type, sizeof type},
                               {CKA_SENSITIVE, &no, 1}};
  CK_ULONG bytes = 0;
  CK_OBJECT_HANDLE ours = 0;
  CK_OBJECT_HANDLE theirs = 0;
  must("C_EncapsulateKey",
       list->C_EncapsulateKey(session, &mechanism, pair.public_key, attributes, 3, nullptr, &bytes, &ours));
  if (bytes != ciphertext_bytes) die("the ciphertext has an unexpected length");
  std::vector<CK_BYTE> ciphertext(bytes);
  CK_ULONG too_few = bytes - 1;
  if (list->C_EncapsulateKey(session, &mechanism, pair.public_key, attributes, 3, ciphertext.data(), &too_few,
                             &ours) != CKR_BUFFER_TOO_SMALL ||
      too_few != bytes)
    die("a buffer that is too small must be refused with the length");
  must("C_EncapsulateKey", list->C_EncapsulateKey(session, &mechanism, pair.public_key, attributes, 3,
                                                  ciphertext.data(), &bytes, &ours));
  must("C_DecapsulateKey", list->C_DecapsulateKey(session, &mechanism, pair.private_key, attributes, 3,
                                                  ciphertext.data(), bytes, &theirs));
  if (value_of(module, session, ours) != value_of(module, session, theirs)) die("the two keys differ");
  ciphertext[0] ^= 1;
  must("C_DecapsulateKey", list->C_DecapsulateKey(session, &mechanism, pair.private_key, attributes, 3,
                                                  ciphertext.data(), bytes, &theirs));
  if (value_of(module, session, ours) == value_of(module, session, theirs))
    die("a changed ciphertext must give another key");
  if (list->C_DecapsulateKey(session, &mechanism, pair.private_key, attributes, 3, ciphertext.data(),
                             bytes - 1, &theirs) != CKR_WRAPPED_KEY_LEN_RANGE)
    die("a short ciphertext must be refused");
  if (list->C_EncapsulateKey(session, &mechanism, pair.private_key, attributes, 3, ciphertext.data(), &bytes,
                             &ours) != CKR_KEY_FUNCTION_NOT_PERMITTED)
    die("a private key must not encapsulate");
}

void check_information(const Module& module) {
  CK_MECHANISM_INFO info{};
  must("C_GetMechanismInfo", module->C_GetMechanismInfo(module.slot(), CKM_ML_KEM, &info));
  if (info.flags != (CKF_ENCAPSULATE | CKF_DECAPSULATE)) die("CKM_ML_KEM encapsulates and decapsulates");
  must("C_GetMechanismInfo", module->C_GetMechanismInfo(module.slot(), CKM_HASH_ML_DSA_SHA512, &info));
  if (info.ulMinKeySize != 1312 || info.ulMaxKeySize != 2592) die("sizes are octets of the public key");
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) die("usage: post_quantum MODULE PIN");
  const Module module(arguments[1]);
  const CK_SESSION_HANDLE session = module.session();
  module.login(session, arguments[2]);
  check_information(module);
  check_signatures(module, session, CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA, CKP_ML_DSA_44, 2420);
  check_signatures(module, session, CKM_ML_DSA_KEY_PAIR_GEN, CKM_HASH_ML_DSA_SHA512, CKP_ML_DSA_87, 4627);
  check_signatures(module, session, CKM_ML_DSA_KEY_PAIR_GEN, CKM_HASH_ML_DSA_SHAKE256, CKP_ML_DSA_87, 4627);
  check_signatures(module, session, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_SLH_DSA, CKP_SLH_DSA_SHAKE_128F, 17088);
  check_signatures(module, session, CKM_SLH_DSA_KEY_PAIR_GEN, CKM_HASH_SLH_DSA_SHA256, CKP_SLH_DSA_SHA2_256F,
                   49856);
  check_encapsulation(module, session, CKP_ML_KEM_512, 768);
  check_encapsulation(module, session, CKP_ML_KEM_1024, 1568);
  return 0;
}
