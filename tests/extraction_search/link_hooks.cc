// Link hooks: the functions that stand before crypto's (ld --wrap).
#include "tests/extraction_search/link_hooks.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "crypto/key.h"
#include "crypto/operation.h"

namespace coffer::extraction {
namespace {

struct Active {
  const Change* stream = nullptr;
  const Change* pkcs8 = nullptr;
};
constinit thread_local Active active;
thread_local std::vector<Buffer> streams;

bool cuts_at_the_front(const crypto::Parameters& parameters) {
  const crypto::Mechanism* row = crypto::find_mechanism(parameters.mechanism);
  return row != nullptr && row->family == crypto::Family::ecdh && parameters.hash == crypto::Hash::none;
}

void change_octets(MutableBytes octets, const Change& change, std::size_t first) {
  for (const OctetChange& each : change) {
    if (each.position >= first && each.position - first < octets.size()) {
      octets[each.position - first] ^= each.by;
    }
  }
}

void change_stream(MutableBytes octets, const crypto::Parameters& parameters, std::size_t whole_bytes) {
  static constexpr std::array<std::uint8_t, 3> kFew = {0x00, 0x01, 0x5a};
  streams.push_back(to_buffer(octets));
  for (std::uint8_t& each : octets) each = kFew[each % kFew.size()];
  const bool is_end = cuts_at_the_front(parameters) && octets.size() < whole_bytes;
  change_octets(octets, *active.stream, is_end ? whole_bytes - octets.size() : 0);
}

}  // namespace

Hook::Hook(Place place, const Change& change) {
  CHECK(active.stream == nullptr && active.pkcs8 == nullptr);
  (place == Place::stream ? active.stream : active.pkcs8) = &change;
}

Hook::~Hook() { active = {}; }

const std::vector<Buffer>& Hook::real_streams() { return streams; }
void Hook::forget_streams() { streams.clear(); }

// The names that the linker gives them.
Result<SecretBytes> real_derive(const crypto::SecretKey& key, const crypto::Parameters& parameters) __asm__(
    "__real__ZN6coffer6crypto6deriveERKNS0_9SecretKeyERKNS0_10ParametersE");
Result<SecretBytes> wrap_derive(const crypto::SecretKey& key, const crypto::Parameters& parameters) __asm__(
    "__wrap__ZN6coffer6crypto6deriveERKNS0_9SecretKeyERKNS0_10ParametersE");
Result<SecretBytes> real_derive(const crypto::PrivateKey& key, const crypto::Parameters& parameters) __asm__(
    "__real__ZN6coffer6crypto6deriveERKNS0_10PrivateKeyERKNS0_10ParametersE");
Result<SecretBytes> wrap_derive(const crypto::PrivateKey& key, const crypto::Parameters& parameters) __asm__(
    "__wrap__ZN6coffer6crypto6deriveERKNS0_10PrivateKeyERKNS0_10ParametersE");
SecretBytes real_pkcs8(const crypto::PrivateKey& key) __asm__(
    "__real__ZNK6coffer6crypto10PrivateKey5pkcs8Ev");
SecretBytes wrap_pkcs8(const crypto::PrivateKey& key) __asm__(
    "__wrap__ZNK6coffer6crypto10PrivateKey5pkcs8Ev");

Result<SecretBytes> wrap_derive(const crypto::SecretKey& key, const crypto::Parameters& parameters) {
  auto made = real_derive(key, parameters);
  if (active.stream != nullptr && made.ok()) change_stream(made.value().reveal(), parameters, 0);
  return made;
}

Result<SecretBytes> wrap_derive(const crypto::PrivateKey& key, const crypto::Parameters& parameters) {
  auto made = real_derive(key, parameters);
  const std::size_t whole_bytes = (key.bits() + 7) / 8;
  if (active.stream != nullptr && made.ok()) change_stream(made.value().reveal(), parameters, whole_bytes);
  return made;
}

SecretBytes wrap_pkcs8(const crypto::PrivateKey& key) {
  SecretBytes made = real_pkcs8(key);
  if (active.pkcs8 != nullptr) change_octets(made.reveal(), *active.pkcs8, 0);
  return made;
}

}  // namespace coffer::extraction
