// Outcome: what one call gave.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/messages.h"

namespace coffer::extraction {

// Outcome of a call. Not asked: an earlier result that it needs is not there.
struct Outcome {
  Code code = Code::internal;
  bool is_asked = false;
  std::vector<wire::ObjectSummary> objects;
  std::vector<Buffer> octets;
  std::vector<wire::AttributeValue> attributes;
  [[nodiscard]] bool ok() const { return code == Code::ok; }
};

}  // namespace coffer::extraction
