// Listening: watching a listener, and resting.
#include "net/listening.h"

#include <utility>

namespace coffer::net {

Status Listening::start(Loop& loop, const host::Descriptor& listener, Loop::Handler take) {
  loop_ = &loop;
  watch_ = TRY(loop.watch(listener, kReadable, std::move(take)));
  return {};
}

void Listening::rest() {
  if (!std::exchange(is_resting_, true)) loop_->change(watch_, 0);
}

void Listening::resume() {
  if (std::exchange(is_resting_, false)) loop_->change(watch_, kReadable);
}

Status Listening::failed(Error error) {
  if (error.code != Code::limit) return error;
  rest();
  return {};
}

}  // namespace coffer::net
