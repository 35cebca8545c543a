// Every message of the wire: it comes back as it went, and nothing but itself is accepted.
#include "wire/message_list.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "codec/binary.h"
#include "wire/field_writer.h"

namespace coffer::wire {
namespace {

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

template <typename Message>
Buffer encode_both_ways(const Message& message) {
  Buffer appended;
  codec::encode_secret_into(message, appended);
  Buffer in_place(encoded_bytes(message));
  EXPECT_EQ(write_fields(message, in_place), in_place.size());
  EXPECT_EQ(appended, in_place);
  return appended;
}

template <typename Message>
void expect_round_trip() {
  Filler filler;
  Message message{};
  ASSERT_TRUE(filler(message).ok());
  const Buffer encoded = encode_both_ways(message);
  const auto decoded = codec::decode<Message>(encoded);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(encode_both_ways(decoded.value()), encoded);
}

template <typename Message>
void expect_every_other_length_is_refused() {
  Filler filler;
  Message message{};
  ASSERT_TRUE(filler(message).ok());
  Buffer encoded = encode_both_ways(message);
  for (std::size_t bytes = 0; bytes < encoded.size(); ++bytes) {
    EXPECT_FALSE(codec::decode<Message>(Bytes(encoded).first(bytes)).ok()) << bytes;
  }
  encoded.push_back(0);
  EXPECT_FALSE(codec::decode<Message>(encoded).ok());
}

// SecretFinder is a visitor that notices fields of secret types.
struct SecretFinder {
  bool found = false;

  Status operator()(const SecretBytes& /*value*/, std::size_t /*bytes_max*/) {
    found = true;
    return {};
  }
  template <std::size_t N>
  Status operator()(const Secret<N>& /*value*/) {
    found = true;
    return {};
  }
  template <typename T, typename... Limits>
  Status operator()(const T& value, Limits... /*limits*/) {
    if constexpr (requires(SecretFinder& finder) { T::fields(finder, value); })
      return T::fields(*this, value);
    return {};
  }
};

template <typename List>
struct TestTypes;
template <typename... Request>
struct TestTypes<MessageList<Request...>> {
  using Types = ::testing::Types<Request...>;
};

template <typename Request>
class EveryMessage : public ::testing::Test {};
TYPED_TEST_SUITE(EveryMessage, TestTypes<AllMessages>::Types);

TYPED_TEST(EveryMessage, RequestComesBackAsItWent) { expect_round_trip<TypeParam>(); }

TYPED_TEST(EveryMessage, ReplyComesBackAsItWent) { expect_round_trip<typename TypeParam::Response>(); }

TYPED_TEST(EveryMessage, RequestOfAnyOtherLengthIsRefused) {
  expect_every_other_length_is_refused<TypeParam>();
}

TYPED_TEST(EveryMessage, ReplyOfAnyOtherLengthIsRefused) {
  expect_every_other_length_is_refused<typename TypeParam::Response>();
}

TYPED_TEST(EveryMessage, IsDecodedByItsNumber) {
  Filler filler;
  TypeParam request{};
  ASSERT_TRUE(filler(request).ok());
  typename TypeParam::Response response{};
  ASSERT_TRUE(filler(response).ok());
  EXPECT_TRUE(decode_any(TypeParam::kOp, encode_both_ways(request)).ok());
  EXPECT_TRUE(decode_any_reply(TypeParam::kOp, encode_both_ways(response)).ok());
}

TYPED_TEST(EveryMessage, WithASecretFieldIsWipedAfterUse) {
  SecretFinder finder;
  const TypeParam request{};
  ASSERT_TRUE(TypeParam::fields(finder, request).ok());
  EXPECT_TRUE(!finder.found || carries_secret(TypeParam::kOp));
}

TEST(DecodeAny, RefusesAnUnknownNumber) {
  EXPECT_EQ(decode_any(static_cast<Op>(999), {}).error().code, Code::unsupported);
  EXPECT_EQ(decode_any_reply(static_cast<Op>(999), {}).error().code, Code::unsupported);
}

TEST(CarriesSecret, NamesBearerSecretsAndKeyMaterial) {
  for (const Op op :
       {Op::hello, Op::resume, Op::create_object, Op::derive_key, Op::start_job, Op::seed_random})
    EXPECT_TRUE(carries_secret(op));
}

}  // namespace
}  // namespace coffer::wire
