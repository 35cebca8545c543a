// Tests of inheritance: closed streams, and limits on files.
#include "host/inheritance.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "host/errno_error.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::run_in_child;
using testing::TemporaryDirectory;

int limit_files(rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  return ::setrlimit(RLIMIT_NOFILE, &limit);
}

TEST(MendInheritance, TakesTheNumbersOfClosedStreams) {
  const int status = run_in_child([] {
    for (int stream = 0; stream <= 2; ++stream) ::close(stream);
    if (!mend_inheritance().ok()) return 2;
    return ::open("/dev/null", O_RDONLY) > STDERR_FILENO ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(MendInheritance, LetsAClosedStreamFailAsBefore) {
  const int status = run_in_child([] {
    ::close(STDIN_FILENO);
    ::close(STDERR_FILENO);
    if (!mend_inheritance().ok()) return 2;
    char octet = 0;
    if (::read(STDIN_FILENO, &octet, 1) != -1 || errno != EBADF) return 3;
    return ::write(STDERR_FILENO, "x", 1) == -1 && errno == EBADF ? 0 : 4;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(MendInheritance, LetsChildrenBeWaitedFor) {
  const int status = run_in_child([] {
    ::signal(SIGCHLD, SIG_IGN);
    if (!mend_inheritance().ok()) return 2;
    return exited_with(run_in_child([] { return 7; }), 7) ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(CheckVaultLimits, RefusesFilesThatMayNotGrow) {
  const int status = run_in_child([] {
    const rlimit limit{kFileBytesMin - 1, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    const Status checked = check_vault_limits();
    return !checked.ok() && checked.error().code == Code::limit ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(CheckVaultLimits, RefusesTooFewProcesses) {
  const int status = run_in_child([] {
    constexpr uid_t kNobodyElse = 65531;
    if (::geteuid() == 0 && ::setuid(kNobodyElse) != 0) return 2;
    const rlimit few{kTasksMin, kTasksMin};  // and this process is one
    if (::setrlimit(RLIMIT_NPROC, &few) != 0) return 3;
    const Status checked = check_vault_limits();
    return !checked.ok() && checked.error().code == Code::limit ? 0 : 4;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(MendInheritance, LeavesOpenStreamsAlone) {
  const int status = run_in_child([] {
    const int file = ::open("/", O_RDONLY | O_DIRECTORY);
    ::dup2(file, STDIN_FILENO);
    if (!mend_inheritance().ok()) return 2;
    struct stat about{};
    return ::fstat(STDIN_FILENO, &about) == 0 && S_ISDIR(about.st_mode) ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(MendInheritance, MakesAFileThatMayNotGrowAnError) {
  const TemporaryDirectory directory;
  const int status = run_in_child([&] {
    if (!mend_inheritance().ok()) return 2;
    const rlimit limit{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 3;
    const Buffer content(2000);
    const Status written = write_file_durably(directory / "file", content);
    if (written.ok() || written.error().code != Code::disk_full) return 4;
    return file_exists(directory / "file") ? 5 : 0;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(MendInheritance, RaisesALowLimitOnOpenFiles) {
  const int status = run_in_child([] {
    if (limit_files(16, kFilesMin) != 0) return 2;
    if (!mend_inheritance().ok()) return 3;
    return ::fcntl(STDIN_FILENO, F_DUPFD, static_cast<int>(kFilesMin) - 1) >= 0 ? 0 : 4;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(MendInheritance, RefusesALimitThatIsTooLow) {
  const int status = run_in_child([] {
    if (limit_files(16, 16) != 0) return 2;
    const Status mended = mend_inheritance();
    return !mended.ok() && mended.error().code == Code::limit ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(CheckAddressSpace, RefusesALimitThatIsTooLow) {
  EXPECT_TRUE(check_address_space().ok());
  const int status = run_in_child([] {
    const rlimit limit{kAddressSpaceBytesMin - 1, kAddressSpaceBytesMin - 1};
    if (::setrlimit(RLIMIT_AS, &limit) != 0) return 2;
    const Status checked = check_address_space();
    return !checked.ok() && checked.error().code == Code::limit ? 0 : 3;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

}  // namespace
}  // namespace coffer::host
