// Call: how every C_ function begins - is the library initialised, is there such a session.
#pragma once

#include <utility>

#include "pkcs11/module.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/return_value.h"
#include "pkcs11/session.h"

namespace coffer::pkcs11 {

// with_module runs `work(Module&)`, which answers, when C_Initialize has been called.
template <typename Work>
CK_RV with_module(Work&& work) noexcept {
  Module* module = Module::entered();
  if (module == nullptr) return CKR_CRYPTOKI_NOT_INITIALIZED;
  const Answer answer = work(*module);
  return answer.code();
}

// with_session runs `work(Module&, Session&)`, which answers, holding the session.
template <typename Work>
CK_RV with_session(CK_SESSION_HANDLE handle, Work&& work) noexcept {
  return with_module([&](Module& module) -> Answer {
    const SessionTable::Lease lease = module.sessions().lease(handle);
    if (!lease) return CKR_SESSION_HANDLE_INVALID;
    return work(module, *lease);
  });
}

}  // namespace coffer::pkcs11
