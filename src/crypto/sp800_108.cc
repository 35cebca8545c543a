// SP 800-108 (revision 1, 4): K(i) = PRF(key, input of step i), with K(1) || K(2) || ... cut to length.
#include "crypto/sp800_108.h"

#include <algorithm>

#include "crypto/derive.h"
#include "crypto/digest.h"
#include "crypto/mac.h"

namespace coffer::crypto {
namespace {

using Kind = DataPart::Kind;

constexpr std::size_t kCmacBytes = 16;

Error refuse() { return Error{Code::mechanism_parameter, "the parameters do not fit the mechanism"}; }

std::ptrdiff_t count_of(const Parameters& parameters, Kind kind) {
  return std::ranges::count(parameters.parts, kind, &DataPart::kind);
}

bool is_width(std::uint32_t bits, std::uint32_t bits_max) {
  return bits >= 8 && bits <= bits_max && bits % 8 == 0;
}

// PKCS#11 3.0, 2.42: which parts a mode must and may have, and how wide their numbers are.
Status check_parts(const Mechanism& mechanism, const Parameters& parameters) {
  const bool counts = mechanism.family == Family::sp800_108_counter;
  if (count_of(parameters, Kind::iteration) != 1) return refuse();
  if (count_of(parameters, Kind::counter) > (counts ? 0 : 1)) return refuse();
  if (count_of(parameters, Kind::keys_length) + count_of(parameters, Kind::blocks_length) > 1)
    return refuse();
  for (const DataPart& part : parameters.parts) {
    bool fits = true;
    switch (part.kind) {
      case Kind::iteration: fits = counts ? is_width(part.bits, 32) : part.bits == 0; break;
      case Kind::counter: fits = is_width(part.bits, 32); break;
      case Kind::keys_length:
      case Kind::blocks_length: fits = is_width(part.bits, 64); break;
      case Kind::octets: fits = part.bits == 0; break;
      default: fits = false;
    }
    if (!fits || (part.kind != Kind::octets && !part.octets.empty())) return refuse();
  }
  const bool is_feedback = mechanism.family == Family::sp800_108_feedback;
  return parameters.iv.empty() || is_feedback ? Status{} : refuse();
}

Status add_number(RunningMac& mac, std::uint64_t number, const DataPart& part) {
  const std::size_t bytes = part.bits / 8;
  if (bytes < sizeof(number) && number >> part.bits != 0) {
    return Error{Code::mechanism_parameter, "a counter or length does not fit its width"};
  }
  std::array<std::uint8_t, sizeof(number)> octets{};
  for (std::size_t i = 0; i < bytes; ++i) {
    octets[part.little_endian ? i : bytes - 1 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return mac.update(std::span(octets).first(bytes));
}

// Derivation is one run: the PRF, its block size, and how much there is to make.
class Derivation final {
 public:
  Derivation(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters)
      : key_(key),
        mechanism_(mechanism),
        parameters_(parameters),
        block_bytes_(parameters.hash == Hash::none ? kCmacBytes : digest_bytes(parameters.hash)) {}
  Derivation(const Derivation&) = delete;
  Derivation& operator=(const Derivation&) = delete;
  ~Derivation() {
    wipe(block_);
    wipe(pipeline_);
  }

  Result<SecretBytes> run() {
    SecretBytes output = SecretBytes::zeroes(parameters_.output_bytes);
    MutableBytes rest = output.reveal();
    for (std::uint64_t step = 1; !rest.empty(); ++step) {
      TRY(make_block(step));
      const Bytes made = Bytes(block_).first(std::min(rest.size(), block_bytes_));
      std::ranges::copy(made, rest.begin());
      rest = rest.subspan(made.size());
    }
    return output;
  }

 private:
  Status make_block(std::uint64_t step) {
    if (mechanism_.family == Family::sp800_108_pipeline) TRY(turn_pipeline(step));
    RunningMac mac = TRY(RunningMac::start(key_, parameters_.hash));
    for (const DataPart& part : parameters_.parts) TRY(add_part(mac, part, step));
    static_cast<void>(TRY(mac.finish(block_)));
    return {};
  }

  // A(1) = PRF(fixed input), A(i) = PRF(A(i - 1)).
  Status turn_pipeline(std::uint64_t step) {
    RunningMac mac = TRY(RunningMac::start(key_, parameters_.hash));
    if (step != 1) {
      TRY(mac.update(Bytes(pipeline_).first(block_bytes_)));
    } else {
      for (const DataPart& part : parameters_.parts) {
        if (part.kind != Kind::iteration && part.kind != Kind::counter) TRY(add_part(mac, part, step));
      }
    }
    static_cast<void>(TRY(mac.finish(pipeline_)));
    return {};
  }

  Status add_part(RunningMac& mac, const DataPart& part, std::uint64_t step) {
    const std::uint64_t bits = 8 * std::uint64_t{parameters_.output_bytes};
    const std::uint64_t block_bits = 8 * block_bytes_;
    switch (part.kind) {
      case Kind::iteration: return add_iteration(mac, part, step);
      case Kind::counter: return add_number(mac, step, part);
      case Kind::keys_length: return add_number(mac, bits, part);
      case Kind::blocks_length:
        return add_number(mac, (bits + block_bits - 1) / block_bits * block_bits, part);
      case Kind::octets: return mac.update(part.octets);
    }
    return refuse();
  }

  Status add_iteration(RunningMac& mac, const DataPart& part, std::uint64_t step) {
    if (mechanism_.family == Family::sp800_108_counter) return add_number(mac, step, part);
    if (mechanism_.family == Family::sp800_108_pipeline)
      return mac.update(Bytes(pipeline_).first(block_bytes_));
    return mac.update(step == 1 ? parameters_.iv : Bytes(block_).first(block_bytes_));
  }

  const SecretKey& key_;
  const Mechanism& mechanism_;
  const Parameters& parameters_;
  std::size_t block_bytes_;
  std::array<std::uint8_t, kDigestBytesMax> block_{};
  std::array<std::uint8_t, kDigestBytesMax> pipeline_{};
};

}  // namespace

Result<SecretBytes> derive_sp800_108(const SecretKey& key, const Mechanism& mechanism,
                                     const Parameters& parameters) {
  const KeyType wanted = parameters.hash == Hash::none ? KeyType::aes : KeyType::generic;
  if (key.type() != wanted) return Error{Code::key_type, "the key's type does not fit the PRF"};
  TRY(check_output(parameters.output_bytes, kSecretBytesMax));
  TRY(check_parts(mechanism, parameters));
  return Derivation(key, mechanism, parameters).run();
}

}  // namespace coffer::crypto
