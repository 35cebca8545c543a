// Secret room: how much of the hidden memory is left.
#include "base/secret_room.h"

namespace coffer {

namespace {

constinit SecretLimit the_limit{};

bool leaves(std::size_t rest, std::size_t bytes) {
  if (the_limit.bytes_left == nullptr) return true;
  const std::size_t left = the_limit.bytes_left();
  return left >= bytes && left - bytes >= rest;
}

}  // namespace

void use_secret_limit(const SecretLimit& limit) { the_limit = limit; }

SecretRoom secret_room() {
  if (the_limit.bytes_left == nullptr) return SecretRoom::plenty;
  const std::size_t left = the_limit.bytes_left();
  if (left >= the_limit.reserve_bytes) return SecretRoom::plenty;
  return left >= the_limit.reserve_bytes / 2 ? SecretRoom::low : SecretRoom::scarce;
}

bool has_secret_room(std::size_t bytes) { return leaves(the_limit.reserve_bytes, bytes); }

bool leaves_last_room(std::size_t bytes) { return leaves(the_limit.reserve_bytes / 4, bytes); }

}  // namespace coffer
