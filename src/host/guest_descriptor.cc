// GuestDescriptor: device, inode and type of what a number means.
#include "host/guest_descriptor.h"

#include <sys/stat.h>

namespace coffer::host {

GuestDescriptor::GuestDescriptor(Descriptor descriptor) : descriptor_(std::move(descriptor)) {
  struct stat about{};
  // Of what cannot be inspected nobody knows later whose it is: its type stays 0, which no file has.
  if (!descriptor_.is_open() || ::fstat(descriptor_.get(), &about) != 0) return;
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
  if (!descriptor_.is_open() || ::fstat(descriptor_.get(), &about) != 0) return false;
  return about.st_dev == device_ && about.st_ino == inode_ && (about.st_mode & S_IFMT) == type_;
}

void GuestDescriptor::close() {
  if (is_ours()) {
    descriptor_.close();
  } else {
    static_cast<void>(descriptor_.release());
  }
}

}  // namespace coffer::host
