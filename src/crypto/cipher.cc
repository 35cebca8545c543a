// AES-XTS (IEEE 1619), AES-CCM (SP 800-38C) and ChaCha20-Poly1305 (RFC 8439), over a fresh context each time.
#include "crypto/cipher.h"

#include <algorithm>

#include <openssl/err.h>

#include "crypto/scratch.h"

namespace coffer::crypto {
namespace {

constexpr std::size_t kXtsBytesMin = 16;
constexpr std::size_t kXtsBytesMax = std::size_t{1} << 24U;  // IEEE 1619: 2^20 blocks in a data unit
constexpr std::size_t kPolyNonceBytes = 12;
constexpr std::size_t kPolyTagBytes = 16;
constexpr std::size_t kTagBytesMax = 16;
constexpr std::uint64_t kGcmBytesMax = (std::uint64_t{1} << 36U) - 32;   // SP 800-38D, 5.2.1.1
constexpr std::uint64_t kPolyBytesMax = (std::uint64_t{1} << 38U) - 64;  // RFC 8439, 2.8

Error no_room() { return Error{Code::invalid, "the output has no room for the result"}; }
Error refuse_parameters() {
  return Error{Code::mechanism_parameter, "the parameters do not fit the mechanism"};
}
Error wrong_length(Direction direction) {
  return direction == Direction::encrypt
             ? Error{Code::data_length, "the data has a wrong length"}
             : Error{Code::ciphertext_length, "the ciphertext has a wrong length"};
}

// some gives a pointer that is not null: OpenSSL would take null for another question.
const std::uint8_t* some(Bytes octets) {
  static constexpr std::uint8_t kNothing = 0;
  return octets.empty() ? &kNothing : octets.data();
}

// is_sealed_here tells whether seal_whole and open_whole run a family; GCM is crypto/aes.h's.
bool is_sealed_here(Family family) {
  return family == Family::aes_ccm || family == Family::chacha20_poly1305;
}

const EVP_CIPHER* cipher_of(const Mechanism& mechanism, const SecretKey& key) {
  if (mechanism.family == Family::aes_xts) return library().xts[key.bytes() / 64];
  if (mechanism.family == Family::aes_ccm) return library().cipher(AesMode::ccm, key.bytes());
  return library().chacha20_poly1305;
}

Status check_ccm(const Parameters& parameters) {
  const std::uint32_t tag = parameters.tag_bits;
  const std::size_t nonce = parameters.iv.size();
  // SP 800-38C, A.1.
  if (nonce < 7 || nonce > 13 || tag < 32 || tag > 128 || tag % 16 != 0) return refuse_parameters();
  return {};
}

// begin prepares a context up to and including the associated data.
Result<OwnedCipherContext> begin(const SecretKey& key, const Mechanism& mechanism,
                                 const Parameters& parameters, std::size_t bytes, Direction direction,
                                 MutableBytes tag) {
  OwnedCipherContext context(EVP_CIPHER_CTX_new());
  const int encrypting = direction == Direction::encrypt ? 1 : 0;
  if (context == nullptr || EVP_CipherInit_ex2(context.get(), cipher_of(mechanism, key), nullptr, nullptr,
                                               encrypting, nullptr) != 1) {
    return library_failed();
  }
  const bool is_ccm = mechanism.family == Family::aes_ccm;
  if (is_sealed_here(mechanism.family)) {
    std::uint8_t* known = direction == Direction::decrypt ? tag.data() : nullptr;
    if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(parameters.iv.size()),
                            nullptr) != 1 ||
        ((is_ccm || known != nullptr) && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG,
                                                             static_cast<int>(tag.size()), known) != 1)) {
      return library_failed();
    }
  }
  if (EVP_CipherInit_ex2(context.get(), nullptr, key.value().reveal().data(), parameters.iv.data(), -1,
                         nullptr) != 1) {
    return library_failed();
  }
  int taken = 0;
  if (is_ccm && EVP_CipherUpdate(context.get(), nullptr, &taken, nullptr, static_cast<int>(bytes)) != 1) {
    return library_failed();
  }
  if (!parameters.associated.empty() &&
      EVP_CipherUpdate(context.get(), nullptr, &taken, parameters.associated.data(),
                       static_cast<int>(parameters.associated.size())) != 1) {
    return library_failed();
  }
  return context;
}

Result<std::size_t> seal_whole(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                               Bytes data, MutableBytes output) {
  const std::size_t tag = seal_tag_bytes(mechanism, parameters);
  if (output.size() < data.size() + tag) return no_room();
  const MutableBytes tag_out = output.subspan(data.size(), tag);
  const auto context = TRY(begin(key, mechanism, parameters, data.size(), Direction::encrypt, tag_out));
  int written = 0;
  std::array<std::uint8_t, kTagBytesMax> rest{};
  if (EVP_CipherUpdate(context.get(), output.data(), &written, some(data), static_cast<int>(data.size())) !=
          1 ||
      EVP_CipherFinal_ex(context.get(), rest.data(), &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag), tag_out.data()) != 1) {
    return library_failed();
  }
  return data.size() + tag;
}

Result<std::size_t> open_whole(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                               Bytes data, MutableBytes output) {
  const std::size_t tag = seal_tag_bytes(mechanism, parameters);
  const Bytes body = data.first(data.size() - tag);
  if (output.size() < body.size()) return no_room();
  std::array<std::uint8_t, kTagBytesMax> expected{};
  std::ranges::copy(data.last(tag), expected.begin());
  const auto context = TRY(
      begin(key, mechanism, parameters, body.size(), Direction::decrypt, MutableBytes(expected).first(tag)));
  Scratch plain(body.size() + 1);
  std::array<std::uint8_t, kTagBytesMax> rest{};
  int written = 0;
  // CCM says in the update that the tag is wrong, Poly1305 at the end.
  if (EVP_CipherUpdate(context.get(), plain.octets().data(), &written, some(body),
                       static_cast<int>(body.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), rest.data(), &written) != 1) {
    ERR_clear_error();
    return Error{Code::ciphertext_invalid, "the ciphertext is wrong"};
  }
  std::ranges::copy(plain.octets().first(body.size()), output.begin());
  return body.size();
}

Result<std::size_t> run_xts(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                            Bytes data, MutableBytes output, Direction direction) {
  if (data.size() < kXtsBytesMin || data.size() > kXtsBytesMax) return wrong_length(direction);
  if (output.size() < data.size()) return no_room();
  const auto context = TRY(begin(key, mechanism, parameters, data.size(), direction, {}));
  int written = 0;
  if (EVP_CipherUpdate(context.get(), output.data(), &written, data.data(), static_cast<int>(data.size())) !=
      1) {
    return library_failed();
  }
  return static_cast<std::size_t>(written);
}

}  // namespace

Status check_cipher_parameters(const Mechanism& mechanism, const Parameters& parameters) {
  switch (mechanism.family) {
    case Family::aes_xts: return parameters.iv.size() == kAesBlockBytes ? Status{} : refuse_parameters();
    case Family::aes_ccm: return check_ccm(parameters);
    case Family::chacha20_poly1305:
      return parameters.iv.size() == kPolyNonceBytes ? Status{} : refuse_parameters();
    default: return check_aes_parameters(mechanism, parameters);
  }
}

bool is_sealing(Family family) { return family == Family::aes_gcm || is_sealed_here(family); }

std::size_t seal_tag_bytes(const Mechanism& mechanism, const Parameters& parameters) {
  return mechanism.family == Family::chacha20_poly1305 ? kPolyTagBytes : parameters.tag_bits / 8;
}

Status check_seal_length(const Mechanism& mechanism, const Parameters& parameters, std::uint64_t bytes,
                         Direction direction) {
  const auto check = [&](bool fits) { return fits ? Status{} : wrong_length(direction); };
  if (mechanism.family == Family::aes_gcm) return check(bytes <= kGcmBytesMax);
  if (mechanism.family == Family::chacha20_poly1305) return check(bytes <= kPolyBytesMax);
  const std::size_t count_bytes = 15 - parameters.iv.size();
  return check((count_bytes >= sizeof bytes || bytes < std::uint64_t{1} << (8 * count_bytes)) &&
               (parameters.number == 0 || parameters.number == bytes));
}

bool is_whole(const Mechanism& mechanism, Direction direction) {
  switch (mechanism.family) {
    case Family::aes_gcm:
    case Family::chacha20_poly1305: return direction == Direction::decrypt;
    case Family::aes_kw:
    case Family::aes_kw_pkcs7:
    case Family::aes_kwp:
    case Family::aes_xts:
    case Family::aes_ccm: return true;
    default: return false;
  }
}

Result<std::size_t> encrypt_secret(const SecretKey& key, const Mechanism& mechanism,
                                   const Parameters& parameters, Bytes data, MutableBytes output) {
  TRY(check_cipher_parameters(mechanism, parameters));
  if (data.size() > kUpdateBytesMax || parameters.associated.size() > kUpdateBytesMax) {
    return wrong_length(Direction::encrypt);
  }
  if (mechanism.family == Family::aes_xts) {
    return run_xts(key, mechanism, parameters, data, output, Direction::encrypt);
  }
  if (!is_sealed_here(mechanism.family)) return encrypt_aes(key, mechanism, parameters, data, output);
  TRY(check_seal_length(mechanism, parameters, data.size(), Direction::encrypt));
  return seal_whole(key, mechanism, parameters, data, output);
}

Result<std::size_t> decrypt_secret(const SecretKey& key, const Mechanism& mechanism,
                                   const Parameters& parameters, Bytes data, MutableBytes output) {
  TRY(check_cipher_parameters(mechanism, parameters));
  if (data.size() > kUpdateBytesMax || parameters.associated.size() > kUpdateBytesMax) {
    return wrong_length(Direction::decrypt);
  }
  if (mechanism.family == Family::aes_xts) {
    return run_xts(key, mechanism, parameters, data, output, Direction::decrypt);
  }
  if (!is_sealed_here(mechanism.family)) return decrypt_aes(key, mechanism, parameters, data, output);
  const std::size_t tag = seal_tag_bytes(mechanism, parameters);
  if (data.size() < tag) return wrong_length(Direction::decrypt);
  TRY(check_seal_length(mechanism, parameters, data.size() - tag, Direction::decrypt));
  return open_whole(key, mechanism, parameters, data, output);
}

}  // namespace coffer::crypto
