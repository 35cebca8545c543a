// Loop: waits for many descriptors in one thread and calls whoever watches the one that is ready.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/result.h"
#include "host/descriptor.h"

namespace coffer::net {

// kReadable and kWritable are what can be waited for. The end of a stream is readable.
inline constexpr std::uint32_t kReadable = 1;
inline constexpr std::uint32_t kWritable = 4;

// Loop belongs to one thread. Level-triggered: what is not taken is told again.
class Loop final {
 public:
  using Handler = std::function<void()>;

  static Result<std::unique_ptr<Loop>> create();

  // watch calls `handler` when `descriptor` is ready for one of `wanted`; it gives the number of the watch.
  Result<std::uint64_t> watch(const host::Descriptor& descriptor, std::uint32_t wanted, Handler handler);
  // change waits for something else; 0: for nothing but the end.
  void change(std::uint64_t watch, std::uint32_t wanted);
  // forget must come before the descriptor is closed. A handler may forget its own watch.
  void forget(std::uint64_t watch);

  // turn waits at most `milliseconds` and calls the handlers of what is ready.
  void turn(int milliseconds);

 private:
  struct Watch {
    int descriptor = -1;
    std::uint32_t wanted = 0;
    std::shared_ptr<Handler> handler;  // shared: a handler that is running may forget its watch
  };
  explicit Loop(host::Descriptor set) : set_(std::move(set)) {}

  host::Descriptor set_;
  std::uint64_t next_ = 1;
  std::unordered_map<std::uint64_t, Watch> watches_;
};

}  // namespace coffer::net
