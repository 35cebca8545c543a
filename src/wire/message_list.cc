// AllMessages: dispatch by Op to the decoder of each message.
#include "wire/message_list.h"

#include "codec/binary.h"

namespace coffer::wire {

namespace {

constexpr bool ops_are_unique() {
  for (std::size_t i = 0; i < AllMessages::kCount; ++i) {
    for (std::size_t j = i + 1; j < AllMessages::kCount; ++j) {
      if (AllMessages::kOps[i] == AllMessages::kOps[j]) return false;
    }
  }
  return true;
}
static_assert(ops_are_unique());

template <typename Message>
Status decode_and_drop(Bytes payload) {
  const auto decoded = codec::decode<Message>(payload);
  return decoded.ok() ? Status{} : Status(decoded.error());
}

constexpr Error kUnknown{Code::unsupported, "no request has this number"};

template <typename... Request>
Status decode_request(MessageList<Request...> /*list*/, Op op, Bytes payload) {
  Status done = kUnknown;
  static_cast<void>(((Request::kOp == op && (done = decode_and_drop<Request>(payload), true)) || ...));
  return done;
}

template <typename... Request>
Status decode_reply(MessageList<Request...> /*list*/, Op op, Bytes payload) {
  Status done = kUnknown;
  static_cast<void>(
      ((Request::kOp == op && (done = decode_and_drop<typename Request::Response>(payload), true)) || ...));
  return done;
}

}  // namespace

Status decode_any(Op op, Bytes payload) { return decode_request(AllMessages{}, op, payload); }

Status decode_any_reply(Op op, Bytes payload) { return decode_reply(AllMessages{}, op, payload); }

}  // namespace coffer::wire
