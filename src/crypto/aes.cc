// AES and DES3 over prepared OpenSSL contexts, and plain ChaCha20.
#include "crypto/aes.h"

#include <algorithm>

#include <openssl/err.h>

#include "crypto/constant_time.h"
#include "crypto/scratch.h"

namespace coffer::crypto {
namespace {

constexpr std::size_t kGcmNonceBytes = 12;
constexpr std::size_t kWrapBlockBytes = 8;
constexpr std::size_t kTagBytesMax = 16;

AesMode mode_of(Family family) {
  switch (family) {
    case Family::aes_ecb:
    case Family::des3_ecb: return AesMode::ecb;
    case Family::aes_ctr: return AesMode::ctr;
    case Family::aes_gcm: return AesMode::gcm;
    case Family::aes_kw:
    case Family::aes_kw_pkcs7: return AesMode::wrap;
    case Family::aes_kwp: return AesMode::wrap_pad;
    default: return AesMode::cbc;
  }
}

Error no_room() { return Error{Code::invalid, "the output has no room for the result"}; }

// To whoever sent a ciphertext, all ways to fail look the same.
Error wrong_ciphertext() {
  ERR_clear_error();
  return Error{Code::ciphertext_invalid, "the ciphertext is wrong"};
}

Result<OwnedCipherContext> prepare(const SecretKey& key, AesMode mode, Direction direction, Bytes nonce) {
  OwnedCipherContext context(EVP_CIPHER_CTX_new());
  const int encrypting = direction == Direction::encrypt ? 1 : 0;
  const EVP_CIPHER* cipher = key.type() == KeyType::des3 ? library().des3[static_cast<std::size_t>(mode)]
                                                         : library().cipher(mode, key.bytes());
  if (context == nullptr || EVP_CipherInit_ex2(context.get(), cipher, key.value().reveal().data(), nullptr,
                                               encrypting, nullptr) != 1) {
    return library_failed();
  }
  if (EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1) return library_failed();
  if (mode == AesMode::gcm && nonce.size() != kGcmNonceBytes &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(nonce.size()), nullptr) !=
          1) {
    return library_failed();
  }
  return context;
}

Status check_lengths(const Mechanism& mechanism, const Parameters& parameters, std::size_t bytes, Code code) {
  const auto refuse = [code] {
    return code == Code::data_length ? Error{Code::data_length, "the data has a wrong length"}
                                     : Error{Code::ciphertext_length, "the ciphertext has a wrong length"};
  };
  if (bytes > kUpdateBytesMax || parameters.associated.size() > kUpdateBytesMax) return refuse();
  const bool decrypting = code == Code::ciphertext_length;
  switch (mechanism.family) {
    case Family::aes_ecb:
    case Family::aes_cbc:
    case Family::des3_ecb:
    case Family::des3_cbc: return bytes % block_bytes(mechanism) == 0 ? Status{} : refuse();
    case Family::aes_cbc_pad:
    case Family::des3_cbc_pad:
      return !decrypting || (bytes != 0 && bytes % block_bytes(mechanism) == 0) ? Status{} : refuse();
    case Family::aes_ctr:
    case Family::chacha20: return check_counter(mechanism, parameters, bytes);
    case Family::aes_gcm: return !decrypting || bytes >= parameters.tag_bits / 8 ? Status{} : refuse();
    case Family::aes_kw: {
      const std::size_t least = (decrypting ? 3U : 2U) * kWrapBlockBytes;
      return bytes >= least && bytes % kWrapBlockBytes == 0 ? Status{} : refuse();
    }
    case Family::aes_kw_pkcs7: {
      // Padding adds 1 to 8 octets, and RFC 3394 wraps at least 16.
      if (decrypting)
        return bytes >= 3 * kWrapBlockBytes && bytes % kWrapBlockBytes == 0 ? Status{} : refuse();
      return bytes >= kWrapBlockBytes ? Status{} : refuse();
    }
    case Family::aes_kwp:
      if (decrypting) {
        return bytes >= 2 * kWrapBlockBytes && bytes % kWrapBlockBytes == 0 ? Status{} : refuse();
      }
      return bytes != 0 ? Status{} : refuse();
    default: return Error{Code::mechanism_invalid, "the mechanism does not encrypt with such a key"};
  }
}

Result<std::size_t> seal_gcm(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                             Bytes data, MutableBytes output) {
  const std::size_t tag_bytes = parameters.tag_bits / 8;
  if (output.size() < data.size() + tag_bytes) return no_room();
  CipherRun run = TRY(CipherRun::start(key, mechanism, parameters, Direction::encrypt));
  static_cast<void>(TRY(run.update(data, output)));
  TRY(run.tag(output.subspan(data.size(), tag_bytes)));
  run.give_back();
  return data.size() + tag_bytes;
}

Result<std::size_t> open_gcm(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                             Bytes data, MutableBytes output) {
  const std::size_t tag_bytes = parameters.tag_bits / 8;
  const Bytes body = data.first(data.size() - tag_bytes);
  if (output.size() < body.size()) return no_room();
  CipherRun run = TRY(CipherRun::start(key, mechanism, parameters, Direction::decrypt));
  Scratch plain(body.size());
  static_cast<void>(TRY(run.update(body, plain.octets())));
  TRY(run.accept(data.last(tag_bytes)));
  run.give_back();
  std::ranges::copy(plain.octets(), output.begin());
  return body.size();
}

Result<std::size_t> encrypt_padded(const SecretKey& key, const Mechanism& mechanism,
                                   const Parameters& parameters, Bytes data, MutableBytes output) {
  const std::size_t block = block_bytes(mechanism);
  const std::size_t tail = data.size() % block;
  const std::size_t whole = data.size() - tail;
  if (output.size() < whole + block) return no_room();
  CipherRun run = TRY(CipherRun::start(key, mechanism, parameters, Direction::encrypt));
  static_cast<void>(TRY(run.update(data.first(whole), output)));
  auto last = pad_block(data.last(tail), block);
  const auto written = run.update(Bytes(last).first(block), output.subspan(whole));
  wipe(last);
  static_cast<void>(TRY(written));
  run.give_back();
  return whole + block;
}

Result<std::size_t> decrypt_padded(const SecretKey& key, const Mechanism& mechanism,
                                   const Parameters& parameters, Bytes data, MutableBytes output) {
  CipherRun run = TRY(CipherRun::start(key, mechanism, parameters, Direction::decrypt));
  Scratch plain(data.size());
  static_cast<void>(TRY(run.update(data, plain.octets())));
  run.give_back();
  const MutableBytes octets = plain.octets();
  const std::size_t block = block_bytes(mechanism);
  const std::size_t kept = data_in_last_block(octets.last(block));
  if (kept == block) return wrong_ciphertext();
  const std::size_t bytes = octets.size() - block + kept;
  if (output.size() < bytes) return no_room();
  std::copy_n(octets.begin(), bytes, output.begin());
  return bytes;
}

Result<std::size_t> run_plain(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                              Bytes data, MutableBytes output, Direction direction) {
  if (output.size() < data.size()) return no_room();
  CipherRun run = TRY(CipherRun::start(key, mechanism, parameters, direction));
  const std::size_t written = TRY(run.update(data, output));
  run.give_back();
  return written;
}

// RFC 3394 and RFC 5649 in OpenSSL's one call; a fresh context each time, as wrapping is rare.
Result<std::size_t> run_wrap(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                             Bytes data, MutableBytes output, Direction direction) {
  const OwnedCipherContext context(EVP_CIPHER_CTX_new());
  if (context == nullptr) return library_failed();
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  const std::uint8_t* iv = parameters.iv.empty() ? nullptr : parameters.iv.data();
  const EVP_CIPHER* cipher = library().cipher(mode_of(mechanism.family), key.bytes());
  if (EVP_CipherInit_ex2(context.get(), cipher, key.value().reveal().data(), iv,
                         direction == Direction::encrypt ? 1 : 0, nullptr) != 1) {
    return library_failed();
  }
  Scratch result(data.size() + 2 * kWrapBlockBytes);
  int written = 0;
  if (EVP_CipherUpdate(context.get(), result.octets().data(), &written, data.data(),
                       static_cast<int>(data.size())) != 1 ||
      written <= 0) {
    return direction == Direction::decrypt ? wrong_ciphertext() : library_failed();
  }
  const auto bytes = static_cast<std::size_t>(written);
  if (output.size() < bytes) return no_room();
  std::copy_n(result.octets().begin(), bytes, output.begin());
  return bytes;
}

// The counter of ChaCha20 is little-endian and counts blocks of 64 octets (RFC 8439, 2.3).
Status check_chacha20_counter(const Parameters& parameters, std::uint64_t bytes) {
  constexpr std::size_t kChaCha20BlockBytes = 64;
  std::uint64_t counter = 0;
  const std::uint32_t octets = parameters.counter_bits / 8;
  for (std::uint32_t i = 0; i < octets; ++i) counter |= std::uint64_t{parameters.iv[i]} << (8U * i);
  const std::uint64_t last = octets == 4 ? 0xFFFFFFFF : ~std::uint64_t{0};
  if ((bytes - 1) / kChaCha20BlockBytes <= last - counter) return {};
  return Error{Code::data_length, "the counter would wrap"};
}

// PKCS#7 padding to the 8 octets of RFC 3394 (CKM_AES_KEY_WRAP_PKCS7), which RFC 5652 defines for any block.
Result<std::size_t> wrap_padded(const SecretKey& key, const Mechanism& mechanism,
                                const Parameters& parameters, Bytes data, MutableBytes output) {
  const std::size_t padding = kWrapBlockBytes - data.size() % kWrapBlockBytes;
  Scratch padded(data.size() + padding);
  const MutableBytes octets = padded.octets();
  std::ranges::copy(data, octets.begin());
  std::ranges::fill(octets.last(padding), static_cast<std::uint8_t>(padding));
  return run_wrap(key, mechanism, parameters, octets, output, Direction::encrypt);
}

// The integrity check of RFC 3394 comes before the padding is looked at, so the padding is no oracle.
Result<std::size_t> unwrap_padded(const SecretKey& key, const Mechanism& mechanism,
                                  const Parameters& parameters, Bytes data, MutableBytes output) {
  Scratch plain(data.size());
  const std::size_t bytes =
      TRY(run_wrap(key, mechanism, parameters, data, plain.octets(), Direction::decrypt));
  const Bytes octets = Bytes(plain.octets()).first(bytes);
  const std::size_t padding = octets.back();
  if (padding == 0 || padding > kWrapBlockBytes ||
      std::ranges::any_of(octets.last(padding), [&](std::uint8_t octet) { return octet != padding; })) {
    return wrong_ciphertext();
  }
  const Bytes kept = octets.first(bytes - padding);
  if (output.size() < kept.size()) return no_room();
  std::ranges::copy(kept, output.begin());
  return kept.size();
}

}  // namespace

Result<CipherRun> CipherRun::start_chacha20(const SecretKey& key, const Parameters& parameters) {
  OwnedCipherContext context(EVP_CIPHER_CTX_new());
  if (context == nullptr || EVP_CipherInit_ex2(context.get(), library().chacha20, key.value().reveal().data(),
                                               parameters.iv.data(), 1, nullptr) != 1) {
    return library_failed();
  }
  return CipherRun(nullptr, std::move(context), false);
}

Result<CipherRun> CipherRun::start_poly1305(const SecretKey& key, const Parameters& parameters,
                                            Direction direction) {
  OwnedCipherContext context(EVP_CIPHER_CTX_new());
  if (context == nullptr ||
      EVP_CipherInit_ex2(context.get(), library().chacha20_poly1305, key.value().reveal().data(),
                         parameters.iv.data(), direction == Direction::encrypt ? 1 : 0, nullptr) != 1) {
    return library_failed();
  }
  CipherRun run(nullptr, std::move(context), false);
  TRY(run.take_associated(parameters.associated));
  return run;
}

Status CipherRun::take_associated(Bytes associated) {
  int taken = 0;
  if (!associated.empty() && EVP_CipherUpdate(context_.get(), nullptr, &taken, associated.data(),
                                              static_cast<int>(associated.size())) != 1) {
    return library_failed();
  }
  return {};
}

Result<CipherRun> CipherRun::start(const SecretKey& key, const Mechanism& mechanism,
                                   const Parameters& parameters, Direction direction) {
  if (mechanism.family == Family::chacha20) return start_chacha20(key, parameters);
  if (mechanism.family == Family::chacha20_poly1305) return start_poly1305(key, parameters, direction);
  const AesMode mode = mode_of(mechanism.family);
  CipherContextPool& pool = key.contexts().cipher(mode, direction);
  const bool is_gcm = mode == AesMode::gcm;
  const bool reusable = !is_gcm || parameters.iv.size() == kGcmNonceBytes;
  OwnedCipherContext context = reusable ? pool.take() : nullptr;
  if (context == nullptr) context = TRY(prepare(key, mode, direction, parameters.iv));
  const std::uint8_t* iv = parameters.iv.empty() ? nullptr : parameters.iv.data();
  if (EVP_CipherInit_ex2(context.get(), nullptr, nullptr, iv, -1, nullptr) != 1) return library_failed();
  CipherRun run(&pool, std::move(context), reusable);
  if (is_gcm) TRY(run.take_associated(parameters.associated));
  return run;
}

Result<std::size_t> CipherRun::update(Bytes data, MutableBytes output) {
  if (data.empty()) return std::size_t{0};
  int written = 0;
  if (EVP_CipherUpdate(context_.get(), output.data(), &written, data.data(), static_cast<int>(data.size())) !=
      1) {
    return library_failed();
  }
  return static_cast<std::size_t>(written);
}

Status CipherRun::tag(MutableBytes out) {
  int written = 0;
  std::array<std::uint8_t, kAesBlockBytes> rest{};
  if (EVP_CipherFinal_ex(context_.get(), rest.data(), &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(out.size()), out.data()) !=
          1) {
    return library_failed();
  }
  return {};
}

Status CipherRun::accept(Bytes tag) {
  int written = 0;
  std::array<std::uint8_t, kAesBlockBytes> rest{};
  std::array<std::uint8_t, kTagBytesMax> expected{};
  std::ranges::copy(tag, expected.begin());
  if (EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()),
                          expected.data()) != 1) {
    return library_failed();
  }
  if (EVP_CipherFinal_ex(context_.get(), rest.data(), &written) != 1) return wrong_ciphertext();
  return {};
}

void CipherRun::give_back() {
  if (reusable_) pool_->give(std::move(context_));
}

Status check_aes_parameters(const Mechanism& mechanism, const Parameters& parameters) {
  const auto refuse = [] {
    return Error{Code::mechanism_parameter, "the parameters do not fit the mechanism"};
  };
  const std::size_t iv = parameters.iv.size();
  const std::uint32_t tag = parameters.tag_bits;
  switch (mechanism.family) {
    case Family::aes_ecb:
    case Family::des3_ecb: return iv == 0 ? Status{} : refuse();
    case Family::aes_cbc:
    case Family::aes_cbc_pad:
    case Family::des3_cbc:
    case Family::des3_cbc_pad: return iv == block_bytes(mechanism) ? Status{} : refuse();
    case Family::aes_ctr:
      return iv == kAesBlockBytes && parameters.counter_bits >= 1 && parameters.counter_bits <= 128
                 ? Status{}
                 : refuse();
    case Family::aes_gcm:
      if (iv == 0 || iv > kGcmNonceBytesMax) return refuse();
      return tag == 32 || tag == 64 || (tag >= 96 && tag <= 128 && tag % 8 == 0) ? Status{} : refuse();
    case Family::chacha20:
      return iv == kAesBlockBytes && (parameters.counter_bits == 32 || parameters.counter_bits == 64)
                 ? Status{}
                 : refuse();
    case Family::aes_kw:
    case Family::aes_kw_pkcs7: return iv == 0 || iv == 8 ? Status{} : refuse();
    case Family::aes_kwp: return iv == 0 || iv == 4 ? Status{} : refuse();
    default: return Error{Code::mechanism_invalid, "the mechanism does not encrypt with such a key"};
  }
}

Status check_counter(const Mechanism& mechanism, const Parameters& parameters, std::uint64_t bytes) {
  if (bytes == 0) return {};
  if (mechanism.family == Family::chacha20) return check_chacha20_counter(parameters, bytes);
  // `left` is how many more blocks follow the first before the counter wraps, saturated at 64 bits.
  std::uint64_t left = 0;
  bool huge = false;
  for (std::size_t i = 0; i < kAesBlockBytes; ++i) {
    const std::size_t bit = 8 * (kAesBlockBytes - 1 - i);  // the lowest bit of this octet
    if (bit >= parameters.counter_bits) continue;
    const std::size_t kept = std::min<std::size_t>(8, parameters.counter_bits - bit);
    const auto gap = static_cast<std::uint8_t>(~parameters.iv[i] & (0xFFU >> (8 - kept)));
    if (bit >= 64) {
      huge = huge || gap != 0;
    } else {
      left = left << 8U | gap;
    }
  }
  if (!huge && (bytes - 1) / kAesBlockBytes > left) return Error{Code::data_length, "the counter would wrap"};
  return {};
}

std::array<std::uint8_t, kAesBlockBytes> pad_block(Bytes tail, std::size_t bytes) {
  std::array<std::uint8_t, kAesBlockBytes> block{};
  block.fill(static_cast<std::uint8_t>(bytes - tail.size()));
  std::ranges::copy(tail, block.begin());
  return block;
}

std::size_t data_in_last_block(Bytes block) {
  const auto bytes = static_cast<std::uint32_t>(block.size());
  const std::uint32_t size = block[bytes - 1];
  Mask wrong = mask_is_zero(size) | mask_less(bytes, size);
  for (std::uint32_t i = 0; i < bytes; ++i) {
    const Mask padded = mask_less(bytes - 1 - i, size);
    wrong |= padded & ~mask_is_zero(block[i] ^ size);
  }
  return (~wrong & (bytes - size)) | (wrong & bytes);
}

Result<std::size_t> encrypt_aes(const SecretKey& key, const Mechanism& mechanism,
                                const Parameters& parameters, Bytes data, MutableBytes output) {
  TRY(check_aes_parameters(mechanism, parameters));
  TRY(check_lengths(mechanism, parameters, data.size(), Code::data_length));
  switch (mechanism.family) {
    case Family::aes_gcm: return seal_gcm(key, mechanism, parameters, data, output);
    case Family::aes_cbc_pad:
    case Family::des3_cbc_pad: return encrypt_padded(key, mechanism, parameters, data, output);
    case Family::aes_kw:
    case Family::aes_kwp: return run_wrap(key, mechanism, parameters, data, output, Direction::encrypt);
    case Family::aes_kw_pkcs7: return wrap_padded(key, mechanism, parameters, data, output);
    default: return run_plain(key, mechanism, parameters, data, output, Direction::encrypt);
  }
}

Result<std::size_t> decrypt_aes(const SecretKey& key, const Mechanism& mechanism,
                                const Parameters& parameters, Bytes data, MutableBytes output) {
  TRY(check_aes_parameters(mechanism, parameters));
  TRY(check_lengths(mechanism, parameters, data.size(), Code::ciphertext_length));
  switch (mechanism.family) {
    case Family::aes_gcm: return open_gcm(key, mechanism, parameters, data, output);
    case Family::aes_cbc_pad:
    case Family::des3_cbc_pad: return decrypt_padded(key, mechanism, parameters, data, output);
    case Family::aes_kw:
    case Family::aes_kwp: return run_wrap(key, mechanism, parameters, data, output, Direction::decrypt);
    case Family::aes_kw_pkcs7: return unwrap_padded(key, mechanism, parameters, data, output);
    default: return run_plain(key, mechanism, parameters, data, output, Direction::decrypt);
  }
}

}  // namespace coffer::crypto
