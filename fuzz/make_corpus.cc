// make_corpus: makes fuzz/corpus - small inputs for every target, written by our own encoders.
//
//   build/release/fuzz/make_corpus testdata fuzz/corpus           writes the files
//   build/release/fuzz/make_corpus --check testdata fuzz/corpus   fails when a file is missing or another
//
// What a fuzzer found is kept beside them, under a name that starts with "found-" or "refused-found-".
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "corpus.h"

namespace coffer::fuzzing {

namespace {

Corpus make(const std::filesystem::path& testdata) {
  Corpus corpus;
  add_messages(corpus);
  add_net(corpus);
  add_ring(corpus);
  add_store(corpus);
  add_backups(corpus);
  add_records(corpus);
  add_ssh(corpus, testdata);
  add_certificate_requests(corpus, testdata);
  add_texts(corpus);
  add_pkcs11(corpus);
  add_vault(corpus, testdata);
  return corpus;
}

bool is_found(const std::filesystem::path& name) {
  return name.string().starts_with("found-") || name.string().starts_with("refused-found-");
}

// check compares both ways: a file that the program does not make has no place here either.
bool check(const Corpus& corpus, const std::filesystem::path& folder) {
  bool all_well = true;
  const auto complain = [&](const std::filesystem::path& path, const char* what) {
    std::printf("%s: %s: run make_corpus\n", path.c_str(), what);
    all_well = false;
  };
  for (const auto& [path, octets] : corpus.files()) {
    if (read(folder / path) != octets || !std::filesystem::exists(folder / path)) complain(path, "is stale");
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto path = std::filesystem::relative(entry.path(), folder);
    if (!entry.is_regular_file() || is_found(path.filename()) || path == "README.md") continue;
    if (!corpus.files().contains(path)) complain(path, "is not made any more");
  }
  return all_well;
}

void write(const Corpus& corpus, const std::filesystem::path& folder) {
  for (const auto& [path, octets] : corpus.files()) {
    std::filesystem::create_directories((folder / path).parent_path());
    std::ofstream file(folder / path, std::ios::binary);
    file << as_text(octets);
    CHECK(file.good());
  }
}

}  // namespace

}  // namespace coffer::fuzzing

int main(int argument_count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + argument_count);
  const bool checks = !words.empty() && words[0] == "--check";
  if (words.size() != (checks ? 3U : 2U)) {
    std::fprintf(stderr, "usage: make_corpus [--check] TESTDATA CORPUS\n");
    return 2;
  }
  const coffer::fuzzing::Corpus corpus = coffer::fuzzing::make(words[words.size() - 2]);
  if (checks) return coffer::fuzzing::check(corpus, words.back()) ? 0 : 1;
  coffer::fuzzing::write(corpus, words.back());
  std::printf("make_corpus: %zu files in %s\n", corpus.files().size(), words.back().c_str());
  return 0;
}
