// C_Initialize, C_Finalize, C_GetInfo, C_GetFunctionList, C_GetInterfaceList, C_GetInterface
// (PKCS#11 3.0, 5.4).
#include <algorithm>
#include <cstring>

#include "pkcs11/call.h"
#include "pkcs11/function_list.h"
#include "pkcs11/functions.h"
#include "pkcs11/text.h"
#include "pkcs11/vault_connector.h"

namespace coffer::pkcs11 {

namespace {

// Checks CK_C_INITIALIZE_ARGS. The module locks with the system's mutexes and starts no threads, so it can
// serve everybody but an application that insists on its own mutexes (PKCS#11 3.0, 5.4.1, case 3).
Answer check_arguments(const CK_C_INITIALIZE_ARGS& arguments) {
  if (arguments.pReserved != nullptr) return CKR_ARGUMENTS_BAD;
  const bool has_all = arguments.CreateMutex != nullptr && arguments.DestroyMutex != nullptr &&
                       arguments.LockMutex != nullptr && arguments.UnlockMutex != nullptr;
  const bool has_any = arguments.CreateMutex != nullptr || arguments.DestroyMutex != nullptr ||
                       arguments.LockMutex != nullptr || arguments.UnlockMutex != nullptr;
  if (has_any && !has_all) return CKR_ARGUMENTS_BAD;
  if (has_all && (arguments.flags & CKF_OS_LOCKING_OK) == 0) return CKR_CANT_LOCK;
  return {};
}

const CK_VERSION& version_of(const CK_INTERFACE& each) {
  return *static_cast<const CK_VERSION*>(each.pFunctionList);
}

bool matches(const CK_INTERFACE& each, const CK_UTF8CHAR* name, const CK_VERSION* version, CK_FLAGS flags) {
  if (name != nullptr && std::strcmp(reinterpret_cast<const char*>(name),
                                     reinterpret_cast<const char*>(each.pInterfaceName)) != 0) {
    return false;
  }
  if (version != nullptr &&
      (version->major != version_of(each).major || version->minor != version_of(each).minor)) {
    return false;
  }
  return (each.flags & flags) == flags;
}

}  // namespace

CK_RV initialize(CK_VOID_PTR arguments) {
  if (arguments != nullptr) {
    const Answer checked = check_arguments(*static_cast<const CK_C_INITIALIZE_ARGS*>(arguments));
    if (!checked.ok()) return checked.code();
  }
  return Module::start(make_vault_connector()).code();
}

CK_RV finalize(CK_VOID_PTR reserved) {
  if (reserved != nullptr) return CKR_ARGUMENTS_BAD;
  return Module::stop().code();
}

CK_RV get_info(CK_INFO_PTR info) {
  return with_module([&](Module&) -> Answer {
    if (info == nullptr) return CKR_ARGUMENTS_BAD;
    *info = CK_INFO{};
    info->cryptokiVersion = version_of(interface_list().front());
    write_padded(info->manufacturerID, kManufacturer);
    write_padded(info->libraryDescription, "Coffer PKCS#11 module");
    info->libraryVersion = kLibraryVersion;
    return {};
  });
}

CK_RV get_function_list(CK_FUNCTION_LIST_PTR_PTR list) {
  if (list == nullptr) return CKR_ARGUMENTS_BAD;
  *list = function_list();
  return CKR_OK;
}

CK_RV get_interface_list(CK_INTERFACE_PTR interfaces, CK_ULONG_PTR count) {
  if (count == nullptr) return CKR_ARGUMENTS_BAD;
  const auto all = interface_list();
  const CK_ULONG room = *count;
  *count = all.size();
  if (interfaces == nullptr) return CKR_OK;
  if (room < all.size()) return CKR_BUFFER_TOO_SMALL;
  std::copy(all.begin(), all.end(), interfaces);
  return CKR_OK;
}

CK_RV get_interface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version, CK_INTERFACE_PTR_PTR interface_found,
                    CK_FLAGS flags) {
  if (interface_found == nullptr) return CKR_ARGUMENTS_BAD;
  for (CK_INTERFACE& each : interface_list()) {
    if (!matches(each, name, version, flags)) continue;
    *interface_found = &each;
    return CKR_OK;
  }
  return CKR_FUNCTION_FAILED;
}

}  // namespace coffer::pkcs11
