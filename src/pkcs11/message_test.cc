// Tests of the message-based functions, of two operations at once, of signatures that come first, and of
// pending requests, on a fake chip.
#include "pkcs11/message.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "pkcs11/fake_chip.h"
#include "wire/operation_messages.h"

namespace coffer::pkcs11 {
namespace {

// MessageTest has one session and a key of each kind: 0 RSA private, 1 RSA public, 2 AES.
//
// The chip's cipher adds 1 to each octet; its tag is sixteen times 0x77.
class MessageTest : public ModuleTest {
 protected:
  MessageTest() {
    chip.add(CKO_PRIVATE_KEY, CKK_RSA, CKF_SIGN | CKF_SIGN_RECOVER, 2048);
    chip.add(CKO_PUBLIC_KEY, CKK_RSA, CKF_VERIFY, 2048);
    chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT | CKF_DECRYPT, 256);
    chip.on<wire::Sign>([this](const wire::Sign& request) {
      signed_bytes.push_back(request.data.size());
      return wire::OutputReply{signature};
    });
    chip.on<wire::Verify>([this](const wire::Verify& request) -> Result<wire::Empty> {
      verified_bytes = request.data.size();
      if (request.signature[0] == signature[0]) return wire::Empty{};
      return Error{Code::signature_invalid, "wrong"};
    });
    chip.on<wire::Encrypt>([this](const wire::Encrypt& request) {
      nonces.push_back(to_buffer(request.parameters.iv));
      output = to_buffer(request.data);
      for (std::uint8_t& octet : output) ++octet;
      output.insert(output.end(), 16, 0x77);
      return wire::OutputReply{output};
    });
    chip.on<wire::Decrypt>([this](const wire::Decrypt& request) -> Result<wire::OutputReply> {
      if (request.data.back() != 0x77) return Error{Code::ciphertext_invalid, "wrong"};
      output = to_buffer(request.data.first(request.data.size() - 16));
      for (std::uint8_t& octet : output) --octet;
      return wire::OutputReply{output};
    });
    chip.on<wire::MakeNonce>([this](const wire::MakeNonce& request) {
      asked.push_back(request.counter);
      wire::NonceReply reply{9, to_buffer(request.nonce)};
      reply.nonce.back() = ++next_nonce;
      return reply;
    });
    session = open();
    EXPECT_EQ(log_in(session), CKR_OK);
    keys = find_all(session);
  }

  CK_RV start_encrypt() { return message_encrypt_init(session, &gcm, keys[2]); }
  CK_RV start_decrypt() { return message_decrypt_init(session, &gcm, keys[2]); }
  CK_RV start_sign() { return message_sign_init(session, &rsa, keys[0]); }
  CK_RV encrypt_one() {
    length = out.size();
    return encrypt_message(session, &parameter, sizeof(parameter), nullptr, 0, data.data(), 20, out.data(),
                           &length);
  }

  CK_MECHANISM gcm{CKM_AES_GCM, nullptr, 0};
  CK_MECHANISM rsa{CKM_SHA256_RSA_PKCS, nullptr, 0};
  std::array<CK_BYTE, 12> nonce{};
  std::array<CK_BYTE, 16> tag{};
  CK_GCM_MESSAGE_PARAMS parameter{nonce.data(), nonce.size(), 0, CKG_NO_GENERATE, tag.data(), 128};
  Buffer signature = Buffer(256, 0x5a);
  Buffer output;
  std::vector<std::size_t> signed_bytes;
  std::size_t verified_bytes = 0;
  std::vector<Buffer> nonces;
  std::vector<std::uint64_t> asked;
  std::uint8_t next_nonce = 0;
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  std::vector<CK_OBJECT_HANDLE> keys;
  std::array<CK_BYTE, 512> data{};
  std::array<CK_BYTE, 512> out{};
  CK_ULONG length = 0;
};

TEST_F(MessageTest, PutsTheTagWhereTheMessageWantsIt) {
  ASSERT_EQ(start_encrypt(), CKR_OK);
  EXPECT_EQ(encrypt_one(), CKR_OK);
  EXPECT_EQ(length, 20U);
  EXPECT_EQ(out[0], 1);
  EXPECT_EQ(out[20], 0);
  EXPECT_EQ(tag[15], 0x77);
}

TEST_F(MessageTest, GoesOnToTheNextMessage) {
  ASSERT_EQ(start_encrypt(), CKR_OK);
  EXPECT_EQ(encrypt_one(), CKR_OK);
  EXPECT_EQ(encrypt_one(), CKR_OK);
  EXPECT_EQ(message_encrypt_final(session), CKR_OK);
  EXPECT_EQ(encrypt_one(), CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(message_encrypt_final(session), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(MessageTest, TellsTheLengthAndTakesNothingWithoutRoom) {
  ASSERT_EQ(start_encrypt(), CKR_OK);
  length = 19;
  EXPECT_EQ(
      encrypt_message(session, &parameter, sizeof(parameter), nullptr, 0, data.data(), 20, nullptr, &length),
      CKR_OK);
  EXPECT_EQ(length, 20U);
  length = 19;
  EXPECT_EQ(encrypt_message(session, &parameter, sizeof(parameter), nullptr, 0, data.data(), 20, out.data(),
                            &length),
            CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(length, 20U);
  EXPECT_EQ(chip.count(wire::kOp<wire::Encrypt>), 0);
}

TEST_F(MessageTest, LetsTheChipCountNonces) {
  parameter.ivGenerator = CKG_GENERATE_COUNTER;
  parameter.ulIvFixedBits = 32;
  ASSERT_EQ(start_encrypt(), CKR_OK);
  ASSERT_EQ(encrypt_one(), CKR_OK);
  EXPECT_EQ(nonce.back(), 1);
  ASSERT_EQ(encrypt_one(), CKR_OK);
  EXPECT_EQ(nonce.back(), 2);
  EXPECT_EQ(nonces.back(), to_buffer(nonce));
  EXPECT_EQ(asked, (std::vector<std::uint64_t>{0, 9}));
}

TEST_F(MessageTest, GivesACounterBackWithTheLastMessage) {
  parameter.ivGenerator = CKG_GENERATE_COUNTER;
  ASSERT_EQ(start_encrypt(), CKR_OK);
  ASSERT_EQ(encrypt_one(), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::Cancel>), 0);
  EXPECT_EQ(message_encrypt_final(session), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::Cancel>), 1);
}

TEST_F(MessageTest, RefusesParametersThatMakeNoSense) {
  ASSERT_EQ(start_encrypt(), CKR_OK);
  EXPECT_EQ(encrypt_message(session, &parameter, sizeof(parameter) - 1, nullptr, 0, data.data(), 20,
                            out.data(), &length),
            CKR_MECHANISM_PARAM_INVALID);
  for (const auto spoil : {0, 1, 2, 3, 4}) {
    CK_GCM_MESSAGE_PARAMS wrong = parameter;
    if (spoil == 0) wrong.pIv = nullptr;
    if (spoil == 1) wrong.pTag = nullptr;
    if (spoil == 2) wrong.ulTagBits = 129;
    if (spoil == 3) wrong.ivGenerator = 5;
    if (spoil == 4) wrong.ulIvFixedBits = 97;
    EXPECT_EQ(
        encrypt_message(session, &wrong, sizeof(wrong), nullptr, 0, data.data(), 20, out.data(), &length),
        CKR_MECHANISM_PARAM_INVALID)
        << spoil;
  }
  EXPECT_EQ(encrypt_one(), CKR_OK);
}

TEST_F(MessageTest, EncryptsNothingButWithATag) {
  CK_MECHANISM cbc{CKM_AES_CBC, nullptr, 0};
  EXPECT_EQ(message_encrypt_init(session, &cbc, keys[2]), CKR_MECHANISM_INVALID);
  CK_MECHANISM_INFO info;
  ASSERT_EQ(get_mechanism_info(0, CKM_AES_GCM, &info), CKR_OK);
  EXPECT_EQ(info.flags & (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE),
            CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE);
}

TEST_F(MessageTest, GivesNothingOfAMessageWithAWrongTag) {
  ASSERT_EQ(start_decrypt(), CKR_OK);
  const auto decrypt_one = [&] {
    length = out.size();
    return decrypt_message(session, &parameter, sizeof(parameter), nullptr, 0, data.data(), 20, out.data(),
                           &length);
  };
  EXPECT_EQ(decrypt_one(), CKR_AEAD_DECRYPT_FAILED);
  EXPECT_EQ(out[0], 0);
  tag.fill(0x77);
  EXPECT_EQ(decrypt_one(), CKR_OK);
  EXPECT_EQ(length, 20U);
  EXPECT_EQ(out[0], 255);
}

TEST_F(MessageTest, SignsMessagesOneAfterTheOther) {
  ASSERT_EQ(start_sign(), CKR_OK);
  length = out.size();
  EXPECT_EQ(sign_message(session, nullptr, 0, data.data(), 5, out.data(), &length), CKR_OK);
  EXPECT_EQ(sign_message_begin(session, nullptr, 0), CKR_OK);
  EXPECT_EQ(sign_message_next(session, nullptr, 0, data.data(), 7, nullptr, nullptr), CKR_OK);
  length = 1;
  EXPECT_EQ(sign_message_next(session, nullptr, 0, data.data(), 8, out.data(), &length),
            CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(sign_message_next(session, nullptr, 0, data.data(), 8, out.data(), &length), CKR_OK);
  EXPECT_EQ(sign_message_next(session, nullptr, 0, data.data(), 8, out.data(), &length),
            CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(signed_bytes, (std::vector<std::size_t>{5, 15}));
  EXPECT_EQ(message_sign_final(session), CKR_OK);
}

TEST_F(MessageTest, VerifiesMessagesAfterAWrongOne) {
  ASSERT_EQ(message_verify_init(session, &rsa, keys[1]), CKR_OK);
  Buffer wrong(256, 0);
  EXPECT_EQ(verify_message(session, nullptr, 0, data.data(), 5, wrong.data(), wrong.size()),
            CKR_SIGNATURE_INVALID);
  EXPECT_EQ(verify_message(session, nullptr, 0, data.data(), 5, signature.data(), signature.size()), CKR_OK);
  EXPECT_EQ(verify_message_begin(session, nullptr, 0), CKR_OK);
  EXPECT_EQ(verify_message_next(session, nullptr, 0, data.data(), 5, nullptr, 0), CKR_OK);
  EXPECT_EQ(verify_message_next(session, nullptr, 0, data.data(), 6, signature.data(), signature.size()),
            CKR_OK);
  EXPECT_EQ(verified_bytes, 11U);
}

TEST_F(MessageTest, EndsBySessionCancel) {
  ASSERT_EQ(start_sign(), CKR_OK);
  ASSERT_EQ(start_encrypt(), CKR_OK);
  EXPECT_EQ(start_sign(), CKR_OPERATION_ACTIVE);
  EXPECT_EQ(session_cancel(session, CKF_MESSAGE_SIGN), CKR_OK);
  EXPECT_EQ(start_sign(), CKR_OK);
  EXPECT_EQ(start_encrypt(), CKR_OPERATION_ACTIVE);
}

TEST_F(MessageTest, VerifiesASignatureThatCameFirst) {
  EXPECT_EQ(verify_signature_init(session, &rsa, keys[1], signature.data(), 255), CKR_SIGNATURE_LEN_RANGE);
  ASSERT_EQ(verify_signature_init(session, &rsa, keys[1], signature.data(), 256), CKR_OK);
  EXPECT_EQ(verify_signature(session, data.data(), 3), CKR_OK);
  EXPECT_EQ(verify_signature(session, data.data(), 3), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(verify_signature_init(session, &rsa, keys[1], signature.data(), 256), CKR_OK);
  EXPECT_EQ(verify_signature_update(session, data.data(), 3), CKR_OK);
  EXPECT_EQ(verify_signature_update(session, data.data(), 4), CKR_OK);
  EXPECT_EQ(verify_signature_final(session), CKR_OK);
  EXPECT_EQ(verified_bytes, 7U);
}

// The fake chip's stream gives a part back as it came.
class DualTest : public MessageTest {
 protected:
  DualTest() {
    chip.on<wire::Begin>([](const wire::Begin&) { return wire::BeginReply{42}; });
    chip.on<wire::Update>([this](const wire::Update& request) {
      output = to_buffer(request.data);
      return wire::OutputReply{output};
    });
    chip.on<wire::DigestRequest>([this](const wire::DigestRequest& request) {
      digested = to_buffer(request.data);
      return wire::OutputReply{digest_output};
    });
    CK_MECHANISM cbc{CKM_AES_CBC, iv.data(), iv.size()};
    CK_MECHANISM sha{CKM_SHA256, nullptr, 0};
    EXPECT_EQ(encrypt_init(session, &cbc, keys[2]), CKR_OK);
    EXPECT_EQ(decrypt_init(session, &cbc, keys[2]), CKR_OK);
    EXPECT_EQ(digest_init(session, &sha), CKR_OK);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<CK_BYTE>(i);
  }

  CK_RV finish_digest() {
    length = out.size();
    return digest_final(session, out.data(), &length);
  }

  std::array<CK_BYTE, 16> iv{};
  Buffer digest_output = Buffer(32, 3);
  Buffer digested;
};

TEST_F(DualTest, DigestsAPartOnceAlthoughItWasPassedTwice) {
  length = 8;
  EXPECT_EQ(digest_encrypt_update(session, data.data(), 32, out.data(), &length), CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(length, 32U);
  EXPECT_EQ(digest_encrypt_update(session, data.data(), 32, out.data(), &length), CKR_OK);
  EXPECT_EQ(digest_encrypt_update(session, data.data(), 32, nullptr, &length), CKR_OK);
  EXPECT_EQ(finish_digest(), CKR_OK);
  EXPECT_EQ(digested, to_buffer(Bytes(data).first(32)));
}

TEST_F(DualTest, DigestsWhatWasDecrypted) {
  length = out.size();
  EXPECT_EQ(decrypt_digest_update(session, data.data(), 16, out.data(), &length), CKR_OK);
  EXPECT_EQ(finish_digest(), CKR_OK);
  EXPECT_EQ(digested, to_buffer(Bytes(data).first(16)));
}

TEST_F(DualTest, NeedsBothOperations) {
  length = out.size();
  EXPECT_EQ(sign_encrypt_update(session, data.data(), 16, out.data(), &length),
            CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(decrypt_verify_update(session, data.data(), 16, out.data(), &length),
            CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(DualTest, SavesADigestAndGoesOnWithIt) {
  chip.on<wire::CopyOperation>([](const wire::CopyOperation& request) -> Result<wire::BeginReply> {
    if (request.operation != 42 && request.operation != 43) return Error{Code::operation_unknown, "no"};
    return wire::BeginReply{43};
  });
  std::array<CK_BYTE, 64> state{};
  length = state.size();
  EXPECT_EQ(get_operation_state(session, state.data(), &length), CKR_STATE_UNSAVEABLE);
  EXPECT_EQ(session_cancel(session, CKF_ENCRYPT | CKF_DECRYPT), CKR_OK);
  length = 1;
  EXPECT_EQ(get_operation_state(session, state.data(), &length), CKR_BUFFER_TOO_SMALL);
  ASSERT_EQ(get_operation_state(session, state.data(), &length), CKR_OK);
  const CK_SESSION_HANDLE other = open();
  EXPECT_EQ(set_operation_state(other, state.data(), length - 1, 0, 0), CKR_SAVED_STATE_INVALID);
  EXPECT_EQ(set_operation_state(other, state.data(), length, keys[2], 0), CKR_KEY_NOT_NEEDED);
  EXPECT_EQ(set_operation_state(other, state.data(), length, 0, 0), CKR_OK);
  state[length - 1] ^= 1;
  EXPECT_EQ(set_operation_state(other, state.data(), length, 0, 0), CKR_SAVED_STATE_INVALID);
  state[0] ^= 1;
  EXPECT_EQ(set_operation_state(other, state.data(), length, 0, 0), CKR_SAVED_STATE_INVALID);
}

// AsyncTest has a session that does not wait for keys.
class AsyncTest : public ModuleTest {
 protected:
  AsyncTest() {
    chip.on<wire::StartJob>([](const wire::StartJob&) { return wire::JobReply{77}; });
    chip.on<wire::TakeJob>([this](const wire::TakeJob& request) -> Result<wire::TakeJobReply> {
      if (request.job != 77) return Error{Code::operation_unknown, "no such job"};
      wire::TakeJobReply reply;
      reply.state = state;
      reply.op = static_cast<std::uint32_t>(wire::kOp<wire::GenerateKey>);
      reply.code = static_cast<std::uint32_t>(Code::template_incomplete);
      if (state == wire::JobState::done) reply.response = codec::encode(wire::ObjectReply{});
      return reply;
    });
    session = open(CKF_RW_SESSION | CKF_ASYNC_SESSION);
  }

  CK_RV generate() { return generate_key(session, &mechanism, nullptr, 0, &key); }
  CK_RV complete() { return async_complete(session, name, &result); }

  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  CK_UTF8CHAR name[14] = "C_GenerateKey";
  CK_UTF8CHAR other_name[18] = "C_GenerateKeyPair";
  CK_UTF8CHAR unknown_name[7] = "C_Sign";
  wire::JobState state = wire::JobState::running;
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE key = 0;
  CK_ASYNC_DATA result{};
};

TEST_F(AsyncTest, AnswersPendingUntilTheKeyIsThere) {
  CK_SESSION_INFO info;
  ASSERT_EQ(get_session_info(session, &info), CKR_OK);
  EXPECT_NE(info.flags & CKF_ASYNC_SESSION, 0U);
  EXPECT_EQ(complete(), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(generate(), CKR_PENDING);
  EXPECT_EQ(generate(), CKR_OPERATION_ACTIVE);
  EXPECT_EQ(complete(), CKR_PENDING);
  state = wire::JobState::done;
  EXPECT_EQ(async_complete(session, other_name, &result), CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(async_complete(session, unknown_name, &result), CKR_FUNCTION_NOT_SUPPORTED);
  EXPECT_EQ(complete(), CKR_OK);
  EXPECT_NE(result.hObject, CK_INVALID_HANDLE);
  EXPECT_EQ(complete(), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(AsyncTest, TellsWhyItFailed) {
  ASSERT_EQ(generate(), CKR_PENDING);
  state = wire::JobState::failed;
  EXPECT_EQ(complete(), CKR_TEMPLATE_INCOMPLETE);
  EXPECT_EQ(generate(), CKR_PENDING);
}

TEST_F(AsyncTest, GoesOnInAnotherSession) {
  CK_ULONG id = 0;
  ASSERT_EQ(generate(), CKR_PENDING);
  ASSERT_EQ(async_get_id(session, name, &id), CKR_OK);
  EXPECT_EQ(complete(), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(close_session(session), CKR_OK);
  session = open(CKF_RW_SESSION | CKF_ASYNC_SESSION);
  EXPECT_EQ(async_join(session, name, id + 1, nullptr, 0), CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(async_join(session, other_name, id, nullptr, 0), CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(async_join(session, name, id, nullptr, 0), CKR_OK);
  state = wire::JobState::done;
  EXPECT_EQ(complete(), CKR_OK);
}

TEST_F(AsyncTest, IsForAsyncSessionsOnly) {
  chip.on<wire::GenerateKey>([](const wire::GenerateKey&) { return wire::ObjectReply{}; });
  session = open();
  EXPECT_EQ(generate(), CKR_OK);
  EXPECT_EQ(complete(), CKR_SESSION_ASYNC_NOT_SUPPORTED);
  EXPECT_EQ(async_join(session, name, 77, nullptr, 0), CKR_SESSION_ASYNC_NOT_SUPPORTED);
}

TEST_F(ModuleTest, TellsOfATokenThatAppeared) {
  CK_SLOT_ID slot = 99;
  EXPECT_EQ(wait_for_slot_event(CKF_DONT_BLOCK, &slot, nullptr), CKR_NO_EVENT);
  chip.on<wire::Slots>([](const wire::Slots&) {
    wire::SlotsReply reply;
    reply.slots.emplace_back().initialized = true;
    wire::TokenInfo& made = reply.slots.emplace_back();
    made.slot = 1;
    made.initialized = true;
    return reply;
  });
  EXPECT_EQ(wait_for_slot_event(0, &slot, nullptr), CKR_OK);
  EXPECT_EQ(slot, 1U);
  EXPECT_EQ(wait_for_slot_event(CKF_DONT_BLOCK, &slot, nullptr), CKR_NO_EVENT);
  EXPECT_EQ(wait_for_slot_event(CKF_DONT_BLOCK, nullptr, nullptr), CKR_ARGUMENTS_BAD);
}

TEST_F(ModuleTest, SaysThatNothingIsValidated) {
  const CK_SESSION_HANDLE session = open();
  CK_FLAGS flags = 7;
  EXPECT_EQ(get_session_validation_flags(session, CKS_LAST_VALIDATION_OK, &flags), CKR_OK);
  EXPECT_EQ(flags, 0U);
  EXPECT_EQ(get_session_validation_flags(session, 2, &flags), CKR_ARGUMENTS_BAD);
}

}  // namespace
}  // namespace coffer::pkcs11
