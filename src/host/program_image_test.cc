// Tests of ProgramImage: who runs from one was never readable by his own user.
#include "host/program_image.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "host/deadline.h"
#include "host/process.h"
#include "host/socket.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

using testing::exited_with;
using testing::run_in_child;

constexpr uid_t kNobody = 65534;

// Runs the last test but one in a program of another kind; true when it passed there.
bool passes_in(const Descriptor& program, const char* expectation) {
  const Child child = spawn({.image = program.get(),
                             .arguments = {"test", "--gtest_filter=ProgramImage.DISABLED_KnowsHowItWasBorn",
                                           "--gtest_also_run_disabled_tests"},
                             .environment = {std::string("COFFER_TEST_BORN=") + expectation}})
                          .value();
  const std::array numbers{child.pidfd.get()};
  static_cast<void>(wait_readable(numbers, Deadline::never()));
  return try_reap(child).value()->number == 0;
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

// Runs in the programs that the test above starts.
TEST(ProgramImage, DISABLED_KnowsHowItWasBorn) {
  const char* const expected = std::getenv("COFFER_TEST_BORN");
  ASSERT_NE(expected, nullptr);
  EXPECT_EQ(was_unreadable_from_start(), std::string(expected) == "unreadable");
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
