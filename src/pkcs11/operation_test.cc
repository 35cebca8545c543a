// Tests of operations: the output-length convention, early checks, parts, on a fake chip.
#include "pkcs11/operation.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "pkcs11/fake_chip.h"
#include "wire/operation_messages.h"

namespace coffer::pkcs11 {
namespace {

// OperationTest has one session and one key of each kind: 0 RSA private, 1 RSA public, 2 AES, 3 EC private
// (the user's), 4 a data object.
class OperationTest : public ModuleTest {
 protected:
  OperationTest() {
    chip.add(CKO_PRIVATE_KEY, CKK_RSA, CKF_SIGN | CKF_DECRYPT, 2048);
    chip.add(CKO_PUBLIC_KEY, CKK_RSA, CKF_VERIFY, 2048);
    chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT | CKF_DECRYPT, 256);
    chip.add(CKO_PRIVATE_KEY, CKK_EC, CKF_SIGN, 256, true);
    chip.add(CKO_DATA, CK_UNAVAILABLE_INFORMATION, 0, 0);
    chip.on<wire::Sign>([this](const wire::Sign& request) {
      signed_bytes = request.data.size();
      return wire::OutputReply{signature};
    });
    chip.on<wire::Begin>([](const wire::Begin&) { return wire::BeginReply{42}; });
    chip.on<wire::Update>([this](const wire::Update& request) {
      streamed_bytes += request.data.size();
      return wire::OutputReply{part_output};
    });
    chip.on<wire::Finish>([this](const wire::Finish&) { return wire::OutputReply{final_output}; });
    session = open();
    EXPECT_EQ(log_in(session), CKR_OK);
    keys = find_all(session);
  }

  CK_RV start_sign() {
    CK_MECHANISM mechanism{CKM_SHA256_RSA_PKCS, nullptr, 0};
    return sign_init(session, &mechanism, keys[0]);
  }
  CK_RV start_cipher(CK_MECHANISM_TYPE type, bool encrypts) {
    CK_MECHANISM mechanism{type, iv.data(), iv.size()};
    return encrypts ? encrypt_init(session, &mechanism, keys[2]) : decrypt_init(session, &mechanism, keys[2]);
  }

  std::array<CK_BYTE, 16> iv{};
  Buffer signature = Buffer(256, 0x5a);
  Buffer part_output;
  Buffer final_output;
  std::size_t signed_bytes = 0;
  std::size_t streamed_bytes = 0;
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  std::vector<CK_OBJECT_HANDLE> keys;
  std::array<CK_BYTE, 512> data{};
  std::array<CK_BYTE, 512> out{};
  CK_ULONG length = 0;
};

TEST_F(OperationTest, SignsWithOneRequest) {
  ASSERT_EQ(start_sign(), CKR_OK);
  const int before = chip.count(wire::kOp<wire::Sign>);
  length = out.size();
  EXPECT_EQ(sign(session, data.data(), 100, out.data(), &length), CKR_OK);
  EXPECT_EQ(length, 256U);
  EXPECT_EQ(out[255], 0x5a);
  EXPECT_EQ(chip.count(wire::kOp<wire::Sign>), before + 1);
  EXPECT_EQ(chip.count(wire::kOp<wire::Begin>), 0);
}

TEST_F(OperationTest, TellsTheLengthWithoutARequestAndGoesOn) {
  ASSERT_EQ(start_sign(), CKR_OK);
  EXPECT_EQ(sign(session, data.data(), 100, nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 256U);
  EXPECT_EQ(chip.count(wire::kOp<wire::Sign>), 0);
  length = out.size();
  EXPECT_EQ(sign(session, data.data(), 100, out.data(), &length), CKR_OK);
}

TEST_F(OperationTest, GoesOnWhenTheBufferIsTooSmall) {
  ASSERT_EQ(start_sign(), CKR_OK);
  length = 255;
  EXPECT_EQ(sign(session, data.data(), 100, out.data(), &length), CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(length, 256U);
  EXPECT_EQ(chip.count(wire::kOp<wire::Sign>), 0);
  EXPECT_EQ(sign(session, data.data(), 100, out.data(), &length), CKR_OK);
}

TEST_F(OperationTest, EndsAfterSuccessAndAfterFailure) {
  ASSERT_EQ(start_sign(), CKR_OK);
  length = out.size();
  EXPECT_EQ(sign(session, data.data(), 100, out.data(), &length), CKR_OK);
  EXPECT_EQ(sign(session, data.data(), 100, out.data(), &length), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(start_sign(), CKR_OK);
  EXPECT_EQ(sign(session, data.data(), 100, out.data(), nullptr), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(sign(session, data.data(), 100, out.data(), &length), CKR_OPERATION_NOT_INITIALIZED);
  chip.on<wire::Sign>(
      [](const wire::Sign&) -> Result<wire::OutputReply> { return Error{Code::data_length, "too long"}; });
  ASSERT_EQ(start_sign(), CKR_OK);
  length = out.size();
  EXPECT_EQ(sign(session, data.data(), 100, out.data(), &length), CKR_DATA_LEN_RANGE);
  EXPECT_EQ(start_sign(), CKR_OK);
}

TEST_F(OperationTest, RefusesASecondOneOfItsKindOnly) {
  ASSERT_EQ(start_sign(), CKR_OK);
  EXPECT_EQ(start_sign(), CKR_OPERATION_ACTIVE);
  EXPECT_EQ(start_cipher(CKM_AES_CBC, true), CKR_OK);
}

TEST_F(OperationTest, EndsByInitWithoutAMechanism) {
  EXPECT_EQ(sign_init(session, nullptr, keys[0]), CKR_ARGUMENTS_BAD);
  ASSERT_EQ(start_sign(), CKR_OK);
  EXPECT_EQ(sign_init(session, nullptr, keys[0]), CKR_OK);
  EXPECT_EQ(start_sign(), CKR_OK);
}

TEST_F(OperationTest, EndsBySessionCancelOfItsFlag) {
  ASSERT_EQ(start_sign(), CKR_OK);
  EXPECT_EQ(session_cancel(session, CKF_ENCRYPT), CKR_OK);
  EXPECT_EQ(start_sign(), CKR_OPERATION_ACTIVE);
  EXPECT_EQ(session_cancel(session, CKF_SIGN), CKR_OK);
  EXPECT_EQ(start_sign(), CKR_OK);
}

TEST_F(OperationTest, ChecksTheKeyBeforeItAsksTheChip) {
  CK_MECHANISM rsa{CKM_SHA256_RSA_PKCS, nullptr, 0};
  CK_MECHANISM unknown{CKM_SHA512_RSA_PKCS, nullptr, 0};
  CK_MECHANISM hash{CKM_SHA256, nullptr, 0};
  CK_BYTE octet = 0;
  CK_MECHANISM with_parameter{CKM_SHA256_RSA_PKCS, &octet, 1};
  EXPECT_EQ(sign_init(session, &rsa, keys[2]), CKR_KEY_TYPE_INCONSISTENT);
  EXPECT_EQ(sign_init(session, &rsa, keys[1]), CKR_KEY_FUNCTION_NOT_PERMITTED);
  EXPECT_EQ(sign_init(session, &rsa, keys[4]), CKR_KEY_HANDLE_INVALID);
  EXPECT_EQ(sign_init(session, &rsa, 12345), CKR_KEY_HANDLE_INVALID);
  EXPECT_EQ(sign_init(session, &unknown, keys[0]), CKR_MECHANISM_INVALID);
  EXPECT_EQ(sign_init(session, &hash, keys[0]), CKR_MECHANISM_INVALID);
  EXPECT_EQ(sign_init(session, &with_parameter, keys[0]), CKR_MECHANISM_PARAM_INVALID);
  EXPECT_EQ(chip.count(wire::kOp<wire::Sign>), 0);
}

TEST_F(OperationTest, RefusesThePrivateKeyOfAUserWhoLoggedOut) {
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  ASSERT_EQ(logout(session), CKR_OK);
  EXPECT_EQ(sign_init(session, &mechanism, keys[3]), CKR_USER_NOT_LOGGED_IN);
}

TEST_F(OperationTest, CollectsShortPartsIntoOneRequest) {
  ASSERT_EQ(start_sign(), CKR_OK);
  EXPECT_EQ(sign_update(session, data.data(), 100), CKR_OK);
  EXPECT_EQ(sign_update(session, data.data(), 50), CKR_OK);
  EXPECT_EQ(sign_final(session, nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 256U);
  EXPECT_EQ(sign_final(session, out.data(), &length), CKR_OK);
  EXPECT_EQ(signed_bytes, 150U);
  EXPECT_EQ(chip.count(wire::kOp<wire::Begin>), 0);
}

TEST_F(OperationTest, StreamsWhatIsTooLongToCollect) {
  final_output = signature;
  const Buffer part(kCollectBytesMax, 1);
  ASSERT_EQ(start_sign(), CKR_OK);
  EXPECT_EQ(sign_update(session, data.data(), 10), CKR_OK);
  EXPECT_EQ(sign_update(session, const_cast<CK_BYTE*>(part.data()), part.size()), CKR_OK);
  EXPECT_EQ(sign_update(session, data.data(), 5), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::Begin>), 1);
  EXPECT_EQ(streamed_bytes, kCollectBytesMax + 15);
  length = out.size();
  EXPECT_EQ(sign_final(session, out.data(), &length), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::Finish>), 1);
  EXPECT_EQ(chip.count(wire::kOp<wire::Sign>), 0);
}

TEST_F(OperationTest, StreamsASingleMessageThatIsTooLongForARequest) {
  final_output = signature;
  const Buffer message(wire::kDataBytesMax + 1, 1);
  ASSERT_EQ(start_sign(), CKR_OK);
  length = out.size();
  EXPECT_EQ(sign(session, const_cast<CK_BYTE*>(message.data()), message.size(), out.data(), &length), CKR_OK);
  EXPECT_EQ(streamed_bytes, message.size());
  EXPECT_EQ(length, 256U);
}

TEST_F(OperationTest, CannotEndPartsWithTheSinglePartFunction) {
  ASSERT_EQ(start_sign(), CKR_OK);
  ASSERT_EQ(sign_update(session, data.data(), 10), CKR_OK);
  length = out.size();
  EXPECT_EQ(sign(session, data.data(), 10, out.data(), &length), CKR_OPERATION_ACTIVE);
  EXPECT_EQ(sign_final(session, out.data(), &length), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(OperationTest, RefusesASignatureOfTheWrongLengthWithoutAsking) {
  CK_MECHANISM mechanism{CKM_SHA256_RSA_PKCS, nullptr, 0};
  ASSERT_EQ(verify_init(session, &mechanism, keys[1]), CKR_OK);
  EXPECT_EQ(verify(session, data.data(), 10, out.data(), 255), CKR_SIGNATURE_LEN_RANGE);
  EXPECT_EQ(verify(session, data.data(), 10, out.data(), 256), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(OperationTest, TellsTheVerdictOfAVerification) {
  chip.on<wire::Verify>([](const wire::Verify& request) -> Result<wire::Empty> {
    if (request.data.size() == 10) return wire::Empty{};
    return Error{Code::signature_invalid, "wrong"};
  });
  CK_MECHANISM mechanism{CKM_SHA256_RSA_PKCS, nullptr, 0};
  ASSERT_EQ(verify_init(session, &mechanism, keys[1]), CKR_OK);
  EXPECT_EQ(verify(session, data.data(), 10, out.data(), 256), CKR_OK);
  ASSERT_EQ(verify_init(session, &mechanism, keys[1]), CKR_OK);
  ASSERT_EQ(verify_update(session, data.data(), 11), CKR_OK);
  EXPECT_EQ(verify_final(session, out.data(), 256), CKR_SIGNATURE_INVALID);
}

// CBC with padding: how long the plaintext is shows only when it is there.
TEST_F(OperationTest, DecryptsIntoABufferThatIsJustLargeEnough) {
  const Buffer plaintext = {1, 2, 3};
  chip.on<wire::Decrypt>([&](const wire::Decrypt&) { return wire::OutputReply{plaintext}; });
  ASSERT_EQ(start_cipher(CKM_AES_CBC_PAD, false), CKR_OK);
  length = 3;
  EXPECT_EQ(decrypt(session, data.data(), 16, out.data(), &length), CKR_OK);
  EXPECT_EQ(length, 3U);
}

TEST_F(OperationTest, KeepsAPlaintextThatDidNotFitForTheNextCall) {
  const Buffer plaintext = {1, 2, 3};
  chip.on<wire::Decrypt>([&](const wire::Decrypt&) { return wire::OutputReply{plaintext}; });
  ASSERT_EQ(start_cipher(CKM_AES_CBC_PAD, false), CKR_OK);
  length = 2;
  EXPECT_EQ(decrypt(session, data.data(), 16, out.data(), &length), CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(length, 3U);
  EXPECT_EQ(decrypt(session, data.data(), 16, nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 3U);
  EXPECT_EQ(decrypt(session, data.data(), 16, out.data(), &length), CKR_OK);
  EXPECT_EQ(out[2], 3);
  EXPECT_EQ(chip.count(wire::kOp<wire::Decrypt>), 1);
}

TEST_F(OperationTest, GivesTheOutputOfEachPartOfACipher) {
  part_output = Buffer(16, 7);
  final_output = Buffer(16, 8);
  ASSERT_EQ(start_cipher(CKM_AES_CBC_PAD, true), CKR_OK);
  length = out.size();
  EXPECT_EQ(encrypt_update(session, data.data(), 20, out.data(), &length), CKR_OK);
  EXPECT_EQ(length, 16U);
  EXPECT_EQ(encrypt_final(session, nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 16U);
  EXPECT_EQ(encrypt_final(session, out.data(), &length), CKR_OK);
  EXPECT_EQ(out[0], 8);
  EXPECT_EQ(encrypt_final(session, out.data(), &length), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(OperationTest, DoesNotFeedAPartTwiceWhenItsOutputDidNotFit) {
  part_output = Buffer(16, 7);
  ASSERT_EQ(start_cipher(CKM_AES_CBC, true), CKR_OK);
  length = 0;
  EXPECT_EQ(encrypt_update(session, data.data(), 16, out.data(), &length), CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(length, 16U);
  EXPECT_EQ(encrypt_update(session, data.data(), 16, out.data(), &length), CKR_OK);
  EXPECT_EQ(out[15], 7);
  EXPECT_EQ(chip.count(wire::kOp<wire::Update>), 1);
}

TEST_F(OperationTest, TellsTheChipWhenPartsAreGivenUp) {
  ASSERT_EQ(start_cipher(CKM_AES_CBC, true), CKR_OK);
  length = out.size();
  ASSERT_EQ(encrypt_update(session, data.data(), 1, out.data(), &length), CKR_OK);
  EXPECT_EQ(session_cancel(session, CKF_ENCRYPT), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::Cancel>), 1);
}

// The chip refuses to end an operation whose login has ended, and keeps it.
TEST_F(OperationTest, TellsTheChipWhenAnEndIsRefused) {
  chip.on<wire::Finish>([](const wire::Finish&) -> Result<wire::OutputReply> {
    return Error{Code::not_logged_in, "the login has ended"};
  });
  chip.on<wire::Resume>([](const wire::Resume&) -> Result<wire::Empty> {
    return Error{Code::not_logged_in, "the login has ended"};
  });
  ASSERT_EQ(start_cipher(CKM_AES_CBC, true), CKR_OK);
  length = out.size();
  ASSERT_EQ(encrypt_update(session, data.data(), 1, out.data(), &length), CKR_OK);
  length = out.size();
  EXPECT_EQ(encrypt_final(session, out.data(), &length), CKR_USER_NOT_LOGGED_IN);
  EXPECT_EQ(chip.count(wire::kOp<wire::Cancel>), 1);
}

// SealedTest has a chip whose second pass gives the octets as they came, but for the tag.
class SealedTest : public OperationTest {
 protected:
  SealedTest() {
    chip.on<wire::BeginSized>([this](const wire::BeginSized& request) {
      announced = request.bytes;
      received.clear();
      return wire::BeginReply{42};
    });
    chip.on<wire::Update>([this](const wire::Update& request) -> Result<wire::OutputReply> {
      const std::size_t before = received.size();
      if (before >= announced + fails_after) return Error{Code::ciphertext_invalid, "changed"};
      append(received, request.data);
      part_output = before < announced ? Buffer() : to_buffer(request.data);
      const std::size_t text_end = 2 * announced - 16;
      if (received.size() > text_end) part_output.resize(text_end - std::min(text_end, before));
      return wire::OutputReply{part_output};
    });
    for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<CK_BYTE>(i / 999);
  }
  CK_RV start() {
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameter, sizeof(parameter)};
    return decrypt_init(session, &mechanism, keys[2]);
  }

  std::array<CK_BYTE, 12> nonce{};
  CK_GCM_PARAMS parameter{nonce.data(), nonce.size(), 96, nullptr, 0, 128};
  Buffer message = Buffer(wire::kDataBytesMax + 17);
  Buffer text = Buffer(message.size(), 0xEE);
  std::uint64_t announced = 0;
  std::size_t fails_after = 1U << 30U;
  Buffer received;
};

TEST_F(SealedTest, ShowsTheChipALongCiphertextTwice) {
  ASSERT_EQ(start(), CKR_OK);
  EXPECT_EQ(decrypt(session, message.data(), message.size(), nullptr, &length), CKR_OK);
  EXPECT_EQ(length, message.size() - 16);
  length = text.size();
  EXPECT_EQ(decrypt(session, message.data(), message.size(), text.data(), &length), CKR_OK);
  EXPECT_EQ(length, message.size() - 16);
  EXPECT_TRUE(std::equal(message.begin(), message.end() - 16, text.begin()));
  EXPECT_EQ(received.size(), 2 * message.size());
}

TEST_F(SealedTest, DecryptsWhereTheCiphertextWas) {
  const Buffer before = message;
  ASSERT_EQ(start(), CKR_OK);
  length = message.size();
  EXPECT_EQ(decrypt(session, message.data(), message.size(), message.data(), &length), CKR_OK);
  EXPECT_TRUE(std::equal(before.begin(), before.end() - 16, message.begin()));
}

TEST_F(SealedTest, KeepsPartsUntilTheLastAndAsksAgainForRoom) {
  ASSERT_EQ(start(), CKR_OK);
  for (std::size_t at = 0; at < message.size(); at += 999999) {
    length = text.size();
    const std::size_t bytes = std::min<std::size_t>(999999, message.size() - at);
    EXPECT_EQ(decrypt_update(session, message.data() + at, bytes, text.data(), &length), CKR_OK);
    EXPECT_EQ(length, 0U);
  }
  for (int i = 0; i < 2; ++i) {
    length = message.size() - 17;
    EXPECT_EQ(decrypt_final(session, text.data(), &length), CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(length, message.size() - 16);
  }
  EXPECT_EQ(chip.count(wire::kOp<wire::BeginSized>), 0);
  EXPECT_EQ(decrypt_final(session, text.data(), &length), CKR_OK);
  EXPECT_TRUE(std::equal(message.begin(), message.end() - 16, text.begin()));
  EXPECT_EQ(decrypt_final(session, text.data(), &length), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(SealedTest, LeavesNothingInTheBufferOfAFailure) {
  fails_after = 2U << 20U;
  ASSERT_EQ(start(), CKR_OK);
  length = text.size();
  EXPECT_EQ(decrypt(session, message.data(), message.size(), text.data(), &length),
            CKR_ENCRYPTED_DATA_INVALID);
  EXPECT_TRUE(std::all_of(text.begin(), text.begin() + (2 << 20), [](CK_BYTE octet) { return octet == 0; }));
  EXPECT_EQ(chip.count(wire::kOp<wire::Cancel>), 1);
}

// At each request of both passes: the chip dies over it.
TEST_F(SealedTest, LeavesNothingWhenTheChipDies) {
  const auto answer = chip.handlers.at(wire::kOp<wire::Update>);
  const int pieces = static_cast<int>(message.size() / wire::kSizedPieceBytes) + 1;
  for (int last = 1; last <= 2 * pieces; ++last) {
    int updates = 0;
    chip.handlers[wire::kOp<wire::Update>] = [&](Bytes request) {
      if (++updates == last) chip.die();
      return answer(request);
    };
    std::ranges::fill(text, CK_BYTE{0});
    ASSERT_EQ(start(), CKR_OK) << last;
    length = text.size();
    EXPECT_EQ(decrypt(session, message.data(), message.size(), text.data(), &length), CKR_DEVICE_ERROR);
    EXPECT_EQ(updates, last) << "nothing goes on in another chip";
    EXPECT_TRUE(std::ranges::all_of(text, [](CK_BYTE octet) { return octet == 0; })) << last;
    chip.handlers[wire::kOp<wire::Update>] = answer;
    ASSERT_EQ(start(), CKR_OK);
    length = text.size();
    EXPECT_EQ(decrypt(session, message.data(), message.size(), text.data(), &length), CKR_OK) << last;
  }
}

TEST_F(SealedTest, GivesUpPartsThatWaitWithoutTheChip) {
  ASSERT_EQ(start(), CKR_OK);
  length = text.size();
  EXPECT_EQ(decrypt_update(session, message.data(), 100, text.data(), &length), CKR_OK);
  EXPECT_EQ(session_cancel(session, CKF_DECRYPT), CKR_OK);
  EXPECT_EQ(start(), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::Cancel>), 0);
}

TEST_F(SealedTest, EncryptsNoMoreThanCanBeEncrypted) {
  CK_MECHANISM mechanism{CKM_AES_GCM, &parameter, sizeof(parameter)};
  ASSERT_EQ(encrypt_init(session, &mechanism, keys[2]), CKR_OK);
  length = text.size();
  EXPECT_EQ(encrypt(session, message.data(), wire::kSealBytesMax + 1, text.data(), &length),
            CKR_DATA_LEN_RANGE);
}

TEST_F(OperationTest, DigestsNoKeyThatTheChipRefuses) {
  chip.on<wire::DigestKey>(
      [](const wire::DigestKey&) -> Result<wire::Empty> { return Error{Code::denied, "secret"}; });
  CK_MECHANISM mechanism{CKM_SHA256, nullptr, 0};
  EXPECT_EQ(digest_key(session, keys[2]), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(digest_init(session, &mechanism), CKR_OK);
  EXPECT_EQ(digest_key(session, keys[0]), CKR_KEY_INDIGESTIBLE);
  ASSERT_EQ(digest_init(session, &mechanism), CKR_OK);
  EXPECT_EQ(digest_key(session, keys[2]), CKR_KEY_INDIGESTIBLE);
  EXPECT_EQ(digest_key(session, keys[2]), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(OperationTest, WaitsForTheSecondLoginOfAKeyThatAlwaysAsksForIt) {
  chip.add(CKO_PRIVATE_KEY, CKK_RSA, CKF_SIGN, 2048, true);
  chip.objects.back().always_authenticate = true;
  const CK_OBJECT_HANDLE key = find_all(session).back();
  CK_MECHANISM mechanism{CKM_SHA256_RSA_PKCS, nullptr, 0};
  length = out.size();
  EXPECT_EQ(log_in(session, CKU_CONTEXT_SPECIFIC), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(sign_init(session, &mechanism, key), CKR_OK);
  EXPECT_EQ(sign(session, data.data(), 10, out.data(), &length), CKR_USER_NOT_LOGGED_IN);
  ASSERT_EQ(sign_init(session, &mechanism, key), CKR_OK);
  wire::ObjectId authorized{};
  chip.on<wire::AuthorizeUse>([&](const wire::AuthorizeUse& request) -> Result<wire::Empty> {
    authorized = request.key;
    return wire::Empty{};
  });
  EXPECT_EQ(log_in(session, CKU_CONTEXT_SPECIFIC), CKR_OK);
  EXPECT_EQ(authorized, chip.objects.back().id);
  EXPECT_EQ(sign(session, data.data(), 10, out.data(), &length), CKR_OK);
}

}  // namespace
}  // namespace coffer::pkcs11
