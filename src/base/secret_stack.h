// on_secret_stack: runs code where what it leaves on the stack is as well hidden as its keys.
#pragma once

#include <cstddef>
#include <functional>

namespace coffer {

// kSecretStackBytes is the room for one such stack, with the page below it that catches an overflow.
inline constexpr std::size_t kSecretStackBytes = std::size_t{256} << 10U;

// on_secret_stack calls `body` on a stack in secret memory (base/secret.h) and returns when it has: libraries
// put parts of keys on the stack, and forget them there. The stack is wiped afterwards. Before
// use_secret_memory() it just calls `body`. What is thread_local, and the thread itself, stay where they
// were. No exception may leave `body`; it may not end the thread.
void on_secret_stack(const std::function<void()>& body);

}  // namespace coffer
