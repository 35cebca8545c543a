// Vault owner: the directories above a home, and the kernel's word about a connection.
#include "host/vault_owner.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/errno_error.h"
#include "host/vault_home.h"

namespace coffer::host {

namespace {

// may_be_anybodys tells whether a part of an absolute path was made where everybody may make something, by
// somebody who is neither this process's user nor root.
bool may_be_anybodys(const std::string& path) {
  bool all_may_write = false;
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    struct stat about{};
    // What cannot be seen cannot be reached either.
    if (::lstat(path.substr(0, end).c_str(), &about) != 0) return false;
    if (all_may_write && about.st_uid != 0 && about.st_uid != ::geteuid()) return true;
    all_may_write = S_ISDIR(about.st_mode) && (about.st_mode & S_IWOTH) != 0;
  }
  return false;
}

}  // namespace

Result<uid_t> vault_owner(const std::string& home) {
  struct stat about{};
  if (::stat(home.c_str(), &about) != 0) return errno_error("the directory of the vault is not to be seen");
  if (may_be_anybodys(home) || may_be_anybodys(TRY(resolve_vault_home(home)))) {
    return Error{
        Code::corrupt,
        "the vault lies where everybody may make one, and belongs to another user: it may be a trap"};
  }
  return about.st_uid;
}

Status check_answers(const Descriptor& socket, uid_t owner) {
  ucred answering{};
  socklen_t length = sizeof(answering);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &answering, &length) != 0)
    return errno_error("cannot tell who the peer is");
  if (answering.uid == owner) return {};
  return Error{Code::corrupt, "a process of somebody else than the vault's owner answers at its socket"};
}

}  // namespace coffer::host
