// Uncancelled: how an application enters the module, so that pthread_cancel() never ends a thread inside it.
#pragma once

#include <pthread.h>

#include "pkcs11/function_name.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/refusal.h"

namespace coffer::pkcs11 {

// uncancelled calls a function of functions.h while its thread cannot be cancelled; what was asked for
// meanwhile happens afterwards. Both ways into the module, the symbols and the function lists, lead through
// it; C_WaitForSlotEvent, which may wait for days, calls it for each look. Cancelling a thread unwinds its
// stack: locks of the module would be held for ever, and functions that may not throw end the process.
//
// The type is changed as well as the state: glibc looks at the state when it sends its signal, and only at
// the type when that arrives, which may be after the thread came in here (seen with 2.36). For the same
// reason the module has no cancellation points: system_calls.cc.
//
// It is also where refusals are told (refusal.h): every call comes through here once.
//
// It has nothing to clean up itself, so that a thread that is cancelled at any instruction
// (PTHREAD_CANCEL_ASYNCHRONOUS) can leave from here too.
template <auto kFunction, typename... Arguments>
CK_RV uncancelled(Arguments... arguments) {
  ::pthread_testcancel();
  int type = PTHREAD_CANCEL_DEFERRED;
  int state = PTHREAD_CANCEL_ENABLE;
  ::pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
  ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  forget_reason();
  const CK_RV answer = kFunction(arguments...);
  if (answer != CKR_OK && tells_refusals()) [[unlikely]]
    tell_refusal(kFunctionName<kFunction>, answer);
  ::pthread_setcancelstate(state, nullptr);
  ::pthread_setcanceltype(type, nullptr);
  return answer;
}

}  // namespace coffer::pkcs11
