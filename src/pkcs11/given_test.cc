// Tests: lengths that no object has are refused by every function that takes octets, and lengths that are
// told for nothing.
#include "pkcs11/given.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <vector>

#include "pkcs11/fake_chip.h"

namespace coffer::pkcs11 {
namespace {

// GivenTest has one session and a key of each kind: 0 RSA private, 1 RSA public, 2 AES.
class GivenTest : public ModuleTest {
 protected:
  // Call is one function, called with a part of `bytes` octets.
  struct Call {
    const char* name;
    CK_RV (GivenTest::*begin)(CK_MECHANISM_TYPE type);
    std::vector<CK_MECHANISM_TYPE> mechanisms;
    std::function<CK_RV(CK_ULONG bytes)> call;
  };

  GivenTest() {
    chip.add(CKO_PRIVATE_KEY, CKK_RSA, CKF_SIGN | CKF_DECRYPT, 2048);
    chip.add(CKO_PUBLIC_KEY, CKK_RSA, CKF_VERIFY, 2048);
    chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT | CKF_DECRYPT, 256);
    chip.on<wire::Begin>([](const wire::Begin&) { return wire::BeginReply{42}; });
    chip.on<wire::Update>([](const wire::Update& request) { return wire::OutputReply{request.data}; });
    session = open();
    EXPECT_EQ(log_in(session), CKR_OK);
    keys = find_all(session);
  }

  CK_MECHANISM mechanism(CK_MECHANISM_TYPE type) {
    if (type == CKM_AES_GCM) return {type, &gcm, sizeof gcm};
    if (type == CKM_AES_CBC) return {type, iv.data(), iv.size()};
    return {type, nullptr, 0};
  }
  CK_RV nothing(CK_MECHANISM_TYPE /*type*/) { return CKR_OK; }
  CK_RV encrypting(CK_MECHANISM_TYPE type) {
    CK_MECHANISM made = mechanism(type);
    return encrypt_init(session, &made, keys[2]);
  }
  CK_RV decrypting(CK_MECHANISM_TYPE type) {
    CK_MECHANISM made = mechanism(type);
    return decrypt_init(session, &made, keys[2]);
  }
  CK_RV signing(CK_MECHANISM_TYPE type) {
    CK_MECHANISM made = mechanism(type);
    return sign_init(session, &made, keys[0]);
  }
  CK_RV verifying(CK_MECHANISM_TYPE type) {
    CK_MECHANISM made = mechanism(type);
    return verify_init(session, &made, keys[1]);
  }
  CK_RV digesting(CK_MECHANISM_TYPE type) {
    CK_MECHANISM made = mechanism(type);
    return digest_init(session, &made);
  }
  CK_RV digesting_too(CK_MECHANISM_TYPE type) {
    const CK_RV begun = digesting(CKM_SHA256);
    return begun == CKR_OK ? encrypting(type) : begun;
  }
  CK_RV encrypting_messages(CK_MECHANISM_TYPE type) {
    CK_MECHANISM made{type, nullptr, 0};
    return message_encrypt_init(session, &made, keys[2]);
  }
  CK_RV decrypting_messages(CK_MECHANISM_TYPE type) {
    CK_MECHANISM made{type, nullptr, 0};
    return message_decrypt_init(session, &made, keys[2]);
  }
  CK_RV in_an_encrypted_message(CK_MECHANISM_TYPE type) {
    const CK_RV begun = encrypting_messages(type);
    return begun == CKR_OK ? encrypt_message_begin(session, &message, sizeof message, nullptr, 0) : begun;
  }
  CK_RV in_a_decrypted_message(CK_MECHANISM_TYPE type) {
    const CK_RV begun = decrypting_messages(type);
    return begun == CKR_OK ? decrypt_message_begin(session, &message, sizeof message, nullptr, 0) : begun;
  }
  CK_RV signing_messages(CK_MECHANISM_TYPE type) {
    CK_MECHANISM made = mechanism(type);
    return message_sign_init(session, &made, keys[0]);
  }
  CK_RV in_a_signed_message(CK_MECHANISM_TYPE type) {
    const CK_RV begun = signing_messages(type);
    return begun == CKR_OK ? sign_message_begin(session, nullptr, 0) : begun;
  }
  CK_RV verifying_messages(CK_MECHANISM_TYPE type) {
    CK_MECHANISM made = mechanism(type);
    return message_verify_init(session, &made, keys[1]);
  }

  CK_ULONG* room() {
    length = CK_UNAVAILABLE_INFORMATION;
    return &length;
  }

  std::array<CK_BYTE, 16> iv{};
  std::array<CK_BYTE, 16> tag{};
  CK_GCM_PARAMS gcm{iv.data(), 12, 96, nullptr, 0, 128};
  CK_GCM_MESSAGE_PARAMS message{iv.data(), 12, 0, CKG_NO_GENERATE, tag.data(), 128};
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  std::vector<CK_OBJECT_HANDLE> keys;
  std::array<CK_BYTE, 512> data{};
  std::array<CK_BYTE, 512> out{};
  CK_ULONG length = 0;

  using Self = GivenTest;
  const std::vector<CK_MECHANISM_TYPE> ciphers = {CKM_AES_GCM, CKM_AES_CBC};
  const std::vector<CK_MECHANISM_TYPE> rsa = {CKM_SHA256_RSA_PKCS};
  const std::vector<CK_MECHANISM_TYPE> sealing = {CKM_AES_GCM};
  const std::vector<Call> calls = {
      {"encrypt", &Self::encrypting, ciphers,
       [this](CK_ULONG n) { return encrypt(session, data.data(), n, out.data(), room()); }},
      {"encrypt_update", &Self::encrypting, ciphers,
       [this](CK_ULONG n) { return encrypt_update(session, data.data(), n, out.data(), room()); }},
      {"decrypt", &Self::decrypting, ciphers,
       [this](CK_ULONG n) { return decrypt(session, data.data(), n, out.data(), room()); }},
      {"decrypt_update", &Self::decrypting, ciphers,
       [this](CK_ULONG n) { return decrypt_update(session, data.data(), n, out.data(), room()); }},
      {"sign", &Self::signing, rsa,
       [this](CK_ULONG n) { return sign(session, data.data(), n, out.data(), room()); }},
      {"sign_update", &Self::signing, rsa,
       [this](CK_ULONG n) { return sign_update(session, data.data(), n); }},
      {"verify", &Self::verifying, rsa,
       [this](CK_ULONG n) { return verify(session, data.data(), n, out.data(), 256); }},
      {"verify_update", &Self::verifying, rsa,
       [this](CK_ULONG n) { return verify_update(session, data.data(), n); }},
      {"digest",
       &Self::digesting,
       {CKM_SHA256},
       [this](CK_ULONG n) { return digest(session, data.data(), n, out.data(), room()); }},
      {"digest_update",
       &Self::digesting,
       {CKM_SHA256},
       [this](CK_ULONG n) { return digest_update(session, data.data(), n); }},
      {"digest_encrypt_update", &Self::digesting_too, ciphers,
       [this](CK_ULONG n) { return digest_encrypt_update(session, data.data(), n, out.data(), room()); }},
      {"encrypt_message", &Self::encrypting_messages, sealing,
       [this](CK_ULONG n) {
         return encrypt_message(session, &message, sizeof message, nullptr, 0, data.data(), n, out.data(),
                                room());
       }},
      {"encrypt_message: associated", &Self::encrypting_messages, sealing,
       [this](CK_ULONG n) {
         return encrypt_message(session, &message, sizeof message, data.data(), n, data.data(), 1, out.data(),
                                room());
       }},
      {"decrypt_message", &Self::decrypting_messages, sealing,
       [this](CK_ULONG n) {
         return decrypt_message(session, &message, sizeof message, nullptr, 0, data.data(), n, out.data(),
                                room());
       }},
      {"encrypt_message_begin", &Self::encrypting_messages, sealing,
       [this](CK_ULONG n) {
         return encrypt_message_begin(session, &message, sizeof message, data.data(), n);
       }},
      {"decrypt_message_begin", &Self::decrypting_messages, sealing,
       [this](CK_ULONG n) {
         return decrypt_message_begin(session, &message, sizeof message, data.data(), n);
       }},
      {"encrypt_message_next", &Self::in_an_encrypted_message, sealing,
       [this](CK_ULONG n) {
         return encrypt_message_next(session, &message, sizeof message, data.data(), n, out.data(), room(),
                                     0);
       }},
      {"decrypt_message_next", &Self::in_a_decrypted_message, sealing,
       [this](CK_ULONG n) {
         return decrypt_message_next(session, &message, sizeof message, data.data(), n, out.data(), room(),
                                     0);
       }},
      {"decrypt_message_next: last", &Self::in_a_decrypted_message, sealing,
       [this](CK_ULONG n) {
         return decrypt_message_next(session, &message, sizeof message, data.data(), n, out.data(), room(),
                                     CKF_END_OF_MESSAGE);
       }},
      {"sign_message", &Self::signing_messages, rsa,
       [this](CK_ULONG n) { return sign_message(session, nullptr, 0, data.data(), n, out.data(), room()); }},
      {"sign_message_next", &Self::in_a_signed_message, rsa,
       [this](CK_ULONG n) {
         return sign_message_next(session, nullptr, 0, data.data(), n, out.data(), room());
       }},
      {"verify_message", &Self::verifying_messages, rsa,
       [this](CK_ULONG n) { return verify_message(session, nullptr, 0, data.data(), n, out.data(), 256); }},
      {"seed_random", &Self::nothing, rsa,
       [this](CK_ULONG n) { return seed_random(session, data.data(), n); }},
      {"generate_random", &Self::nothing, rsa,
       [this](CK_ULONG n) { return generate_random(session, out.data(), n); }},
  };
};

constexpr CK_ULONG kHalf = CK_ULONG{1} << 63U;

TEST_F(GivenTest, RefusesLengthsThatNoObjectHas) {
  for (const Call& each : calls) {
    for (const CK_MECHANISM_TYPE type : each.mechanisms) {
      for (const CK_ULONG bytes : {CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION - 15, kHalf}) {
        ASSERT_EQ(session_cancel(session, ~CK_FLAGS{0}), CKR_OK);
        ASSERT_EQ((this->*each.begin)(type), CKR_OK) << each.name;
        EXPECT_EQ(each.call(bytes), CKR_ARGUMENTS_BAD)
            << each.name << ' ' << std::hex << type << ' ' << bytes;
      }
    }
  }
}

// Before it was refused, what came first and this together were less than either.
TEST_F(GivenTest, RefusesThemBehindAPart) {
  for (const CK_ULONG bytes : {CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION - 99, kHalf}) {
    ASSERT_EQ(decrypting(CKM_AES_GCM), CKR_OK);
    ASSERT_EQ(decrypt_update(session, data.data(), 100, out.data(), room()), CKR_OK);
    EXPECT_EQ(decrypt_update(session, data.data(), bytes, out.data(), room()), CKR_ARGUMENTS_BAD);
    ASSERT_EQ(in_a_decrypted_message(CKM_AES_GCM), CKR_OK);
    for (const CK_FLAGS flags : {CK_FLAGS{0}, CKF_END_OF_MESSAGE}) {
      ASSERT_EQ(
          decrypt_message_next(session, &message, sizeof message, data.data(), 100, out.data(), room(), 0),
          CKR_OK);
      EXPECT_EQ(decrypt_message_next(session, &message, sizeof message, data.data(), bytes, out.data(),
                                     room(), flags),
                CKR_ARGUMENTS_BAD);
    }
    ASSERT_EQ(session_cancel(session, ~CK_FLAGS{0}), CKR_OK);
  }
}

// Whoever is told a length of 0 may pass a null pointer again, which asks for the length: the part would be
// lost, and a message of nothing but a tag taken for a good one.
TEST_F(GivenTest, TellsALengthForWhatWaitsAndForATagAlone) {
  const auto ask = [&](auto function, CK_ULONG bytes, CK_FLAGS flags) {
    length = 0;
    EXPECT_EQ(function(session, &message, sizeof message, data.data(), bytes, nullptr, &length, flags),
              CKR_OK);
    return length;
  };
  ASSERT_EQ(in_a_decrypted_message(CKM_AES_GCM), CKR_OK);
  EXPECT_EQ(ask(decrypt_message_next, 0, CKF_END_OF_MESSAGE), 1U);
  EXPECT_EQ(ask(decrypt_message_next, 40, 0), 40U);
  EXPECT_EQ(ask(decrypt_message_next, 40, CKF_END_OF_MESSAGE), 40U);
  ASSERT_EQ(session_cancel(session, ~CK_FLAGS{0}), CKR_OK);
  ASSERT_EQ(decrypting_messages(CKM_AES_GCM), CKR_OK);
  ASSERT_EQ(decrypt_message(session, &message, sizeof message, nullptr, 0, nullptr, 0, nullptr, &length),
            CKR_OK);
  EXPECT_EQ(length, 1U);
  ASSERT_EQ(encrypting_messages(CKM_AES_GCM), CKR_OK);
  length = 0;
  ASSERT_EQ(encrypt_message(session, &message, sizeof message, nullptr, 0, nullptr, 0, nullptr, &length),
            CKR_OK);
  EXPECT_EQ(length, 1U);
  ASSERT_EQ(decrypting(CKM_AES_GCM), CKR_OK);
  ASSERT_EQ(decrypt(session, data.data(), 16, nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 1U);
  ASSERT_EQ(decrypt_update(session, data.data(), 16, out.data(), room()), CKR_OK);
  ASSERT_EQ(decrypt_final(session, nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 1U);
}

}  // namespace
}  // namespace coffer::pkcs11
