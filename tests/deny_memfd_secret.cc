// Runs a program on a kernel that seems to have no hidden memory: memfd_secret(2) fails as where it is
// switched off.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>

// SYS_memfd_secret (Linux 5.14) on every architecture; the headers of Debian 12's C library are older.
constexpr unsigned kMemfdSecret = 447;

int main(int count, char** values) {
  if (count < 2) {
    std::fprintf(stderr, "usage: deny_memfd_secret PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  std::array filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMemfdSecret, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{filter.size(), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    std::perror("deny_memfd_secret: no filter");
    return 1;
  }
  ::execvp(values[1], values + 1);
  std::perror("deny_memfd_secret: no program");
  return 1;
}
