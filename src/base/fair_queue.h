// FairQueue: a queue in which every key has its turn, so that whoever puts most in does not make the others
// wait.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

#include "base/check.h"

namespace coffer {

// FairQueue gives one item of each key in turn, and the items of one key in their order. For one thread at a
// time.
template <typename Key, typename Item>
class FairQueue final {
 public:
  void push(const Key& key, Item item) {
    Lane& lane = lanes_[key];
    if (lane.items.empty()) {
      lane.key = key;
      turns_.push_back(&lane);
    }
    lane.items.push_back(std::move(item));
    ++size_;
  }

  // next is the item whose turn it is, and pop takes it; the queue must not be empty.
  [[nodiscard]] const Item& next() const {
    CHECK(!turns_.empty());
    return turns_.front()->items.front();
  }
  Item pop() {
    CHECK(!turns_.empty());
    Lane* const lane = turns_.front();
    turns_.pop_front();
    Item item = std::move(lane->items.front());
    lane->items.pop_front();
    --size_;
    if (!lane->items.empty()) {
      turns_.push_back(lane);
    } else if (lanes_.size() > kIdleLanesMax) {
      const Key key = lane->key;
      lanes_.erase(key);
    }
    return item;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  // Empty lanes are kept for their next item, unless there are many.
  static constexpr std::size_t kIdleLanesMax = 64;

  struct Lane {
    Key key{};
    std::deque<Item> items;
  };

  std::map<Key, Lane> lanes_;
  std::deque<Lane*> turns_;  // lanes with items, in the order of their turns
  std::size_t size_ = 0;
};

}  // namespace coffer
