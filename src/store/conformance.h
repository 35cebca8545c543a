// StoreConformance: the tests that every Store must pass (conformance_test.cc), and how a back end joins
// them: INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, testing::Values(make_function)).
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "store/store.h"

namespace coffer::store {

// StoreUnderTest owns a store and whatever it needs to run.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Store& store() = 0;
};

// MakeStore makes an empty store.
using MakeStore = std::unique_ptr<StoreUnderTest> (*)();

// StoreConformance gives each test a fresh store.
class StoreConformance : public testing::TestWithParam<MakeStore> {
 protected:
  StoreConformance() : under_test_(GetParam()()) {}

  [[nodiscard]] Store& store() const { return under_test_->store(); }

 private:
  std::unique_ptr<StoreUnderTest> under_test_;
};

// buffer copies text into a buffer.
inline Buffer buffer(std::string_view text) { return to_buffer(as_bytes(text)); }

// put is a write of a value.
inline Write put(std::string_view key, std::string_view value) { return {buffer(key), false, buffer(value)}; }

// removal is a write that deletes.
inline Write removal(std::string_view key) { return {buffer(key), true, {}}; }

// expect demands that a key was last written at a revision.
inline Compare expect(std::string_view key, Revision revision) { return {buffer(key), revision}; }

// many_writes is `count` writes with distinct keys and values of `value_bytes`.
inline Transaction many_writes(std::size_t count, std::size_t value_bytes) {
  Transaction transaction;
  for (std::size_t i = 0; i < count; ++i) {
    transaction.writes.push_back(
        {buffer("many-" + std::to_string(1'000'000 + i)), false, Buffer(value_bytes, 7)});
  }
  return transaction;
}

}  // namespace coffer::store
