// RequestWriter: a request that is not encoded yet, so that it can be encoded straight into its place.
#pragma once

#include <algorithm>
#include <type_traits>

#include "base/bytes.h"
#include "wire/field_writer.h"
#include "wire/frame.h"
#include "wire/use_messages.h"

namespace coffer::wire {

// RequestWriter knows how long a request is and writes it where it is told, once.
class RequestWriter {
 public:
  virtual ~RequestWriter() = default;
  [[nodiscard]] virtual std::size_t bytes() const = 0;
  // reply_bytes_expected is more than bytes() for a request whose reply will be much longer than itself.
  [[nodiscard]] virtual std::size_t reply_bytes_expected() const { return bytes(); }
  // write_to fills `memory`, which has exactly bytes() octets.
  virtual void write_to(MutableBytes memory) const = 0;
};

// MessageWriter writes a message struct, which must outlive it.
template <typename Request>
class MessageWriter final : public RequestWriter {
 public:
  explicit MessageWriter(const Request& request) : request_(request), bytes_(encoded_bytes(request)) {}
  [[nodiscard]] std::size_t bytes() const override { return bytes_; }
  [[nodiscard]] std::size_t reply_bytes_expected() const override {
    if constexpr (std::is_same_v<Request, Random>)
      return std::min<std::size_t>(request_.bytes, kRandomBytesMax);
    return bytes_;
  }
  void write_to(MutableBytes memory) const override { write_fields(request_, memory); }

 private:
  const Request& request_;
  std::size_t bytes_;
};

// EncodedWriter writes octets that are encoded already, and must outlive it.
class EncodedWriter final : public RequestWriter {
 public:
  explicit EncodedWriter(Bytes octets) : octets_(octets) {}
  [[nodiscard]] std::size_t bytes() const override { return octets_.size(); }
  void write_to(MutableBytes memory) const override {
    MemorySink{memory}.put(octets_.data(), octets_.size());
  }

 private:
  Bytes octets_;
};

}  // namespace coffer::wire
