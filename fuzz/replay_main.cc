// Replays a corpus without libFuzzer: every file as it is, cut short, and changed at random with a fixed
// seed.
//
// A file of the corpus must be accepted, unless its name starts with "refused-": then it must be refused. So
// a corpus that no longer fits the format fails the test.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "targets.h"

namespace {

using coffer::Buffer;
using coffer::fuzzing::Target;

constexpr unsigned kSeed = 20261123;
constexpr std::size_t kCuts = 16;
constexpr unsigned kEditsMax = 4;

Buffer read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// change makes one random edit: flips a bit, sets an octet, removes some, or repeats some.
void change(Buffer& octets, std::mt19937& random) {
  const auto below = [&](std::size_t bound) { return static_cast<std::ptrdiff_t>(random() % bound); };
  if (octets.empty()) return octets.push_back(static_cast<std::uint8_t>(random()));
  const auto place = octets.begin() + below(octets.size());
  const auto end = place + below(static_cast<std::size_t>(octets.end() - place)) % 32 + 1;
  switch (random() % 4) {
    case 0: *place ^= static_cast<std::uint8_t>(1U << (random() % 8)); break;
    case 1: *place = static_cast<std::uint8_t>(random() % 2 == 0 ? 0xff : random()); break;
    case 2: octets.erase(place, end); break;
    default: {
      const Buffer again(place, end);
      octets.insert(octets.begin() + below(octets.size()), again.begin(), again.end());
    }
  }
}

// The input that is being tried, for the last words.
const Buffer* current = nullptr;

// last_words keeps the input that ended the process.
void last_words(int signal_number) {
  constexpr const char* kFile = "fuzz-crash";
  if (std::FILE* file = std::fopen(kFile, "wb"); file != nullptr && current != nullptr) {
    std::fwrite(current->data(), 1, current->size(), file);
    std::fclose(file);
    std::fprintf(stderr, "\nthe input (%zu octets) is in the file %s of this folder\n", current->size(),
                 kFile);
  }
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

// run shows the input to the target in memory of exactly its size, so that sanitizers see one octet too far.
coffer::Status run(const Target& target, const Buffer& octets) {
  const Buffer exact(octets.begin(), octets.end());
  current = &exact;
  const coffer::Status accepted = target.run(exact);
  current = nullptr;
  return accepted;
}

bool replay(const Target& target, const std::filesystem::path& path) {
  const Buffer original = read(path);
  std::printf("%s: %zu octets", path.filename().c_str(), original.size());
  std::fflush(stdout);  // so that the name is there when the target ends the process
  const coffer::Status accepted = run(target, original);
  std::printf(": %s (%u)\n", accepted.ok() ? "accepted" : std::string(accepted.error().text).c_str(),
              static_cast<unsigned>(accepted.ok() ? coffer::Code::ok : accepted.error().code));
  std::fflush(stdout);
  const bool must_be_refused = path.filename().string().starts_with("refused-");

  for (std::size_t cut = 0; cut < kCuts; ++cut) {
    static_cast<void>(
        run(target, Buffer(original.begin(),
                           original.begin() + static_cast<std::ptrdiff_t>(original.size() * cut / kCuts))));
  }
  std::mt19937 random(kSeed);
  for (unsigned i = 0; i < target.changes; ++i) {
    Buffer changed = original;
    for (unsigned edits = random() % kEditsMax; edits < kEditsMax; ++edits) change(changed, random);
    static_cast<void>(run(target, changed));
  }
  return accepted.ok() != must_be_refused;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 3) {
    std::fprintf(stderr, "usage: %s TARGET CORPUS_FOLDER\n", arguments[0]);
    return 2;
  }
  const Target* const target = coffer::fuzzing::find_target(arguments[1]);
  if (target == nullptr) {
    std::fprintf(stderr, "%s is not a target of fuzz/targets.h\n", arguments[1]);
    return 2;
  }
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, last_words);
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[2])) paths.push_back(entry.path());
  std::ranges::sort(paths);
  bool all_well = !paths.empty();
  for (const auto& path : paths) {
    if (replay(*target, path)) continue;
    std::printf("%s: should have been the other way round\n", path.filename().c_str());
    all_well = false;
  }
  return all_well ? 0 : 1;
}
