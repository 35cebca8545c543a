// Messages: what the functions of the message-based interface (C_EncryptMessage, C_SignMessage, ...) have in
// common, and the parameter that comes with each message to encrypt.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "pkcs11/operation.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/return_value.h"

namespace coffer::pkcs11 {

// check_no_parameter refuses a parameter to a message that is signed or verified: no mechanism of ours has
// one there.
Answer check_no_parameter(const Operation& operation, const void* parameter, CK_ULONG parameter_bytes);
// need_no_parameter does that for a function that does all in one call, and whose refusal ends the operation.
Answer need_no_parameter(Module& module, Session& session, Activity activity, const void* parameter,
                         CK_ULONG parameter_bytes);

// begin_message starts a message in parts; check_in_message refuses a part of a message that was not begun.
Answer begin_message(Operation& operation);
Answer check_in_message(const Operation& operation);

// end_messages is C_MessageXxxFinal. A message that was begun and not ended is given up.
Answer end_messages(Module& module, Session& session, Activity activity);

// MessageParameter is the parameter of one message to encrypt or decrypt: CK_GCM_MESSAGE_PARAMS,
// CK_CCM_MESSAGE_PARAMS or CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS. The spans are the application's memory:
// the nonce is written when it is made, the tag when a message is encrypted.
struct MessageParameter {
  MutableBytes nonce;
  MutableBytes tag;
  CK_GENERATOR_FUNCTION generator = CKG_NO_GENERATE;
  std::uint32_t fixed_bits = 0;  // of the nonce, when it is made
  std::uint64_t data_bytes = 0;  // of the message, if it is announced (CCM)
};

// read_message_parameter reads the structure that belongs to a mechanism, checking every length. Fails with
// `mechanism_parameter`.
Result<MessageParameter> read_message_parameter(CK_MECHANISM_TYPE mechanism, const void* parameter,
                                                CK_ULONG parameter_bytes);

}  // namespace coffer::pkcs11
