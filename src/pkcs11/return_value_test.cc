// Tests of the table from Code to CKR_.
#include "pkcs11/return_value.h"

#include <gtest/gtest.h>

namespace coffer::pkcs11 {
namespace {

Answer answer_of(Result<int> result) {
  const int value = TRY(result);
  return value == 7 ? Answer{} : Answer{CKR_GENERAL_ERROR};
}

TEST(ReturnValue, HasARowForTheLastCode) {
  EXPECT_EQ(return_value(Code::curve_unsupported), CKR_CURVE_NOT_SUPPORTED);
  EXPECT_EQ(return_value(Code::too_fast), CKR_FUNCTION_FAILED);
}

TEST(ReturnValue, AnswersGeneralErrorToACodeThatItDoesNotKnow) {
  EXPECT_EQ(return_value(static_cast<Code>(51)), CKR_GENERAL_ERROR);
  EXPECT_EQ(return_value(static_cast<Code>(65535)), CKR_GENERAL_ERROR);
}

TEST(ReturnValue, GivesOkOnlyForOk) {
  EXPECT_EQ(return_value(Code::ok), CKR_OK);
  for (std::uint16_t code = 1; code < 300; ++code)
    EXPECT_NE(return_value(static_cast<Code>(code)), CKR_OK) << code;
}

TEST(ReturnValue, TellsAKeyThatIsGoneFromAnObjectThatIsGone) {
  const Status gone = Error{Code::not_found, "gone"};
  EXPECT_EQ(Answer(gone).code(), CKR_OBJECT_HANDLE_INVALID);
  EXPECT_EQ(key_answer(gone).code(), CKR_KEY_HANDLE_INVALID);
}

TEST(ReturnValue, SaysTokenNotPresentAboutTheSlotsOfALockedVault) {
  EXPECT_EQ(token_answer(Error{Code::locked, "locked"}).code(), CKR_TOKEN_NOT_PRESENT);
  EXPECT_EQ(Answer(Error{Code::locked, "locked"}).code(), CKR_DEVICE_REMOVED);
}

TEST(ReturnValue, SaysTokenNotPresentToWhoMayNotAskForTheSlots) {
  EXPECT_EQ(view_answer(Error{Code::denied, "revoked"}).code(), CKR_TOKEN_NOT_PRESENT);
  EXPECT_EQ(view_answer(Error{Code::locked, "locked"}).code(), CKR_TOKEN_NOT_PRESENT);
  EXPECT_EQ(token_answer(Error{Code::denied, "not the owner"}).code(), CKR_FUNCTION_REJECTED);
}

TEST(Answer, TakesTheErrorOfAResult) {
  EXPECT_EQ(answer_of(7).code(), CKR_OK);
  EXPECT_EQ(answer_of(Error{Code::pin_locked, "locked"}).code(), CKR_PIN_LOCKED);
}

}  // namespace
}  // namespace coffer::pkcs11
