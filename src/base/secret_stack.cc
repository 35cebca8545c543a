// on_secret_stack: a context of ucontext(3) whose stack comes from the secret memory.
//
// A thread that is created on such memory would be simpler, but pthread_join() waits for a word at the top of
// the stack with a futex that the kernel refuses in hidden memory.
#include "base/secret_stack.h"

#include <sys/mman.h>
#include <ucontext.h>

#include <cstdint>

#include "base/check.h"
#include "base/secret.h"

namespace coffer {

namespace {

constexpr std::size_t kGuardBytes = 4096;

struct Switch {
  const std::function<void()>* body = nullptr;
  ucontext_t home{};
  ucontext_t away{};
};

// makecontext() passes nothing but ints: a pointer comes in two halves.
void enter(unsigned high, unsigned low) {
  const auto address = (std::uintptr_t{high} << 32U) | low;
  (*reinterpret_cast<const Switch*>(address)->body)();
}

}  // namespace

void on_secret_stack(const std::function<void()>& body) {
  const SecretMemory* const memory = installed_secret_memory();
  if (memory == nullptr) return body();
  auto* const stack = static_cast<std::uint8_t*>(memory->allocate(kSecretStackBytes));
  CHECK(::mprotect(stack, kGuardBytes, PROT_NONE) == 0);

  Switch change{.body = &body};
  CHECK(::getcontext(&change.away) == 0);
  change.away.uc_stack.ss_sp = stack + kGuardBytes;
  change.away.uc_stack.ss_size = kSecretStackBytes - kGuardBytes;
  change.away.uc_link = &change.home;
  const auto address = reinterpret_cast<std::uintptr_t>(&change);
  ::makecontext(&change.away, reinterpret_cast<void (*)()>(&enter), 2, static_cast<unsigned>(address >> 32U),
                static_cast<unsigned>(address));
  CHECK(::swapcontext(&change.home, &change.away) == 0);

  CHECK(::mprotect(stack, kGuardBytes, PROT_READ | PROT_WRITE) == 0);
  memory->release(stack, kSecretStackBytes);
}

}  // namespace coffer
