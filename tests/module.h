// A PKCS#11 module loaded for a story: sessions, keys, and what every story does with them.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "pkcs11/pkcs11.h"

namespace coffer::story {

// die ends the story with a message.
[[noreturn]] inline void die(const std::string& what, CK_RV value = CKR_OK) {
  std::fprintf(stderr, "FAILED: %s: 0x%lx\n", what.c_str(), value);
  std::exit(1);
}

inline void must(const std::string& what, CK_RV value) {
  if (value != CKR_OK) die(what, value);
}

// Module is the function list of a loaded module, initialised.
class Module {
 public:
  explicit Module(const std::string& path) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) die(dlerror());
    auto get = reinterpret_cast<CK_RV (*)(CK_FUNCTION_LIST**)>(dlsym(library, "C_GetFunctionList"));
    if (get == nullptr) die("no C_GetFunctionList");
    must("C_GetFunctionList", get(&list_));
    get_interface_ = reinterpret_cast<CK_C_GetInterface>(dlsym(library, "C_GetInterface"));
    initialize();
  }
  CK_FUNCTION_LIST* operator->() const { return list_; }

  // initialize is for a module that was finalised.
  void initialize() const {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    must("C_Initialize", list_->C_Initialize(&arguments));
  }

  // newest is the list of 3.2, which a module of another maker may lack.
  [[nodiscard]] CK_FUNCTION_LIST_3_2* newest() const {
    CK_INTERFACE* found = nullptr;
    CK_VERSION version{3, 2};
    if (get_interface_ == nullptr) die("no C_GetInterface");
    must("C_GetInterface", get_interface_(nullptr, &version, &found, CKF_INTERFACE_FORK_SAFE));
    return static_cast<CK_FUNCTION_LIST_3_2*>(found->pFunctionList);
  }

  // slot of the first token that is initialised; find_slot when there may be none.
  [[nodiscard]] CK_SLOT_ID slot() const {
    const std::optional<CK_SLOT_ID> found = find_slot();
    if (!found.has_value()) die("there is no token");
    return *found;
  }

  [[nodiscard]] std::optional<CK_SLOT_ID> find_slot() const {
    CK_SLOT_ID slots[64];
    CK_ULONG count = 64;
    must("C_GetSlotList", list_->C_GetSlotList(CK_TRUE, slots, &count));
    for (CK_ULONG i = 0; i < count; ++i) {
      CK_TOKEN_INFO info{};
      if (list_->C_GetTokenInfo(slots[i], &info) == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) != 0)
        return slots[i];
    }
    return std::nullopt;
  }

  [[nodiscard]] CK_SESSION_HANDLE session() const { return session(slot()); }

  [[nodiscard]] CK_SESSION_HANDLE session(CK_SLOT_ID slot) const {
    CK_SESSION_HANDLE handle = 0;
    must("C_OpenSession",
         list_->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle));
    return handle;
  }

  void login(CK_SESSION_HANDLE session, const std::string& pin) const {
    const CK_RV value = list_->C_Login(session, CKU_USER, bytes(pin), pin.size());
    if (value != CKR_USER_ALREADY_LOGGED_IN) must("C_Login", value);
  }

  // find gives the objects of a class with a label.
  [[nodiscard]] std::vector<CK_OBJECT_HANDLE> find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS object_class,
                                                   const std::string& label) const {
    CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                                 {CKA_LABEL, bytes(label), label.size()}};
    must("C_FindObjectsInit", list_->C_FindObjectsInit(session, attributes, 2));
    CK_OBJECT_HANDLE handles[16];
    CK_ULONG count = 0;
    must("C_FindObjects", list_->C_FindObjects(session, handles, 16, &count));
    must("C_FindObjectsFinal", list_->C_FindObjectsFinal(session));
    return {handles, handles + count};
  }

  // generate makes a P-256 token key pair with a label.
  CK_RV generate(CK_SESSION_HANDLE session, const std::string& label, CK_OBJECT_HANDLE& public_key,
                 CK_OBJECT_HANDLE& private_key) const {
    CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE public_attributes[] = {
        {CKA_EC_PARAMS, p256, sizeof p256}, {CKA_TOKEN, &yes, 1}, {CKA_LABEL, bytes(label), label.size()}};
    CK_ATTRIBUTE private_attributes[] = {
        {CKA_TOKEN, &yes, 1}, {CKA_SIGN, &yes, 1}, {CKA_LABEL, bytes(label), label.size()}};
    CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
    return list_->C_GenerateKeyPair(session, &mechanism, public_attributes, 3, private_attributes, 3,
                                    &public_key, &private_key);
  }

  // sign makes an ECDSA signature of a fixed digest.
  CK_RV sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, std::vector<CK_BYTE>& signature) const {
    CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
    const CK_RV begun = list_->C_SignInit(session, &mechanism, key);
    if (begun != CKR_OK) return begun;
    CK_BYTE digest[32] = {7};
    signature.resize(64);
    CK_ULONG size = signature.size();
    const CK_RV value = list_->C_Sign(session, digest, sizeof digest, signature.data(), &size);
    signature.resize(size);
    return value;
  }

  CK_RV verify(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, std::vector<CK_BYTE>& signature) const {
    CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
    const CK_RV begun = list_->C_VerifyInit(session, &mechanism, key);
    if (begun != CKR_OK) return begun;
    CK_BYTE digest[32] = {7};
    return list_->C_Verify(session, digest, sizeof digest, signature.data(), signature.size());
  }

  static CK_BYTE* bytes(const std::string& text) {
    return reinterpret_cast<CK_BYTE*>(const_cast<char*>(text.data()));
  }

 private:
  CK_FUNCTION_LIST* list_ = nullptr;
  CK_C_GetInterface get_interface_ = nullptr;
};

}  // namespace coffer::story
