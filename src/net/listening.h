// Listening: a socket where connections wait, watched while there is room for them.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "host/descriptor.h"
#include "net/loop.h"

namespace coffer::net {

// Listening belongs to the thread of its loop, which outlives it, as the listener does.
class Listening final {
 public:
  // start calls `take` whenever connections wait: it takes some, or says rest().
  Status start(Loop& loop, const host::Descriptor& listener, Loop::Handler take);

  // rest leaves the connections waiting until resume(): otherwise the loop would tell of them again and
  // again.
  void rest();
  void resume();

  // failed judges why none could be taken: for want of descriptors or memory it rests, and all else is final.
  Status failed(Error error);

 private:
  Loop* loop_ = nullptr;
  std::uint64_t watch_ = 0;
  bool is_resting_ = false;
};

}  // namespace coffer::net
