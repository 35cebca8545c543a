// Limits: what every back end refuses, and the bounds of a range.
#include "store/limits.h"

#include <algorithm>

namespace coffer::store {
namespace {

// A bound above every key: longer than any, of the largest octet.
constexpr std::size_t kEndBytes = kKeyBytesMax + 1;
constexpr std::uint8_t kLastOctet = 0xff;

}  // namespace

Status check_key(Bytes key) {
  if (key.empty()) return Error{Code::invalid, "a key is empty"};
  if (key.size() > kKeyBytesMax) return Error{Code::limit, "a key is too long"};
  return {};
}

Status check_transaction(const Transaction& transaction) {
  if (transaction.compares.size() > kComparesMax) return Error{Code::limit, "too many compares at once"};
  if (transaction.writes.size() > kWritesMax) return Error{Code::limit, "too many writes at once"};
  for (const Compare& compare : transaction.compares) TRY(check_key(compare.key));
  std::size_t bytes = 0;
  for (const Write& write : transaction.writes) {
    TRY(check_key(write.key));
    if (write.value.size() > kValueBytesMax) return Error{Code::limit, "a value is too long"};
    bytes += write.key.size() + write.value.size();
  }
  if (bytes > kTransactionBytesMax) return Error{Code::limit, "a transaction is too large"};
  return {};
}

Status check_range(Bytes prefix, Bytes after, std::size_t count_max) {
  if (prefix.size() > kKeyBytesMax || after.size() > kKeyBytesMax) {
    return Error{Code::limit, "a key is too long"};
  }
  if (count_max == 0) return Error{Code::invalid, "a page of no records"};
  if (count_max > kPageRecordsMax) return Error{Code::limit, "a page of too many records"};
  return {};
}

KeyBounds range_bounds(Bytes prefix, Bytes after) {
  KeyBounds bounds{to_buffer(prefix), to_buffer(prefix)};
  if (!after.empty()) {
    // The first key greater than `after` is `after` with a zero octet behind it.
    Buffer successor = to_buffer(after);
    successor.push_back(0);
    bounds.first = std::max(bounds.first, successor);
  }
  // The first key behind all that start with `prefix`: count its last octet up, with carry.
  while (!bounds.end.empty() && bounds.end.back() == kLastOctet) bounds.end.pop_back();
  if (bounds.end.empty()) {
    bounds.end.assign(kEndBytes, kLastOctet);
  } else {
    ++bounds.end.back();
  }
  return bounds;
}

}  // namespace coffer::store
