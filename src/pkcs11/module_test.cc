// Tests of sessions, logins, objects, searches, forks and restarts of the chip, on a fake chip.
#include "pkcs11/module.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include "pkcs11/fake_chip.h"

namespace coffer::pkcs11 {
namespace {

// Runs `body` in a forked process and gives what it answers, 0 to 255.
template <typename Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Initialize, ChecksItsArguments) {
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.pReserved = &arguments;
  EXPECT_EQ(initialize(&arguments), CKR_ARGUMENTS_BAD);
  arguments.pReserved = nullptr;
  arguments.CreateMutex = [](CK_VOID_PTR_PTR) -> CK_RV { return CKR_OK; };
  EXPECT_EQ(initialize(&arguments), CKR_ARGUMENTS_BAD);
  arguments.DestroyMutex = arguments.LockMutex =
      arguments.UnlockMutex = [](CK_VOID_PTR) -> CK_RV { return CKR_OK; };
  EXPECT_EQ(initialize(&arguments), CKR_CANT_LOCK);
  EXPECT_EQ(finalize(nullptr), CKR_CRYPTOKI_NOT_INITIALIZED);
}

TEST(Initialize, ComesBeforeEverythingElse) {
  CK_ULONG count = 0;
  CK_SESSION_INFO info;
  EXPECT_EQ(get_slot_list(CK_TRUE, nullptr, &count), CKR_CRYPTOKI_NOT_INITIALIZED);
  EXPECT_EQ(get_session_info(1, &info), CKR_CRYPTOKI_NOT_INITIALIZED);
  EXPECT_EQ(sign(1, nullptr, 0, nullptr, nullptr), CKR_CRYPTOKI_NOT_INITIALIZED);
}

TEST_F(ModuleTest, InitializesOnce) {
  EXPECT_EQ(initialize(nullptr), CKR_CRYPTOKI_ALREADY_INITIALIZED);
  EXPECT_EQ(finalize(&chip), CKR_ARGUMENTS_BAD);
}

TEST_F(ModuleTest, ForgetsEverythingWhenFinalized) {
  const CK_SESSION_HANDLE session = open();
  EXPECT_EQ(log_in(session), CKR_OK);
  ASSERT_EQ(finalize(nullptr), CKR_OK);
  ASSERT_EQ(Module::start(std::make_unique<FakeConnector>(chip)).code(), CKR_OK);
  EXPECT_EQ(close_session(session), CKR_SESSION_HANDLE_INVALID);
  const CK_SESSION_HANDLE next = open();
  EXPECT_NE(next, session);
  EXPECT_EQ(log_in(next), CKR_OK);
}

TEST_F(ModuleTest, ShowsNoSlotsWhenTheVaultDoesNotAnswer) {
  chip.is_reachable = false;
  CK_ULONG count = 7;
  EXPECT_EQ(get_slot_list(CK_FALSE, nullptr, &count), CKR_OK);
  EXPECT_EQ(count, 0U);
}

TEST_F(ModuleTest, ShowsALockedVaultAsOneSlotWithoutAToken) {
  chip.on<wire::Slots>(
      [](const wire::Slots&) -> Result<wire::SlotsReply> { return Error{Code::locked, "locked"}; });
  CK_ULONG count = 0;
  CK_SLOT_INFO slot;
  CK_TOKEN_INFO token;
  CK_SESSION_HANDLE session = 0;
  EXPECT_EQ(get_slot_list(CK_FALSE, nullptr, &count), CKR_OK);
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(get_slot_list(CK_TRUE, nullptr, &count), CKR_OK);
  EXPECT_EQ(count, 0U);
  EXPECT_EQ(get_slot_info(0, &slot), CKR_OK);
  EXPECT_EQ(slot.flags, 0U);
  EXPECT_EQ(get_token_info(0, &token), CKR_TOKEN_NOT_PRESENT);
  EXPECT_EQ(open_session(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session), CKR_TOKEN_NOT_PRESENT);
}

TEST_F(ModuleTest, ListsSlotsByTheLengthConvention) {
  std::array<CK_SLOT_ID, 2> slots{};
  CK_ULONG count = 1;
  EXPECT_EQ(get_slot_list(CK_TRUE, slots.data(), &count), CKR_BUFFER_TOO_SMALL);
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(get_slot_list(CK_TRUE, slots.data(), &count), CKR_OK);
  EXPECT_EQ(slots[1], 1U);
}

TEST_F(ModuleTest, DescribesATokenInPaddedText) {
  CK_TOKEN_INFO info;
  ASSERT_EQ(get_token_info(0, &info), CKR_OK);
  EXPECT_EQ(as_text(info.label), "vault                           ");
  EXPECT_EQ(as_text(info.manufacturerID), "Coffer                          ");
  EXPECT_EQ(as_text(info.serialNumber), "0000000000000000");
  EXPECT_EQ(info.flags, CKF_RNG | CKF_LOGIN_REQUIRED | CKF_DUAL_CRYPTO_OPERATIONS |
                            CKF_ASYNC_SESSION_SUPPORTED | CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED);
  EXPECT_EQ(get_token_info(7, &info), CKR_SLOT_ID_INVALID);
}

TEST_F(ModuleTest, OffersWrapping) {
  CK_MECHANISM_INFO info;
  ASSERT_EQ(get_mechanism_info(0, CKM_AES_CBC_PAD, &info), CKR_OK);
  EXPECT_EQ(info.flags, CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP);
}

TEST_F(ModuleTest, OpensSessionsOnInitialisedTokensOnly) {
  CK_SESSION_HANDLE session = 0;
  EXPECT_EQ(open_session(0, 0, nullptr, nullptr, &session), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
  EXPECT_EQ(open_session(1, CKF_SERIAL_SESSION, nullptr, nullptr, &session), CKR_TOKEN_NOT_RECOGNIZED);
  EXPECT_EQ(open_session(2, CKF_SERIAL_SESSION, nullptr, nullptr, &session), CKR_SLOT_ID_INVALID);
  EXPECT_EQ(open_session(~0UL, CKF_SERIAL_SESSION, nullptr, nullptr, &session), CKR_SLOT_ID_INVALID);
}

TEST_F(ModuleTest, NeverGivesASessionHandleTwice) {
  const CK_SESSION_HANDLE first = open();
  EXPECT_EQ(close_session(first), CKR_OK);
  const CK_SESSION_HANDLE second = open();
  EXPECT_NE(first, second);
  EXPECT_EQ(close_session(first), CKR_SESSION_HANDLE_INVALID);
  EXPECT_EQ(close_session(~0UL), CKR_SESSION_HANDLE_INVALID);
  EXPECT_EQ(close_session(0), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(ModuleTest, SharesALoginBetweenSessions) {
  const CK_SESSION_HANDLE first = open();
  const CK_SESSION_HANDLE second = open(0);
  CK_SESSION_INFO info;
  EXPECT_EQ(log_in(first), CKR_OK);
  EXPECT_EQ(log_in(second), CKR_USER_ALREADY_LOGGED_IN);
  EXPECT_EQ(log_in(second, CKU_SO), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
  ASSERT_EQ(get_session_info(second, &info), CKR_OK);
  EXPECT_EQ(info.state, CKS_RO_USER_FUNCTIONS);
  EXPECT_EQ(logout(second), CKR_OK);
  EXPECT_EQ(logout(first), CKR_USER_NOT_LOGGED_IN);
}

TEST_F(ModuleTest, KeepsTheOfficerAndReadOnlySessionsApart) {
  const CK_SESSION_HANDLE reader = open(0);
  const CK_SESSION_HANDLE writer = open();
  EXPECT_EQ(log_in(writer, CKU_SO), CKR_SESSION_READ_ONLY_EXISTS);
  EXPECT_EQ(close_session(reader), CKR_OK);
  EXPECT_EQ(log_in(writer, CKU_SO), CKR_OK);
  CK_SESSION_HANDLE session = 0;
  EXPECT_EQ(open_session(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session),
            CKR_SESSION_READ_WRITE_SO_EXISTS);
}

TEST_F(ModuleTest, LogsOutWhenTheLastSessionCloses) {
  const CK_SESSION_HANDLE first = open();
  const CK_SESSION_HANDLE second = open();
  ASSERT_EQ(log_in(first), CKR_OK);
  EXPECT_EQ(close_session(first), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::Logout>), 0);
  EXPECT_EQ(close_session(second), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::Logout>), 1);
}

TEST_F(ModuleTest, RefusesToEmptyATokenWithOpenSessions) {
  chip.accept<wire::InitToken>();
  CK_UTF8CHAR pin[] = "12345678";
  CK_UTF8CHAR label[33] = "a token                         ";
  const CK_SESSION_HANDLE session = open();
  EXPECT_EQ(init_token(0, pin, 8, label), CKR_SESSION_EXISTS);
  EXPECT_EQ(close_session(session), CKR_OK);
  EXPECT_EQ(init_token(0, pin, 3, label), CKR_PIN_LEN_RANGE);
  EXPECT_EQ(init_token(0, pin, 8, label), CKR_OK);
}

TEST_F(ModuleTest, KeepsTokenObjectsFromReadOnlySessions) {
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE token{CKA_TOKEN, &yes, sizeof(yes)};
  CK_ATTRIBUTE own{CKA_PRIVATE, &yes, sizeof(yes)};
  CK_OBJECT_HANDLE object = 0;
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256);
  EXPECT_EQ(create_object(open(0), &token, 1, &object), CKR_SESSION_READ_ONLY);
  EXPECT_EQ(create_object(open(), &own, 1, &object), CKR_USER_NOT_LOGGED_IN);
  const CK_SESSION_HANDLE reader = open(0);
  EXPECT_EQ(destroy_object(reader, find_all(reader).front()), CKR_SESSION_READ_ONLY);
}

TEST_F(ModuleTest, EndsSessionObjectsWithTheirSession) {
  chip.on<wire::CreateObject>([](const wire::CreateObject&) {
    wire::ObjectReply reply;
    reply.object.id[0] = 9;
    return reply;
  });
  const CK_SESSION_HANDLE first = open();
  const CK_SESSION_HANDLE second = open();
  CK_OBJECT_HANDLE object = 0;
  CK_ULONG size = 0;
  ASSERT_EQ(create_object(first, nullptr, 0, &object), CKR_OK);
  EXPECT_EQ(close_session(first), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::CloseSession>), 1);
  EXPECT_EQ(get_object_size(second, object, &size), CKR_OBJECT_HANDLE_INVALID);
}

TEST_F(ModuleTest, FindsMoreObjectsThanFitOneReply) {
  for (int i = 0; i < 3000; ++i) chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256);
  const CK_SESSION_HANDLE session = open();
  std::vector<CK_OBJECT_HANDLE> found = find_all(session);
  EXPECT_EQ(found.size(), 3000U);
  EXPECT_EQ(find_all(session), found);
  std::ranges::sort(found);
  EXPECT_EQ(std::ranges::adjacent_find(found), found.end());
}

TEST_F(ModuleTest, SearchesOneAtATime) {
  const CK_SESSION_HANDLE session = open();
  CK_ULONG count = 0;
  EXPECT_EQ(find_objects(session, nullptr, 0, &count), CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_EQ(find_objects_init(session, nullptr, 0), CKR_OK);
  EXPECT_EQ(find_objects_init(session, nullptr, 0), CKR_OPERATION_ACTIVE);
  EXPECT_EQ(find_objects_final(session), CKR_OK);
  EXPECT_EQ(find_objects_final(session), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(ModuleTest, ReadsAllAttributesAlthoughSomeAreRefused) {
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256);
  chip.on<wire::GetAttributes>([](const wire::GetAttributes& request) {
    wire::GetAttributesReply reply;
    for (const std::uint32_t type : request.types) {
      reply.attributes.push_back(
          {type, type == CKA_VALUE ? wire::AttributeState::sensitive : wire::AttributeState::present,
           type == CKA_VALUE ? Buffer{} : Buffer{5}});
    }
    return reply;
  });
  const CK_SESSION_HANDLE session = open();
  CK_BYTE octet = 0;
  std::array<CK_ATTRIBUTE, 3> attributes = {
      {{CKA_VALUE, nullptr, 0}, {CKA_WRAP_TEMPLATE, nullptr, 0}, {CKA_ID, &octet, 1}}};
  EXPECT_EQ(get_attribute_value(session, find_all(session).front(), attributes.data(), attributes.size()),
            CKR_ATTRIBUTE_SENSITIVE);
  EXPECT_EQ(attributes[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
  EXPECT_EQ(attributes[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
  EXPECT_EQ(attributes[2].ulValueLen, 1U);
  EXPECT_EQ(octet, 5);
}

TEST_F(ModuleTest, SurvivesANewChip) {
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256);
  const CK_SESSION_HANDLE session = open();
  ASSERT_EQ(log_in(session), CKR_OK);
  const std::vector<CK_OBJECT_HANDLE> before = find_all(session);
  chip.die();
  EXPECT_EQ(find_all(session), before);
  EXPECT_EQ(chip.count(wire::kOp<wire::Resume>), 1);
  EXPECT_EQ(log_in(session), CKR_USER_ALREADY_LOGGED_IN);
}

TEST_F(ModuleTest, DoesNotRepeatWhatWouldCountAPinTwice) {
  chip.on<wire::SetPin>([this](const wire::SetPin&) -> Result<wire::Empty> {
    chip.die();
    return wire::Empty{};
  });
  CK_UTF8CHAR pin[] = "1234";
  const CK_SESSION_HANDLE session = open();
  EXPECT_EQ(set_pin(session, pin, 4, pin, 4), CKR_DEVICE_ERROR);
  EXPECT_EQ(chip.count(wire::kOp<wire::SetPin>), 1);
}

TEST_F(ModuleTest, RepeatsACreationThatWasCutOffUnderItsNumber) {
  chip.on<wire::GenerateKey>([this](const wire::GenerateKey&) -> Result<wire::ObjectReply> {
    if (chip.count(wire::kOp<wire::GenerateKey>) <= 2) chip.die();
    return wire::ObjectReply{};
  });
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE token{CKA_TOKEN, &yes, sizeof(yes)};
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE key = 0;
  const CK_SESSION_HANDLE session = open();
  EXPECT_EQ(generate_key(session, &mechanism, &token, 1, &key), CKR_OK);
  ASSERT_EQ(chip.once_ids.size(), 3U);
  EXPECT_EQ(chip.once_ids[0], chip.once_ids[1]);
  EXPECT_EQ(chip.once_ids[1], chip.once_ids[2]);
  EXPECT_EQ(generate_key(session, &mechanism, &token, 1, &key), CKR_OK);
  EXPECT_NE(chip.once_ids[3], chip.once_ids[0]);
}

TEST_F(ModuleTest, RepeatsNothingForAVaultThatStaysAway) {
  chip.on<wire::GenerateKey>([this](const wire::GenerateKey&) -> Result<wire::ObjectReply> {
    chip.die();
    chip.is_reachable = false;
    return wire::ObjectReply{};
  });
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE token{CKA_TOKEN, &yes, sizeof(yes)};
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE key = 0;
  const CK_SESSION_HANDLE session = open();
  EXPECT_EQ(generate_key(session, &mechanism, &token, 1, &key), CKR_DEVICE_ERROR);
  EXPECT_EQ(chip.count(wire::kOp<wire::GenerateKey>), 1);
}

TEST_F(ModuleTest, TakesAnObjectThatIsGoneForDestroyedWhenTheAnswerWasLost) {
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256);
  chip.on<wire::DestroyObject>([this](const wire::DestroyObject&) -> Result<wire::Empty> {
    if (chip.count(wire::kOp<wire::DestroyObject>) > 1) return Error{Code::not_found, "no such object"};
    chip.die();
    return wire::Empty{};
  });
  const CK_SESSION_HANDLE session = open();
  EXPECT_EQ(destroy_object(session, find_all(session).front()), CKR_OK);
}

TEST_F(ModuleTest, TellsOfAnObjectThatWasGoneBefore) {
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256);
  chip.on<wire::DestroyObject>([](const wire::DestroyObject&) -> Result<wire::Empty> {
    return Error{Code::not_found, "no such object"};
  });
  const CK_SESSION_HANDLE session = open();
  EXPECT_EQ(destroy_object(session, find_all(session).front()), CKR_OBJECT_HANDLE_INVALID);
}

TEST_F(ModuleTest, LogsInAlthoughTheChipDiesOverTheFirstTry) {
  chip.on<wire::Login>([this](const wire::Login&) {
    if (chip.count(wire::kOp<wire::Login>) == 1) chip.die();
    return FakeChip::login_reply();
  });
  const CK_SESSION_HANDLE session = open();
  EXPECT_EQ(log_in(session), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::Login>), 2);
}

TEST_F(ModuleTest, LogsInByNameAndKnowsWhoItIs) {
  chip.on<wire::OperatorLogin>([](const wire::OperatorLogin& request) -> Result<wire::LoginReply> {
    if (request.name != "alice") return Error{Code::pin_incorrect, "the PIN is not right"};
    return FakeChip::login_reply();
  });
  const CK_SESSION_HANDLE session = open();
  CK_UTF8CHAR pin[] = "1234";
  CK_UTF8CHAR alice[] = "alice";
  CK_UTF8CHAR bob[] = "bob";
  EXPECT_EQ(login_user(session, CKU_USER, pin, 4, nullptr, 3), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(login_user(session, CKU_USER, nullptr, 4, alice, 5), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(login_user(session, CKU_SO, pin, 4, alice, 5), CKR_USER_TYPE_INVALID);
  EXPECT_EQ(login_user(session, CKU_USER, pin, 4, bob, 3), CKR_PIN_INCORRECT);
  EXPECT_EQ(login_user(session, CKU_USER, pin, 4, alice, 5), CKR_OK);
  EXPECT_EQ(login_user(session, CKU_USER, pin, 4, alice, 5), CKR_USER_ALREADY_LOGGED_IN);
  EXPECT_EQ(login_user(session, CKU_USER, pin, 4, bob, 3), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
  EXPECT_EQ(log_in(session), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
  EXPECT_EQ(chip.count(wire::kOp<wire::OperatorLogin>), 2) << "the module itself knew the rest";
}

TEST_F(ModuleTest, RefusesANameThatIsTooLongAsAWrongPin) {
  const CK_SESSION_HANDLE session = open();
  CK_UTF8CHAR pin[] = "1234";
  std::string name(wire::kOperatorNameBytesMax + 1, 'a');
  auto* octets = reinterpret_cast<CK_UTF8CHAR*>(name.data());
  EXPECT_EQ(login_user(session, CKU_USER, pin, 4, octets, name.size()), CKR_PIN_INCORRECT);
  EXPECT_EQ(chip.count(wire::kOp<wire::OperatorLogin>), 0);
}

TEST_F(ModuleTest, SendsALoginTwiceAtMost) {
  chip.on<wire::Login>([this](const wire::Login&) {
    chip.die();
    return FakeChip::login_reply();
  });
  EXPECT_EQ(log_in(open()), CKR_DEVICE_ERROR);
  EXPECT_EQ(chip.count(wire::kOp<wire::Login>), 2);
}

TEST_F(ModuleTest, LosesNothingToAChipThatRestartedWhileTheApplicationWasIdle) {
  chip.on<wire::GenerateKey>([](const wire::GenerateKey&) { return wire::ObjectReply{}; });
  CK_BBOOL yes = CK_TRUE;
  CK_ATTRIBUTE token{CKA_TOKEN, &yes, sizeof(yes)};
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE key = 0;
  const CK_SESSION_HANDLE session = open();
  chip.die();
  EXPECT_EQ(log_in(session), CKR_OK);
  chip.die();
  EXPECT_EQ(generate_key(session, &mechanism, &token, 1, &key), CKR_OK);
  EXPECT_EQ(chip.count(wire::kOp<wire::GenerateKey>), 1);
}

TEST_F(ModuleTest, ResumesALoginThatTheChipForgot) {
  chip.on<wire::Find>([this](const wire::Find&) -> Result<wire::FindReply> {
    if (chip.count(wire::kOp<wire::Resume>) == 0) return Error{Code::not_logged_in, "who are you"};
    return wire::FindReply{};
  });
  const CK_SESSION_HANDLE session = open();
  ASSERT_EQ(log_in(session), CKR_OK);
  EXPECT_EQ(find_objects_init(session, nullptr, 0), CKR_OK);
}

TEST_F(ModuleTest, IsLoggedOutWhenTheChipRefusesItsTicket) {
  chip.on<wire::Resume>(
      [](const wire::Resume&) -> Result<wire::Empty> { return Error{Code::denied, "stale"}; });
  const CK_SESSION_HANDLE session = open();
  ASSERT_EQ(log_in(session), CKR_OK);
  chip.die();
  find_all(session);
  EXPECT_EQ(log_in(session), CKR_OK);
}

TEST_F(ModuleTest, WorksInAForkedChildWithTheSameHandles) {
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256, true);
  const CK_SESSION_HANDLE session = open();
  ASSERT_EQ(log_in(session), CKR_OK);
  const std::vector<CK_OBJECT_HANDLE> before = find_all(session);
  const int answer = in_child([&] {
    const int connections = chip.connection_count;
    if (find_all(session) != before) return 1;
    if (chip.connection_count != connections + 1) return 2;
    if (log_in(session) != CKR_USER_ALREADY_LOGGED_IN) return 3;
    // The parent's login is its own affair.
    if (logout(session) != CKR_OK || chip.count(wire::kOp<wire::Logout>) != 0) return 4;
    if (!find_all(session).empty()) return 5;
    if (finalize(nullptr) != CKR_OK || initialize(nullptr) != CKR_OK) return 6;
    return 0;
  });
  EXPECT_EQ(answer, 0);
  EXPECT_EQ(find_all(session), before);
}

// PKCS#11 2.40 tells a child to call C_Initialize; 3.0 lets it go on without. Both keep what they had.
TEST_F(ModuleTest, LetsAForkedChildInitializeItOnceMore) {
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256, true);
  const CK_SESSION_HANDLE session = open();
  ASSERT_EQ(log_in(session), CKR_OK);
  const std::vector<CK_OBJECT_HANDLE> before = find_all(session);
  EXPECT_EQ(in_child([&] {
              if (initialize(nullptr) != CKR_OK) return 1;
              if (initialize(nullptr) != CKR_CRYPTOKI_ALREADY_INITIALIZED) return 2;
              return find_all(session) == before ? 0 : 3;
            }),
            0);
  EXPECT_EQ(initialize(nullptr), CKR_CRYPTOKI_ALREADY_INITIALIZED);
}

// A server's worker is another user than its master, whose ticket the chip refuses to it.
TEST_F(ModuleTest, LetsAForkedChildLogInWhenItsUserChanged) {
  const CK_SESSION_HANDLE session = open();
  ASSERT_EQ(log_in(session), CKR_OK);
  EXPECT_EQ(in_child([&] {
              chip.on<wire::Resume>([](const wire::Resume&) -> Result<wire::Empty> {
                return Error{Code::denied, "not yours"};
              });
              if (initialize(nullptr) != CKR_OK) return 1;
              if (log_in(session) != CKR_OK) return 2;
              return log_in(session) == CKR_USER_ALREADY_LOGGED_IN ? 0 : 3;
            }),
            0);
  EXPECT_EQ(log_in(session), CKR_USER_ALREADY_LOGGED_IN);
}

TEST_F(ModuleTest, LetsTheChipJudgeTheLoginOfAForkedChildAsSoonAsItCan) {
  const CK_SESSION_HANDLE session = open();
  ASSERT_EQ(log_in(session), CKR_OK);
  EXPECT_EQ(in_child([&] {
              chip.on<wire::Resume>([](const wire::Resume&) -> Result<wire::Empty> {
                return Error{Code::unavailable, "still starting"};
              });
              return log_in(session) == CKR_OK && chip.count(wire::kOp<wire::Login>) == 2 ? 0 : 1;
            }),
            0);
}

TEST_F(ModuleTest, WorksInAGrandchild) {
  const CK_SESSION_HANDLE session = open();
  EXPECT_EQ(in_child([&] {
              return in_child([&] { return find_objects_init(session, nullptr, 0) == CKR_OK ? 0 : 1; });
            }),
            0);
}

// Another thread is inside the module, holding its session, whenever the process forks.
TEST_F(ModuleTest, IsNotBlockedInTheChildByWhatAnotherThreadHeld) {
  const CK_SESSION_HANDLE busy = open();
  const CK_SESSION_HANDLE idle = open();
  std::atomic<bool> is_inside = false;
  std::atomic<bool> may_end = false;
  chip.on<wire::SeedRandom>([&](const wire::SeedRandom&) {
    is_inside = true;
    while (!may_end) std::this_thread::yield();
    return wire::Empty{};
  });
  CK_BYTE octet = 0;
  std::thread other([&] { seed_random(busy, &octet, 1); });
  while (!is_inside) std::this_thread::yield();
  const int answer = in_child([&] {
    CK_SESSION_INFO info;
    if (get_session_info(idle, &info) != CKR_OK) return 1;
    if (get_session_info(busy, &info) != CKR_OK) return 2;
    return find_objects_init(busy, nullptr, 0) == CKR_OK ? 0 : 3;
  });
  may_end = true;
  other.join();
  EXPECT_EQ(answer, 0);
}

TEST_F(ModuleTest, LeavesToTheParentWhatTheParentBegan) {
  chip.on<wire::CreateObject>([](const wire::CreateObject&) {
    wire::ObjectReply reply;
    reply.object.id[0] = 9;
    return reply;
  });
  const CK_SESSION_HANDLE session = open();
  CK_OBJECT_HANDLE object = 0;
  ASSERT_EQ(create_object(session, nullptr, 0, &object), CKR_OK);
  EXPECT_EQ(in_child([&] {
              if (close_session(session) != CKR_OK) return 1;
              return chip.count(wire::kOp<wire::CloseSession>);
            }),
            0);
}

TEST_F(ModuleTest, LetsATokensKeysBeUsedAfterALogin) {
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256);
  const CK_SESSION_HANDLE session = open();
  const CK_OBJECT_HANDLE key = find_all(session).front();
  std::array<CK_BYTE, 16> iv{};
  CK_MECHANISM mechanism{CKM_AES_CBC, iv.data(), iv.size()};
  EXPECT_EQ(encrypt_init(session, &mechanism, key), CKR_USER_NOT_LOGGED_IN);
  ASSERT_EQ(log_in(session), CKR_OK);
  EXPECT_EQ(encrypt_init(session, &mechanism, key), CKR_OK);
}

TEST_F(ModuleTest, ShowsPrivateSecretKeysToTheOfficerForNoUse) {
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256, true);
  chip.add(CKO_PRIVATE_KEY, CKK_RSA, CKF_SIGN, 2048, true);
  const CK_SESSION_HANDLE session = open();
  EXPECT_TRUE(find_all(session).empty());
  ASSERT_EQ(log_in(session, CKU_SO), CKR_OK);
  const auto seen = find_all(session);
  ASSERT_EQ(seen.size(), 1U);
  std::array<CK_BYTE, 16> iv{};
  CK_MECHANISM mechanism{CKM_AES_CBC, iv.data(), iv.size()};
  EXPECT_EQ(encrypt_init(session, &mechanism, seen.front()), CKR_USER_NOT_LOGGED_IN);
}

TEST_F(ModuleTest, ServesManyThreadsWithTheirOwnSessions) {
  chip.add(CKO_SECRET_KEY, CKK_AES, CKF_ENCRYPT, 256);
  const CK_SESSION_HANDLE first = open();
  ASSERT_EQ(log_in(first), CKR_OK);
  const CK_OBJECT_HANDLE key = find_all(first).front();
  CK_MECHANISM_INFO info;
  ASSERT_EQ(get_mechanism_info(0, CKM_AES_CBC, &info), CKR_OK);
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 200; ++turn) {
        const CK_SESSION_HANDLE session = open();
        std::array<CK_BYTE, 16> iv{};
        CK_MECHANISM mechanism{CKM_AES_CBC, iv.data(), iv.size()};
        if (encrypt_init(session, &mechanism, key) != CKR_OK) ++failures;
        if (close_session(session) != CKR_OK) ++failures;
      }
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace coffer::pkcs11
