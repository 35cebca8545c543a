// Refusals: with COFFER_DEBUG=1, what each refused call is told about on standard error: the function, its
// return value and, where it is known, why. Only literals of ours and the chip's texts are reasons: no PIN,
// no key, no data.
#pragma once

#include <string_view>

#include "pkcs11/pkcs11.h"

namespace coffer::pkcs11 {

// choose_telling looks whether COFFER_DEBUG is 1; it is not in a program that runs with more rights than its
// user.
void choose_telling();

// tells_refusals tells what choose_telling() has found. All below do nothing while it does not hold.
bool tells_refusals();

// note_reason keeps what the chip said to this thread; note_first_reason keeps a reason of our own, unless
// there is one.
void note_reason(std::string_view text);
void note_first_reason(std::string_view text);
// forget_reason is for the beginning of a call.
void forget_reason();

// tell_refusal tells one call's refusal, once.
void tell_refusal(std::string_view function, CK_RV answer);

// return_value_name gives the name of a CKR_.
std::string_view return_value_name(CK_RV value);

}  // namespace coffer::pkcs11
