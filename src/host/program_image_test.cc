// Tests of ProgramImage: who runs from one was never readable by his own user.
#include "host/program_image.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "host/deadline.h"
#include "host/process.h"
#include "host/socket.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::run_in_child;
using testing::TemporaryDirectory;

constexpr uid_t kNobody = 65534;

// Runs a test in another program; true when it passed there.
bool passes(SpawnRequest program, const std::string& test, const std::string& expectation) {
  program.arguments = {"test", "--gtest_filter=ProgramImage.DISABLED_" + test,
                       "--gtest_also_run_disabled_tests"};
  program.environment = {"COFFER_TEST_EXPECTS=" + expectation};
  const Child child = spawn(program).value();
  const std::array numbers{child.pidfd.get()};
  static_cast<void>(wait_readable(numbers, Deadline::never()));
  return try_reap(child)->number == 0;
}

bool passes_in(const Descriptor& program, const char* expectation) {
  return passes({.image = program.get()}, "KnowsHowItWasBorn", expectation);
}

std::string expectation() {
  const char* const text = std::getenv("COFFER_TEST_EXPECTS");
  return text == nullptr ? "" : text;
}

// Runs a test as a user who may run a copy of this program and not read it; the copy is root's, or his.
int run_unreadable_copy(bool is_roots, const std::string& expectation) {
  const TemporaryDirectory directory;
  const std::string copy = directory / "copy";
  return run_in_child([&] {
    namespace fs = std::filesystem;
    fs::copy_file("/proc/self/exe", copy);
    fs::permissions(copy, is_roots ? fs::perms{0711} : fs::perms{0111});
    fs::permissions(directory.path(), fs::perms{0755});
    const bool is_root = ::geteuid() == 0;
    if (is_root && !is_roots && ::chown(copy.c_str(), kNobody, kNobody) != 0) return 2;
    if (is_root && ::setresuid(kNobody, kNobody, kNobody) != 0) return 3;
    return passes({.executable = copy}, "NeedsNoCopy", expectation) ? 0 : 4;
  });
}

TEST(ProgramImage, RunsAndIsUnreadableFromTheStart) {
  const int status = run_in_child([] {
    if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) return 2;
    const auto image = make_program_image();
    if (!image.ok()) return 3;
    if (!passes_in(image.value(), "unreadable")) return 4;
    const Descriptor disk(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    return passes_in(disk, "readable") ? 0 : 5;
  });
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

// Runs in the programs that the other tests start.
TEST(ProgramImage, DISABLED_KnowsHowItWasBorn) {
  ASSERT_NE(expectation(), "");
  EXPECT_EQ(was_unreadable_from_start(), expectation() == "unreadable");
}

TEST(ProgramImage, IsTheProgramItselfWhereOnlyRootMayReadIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a program of root's";
  const int status = run_unreadable_copy(true, "given");
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

TEST(ProgramImage, IsRefusedWhereItsUserCouldMakeTheProgramReadable) {
  const int status = run_unreadable_copy(false, "refused");
  EXPECT_TRUE(exited_with(status, 0)) << WEXITSTATUS(status);
}

// Runs in the programs that the two tests above start.
TEST(ProgramImage, DISABLED_NeedsNoCopy) {
  ASSERT_NE(expectation(), "");
  EXPECT_TRUE(was_unreadable_from_start());
  const auto image = own_program_image();
  ASSERT_EQ(image.ok(), expectation() == "given") << image.error().text;
  if (!image.ok()) {
    EXPECT_EQ(image.error().code, Code::denied);
    return;
  }
  // The code is among them, and a constant.
  const Buffer octets = program_octets(image.value()).value();
  EXPECT_GT(octets.size(), 1U << 20U);
  EXPECT_NE(as_text(octets).find("a constant of this test"), std::string_view::npos);
  EXPECT_TRUE(passes_in(image.value(), "unreadable"));
}

TEST(ProgramImage, CannotBeChanged) {
  const Descriptor image = make_program_image().value();
  EXPECT_LT(::write(image.get(), "x", 1), 0);
  EXPECT_NE(::ftruncate(image.get(), 0), 0);
  const Buffer octets = program_octets(image).value();
  EXPECT_EQ(as_text(Bytes(octets).subspan(1, 3)), "ELF");
}

}  // namespace
}  // namespace coffer::host
