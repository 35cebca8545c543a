// Ciphers against SP 800-38A, SP 800-38C, the GCM specification, IEEE 1619, RFC 3394, RFC 5649 and RFC 8439;
// and everything that must be refused.
#include "crypto/aes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/vector_file.h"

namespace coffer::crypto {
namespace {

// Case holds what the views of its parameters point to.
struct Case {
  explicit Case(const Vector& vector)
      : title(vector.title),
        key(make_key(vector.hex("Key"), type_of(vector))),
        iv(vector.has("Nonce") ? vector.hex("Nonce") : vector.hex("Iv")),
        associated(vector.hex("Associated")),
        plaintext(vector.hex("Plaintext")),
        ciphertext(vector.hex("Ciphertext")) {
    append(ciphertext, vector.hex("Tag"));
    parameters.mechanism = vector.has("Mechanism") ? vector.mechanism() : number_of("aes-gcm");
    parameters.iv = iv;
    parameters.associated = associated;
    parameters.tag_bits = vector.number("TagBits");
    parameters.counter_bits = vector.number("CounterBits");
  }
  static KeyType type_of(const Vector& vector) {
    return vector.has("Mechanism") ? find_mechanism(vector.mechanism())->key : KeyType::aes;
  }
  static std::shared_ptr<const SecretKey> make_key(Bytes value, KeyType type = KeyType::aes) {
    auto created = SecretKey::create(type, value);
    CHECK(created.ok());
    return std::make_shared<const SecretKey>(std::move(created).value());
  }

  std::string title;
  std::shared_ptr<const SecretKey> key;
  Buffer iv;
  Buffer associated;
  Buffer plaintext;
  Buffer ciphertext;
  Parameters parameters;
};

std::vector<Vector> all_vectors() {
  std::vector<Vector> vectors;
  for (const char* file : {"aes_modes.vec", "aes_gcm.vec", "aes_wrap.vec", "ciphers.vec"}) {
    for (Vector& vector : read_vectors(file)) vectors.push_back(vector);
  }
  return vectors;
}

Vector vector_named(const std::string& title) {
  for (Vector& vector : all_vectors()) {
    if (vector.title == title) return vector;
  }
  ADD_FAILURE() << "no vector " << title;
  return {};
}

Buffer cut(Buffer buffer, const Result<std::size_t>& bytes) {
  EXPECT_TRUE(bytes.ok());
  buffer.resize(bytes.ok() ? bytes.value() : 0);
  return buffer;
}

Code decrypt_code(const Case& test, Bytes ciphertext) {
  Buffer output(ciphertext.size() + kOverheadBytesMax);
  const auto bytes = decrypt(*test.key, test.parameters, ciphertext, output);
  return bytes.ok() ? Code::ok : bytes.error().code;
}

Buffer run_stream(Stream& stream, Bytes input, std::size_t step) {
  Buffer output;
  for (std::size_t offset = 0; offset < input.size(); offset += step) {
    const Bytes part = input.subspan(offset, std::min(step, input.size() - offset));
    Buffer room(part.size() + 32);
    const auto bytes = stream.update(part, room);
    append(output, cut(room, bytes));
  }
  Buffer room(input.size() + kOverheadBytesMax);
  const auto bytes = stream.finish(room);
  append(output, cut(room, bytes));
  return output;
}

TEST(Aes, EncryptsAsTheStandardsSay) {
  for (const Vector& vector : all_vectors()) {
    const Case test(vector);
    Buffer output(test.plaintext.size() + kOverheadBytesMax);
    const auto bytes = encrypt(*test.key, test.parameters, test.plaintext, output);
    EXPECT_EQ(cut(output, bytes), test.ciphertext) << test.title;
  }
}

TEST(Aes, DecryptsAsTheStandardsSay) {
  for (const Vector& vector : all_vectors()) {
    const Case test(vector);
    Buffer output(test.ciphertext.size() + kOverheadBytesMax);
    const auto bytes = decrypt(*test.key, test.parameters, test.ciphertext, output);
    EXPECT_EQ(cut(output, bytes), test.plaintext) << test.title;
  }
}

TEST(Aes, EncryptsTheSameInPartsOfAnySize) {
  for (const Vector& vector : all_vectors()) {
    const Case test(vector);
    for (const std::size_t step : {1U, 7U, 16U, 33U}) {
      auto stream = start_encrypt(test.key, test.parameters);
      ASSERT_TRUE(stream.ok());
      EXPECT_EQ(run_stream(*stream.value(), test.plaintext, step), test.ciphertext)
          << test.title << ' ' << step;
    }
  }
}

TEST(Aes, DecryptsTheSameInPartsOfAnySize) {
  for (const Vector& vector : all_vectors()) {
    const Case test(vector);
    for (const std::size_t step : {1U, 7U, 16U, 33U}) {
      auto stream = start_decrypt(test.key, test.parameters);
      ASSERT_TRUE(stream.ok());
      EXPECT_EQ(run_stream(*stream.value(), test.ciphertext, step), test.plaintext)
          << test.title << ' ' << step;
    }
  }
}

TEST(AesGcm, RefusesEveryFlippedBitOfCiphertextAndTag) {
  const Case test(vector_named("aes-gcm: test case 4"));
  for (std::size_t bit = 0; bit < 8 * test.ciphertext.size(); ++bit) {
    Buffer changed = test.ciphertext;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    ASSERT_EQ(decrypt_code(test, changed), Code::ciphertext_invalid) << bit;
  }
}

TEST(AesGcm, WritesNothingWhenTheTagIsWrong) {
  const Case test(vector_named("aes-gcm: test case 4"));
  Buffer changed = test.ciphertext;
  changed.back() ^= 1U;
  Buffer output(changed.size() + kOverheadBytesMax, 0xAA);
  const Buffer before = output;
  EXPECT_FALSE(decrypt(*test.key, test.parameters, changed, output).ok());
  EXPECT_EQ(output, before);
}

TEST(AesGcm, WorksAgainAfterARefusal) {
  const Case test(vector_named("aes-gcm: test case 4"));
  EXPECT_EQ(decrypt_code(test, test.ciphertext), Code::ok);
  EXPECT_EQ(decrypt_code(test, Buffer(test.ciphertext.size())), Code::ciphertext_invalid);
  EXPECT_EQ(decrypt_code(test, test.ciphertext), Code::ok);
}

TEST(AesGcm, RefusesOtherAssociatedData) {
  Case test(vector_named("aes-gcm: test case 4"));
  test.associated[0] ^= 1U;
  EXPECT_EQ(decrypt_code(test, test.ciphertext), Code::ciphertext_invalid);
}

TEST(AesGcm, RefusesAnotherKey) {
  Case test(vector_named("aes-gcm: test case 4"));
  test.key = Case::make_key(Buffer(16));
  EXPECT_EQ(decrypt_code(test, test.ciphertext), Code::ciphertext_invalid);
}

TEST(AesGcm, RefusesACiphertextShorterThanItsTag) {
  const Case test(vector_named("aes-gcm: test case 4"));
  EXPECT_EQ(decrypt_code(test, Buffer(15)), Code::ciphertext_length);
}

TEST(AesGcm, RefusesOddTagSizesAndNonces) {
  Case test(vector_named("aes-gcm: test case 4"));
  Buffer output(kOverheadBytesMax);
  for (const std::uint32_t bits : {0U, 8U, 48U, 100U, 136U}) {
    test.parameters.tag_bits = bits;
    EXPECT_EQ(encrypt(*test.key, test.parameters, {}, output).error().code, Code::mechanism_parameter)
        << bits;
  }
  test.parameters.tag_bits = 128;
  test.parameters.iv = {};
  EXPECT_EQ(encrypt(*test.key, test.parameters, {}, output).error().code, Code::mechanism_parameter);
  const Buffer long_nonce(kGcmNonceBytesMax + 1);
  test.parameters.iv = long_nonce;
  EXPECT_EQ(encrypt(*test.key, test.parameters, {}, output).error().code, Code::mechanism_parameter);
}

TEST(AesGcm, TakesNoncesOfOneAndOfMostOctets) {
  Case test(vector_named("aes-gcm: test case 4"));
  for (const std::size_t bytes : {std::size_t{1}, kGcmNonceBytesMax}) {
    const Buffer nonce(bytes, 7);
    test.parameters.iv = nonce;
    Buffer sealed(test.plaintext.size() + kOverheadBytesMax);
    const auto sealed_bytes = encrypt(*test.key, test.parameters, test.plaintext, sealed);
    sealed = cut(sealed, sealed_bytes);
    EXPECT_EQ(decrypt_code(test, sealed), Code::ok) << bytes;
  }
}

TEST(AesGcm, AStreamReleasesNothingBeforeTheTagIsVerified) {
  const Case test(vector_named("aes-gcm: test case 4"));
  auto stream = start_decrypt(test.key, test.parameters);
  ASSERT_TRUE(stream.ok());
  Buffer output(test.ciphertext.size() + 32, 0xAA);
  const Buffer before = output;
  const Bytes body = Bytes(test.ciphertext).first(test.ciphertext.size() - 1);
  ASSERT_EQ(stream.value()->update(body, output).value(), 0U);
  EXPECT_EQ(stream.value()->finish(output).error().code, Code::ciphertext_invalid);
  EXPECT_EQ(output, before);
}

TEST(AesGcm, AStreamCollectsOnlySoMuch) {
  const Case test(vector_named("aes-gcm: test case 4"));
  auto stream = start_decrypt(test.key, test.parameters);
  ASSERT_TRUE(stream.ok());
  const Buffer part(kStreamCollectBytesMax);
  ASSERT_TRUE(stream.value()->update(part, {}).ok());
  EXPECT_EQ(stream.value()->update(Bytes(part).first(1), {}).error().code, Code::ciphertext_length);
}

TEST(AesCbcPad, RefusesEveryWrongPaddingTheSameWay) {
  const Vector vector = vector_named("aes-cbc: 128 bits");
  for (unsigned last = 0; last < 256; ++last) {
    // Encrypted without padding, so that any last block can be had.
    Case raw(vector);
    Buffer plain(16, 0x55);
    plain[15] = static_cast<std::uint8_t>(last);
    Buffer sealed(16 + kOverheadBytesMax);
    const auto bytes = encrypt(*raw.key, raw.parameters, plain, sealed);
    sealed = cut(sealed, bytes);
    raw.parameters.mechanism = number_of("aes-cbc-pad");
    EXPECT_EQ(decrypt_code(raw, sealed), last == 1 ? Code::ok : Code::ciphertext_invalid) << last;
  }
}

TEST(AesCbcPad, RefusesWrongLengths) {
  const Case test(vector_named("aes-cbc-pad: 128 bits, 17 bytes"));
  EXPECT_EQ(decrypt_code(test, {}), Code::ciphertext_length);
  EXPECT_EQ(decrypt_code(test, Bytes(test.ciphertext).first(31)), Code::ciphertext_length);
}

TEST(AesCbcPad, AStreamRefusesAPartialBlock) {
  const Case test(vector_named("aes-cbc-pad: 128 bits, 17 bytes"));
  auto stream = start_decrypt(test.key, test.parameters);
  ASSERT_TRUE(stream.ok());
  Buffer output(64);
  ASSERT_TRUE(stream.value()->update(Bytes(test.ciphertext).first(31), output).ok());
  EXPECT_EQ(stream.value()->finish(output).error().code, Code::ciphertext_length);
}

TEST(AesCbc, RefusesPartialBlocks) {
  const Case test(vector_named("aes-cbc: 128 bits"));
  Buffer output(64 + kOverheadBytesMax);
  EXPECT_EQ(encrypt(*test.key, test.parameters, Buffer(15), output).error().code, Code::data_length);
  EXPECT_EQ(decrypt_code(test, Buffer(17)), Code::ciphertext_length);
}

TEST(AesCbc, RefusesAShortIv) {
  Case test(vector_named("aes-cbc: 128 bits"));
  Buffer output(64 + kOverheadBytesMax);
  test.parameters.iv = Bytes(test.iv).first(15);
  EXPECT_EQ(encrypt(*test.key, test.parameters, test.plaintext, output).error().code,
            Code::mechanism_parameter);
}

TEST(AesCtr, RefusesACounterThatWouldWrap) {
  Case test(vector_named("aes-ctr: 128 bits"));
  Buffer output(64 + kOverheadBytesMax);
  // The last octet of the counter block is 0xFE: with 8 counter bits two blocks are left.
  test.iv.back() = 0xFE;
  test.parameters.counter_bits = 8;
  EXPECT_TRUE(encrypt(*test.key, test.parameters, Buffer(32), output).ok());
  EXPECT_EQ(encrypt(*test.key, test.parameters, Buffer(33), output).error().code, Code::data_length);
  test.parameters.counter_bits = 12;
  EXPECT_TRUE(encrypt(*test.key, test.parameters, Buffer(48), output).ok());
}

TEST(AesCtr, CountsOverTheFullBlock) {
  Case test(vector_named("aes-ctr: 128 bits"));
  Buffer output(64 + kOverheadBytesMax);
  std::ranges::fill(test.iv, std::uint8_t{0xFF});
  EXPECT_TRUE(encrypt(*test.key, test.parameters, Buffer(16), output).ok());
  EXPECT_EQ(encrypt(*test.key, test.parameters, Buffer(17), output).error().code, Code::data_length);
  test.iv[0] = 0;
  EXPECT_TRUE(encrypt(*test.key, test.parameters, Buffer(64), output).ok());
}

TEST(AesCtr, RefusesAWrapInParts) {
  Case test(vector_named("aes-ctr: 128 bits"));
  test.iv.back() = 0xFF;
  test.parameters.counter_bits = 8;
  auto stream = start_encrypt(test.key, test.parameters);
  ASSERT_TRUE(stream.ok());
  Buffer output(64);
  EXPECT_TRUE(stream.value()->update(Buffer(16), output).ok());
  EXPECT_EQ(stream.value()->update(Buffer(1), output).error().code, Code::data_length);
}

TEST(AesCtr, RefusesCounterSizesOutOfRange) {
  Case test(vector_named("aes-ctr: 128 bits"));
  Buffer output(64);
  for (const std::uint32_t bits : {0U, 129U}) {
    test.parameters.counter_bits = bits;
    EXPECT_EQ(encrypt(*test.key, test.parameters, Buffer(1), output).error().code, Code::mechanism_parameter);
  }
}

TEST(AesKeyWrap, RefusesEveryFlippedBit) {
  for (const char* title : {"aes-key-wrap: 128 bits under 128", "aes-key-wrap-kwp: 7 bytes"}) {
    const Case test(vector_named(title));
    for (std::size_t bit = 0; bit < 8 * test.ciphertext.size(); ++bit) {
      Buffer changed = test.ciphertext;
      changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
      ASSERT_EQ(decrypt_code(test, changed), Code::ciphertext_invalid) << title << bit;
    }
  }
}

TEST(Sealed, RefusesEveryFlippedBitOfCiphertextAndTag) {
  for (const char* title : {"aes-ccm: example 3", "chacha20-poly1305: 2.8.2", "aes-key-wrap-pkcs7: 20 bytes",
                            "aes-ccm: no plaintext"}) {
    const Case test(vector_named(title));
    for (std::size_t bit = 0; bit < 8 * test.ciphertext.size(); ++bit) {
      Buffer changed = test.ciphertext;
      changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
      ASSERT_EQ(decrypt_code(test, changed), Code::ciphertext_invalid) << title << bit;
    }
  }
}

TEST(Sealed, RefusesOtherAssociatedDataAndShortCiphertexts) {
  for (const char* title : {"aes-ccm: example 3", "chacha20-poly1305: 2.8.2"}) {
    Case test(vector_named(title));
    test.associated[0] ^= 1U;
    EXPECT_EQ(decrypt_code(test, test.ciphertext), Code::ciphertext_invalid) << title;
    EXPECT_EQ(decrypt_code(test, Buffer(7)), Code::ciphertext_length) << title;
  }
}

TEST(AesCcm, RefusesOddTagSizesNoncesAndLengths) {
  Case test(vector_named("aes-ccm: example 3"));
  Buffer output(70000 + kOverheadBytesMax);
  for (const std::uint32_t bits : {0U, 16U, 40U, 136U}) {
    test.parameters.tag_bits = bits;
    EXPECT_EQ(encrypt(*test.key, test.parameters, {}, output).error().code, Code::mechanism_parameter);
  }
  test.parameters.tag_bits = 64;
  for (const std::size_t bytes : {0U, 6U, 14U}) {
    const Buffer nonce(bytes);
    test.parameters.iv = nonce;
    EXPECT_EQ(encrypt(*test.key, test.parameters, {}, output).error().code, Code::mechanism_parameter);
  }
  const Buffer nonce(13);  // leaves two octets for the length
  test.parameters.iv = nonce;
  EXPECT_EQ(encrypt(*test.key, test.parameters, Buffer(65536), output).error().code, Code::data_length);
  EXPECT_TRUE(encrypt(*test.key, test.parameters, Buffer(65535), output).ok());
}

TEST(AesCcm, RefusesAnotherLengthThanAnnounced) {
  Case test(vector_named("aes-ccm: example 3"));
  test.parameters.number = test.plaintext.size() + 1;
  EXPECT_EQ(decrypt_code(test, test.ciphertext), Code::ciphertext_length);
  test.parameters.number = test.plaintext.size();
  EXPECT_EQ(decrypt_code(test, test.ciphertext), Code::ok);
}

TEST(AesXts, RefusesLessThanABlockAndEqualHalves) {
  const Case test(vector_named("aes-xts: vector 2"));
  Buffer output(64);
  EXPECT_EQ(encrypt(*test.key, test.parameters, Buffer(15), output).error().code, Code::data_length);
  EXPECT_EQ(decrypt_code(test, Buffer(15)), Code::ciphertext_length);
  EXPECT_EQ(SecretKey::create(KeyType::aes_xts, Buffer(32, 7)).error().code, Code::key_size);
}

TEST(ChaCha20, RefusesACounterThatWouldWrap) {
  Case test(vector_named("chacha20: 2.4.2"));
  Buffer output(256);
  test.iv[0] = 0xFE;
  test.iv[1] = test.iv[2] = test.iv[3] = 0xFF;
  EXPECT_TRUE(encrypt(*test.key, test.parameters, Buffer(128), output).ok());
  EXPECT_EQ(encrypt(*test.key, test.parameters, Buffer(129), output).error().code, Code::data_length);
  auto stream = start_encrypt(test.key, test.parameters);
  ASSERT_TRUE(stream.value()->update(Buffer(128), output).ok());
  EXPECT_EQ(stream.value()->update(Buffer(1), output).error().code, Code::data_length);
  test.parameters.counter_bits = 64;
  EXPECT_TRUE(encrypt(*test.key, test.parameters, Buffer(129), output).ok());
}

TEST(AesKeyWrapPkcs7, RefusesAWrappedKeyWithWrongPadding) {
  // Wrapped without padding: the integrity check passes, the padding does not.
  Case test(vector_named("aes-key-wrap-pkcs7: 16 bytes"));
  test.parameters.mechanism = number_of("aes-key-wrap");
  for (const unsigned last : {0U, 2U, 9U, 255U}) {
    Buffer plain(24, 0x55);
    plain.back() = static_cast<std::uint8_t>(last);
    Buffer wrapped(64);
    wrapped = cut(wrapped, encrypt(*test.key, test.parameters, plain, wrapped));
    Case other(vector_named("aes-key-wrap-pkcs7: 16 bytes"));
    EXPECT_EQ(decrypt_code(other, wrapped), Code::ciphertext_invalid) << last;
  }
}

TEST(AesKeyWrap, RefusesWrongLengths) {
  const Case test(vector_named("aes-key-wrap: 128 bits under 128"));
  Buffer output(64 + kOverheadBytesMax);
  for (const std::size_t bytes : {0U, 8U, 17U}) {
    EXPECT_EQ(encrypt(*test.key, test.parameters, Buffer(bytes), output).error().code, Code::data_length)
        << bytes;
  }
  for (const std::size_t bytes : {0U, 16U, 25U}) {
    EXPECT_EQ(decrypt_code(test, Buffer(bytes)), Code::ciphertext_length) << bytes;
  }
}

TEST(Aes, RefusesOutputsWithoutRoom) {
  for (const Vector& vector : all_vectors()) {
    const Case test(vector);
    if (test.ciphertext.empty()) continue;
    Buffer output(test.ciphertext.size() - 1);
    EXPECT_EQ(encrypt(*test.key, test.parameters, test.plaintext, output).error().code, Code::invalid)
        << test.title;
  }
}

TEST(Aes, RefusesAGenericKey) {
  const Case test(vector_named("aes-ecb: 128 bits"));
  const auto key = SecretKey::create(KeyType::generic, Buffer(16));
  Buffer output(64 + kOverheadBytesMax);
  EXPECT_EQ(encrypt(key.value(), test.parameters, test.plaintext, output).error().code, Code::key_type);
}

TEST(Aes, RefusesMechanismsOfOtherFamilies) {
  Case test(vector_named("aes-ecb: 128 bits"));
  Buffer output(64 + kOverheadBytesMax);
  for (const char* name : {"sha256", "aes-cmac", "aes-generate"}) {
    test.parameters.mechanism = number_of(name);
    EXPECT_EQ(encrypt(*test.key, test.parameters, test.plaintext, output).error().code,
              Code::mechanism_invalid);
  }
}

TEST(Aes, KeysHaveSixteenTwentyfourOrThirtytwoOctets) {
  for (const std::size_t bytes : {0U, 15U, 17U, 31U, 33U, 64U}) {
    EXPECT_EQ(SecretKey::create(KeyType::aes, Buffer(bytes)).error().code, Code::key_size) << bytes;
  }
}

}  // namespace
}  // namespace coffer::crypto
