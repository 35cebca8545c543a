// GuestDescriptor: a file descriptor of a library, in a program that may close any number and use it anew.
#pragma once

#include <sys/types.h>

#include <utility>

#include "host/descriptor.h"

namespace coffer::host {

// GuestDescriptor owns a file descriptor as long as its number means the file that it meant at first. A
// program that becomes a daemon closes every number above 2, and opens files of its own, which get the same
// numbers: those are never closed here, and whoever asks is_ours() before each use never reads or writes
// them. Only files with an inode of their own can be told apart: sockets, memfds and what has a name; no
// eventfd.
//
// Between the question and the use another thread of the program may still close the number; the kernel
// offers nothing against that. Not safe from many threads at once but for is_ours() and descriptor().
class GuestDescriptor final {
 public:
  GuestDescriptor() = default;
  explicit GuestDescriptor(Descriptor descriptor);

  GuestDescriptor(const GuestDescriptor&) = delete;
  GuestDescriptor& operator=(const GuestDescriptor&) = delete;
  GuestDescriptor(GuestDescriptor&&) noexcept = default;
  GuestDescriptor& operator=(GuestDescriptor&& other) noexcept;
  ~GuestDescriptor() { close(); }

  // is_ours asks the kernel whether the number still means the same file; false when there is none.
  [[nodiscard]] bool is_ours() const;
  // descriptor is for system calls that follow is_ours().
  [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }
  // close closes the file if it is still there, and forgets the number.
  void close();

 private:
  Descriptor descriptor_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  mode_t type_ = 0;
};

}  // namespace coffer::host
