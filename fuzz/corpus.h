// Corpus: the files that make_corpus makes, and how their octets are put together.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/binary.h"
#include "filler.h"
#include "wire/ca_messages.h"
#include "wire/messages.h"
#include "wire/wrap_messages.h"

namespace coffer::fuzzing {

// Corpus is a file's path and its octets.
class Corpus {
 public:
  void add(std::string_view target, std::string_view name, Buffer octets) {
    const bool is_new = files_.emplace(std::filesystem::path(target) / name, std::move(octets)).second;
    CHECK(is_new);
  }
  [[nodiscard]] const std::map<std::filesystem::path, Buffer>& files() const { return files_; }

 private:
  std::map<std::filesystem::path, Buffer> files_;
};

// The parts of the corpus. `testdata` is the folder of that name.
void add_messages(Corpus& corpus);
void add_ring(Corpus& corpus);
void add_net(Corpus& corpus);
void add_store(Corpus& corpus);
void add_backups(Corpus& corpus);
void add_records(Corpus& corpus);
void add_ssh(Corpus& corpus, const std::filesystem::path& testdata);
void add_certificate_requests(Corpus& corpus, const std::filesystem::path& testdata);
void add_texts(Corpus& corpus);
void add_pkcs11(Corpus& corpus);
void add_vault(Corpus& corpus, const std::filesystem::path& testdata);

// number writes the lowest `bytes` octets of a number, little-endian.
Buffer number(std::uint64_t value, std::size_t bytes = 8);
Buffer joined(const std::vector<Buffer>& parts);
Buffer text(std::string_view characters);
// piece is what Input::piece() reads.
Buffer piece(Bytes octets);
Buffer frame(wire::Op op, Bytes payload, std::uint64_t id = 2, std::uint16_t reserved = 0);
// read gives the content of a file.
Buffer read(const std::filesystem::path& path);

template <typename Request>
Buffer frame_of(const Request& request, std::uint64_t id = 2, std::uint16_t reserved = 0) {
  return frame(wire::kOp<Request>, encoded(request), id, reserved);
}

// Attributes own what a wire::Template only views.
using Attributes = std::vector<std::pair<std::uint32_t, Buffer>>;
wire::Template view_of(const Attributes& attributes);
// secret_key, data_object and p256_parameters are for templates of objects in a token.
Attributes secret_key(std::uint32_t key_type, Buffer value);
Attributes data_object();
Buffer p256_parameters();

// key_of reads an SSH public key's blob from the test data; authority_of is an authority with a plain
// profile.
Buffer key_of(const std::filesystem::path& testdata, std::string_view name);
wire::Authority authority_of(wire::AuthorityKind kind);

}  // namespace coffer::fuzzing
