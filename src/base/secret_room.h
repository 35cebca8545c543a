// Secret room: how much of the hidden memory is left, so that what grows can ask before it is too late.
//
// Hidden memory has an end (RLIMIT_MEMLOCK). Who keeps what can be had again gives it up when the room is
// low; when it is scarce nothing new begins that stays. So nothing secret has to lie where it is not hidden.
#pragma once

#include <cstddef>
#include <cstdint>

namespace coffer {

// SecretRoom tells how much is left: more than the reserve, less, or less than half of it.
enum class SecretRoom : std::uint8_t { plenty, low, scarce };

// SecretLimit says where the end is: how much more is as well hidden, and how much of it is to be left to the
// requests that are being answered.
struct SecretLimit {
  std::size_t (*bytes_left)() = nullptr;  // null: there is no end
  std::size_t reserve_bytes = 0;
};

// use_secret_limit sets it; call once, before another thread is there.
void use_secret_limit(const SecretLimit& limit);

// secret_room tells how much is left now; where there is no end, plenty.
SecretRoom secret_room();

// has_secret_room tells whether `bytes` more fit beside the reserve.
bool has_secret_room(std::size_t bytes);

// leaves_last_room tells whether `bytes` more leave a quarter of the reserve: that is for what a request
// needs while it is answered, first of all a PIN, and nobody may keep anything in it.
bool leaves_last_room(std::size_t bytes);

}  // namespace coffer
