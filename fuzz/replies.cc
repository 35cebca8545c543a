// Replies: what a client reads, should the chip at the other end not be the chip.
#include "decode_any.h"
#include "fuzz.h"
#include "targets.h"
#include "wire/message_list.h"

namespace coffer {

namespace {

template <typename... Request>
Status round_trip_any(wire::MessageList<Request...> /*list*/, wire::Op op, Bytes payload) {
  Status status = Error{Code::unsupported, "no such request"};
  static_cast<void>(((wire::kOp<Request> == op &&
                      (status = fuzzing::round_trip<typename Request::Response>(payload), true)) ||
                     ...));
  return status;
}

}  // namespace

// The input is a row of: op, length of the payload, payload.
Status fuzz_replies(Bytes input) {
  fuzzing::Input rest(input);
  while (!rest.empty()) {
    const auto op = static_cast<wire::Op>(rest.number<std::uint16_t>());
    const Bytes payload = rest.piece();
    const Status decoded = fuzzing::decode_any_reply(op, payload);
    CHECK(round_trip_any(wire::AllMessages(), op, payload).ok() == decoded.ok());
    TRY(decoded);
  }
  return {};
}

}  // namespace coffer
