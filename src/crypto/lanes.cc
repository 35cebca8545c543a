// Lanes over crypto_mb. Idle lanes repeat the first job, so that no lane computes on rubbish.
#include "crypto/lanes.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "crypto/ecdsa.h"
#include "crypto/primitives.h"
#include "crypto/rsa.h"
#include "crypto/rsa_numbers.h"

#ifdef COFFER_HAS_CRYPTO_MB

#include <crypto_mb/cpu_features.h>
#include <crypto_mb/ec_nistp256.h>
#include <crypto_mb/ec_nistp384.h>
#include <crypto_mb/ed25519.h>
#include <crypto_mb/rsa.h>
#include <openssl/rsa.h>

namespace coffer::crypto {
namespace {

constexpr std::size_t kModulusBytesMax = kRsaBitsMax / 8;
constexpr std::size_t kScalarBytesMax = 48;
constexpr std::size_t kLimbsMax = kScalarBytesMax / 8;
constexpr int kNonceTries = 64;

using Limbs = std::array<int64u, kLimbsMax>;
template <typename T>
using PerLane = std::array<T, kLaneCount>;

// The orders of P-256 and P-384 (SP 800-186, 3.2.1), as little-endian limbs.
constexpr Limbs kOrderP256 = {0xF3B9CAC2FC632551, 0xBCE6FAADA7179E84, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF00000000};
constexpr Limbs kOrderP384 = {0xECEC196ACCC52973, 0x581A0DB248B0A77A, 0xC7634D81F4372DDF,
                              0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF};

bool lane_ok(mbx_status status, std::size_t lane) {
  return MBX_GET_STS(status, static_cast<int>(lane)) == MBX_STATUS_OK;
}

template <typename T>
void wipe_object(T& object) {
  wipe({reinterpret_cast<std::uint8_t*>(&object), sizeof(object)});
}

void limbs_from(Bytes big_endian, std::span<int64u> limbs) {
  std::ranges::fill(limbs, int64u{0});
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    const std::size_t place = big_endian.size() - 1 - i;
    limbs[place / 8] |= int64u{big_endian[i]} << (8 * (place % 8));
  }
}

// in_range tells whether 0 < value < order, without branches on the value.
bool in_range(const Limbs& value, const Limbs& order, std::size_t count) {
  int64u borrow = 0;
  int64u any = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int64u difference = value[i] - order[i];
    const int64u next = (~value[i] & order[i]) | ((~value[i] | order[i]) & (difference - borrow));
    borrow = next >> 63U;
    any |= value[i];
  }
  return (borrow & static_cast<int64u>(any != 0)) == 1;
}

// random_scalar draws until the number is in range (FIPS 186-5, A.3.2, testing candidates).
bool random_scalar(const Limbs& order, std::size_t width, Limbs& scalar) {
  for (int i = 0; i < kNonceTries; ++i) {
    if (!random_bytes({reinterpret_cast<std::uint8_t*>(scalar.data()), width}).ok()) return false;
    if (in_range(scalar, order, width / 8)) return true;
  }
  return false;
}

const LaneKey& lane_key(const PrivateKey::Handle& key) {
  std::call_once(key.lane_once, [&key] {
    auto lane = std::make_unique<LaneKey>();
    if (key.type == KeyType::rsa) {
      RsaNumbers numbers = numbers_of(*key.key);
      lane->n = std::move(numbers.n);
      lane->e = std::move(numbers.e);
      lane->p = std::move(numbers.p);
      lane->q = std::move(numbers.q);
      lane->dp = std::move(numbers.dp);
      lane->dq = std::move(numbers.dq);
      lane->qinv = std::move(numbers.qinv);
    } else {
      lane->scalar = scalar_of(key);
      lane->public_octets = key.public_key.point();
    }
    if (key.type == KeyType::ec) {
      SecretBytes limbs = SecretBytes::zeroes(lane->scalar.size());
      Limbs values{};
      limbs_from(lane->scalar.reveal(), std::span(values).first(limbs.size() / 8));
      std::memcpy(limbs.reveal().data(), values.data(), limbs.size());
      wipe_object(values);
      lane->scalar = std::move(limbs);
    }
    key.lane = std::move(lane);
  });
  return *key.lane;
}

// The arguments of one RSA call.
struct RsaLanes {
  RsaLanes() = default;
  RsaLanes(const RsaLanes&) = delete;
  RsaLanes& operator=(const RsaLanes&) = delete;
  ~RsaLanes() {
    wipe_object(result);
    wipe_object(again);
  }
  PerLane<const int8u*> from{};
  PerLane<int8u*> to{};
  PerLane<int8u*> back{};
  PerLane<const BIGNUM*> n{}, e{}, p{}, q{}, dp{}, dq{}, qinv{};
  PerLane<std::array<std::uint8_t, kModulusBytesMax>> result;
  PerLane<std::array<std::uint8_t, kModulusBytesMax>> again;
};

bool fits(const LaneKey& key, int bits) {
  if (key.p == nullptr || key.q == nullptr || key.dp == nullptr || key.dq == nullptr || key.qinv == nullptr) {
    return false;
  }
  return BN_num_bits(key.p.get()) == bits / 2 && BN_num_bits(key.q.get()) == bits / 2;
}

void run_rsa(int bits, std::span<LaneJob> jobs) {
  const auto bytes = static_cast<std::size_t>(bits) / 8;
  for (const LaneJob& job : jobs) {
    if (!fits(lane_key(*job.key), bits)) return;
  }
  const auto lanes_owned = std::make_unique<RsaLanes>();
  RsaLanes& lanes = *lanes_owned;
  bool common_exponent = true;
  for (std::size_t i = 0; i < kLaneCount; ++i) {
    const LaneJob& job = jobs[i < jobs.size() ? i : 0];
    const LaneKey& key = lane_key(*job.key);
    CHECK(job.input.size() == bytes && job.output.size() >= bytes);
    lanes.from[i] = job.input.data();
    lanes.to[i] = lanes.result[i].data();
    lanes.back[i] = lanes.again[i].data();
    lanes.n[i] = key.n.get();
    lanes.e[i] = key.e.get();
    lanes.p[i] = key.p.get();
    lanes.q[i] = key.q.get();
    lanes.dp[i] = key.dp.get();
    lanes.dq[i] = key.dq.get();
    lanes.qinv[i] = key.qinv.get();
    common_exponent = common_exponent && BN_is_word(key.e.get(), RSA_F4) == 1;
  }
  const mbx_status made =
      mbx_rsa_private_crt_ssl_mb8(lanes.from.data(), lanes.to.data(), lanes.p.data(), lanes.q.data(),
                                  lanes.dp.data(), lanes.dq.data(), lanes.qinv.data(), bits);
  // A signature that went wrong gives the factors away, so each is checked with its public key first.
  mbx_status checked = MBX_SET_STS_ALL(MBX_STATUS_MISMATCH_PARAM_ERR);
  if (common_exponent) {
    checked =
        mbx_rsa_public_ssl_mb8(lanes.to.data(), lanes.back.data(), lanes.e.data(), lanes.n.data(), bits);
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Bytes result = std::span(lanes.result[i]).first(bytes);
    const MutableBytes again = std::span(lanes.again[i]).first(bytes);
    if (!lane_ok(made, i)) continue;
    if (!lane_ok(checked, i) && !rsa_public(jobs[i].key->public_key.handle(), result, again).ok()) continue;
    if (!equal_secret(again, jobs[i].input)) continue;
    std::ranges::copy(result, jobs[i].output.begin());
    jobs[i].done = true;
  }
}

// The arguments of one ECDSA call.
struct EcdsaLanes {
  EcdsaLanes() = default;
  EcdsaLanes(const EcdsaLanes&) = delete;
  EcdsaLanes& operator=(const EcdsaLanes&) = delete;
  ~EcdsaLanes() { wipe_object(nonces); }
  PerLane<Limbs> nonces{};
  PerLane<std::array<std::uint8_t, kScalarBytesMax>> digests{};
  PerLane<std::array<std::uint8_t, kScalarBytesMax>> r{};
  PerLane<std::array<std::uint8_t, kScalarBytesMax>> s{};
  PerLane<int8u*> r_out{};
  PerLane<int8u*> s_out{};
  PerLane<const int8u*> messages{};
  PerLane<const int64u*> nonce_in{};
  PerLane<const int64u*> key_in{};
};

// fit_digest takes the leftmost bits of a long digest, and fills a short one with zeros in front (FIPS
// 186-5, 6.4.1).
void fit_digest(Bytes digest, MutableBytes out) {
  const std::size_t kept = std::min(digest.size(), out.size());
  std::ranges::copy(digest.first(kept), out.end() - static_cast<std::ptrdiff_t>(kept));
}

using EcdsaFunction = mbx_status (*)(int8u* r[8], int8u* s[8], const int8u* const message[8],
                                     const int64u* const nonce[8], const int64u* const key[8], int8u* buffer);

void run_ecdsa(EcdsaFunction function, const Limbs& order, std::size_t width, std::span<LaneJob> jobs) {
  EcdsaLanes lanes;
  for (std::size_t i = 0; i < kLaneCount; ++i) {
    const LaneJob& job = jobs[i < jobs.size() ? i : 0];
    fit_digest(job.input, std::span(lanes.digests[i]).first(width));
    if (!job.nonce.empty()) {
      limbs_from(job.nonce, lanes.nonces[i]);
    } else if (!random_scalar(order, width, lanes.nonces[i])) {
      return;
    }
    lanes.r_out[i] = lanes.r[i].data();
    lanes.s_out[i] = lanes.s[i].data();
    lanes.messages[i] = lanes.digests[i].data();
    lanes.nonce_in[i] = lanes.nonces[i].data();
    lanes.key_in[i] = reinterpret_cast<const int64u*>(lane_key(*job.key).scalar.reveal().data());
  }
  const mbx_status status = function(lanes.r_out.data(), lanes.s_out.data(), lanes.messages.data(),
                                     lanes.nonce_in.data(), lanes.key_in.data(), nullptr);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!lane_ok(status, i)) continue;
    std::copy_n(lanes.r[i].begin(), width, jobs[i].output.begin());
    std::copy_n(lanes.s[i].begin(), width, jobs[i].output.begin() + static_cast<std::ptrdiff_t>(width));
    jobs[i].done = true;
  }
}

Bytes octets_of(const ed25519_sign& signature) {
  return {reinterpret_cast<const std::uint8_t*>(&signature), sizeof(signature)};
}

void run_ed25519(std::span<LaneJob> jobs) {
  static constexpr int8u kNothing = 0;
  PerLane<ed25519_sign> signatures{};
  PerLane<ed25519_sign_component*> r{};
  PerLane<ed25519_sign_component*> s{};
  PerLane<const int8u*> messages{};
  PerLane<int32u> lengths{};
  PerLane<const ed25519_private_key*> seeds{};
  PerLane<const ed25519_public_key*> points{};
  for (std::size_t i = 0; i < kLaneCount; ++i) {
    const LaneJob& job = jobs[i < jobs.size() ? i : 0];
    const LaneKey& key = lane_key(*job.key);
    r[i] = &signatures[i][0];
    s[i] = &signatures[i][1];
    messages[i] = job.input.empty() ? &kNothing : job.input.data();
    lengths[i] = static_cast<int32u>(job.input.size());
    seeds[i] = reinterpret_cast<const ed25519_private_key*>(key.scalar.reveal().data());
    points[i] = reinterpret_cast<const ed25519_public_key*>(key.public_octets.data());
  }
  const mbx_status status =
      mbx_ed25519_sign_mb8(r.data(), s.data(), messages.data(), lengths.data(), seeds.data(), points.data());
  // A deterministic signature that went wrong gives the key away: where a lane was idle, it has repeated the
  // first job and must agree with it.
  for (std::size_t i = jobs.size(); i < kLaneCount; ++i) {
    if (!equal_secret(octets_of(signatures[i]), octets_of(signatures[0]))) return;
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!lane_ok(status, i)) continue;
    std::memcpy(jobs[i].output.data(), signatures[i], sizeof(ed25519_sign));
    jobs[i].done = true;
  }
}

}  // namespace

bool lanes_available() {
  static const bool available = mbx_is_crypto_mb_applicable(mbx_get_cpu_features()) != 0;
  return available;
}

std::string_view lanes_refusal() { return lanes_available() ? "" : "none: the CPU lacks AVX-512 IFMA"; }

void run_lanes(LaneKind kind, std::span<LaneJob> jobs) {
  CHECK(lanes_available() && !jobs.empty() && jobs.size() <= kLaneCount);
  switch (kind) {
    case LaneKind::rsa2048: return run_rsa(2048, jobs);
    case LaneKind::rsa3072: return run_rsa(3072, jobs);
    case LaneKind::rsa4096: return run_rsa(4096, jobs);
    case LaneKind::p256: return run_ecdsa(mbx_nistp256_ecdsa_sign_mb8, kOrderP256, 32, jobs);
    case LaneKind::p384: return run_ecdsa(mbx_nistp384_ecdsa_sign_mb8, kOrderP384, 48, jobs);
    case LaneKind::ed25519: return run_ed25519(jobs);
  }
}

}  // namespace coffer::crypto

#else  // COFFER_HAS_CRYPTO_MB

namespace coffer::crypto {

bool lanes_available() { return false; }

std::string_view lanes_refusal() { return "none: built without crypto_mb"; }

void run_lanes(LaneKind /*kind*/, std::span<LaneJob> /*jobs*/) { CHECK(lanes_available()); }

}  // namespace coffer::crypto

#endif  // COFFER_HAS_CRYPTO_MB
