// cpu_relax: tells the processor that this thread only watches a word in memory.
#pragma once

namespace coffer::wire {

// cpu_relax costs some ten nanoseconds and lets the other thread of the core run.
inline void cpu_relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

}  // namespace coffer::wire
