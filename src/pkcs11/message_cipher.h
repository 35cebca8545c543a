// Message ciphers: authenticated encryption of many messages with one key; nonce and tag stand in each
// message's parameter, not in the ciphertext.
#pragma once

#include "base/bytes.h"
#include "pkcs11/message.h"

namespace coffer::pkcs11 {

// Message is what the application passes with one message, or with a part of one.
struct Message {
  const void* parameter = nullptr;
  CK_ULONG parameter_bytes = 0;
  const CK_BYTE* associated = nullptr;
  CK_ULONG associated_bytes = 0;
  const CK_BYTE* data = nullptr;
  CK_ULONG data_bytes = 0;
};

// cipher_message is C_EncryptMessage, C_DecryptMessage.
Answer cipher_message(Module& module, Session& session, Activity activity, const Message& message,
                      Output output);

// cipher_message_begin is C_EncryptMessageBegin, C_DecryptMessageBegin.
Answer cipher_message_begin(Module& module, Session& session, Activity activity, const Message& message);

// cipher_message_next is C_EncryptMessageNext, C_DecryptMessageNext. A part is taken only when its output
// fits. A decryption gives everything with the last part: nothing is released before the tag was right. So
// does CCM, which begins with the size.
Answer cipher_message_next(Module& module, Session& session, Activity activity, const Message& message,
                           Output output, bool is_last);

}  // namespace coffer::pkcs11
