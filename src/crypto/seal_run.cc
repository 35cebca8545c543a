// SealRun: CCM put together from CBC and CTR, because OpenSSL's takes its text in one call only; the others
// are a CipherRun.
#include "crypto/seal_run.h"

#include <algorithm>
#include <functional>

#include "crypto/admission.h"

namespace coffer::crypto {
namespace {

using Block = std::array<std::uint8_t, kAesBlockBytes>;

constexpr std::uint32_t kAesCbc = 0x1082;
constexpr std::uint32_t kAesCtr = 0x1086;

Error wrong_ciphertext() { return Error{Code::ciphertext_invalid, "the ciphertext is wrong"}; }

// The last `count` octets of a block are a number, big-endian.
void put_number(Block& block, std::size_t count, std::uint64_t number) {
  for (std::size_t i = 0; i < std::min(count, sizeof number); ++i) {
    block[block.size() - 1 - i] = static_cast<std::uint8_t>(number >> (8U * i));
  }
}

// first_block is B0, or with `flags` of only the count's size the counter block A0 (SP 800-38C, A.2.1, A.3).
Block first_block(const Parameters& parameters, std::uint8_t flags, std::uint64_t number) {
  Block block{};
  const std::size_t count_bytes = kAesBlockBytes - 1 - parameters.iv.size();
  block[0] = static_cast<std::uint8_t>(flags | (count_bytes - 1));
  std::ranges::copy(parameters.iv, block.begin() + 1);
  put_number(block, count_bytes, number);
  return block;
}

// The associated data follows its length (SP 800-38C, A.2.2).
Status take_associated(CbcMac& mac, Bytes associated) {
  constexpr std::size_t kShortMax = 0xFEFF;
  if (associated.empty()) return {};
  const std::size_t bytes = associated.size();
  Block length{0xFF, 0xFE};
  std::size_t length_bytes = 0;
  if (bytes > kShortMax) {
    for (std::size_t i = 0; i < 4; ++i) length[5 - i] = static_cast<std::uint8_t>(bytes >> (8U * i));
    length_bytes = 6;
  } else {
    length[0] = static_cast<std::uint8_t>(bytes >> 8U);
    length[1] = static_cast<std::uint8_t>(bytes);
    length_bytes = 2;
  }
  TRY(mac.update(Bytes(length).first(length_bytes)));
  TRY(mac.update(associated));
  return mac.pad();
}

}  // namespace

Result<CbcMac> CbcMac::start(const SecretKey& key) {
  static constexpr Block kZeroes{};
  const Parameters parameters{.mechanism = kAesCbc, .iv = kZeroes};
  const Mechanism* mechanism = TRY(admit(parameters, use::kEncrypt, key.type()));
  return CbcMac(TRY(CipherRun::start(key, *mechanism, parameters, Direction::encrypt)));
}

Status CbcMac::update(Bytes data) {
  const MutableBytes held = held_.reveal();
  if (held_bytes_ != 0) {
    const std::size_t taken = std::min(held.size() - held_bytes_, data.size());
    std::ranges::copy(data.first(taken), held.subspan(held_bytes_).begin());
    held_bytes_ += taken;
    data = data.subspan(taken);
    if (held_bytes_ < held.size()) return {};
    TRY(run(held));
    held_bytes_ = 0;
  }
  const std::size_t whole = data.size() - data.size() % kAesBlockBytes;
  TRY(run(data.first(whole)));
  std::ranges::copy(data.subspan(whole), held.begin());
  held_bytes_ = data.size() - whole;
  return {};
}

Status CbcMac::pad() {
  if (held_bytes_ == 0) return {};
  std::ranges::fill(held_.reveal().subspan(held_bytes_), std::uint8_t{0});
  held_bytes_ = 0;
  return run(held_.reveal());
}

Status CbcMac::run(Bytes blocks) {
  std::array<std::uint8_t, 4096> room{};
  Status done;
  while (!blocks.empty() && done.ok()) {
    const Bytes piece = blocks.first(std::min(blocks.size(), room.size()));
    blocks = blocks.subspan(piece.size());
    const auto written = run_.update(piece, room);
    if (!written.ok()) {
      done = written.error();
    } else {
      std::ranges::copy(Bytes(room).first(piece.size()).last(kAesBlockBytes), value_.reveal().begin());
    }
  }
  wipe(room);
  return done;
}

Result<SealRun> SealRun::start(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                               std::uint64_t bytes, Direction direction) {
  if (mechanism.family == Family::aes_ccm) return start_ccm(key, parameters, bytes, direction);
  return SealRun(TRY(CipherRun::start(key, mechanism, parameters, direction)), direction);
}

Result<SealRun> SealRun::start_ccm(const SecretKey& key, const Parameters& parameters, std::uint64_t bytes,
                                   Direction direction) {
  const std::size_t tag_bytes = parameters.tag_bits / 8;
  const auto flags =
      static_cast<std::uint8_t>((parameters.associated.empty() ? 0U : 0x40U) | ((tag_bytes - 2) / 2) << 3U);
  CbcMac mac = TRY(CbcMac::start(key));
  TRY(mac.update(first_block(parameters, flags, bytes)));
  TRY(take_associated(mac, parameters.associated));
  const Block counter = first_block(parameters, 0, 0);
  const Parameters counting{.mechanism = kAesCtr, .iv = counter, .counter_bits = 128};
  const Mechanism* mechanism = TRY(admit(counting, use::kEncrypt, key.type()));
  SealRun run(TRY(CipherRun::start(key, *mechanism, counting, Direction::encrypt)), direction);
  run.mac_.emplace(std::move(mac));
  // Its first block of key stream is for the MAC, the text begins with the second.
  static_cast<void>(TRY(run.run_.update(Block{}, run.mask_.reveal())));
  return run;
}

Status SealRun::update(Bytes data, MutableBytes output) {
  if (mac_ && direction_ == Direction::encrypt) TRY(mac_->update(data));
  static_cast<void>(TRY(run_.update(data, output)));
  if (mac_ && direction_ == Direction::decrypt) TRY(mac_->update(Bytes(output).first(data.size())));
  return {};
}

Result<Secret<kAesBlockBytes>> SealRun::ccm_tag() {
  TRY(mac_->pad());
  Secret<kAesBlockBytes> tag;
  std::ranges::transform(mac_->value(), mask_.reveal(), tag.reveal().begin(), std::bit_xor<std::uint8_t>());
  return tag;
}

Status SealRun::tag(MutableBytes out) {
  if (!mac_) return run_.tag(out);
  const Secret<kAesBlockBytes> tag = TRY(ccm_tag());
  std::ranges::copy(tag.reveal().first(out.size()), out.begin());
  return {};
}

Status SealRun::accept(Bytes tag) {
  if (!mac_) return run_.accept(tag);
  const Secret<kAesBlockBytes> expected = TRY(ccm_tag());
  return equal_secret(expected.reveal().first(tag.size()), tag) ? Status{} : wrong_ciphertext();
}

}  // namespace coffer::crypto
