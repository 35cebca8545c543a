// decode_any: what decodes a payload by its number alone.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "wire/frame.h"

namespace coffer::fuzzing {

// decode_any decodes a payload as the request that `op` names, and throws the result away. Fails with
// `malformed`, and with `unsupported` for an op that no request has.
Status decode_any(wire::Op op, Bytes payload);

// decode_any_reply does the same for the reply to `op`.
Status decode_any_reply(wire::Op op, Bytes payload);

}  // namespace coffer::fuzzing
