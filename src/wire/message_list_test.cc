// Every message of the wire: it comes back as it went, and nothing but itself is accepted.
#include "wire/message_list.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "codec/binary.h"
#include "wire/field_writer.h"

namespace coffer::wire {
namespace {

constexpr bool ops_are_unique() {
  for (std::size_t i = 0; i < AllMessages::kCount; ++i) {
    for (std::size_t j = i + 1; j < AllMessages::kCount; ++j) {
      if (AllMessages::kOps[i] == AllMessages::kOps[j]) return false;
    }
  }
  return true;
}
static_assert(ops_are_unique());

// Filler is a visitor that puts something into every field, different each time and within its limits.
class Filler {
 public:
  template <codec::Integer T>
  Status operator()(T& value) {
    value = static_cast<T>(next());
    return {};
  }
  Status operator()(bool& value) {
    value = next() % 2 == 1;
    return {};
  }
  template <typename T>
    requires std::is_enum_v<T>
  Status operator()(T& value) {
    do {
      value = static_cast<T>(next() % 8);
    } while (!is_valid(value));
    return {};
  }
  template <std::size_t N>
  Status operator()(std::array<std::uint8_t, N>& value) {
    for (std::uint8_t& octet : value) octet = static_cast<std::uint8_t>(next());
    return {};
  }
  template <std::size_t N>
  Status operator()(Secret<N>& value) {
    for (std::uint8_t& octet : value.reveal()) octet = static_cast<std::uint8_t>(next());
    return {};
  }
  Status operator()(Bytes& value, std::size_t bytes_max) {
    value = octets(bytes_max);
    return {};
  }
  Status operator()(Buffer& value, std::size_t bytes_max) {
    value = octets(bytes_max);
    return {};
  }
  Status operator()(std::string& value, std::size_t bytes_max) {
    value = std::string(as_text(octets(bytes_max)));
    return {};
  }
  Status operator()(SecretBytes& value, std::size_t bytes_max) {
    value = SecretBytes::copy_of(octets(bytes_max));
    return {};
  }
  template <typename T>
    requires requires(Filler& filler, T& in) { T::fields(filler, in); }
  Status operator()(T& value) {
    return T::fields(*this, value);
  }
  template <typename T>
  Status operator()(std::optional<T>& value) {
    return (*this)(value.emplace());
  }
  template <typename T, typename... ElementLimit>
  Status operator()(std::vector<T>& list, std::size_t count_max, ElementLimit... bytes_max) {
    list.resize(std::min<std::size_t>(3, count_max));
    for (T& element : list) TRY((*this)(element, bytes_max...));
    return {};
  }

 private:
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return state_ >> 33U;
  }
  // Views need somebody who owns the octets: this list does, and never moves them.
  const Buffer& octets(std::size_t bytes_max) {
    Buffer& made = owned_.emplace_back(std::min<std::size_t>(5 + next() % 20, bytes_max));
    for (std::uint8_t& octet : made) octet = static_cast<std::uint8_t>('a' + next() % 26);
    return made;
  }

  std::uint64_t state_ = 20260101;
  std::deque<Buffer> owned_;
};

// Encoded is a message written in both ways: appended to a buffer, and into a place of the right size.
struct Encoded {
  Buffer appended;
  Buffer in_place;
  std::size_t written = 0;
};

template <typename Message>
Encoded encode(const Message& message) {
  Encoded encoded;
  codec::encode_secret_into(message, encoded.appended);
  encoded.in_place.resize(encoded_bytes(message));
  encoded.written = write_fields(message, encoded.in_place);
  return encoded;
}

// sample encodes a message with something in every field.
template <typename Message>
Encoded sample() {
  Filler filler;
  Message message{};
  static_cast<void>(filler(message).ok());  // A Filler never fails.
  return encode(message);
}

template <typename Message>
Result<Encoded> decode_and_encode(Bytes octets) {
  const Message message = TRY(codec::decode<Message>(octets));
  return encode(message);
}

// SecretFinder is a visitor that notices fields of secret types, in lists too.
struct SecretFinder {
  bool found = false;

  template <AnySecret T, typename... Limits>
  Status operator()(const T& /*value*/, Limits... /*limits*/) {
    found = true;
    return {};
  }
  template <typename T, typename... Limits>
  Status operator()(const std::vector<T>& /*list*/, std::size_t /*count_max*/, Limits... limits) {
    return (*this)(T{}, limits...);
  }
  template <typename T, typename... Limits>
    requires(!AnySecret<T>)
  Status operator()(const T& value, Limits... /*limits*/) {
    if constexpr (requires(SecretFinder& finder) { T::fields(finder, value); })
      return T::fields(*this, value);
    return {};
  }
};

// Row is one message: what differs by type, and nothing else, so that the compiler has little to make anew.
struct Row {
  Op op{};
  Encoded (*request)() = nullptr;
  Encoded (*response)() = nullptr;
  Result<Encoded> (*request_again)(Bytes) = nullptr;
  Result<Encoded> (*response_again)(Bytes) = nullptr;
  bool (*has_secret)() = nullptr;
};

// has_secret looks at a request and at its reply.
template <typename Request>
bool has_secret() {
  SecretFinder finder;
  const Request request{};
  const typename Request::Response response{};
  static_cast<void>(finder(request).ok());  // A SecretFinder never fails.
  static_cast<void>(finder(response).ok());
  return finder.found;
}

template <typename... Request>
std::vector<Row> rows(MessageList<Request...> /*list*/) {
  return {{kOp<Request>, &sample<Request>, &sample<typename Request::Response>, &decode_and_encode<Request>,
           &decode_and_encode<typename Request::Response>, &has_secret<Request>}...};
}

void expect_same_both_ways(const Encoded& encoded) {
  EXPECT_EQ(encoded.appended, encoded.in_place);
  EXPECT_EQ(encoded.written, encoded.in_place.size());
}

void expect_round_trip(const Encoded& encoded, Result<Encoded> (*again)(Bytes)) {
  expect_same_both_ways(encoded);
  const Result<Encoded> decoded = again(encoded.appended);
  ASSERT_TRUE(decoded.ok());
  expect_same_both_ways(decoded.value());
  EXPECT_EQ(decoded.value().appended, encoded.appended);
}

void expect_every_other_length_is_refused(Buffer encoded, Result<Encoded> (*again)(Bytes)) {
  for (std::size_t bytes = 0; bytes < encoded.size(); ++bytes) {
    EXPECT_FALSE(again(Bytes(encoded).first(bytes)).ok()) << bytes;
  }
  encoded.push_back(0);
  EXPECT_FALSE(again(encoded).ok());
}

class EveryMessage : public ::testing::TestWithParam<Row> {};
INSTANTIATE_TEST_SUITE_P(All, EveryMessage, ::testing::ValuesIn(rows(AllMessages())), [](const auto& row) {
  return "Op" + std::to_string(static_cast<unsigned>(row.param.op));
});

TEST_P(EveryMessage, RequestComesBackAsItWent) {
  expect_round_trip(GetParam().request(), GetParam().request_again);
}

TEST_P(EveryMessage, ReplyComesBackAsItWent) {
  expect_round_trip(GetParam().response(), GetParam().response_again);
}

TEST_P(EveryMessage, RequestOfAnyOtherLengthIsRefused) {
  expect_every_other_length_is_refused(GetParam().request().appended, GetParam().request_again);
}

TEST_P(EveryMessage, ReplyOfAnyOtherLengthIsRefused) {
  expect_every_other_length_is_refused(GetParam().response().appended, GetParam().response_again);
}

TEST_P(EveryMessage, WithASecretFieldIsWipedAfterUse) {
  EXPECT_TRUE(!GetParam().has_secret() || carries_secret(GetParam().op));
}

TEST(CarriesSecret, NamesWhatHasKeyMaterialInPlainFields) {
  for (const Op op :
       {kOp<CreateObject>, kOp<GetAttributes>, kOp<Find>, kOp<DeriveKey>, kOp<StartJob>, kOp<SeedRandom>})
    EXPECT_TRUE(carries_secret(op));
}

}  // namespace
}  // namespace coffer::wire
