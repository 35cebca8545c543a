// Corpus: the small parts that files are put together from.
#include "corpus.h"

#include <fstream>
#include <iterator>

#include "ca/profile.h"
#include "ca/ssh_public_key.h"
#include "codec/hex.h"
#include "vault/attribute.h"
#include "wire/frame.h"

namespace coffer::fuzzing {

namespace {

namespace cka = vault::attribute;

const Buffer kTrue{1};

}  // namespace

Buffer number(std::uint64_t value, std::size_t bytes) {
  Buffer octets;
  for (std::size_t i = 0; i < bytes; ++i) octets.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return octets;
}

Buffer joined(const std::vector<Buffer>& parts) {
  Buffer whole;
  for (const Buffer& part : parts) append(whole, part);
  return whole;
}

Buffer text(std::string_view characters) { return to_buffer(as_bytes(characters)); }

Buffer piece(Bytes octets) { return joined({number(octets.size(), 2), to_buffer(octets)}); }

Buffer frame(wire::Op op, Bytes payload, std::uint64_t id, std::uint16_t reserved) {
  return joined({encoded(wire::FrameHeader{.payload_bytes = static_cast<std::uint32_t>(payload.size()),
                                           .kind = static_cast<std::uint16_t>(op),
                                           .reserved = reserved,
                                           .request_id = id}),
                 to_buffer(payload)});
}

Buffer read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

wire::Template view_of(const Attributes& attributes) {
  wire::Template view;
  for (const auto& [type, value] : attributes) view.push_back({type, value});
  return view;
}

Attributes secret_key(std::uint32_t key_type, Buffer value) {
  return {{cka::kClass, number(vault::object_class::kSecretKey)},
          {cka::kKeyType, number(key_type)},
          {cka::kToken, kTrue},
          {cka::kLabel, text("key")},
          {cka::kId, {1}},
          {cka::kValue, std::move(value)}};
}

Attributes data_object() {
  return {
      {cka::kClass, number(vault::object_class::kData)}, {cka::kToken, kTrue}, {cka::kValue, text("data")}};
}

Buffer p256_parameters() { return codec::from_hex("06082a8648ce3d030107").value(); }

Buffer key_of(const std::filesystem::path& testdata, std::string_view name) {
  const Buffer line = read(testdata / "ca" / "keys" / name);
  const auto parsed = ca::parse_text_line(as_text(line));
  CHECK(parsed.ok());
  return parsed.value().blob;
}

wire::Authority authority_of(wire::AuthorityKind kind) {
  wire::Authority authority{.name = "ca",
                            .kind = kind,
                            .key_type = wire::AuthorityKeyType::ed25519,
                            .profile = ca::default_profile(kind)};
  authority.profile.principals = {"alice", "*.example.org"};
  return authority;
}

}  // namespace coffer::fuzzing
