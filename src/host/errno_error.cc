// errno_error: the one table from the system's error numbers to codes.
#include "host/errno_error.h"

namespace coffer::host {

Code code_of_errno(int number) {
  switch (number) {
    case ENOENT: return Code::not_found;
    case EEXIST: return Code::exists;
    case EACCES:
    case EPERM:
    case EROFS: return Code::denied;
    case ENOSPC:
    case EFBIG:
    case EDQUOT: return Code::disk_full;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS: return Code::limit;
    case EINVAL:
    case ENAMETOOLONG:
    case EBADF: return Code::invalid;
    case ENOSYS:
    case EOPNOTSUPP: return Code::unsupported;
    case ETIMEDOUT: return Code::timed_out;
    default: return Code::unavailable;
  }
}

}  // namespace coffer::host
