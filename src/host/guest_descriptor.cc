// GuestDescriptor: device, inode and type of what a number means.
#include "host/guest_descriptor.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace coffer::host {

namespace {

// fstat(2) itself: libraries ask newfstatat(2), which the net door's filter refuses, for that one takes names
// too.
bool look_at(const Descriptor& descriptor, struct stat& about) {
  return descriptor.is_open() && ::syscall(SYS_fstat, descriptor.get(), &about) == 0;
}

}  // namespace

GuestDescriptor::GuestDescriptor(Descriptor descriptor) : descriptor_(std::move(descriptor)) {
  struct stat about{};
  // Of what cannot be inspected nobody knows later whose it is: its type stays 0, which no file has.
  if (!look_at(descriptor_, about)) return;
  device_ = about.st_dev;
  inode_ = about.st_ino;
  type_ = about.st_mode & S_IFMT;
}

GuestDescriptor& GuestDescriptor::operator=(GuestDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::move(other.descriptor_);
    device_ = other.device_;
    inode_ = other.inode_;
    type_ = other.type_;
  }
  return *this;
}

bool GuestDescriptor::is_ours() const {
  struct stat about{};
  return look_at(descriptor_, about) && about.st_dev == device_ && about.st_ino == inode_ &&
         (about.st_mode & S_IFMT) == type_;
}

void GuestDescriptor::close() {
  if (is_ours()) {
    descriptor_.close();
  } else {
    static_cast<void>(descriptor_.release());
  }
}

}  // namespace coffer::host
