// Tests of what ends operations: a function that does it all in one call, in the middle of parts, and a state
// that is set. On a fake chip, over all operations.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "pkcs11/fake_chip.h"
#include "wire/operation_messages.h"

namespace coffer::pkcs11 {
namespace {

// Ways is an operation with its functions: how it begins, takes a part, does all in one call, and ends.
struct Ways {
  std::string name;
  std::function<CK_RV()> init;
  std::function<CK_RV()> part;
  std::function<CK_RV()> whole;
  std::function<CK_RV()> final;
};

class OneCallTest : public ModuleTest {
 protected:
  OneCallTest() {
    chip.add(CKO_PRIVATE_KEY, CKK_RSA, CKF_SIGN | CKF_SIGN_RECOVER, 2048);
    chip.add(CKO_PUBLIC_KEY, CKK_RSA, CKF_VERIFY | CKF_VERIFY_RECOVER, 2048);
    chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT | CKF_DECRYPT, 256);
    chip.on<wire::Begin>([this](const wire::Begin&) { return wire::BeginReply{++begun}; });
    chip.on<wire::CopyOperation>([this](const wire::CopyOperation&) { return wire::BeginReply{++begun}; });
    chip.on<wire::Update>([](const wire::Update&) { return wire::OutputReply{}; });
    session = open();
    EXPECT_EQ(log_in(session), CKR_OK);
    keys = find_all(session);
  }

  CK_ULONG* room() {
    length = out.size();
    return &length;
  }

  // The functions of 2.0 and 3.2 that take parts.
  std::vector<Ways> plain() {
    return {
        {"C_Sign", [this] { return sign_init(session, &rsa, keys[0]); },
         [this] { return sign_update(session, data.data(), 3); },
         [this] { return sign(session, data.data(), 3, out.data(), room()); },
         [this] { return sign_final(session, out.data(), room()); }},
        {"C_Verify", [this] { return verify_init(session, &rsa, keys[1]); },
         [this] { return verify_update(session, data.data(), 3); },
         [this] { return verify(session, data.data(), 3, out.data(), 256); },
         [this] { return verify_final(session, out.data(), 256); }},
        {"C_Encrypt", [this] { return encrypt_init(session, &cbc, keys[2]); },
         [this] { return encrypt_update(session, data.data(), 3, out.data(), room()); },
         [this] { return encrypt(session, data.data(), 16, out.data(), room()); },
         [this] { return encrypt_final(session, out.data(), room()); }},
        {"C_Decrypt", [this] { return decrypt_init(session, &cbc, keys[2]); },
         [this] { return decrypt_update(session, data.data(), 3, out.data(), room()); },
         [this] { return decrypt(session, data.data(), 16, out.data(), room()); },
         [this] { return decrypt_final(session, out.data(), room()); }},
        {"C_Digest", [this] { return digest_init(session, &sha256); },
         [this] { return digest_update(session, data.data(), 3); },
         [this] { return digest(session, data.data(), 3, out.data(), room()); },
         [this] { return digest_final(session, out.data(), room()); }},
        {"C_VerifySignature",
         [this] { return verify_signature_init(session, &rsa, keys[1], out.data(), 256); },
         [this] { return verify_signature_update(session, data.data(), 3); },
         [this] { return verify_signature(session, data.data(), 3); },
         [this] { return verify_signature_final(session); }},
    };
  }

  // Those that end one message, and not the operation. Their `final` is the last part.
  std::vector<Ways> messages() {
    return {
        {"C_SignMessage", [this] { return message_sign_init(session, &rsa, keys[0]); },
         [this] { return sign_message_begin(session, nullptr, 0); },
         [this] { return sign_message(session, nullptr, 0, data.data(), 3, out.data(), room()); },
         [this] { return sign_message_next(session, nullptr, 0, data.data(), 3, out.data(), room()); }},
        {"C_VerifyMessage", [this] { return message_verify_init(session, &rsa, keys[1]); },
         [this] { return verify_message_begin(session, nullptr, 0); },
         [this] { return verify_message(session, nullptr, 0, data.data(), 3, out.data(), 256); },
         [this] { return verify_message_next(session, nullptr, 0, data.data(), 3, out.data(), 256); }},
        {"C_EncryptMessage", [this] { return message_encrypt_init(session, &gcm, keys[2]); },
         [this] { return encrypt_message_begin(session, &parameter, sizeof parameter, nullptr, 0); },
         [this] {
           return encrypt_message(session, &parameter, sizeof parameter, nullptr, 0, data.data(), 3,
                                  out.data(), room());
         },
         [this] {
           return encrypt_message_next(session, &parameter, sizeof parameter, data.data(), 3, out.data(),
                                       room(), CKF_END_OF_MESSAGE);
         }},
        {"C_DecryptMessage", [this] { return message_decrypt_init(session, &gcm, keys[2]); },
         [this] { return decrypt_message_begin(session, &parameter, sizeof parameter, nullptr, 0); },
         [this] {
           return decrypt_message(session, &parameter, sizeof parameter, nullptr, 0, data.data(), 3,
                                  out.data(), room());
         },
         [this] {
           return decrypt_message_next(session, &parameter, sizeof parameter, data.data(), 3, out.data(),
                                       room(), CKF_END_OF_MESSAGE);
         }},
    };
  }

  // Those without parts.
  std::vector<Ways> recovering() {
    return {{"C_SignRecover", [this] { return sign_recover_init(session, &bare, keys[0]); }, nullptr,
             [this] { return sign_recover(session, data.data(), 3, out.data(), room()); }, nullptr},
            {"C_VerifyRecover", [this] { return verify_recover_init(session, &bare, keys[1]); }, nullptr,
             [this] { return verify_recover(session, data.data(), 256, out.data(), room()); }, nullptr}};
  }

  std::uint64_t begun = 0;
  std::array<CK_BYTE, 16> iv{};
  CK_MECHANISM rsa{CKM_SHA256_RSA_PKCS, nullptr, 0};
  CK_MECHANISM bare{CKM_RSA_PKCS, nullptr, 0};
  CK_MECHANISM cbc{CKM_AES_CBC_PAD, iv.data(), iv.size()};
  CK_MECHANISM gcm{CKM_AES_GCM, nullptr, 0};
  CK_MECHANISM sha256{CKM_SHA256, nullptr, 0};
  std::array<CK_BYTE, 12> nonce{};
  std::array<CK_BYTE, 16> tag{};
  CK_GCM_MESSAGE_PARAMS parameter{nonce.data(), nonce.size(), 0, CKG_NO_GENERATE, tag.data(), 128};
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  std::vector<CK_OBJECT_HANDLE> keys;
  std::array<CK_BYTE, 512> data{};
  std::array<CK_BYTE, 512> out{};
  CK_ULONG length = 0;
};

TEST_F(OneCallTest, EndsAnOperationInParts) {
  for (const Ways& each : plain()) {
    SCOPED_TRACE(each.name);
    EXPECT_EQ(each.init(), CKR_OK);
    EXPECT_EQ(each.part(), CKR_OK);
    EXPECT_EQ(each.whole(), CKR_OPERATION_ACTIVE);
    EXPECT_EQ(each.part(), CKR_OPERATION_NOT_INITIALIZED);
    EXPECT_EQ(each.final(), CKR_OPERATION_NOT_INITIALIZED);
    EXPECT_EQ(each.init(), CKR_OK);
  }
  // The chip hears of what it held.
  EXPECT_EQ(chip.count(wire::kOp<wire::Cancel>), static_cast<int>(begun));
}

TEST_F(OneCallTest, EndsAMessageInParts) {
  for (const Ways& each : messages()) {
    SCOPED_TRACE(each.name);
    EXPECT_EQ(each.init(), CKR_OK);
    EXPECT_EQ(each.part(), CKR_OK);
    EXPECT_EQ(each.whole(), CKR_OPERATION_ACTIVE);
    EXPECT_EQ(each.final(), CKR_OPERATION_NOT_INITIALIZED);
    EXPECT_EQ(each.part(), CKR_OK);  // the next message of the same operation
  }
}

// Also when there is something else to say about the call.
TEST_F(OneCallTest, EndsAMessageInPartsWhateverIsWrongWithTheCall) {
  ASSERT_EQ(message_sign_init(session, &rsa, keys[0]), CKR_OK);
  ASSERT_EQ(sign_message_begin(session, nullptr, 0), CKR_OK);
  EXPECT_EQ(sign_message(session, data.data(), 1, data.data(), 3, out.data(), room()),
            CKR_MECHANISM_PARAM_INVALID);
  EXPECT_EQ(sign_message_next(session, nullptr, 0, data.data(), 3, out.data(), room()),
            CKR_OPERATION_NOT_INITIALIZED);
  ASSERT_EQ(message_verify_init(session, &rsa, keys[1]), CKR_OK);
  ASSERT_EQ(verify_message_begin(session, nullptr, 0), CKR_OK);
  EXPECT_EQ(verify_message(session, data.data(), 1, data.data(), 3, out.data(), 256),
            CKR_MECHANISM_PARAM_INVALID);
  EXPECT_EQ(verify_message_next(session, nullptr, 0, data.data(), 3, out.data(), 256),
            CKR_OPERATION_NOT_INITIALIZED);
}

// "Unless it returns CKR_BUFFER_TOO_SMALL or is a successful call to determine the length."
TEST_F(OneCallTest, GoesOnWhenItOnlyTellsTheLength) {
  ASSERT_EQ(sign_init(session, &rsa, keys[0]), CKR_OK);
  EXPECT_EQ(sign(session, data.data(), 3, nullptr, &length), CKR_OK);
  EXPECT_EQ(sign_init(session, &rsa, keys[0]), CKR_OPERATION_ACTIVE);
  length = 1;
  EXPECT_EQ(sign(session, data.data(), 3, out.data(), &length), CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(sign_init(session, &rsa, keys[0]), CKR_OPERATION_ACTIVE);
}

TEST_F(OneCallTest, AStateThatIsSetEndsWhatTheSessionDid) {
  const CK_SESSION_HANDLE other = open();
  std::array<CK_BYTE, 64> state{};
  CK_ULONG state_bytes = state.size();
  ASSERT_EQ(digest_init(other, &sha256), CKR_OK);
  ASSERT_EQ(digest_update(other, data.data(), 2), CKR_OK);
  ASSERT_EQ(get_operation_state(other, state.data(), &state_bytes), CKR_OK);
  std::vector<Ways> all = plain();
  for (const Ways& each : messages()) all.push_back(each);
  for (const Ways& each : recovering()) all.push_back(each);
  for (const Ways& each : all) EXPECT_EQ(each.init(), CKR_OK) << each.name;
  for (const Ways& each : all) {
    if (each.part == nullptr) continue;
    EXPECT_EQ(each.part(), CKR_OK) << each.name;
  }
  ASSERT_EQ(find_objects_init(session, nullptr, 0), CKR_OK);
  ASSERT_EQ(set_operation_state(session, state.data(), state_bytes, 0, 0), CKR_OK);
  EXPECT_EQ(find_objects_final(session), CKR_OPERATION_NOT_INITIALIZED);
  for (const Ways& each : all) {
    if (each.name == "C_Digest") continue;
    EXPECT_EQ(each.whole(), CKR_OPERATION_NOT_INITIALIZED) << each.name;
  }
  EXPECT_EQ(digest_update(session, data.data(), 1), CKR_OK);  // the digest that came back
}

// A state that is none cancels nothing.
TEST_F(OneCallTest, AStateThatIsRefusedLeavesWhatTheSessionDoes) {
  ASSERT_EQ(encrypt_init(session, &cbc, keys[2]), CKR_OK);
  EXPECT_EQ(set_operation_state(session, data.data(), 24, 0, 0), CKR_SAVED_STATE_INVALID);
  EXPECT_EQ(encrypt_init(session, &cbc, keys[2]), CKR_OPERATION_ACTIVE);
}

}  // namespace
}  // namespace coffer::pkcs11
