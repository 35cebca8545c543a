// Tests of whole command lines: exit codes, and when a vault is started.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>
#include <vector>

#include "cli/cli.h"
#include "host/file.h"
#include "host/testing.h"
#include "host/vault_home.h"

namespace coffer::cli {
namespace {

using host::testing::TemporaryDirectory;

// Outcome of a command line in a home of its own.
class Run : public ::testing::Test {
 public:
  Run() { ::unsetenv("COFFER_AUTOSTART"); }
  ~Run() override { ::unsetenv("COFFER_AUTOSTART"); }

 protected:
  int run_with(std::vector<std::string> words) {
    words.insert(words.begin(), {"--home", home});
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const Context context{.start_vault =
                              [this](const std::string&) {
                                ++start_count;
                                return StartOutcome{.ok = false, .text = "the test starts nothing"};
                              },
                          .run_foreground = [](const std::string&) { return 42; }};
    const int code = run(words, context);
    out = ::testing::internal::GetCapturedStdout();
    err = ::testing::internal::GetCapturedStderr();
    return code;
  }

  void make_host_key() {
    ASSERT_TRUE(host::write_file_durably(host::vault_host_key(home), Buffer(32, 1)).ok());
  }

  void put(const std::string& name, std::string_view content, mode_t mode = 0600) {
    ASSERT_TRUE(host::write_file_durably(directory / name, as_bytes(content), mode).ok());
  }

  // become_silent_guard makes a child look like the guard of `home`: it has the lock and the arguments, and
  // does nothing, because nobody reads what echo(1) writes. What is closed on exec tells that it has begun.
  int become_silent_guard() {
    const auto held = host::LockFile::acquire(host::vault_guard_lock(home));
    std::array<int, 2> full{};
    if (!held.ok() || ::dup(held.value().descriptor().get()) < 0 || ::pipe(full.data()) != 0) return 1;
    const int capacity = ::fcntl(full[1], F_SETPIPE_SZ, 4096);
    const Buffer octets(capacity < 0 ? 0 : static_cast<std::size_t>(capacity));
    if (::write(full[1], octets.data(), octets.size()) != capacity) return 1;
    if (::dup2(full[1], STDOUT_FILENO) < 0) return 1;
    return ::execl("/bin/echo", "coffer", "--role", "guard", home.c_str(), nullptr);
  }

  TemporaryDirectory directory;
  std::string home = directory.path();
  std::string out;
  std::string err;
  int start_count = 0;
};

TEST_F(Run, ShowsWhatThereIsWhenNoCommandIsNamed) {
  EXPECT_EQ(run_with({}), kExitUsage);
  EXPECT_NE(err.find("usage: coffer"), std::string::npos);
}

TEST_F(Run, PrintsHelpOnStandardOutput) {
  EXPECT_EQ(run_with({"key", "sign", "--help"}), kExitOk);
  EXPECT_TRUE(out.starts_with("usage: coffer key sign"));
  EXPECT_EQ(err, "");
}

TEST_F(Run, PrintsTheVersion) {
  EXPECT_EQ(run_with({"--version"}), kExitOk);
  EXPECT_TRUE(out.starts_with("coffer "));
}

TEST_F(Run, SaysInOneLineWhatIsWrongWithTheCommandLine) {
  EXPECT_EQ(run_with({"key", "sign", "--pin", "1234"}), kExitUsage);
  EXPECT_EQ(err, "coffer: there is no option '--pin' of 'key sign': see 'coffer help key sign'\n");
}

TEST_F(Run, KeepsControlCharactersOffTheTerminal) {
  EXPECT_EQ(run_with({"a\x1b[2J\nb"}), kExitUsage);
  EXPECT_EQ(err, "coffer: there is no command 'a?[2J?b': see 'coffer help'\n");
}

TEST_F(Run, TellsThatThereIsNoVault) {
  EXPECT_EQ(run_with({"token", "list"}), kExitNotInitialized);
  EXPECT_EQ(start_count, 0);
}

TEST_F(Run, StartsAVaultThatDoesNotRun) {
  make_host_key();
  EXPECT_EQ(run_with({"token", "list"}), kExitNotRunning);
  EXPECT_EQ(start_count, 1);
  EXPECT_NE(err.find("the test starts nothing"), std::string::npos);
}

TEST_F(Run, StartsNothingWhenThatIsForbidden) {
  make_host_key();
  ::setenv("COFFER_AUTOSTART", "0", 1);
  EXPECT_EQ(run_with({"token", "list"}), kExitNotRunning);
  EXPECT_EQ(start_count, 0);
}

TEST_F(Run, NeverStartsAVaultForStatus) {
  make_host_key();
  EXPECT_EQ(run_with({"status", "--json"}), kExitNotRunning);
  EXPECT_EQ(start_count, 0);
  EXPECT_EQ(out, "{\"home\":\"" + home + "\",\"running\":false,\"state\":\"stopped\"}\n");
}

TEST_F(Run, TellsInStatusThatThereIsNoVault) {
  EXPECT_EQ(run_with({"status"}), kExitNotInitialized);
  EXPECT_EQ(start_count, 0);
}

TEST_F(Run, StopsAVaultThatDoesNotRun) {
  make_host_key();
  EXPECT_EQ(run_with({"down"}), kExitOk);
  EXPECT_EQ(start_count, 0);
}

TEST_F(Run, StopsAVaultThatDoesNotAnswerAndSaysThatItWorked) {
  make_host_key();
  ASSERT_TRUE(host::create_directory(host::vault_run(home)).ok());
  host::testing::PipeEnds started;
  const host::testing::ForkedChild guard([this] { return become_silent_guard(); });
  started.writing.close();
  ASSERT_FALSE(started.wait());
  EXPECT_EQ(run_with({"down"}), kExitOk) << err;
  EXPECT_EQ(out, "vault: " + home + ", stopped\n");
  EXPECT_EQ(err, "");
}

TEST_F(Run, SignalsNobodyForAVaultWhoseGuardCannotBeSeen) {
  make_host_key();
  ASSERT_TRUE(host::create_directory(host::vault_run(home)).ok());
  // The number in it is that of this process, which is no guard.
  const auto lock = host::LockFile::acquire(host::vault_guard_lock(home));
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(run_with({"down"}), kExitNotRunning);
  EXPECT_NE(err.find("a process that cannot be seen from here"), std::string::npos) << err;
}

TEST_F(Run, GivesTheExitCodeOfTheForeground) {
  make_host_key();
  EXPECT_EQ(run_with({"up", "--foreground"}), 42);
}

TEST_F(Run, InitAsksTheChipWhetherAMarkIsOfAVault) {
  make_host_key();
  ASSERT_TRUE(host::create_directory(host::vault_audit(home)).ok());
  for (const char* const mark : {"audit/mark", "mark"}) {
    put(mark, "x");
    EXPECT_EQ(run_with({"init"}), kExitNotRunning) << mark;
    EXPECT_EQ(std::exchange(start_count, 0), 1);
    ASSERT_TRUE(host::remove_file(directory / mark).ok());
  }
}

TEST_F(Run, InitRefusesAMarkWithoutItsHostKey) {
  ASSERT_TRUE(host::create_directory(host::vault_audit(home)).ok());
  for (const char* const mark : {"audit/mark", "mark"}) {
    put(mark, "x");
    EXPECT_EQ(run_with({"init"}), kExitFailed) << mark;
    EXPECT_EQ(start_count, 0);
    EXPECT_FALSE(host::file_exists(host::vault_host_key(home)));
    ASSERT_TRUE(host::remove_file(directory / mark).ok());
  }
}

TEST_F(Run, InitRefusesAStoreWithoutItsHostKey) {
  ASSERT_TRUE(host::create_directory(host::vault_store_directory(home)).ok());
  for (const char* const store : {"store/store.db", "store.db"}) {
    put(store, "x");
    EXPECT_EQ(run_with({"init"}), kExitFailed) << store;
    EXPECT_FALSE(host::file_exists(host::vault_host_key(home)));
    ASSERT_TRUE(host::remove_file(directory / store).ok());
  }
}

TEST_F(Run, InitKeepsTheHostKeyOfAnInterruptedInit) {
  make_host_key();
  EXPECT_EQ(run_with({"init"}), kExitNotRunning);
  EXPECT_EQ(start_count, 1);
  EXPECT_EQ(host::read_file(host::vault_host_key(home), 64).value(), Buffer(32, 1));
}

TEST_F(Run, InitMakesAPrivateHostKey) {
  home = directory / "new";
  EXPECT_EQ(run_with({"init"}), kExitNotRunning);
  struct stat about{};
  ASSERT_EQ(::stat(host::vault_host_key(home).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600U);
  EXPECT_EQ(about.st_size, 32);
  ASSERT_EQ(::stat(home.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0711U);
}

TEST_F(Run, InitRefusesAShortPassphraseBeforeItMakesAnything) {
  put("passphrase", "short\n");
  home = directory / "new";
  EXPECT_EQ(
      run_with({"init", "--root-of-trust", "passphrase", "--passphrase-file", directory / "passphrase"}),
      kExitFailed);
  EXPECT_FALSE(host::file_exists(home));
}

TEST_F(Run, WarnsOfASecretThatOthersCanRead) {
  put("pin", "123\n", 0644);
  EXPECT_EQ(run_with({"token", "create", "a", "--so-pin-file", directory / "pin"}), kExitFailed);
  EXPECT_NE(err.find("warning: other users can read "), std::string::npos);
}

TEST_F(Run, RefusesAPinOfTheWrongLengthWithoutAVault) {
  put("pin", "123\n");
  EXPECT_EQ(run_with({"token", "create", "a", "--so-pin-file", directory / "pin"}), kExitFailed);
  EXPECT_NE(err.find("it takes 4 to 255 octets"), std::string::npos);
}

TEST_F(Run, RefusesToDestroyWithoutYes) {
  make_host_key();
  EXPECT_EQ(run_with({"token", "destroy", "a"}), kExitUsage);
  EXPECT_EQ(run_with({"key", "destroy", "--label", "a"}), kExitUsage);
  EXPECT_EQ(start_count, 0);
}

TEST_F(Run, RefusesAProfileWithoutPrincipals) {
  EXPECT_EQ(run_with({"ca", "create", "a", "--kind", "ssh-user"}), kExitUsage);
}

TEST_F(Run, RefusesAPrivateKeyToCertify) {
  put("id", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
  EXPECT_EQ(
      run_with({"ca", "sign", "a", "--public-key", directory / "id", "--principal", "x", "--ttl", "5m"}),
      kExitFailed);
  EXPECT_NE(err.find("is a private key"), std::string::npos);
}

TEST_F(Run, VerifiesAnAuditLogWithoutAVault) {
  ASSERT_TRUE(host::create_directory(directory / "log").ok());
  EXPECT_EQ(run_with({"audit", "verify", "--directory", directory / "log"}), kExitOk);
  EXPECT_EQ(start_count, 0);
}

TEST_F(Run, NamesTheFileAndTheLineOfAFault) {
  ASSERT_TRUE(host::create_directory(directory / "log").ok());
  put("log/audit-000001.log", "no line\n");
  EXPECT_EQ(run_with({"audit", "verify", "--directory", directory / "log"}), kExitFailed);
  EXPECT_NE(err.find("audit-000001.log line 1 (number 1)"), std::string::npos);
}

TEST_F(Run, IgnoresALineThatIsStillBeingWritten) {
  ASSERT_TRUE(host::create_directory(directory / "log").ok());
  put("log/audit-000001.log", "{\"seq\":1");
  EXPECT_EQ(run_with({"audit", "verify", "--json", "--directory", directory / "log"}), kExitOk);
  EXPECT_NE(out.find("\"incomplete_line_at_end\":true"), std::string::npos);
}

TEST_F(Run, FindsAFileThatEndsInsideALine) {
  ASSERT_TRUE(host::create_directory(directory / "log").ok());
  put("log/audit-000001.log", "{\"seq\":1");
  put("log/audit-000002.log", "");
  EXPECT_EQ(run_with({"audit", "verify", "--directory", directory / "log"}), kExitFailed);
}

TEST_F(Run, ShowsTheLastLinesOfSeveralFiles) {
  ASSERT_TRUE(host::create_directory(directory / "log").ok());
  put("log/audit-000001.log", "a\nb\n");
  put("log/audit-000002.log", "c\n");
  put("log/counts", "d\n");
  EXPECT_EQ(run_with({"audit", "show", "--last", "2", "--directory", directory / "log"}), kExitOk);
  EXPECT_EQ(out, "b\nc\n");
}

}  // namespace
}  // namespace coffer::cli
