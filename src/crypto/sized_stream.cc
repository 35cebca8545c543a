// Sized streams: GCM, CCM and ChaCha20-Poly1305 of an input whose size is known, without keeping any of it.
#include <algorithm>
#include <optional>

#include "crypto/admission.h"
#include "crypto/kept_parameters.h"
#include "crypto/primitives.h"
#include "crypto/seal_run.h"

namespace coffer::crypto {
namespace {

constexpr std::size_t kTagBytesMax = 16;

Error spent() { return Error{Code::operation_unknown, "the operation has ended"}; }
Error wrong_kind() { return Error{Code::operation_unknown, "the operation does not end this way"}; }
Error no_room() { return Error{Code::invalid, "the output has no room for the result"}; }
Error wrong_piece() { return Error{Code::invalid, "a piece has another size than it was announced with"}; }
Error wrong_ciphertext() { return Error{Code::ciphertext_invalid, "the ciphertext is wrong"}; }

// Sized is what both directions have: the key, and how much has come.
struct Sized {
  Sized(std::shared_ptr<const SecretKey> with, const Mechanism& as, const Parameters& given,
        std::uint64_t announced)
      : key(std::move(with)), mechanism(as), parameters(given), bytes(announced) {}

  // piece_bytes is the size of the piece that comes next.
  [[nodiscard]] std::size_t piece_bytes() const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(kSizedPieceBytes, bytes - taken));
  }
  [[nodiscard]] std::size_t tag_bytes() const { return seal_tag_bytes(mechanism, parameters.get()); }

  std::shared_ptr<const SecretKey> key;
  const Mechanism& mechanism;
  KeptParameters parameters;
  std::uint64_t bytes;
  std::uint64_t taken = 0;
};

class SealStream final : public Stream {
 public:
  SealStream(std::shared_ptr<const SecretKey> key, const Mechanism& mechanism, const Parameters& parameters,
             std::uint64_t bytes, SealRun run)
      : sized_(std::move(key), mechanism, parameters, bytes), run_(std::move(run)) {}

  Result<std::size_t> update(Bytes data, MutableBytes output) override {
    if (data.size() != sized_.piece_bytes()) return wrong_piece();
    if (output.size() < data.size()) return no_room();
    TRY(run_.update(data, output));
    sized_.taken += data.size();
    return data.size();
  }
  Result<std::size_t> finish(MutableBytes output) override {
    if (std::exchange(spent_, true)) return spent();
    if (sized_.taken != sized_.bytes) return Error{Code::data_length, "less came than was announced"};
    if (output.size() < sized_.tag_bytes()) return no_room();
    TRY(run_.tag(output.first(sized_.tag_bytes())));
    return sized_.tag_bytes();
  }
  Status finish_verify(Bytes /*signature*/) override { return wrong_kind(); }
  [[nodiscard]] std::size_t kept_bytes() const override { return sized_.parameters.kept_bytes(); }

 private:
  Sized sized_;
  SealRun run_;
  bool spent_ = false;
};

// OpenStream keeps a keyed hash of each piece of the first pass, so that the second decrypts what was
// verified and nothing else: whoever sends the pieces holds them in between, and could exchange them.
class OpenStream final : public Stream {
 public:
  OpenStream(std::shared_ptr<const SecretKey> key, const Mechanism& mechanism, const Parameters& parameters,
             std::uint64_t bytes, SealRun run)
      : sized_(std::move(key), mechanism, parameters, bytes), run_(std::move(run)) {}

  Status prepare() { return random_bytes(hash_key_); }

  Result<std::size_t> update(Bytes data, MutableBytes output) override {
    // An empty message is its tag, so each pass has a piece.
    if (sized_.taken == sized_.bytes || data.size() != sized_.piece_bytes()) return wrong_piece();
    if (output.size() < data.size()) return no_room();
    return is_verified_ ? release(data, output) : verify(data, output);
  }
  Result<std::size_t> finish(MutableBytes /*output*/) override {
    if (std::exchange(spent_, true)) return spent();
    if (!is_verified_ || sized_.taken != sized_.bytes) {
      return Error{Code::ciphertext_length, "less came than was announced"};
    }
    return std::size_t{0};
  }
  Status finish_verify(Bytes /*signature*/) override { return wrong_kind(); }
  [[nodiscard]] std::size_t kept_bytes() const override {
    return sized_.parameters.kept_bytes() + digests_.capacity() * sizeof(Digest32);
  }

 private:
  [[nodiscard]] std::uint64_t text_bytes() const { return sized_.bytes - sized_.tag_bytes(); }
  // text_of is the part of the next piece that is not the tag.
  [[nodiscard]] Bytes text_of(Bytes data) const {
    const std::uint64_t left = text_bytes() - std::min(text_bytes(), sized_.taken);
    return data.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, data.size())));
  }

  Result<std::size_t> verify(Bytes data, MutableBytes output) {
    const Bytes text = text_of(data);
    const Status done = run_.update(text, output);
    wipe(output.first(text.size()));
    TRY(done);
    digests_.push_back(hmac_sha256(hash_key_, data));
    for (const std::uint8_t octet : data.subspan(text.size())) tag_[tag_bytes_++] = octet;
    sized_.taken += data.size();
    if (sized_.taken != sized_.bytes) return std::size_t{0};
    TRY(run_.accept(Bytes(tag_).first(tag_bytes_)));
    run_ = TRY(SealRun::start(*sized_.key, sized_.mechanism, sized_.parameters.get(), text_bytes(),
                              Direction::decrypt));
    is_verified_ = true;
    sized_.taken = 0;
    return std::size_t{0};
  }

  Result<std::size_t> release(Bytes data, MutableBytes output) {
    if (!equal_secret(hmac_sha256(hash_key_, data), digests_[sized_.taken / kSizedPieceBytes])) {
      return wrong_ciphertext();
    }
    const Bytes text = text_of(data);
    TRY(run_.update(text, output));
    sized_.taken += data.size();
    return text.size();
  }

  Sized sized_;
  SealRun run_;
  Secret<32> hash_key_;
  std::vector<Digest32> digests_;
  std::array<std::uint8_t, kTagBytesMax> tag_{};
  std::size_t tag_bytes_ = 0;
  bool is_verified_ = false;
  bool spent_ = false;
};

// admit_sized lets through what authenticates, with the parameters that belong to it.
Result<const Mechanism*> admit_sized(const SecretKey& key, const Parameters& parameters, std::uint32_t use) {
  const Mechanism* mechanism = TRY(admit(parameters, use, key.type()));
  if (!is_sealing(mechanism->family)) {
    return Error{Code::mechanism_invalid, "the mechanism has no tag"};
  }
  TRY(check_cipher_parameters(*mechanism, parameters));
  if (parameters.associated.size() > kStreamCollectBytesMax) {
    return Error{Code::data_length, "the associated data is too long"};
  }
  return mechanism;
}

}  // namespace

Result<std::unique_ptr<Stream>> start_sealing(std::shared_ptr<const SecretKey> key,
                                              const Parameters& parameters, std::uint64_t bytes) {
  const Mechanism* mechanism = TRY(admit_sized(*key, parameters, use::kEncrypt));
  if (bytes > kSealBytesMax) return too_much_to_seal();
  TRY(check_seal_length(*mechanism, parameters, bytes, Direction::encrypt));
  SealRun run = TRY(SealRun::start(*key, *mechanism, parameters, bytes, Direction::encrypt));
  return std::unique_ptr<Stream>(
      std::make_unique<SealStream>(std::move(key), *mechanism, parameters, bytes, std::move(run)));
}

Result<std::unique_ptr<Stream>> start_opening(std::shared_ptr<const SecretKey> key,
                                              const Parameters& parameters, std::uint64_t bytes) {
  const Mechanism* mechanism = TRY(admit_sized(*key, parameters, use::kDecrypt));
  const std::size_t tag_bytes = seal_tag_bytes(*mechanism, parameters);
  if (bytes < tag_bytes) return Error{Code::ciphertext_length, "the ciphertext is shorter than its tag"};
  TRY(check_seal_length(*mechanism, parameters, bytes - tag_bytes, Direction::decrypt));
  SealRun run = TRY(SealRun::start(*key, *mechanism, parameters, bytes - tag_bytes, Direction::decrypt));
  auto stream = std::make_unique<OpenStream>(std::move(key), *mechanism, parameters, bytes, std::move(run));
  TRY(stream->prepare());
  return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace coffer::crypto
