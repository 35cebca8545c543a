// Sealed records: both sealings, and a store that rewrites the number in front of one.
#include "record/ladder.h"

#include <gtest/gtest.h>

namespace coffer::record {
namespace {

const SealedFor kPlace{.id = {1}, .type = 3, .version = 7};

class Sealing : public testing::Test {
 protected:
  Buffer sealed(std::uint8_t sealing) {
    SealedFor place = kPlace;
    place.sealing = sealing;
    return seal_record(key, place, as_bytes("a record")).value();
  }
  bool opens(Bytes record) {
    const auto opened = open_record(key, kPlace, record);
    EXPECT_TRUE(opened.ok() || opened.error().code == Code::corrupt);
    return opened.ok() && equal_public(opened.value().reveal(), as_bytes("a record"));
  }

  PartitionKey key = random_partition_key().value();
};

TEST_F(Sealing, IsTheNewestUnlessToldOtherwise) {
  EXPECT_EQ(seal_record(key, kPlace, as_bytes("a record")).value()[0], kRecordSealing);
}

TEST_F(Sealing, RecordsOfEverySealingOpen) {
  for (std::uint8_t each = kRecordSealingOldest; each <= kRecordSealing; ++each) {
    const Buffer record = sealed(each);
    EXPECT_EQ(record[0], each);
    EXPECT_TRUE(opens(record)) << int{each};
  }
}

TEST_F(Sealing, ANumberThatWasRewrittenIsRefused) {
  for (std::uint8_t each = kRecordSealingOldest; each <= kRecordSealing; ++each) {
    for (int other = 0; other < 256; ++other) {
      Buffer record = sealed(each);
      record[0] = static_cast<std::uint8_t>(other);
      EXPECT_EQ(opens(record), other == each) << int{each} << " as " << other;
    }
  }
}

}  // namespace
}  // namespace coffer::record
