// Tests of the header: sizes and orders that every PKCS#11 module and client agrees on.
#include "pkcs11/pkcs11.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "pkcs11/function_list.h"
#include "pkcs11/functions.h"

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
static_assert(sizeof(CK_GCM_MESSAGE_PARAMS) == 48);
static_assert(sizeof(CK_CCM_MESSAGE_PARAMS) == 56);
static_assert(sizeof(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS) == 24);
static_assert(sizeof(CK_ASYNC_DATA) == 40);
static_assert(sizeof(CK_RSA_PKCS_OAEP_PARAMS) == 40);
static_assert(sizeof(CK_HKDF_PARAMS) == 64);
static_assert(sizeof(CK_CCM_PARAMS) == 48);
static_assert(sizeof(CK_CHACHA20_PARAMS) == 32);
static_assert(sizeof(CK_SALSA20_CHACHA20_POLY1305_PARAMS) == 32);
static_assert(sizeof(CK_AES_CBC_ENCRYPT_DATA_PARAMS) == 32);
static_assert(sizeof(CK_SP800_108_COUNTER_FORMAT) == 16);
static_assert(sizeof(CK_SP800_108_DKM_LENGTH_FORMAT) == 24);
static_assert(sizeof(CK_SP800_108_KDF_PARAMS) == 40);
static_assert(sizeof(CK_SP800_108_FEEDBACK_KDF_PARAMS) == 56);
static_assert(sizeof(CK_PKCS5_PBKD2_PARAMS2) == 72);
static_assert(sizeof(CK_SSL3_KEY_MAT_OUT) == 48);
static_assert(sizeof(CK_TLS12_MASTER_KEY_DERIVE_PARAMS) == 48);
static_assert(sizeof(CK_TLS12_KEY_MAT_PARAMS) == 80);
static_assert(sizeof(CK_TLS_KDF_PARAMS) == 72);
static_assert(sizeof(CK_FUNCTION_LIST) == (1 + 68) * sizeof(void*));
static_assert(sizeof(CK_FUNCTION_LIST_3_0) == (1 + 92) * sizeof(void*));
static_assert(sizeof(CK_FUNCTION_LIST_3_2) == (1 + 104) * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST, C_WaitForSlotEvent) == 68 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_0, C_WaitForSlotEvent) == 68 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_0, C_GetInterfaceList) == 69 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_2, C_MessageVerifyFinal) == 92 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_2, C_EncapsulateKey) == 93 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_2, C_VerifySignatureInit) == 95 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_2, C_GetSessionValidationFlags) == 99 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_2, C_AsyncComplete) == 100 * sizeof(void*));
static_assert(offsetof(CK_FUNCTION_LIST_3_2, C_UnwrapKeyAuthenticated) == 104 * sizeof(void*));

// The entries of a list behind its version.
std::span<void* const> entries(std::size_t interface_index, std::size_t count) {
  return {static_cast<void* const*>(interface_list()[interface_index].pFunctionList) + 1, count};
}

TEST(FunctionList, LeavesNoEntryEmpty) { EXPECT_EQ(std::ranges::count(entries(0, 104), nullptr), 0); }

TEST(FunctionList, BeginsEachVersionWithTheOneBefore) {
  EXPECT_TRUE(std::ranges::equal(entries(0, 92), entries(1, 92)));
  EXPECT_TRUE(std::ranges::equal(entries(1, 68), entries(2, 68)));
}

TEST(FunctionList, OffersThreeVersionsAsForkSafe) {
  ASSERT_EQ(interface_list().size(), 3U);
  for (const CK_INTERFACE& each : interface_list()) EXPECT_EQ(each.flags, CKF_INTERFACE_FORK_SAFE);
  EXPECT_EQ(function_list()->version.major, 2);
  EXPECT_EQ(function_list()->version.minor, 40);
}

TEST(GetInterface, GivesTheNewestUnlessAskedForAnother) {
  CK_INTERFACE* found = nullptr;
  CK_UTF8CHAR name[] = "PKCS 11";
  CK_VERSION version{3, 0};
  ASSERT_EQ(get_interface(nullptr, nullptr, &found, 0), CKR_OK);
  EXPECT_EQ(static_cast<CK_VERSION*>(found->pFunctionList)->minor, 2);
  ASSERT_EQ(get_interface(name, &version, &found, CKF_INTERFACE_FORK_SAFE), CKR_OK);
  EXPECT_EQ(static_cast<CK_VERSION*>(found->pFunctionList)->minor, 0);
}

TEST(GetInterface, RefusesWhatThereIsNot) {
  CK_INTERFACE* found = nullptr;
  CK_UTF8CHAR name[] = "Vendor X";
  CK_VERSION version{3, 1};
  EXPECT_EQ(get_interface(name, nullptr, &found, 0), CKR_FUNCTION_FAILED);
  EXPECT_EQ(get_interface(nullptr, &version, &found, 0), CKR_FUNCTION_FAILED);
  EXPECT_EQ(get_interface(nullptr, nullptr, &found, 2), CKR_FUNCTION_FAILED);
  EXPECT_EQ(get_interface(nullptr, nullptr, nullptr, 0), CKR_ARGUMENTS_BAD);
}

TEST(GetInterface, ListsByTheLengthConvention) {
  std::array<CK_INTERFACE, 3> listed{};
  CK_ULONG count = 2;
  EXPECT_EQ(get_interface_list(listed.data(), &count), CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(count, 3U);
  EXPECT_EQ(get_interface_list(listed.data(), &count), CKR_OK);
  EXPECT_EQ(get_interface_list(nullptr, nullptr), CKR_ARGUMENTS_BAD);
}

}  // namespace
}  // namespace coffer::pkcs11
