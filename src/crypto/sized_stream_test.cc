// Sized streams against the functions that take all at once, and everything that must be refused.
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/operation.h"
#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

// Kind is one way to use an AEAD.
struct Kind {
  const char* mechanism;
  KeyType type;
  std::size_t key_bytes;
  std::size_t nonce_bytes;
  std::uint32_t tag_bits;
  std::size_t associated_bytes;
};
const std::vector<Kind> kKinds = {
    {"aes-gcm", KeyType::aes, 16, 12, 128, 0},
    {"aes-gcm", KeyType::aes, 32, 16, 96, 20},
    {"aes-gcm", KeyType::aes, 24, 12, 32, 70000},
    {"aes-ccm", KeyType::aes, 16, 7, 128, 0},
    {"aes-ccm", KeyType::aes, 24, 12, 32, 13},
    {"aes-ccm", KeyType::aes, 32, 11, 96, 0xFEFF},
    {"aes-ccm", KeyType::aes, 32, 8, 64, 0xFF00},
    {"aes-ccm", KeyType::aes, 16, 12, 128, 14},
    {"aes-ccm", KeyType::aes, 16, 11, 48, 70000},
    {"chacha20-poly1305", KeyType::chacha20, 32, 12, 128, 0},
    {"chacha20-poly1305", KeyType::chacha20, 32, 12, 128, 31},
};

Buffer some_octets(std::size_t bytes, unsigned seed) {
  Buffer octets(bytes);
  for (std::size_t i = 0; i < bytes; ++i) octets[i] = static_cast<std::uint8_t>(i * 7 + i / 251 + seed);
  return octets;
}

// Sealing is a kind with its octets.
struct Sealing {
  explicit Sealing(const Kind& from)
      : kind(from),
        nonce(some_octets(from.nonce_bytes, 3)),
        associated(some_octets(from.associated_bytes, 4)) {
    auto created = SecretKey::create(kind.type, some_octets(kind.key_bytes, 5));
    CHECK(created.ok());
    key = std::make_shared<const SecretKey>(std::move(created).value());
    parameters.mechanism = number_of(kind.mechanism);
    parameters.iv = nonce;
    parameters.associated = associated;
    parameters.tag_bits = kind.tag_bits;
  }
  [[nodiscard]] Buffer whole(Bytes text) const {
    Buffer output(text.size() + kOverheadBytesMax);
    const auto bytes = encrypt(*key, parameters, text, output);
    EXPECT_TRUE(bytes.ok());
    output.resize(bytes.ok() ? bytes.value() : 0);
    return output;
  }

  Kind kind;
  std::shared_ptr<const SecretKey> key;
  Buffer nonce;
  Buffer associated;
  Parameters parameters;
};

// feed passes all pieces of `input` and appends what comes out.
Status feed(Stream& stream, Bytes input, Buffer& output) {
  while (!input.empty()) {
    const Bytes piece = input.first(std::min(input.size(), kSizedPieceBytes));
    input = input.subspan(piece.size());
    Buffer room(piece.size());
    const std::size_t bytes = TRY(stream.update(piece, room));
    append(output, Bytes(room).first(bytes));
    if (bytes == 0) {
      EXPECT_TRUE(std::ranges::all_of(room, [](std::uint8_t octet) { return octet == 0; }));
    }
  }
  return {};
}

Result<Buffer> seal_in_pieces(const Sealing& sealing, Bytes text) {
  auto stream = TRY(start_sealing(sealing.key, sealing.parameters, text.size()));
  Buffer output;
  TRY(feed(*stream, text, output));
  Buffer tag(16);
  tag.resize(TRY(stream->finish(tag)));
  append(output, tag);
  return output;
}

Result<Buffer> open_in_pieces(const Sealing& sealing, Bytes sealed, Bytes sealed_again) {
  auto stream = TRY(start_opening(sealing.key, sealing.parameters, sealed.size()));
  Buffer output;
  TRY(feed(*stream, sealed, output));
  EXPECT_TRUE(output.empty()) << "before the tag was right";
  TRY(feed(*stream, sealed_again, output));
  static_cast<void>(TRY(stream->finish({})));
  return output;
}

constexpr std::size_t kPiece = kSizedPieceBytes;
constexpr std::size_t kSizes[] = {0,          1,          15,     16,         17,         kPiece - 16,
                                  kPiece - 7, kPiece - 1, kPiece, kPiece + 1, 2 * kPiece, 2 * kPiece + 5};

TEST(SizedStream, SealsAndOpensAsTheWholeFunctionsDo) {
  for (const Kind& kind : kKinds) {
    const Sealing sealing(kind);
    for (const std::size_t bytes : kSizes) {
      const Buffer text = some_octets(bytes, 9);
      const Buffer sealed = sealing.whole(text);
      const std::string what = std::string(kind.mechanism) + ", octets " + std::to_string(bytes);
      const auto in_pieces = seal_in_pieces(sealing, text);
      ASSERT_TRUE(in_pieces.ok()) << what;
      ASSERT_TRUE(in_pieces.value() == sealed) << what;
      const auto opened = open_in_pieces(sealing, sealed, sealed);
      ASSERT_TRUE(opened.ok()) << what;
      ASSERT_TRUE(opened.value() == text) << what;
    }
  }
}

TEST(SizedStream, GivesNothingWhenAnythingIsWrong) {
  for (const Kind& kind : kKinds) {
    const Sealing sealing(kind);
    const Buffer sealed = sealing.whole(some_octets(kPiece + 40, 9));
    for (const std::size_t at : {std::size_t{0}, kPiece, kPiece + 39, kPiece + 40, sealed.size() - 1}) {
      Buffer changed = sealed;
      changed[at] ^= 1U;
      EXPECT_EQ(open_in_pieces(sealing, changed, sealed).error().code, Code::ciphertext_invalid)
          << kind.mechanism << at;
    }
    Sealing other(kind);
    other.associated.push_back(1);
    other.parameters.associated = other.associated;
    EXPECT_EQ(open_in_pieces(other, sealed, sealed).error().code, Code::ciphertext_invalid) << kind.mechanism;
  }
}

// Whoever holds the ciphertext may exchange it between the passes.
TEST(SizedStream, ReleasesOnlyPiecesThatWereVerified) {
  for (const Kind& kind : kKinds) {
    const Sealing sealing(kind);
    const Buffer text = some_octets(2 * kPiece + 10, 9);
    const Buffer sealed = sealing.whole(text);
    for (const std::size_t at : {std::size_t{5}, kPiece, sealed.size() - 1}) {
      Buffer changed = sealed;
      changed[at] ^= 1U;
      auto stream = start_opening(sealing.key, sealing.parameters, sealed.size());
      ASSERT_TRUE(stream.ok());
      Buffer output;
      ASSERT_TRUE(feed(*stream.value(), sealed, output).ok());
      EXPECT_EQ(feed(*stream.value(), changed, output).error().code, Code::ciphertext_invalid);
      EXPECT_EQ(output.size(), at / kPiece * kPiece) << kind.mechanism;
      EXPECT_TRUE(std::ranges::equal(output, Bytes(text).first(output.size())));
    }
    Buffer swapped = sealed;
    std::rotate(swapped.begin(), swapped.begin() + kPiece, swapped.begin() + 2 * kPiece);
    EXPECT_EQ(open_in_pieces(sealing, sealed, swapped).error().code, Code::ciphertext_invalid);
  }
}

TEST(SizedStream, TakesPiecesAsTheyWereAnnounced) {
  for (const Kind& kind : kKinds) {
    const Sealing sealing(kind);
    const Buffer sealed = sealing.whole(some_octets(kPiece + 40, 9));
    Buffer room(2 * kPiece);
    const auto code_of = [&](std::initializer_list<std::size_t> pieces) {
      auto stream = start_opening(sealing.key, sealing.parameters, sealed.size());
      Result<std::size_t> last = std::size_t{0};
      for (const std::size_t bytes : pieces) last = stream.value()->update(Bytes(sealed).first(bytes), room);
      return last.ok() ? stream.value()->finish(room).error().code : last.error().code;
    };
    EXPECT_EQ(code_of({kPiece - 1}), Code::invalid);
    EXPECT_EQ(code_of({kPiece + 1}), Code::invalid);
    EXPECT_EQ(code_of({0}), Code::invalid);
    EXPECT_EQ(code_of({kPiece, kPiece}), Code::invalid);
    EXPECT_EQ(code_of({kPiece}), Code::ciphertext_length) << "the tag was not verified";
    EXPECT_EQ(code_of({}), Code::ciphertext_length);
  }
}

TEST(SizedStream, HoldsAHashOfEachPieceAndNothingElse) {
  const Sealing sealing(kKinds.front());
  const std::uint64_t bytes = 64 * kPiece;
  auto stream = start_opening(sealing.key, sealing.parameters, bytes);
  ASSERT_TRUE(stream.ok());
  const Buffer piece(kPiece);
  Buffer room(kPiece);
  for (int i = 0; i < 63; ++i) ASSERT_TRUE(stream.value()->update(piece, room).ok());
  EXPECT_LE(stream.value()->kept_bytes(), 64U * 32U + 64U);
}

TEST(SizedStream, EncryptsNoMoreThanItsLimitInAnyWay) {
  for (const Kind& kind : kKinds) {
    const Sealing sealing(kind);
    EXPECT_EQ(start_sealing(sealing.key, sealing.parameters, kSealBytesMax + 1).error().code,
              Code::data_length)
        << kind.mechanism;
    if (kind.nonce_bytes < 12 || kind.type == KeyType::chacha20) {
      EXPECT_TRUE(start_sealing(sealing.key, sealing.parameters, kSealBytesMax).ok()) << kind.mechanism;
      EXPECT_TRUE(start_opening(sealing.key, sealing.parameters, 4 * kSealBytesMax).ok()) << kind.mechanism;
    }
  }
  for (const char* mechanism : {"aes-gcm", "chacha20-poly1305"}) {
    const auto kind = std::ranges::find_if(
        kKinds, [&](const Kind& each) { return std::string(each.mechanism) == mechanism; });
    const Sealing sealing(*kind);
    auto stream = start_encrypt(sealing.key, sealing.parameters);
    ASSERT_TRUE(stream.ok());
    Buffer part(kPiece);
    for (std::uint64_t fed = 0; fed < kSealBytesMax; fed += kPiece) {
      ASSERT_TRUE(stream.value()->update(part, part).ok());
    }
    EXPECT_EQ(stream.value()->update(Bytes(part).first(1), part).error().code, Code::data_length)
        << mechanism;
  }
}

TEST(SizedStream, RefusesSizesThatTheMechanismHasNot) {
  Sealing ccm({"aes-ccm", KeyType::aes, 16, 13, 128, 0});
  EXPECT_EQ(start_opening(ccm.key, ccm.parameters, 65536 + 16).error().code, Code::ciphertext_length);
  EXPECT_TRUE(start_opening(ccm.key, ccm.parameters, 65535 + 16).ok());
  EXPECT_EQ(start_opening(ccm.key, ccm.parameters, 15).error().code, Code::ciphertext_length);
  EXPECT_EQ(start_sealing(ccm.key, ccm.parameters, 65536).error().code, Code::data_length);
  ccm.parameters.number = 7;
  EXPECT_EQ(start_sealing(ccm.key, ccm.parameters, 8).error().code, Code::data_length);
  const Sealing gcm(kKinds.front());
  constexpr std::uint64_t kGcmMax = (std::uint64_t{1} << 36U) - 32 + 16;
  EXPECT_TRUE(start_opening(gcm.key, gcm.parameters, kGcmMax).ok());
  EXPECT_EQ(start_opening(gcm.key, gcm.parameters, kGcmMax + 1).error().code, Code::ciphertext_length);
  Parameters counter = gcm.parameters;
  counter.mechanism = number_of("aes-ctr");
  EXPECT_EQ(start_opening(gcm.key, counter, 100).error().code, Code::mechanism_invalid);
}

}  // namespace
}  // namespace coffer::crypto
