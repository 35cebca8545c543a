// Async: requests of sessions with CKF_ASYNC_SESSION, which the chip goes on with after it has answered.
#pragma once

#include "codec/binary.h"
#include "pkcs11/module.h"
#include "pkcs11/return_value.h"
#include "pkcs11/session.h"
#include "wire/operation_messages.h"

namespace coffer::pkcs11 {

// start_encoded_job sends an encoded request as a job of the session.
Answer start_encoded_job(Module& module, Session& session, wire::Op op, Bytes request);

// start_job makes the chip begin with a request, and answers CKR_PENDING; CKR_OPERATION_ACTIVE when the
// session waits for another.
template <typename Request>
Answer start_job(Module& module, Session& session, const Request& request) {
  codec::WipingBuffer encoded;
  codec::encode_secret_into(request, encoded.octets);
  return start_encoded_job(module, session, wire::kOp<Request>, encoded.octets);
}

}  // namespace coffer::pkcs11
