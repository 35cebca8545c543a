// The table of messages: how the payload of each request and reply is decoded, encoded again, and masked.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::traces {

// Recode decodes a payload as one type of message and encodes it again.
using Recode = Result<Buffer> (*)(Bytes payload);

// MessageRow is a request with its reply.
struct MessageRow {
  std::uint16_t op = 0;
  std::string_view name;  // of the request's type
  Recode request = nullptr;
  Recode reply = nullptr;  // null: it has no answer
};

// chip_messages are those of wire::AllMessages.
std::span<const MessageRow> chip_messages();

// find_message gives the row of an op at a place (Exchange::place), null when there is none.
const MessageRow* find_message(std::string_view place, std::uint16_t op);

// Mask is a field of a reply whose value is another in each build or on each machine.
struct Mask {
  std::uint16_t op = 0;
  std::string_view name;
  std::string_view reason;
  Result<Buffer> (*apply)(Bytes reply) = nullptr;  // gives the reply with something else in the field's place
};

// masks lists them.
std::span<const Mask> masks();

}  // namespace coffer::traces
