// Vault owner: who may answer for a vault. A client shows its PIN to whoever sits at the socket.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "host/descriptor.h"

namespace coffer::host {

// vault_owner gives the user whose vault is in `home`: the directory's owner. Fails with `corrupt` when the
// home may be anybody's making: it lies below a directory in which everybody may make one (/tmp), and what
// was made there belongs neither to this process's user nor to root. Fails with `not_found` and `denied` as
// the directory is not there, or not to be seen.
Result<uid_t> vault_owner(const std::string& home);

// check_answers looks who listens at the other end of a connection, as the kernel recorded it. Fails with
// `corrupt` when that is somebody else than `owner`.
Status check_answers(const Descriptor& socket, uid_t owner);

}  // namespace coffer::host
