// Call: one request of a sequence as data - who asks for what, with which earlier results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace coffer::extraction {

// Operation is what a call asks for. A sequence begins with `victim`, the import of the protected key.
enum class Operation : std::uint8_t {
  victim,
  import_key,
  generate,
  generate_pair,
  copy,
  set_attributes,
  get_attributes,
  derive,
  wrap,
  unwrap,
  encapsulate,
  decapsulate,
  sign,
  verify,
  sign_recover,
  verify_recover,
  encrypt,
  decrypt,
  digest,
  digest_key,
  destroy,
  login,
  logout,
};
inline constexpr std::size_t kOperationCount = 23;

// Who asks. Each is an application of its own: the owner with the user's PIN and without it, another uid that
// was granted, without and with the PIN, and the security officer.
enum class Who : std::uint8_t { user, guest, other, other_user, officer };
inline constexpr std::size_t kWhoCount = 5;

inline constexpr std::uint32_t kTokenCount = 2;
inline constexpr std::size_t kCallsMax = 8;

// Reference names a result of an earlier call: an object, or octets. `part` counts a call's results: a pair
// is the public key and the private one, a wrapped key is the ciphertext and the nonce.
struct Reference {
  int call = -1;  // -1: none
  unsigned part = 0;

  [[nodiscard]] bool given() const { return call >= 0; }
  bool operator==(const Reference&) const = default;
};

// Data is octets as they stand here, or cut out of an earlier result and perhaps changed in one place.
struct Data {
  Reference from;
  std::size_t skip = 0;
  std::size_t take = 0;  // 0: all that is left
  int flip_at = -1;      // -1: nothing is changed
  std::uint8_t flip_by = 0;
  Buffer octets;

  bool operator==(const Data&) const = default;
};

// Part is a piece of the input of SP 800-108 (crypto::DataPart).
struct Part {
  std::uint8_t kind = 0;
  std::uint32_t bits = 0;
  Buffer octets;

  bool operator==(const Part&) const = default;
};

// How is a mechanism and its parameters; the fields mean what those of wire::Parameters mean.
struct How {
  std::uint32_t mechanism = 0;
  Data iv;
  Buffer associated;
  std::uint32_t tag_bits = 0;
  std::uint32_t counter_bits = 0;
  std::uint8_t hash = 0;
  std::uint8_t mask_hash = 0;
  std::uint32_t salt_bytes = 0;
  Buffer peer;
  Buffer salt;
  Buffer info;
  bool extract = false;
  bool expand = false;
  std::uint32_t output_bytes = 0;
  std::uint8_t variant = 0;
  Reference other;
  std::uint64_t number = 0;
  std::vector<std::uint32_t> sizes;
  std::vector<Part> parts;
  std::uint32_t nonce_bytes = 0;  // wrap: the chip chooses a nonce of so many octets

  bool operator==(const How&) const = default;

  // fields visits all but the mechanism with their names.
  static void fields(auto& visit, auto& in) {
    visit("iv", in.iv);
    visit("associated", in.associated);
    visit("tag_bits", in.tag_bits);
    visit("counter_bits", in.counter_bits);
    visit("hash", in.hash);
    visit("mask_hash", in.mask_hash);
    visit("salt_bytes", in.salt_bytes);
    visit("peer", in.peer);
    visit("salt", in.salt);
    visit("info", in.info);
    visit("extract", in.extract);
    visit("expand", in.expand);
    visit("output_bytes", in.output_bytes);
    visit("variant", in.variant);
    visit("other", in.other);
    visit("number", in.number);
    visit("sizes", in.sizes);
    visit("parts", in.parts);
    visit("nonce_bytes", in.nonce_bytes);
  }
};

// Setting is one attribute of a template: its value as the wire has it, or a template inside it.
struct Setting {
  std::uint32_t type = 0;  // CKA_
  Buffer value;
  std::vector<Setting> inner;

  bool operator==(const Setting&) const = default;
};
using Settings = std::vector<Setting>;

// Call is one request. Which fields it uses depends on its operation.
struct Call {
  Operation operation = Operation::victim;
  Who who = Who::user;
  std::uint32_t token = 0;
  Reference key;     // what is used, copied, changed, read, destroyed; the wrapping key
  Reference target;  // wrap: the key that leaves
  How how;
  Data data;       // input; unwrap: the ciphertext
  Data signature;  // verify
  Settings attributes;
  Settings more;  // of the private key of a pair, or of one further derived key
  bool operator==(const Call&) const = default;
};
using Sequence = std::vector<Call>;

// Change is what one run changes of the protected key's octets, by XOR.
struct OctetChange {
  std::size_t position = 0;
  std::uint8_t by = 0;
};
using Change = std::vector<OctetChange>;

}  // namespace coffer::extraction
