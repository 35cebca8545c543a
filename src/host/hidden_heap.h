// Hidden heap: malloc(), and so operator new and every library, on the secret arena.
//
// A program that calls hide_heap() gets the functions of malloc(3) from here; before the call they are the C
// library's, and what came from there goes back there. What is large and public says so
// (base/public_memory.h). Sanitizers have a heap of their own: in their builds nothing changes.
#pragma once

#include "host/secret_arena.h"

namespace coffer::host {

// hide_heap lets all memory from now on come from `arena`, which lives until the process ends. Call it once,
// while the process has one thread; it must not fork(2) any more.
void hide_heap(SecretArena& arena);

}  // namespace coffer::host
