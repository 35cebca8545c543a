// The rarer functions of PKCS#11 3.2, as an application uses them, against a running vault.
//
// usage: module_functions MODULE PIN; the environment has COFFER_HOME. Exits 0 when everything holds.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <thread>

#include "tests/module.h"

namespace {

using namespace coffer::story;
using Octets = std::vector<CK_BYTE>;

void expect(const char* what, bool holds) {
  if (!holds) die(what);
}

void refused(const char* what, CK_RV wanted, CK_RV value) {
  if (value != wanted) die(std::string(what) + " is answered wrongly", value);
}

CK_FUNCTION_LIST_3_2* functions = nullptr;
CK_BBOOL yes = CK_TRUE;
CK_BBOOL no = CK_FALSE;

CK_OBJECT_HANDLE generate_aes(CK_SESSION_HANDLE session) {
  CK_ULONG length = 32;
  CK_ATTRIBUTE attributes[] = {
      {CKA_VALUE_LEN, &length, sizeof length}, {CKA_ENCRYPT, &yes, 1}, {CKA_DECRYPT, &yes, 1}};
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE key = 0;
  must("C_GenerateKey", functions->C_GenerateKey(session, &mechanism, attributes, 3, &key));
  return key;
}

// One message of GCM, by the message-based functions.
struct Sealed {
  std::array<CK_BYTE, 12> nonce{};
  std::array<CK_BYTE, 16> tag{};
  Octets text;

  CK_GCM_MESSAGE_PARAMS parameter(CK_GENERATOR_FUNCTION generator, CK_ULONG fixed_bits) {
    return {nonce.data(), nonce.size(), fixed_bits, generator, tag.data(), 128};
  }
};

Octets numbered(std::size_t bytes) {
  Octets octets(bytes);
  for (std::size_t i = 0; i < bytes; ++i) octets[i] = static_cast<CK_BYTE>(i * 7);
  return octets;
}

Octets associated = {'a', 'a', 'd'};

Sealed seal(CK_SESSION_HANDLE session, Octets text, CK_GENERATOR_FUNCTION generator, CK_ULONG fixed_bits) {
  Sealed sealed;
  sealed.nonce.fill(5);
  sealed.text.resize(text.size());
  auto parameter = sealed.parameter(generator, fixed_bits);
  CK_ULONG size = sealed.text.size();
  must("C_EncryptMessage",
       functions->C_EncryptMessage(session, &parameter, sizeof parameter, associated.data(),
                                   associated.size(), text.data(), text.size(), sealed.text.data(), &size));
  expect("a ciphertext is as long as its message", size == text.size());
  return sealed;
}

// Opens with C_Decrypt, which is another path through module and chip.
Octets open_plainly(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, Sealed& sealed) {
  CK_GCM_PARAMS gcm{sealed.nonce.data(), sealed.nonce.size(), 96, associated.data(), associated.size(), 128};
  CK_MECHANISM mechanism{CKM_AES_GCM, &gcm, sizeof gcm};
  must("C_DecryptInit", functions->C_DecryptInit(session, &mechanism, key));
  Octets joined = sealed.text;
  joined.insert(joined.end(), sealed.tag.begin(), sealed.tag.end());
  Octets text(joined.size());
  CK_ULONG size = text.size();
  must("C_Decrypt", functions->C_Decrypt(session, joined.data(), joined.size(), text.data(), &size));
  text.resize(size);
  return text;
}

void messages_are_encrypted(CK_SESSION_HANDLE session) {
  const CK_OBJECT_HANDLE key = generate_aes(session);
  CK_MECHANISM mechanism{CKM_AES_GCM, nullptr, 0};
  must("C_MessageEncryptInit", functions->C_MessageEncryptInit(session, &mechanism, key));
  must("C_MessageDecryptInit", functions->C_MessageDecryptInit(session, &mechanism, key));
  std::set<std::array<CK_BYTE, 12>> nonces;
  for (const CK_GENERATOR_FUNCTION generator :
       {CKG_GENERATE, CKG_GENERATE_RANDOM, CKG_GENERATE_COUNTER, CKG_GENERATE_COUNTER_XOR}) {
    must("C_MessageEncryptFinal", functions->C_MessageEncryptFinal(session));
    must("C_MessageEncryptInit", functions->C_MessageEncryptInit(session, &mechanism, key));
    for (int i = 0; i < 50; ++i) {
      Sealed sealed = seal(session, numbered(100), generator, 32);
      expect("the fixed part of a nonce stays", sealed.nonce[0] == 5 && sealed.nonce[3] == 5);
      expect("no nonce comes twice", nonces.insert(sealed.nonce).second);
      expect("C_Decrypt opens a message", open_plainly(session, key, sealed) == numbered(100));
    }
  }
  Sealed sealed = seal(session, numbered(1000), CKG_NO_GENERATE, 0);
  auto parameter = sealed.parameter(CKG_NO_GENERATE, 0);
  Octets text(1000);
  CK_ULONG size = text.size();
  const auto unseal = [&] {
    size = text.size();
    return functions->C_DecryptMessage(session, &parameter, sizeof parameter, associated.data(),
                                       associated.size(), sealed.text.data(), sealed.text.size(), text.data(),
                                       &size);
  };
  must("C_DecryptMessage", unseal());
  expect("a message comes back", text == numbered(1000));
  sealed.tag[0] ^= 1;
  text.assign(1000, 0);
  refused("a changed tag", CKR_AEAD_DECRYPT_FAILED, unseal());
  expect("nothing of a changed message comes out", text == Octets(1000));
  sealed.tag[0] ^= 1;
  must("C_DecryptMessage after a changed one", unseal());
}

void messages_are_encrypted_in_parts(CK_SESSION_HANDLE session) {
  const CK_OBJECT_HANDLE key = generate_aes(session);
  must("C_SessionCancel", functions->C_SessionCancel(session, CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT));
  CK_MECHANISM mechanism{CKM_AES_GCM, nullptr, 0};
  must("C_MessageEncryptInit", functions->C_MessageEncryptInit(session, &mechanism, key));
  Sealed sealed;
  auto parameter = sealed.parameter(CKG_GENERATE_RANDOM, 0);
  must("C_EncryptMessageBegin", functions->C_EncryptMessageBegin(session, &parameter, sizeof parameter,
                                                                 associated.data(), associated.size()));
  Octets message = numbered(40);
  sealed.text.resize(40);
  CK_ULONG size = 3;
  refused("a part without room", CKR_BUFFER_TOO_SMALL,
          functions->C_EncryptMessageNext(session, &parameter, sizeof parameter, message.data(), 23,
                                          sealed.text.data(), &size, 0));
  must("C_EncryptMessageNext",
       functions->C_EncryptMessageNext(session, &parameter, sizeof parameter, message.data(), 23,
                                       sealed.text.data(), &size, 0));
  expect("a part is as long as its input", size == 23);
  size = 17;
  must("C_EncryptMessageNext",
       functions->C_EncryptMessageNext(session, &parameter, sizeof parameter, message.data() + 23, 17,
                                       sealed.text.data() + 23, &size, CKF_END_OF_MESSAGE));
  expect("C_Decrypt opens a message made in parts", open_plainly(session, key, sealed) == message);

  must("C_MessageDecryptInit", functions->C_MessageDecryptInit(session, &mechanism, key));
  must("C_DecryptMessageBegin", functions->C_DecryptMessageBegin(session, &parameter, sizeof parameter,
                                                                 associated.data(), associated.size()));
  Octets text(40);
  size = text.size();
  must("C_DecryptMessageNext",
       functions->C_DecryptMessageNext(session, &parameter, sizeof parameter, sealed.text.data(), 30,
                                       text.data(), &size, 0));
  expect("nothing comes out before the tag was right", size == 0);
  size = text.size();
  must("C_DecryptMessageNext",
       functions->C_DecryptMessageNext(session, &parameter, sizeof parameter, sealed.text.data() + 30, 10,
                                       text.data(), &size, CKF_END_OF_MESSAGE));
  expect("all comes out with the last part", size == 40 && text == message);
}

// Shape is how one mechanism takes messages, and how C_Encrypt takes the same.
struct Shape {
  CK_MECHANISM_TYPE mechanism;
  CK_MECHANISM_TYPE generator;
  void* message;
  CK_ULONG message_bytes;
  void* plain;
  CK_ULONG plain_bytes;
};

// A message in one part, then in three, against C_Encrypt; then what was changed on its way.
void one_shape_is_encrypted(CK_SESSION_HANDLE session, const Shape& shape, Octets& tag) {
  CK_MECHANISM generate{shape.generator, nullptr, 0};
  CK_ULONG length = 32;
  CK_ATTRIBUTE attributes[] = {
      {CKA_ENCRYPT, &yes, 1}, {CKA_DECRYPT, &yes, 1}, {CKA_VALUE_LEN, &length, sizeof length}};
  CK_OBJECT_HANDLE key = 0;
  must("C_GenerateKey", functions->C_GenerateKey(session, &generate, attributes,
                                                 shape.generator == CKM_AES_KEY_GEN ? 3 : 2, &key));
  Octets message = numbered(100);
  CK_MECHANISM plain{shape.mechanism, shape.plain, shape.plain_bytes};
  Octets expected(message.size() + tag.size());
  CK_ULONG size = expected.size();
  must("C_EncryptInit", functions->C_EncryptInit(session, &plain, key));
  must("C_Encrypt", functions->C_Encrypt(session, message.data(), message.size(), expected.data(), &size));

  CK_MECHANISM bare{shape.mechanism, nullptr, 0};
  must("C_MessageEncryptInit", functions->C_MessageEncryptInit(session, &bare, key));
  const auto joined = [&](const Octets& text) {
    Octets both = text;
    both.insert(both.end(), tag.begin(), tag.end());
    return both;
  };
  Octets sealed(message.size());
  size = sealed.size();
  must("C_EncryptMessage",
       functions->C_EncryptMessage(session, shape.message, shape.message_bytes, associated.data(),
                                   associated.size(), message.data(), message.size(), sealed.data(), &size));
  expect("a message is what C_Encrypt gives", joined(sealed) == expected);

  sealed.assign(message.size(), 0);
  tag.assign(tag.size(), 0);
  must("C_EncryptMessageBegin", functions->C_EncryptMessageBegin(session, shape.message, shape.message_bytes,
                                                                 associated.data(), associated.size()));
  // CCM needs the whole length first: all comes out with the last part.
  const CK_ULONG of_part = shape.mechanism == CKM_AES_CCM ? 0 : 30;
  std::size_t written = 0;
  for (const std::size_t first : {0U, 30U}) {
    size = 30;
    must("C_EncryptMessageNext",
         functions->C_EncryptMessageNext(session, shape.message, shape.message_bytes, message.data() + first,
                                         30, sealed.data() + written, &size, 0));
    expect("what is computed in parts comes out in parts", size == of_part);
    written += size;
  }
  size = sealed.size() - written - 1;
  refused("a last part without room for all", CKR_BUFFER_TOO_SMALL,
          functions->C_EncryptMessageNext(session, shape.message, shape.message_bytes, message.data() + 60,
                                          40, sealed.data() + written, &size, CKF_END_OF_MESSAGE));
  must("C_EncryptMessageNext",
       functions->C_EncryptMessageNext(session, shape.message, shape.message_bytes, message.data() + 60, 40,
                                       sealed.data() + written, &size, CKF_END_OF_MESSAGE));
  expect("a message in parts is the same", joined(sealed) == expected);
  must("C_MessageEncryptFinal", functions->C_MessageEncryptFinal(session));

  must("C_MessageDecryptInit", functions->C_MessageDecryptInit(session, &bare, key));
  Octets text(message.size());
  const auto unseal = [&] {
    size = text.size();
    return functions->C_DecryptMessage(session, shape.message, shape.message_bytes, associated.data(),
                                       associated.size(), sealed.data(), sealed.size(), text.data(), &size);
  };
  must("C_DecryptMessage", unseal());
  expect("a message comes back", text == message);
  tag[0] ^= 1;
  text.assign(message.size(), 0);
  refused("a changed tag", CKR_AEAD_DECRYPT_FAILED, unseal());
  expect("nothing of a changed message comes out", text == Octets(message.size()));
  must("C_MessageDecryptFinal", functions->C_MessageDecryptFinal(session));
}

void messages_of_ccm_and_chacha20_are_encrypted(CK_SESSION_HANDLE session) {
  must("C_SessionCancel", functions->C_SessionCancel(session, CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT));
  Octets nonce = numbered(12);
  Octets tag(16);
  CK_CCM_MESSAGE_PARAMS ccm_message{100,        nonce.data(), nonce.size(), 0, CKG_NO_GENERATE,
                                    tag.data(), tag.size()};
  CK_CCM_PARAMS ccm{100, nonce.data(), nonce.size(), associated.data(), associated.size(), tag.size()};
  one_shape_is_encrypted(
      session, {CKM_AES_CCM, CKM_AES_KEY_GEN, &ccm_message, sizeof ccm_message, &ccm, sizeof ccm}, tag);
  CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS chacha_message{nonce.data(), nonce.size(), tag.data()};
  CK_SALSA20_CHACHA20_POLY1305_PARAMS chacha{nonce.data(), nonce.size(), associated.data(),
                                             associated.size()};
  one_shape_is_encrypted(session,
                         {CKM_CHACHA20_POLY1305, CKM_CHACHA20_KEY_GEN, &chacha_message, sizeof chacha_message,
                          &chacha, sizeof chacha},
                         tag);
  // A message that is not as long as it was announced.
  const CK_OBJECT_HANDLE key = generate_aes(session);
  CK_MECHANISM mechanism{CKM_AES_CCM, nullptr, 0};
  must("C_MessageEncryptInit", functions->C_MessageEncryptInit(session, &mechanism, key));
  Octets message = numbered(99);
  Octets sealed(99);
  CK_ULONG size = sealed.size();
  refused("a message of another length", CKR_DATA_LEN_RANGE,
          functions->C_EncryptMessage(session, &ccm_message, sizeof ccm_message, nullptr, 0, message.data(),
                                      message.size(), sealed.data(), &size));
  must("C_MessageEncryptFinal", functions->C_MessageEncryptFinal(session));
}

// Many messages under one key: a MAC each, as C_Sign makes it.
void messages_are_authenticated(CK_SESSION_HANDLE session) {
  for (const CK_MECHANISM_TYPE type : {CKM_SHA256_HMAC, CKM_AES_CMAC}) {
    CK_MECHANISM generate{type == CKM_AES_CMAC ? CKM_AES_KEY_GEN : CKM_GENERIC_SECRET_KEY_GEN, nullptr, 0};
    CK_ULONG length = 32;
    CK_ATTRIBUTE attributes[] = {
        {CKA_SIGN, &yes, 1}, {CKA_VERIFY, &yes, 1}, {CKA_VALUE_LEN, &length, sizeof length}};
    CK_OBJECT_HANDLE key = 0;
    must("C_GenerateKey", functions->C_GenerateKey(session, &generate, attributes, 3, &key));
    CK_MECHANISM mechanism{type, nullptr, 0};
    must("C_MessageSignInit", functions->C_MessageSignInit(session, &mechanism, key));
    must("C_MessageVerifyInit", functions->C_MessageVerifyInit(session, &mechanism, key));
    for (std::size_t i = 1; i < 5; ++i) {
      Octets text = numbered(20 * i);
      Octets tag(32);
      CK_ULONG size = tag.size();
      must("C_SignMessage",
           functions->C_SignMessage(session, nullptr, 0, text.data(), text.size(), tag.data(), &size));
      Octets plain(32);
      CK_ULONG plain_size = plain.size();
      must("C_SignInit", functions->C_SignInit(session, &mechanism, key));
      must("C_Sign", functions->C_Sign(session, text.data(), text.size(), plain.data(), &plain_size));
      expect("a message's MAC is what C_Sign makes", size == plain_size && tag == plain);
      must("C_VerifyMessage",
           functions->C_VerifyMessage(session, nullptr, 0, text.data(), text.size(), tag.data(), size));
      tag[0] ^= 1;
      refused("a changed MAC", CKR_SIGNATURE_INVALID,
              functions->C_VerifyMessage(session, nullptr, 0, text.data(), text.size(), tag.data(), size));
    }
    must("C_MessageSignFinal", functions->C_MessageSignFinal(session));
    must("C_MessageVerifyFinal", functions->C_MessageVerifyFinal(session));
  }
}

// A forked child and its parent encrypt with one counter: no nonce comes twice.
void forks_share_a_counter(CK_SESSION_HANDLE session) {
  const CK_OBJECT_HANDLE key = generate_aes(session);
  must("C_SessionCancel", functions->C_SessionCancel(session, CKF_MESSAGE_ENCRYPT));
  CK_MECHANISM mechanism{CKM_AES_GCM, nullptr, 0};
  must("C_MessageEncryptInit", functions->C_MessageEncryptInit(session, &mechanism, key));
  std::set<std::array<CK_BYTE, 12>> nonces = {seal(session, numbered(1), CKG_GENERATE_COUNTER, 32).nonce};
  int ends[2];
  expect("pipe", pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 20; ++i) {
      const auto nonce = seal(session, numbered(1), CKG_GENERATE_COUNTER, 32).nonce;
      if (write(ends[1], nonce.data(), nonce.size()) != 12) _exit(1);
    }
    _exit(0);
  }
  close(ends[1]);
  for (int i = 0; i < 20; ++i) {
    expect("no nonce comes twice",
           nonces.insert(seal(session, numbered(1), CKG_GENERATE_COUNTER, 32).nonce).second);
  }
  std::array<CK_BYTE, 12> nonce{};
  while (read(ends[0], nonce.data(), nonce.size()) == 12) {
    expect("no nonce of a child comes twice", nonces.insert(nonce).second);
  }
  close(ends[0]);
  int status = 0;
  expect("the child encrypts too", waitpid(child, &status, 0) == child && status == 0);
  expect("every nonce was seen", nonces.size() == 41);
}

struct Pair {
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
};

Pair generate_rsa(CK_SESSION_HANDLE session, CK_ULONG bits) {
  CK_ATTRIBUTE public_attributes[] = {
      {CKA_MODULUS_BITS, &bits, sizeof bits}, {CKA_VERIFY, &yes, 1}, {CKA_VERIFY_RECOVER, &yes, 1}};
  CK_ATTRIBUTE private_attributes[] = {{CKA_SIGN, &yes, 1}, {CKA_SIGN_RECOVER, &yes, 1}};
  CK_MECHANISM mechanism{CKM_RSA_PKCS_KEY_PAIR_GEN, nullptr, 0};
  Pair pair;
  must("C_GenerateKeyPair",
       functions->C_GenerateKeyPair(session, &mechanism, public_attributes, 3, private_attributes, 2,
                                    &pair.public_key, &pair.private_key));
  return pair;
}

void messages_are_signed(CK_SESSION_HANDLE session) {
  const Pair pair = generate_rsa(session, 2048);
  CK_MECHANISM mechanism{CKM_SHA256_RSA_PKCS, nullptr, 0};
  must("C_MessageSignInit", functions->C_MessageSignInit(session, &mechanism, pair.private_key));
  must("C_MessageVerifyInit", functions->C_MessageVerifyInit(session, &mechanism, pair.public_key));
  Octets message = numbered(300);
  Octets signature(256);
  CK_ULONG size = signature.size();
  for (int i = 0; i < 3; ++i) {
    message[0] = static_cast<CK_BYTE>(i);
    must("C_SignMessage", functions->C_SignMessage(session, nullptr, 0, message.data(), message.size(),
                                                   signature.data(), &size));
    must("C_VerifyMessage", functions->C_VerifyMessage(session, nullptr, 0, message.data(), message.size(),
                                                       signature.data(), size));
  }
  must("C_SignMessageBegin", functions->C_SignMessageBegin(session, nullptr, 0));
  must("C_SignMessageNext",
       functions->C_SignMessageNext(session, nullptr, 0, message.data(), 100, nullptr, nullptr));
  must("C_SignMessageNext",
       functions->C_SignMessageNext(session, nullptr, 0, message.data() + 100, 200, signature.data(), &size));
  must("C_VerifySignatureInit",
       functions->C_VerifySignatureInit(session, &mechanism, pair.public_key, signature.data(), size));
  must("C_VerifySignatureUpdate", functions->C_VerifySignatureUpdate(session, message.data(), 150));
  must("C_VerifySignatureUpdate", functions->C_VerifySignatureUpdate(session, message.data() + 150, 150));
  must("C_VerifySignatureFinal", functions->C_VerifySignatureFinal(session));
  signature[9] ^= 1;
  refused("a changed signature", CKR_SIGNATURE_INVALID,
          functions->C_VerifyMessage(session, nullptr, 0, message.data(), message.size(), signature.data(),
                                     size));
  must("C_MessageSignFinal", functions->C_MessageSignFinal(session));
  must("C_MessageVerifyFinal", functions->C_MessageVerifyFinal(session));

  CK_MECHANISM bare{CKM_RSA_PKCS, nullptr, 0};
  must("C_SignRecoverInit", functions->C_SignRecoverInit(session, &bare, pair.private_key));
  must("C_SignRecover", functions->C_SignRecover(session, message.data(), 200, signature.data(), &size));
  must("C_VerifyRecoverInit", functions->C_VerifyRecoverInit(session, &bare, pair.public_key));
  Octets recovered(256);
  CK_ULONG recovered_size = recovered.size();
  must("C_VerifyRecover",
       functions->C_VerifyRecover(session, signature.data(), size, recovered.data(), &recovered_size));
  recovered.resize(recovered_size);
  expect("what was signed comes back", recovered == Octets(message.begin(), message.begin() + 200));
}

Octets digest_of(CK_SESSION_HANDLE session, Octets data) {
  CK_MECHANISM mechanism{CKM_SHA256, nullptr, 0};
  Octets digest(32);
  CK_ULONG size = digest.size();
  must("C_DigestInit", functions->C_DigestInit(session, &mechanism));
  must("C_Digest", functions->C_Digest(session, data.data(), data.size(), digest.data(), &size));
  return digest;
}

Octets finish_digest(CK_SESSION_HANDLE session) {
  Octets digest(32);
  CK_ULONG size = digest.size();
  must("C_DigestFinal", functions->C_DigestFinal(session, digest.data(), &size));
  return digest;
}

void two_operations_run_at_once(CK_SESSION_HANDLE session) {
  const CK_OBJECT_HANDLE key = generate_aes(session);
  std::array<CK_BYTE, 16> start{};
  CK_MECHANISM cbc{CKM_AES_CBC, start.data(), start.size()};
  CK_MECHANISM sha{CKM_SHA256, nullptr, 0};
  Octets message = numbered(64);
  Octets encrypted(64);
  Octets decrypted(64);
  const auto halves = [&](auto update, Octets& from, Octets& to) {
    for (std::size_t i = 0; i < 64; i += 32) {
      CK_ULONG size = 32;
      must("a combined update", update(session, from.data() + i, 32, to.data() + i, &size));
    }
  };
  must("C_EncryptInit", functions->C_EncryptInit(session, &cbc, key));
  must("C_DigestInit", functions->C_DigestInit(session, &sha));
  halves(functions->C_DigestEncryptUpdate, message, encrypted);
  CK_ULONG size = 0;
  CK_BYTE nothing = 0;
  must("C_EncryptFinal", functions->C_EncryptFinal(session, &nothing, &size));
  const Octets digest = finish_digest(session);
  expect("the digest is that of the plaintext", digest == digest_of(session, message));
  must("C_DecryptInit", functions->C_DecryptInit(session, &cbc, key));
  must("C_DigestInit", functions->C_DigestInit(session, &sha));
  halves(functions->C_DecryptDigestUpdate, encrypted, decrypted);
  must("C_DecryptFinal", functions->C_DecryptFinal(session, &nothing, &size));
  expect("decryption and digest agree", decrypted == message && finish_digest(session) == digest);
}

void a_digest_is_interrupted(const Module& module, CK_SESSION_HANDLE session) {
  // The state of a session with other operations cannot be saved.
  must("C_SessionCancel", functions->C_SessionCancel(session, CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT));
  CK_MECHANISM sha{CKM_SHA256, nullptr, 0};
  Octets message = numbered(100000);
  must("C_DigestInit", functions->C_DigestInit(session, &sha));
  must("C_DigestUpdate", functions->C_DigestUpdate(session, message.data(), 40000));
  Octets state(64);
  CK_ULONG size = state.size();
  must("C_GetOperationState", functions->C_GetOperationState(session, state.data(), &size));
  static_cast<void>(finish_digest(session));
  const CK_SESSION_HANDLE other = module.session();
  must("C_SetOperationState", functions->C_SetOperationState(other, state.data(), size, 0, 0));
  must("C_DigestUpdate", functions->C_DigestUpdate(other, message.data() + 40000, 60000));
  expect("an interrupted digest goes on", finish_digest(other) == digest_of(session, message));
  must("C_CloseSession", functions->C_CloseSession(other));

  CK_ULONG length = 32;
  CK_ATTRIBUTE readable[] = {
      {CKA_VALUE_LEN, &length, sizeof length}, {CKA_SENSITIVE, &no, 1}, {CKA_EXTRACTABLE, &yes, 1}};
  CK_MECHANISM generate{CKM_GENERIC_SECRET_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE key = 0;
  must("C_GenerateKey", functions->C_GenerateKey(session, &generate, readable, 3, &key));
  Octets value(32);
  CK_ATTRIBUTE read{CKA_VALUE, value.data(), value.size()};
  must("C_GetAttributeValue", functions->C_GetAttributeValue(session, key, &read, 1));
  must("C_DigestInit", functions->C_DigestInit(session, &sha));
  must("C_DigestKey", functions->C_DigestKey(session, key));
  const Octets of_key = finish_digest(session);
  expect("the digest of a key is that of its value", of_key == digest_of(session, value));
  must("C_DigestInit", functions->C_DigestInit(session, &sha));
  refused("the digest of a sensitive key", CKR_KEY_INDIGESTIBLE,
          functions->C_DigestKey(session, generate_aes(session)));
}

// Waits for a pending key pair in a session. A key of this size takes long enough for one answer at least
// that it is not there yet.
Pair complete(CK_SESSION_HANDLE session, int& pending) {
  CK_ASYNC_DATA result{};
  CK_UTF8CHAR name[] = "C_GenerateKeyPair";
  CK_RV value = CKR_PENDING;
  while (value == CKR_PENDING) {
    std::this_thread::yield();
    value = functions->C_AsyncComplete(session, name, &result);
    if (value == CKR_PENDING) ++pending;
  }
  must("C_AsyncComplete", value);
  return {result.hObject, result.hAdditionalObject};
}

void keys_are_made_while_the_application_goes_on(const Module& module) {
  CK_ULONG bits = 4096;
  int pending = 0;
  CK_ATTRIBUTE public_attributes[] = {{CKA_MODULUS_BITS, &bits, sizeof bits}, {CKA_TOKEN, &yes, 1}};
  CK_ATTRIBUTE private_attributes[] = {{CKA_SIGN, &yes, 1}, {CKA_TOKEN, &yes, 1}};
  CK_MECHANISM mechanism{CKM_RSA_PKCS_KEY_PAIR_GEN, nullptr, 0};
  const auto open = [&] {
    CK_SESSION_HANDLE session = 0;
    must("C_OpenSession",
         functions->C_OpenSession(module.slot(), CKF_SERIAL_SESSION | CKF_RW_SESSION | CKF_ASYNC_SESSION,
                                  nullptr, nullptr, &session));
    return session;
  };
  const auto start = [&](CK_SESSION_HANDLE session) {
    Pair pair;
    refused("asynchronous C_GenerateKeyPair", CKR_PENDING,
            functions->C_GenerateKeyPair(session, &mechanism, public_attributes, 2, private_attributes, 2,
                                         &pair.public_key, &pair.private_key));
  };
  CK_SESSION_HANDLE session = open();
  start(session);
  const Pair made = complete(session, pending);
  expect("the application goes on before the key is there", pending > 0);
  CK_MECHANISM sign{CKM_SHA256_RSA_PKCS, nullptr, 0};
  must("C_SignInit with a key made meanwhile", functions->C_SignInit(session, &sign, made.private_key));

  // The session ends, and another process of the application fetches the key.
  start(session);
  CK_UTF8CHAR name[] = "C_GenerateKeyPair";
  CK_ULONG id = 0;
  must("C_AsyncGetID", functions->C_AsyncGetID(session, name, &id));
  must("C_CloseSession", functions->C_CloseSession(session));
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    session = open();
    must("C_AsyncJoin", functions->C_AsyncJoin(session, name, id, nullptr, 0));
    const Pair joined = complete(session, pending);
    must("C_SignInit in the child", functions->C_SignInit(session, &sign, joined.private_key));
    _exit(0);
  }
  int status = 0;
  expect("a child fetches what its parent asked for", waitpid(child, &status, 0) == child && status == 0);
}

void a_new_token_is_told_of(const Module& module) {
  CK_SLOT_ID told = 0;
  refused("an event before anything happened", CKR_NO_EVENT,
          functions->C_WaitForSlotEvent(CKF_DONT_BLOCK, &told, nullptr));
  CK_RV value = CKR_GENERAL_ERROR;
  std::thread waiting([&] { value = functions->C_WaitForSlotEvent(0, &told, nullptr); });
  CK_SLOT_ID slots[64];
  CK_ULONG count = 64;
  must("C_GetSlotList", functions->C_GetSlotList(CK_TRUE, slots, &count));
  const std::string pin = "12345678";
  const std::string label = "appeared                        ";
  must("C_InitToken",
       functions->C_InitToken(slots[count - 1], Module::bytes(pin), pin.size(), Module::bytes(label)));
  waiting.join();
  must("C_WaitForSlotEvent", value);
  expect("the event is in the slot of the new token",
         told == slots[count - 1] || told == slots[count - 1] + 1);
  static_cast<void>(module);
}

void finalizing_wakes_who_waits() {
  CK_RV value = CKR_OK;
  CK_SLOT_ID told = 0;
  while (functions->C_WaitForSlotEvent(CKF_DONT_BLOCK, &told, nullptr) == CKR_OK) continue;
  std::thread waiting([&] { value = functions->C_WaitForSlotEvent(0, &told, nullptr); });
  must("C_Finalize", functions->C_Finalize(nullptr));
  waiting.join();
  refused("C_WaitForSlotEvent during C_Finalize", CKR_CRYPTOKI_NOT_INITIALIZED, value);
}

}  // namespace

int main(int count, char** values) {
  if (count != 3) die("usage: module_functions MODULE PIN");
  alarm(120);
  const Module module(values[1]);
  functions = module.newest();
  const CK_SESSION_HANDLE session = module.session();
  module.login(session, values[2]);
  messages_are_encrypted(session);
  messages_are_encrypted_in_parts(session);
  messages_of_ccm_and_chacha20_are_encrypted(session);
  messages_are_authenticated(session);
  forks_share_a_counter(session);
  std::puts("messages are encrypted, each with a nonce of its own");
  messages_are_signed(session);
  std::puts("messages are signed, and signatures give their data back");
  two_operations_run_at_once(session);
  a_digest_is_interrupted(module, session);
  std::puts("digests run beside ciphers, and are interrupted");
  keys_are_made_while_the_application_goes_on(module);
  std::puts("keys are made while the application goes on");
  a_new_token_is_told_of(module);
  finalizing_wakes_who_waits();
  std::puts("slot events are told");
  return 0;
}
