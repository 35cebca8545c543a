// Tests of nonces, signatures with recovery, digests of keys, saved digests, jobs and descriptions, on a
// vault in memory.
#include <gtest/gtest.h>
#include <algorithm>

#include <set>
#include <thread>

#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

constexpr std::uint32_t kRsaPkcs = 0x1;
constexpr std::uint32_t kSha256 = 0x250;
constexpr std::uint32_t kGenericKeyGen = 0x350;
constexpr std::uint32_t kAesKeyGen = 0x1080;
constexpr std::uint8_t kClassProfile[8] = {9};
constexpr std::uint8_t kClassMechanism[8] = {7};
constexpr std::uint8_t kClassData[8] = {0};
constexpr std::uint8_t kBytes32[8] = {32};

class VaultMessage : public ::testing::Test {
 protected:
  VaultMessage() {
    EXPECT_TRUE(world.start().ok());
    EXPECT_EQ(world.initialize(), Code::ok);
    EXPECT_EQ(world.create_token(), Code::ok);
  }

  Answer<wire::MakeNonce> make_nonce(wire::NonceSource source, std::uint64_t counter,
                                     std::uint32_t fixed_bits, Bytes given) {
    wire::MakeNonce request;
    request.source = source;
    request.counter = counter;
    request.fixed_bits = fixed_bits;
    request.nonce = given;
    return world.owner->call(request);
  }

  Answer<wire::GenerateKey> generate_secret(bool readable) {
    wire::GenerateKey request;
    request.mechanism = kGenericKeyGen;
    request.attributes = {{attribute::kValueLen, kBytes32},
                          truth(attribute::kSensitive, !readable),
                          truth(attribute::kExtractable, readable)};
    return world.owner->call(request);
  }

  std::uint64_t begin_digest() {
    wire::Begin begin;
    begin.parameters.mechanism = kSha256;
    const auto begun = world.owner->call(begin);
    EXPECT_TRUE(begun.ok());
    return begun.reply.operation;
  }
  Buffer finish(std::uint64_t operation) {
    const auto finished = world.owner->call(wire::Finish{operation, {}});
    EXPECT_TRUE(finished.ok());
    return to_buffer(finished.reply.output);
  }

  static Buffer encoded(const wire::GenerateKey& request) {
    Buffer octets;
    codec::encode_secret_into(request, octets);
    return octets;
  }
  Answer<wire::StartJob> start_job(wire::Op op, Bytes request) {
    return world.owner->call(wire::StartJob{static_cast<std::uint32_t>(op), request});
  }

  World world;
  const std::array<std::uint8_t, 12> nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
};

TEST_F(VaultMessage, MakesRandomNoncesThatKeepTheFixedPart) {
  std::set<Buffer> made;
  for (int i = 0; i < 100; ++i) {
    const auto answer = make_nonce(wire::NonceSource::random, 0, 20, nonce);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer.reply.nonce[0], 1);
    EXPECT_EQ(answer.reply.nonce[1], 2);
    EXPECT_EQ(answer.reply.nonce[2] >> 4U, 0);
    made.insert(answer.reply.nonce);
  }
  EXPECT_EQ(made.size(), 100U);
}

TEST_F(VaultMessage, RefusesRandomNoncesThatWouldMeet) {
  EXPECT_EQ(make_nonce(wire::NonceSource::random, 0, 33, nonce).code, Code::mechanism_parameter);
  EXPECT_EQ(make_nonce(wire::NonceSource::random, 0, 97, nonce).code, Code::mechanism_parameter);
  EXPECT_EQ(make_nonce(wire::NonceSource::counter, 0, 96, nonce).code, Code::mechanism_parameter);
}

TEST_F(VaultMessage, CountsEachNonceOnceThenNoMore) {
  std::set<Buffer> made;
  std::uint64_t counter = 0;
  for (int i = 0; i < 16; ++i) {
    const auto answer = make_nonce(wire::NonceSource::counter, counter, 92, nonce);
    ASSERT_TRUE(answer.ok()) << i;
    counter = answer.reply.counter;
    EXPECT_EQ(answer.reply.nonce[10], 11);
    made.insert(answer.reply.nonce);
  }
  EXPECT_EQ(made.size(), 16U);
  EXPECT_EQ(make_nonce(wire::NonceSource::counter, counter, 92, nonce).code, Code::data_length);
}

// The caller passes the last nonce again, as the structure of PKCS#11 holds it: XORing into that would come
// back to the first after three.
TEST_F(VaultMessage, CountsFromTheFirstNonceWhateverComesLater) {
  auto answer = make_nonce(wire::NonceSource::counter_xor, 0, 32, nonce);
  EXPECT_EQ(answer.reply.nonce, to_buffer(nonce));
  std::set<Buffer> made = {answer.reply.nonce};
  for (int i = 0; i < 10; ++i) {
    answer = make_nonce(wire::NonceSource::counter_xor, answer.reply.counter, 32, answer.reply.nonce);
    ASSERT_TRUE(answer.ok());
    made.insert(answer.reply.nonce);
  }
  EXPECT_EQ(made.size(), 11U);
}

TEST_F(VaultMessage, CountsOnWhateverPartTheCallerSaysIsFixedLater) {
  std::set<Buffer> made;
  auto answer = make_nonce(wire::NonceSource::counter_xor, 0, 32, nonce);
  const std::uint64_t counter = answer.reply.counter;
  for (int i = 0; i < 600; ++i) {
    answer = make_nonce(wire::NonceSource::counter_xor, counter, i % 2 == 0 ? 88 : 32, nonce);
    ASSERT_TRUE(answer.ok());
    made.insert(answer.reply.nonce);
  }
  EXPECT_EQ(made.size(), 600U);
}

TEST_F(VaultMessage, KeepsCountersToTheirApplication) {
  const auto answer = make_nonce(wire::NonceSource::counter, 0, 32, nonce);
  Client other(*world.vault, kOwner);
  ASSERT_TRUE(other.call(wire::Hello{}).ok());
  wire::MakeNonce request{wire::NonceSource::counter, answer.reply.counter, 32, nonce};
  EXPECT_EQ(other.call(request).code, Code::operation_unknown);
}

// A number outlives its chip in the application that holds it, and must not lead to what the next one began.
TEST_F(VaultMessage, GivesNoNumberTwice) {
  const auto numbers = [this](Client& client) {
    wire::Begin begin;
    begin.parameters.mechanism = kSha256;
    const std::uint64_t digest = client.call(begin).reply.operation;
    return std::set<std::uint64_t>{
        digest, client.call(wire::CopyOperation{digest, false}).reply.operation,
        client.call(wire::CopyOperation{digest, true}).reply.operation,
        client.call(wire::MakeNonce{wire::NonceSource::counter, 0, 32, nonce}).reply.counter};
  };
  const std::set<std::uint64_t> mine = numbers(*world.owner);
  EXPECT_EQ(mine.size(), 4U);
  EXPECT_FALSE(mine.contains(0));
  for (int i = 0; i < 20; ++i) {
    Client other(*world.vault, kOwner);
    ASSERT_TRUE(other.call(wire::Hello{}).ok());
    numbers(other);
    for (const std::uint64_t number : mine) {
      EXPECT_EQ(other.call(wire::Update{number, nonce}).code, Code::operation_unknown);
      EXPECT_EQ(other.call(wire::Finish{number, {}}).code, Code::operation_unknown);
      EXPECT_EQ(other.call(wire::CopyOperation{number, true}).code, Code::operation_unknown);
      EXPECT_EQ(other.call(wire::MakeNonce{wire::NonceSource::counter, number, 32, nonce}).code,
                Code::operation_unknown);
    }
  }
}

TEST_F(VaultMessage, GivesBackWhatWasSigned) {
  static constexpr std::uint8_t kBits[8] = {0, 8};
  wire::GenerateKeyPair generate;
  generate.mechanism = 0;
  generate.public_attributes = {{attribute::kModulusBits, kBits}, truth(attribute::kVerifyRecover, true)};
  generate.private_attributes = {truth(attribute::kSignRecover, true)};
  const auto pair = world.owner->call(generate);
  ASSERT_TRUE(pair.ok());
  wire::SignRecover sign;
  sign.key = pair.reply.private_key.id;
  sign.parameters.mechanism = kRsaPkcs;
  sign.data = nonce;
  const auto signature = world.owner->call(sign);
  ASSERT_TRUE(signature.ok());
  wire::VerifyRecover verify;
  verify.key = pair.reply.public_key.id;
  verify.parameters.mechanism = kRsaPkcs;
  verify.signature = signature.reply.output;
  EXPECT_EQ(to_buffer(world.owner->call(verify).reply.output), to_buffer(nonce));

  Buffer spoilt = to_buffer(signature.reply.output);
  spoilt[100] ^= 1;
  verify.signature = spoilt;
  EXPECT_EQ(world.owner->call(verify).code, Code::signature_invalid);
  spoilt.pop_back();
  verify.signature = spoilt;
  EXPECT_EQ(world.owner->call(verify).code, Code::signature_length);
  sign.key = pair.reply.public_key.id;
  EXPECT_EQ(world.owner->call(sign).code, Code::key_use);
}

TEST_F(VaultMessage, DigestsOnlyAKeyThatMayBeRead) {
  const auto readable = generate_secret(true);
  const auto secret_key = generate_secret(false);
  ASSERT_TRUE(readable.ok() && secret_key.ok());
  const std::uint64_t digest = begin_digest();
  EXPECT_EQ(world.owner->call(wire::DigestKey{digest, 0, secret_key.reply.object.id}).code, Code::denied);
  EXPECT_TRUE(world.owner->call(wire::DigestKey{digest, 0, readable.reply.object.id}).ok());
  const auto value = world.owner->call(wire::GetAttributes{0, readable.reply.object.id, {attribute::kValue}});
  const auto expected = world.owner->call(wire::DigestRequest{kSha256, value.reply.attributes.at(0).value});
  EXPECT_EQ(finish(digest), to_buffer(expected.reply.output));
}

TEST_F(VaultMessage, GoesOnWithACopyOfADigest) {
  const std::uint64_t first = begin_digest();
  ASSERT_TRUE(world.owner->call(wire::Update{first, Bytes(nonce).first(5)}).ok());
  const auto saved = world.owner->call(wire::CopyOperation{first, true});
  ASSERT_TRUE(saved.ok());
  ASSERT_TRUE(world.owner->call(wire::Update{first, nonce}).ok());
  const auto again = world.owner->call(wire::CopyOperation{saved.reply.operation, false});
  ASSERT_TRUE(world.owner->call(wire::Update{again.reply.operation, Bytes(nonce).subspan(5)}).ok());
  const auto expected = world.owner->call(wire::DigestRequest{kSha256, nonce});
  EXPECT_EQ(finish(again.reply.operation), to_buffer(expected.reply.output));
}

TEST_F(VaultMessage, ForgetsTheOldestOfTooManySavedDigests) {
  const std::uint64_t digest = begin_digest();
  const std::uint64_t oldest = world.owner->call(wire::CopyOperation{digest, true}).reply.operation;
  for (std::size_t i = 0; i < kSavedMax; ++i) {
    ASSERT_TRUE(world.owner->call(wire::CopyOperation{digest, true}).ok());
  }
  EXPECT_EQ(world.owner->call(wire::CopyOperation{oldest, false}).code, Code::operation_unknown);
}

TEST_F(VaultMessage, AnswersAJobLater) {
  static constexpr std::uint8_t kLength[8] = {16};
  wire::GenerateKey generate;
  generate.mechanism = kAesKeyGen;
  generate.attributes = {{attribute::kValueLen, kLength}, truth(attribute::kToken, true)};
  const auto started = start_job(wire::kOp<wire::GenerateKey>, encoded(generate));
  ASSERT_TRUE(started.ok());
  // The commit answers the job from its own thread.
  auto taken = world.owner->call(wire::TakeJob{started.reply.job, true});
  while (taken.reply.state == wire::JobState::running) {
    std::this_thread::yield();
    taken = world.owner->call(wire::TakeJob{started.reply.job, true});
  }
  ASSERT_EQ(taken.reply.state, wire::JobState::done);
  const auto made = codec::decode<wire::ObjectReply>(taken.reply.response);
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(world.owner->call(wire::GetAttributes{0, made.value().object.id, {attribute::kClass}}).ok());
  EXPECT_TRUE(world.owner->call(wire::TakeJob{started.reply.job, false}).ok());
  EXPECT_EQ(world.owner->call(wire::TakeJob{started.reply.job, false}).code, Code::operation_unknown);
}

TEST_F(VaultMessage, KeepsAJobToItsUser) {
  const auto started = start_job(wire::kOp<wire::GenerateKey>, encoded(wire::GenerateKey{}));
  ASSERT_TRUE(started.ok());
  ASSERT_TRUE(world.owner->call(wire::Grant{kStranger, true, {0}}).ok());
  Client stranger(*world.vault, kStranger);
  ASSERT_TRUE(stranger.call(wire::Hello{}).ok());
  EXPECT_EQ(stranger.call(wire::TakeJob{started.reply.job, true}).code, Code::operation_unknown);
  const auto taken = world.owner->call(wire::TakeJob{started.reply.job, true});
  EXPECT_EQ(taken.reply.state, wire::JobState::failed);
  EXPECT_EQ(taken.reply.code, static_cast<std::uint32_t>(Code::mechanism_invalid));
}

TEST_F(VaultMessage, MakesJobsOfFewRequestsOnly) {
  EXPECT_EQ(start_job(wire::kOp<wire::DestroyToken>, codec::encode(wire::DestroyToken{})).code,
            Code::unsupported);
  EXPECT_EQ(start_job(wire::kOp<wire::GenerateKey>, Bytes(nonce)).code, Code::malformed);
}

TEST_F(VaultMessage, ShowsProfilesAndMechanismsToWhomAsksForThem) {
  const auto find = [&](Bytes object_class) {
    wire::Find request;
    if (!object_class.empty()) request.attributes = {{attribute::kClass, object_class}};
    return world.owner->call(request).reply.objects;
  };
  EXPECT_TRUE(find({}).empty());
  EXPECT_TRUE(find(kClassData).empty());
  const auto is_shown = [](const crypto::Mechanism& each) { return (each.uses & ~each.legacy) != 0; };
  const auto shown = std::ranges::count_if(crypto::mechanisms(), is_shown);
  EXPECT_EQ(find(kClassMechanism).size(), static_cast<std::size_t>(shown));
  const auto profiles = find(kClassProfile);
  ASSERT_EQ(profiles.size(), 4U);
  const auto read = world.owner->call(wire::GetAttributes{0, profiles[0].id, {attribute::kProfileId}});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.reply.attributes.at(0).value, (Buffer{1, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_F(VaultMessage, LetsNobodyChangeADescription) {
  wire::Find find;
  find.attributes = {{attribute::kClass, kClassProfile}};
  const wire::ObjectId id = world.owner->call(find).reply.objects.at(0).id;
  EXPECT_EQ(world.owner->call(wire::DestroyObject{0, id}).code, Code::action_prohibited);
  EXPECT_EQ(world.owner->call(wire::CopyObject{0, 1, id, {}}).code, Code::action_prohibited);
  EXPECT_FALSE(world.owner->call(wire::SetAttributes{0, id, {truth(attribute::kPrivate, true)}}).ok());
}

TEST_F(VaultMessage, GivesNoAnswerOfAJobAtATokenThatIsNotTheirsAnyMore) {
  ASSERT_TRUE(world.owner->call(wire::Grant{.uid = kStranger, .admit = true, .slots = {0}}).ok());
  Client guest(*world.vault, kStranger);
  ASSERT_TRUE(guest.call(wire::Hello{}).ok());
  ASSERT_EQ(guest.call(wire::Login{.slot = 0, .pin = secret("1234")}).code, Code::ok);
  const Buffer length = number(32);
  wire::GenerateKey request{.mechanism = 0x350, .attributes = {{attribute::kValueLen, length}}};
  const auto started =
      guest.call(wire::StartJob{static_cast<std::uint32_t>(wire::kOp<wire::GenerateKey>), encoded(request)});
  ASSERT_TRUE(started.ok());
  EXPECT_TRUE(guest.call(wire::TakeJob{.job = started.reply.job, .keep = true}).ok());
  ASSERT_TRUE(world.owner->call(wire::Grant{.uid = kStranger, .admit = false, .slots = {0}}).ok());
  EXPECT_EQ(guest.call(wire::TakeJob{.job = started.reply.job, .keep = true}).code, Code::slot_invalid);
}

// SizedOperation has an AES key, and a text that it has sealed in two pieces.
class SizedOperation : public VaultMessage {
 protected:
  SizedOperation() {
    wire::GenerateKey request;
    request.mechanism = kAesKeyGen;
    request.attributes = {
        {attribute::kValueLen, kBytes32}, truth(attribute::kEncrypt, true), truth(attribute::kDecrypt, true)};
    key = world.owner->call(request).reply.object.id;
    const std::uint64_t sealing = begin(wire::OperationKind::encrypt, text.size());
    sealed = feed(sealing, text).reply;
    append(sealed, finish(sealing));
  }

  struct Fed {
    Code code = Code::ok;
    Buffer reply;
  };
  std::uint64_t begin(wire::OperationKind kind, std::uint64_t bytes) {
    const auto begun = world.owner->call(
        wire::BeginSized{.begin = {.kind = kind,
                                   .key = key,
                                   .parameters = {.mechanism = 0x1087, .iv = nonce, .tag_bits = 128}},
                         .bytes = bytes});
    EXPECT_TRUE(begun.ok());
    return begun.reply.operation;
  }
  Fed feed(std::uint64_t operation, Bytes octets) {
    Fed fed;
    while (!octets.empty() && fed.code == Code::ok) {
      const Bytes piece = octets.first(std::min(octets.size(), wire::kSizedPieceBytes));
      octets = octets.subspan(piece.size());
      const auto answer = world.owner->call(wire::Update{operation, piece});
      fed.code = answer.code;
      if (answer.ok()) append(fed.reply, answer.reply.output);
    }
    return fed;
  }

  wire::ObjectId key{};
  Buffer text = Buffer(wire::kSizedPieceBytes + 100, 0x41);
  Buffer sealed;
};

TEST_F(SizedOperation, GivesTheTextInTheSecondPass) {
  const std::uint64_t opening = begin(wire::OperationKind::decrypt, sealed.size());
  EXPECT_TRUE(feed(opening, sealed).reply.empty());
  EXPECT_EQ(feed(opening, sealed).reply, text);
  EXPECT_TRUE(finish(opening).empty());
}

TEST_F(SizedOperation, IsGoneWhenAnythingWasWrong) {
  Buffer changed = sealed;
  changed.back() ^= 1U;
  const std::uint64_t wrong = begin(wire::OperationKind::decrypt, sealed.size());
  EXPECT_EQ(feed(wrong, changed).code, Code::ciphertext_invalid);
  EXPECT_EQ(feed(wrong, sealed).code, Code::operation_unknown);
  const std::uint64_t exchanged = begin(wire::OperationKind::decrypt, sealed.size());
  ASSERT_EQ(feed(exchanged, sealed).code, Code::ok);
  changed = sealed;
  changed.front() ^= 1U;
  const Fed fed = feed(exchanged, changed);
  EXPECT_EQ(fed.code, Code::ciphertext_invalid);
  EXPECT_TRUE(fed.reply.empty());
  EXPECT_EQ(feed(exchanged, sealed).code, Code::operation_unknown);
}

TEST_F(SizedOperation, BelongsToItsApplication) {
  const std::uint64_t opening = begin(wire::OperationKind::decrypt, sealed.size());
  Client other(*world.vault, kOwner);
  ASSERT_TRUE(other.call(wire::Hello{}).ok());
  EXPECT_EQ(other.call(wire::Update{opening, Bytes(sealed).first(wire::kSizedPieceBytes)}).code,
            Code::operation_unknown);
}

// Both passes are one use, and what is refused is none.
TEST_F(SizedOperation, IsOneUseOfACountedKey) {
  wire::GenerateKey request;
  request.mechanism = kAesKeyGen;
  request.attributes = {{attribute::kValueLen, kBytes32},
                        truth(attribute::kToken, true),
                        truth(attribute::kEncrypt, true),
                        truth(attribute::kDecrypt, true)};
  key = world.owner->call(request).reply.object.id;
  ASSERT_EQ(world.owner->call(wire::KeyPolicySet{.key = key, .policy = {.uses_max = 2}}).code, Code::ok);
  const std::uint64_t sealing = begin(wire::OperationKind::encrypt, text.size());
  Buffer counted = feed(sealing, text).reply;
  append(counted, finish(sealing));
  const std::uint64_t opening = begin(wire::OperationKind::decrypt, counted.size());
  EXPECT_TRUE(feed(opening, counted).reply.empty());
  EXPECT_EQ(feed(opening, counted).reply, text);
  EXPECT_TRUE(finish(opening).empty());
  const wire::Begin once_more{
      wire::OperationKind::decrypt, 0, key, {.mechanism = 0x1087, .iv = nonce, .tag_bits = 128}};
  EXPECT_EQ(world.owner->call(wire::BeginSized{once_more, counted.size()}).code, Code::denied);
}

TEST_F(SizedOperation, NeedsTheUseThatItIs) {
  for (const auto& [kind, allowed] : {std::pair{wire::OperationKind::encrypt, attribute::kDecrypt},
                                      std::pair{wire::OperationKind::decrypt, attribute::kEncrypt}}) {
    wire::GenerateKey request;
    request.mechanism = kAesKeyGen;
    request.attributes = {{attribute::kValueLen, kBytes32},
                          truth(attribute::kEncrypt, false),
                          truth(attribute::kDecrypt, false),
                          truth(attribute::kWrap, true),
                          truth(attribute::kUnwrap, true)};
    for (auto& each : request.attributes) {
      if (each.type == allowed) each = truth(allowed, true);
    }
    const wire::ObjectId made = world.owner->call(request).reply.object.id;
    const wire::Begin wrong{kind, 0, made, {.mechanism = 0x1087, .iv = nonce, .tag_bits = 128}};
    EXPECT_EQ(world.owner->call(wire::BeginSized{wrong, 100}).code, Code::key_use);
    for (const auto other :
         {wire::OperationKind::sign, wire::OperationKind::verify, wire::OperationKind::digest}) {
      wire::Begin odd = wrong;
      odd.kind = other;
      EXPECT_EQ(world.owner->call(wire::BeginSized{odd, 100}).code, Code::mechanism_invalid);
    }
  }
}

// Each piece is once, in its place: replayed, left out, of another operation with the same key.
TEST_F(SizedOperation, TakesEachPieceOnceInItsPlace) {
  const Bytes first = Bytes(sealed).first(wire::kSizedPieceBytes);
  const Bytes last = Bytes(sealed).subspan(wire::kSizedPieceBytes);
  const auto pass = [&] {
    const std::uint64_t opening = begin(wire::OperationKind::decrypt, sealed.size());
    EXPECT_EQ(feed(opening, sealed).code, Code::ok);
    return opening;
  };
  std::uint64_t opening = pass();
  ASSERT_EQ(world.owner->call(wire::Update{opening, first}).code, Code::ok);
  EXPECT_EQ(world.owner->call(wire::Update{opening, first}).code, Code::invalid) << "replayed";
  opening = pass();
  EXPECT_EQ(world.owner->call(wire::Update{opening, last}).code, Code::invalid) << "left out";
  opening = pass();
  EXPECT_EQ(world.owner->call(wire::Finish{opening, {}}).code, Code::ciphertext_length);
  opening = pass();
  EXPECT_EQ(world.owner->call(wire::CopyOperation{opening, false}).code, Code::unsupported);
  EXPECT_EQ(feed(opening, sealed).reply, text);
  EXPECT_EQ(feed(opening, sealed).code, Code::invalid) << "a third pass";
  opening = pass();
  const Buffer others(wire::kSizedPieceBytes);
  const std::uint64_t sealing = begin(wire::OperationKind::encrypt, others.size());
  const Buffer another = feed(sealing, others).reply;
  EXPECT_EQ(world.owner->call(wire::Update{opening, another}).code, Code::ciphertext_invalid);
}

}  // namespace
}  // namespace coffer::vault
