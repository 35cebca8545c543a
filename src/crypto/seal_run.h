// SealRun: GCM, CCM (SP 800-38C) and ChaCha20-Poly1305 over a text whose size is known, piece by piece.
#pragma once

#include <array>
#include <optional>

#include "crypto/cipher.h"

namespace coffer::crypto {

// CbcMac is the MAC inside CCM (SP 800-38C, 6.1). The key must outlive it.
class CbcMac final {
 public:
  static Result<CbcMac> start(const SecretKey& key);
  Status update(Bytes data);
  // pad completes the block with zeroes.
  Status pad();
  [[nodiscard]] Bytes value() const { return value_.reveal(); }

 private:
  explicit CbcMac(CipherRun run) : run_(std::move(run)) {}
  Status run(Bytes blocks);

  CipherRun run_;
  Secret<kAesBlockBytes> held_;
  std::size_t held_bytes_ = 0;
  Secret<kAesBlockBytes> value_;
};

// SealRun is one encryption or decryption. It checks no parameters. The key must outlive it.
class SealRun final {
 public:
  // start takes the size of the plaintext, which CCM authenticates first.
  static Result<SealRun> start(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                               std::uint64_t bytes, Direction direction);
  // update writes as much as comes in. What a decryption writes is not to be trusted before accept().
  Status update(Bytes data, MutableBytes output);
  // tag ends an encryption; accept a decryption (ciphertext_invalid).
  Status tag(MutableBytes out);
  Status accept(Bytes tag);

 private:
  SealRun(CipherRun run, Direction direction) : run_(std::move(run)), direction_(direction) {}
  static Result<SealRun> start_ccm(const SecretKey& key, const Parameters& parameters, std::uint64_t bytes,
                                   Direction direction);
  Result<Secret<kAesBlockBytes>> ccm_tag();

  CipherRun run_;
  Direction direction_;
  std::optional<CbcMac> mac_;    // CCM
  Secret<kAesBlockBytes> mask_;  // CCM: what the MAC is encrypted with
};

}  // namespace coffer::crypto
