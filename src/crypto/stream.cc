// Streams: operations in parts. What cannot be computed in parts is collected.
#include <algorithm>
#include <optional>

#include "base/secret_room.h"
#include "crypto/admission.h"
#include "crypto/cipher.h"
#include "crypto/digest.h"
#include "crypto/kept_parameters.h"
#include "crypto/mac.h"
#include "crypto/operation.h"

namespace coffer::crypto {
namespace {

Error spent() { return Error{Code::operation_unknown, "the operation has ended"}; }
Error wrong_kind() { return Error{Code::operation_unknown, "the operation does not end this way"}; }
Error no_room() { return Error{Code::invalid, "the output has no room for the result"}; }

// Collector gathers parts and wipes them.
class Collector final {
 public:
  // Too much is refused with `excess`.
  explicit Collector(Code excess = Code::data_length) : excess_(excess) {}
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  ~Collector() { wipe(octets_); }

  Status add(Bytes part) {
    if (part.size() > kStreamCollectBytesMax - octets_.size()) {
      return excess_ == Code::data_length
                 ? Error{Code::data_length, "this mechanism takes at most 4 MiB"}
                 : Error{Code::ciphertext_length, "this mechanism takes at most 4 MiB"};
    }
    if (secret_room() == SecretRoom::scarce)
      return Error{Code::limit, "the vault's hidden memory is full: end other operations first"};
    if (octets_.size() + part.size() > octets_.capacity()) {
      Buffer larger;
      larger.reserve(std::max(octets_.size() + part.size(), 2 * octets_.capacity()));
      larger.assign(octets_.begin(), octets_.end());
      wipe(octets_);
      octets_ = std::move(larger);
    }
    append(octets_, part);
    return {};
  }
  [[nodiscard]] Bytes octets() const { return octets_; }
  [[nodiscard]] std::size_t kept_bytes() const { return octets_.capacity(); }

 private:
  Code excess_;
  Buffer octets_;
};

// Input gathers what is signed: a running digest where the mechanism has one, otherwise the data.
class Input final {
 public:
  explicit Input(std::optional<RunningDigest> digest) : digest_(std::move(digest)) {}

  Status add(Bytes part) { return digest_.has_value() ? digest_->update(part) : collected_.add(part); }
  [[nodiscard]] std::size_t kept_bytes() const { return collected_.kept_bytes(); }
  Result<Bytes> take() {
    if (!digest_.has_value()) return collected_.octets();
    const std::size_t bytes = TRY(digest_->finish(result_));
    return Bytes(result_).first(bytes);
  }

 private:
  std::optional<RunningDigest> digest_;
  Collector collected_;
  std::array<std::uint8_t, kDigestBytesMax> result_{};
};

Result<std::optional<RunningDigest>> start_input(const Mechanism& mechanism) {
  if (mechanism.hash == Hash::none) return std::optional<RunningDigest>();
  return std::optional<RunningDigest>(TRY(RunningDigest::start(mechanism.hash)));
}

class SignStream final : public Stream {
 public:
  SignStream(std::shared_ptr<const PrivateKey> key, const Mechanism& mechanism, const Parameters& parameters,
             std::optional<RunningDigest> digest)
      : key_(std::move(key)), mechanism_(mechanism), parameters_(parameters), input_(std::move(digest)) {}

  Result<std::size_t> update(Bytes data, MutableBytes /*output*/) override {
    if (spent_) return spent();
    TRY(input_.add(data));
    return std::size_t{0};
  }
  Result<std::size_t> finish(MutableBytes output) override {
    if (std::exchange(spent_, true)) return spent();
    return sign_prepared(*key_, mechanism_, parameters_.get(), TRY(input_.take()), output);
  }
  Status finish_verify(Bytes /*signature*/) override { return wrong_kind(); }

  [[nodiscard]] std::size_t kept_bytes() const override {
    return parameters_.kept_bytes() + input_.kept_bytes();
  }

 private:
  std::shared_ptr<const PrivateKey> key_;
  const Mechanism& mechanism_;
  KeptParameters parameters_;
  Input input_;
  bool spent_ = false;
};

class VerifyStream final : public Stream {
 public:
  VerifyStream(PublicKey key, const Mechanism& mechanism, const Parameters& parameters,
               std::optional<RunningDigest> digest)
      : key_(std::move(key)), mechanism_(mechanism), parameters_(parameters), input_(std::move(digest)) {}

  Result<std::size_t> update(Bytes data, MutableBytes /*output*/) override {
    if (spent_) return spent();
    TRY(input_.add(data));
    return std::size_t{0};
  }
  Result<std::size_t> finish(MutableBytes /*output*/) override { return wrong_kind(); }
  Status finish_verify(Bytes signature) override {
    if (std::exchange(spent_, true)) return spent();
    return verify_prepared(key_, mechanism_, parameters_.get(), TRY(input_.take()), signature);
  }
  [[nodiscard]] std::size_t kept_bytes() const override {
    return parameters_.kept_bytes() + input_.kept_bytes();
  }

 private:
  PublicKey key_;
  const Mechanism& mechanism_;
  KeptParameters parameters_;
  Input input_;
  bool spent_ = false;
};

class MacStream final : public Stream {
 public:
  MacStream(std::shared_ptr<const SecretKey> key, RunningMac running)
      : key_(std::move(key)), running_(std::move(running)) {}

  Result<std::size_t> update(Bytes data, MutableBytes /*output*/) override {
    if (spent_) return spent();
    TRY(running_.update(data));
    return std::size_t{0};
  }
  Result<std::size_t> finish(MutableBytes output) override {
    if (std::exchange(spent_, true)) return spent();
    return running_.finish(output);
  }
  Status finish_verify(Bytes tag) override {
    if (std::exchange(spent_, true)) return spent();
    std::array<std::uint8_t, kDigestBytesMax> computed{};
    const std::size_t bytes = TRY(running_.finish(computed));
    return check_tag(std::span(computed).first(bytes), tag);
  }

 private:
  std::shared_ptr<const SecretKey> key_;
  RunningMac running_;
  bool spent_ = false;
};

class DigestStream final : public Stream {
 public:
  explicit DigestStream(RunningDigest running) : running_(std::move(running)) {}

  Result<std::size_t> update(Bytes data, MutableBytes /*output*/) override {
    if (spent_) return spent();
    TRY(running_.update(data));
    return std::size_t{0};
  }
  Result<std::size_t> finish(MutableBytes output) override {
    if (std::exchange(spent_, true)) return spent();
    return running_.finish(output);
  }
  Status finish_verify(Bytes /*signature*/) override { return wrong_kind(); }
  [[nodiscard]] Result<std::unique_ptr<Stream>> copy() const override {
    if (spent_) return spent();
    return std::unique_ptr<Stream>(std::make_unique<DigestStream>(TRY(running_.copy())));
  }

 private:
  RunningDigest running_;
  bool spent_ = false;
};

// CollectStream keeps all parts and runs the one-shot function at the end: GCM decryption, CCM, XTS, KW ...
class CollectStream final : public Stream {
 public:
  CollectStream(std::shared_ptr<const SecretKey> key, const Mechanism& mechanism,
                const Parameters& parameters, Direction direction)
      : key_(std::move(key)),
        mechanism_(mechanism),
        parameters_(parameters),
        direction_(direction),
        input_(direction == Direction::encrypt ? Code::data_length : Code::ciphertext_length) {}

  Result<std::size_t> update(Bytes data, MutableBytes /*output*/) override {
    if (spent_) return spent();
    TRY(input_.add(data));
    return std::size_t{0};
  }
  Result<std::size_t> finish(MutableBytes output) override {
    if (std::exchange(spent_, true)) return spent();
    const auto run = direction_ == Direction::encrypt ? encrypt_secret : decrypt_secret;
    return run(*key_, mechanism_, parameters_.get(), input_.octets(), output);
  }
  Status finish_verify(Bytes /*signature*/) override { return wrong_kind(); }

  [[nodiscard]] std::size_t kept_bytes() const override {
    return parameters_.kept_bytes() + input_.kept_bytes();
  }

 private:
  std::shared_ptr<const SecretKey> key_;
  const Mechanism& mechanism_;
  KeptParameters parameters_;
  Direction direction_;
  Collector input_;
  bool spent_ = false;
};

// CipherStream passes CTR, ChaCha20, GCM and ChaCha20-Poly1305 encryption, ECB and CBC through. Blocks are
// cut here, not in OpenSSL, so that the padding is ours on both sides: `held_` is the part of a block that
// has not gone in yet, and when padding will be removed, one whole block too.
class CipherStream final : public Stream {
 public:
  CipherStream(std::shared_ptr<const SecretKey> key, const Mechanism& mechanism, const Parameters& parameters,
               Direction direction, CipherRun run)
      : key_(std::move(key)),
        mechanism_(mechanism),
        parameters_(parameters),
        direction_(direction),
        run_(std::move(run)) {}
  ~CipherStream() override { wipe(held_); }

  Result<std::size_t> update(Bytes data, MutableBytes output) override {
    if (spent_) return spent();
    if (data.size() > kUpdateBytesMax) return Error{Code::data_length, "a part is too long"};
    total_ += data.size();
    if (counts()) TRY(check_counter(mechanism_, parameters_.get(), total_));
    if (is_sealing(mechanism_.family) && total_ > kSealBytesMax) return too_much_to_seal();
    if (!is_block_mode()) {
      if (output.size() < data.size()) return no_room();
      return run_.update(data, output);
    }
    return update_blocks(data, output);
  }

  Result<std::size_t> finish(MutableBytes output) override {
    if (std::exchange(spent_, true)) return spent();
    const std::size_t written = TRY(finish_output(output));
    run_.give_back();
    return written;
  }
  Status finish_verify(Bytes /*signature*/) override { return wrong_kind(); }

 private:
  [[nodiscard]] bool counts() const {
    return mechanism_.family == Family::aes_ctr || mechanism_.family == Family::chacha20;
  }
  [[nodiscard]] bool is_block_mode() const { return !counts() && !is_sealing(mechanism_.family); }
  [[nodiscard]] bool removes_padding() const { return is_padded() && direction_ == Direction::decrypt; }
  [[nodiscard]] bool is_padded() const {
    return mechanism_.family == Family::aes_cbc_pad || mechanism_.family == Family::des3_cbc_pad;
  }

  Result<std::size_t> update_blocks(Bytes data, MutableBytes output) {
    const std::size_t available = held_bytes_ + data.size();
    std::size_t ready = available - available % block_;
    if (removes_padding() && ready == available && ready != 0) ready -= block_;
    if (output.size() < ready) return no_room();
    std::size_t written = 0;
    if (ready != 0 && held_bytes_ != 0) {
      const std::size_t missing = block_ - held_bytes_;
      hold(data.first(missing));
      written = TRY(run_.update(Bytes(held_).first(block_), output));
      data = data.subspan(missing);
      held_bytes_ = 0;
    }
    const std::size_t whole = ready - written;
    written += TRY(run_.update(data.first(whole), output.subspan(written)));
    hold(data.subspan(whole));
    return written;
  }

  void hold(Bytes part) {
    std::ranges::copy(part, held_.begin() + static_cast<std::ptrdiff_t>(held_bytes_));
    held_bytes_ += part.size();
  }

  Result<std::size_t> finish_output(MutableBytes output) {
    if (is_sealing(mechanism_.family)) {
      const std::size_t tag_bytes = seal_tag_bytes(mechanism_, parameters_.get());
      if (output.size() < tag_bytes) return no_room();
      TRY(run_.tag(output.first(tag_bytes)));
      return tag_bytes;
    }
    if (is_padded()) return finish_padding(output);
    if (held_bytes_ == 0) return std::size_t{0};
    if (direction_ == Direction::encrypt) return Error{Code::data_length, "the data is not whole blocks"};
    return Error{Code::ciphertext_length, "the ciphertext is not whole blocks"};
  }

  Result<std::size_t> finish_padding(MutableBytes output) {
    const Bytes held = Bytes(held_).first(held_bytes_);
    if (direction_ == Direction::encrypt) {
      if (output.size() < block_) return no_room();
      auto last = pad_block(held, block_);
      const auto written = run_.update(Bytes(last).first(block_), output);
      wipe(last);
      return written;
    }
    if (held_bytes_ != block_) {
      return Error{Code::ciphertext_length, "the ciphertext is not whole blocks"};
    }
    std::array<std::uint8_t, kAesBlockBytes> block{};
    static_cast<void>(TRY(run_.update(held, block)));
    const std::size_t kept = data_in_last_block(Bytes(block).first(block_));
    Result<std::size_t> result = kept;
    if (kept == block_) {
      result = Error{Code::ciphertext_invalid, "the ciphertext is wrong"};
    } else if (output.size() < kept) {
      result = no_room();
    } else {
      std::copy_n(block.begin(), kept, output.begin());
    }
    wipe(block);
    return result;
  }

  std::shared_ptr<const SecretKey> key_;
  const Mechanism& mechanism_;
  KeptParameters parameters_;
  Direction direction_;
  CipherRun run_;
  const std::size_t block_ = block_bytes(mechanism_);
  std::array<std::uint8_t, kAesBlockBytes> held_{};
  std::size_t held_bytes_ = 0;
  std::uint64_t total_ = 0;
  bool spent_ = false;
};

Result<std::unique_ptr<Stream>> start_cipher(std::shared_ptr<const SecretKey> key,
                                             const Parameters& parameters, Direction direction) {
  const std::uint32_t wanted = direction == Direction::encrypt ? use::kEncrypt : use::kDecrypt;
  const Mechanism* mechanism = TRY(admit(parameters, wanted, key->type()));
  TRY(check_cipher_parameters(*mechanism, parameters));
  if (parameters.associated.size() > kStreamCollectBytesMax) {
    return Error{Code::data_length, "the associated data is too long"};
  }
  if (is_whole(*mechanism, direction)) {
    return std::unique_ptr<Stream>(
        std::make_unique<CollectStream>(std::move(key), *mechanism, parameters, direction));
  }
  CipherRun run = TRY(CipherRun::start(*key, *mechanism, parameters, direction));
  return std::unique_ptr<Stream>(
      std::make_unique<CipherStream>(std::move(key), *mechanism, parameters, direction, std::move(run)));
}

}  // namespace

Result<std::unique_ptr<Stream>> start_sign(std::shared_ptr<const PrivateKey> key,
                                           const Parameters& parameters) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kSign, key->type()));
  TRY(check_sign_parameters(*mechanism, parameters));
  auto digest = TRY(start_input(*mechanism));
  return std::unique_ptr<Stream>(
      std::make_unique<SignStream>(std::move(key), *mechanism, parameters, std::move(digest)));
}

Result<std::unique_ptr<Stream>> start_verify(PublicKey key, const Parameters& parameters) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kVerify, key.type()));
  auto digest = TRY(start_input(*mechanism));
  return std::unique_ptr<Stream>(
      std::make_unique<VerifyStream>(std::move(key), *mechanism, parameters, std::move(digest)));
}

Result<std::unique_ptr<Stream>> start_mac(std::shared_ptr<const SecretKey> key,
                                          const Parameters& parameters) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kSign, key->type()));
  RunningMac running = TRY(RunningMac::start(*key, *mechanism, parameters));
  return std::unique_ptr<Stream>(std::make_unique<MacStream>(std::move(key), std::move(running)));
}

Result<std::unique_ptr<Stream>> start_encrypt(std::shared_ptr<const SecretKey> key,
                                              const Parameters& parameters) {
  return start_cipher(std::move(key), parameters, Direction::encrypt);
}

Result<std::unique_ptr<Stream>> start_decrypt(std::shared_ptr<const SecretKey> key,
                                              const Parameters& parameters) {
  return start_cipher(std::move(key), parameters, Direction::decrypt);
}

Result<std::unique_ptr<Stream>> start_digest(const Parameters& parameters) {
  const Mechanism* mechanism = TRY(admit(parameters, use::kDigest, KeyType::none));
  RunningDigest running = TRY(RunningDigest::start(mechanism->hash));
  return std::unique_ptr<Stream>(std::make_unique<DigestStream>(std::move(running)));
}

}  // namespace coffer::crypto
