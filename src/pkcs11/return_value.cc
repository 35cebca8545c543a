// Return values: THE table from Coffer's Code to PKCS#11's CKR_.
#include "pkcs11/return_value.h"

#include <array>

namespace coffer::pkcs11 {

namespace {

struct Row {
  Code code;
  CK_RV value;
};

constexpr auto kReturnValues = std::to_array<Row>({
    {Code::ok, CKR_OK},
    {Code::invalid, CKR_ARGUMENTS_BAD},
    {Code::malformed, CKR_DEVICE_ERROR},
    {Code::denied, CKR_FUNCTION_REJECTED},
    {Code::not_found, CKR_OBJECT_HANDLE_INVALID},
    {Code::exists, CKR_FUNCTION_REJECTED},
    {Code::unsupported, CKR_FUNCTION_NOT_SUPPORTED},
    {Code::locked, CKR_DEVICE_REMOVED},
    {Code::not_initialized, CKR_TOKEN_NOT_RECOGNIZED},
    {Code::throttled, CKR_PIN_LOCKED},
    {Code::unavailable, CKR_DEVICE_ERROR},
    {Code::timed_out, CKR_DEVICE_ERROR},
    {Code::limit, CKR_DEVICE_MEMORY},
    {Code::disk_full, CKR_DEVICE_MEMORY},
    {Code::corrupt, CKR_DEVICE_ERROR},
    {Code::rollback, CKR_DEVICE_REMOVED},
    {Code::internal, CKR_GENERAL_ERROR},
    {Code::self_test_failed, CKR_DEVICE_ERROR},
    {Code::conflict, CKR_FUNCTION_FAILED},
    {Code::pin_incorrect, CKR_PIN_INCORRECT},
    {Code::pin_locked, CKR_PIN_LOCKED},
    {Code::pin_length, CKR_PIN_LEN_RANGE},
    {Code::pin_not_set, CKR_USER_PIN_NOT_INITIALIZED},
    {Code::not_logged_in, CKR_USER_NOT_LOGGED_IN},
    {Code::already_logged_in, CKR_USER_ALREADY_LOGGED_IN},
    {Code::other_user_logged_in, CKR_USER_ANOTHER_ALREADY_LOGGED_IN},
    {Code::slot_invalid, CKR_SLOT_ID_INVALID},
    {Code::session_invalid, CKR_SESSION_HANDLE_INVALID},
    {Code::session_read_only, CKR_SESSION_READ_ONLY},
    {Code::session_exists, CKR_SESSION_EXISTS},
    {Code::mechanism_invalid, CKR_MECHANISM_INVALID},
    {Code::mechanism_parameter, CKR_MECHANISM_PARAM_INVALID},
    {Code::key_type, CKR_KEY_TYPE_INCONSISTENT},
    {Code::key_use, CKR_KEY_FUNCTION_NOT_PERMITTED},
    {Code::key_size, CKR_KEY_SIZE_RANGE},
    {Code::data_invalid, CKR_DATA_INVALID},
    {Code::data_length, CKR_DATA_LEN_RANGE},
    {Code::ciphertext_invalid, CKR_ENCRYPTED_DATA_INVALID},
    {Code::ciphertext_length, CKR_ENCRYPTED_DATA_LEN_RANGE},
    {Code::signature_invalid, CKR_SIGNATURE_INVALID},
    {Code::signature_length, CKR_SIGNATURE_LEN_RANGE},
    {Code::attribute_read_only, CKR_ATTRIBUTE_READ_ONLY},
    {Code::attribute_sensitive, CKR_ATTRIBUTE_SENSITIVE},
    {Code::attribute_unknown, CKR_ATTRIBUTE_TYPE_INVALID},
    {Code::attribute_value, CKR_ATTRIBUTE_VALUE_INVALID},
    {Code::template_incomplete, CKR_TEMPLATE_INCOMPLETE},
    {Code::template_inconsistent, CKR_TEMPLATE_INCONSISTENT},
    {Code::operation_unknown, CKR_OPERATION_NOT_INITIALIZED},
    {Code::action_prohibited, CKR_ACTION_PROHIBITED},
    {Code::curve_unsupported, CKR_CURVE_NOT_SUPPORTED},
    // The operation failed, nothing else did: clients keep their session and login, and may try again.
    {Code::too_fast, CKR_FUNCTION_FAILED},
});

constexpr bool has_one_row_a_code() {
  for (std::size_t i = 0; i < kReturnValues.size(); ++i) {
    if (static_cast<std::size_t>(kReturnValues[i].code) != i) return false;
  }
  return true;
}
static_assert(has_one_row_a_code());

// A reason stays the same under another answer.
void note(const Status& status) {
  if (!status.ok()) note_first_reason(status.error().text);
}

}  // namespace

CK_RV return_value(Code code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kReturnValues.size() ? kReturnValues[index].value : CKR_GENERAL_ERROR;
}

Answer key_answer(const Status& status) {
  note(status);
  if (!status.ok() && status.error().code == Code::not_found) return CKR_KEY_HANDLE_INVALID;
  return status;
}

Answer wrap_answer(const Status& status) {
  if (status.ok()) return {};
  note(status);
  switch (status.error().code) {
    case Code::attribute_sensitive: return CKR_KEY_UNEXTRACTABLE;
    case Code::action_prohibited: return CKR_KEY_NOT_WRAPPABLE;
    case Code::data_length: return CKR_KEY_SIZE_RANGE;
    case Code::key_type: return CKR_WRAPPING_KEY_TYPE_INCONSISTENT;
    default: return key_answer(status);
  }
}

Answer unwrap_answer(const Status& status) {
  if (status.ok()) return {};
  note(status);
  switch (status.error().code) {
    case Code::ciphertext_invalid: return CKR_WRAPPED_KEY_INVALID;
    case Code::ciphertext_length: return CKR_WRAPPED_KEY_LEN_RANGE;
    case Code::not_found: return CKR_UNWRAPPING_KEY_HANDLE_INVALID;
    case Code::key_type: return CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT;
    default: return status;
  }
}

Answer token_answer(const Status& status) {
  if (status.ok()) return {};
  note(status);
  switch (status.error().code) {
    case Code::locked:
    case Code::rollback:
    case Code::unavailable: return CKR_TOKEN_NOT_PRESENT;
    case Code::not_found: return CKR_SLOT_ID_INVALID;
    default: return status;
  }
}

Answer view_answer(const Status& status) {
  note(status);
  if (!status.ok() && status.error().code == Code::denied) return CKR_TOKEN_NOT_PRESENT;
  return token_answer(status);
}

}  // namespace coffer::pkcs11
