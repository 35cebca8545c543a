// Tests of descriptors in a program that closes numbers that are not its own.
#include "host/guest_descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <utility>

namespace coffer::host {
namespace {

// Kind is a kind of file that can be told from others of its kind.
struct Kind {
  const char* name;
  std::function<int()> open;
};

const Kind kKinds[] = {
    {"Socket", [] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }},
    {"Memfd", [] { return ::memfd_create("test", 0); }},
    {"File", [] { return ::open("/tmp", O_TMPFILE | O_RDWR, 0600); }},
    {"Directory", [] { return ::open("/", O_PATH | O_DIRECTORY); }},
};

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

// Takeover is what a number may mean after the program has closed it.
class Takeover : public ::testing::TestWithParam<Kind> {};
INSTANTIATE_TEST_SUITE_P(GuestDescriptor, Takeover, ::testing::ValuesIn(kKinds),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(Takeover, IsOursUntilSomebodyElseClosesIt) {
  const int number = GetParam().open();
  {
    const GuestDescriptor ours{Descriptor(number)};
    EXPECT_TRUE(ours.is_ours());
    ::close(number);
    EXPECT_FALSE(ours.is_ours());
  }
  const int again = GetParam().open();
  ASSERT_TRUE(is_open(number));
  {
    const GuestDescriptor ours{Descriptor(again)};
  }
  EXPECT_FALSE(is_open(again)) << "what is ours is closed";
}

TEST_P(Takeover, LeavesAloneWhateverTheNumberMeansNow) {
  for (const Kind& other : kKinds) {
    if (std::string_view(other.name) == "Directory" && std::string_view(GetParam().name) == "Directory")
      continue;
    const int number = GetParam().open();
    {
      GuestDescriptor ours{Descriptor(number)};
      const int theirs = other.open();
      ASSERT_EQ(::dup2(theirs, number), number);
      ::close(theirs);
      EXPECT_FALSE(ours.is_ours()) << other.name;
      GuestDescriptor moved(std::move(ours));
      EXPECT_FALSE(moved.is_ours()) << other.name;
      moved = GuestDescriptor();
      EXPECT_TRUE(is_open(number)) << other.name << " was closed by an assignment";
      moved.close();
    }
    EXPECT_TRUE(is_open(number)) << other.name << " was closed";
    ::close(number);
  }
}

TEST(GuestDescriptor, OfNothingIsNotOurs) {
  EXPECT_FALSE(GuestDescriptor().is_ours());
  EXPECT_FALSE(GuestDescriptor(Descriptor(-1)).is_ours());
  EXPECT_FALSE(GuestDescriptor(Descriptor(1000000)).is_ours());
}

TEST(Descriptor, IsMovedAboveTheStandardStreams) {
  const int input = ::dup(STDIN_FILENO);
  ::close(STDIN_FILENO);
  auto above = Descriptor(::open("/dev/null", O_RDONLY)).above_streams();
  EXPECT_FALSE(is_open(STDIN_FILENO));
  ::dup2(input, STDIN_FILENO);
  ::close(input);
  ASSERT_TRUE(above.ok());
  EXPECT_GT(above.value().get(), STDERR_FILENO);
  const int number = above.value().get();
  EXPECT_EQ(std::move(above.value()).above_streams().value().get(), number);
}

}  // namespace
}  // namespace coffer::host
