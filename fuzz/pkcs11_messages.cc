// PKCS#11 message parameters: what an application passes with each message to encrypt, pointers included.
#include <algorithm>
#include <cstring>

#include "fuzz.h"
#include "pkcs11/message.h"
#include "targets.h"

namespace coffer {

namespace {

// Room is memory of the application: a piece of exactly the size that it says, or null.
class Room {
 public:
  explicit Room(fuzzing::Input& input)
      : is_missing_(input.number<std::uint8_t>() == 1), octets_(to_buffer(input.piece())) {}

  CK_BYTE* octets() { return is_missing_ ? nullptr : octets_.data(); }
  [[nodiscard]] CK_ULONG bytes() const { return octets_.size(); }
  [[nodiscard]] bool holds(MutableBytes part) const {
    return part.data() >= octets_.data() && part.data() + part.size() <= octets_.data() + octets_.size();
  }

 private:
  bool is_missing_;
  Buffer octets_;
};

// The structure that belongs to a mechanism, as octets.
template <typename Structure>
Buffer octets_of(const Structure& structure) {
  Buffer octets(sizeof(structure));
  std::memcpy(octets.data(), &structure, sizeof(structure));
  return octets;
}

Buffer parameter_of(CK_MECHANISM_TYPE mechanism, fuzzing::Input& input, Room& nonce, Room& tag) {
  const CK_ULONG fixed_bits = input.number<std::uint64_t>();
  const CK_ULONG generator = input.number<std::uint8_t>();
  const bool lies = input.number<std::uint8_t>() == 1;
  if (mechanism == CKM_AES_GCM) {
    // A tag of more bits than there is room for would be the application's own fault: it cannot be noticed.
    return octets_of(CK_GCM_MESSAGE_PARAMS{nonce.octets(), nonce.bytes(), fixed_bits, generator, tag.octets(),
                                           8 * tag.bytes() + (lies ? 1U : 0U)});
  }
  if (mechanism == CKM_AES_CCM) {
    return octets_of(CK_CCM_MESSAGE_PARAMS{0, nonce.octets(), nonce.bytes(), fixed_bits, generator,
                                           tag.octets(), tag.bytes()});
  }
  return octets_of(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS{nonce.octets(), nonce.bytes(),
                                                           tag.bytes() < 16 ? nullptr : tag.octets()});
}

}  // namespace

Status fuzz_pkcs11_messages(Bytes input) {
  fuzzing::Input rest(input);
  const CK_MECHANISM_TYPE mechanism = rest.number<std::uint64_t>();
  Room nonce(rest);
  Room tag(rest);
  Buffer parameter = parameter_of(mechanism, rest, nonce, tag);
  if (rest.number<std::uint8_t>() == 1) parameter.pop_back();
  const auto read = TRY(pkcs11::read_message_parameter(mechanism, parameter.data(), parameter.size()));
  CHECK(!read.nonce.empty() && nonce.holds(read.nonce));
  CHECK(!read.tag.empty() && tag.holds(read.tag));
  CHECK(read.fixed_bits <= 8 * read.nonce.size());
  return {};
}

}  // namespace coffer
