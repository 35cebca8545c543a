// For tests only: runs ssh-keygen in a temporary directory, and reads the vectors of testdata/ca.
#pragma once

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree_testing.h"
#include "ca/ssh_certificate.h"
#include "ca/ssh_public_key.h"

namespace coffer::ca::testing {

// TemporaryDirectory is removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string path = (std::filesystem::temp_directory_path() / "coffer-ca-XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    path_ = path;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  ASSERT_TRUE(file.good()) << path;
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// run starts a program with its times in UTC and gives what it wrote to both of its outputs. The test fails
// when the program is missing or does not succeed: OpenSSH is the oracle, and without it nothing is proven.
inline std::string run(std::vector<std::string> arguments) {
  ::setenv("TZ", "UTC", 1);
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  const int problem = ::posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string output;
  std::array<char, 4096> part{};
  for (ssize_t bytes = 1; problem == 0 && (bytes = ::read(ends[0], part.data(), part.size())) > 0;) {
    output.append(part.data(), static_cast<std::size_t>(bytes));
  }
  ::close(ends[0]);
  int status = -1;
  EXPECT_EQ(problem, 0) << "cannot start " << arguments[0] << "; is openssh-client installed?";
  if (problem == 0) ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << arguments[0] << ": " << output;
  return output;
}

inline std::string vector_path(std::string_view name) {
  return tree_path("testdata/ca/" + std::string(name));
}

// key_blob reads testdata/ca/keys/NAME.pub.
inline Buffer key_blob(std::string_view name) {
  return parse_text_line(read_text(vector_path("keys/" + std::string(name) + ".pub"))).value().blob;
}

inline SshPublicKey key(std::string_view name) { return parse_public_key(key_blob(name)).value(); }

// certificate_blob reads testdata/ca/certificates/NAME-cert.pub.
inline Buffer certificate_blob(std::string_view name) {
  return parse_text_line(read_text(vector_path("certificates/" + std::string(name) + "-cert.pub")))
      .value()
      .blob;
}

}  // namespace coffer::ca::testing
