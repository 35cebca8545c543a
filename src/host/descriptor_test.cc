// Tests of Descriptor and Deadline.
#include "host/descriptor.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>

#include "host/deadline.h"
#include "host/testing.h"

namespace coffer::host {
namespace {

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

Descriptor open_something() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(Descriptor, ClosesAtTheEndOfItsLife) {
  int number = -1;
  {
    const Descriptor descriptor = open_something();
    number = descriptor.get();
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Descriptor, ClosesItsOldOneWhenItTakesANewOne) {
  Descriptor descriptor = open_something();
  Descriptor other = open_something();
  const int old_number = descriptor.get();
  descriptor = std::move(other);
  EXPECT_FALSE(is_open(old_number));
}

TEST(Descriptor, ReleaseLeavesItOpen) {
  Descriptor descriptor = open_something();
  const Descriptor taken(descriptor.release());
  EXPECT_FALSE(descriptor.is_open());
  EXPECT_TRUE(is_open(taken.get()));
}

TEST(Descriptor, DuplicateClosesOnExec) {
  const Descriptor copy = open_something().duplicate().value();
  EXPECT_EQ(::fcntl(copy.get(), F_GETFD), FD_CLOEXEC);
}

TEST(Descriptor, AdoptSetsCloseOnExec) {
  const Descriptor adopted = Descriptor::adopt_inherited(::open("/dev/null", O_RDONLY)).value();
  EXPECT_EQ(::fcntl(adopted.get(), F_GETFD), FD_CLOEXEC);
}

TEST(Descriptor, AdoptRefusesAnEmptyNumber) {
  EXPECT_EQ(Descriptor::adopt_inherited(1000).error().code, Code::invalid);
}

TEST(Deadline, NeverWaitsForEver) { EXPECT_EQ(Deadline::never().poll_milliseconds(), -1); }

TEST(Deadline, WaitsNotAtAllWhenItHasPassed) {
  EXPECT_EQ(Deadline::after(std::chrono::milliseconds(-5)).poll_milliseconds(), 0);
}

TEST(Deadline, RoundsUpSoThatNobodySpinsThroughTheLastMillisecond) {
  const Deadline deadline = Deadline::after(std::chrono::hours(1));
  EXPECT_GT(deadline.poll_milliseconds(), 3'599'000);
  EXPECT_LE(deadline.poll_milliseconds(), 3'600'000);
}

}  // namespace
}  // namespace coffer::host
