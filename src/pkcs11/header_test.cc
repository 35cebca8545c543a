// Tests of the header: sizes and orders that every PKCS#11 module and client agrees on.
#include "pkcs11/pkcs11.h"

#include <gtest/gtest.h>

#include <cstddef>

#include "pkcs11/function_list.h"

namespace coffer::pkcs11 {
namespace {

// The sizes that every PKCS#11 module and client on 64-bit Linux agrees on.
static_assert(sizeof(CK_INFO) == 88);
static_assert(sizeof(CK_SLOT_INFO) == 112);
static_assert(sizeof(CK_TOKEN_INFO) == 208);
static_assert(sizeof(CK_SESSION_INFO) == 32);
static_assert(sizeof(CK_ATTRIBUTE) == 24);
static_assert(sizeof(CK_MECHANISM) == 24);
static_assert(sizeof(CK_MECHANISM_INFO) == 24);
static_assert(sizeof(CK_C_INITIALIZE_ARGS) == 48);
static_assert(sizeof(CK_GCM_PARAMS) == 48);
static_assert(sizeof(CK_GCM_PARAMS_V2_30) == 40);
static_assert(sizeof(CK_RSA_PKCS_OAEP_PARAMS) == 40);
static_assert(sizeof(CK_HKDF_PARAMS) == 64);
static_assert(sizeof(CK_FUNCTION_LIST) == (1 + 68) * sizeof(void*));
static_assert(sizeof(CK_FUNCTION_LIST_3_0) == (1 + 92) * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST, C_WaitForSlotEvent) == 68 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_0, C_WaitForSlotEvent) == 68 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_0, C_GetInterfaceList) == 69 * sizeof(void*));

TEST(FunctionList, LeavesNoEntryEmpty) {
  const auto* list = static_cast<const CK_FUNCTION_LIST_3_0*>(interface_list().front().pFunctionList);
  const auto* entries = reinterpret_cast<void* const*>(list);
  for (std::size_t i = 1; i <= 92; ++i) EXPECT_NE(entries[i], nullptr) << i;
}

TEST(FunctionList, OffersBothVersionsAsForkSafe) {
  ASSERT_EQ(interface_list().size(), 2U);
  for (const CK_INTERFACE& each : interface_list()) EXPECT_EQ(each.flags, CKF_INTERFACE_FORK_SAFE);
  EXPECT_EQ(function_list()->version.major, 2);
  EXPECT_EQ(function_list()->version.minor, 40);
}

}  // namespace
}  // namespace coffer::pkcs11
