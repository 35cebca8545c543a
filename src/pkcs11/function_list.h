// Function lists: the tables that C_GetFunctionList and C_GetInterface hand out.
#pragma once

#include <span>

#include "pkcs11/pkcs11.h"

namespace coffer::pkcs11 {

// function_list is the list of 2.40.
CK_FUNCTION_LIST* function_list();

// interface_list is every interface, the best first: "PKCS 11" 3.2, then 3.0, then 2.40. All are
// fork-safe.
std::span<CK_INTERFACE> interface_list();

}  // namespace coffer::pkcs11
