// Tests of what every function does alike: before C_Initialize, and with a session that there is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "pkcs11/fake_chip.h"
#include "pkcs11/functions.h"

namespace coffer::pkcs11 {
namespace {

// call_with_nothing calls a function with zeros and null pointers.
template <typename... Arguments>
CK_RV call_with_nothing(CK_RV (*function)(Arguments...)) {
  return function(Arguments{}...);
}

// Row is a function that works in a session.
struct Row {
  std::string_view name;
  CK_RV (*call)();
};
#define ROW(function) {#function, [] { return call_with_nothing(function); }}
constexpr auto kSessionFunctions = std::to_array<Row>({
    ROW(init_pin),
    ROW(set_pin),
    ROW(get_session_info),
    ROW(get_operation_state),
    ROW(set_operation_state),
    ROW(login),
    ROW(logout),
    ROW(login_user),
    ROW(session_cancel),
    ROW(get_session_validation_flags),
    ROW(create_object),
    ROW(copy_object),
    ROW(destroy_object),
    ROW(get_object_size),
    ROW(get_attribute_value),
    ROW(set_attribute_value),
    ROW(find_objects_init),
    ROW(find_objects),
    ROW(find_objects_final),
    ROW(encrypt_init),
    ROW(encrypt),
    ROW(encrypt_update),
    ROW(encrypt_final),
    ROW(decrypt_init),
    ROW(decrypt),
    ROW(decrypt_update),
    ROW(decrypt_final),
    ROW(digest_init),
    ROW(digest),
    ROW(digest_update),
    ROW(digest_key),
    ROW(digest_final),
    ROW(sign_init),
    ROW(sign),
    ROW(sign_update),
    ROW(sign_final),
    ROW(sign_recover_init),
    ROW(sign_recover),
    ROW(verify_init),
    ROW(verify),
    ROW(verify_update),
    ROW(verify_final),
    ROW(verify_recover_init),
    ROW(verify_recover),
    ROW(digest_encrypt_update),
    ROW(decrypt_digest_update),
    ROW(sign_encrypt_update),
    ROW(decrypt_verify_update),
    ROW(generate_key),
    ROW(generate_key_pair),
    ROW(wrap_key),
    ROW(unwrap_key),
    ROW(wrap_key_authenticated),
    ROW(unwrap_key_authenticated),
    ROW(derive_key),
    ROW(encapsulate_key),
    ROW(decapsulate_key),
    ROW(seed_random),
    ROW(generate_random),
    ROW(message_encrypt_init),
    ROW(encrypt_message),
    ROW(encrypt_message_begin),
    ROW(encrypt_message_next),
    ROW(message_encrypt_final),
    ROW(message_decrypt_init),
    ROW(decrypt_message),
    ROW(decrypt_message_begin),
    ROW(decrypt_message_next),
    ROW(message_decrypt_final),
    ROW(message_sign_init),
    ROW(sign_message),
    ROW(sign_message_begin),
    ROW(sign_message_next),
    ROW(message_sign_final),
    ROW(message_verify_init),
    ROW(verify_message),
    ROW(verify_message_begin),
    ROW(verify_message_next),
    ROW(message_verify_final),
    ROW(verify_signature_init),
    ROW(verify_signature),
    ROW(verify_signature_update),
    ROW(verify_signature_final),
    ROW(async_complete),
    ROW(async_get_id),
    ROW(async_join),
});
#undef ROW

TEST(EveryFunction, NeedsAnInitializedLibrary) {
  for (const Row& each : kSessionFunctions) {
    EXPECT_EQ(each.call(), CKR_CRYPTOKI_NOT_INITIALIZED) << each.name;
  }
}

TEST_F(ModuleTest, EveryFunctionNeedsASessionThatExists) {
  for (const Row& each : kSessionFunctions) {
    EXPECT_EQ(each.call(), CKR_SESSION_HANDLE_INVALID) << each.name;
  }
}

}  // namespace
}  // namespace coffer::pkcs11
