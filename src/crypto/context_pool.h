// ContextPool: a few prepared contexts of one key, so that an operation pays neither set-up nor a lock.
#pragma once

#include <array>
#include <atomic>

#include "crypto/openssl.h"

namespace coffer::crypto {

// ContextPool holds up to kSlots idle contexts. Any thread may take one, use it alone, and give it back. When
// all are out the caller makes a new one; when all slots are full a returned one is freed. A context whose
// operation failed must not be given back.
template <typename T, auto kRelease>
class ContextPool final {
 public:
  using Context = Owned<T, kRelease>;

  ContextPool() = default;
  ContextPool(const ContextPool&) = delete;
  ContextPool& operator=(const ContextPool&) = delete;
  ~ContextPool() {
    for (std::atomic<T*>& slot : slots_) static_cast<void>(Context(slot.load()));
  }

  // take gives an idle context, or null.
  Context take() {
    for (std::atomic<T*>& slot : slots_) {
      if (slot.load(std::memory_order_relaxed) == nullptr) continue;
      Context context(slot.exchange(nullptr, std::memory_order_acquire));
      if (context != nullptr) return context;
    }
    return nullptr;
  }

  void give(Context context) {
    for (std::atomic<T*>& slot : slots_) {
      T* expected = nullptr;
      if (slot.load(std::memory_order_relaxed) == nullptr &&
          slot.compare_exchange_strong(expected, context.get(), std::memory_order_release,
                                       std::memory_order_relaxed)) {
        static_cast<void>(context.release());
        return;
      }
    }
  }

 private:
  static constexpr std::size_t kSlots = 4;
  std::array<std::atomic<T*>, kSlots> slots_{};
};

using KeyContextPool = ContextPool<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using CipherContextPool = ContextPool<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using MacContextPool = ContextPool<EVP_MAC_CTX, EVP_MAC_CTX_free>;

}  // namespace coffer::crypto
