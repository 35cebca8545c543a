// Return values: THE table from Coffer's Code to PKCS#11's CKR_, and Answer, which carries one.
#pragma once

#include "base/result.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/refusal.h"

namespace coffer::pkcs11 {

// return_value translates a Code. What is not in the table is CKR_GENERAL_ERROR.
CK_RV return_value(Code code);

// Answer is what a C_ function answers: CKR_OK or a refusal. It is made of a CKR_ value or of an Error, so
// that TRY works in a function that returns it, for a Result as well as for another Answer.
class [[nodiscard]] Answer {
 public:
  Answer() = default;
  Answer(CK_RV value) : value_(value) {}  // NOLINT: implicit by design
  Answer(Error error) : value_(return_value(error.code)) {
    note_first_reason(error.text);
  }  // NOLINT: as above
  Answer(const Status& status)
      : Answer(status.ok() ? Answer() : Answer(status.error())) {}  // NOLINT: as above

  [[nodiscard]] bool ok() const { return value_ == CKR_OK; }
  [[nodiscard]] Answer error() const { return *this; }
  void value() const {}
  [[nodiscard]] CK_RV code() const { return value_; }

 private:
  CK_RV value_ = CKR_OK;
};

// key_answer is Answer(status) where the object in question is the key of an operation: a key that is gone is
// CKR_KEY_HANDLE_INVALID.
Answer key_answer(const Status& status);

// wrap_answer and unwrap_answer are for C_WrapKey and C_UnwrapKey, where PKCS#11 has answers of its own.
Answer wrap_answer(const Status& status);
Answer unwrap_answer(const Status& status);

// token_answer is Answer(status) for functions about a slot: a locked vault is CKR_TOKEN_NOT_PRESENT.
Answer token_answer(const Status& status);

// view_answer is token_answer() for functions that ask which slots there are: who may not ask, or not any
// more (a client that was revoked), has no token there.
Answer view_answer(const Status& status);

}  // namespace coffer::pkcs11
