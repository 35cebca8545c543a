// Dispatch by Op to the decoder of each message.
#include "decode_any.h"

#include "codec/binary.h"
#include "wire/message_list.h"

namespace coffer::fuzzing {

namespace {

template <typename Message>
Status decode_and_drop(Bytes payload) {
  const auto decoded = codec::decode<Message>(payload);
  return decoded.ok() ? Status{} : Status(decoded.error());
}

constexpr Error kUnknown{Code::unsupported, "no request has this number"};

template <typename... Request>
Status decode_request(wire::MessageList<Request...> /*list*/, wire::Op op, Bytes payload) {
  Status done = kUnknown;
  static_cast<void>(((wire::kOp<Request> == op && (done = decode_and_drop<Request>(payload), true)) || ...));
  return done;
}

template <typename... Request>
Status decode_reply(wire::MessageList<Request...> /*list*/, wire::Op op, Bytes payload) {
  Status done = kUnknown;
  static_cast<void>(
      ((wire::kOp<Request> == op && (done = decode_and_drop<typename Request::Response>(payload), true)) ||
       ...));
  return done;
}

}  // namespace

Status decode_any(wire::Op op, Bytes payload) { return decode_request(wire::AllMessages{}, op, payload); }

Status decode_any_reply(wire::Op op, Bytes payload) { return decode_reply(wire::AllMessages{}, op, payload); }

}  // namespace coffer::fuzzing
