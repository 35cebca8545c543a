// Descriptor: owns one file descriptor and closes it.
#include "host/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include "host/errno_error.h"

namespace coffer::host {

Result<Descriptor> Descriptor::adopt_inherited(int number) {
  if (::fcntl(number, F_SETFD, FD_CLOEXEC) != 0) {
    return Error{Code::invalid, "no descriptor was handed over at this number"};
  }
  return Descriptor(number);
}

void Descriptor::close() {
  // Linux has released the number even when close() reports an error, EINTR included; a second try could hit
  // another thread's new descriptor.
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Result<Descriptor> Descriptor::above_streams() && {
  if (number_ > STDERR_FILENO) return std::move(*this);
  Descriptor above(::fcntl(number_, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!above.is_open()) return errno_error("cannot duplicate a descriptor");
  close();
  return above;
}

Result<Descriptor> Descriptor::duplicate() const {
  Descriptor copy(::fcntl(number_, F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open()) return errno_error("cannot duplicate a descriptor");
  return copy;
}

}  // namespace coffer::host
