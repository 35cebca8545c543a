// Known answers of the lanes: RFC 6979 and RFC 8032 through each lane, then eight different keys at once
// against OpenSSL.
#include "crypto/lane_tests.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "base/check.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/edwards.h"
#include "crypto/known_answers.h"
#include "crypto/lane_primes.h"
#include "crypto/primitives.h"
#include "crypto/rsa.h"
#include "crypto/rsa_numbers.h"

namespace coffer::crypto {
namespace {

using Keys = std::vector<PrivateKey>;

constexpr int kMeasurements = 7;
constexpr double kForever = 1e9;

OwnedNumber number_of_hex(std::string_view hex) {
  BIGNUM* number = nullptr;
  CHECK(BN_hex2bn(&number, std::string(hex).c_str()) > 0);
  return OwnedNumber(number);
}

Buffer octets(std::string_view hex) {
  const OwnedNumber number = number_of_hex(hex);
  Buffer result(hex.size() / 2);
  CHECK(BN_bn2binpad(number.get(), result.data(), static_cast<int>(result.size())) >= 0);
  return result;
}

// filler gives octets that differ from lane to lane.
Buffer filler(std::size_t lane, std::size_t bytes) {
  Buffer result;
  for (std::uint8_t counter = 0; result.size() < bytes; ++counter) {
    std::array<std::uint8_t, 32> block{};
    const std::array<std::uint8_t, 2> seed = {static_cast<std::uint8_t>(lane), counter};
    CHECK(digest_into(Hash::sha256, seed, block).ok());
    append(result, block);
  }
  result.resize(bytes);
  return result;
}

const LanePrimes& primes_of(LaneKind kind) {
  if (kind == LaneKind::rsa2048) return kLanePrimes2048;
  return kind == LaneKind::rsa3072 ? kLanePrimes3072 : kLanePrimes4096;
}

Result<PrivateKey> rsa_key_of(std::string_view p, std::string_view q) {
  RsaNumbers numbers;
  numbers.p = number_of_hex(p);
  numbers.q = number_of_hex(q);
  numbers.e = number_of_hex("010001");
  numbers.n.reset(BN_new());
  const OwnedNumberContext context(BN_CTX_new());
  const OwnedNumber phi(BN_new());
  const OwnedNumber p_minus_one(BN_dup(numbers.p.get()));
  const OwnedNumber q_minus_one(BN_dup(numbers.q.get()));
  CHECK(BN_sub_word(p_minus_one.get(), 1) == 1 && BN_sub_word(q_minus_one.get(), 1) == 1);
  CHECK(BN_mul(numbers.n.get(), numbers.p.get(), numbers.q.get(), context.get()) == 1);
  CHECK(BN_mul(phi.get(), p_minus_one.get(), q_minus_one.get(), context.get()) == 1);
  numbers.d.reset(BN_mod_inverse(nullptr, numbers.e.get(), phi.get(), context.get()));
  CHECK(numbers.d != nullptr);
  TRY(complete(numbers));
  return adopt_private(TRY(rsa_key(numbers)));
}

Result<Keys> keys_of(LaneKind kind) {
  Keys keys;
  for (std::size_t i = 0; i < kLaneCount; ++i) {
    if (kind == LaneKind::p256 || kind == LaneKind::p384) {
      const bool small = kind == LaneKind::p256;
      Buffer scalar = filler(i, small ? 32 : 48);
      scalar[0] = 0x7F;  // below the order
      keys.push_back(TRY(PrivateKey::from_scalar(small ? Curve::p256 : Curve::p384, scalar)));
    } else if (kind == LaneKind::ed25519) {
      keys.push_back(TRY(PrivateKey::from_scalar(Curve::ed25519, filler(i, 32))));
    } else {
      // Neighbours, then every second one: eight different pairs of five.
      const LanePrimes& primes = primes_of(kind);
      const std::size_t step = i < kLanePrimeCount ? 1 : 2;
      keys.push_back(TRY(rsa_key_of(primes[i % kLanePrimeCount], primes[(i + step) % kLanePrimeCount])));
    }
  }
  return keys;
}

std::size_t signature_bytes(LaneKind kind) {
  switch (kind) {
    case LaneKind::rsa2048: return 256;
    case LaneKind::rsa3072: return 384;
    case LaneKind::rsa4096: return 512;
    case LaneKind::p384: return 96;
    default: return 64;
  }
}

Buffer input_of(LaneKind kind, std::size_t lane) {
  if (kind == LaneKind::ed25519) return filler(lane, 37 * lane);  // lengths around the block of SHA-512
  if (kind == LaneKind::p256 || kind == LaneKind::p384) return filler(lane, 28 + 4 * (lane % 5));
  Buffer encoded = filler(lane, signature_bytes(kind));
  encoded[0] = 0;  // below the modulus
  return encoded;
}

bool sign_plain(LaneKind kind, const PrivateKey& key, Bytes input, MutableBytes output) {
  if (kind == LaneKind::ed25519) return sign_edwards(key.handle(), {}, input, output).ok();
  if (kind == LaneKind::p256 || kind == LaneKind::p384) return sign_ecdsa(key.handle(), input, output).ok();
  return rsa_private(key.handle(), input, output).ok();
}

// matches compares with the plain code: the same octets, or for ECDSA a signature that verifies.
bool matches(LaneKind kind, const PrivateKey& key, Bytes input, Bytes signature) {
  const PublicKey public_key = key.public_key();
  Buffer plain(signature.size());
  if (kind == LaneKind::p256 || kind == LaneKind::p384) {
    return verify_ecdsa(public_key.handle(), input, signature).ok();
  }
  return sign_plain(kind, key, input, plain) && equal_secret(plain, signature);
}

// Eight different keys at once, each rotation putting each key into another lane.
bool test_different_keys(LaneKind kind, const Keys& keys, std::size_t rotation) {
  std::array<Buffer, kLaneCount> inputs;
  std::array<Buffer, kLaneCount> outputs;
  std::array<LaneJob, kLaneCount> jobs;
  for (std::size_t i = 0; i < kLaneCount; ++i) {
    inputs[i] = input_of(kind, i);
    outputs[i].resize(signature_bytes(kind));
    jobs[i] = {&keys[(i + rotation) % kLaneCount].handle(), inputs[i], outputs[i]};
  }
  run_lanes(kind, jobs);
  for (std::size_t i = 0; i < kLaneCount; ++i) {
    if (!jobs[i].done || !matches(kind, keys[(i + rotation) % kLaneCount], inputs[i], outputs[i]))
      return false;
  }
  return true;
}

// One known answer in all lanes.
bool test_answer(LaneKind kind, const PrivateKey& key, Bytes input, Bytes nonce, Bytes answer) {
  std::array<Buffer, kLaneCount> outputs;
  std::array<LaneJob, kLaneCount> jobs;
  for (std::size_t i = 0; i < kLaneCount; ++i) {
    outputs[i].resize(signature_bytes(kind));
    jobs[i] = {&key.handle(), input, outputs[i], false, nonce};
  }
  run_lanes(kind, jobs);
  return std::ranges::all_of(jobs, &LaneJob::done) &&
         std::ranges::all_of(outputs, [&](const Buffer& output) { return equal_secret(output, answer); });
}

bool test_known_answers(LaneKind kind, bool fault) {
  if (kind == LaneKind::ed25519) {
    const auto key = PrivateKey::from_scalar(Curve::ed25519, octets(kEdwardsAnswers[0].seed));
    Buffer answer = octets(kEdwardsAnswers[0].signature);
    answer[0] ^= fault ? 1U : 0U;
    return key.ok() && test_answer(kind, key.value(), octets("af82"), {}, answer);
  }
  if (kind == LaneKind::p256 || kind == LaneKind::p384) {
    const EcdsaAnswer& row = kEcdsaAnswers[kind == LaneKind::p256 ? 0 : 1];
    const auto key = PrivateKey::from_scalar(row.curve, octets(row.scalar));
    Buffer digest(digest_bytes(row.hash));
    if (!key.ok() || !digest_into(row.hash, as_bytes("sample"), digest).ok()) return false;
    Buffer answer = octets(row.signature);
    answer[0] ^= fault ? 1U : 0U;
    return test_answer(kind, key.value(), digest, octets(row.nonce), answer);
  }
  // RSA has no published answers for its bare operation; OpenSSL's is the other implementation.
  return !fault;
}

// timed runs `work` and keeps the shortest time seen: other work on the machine only ever adds to it.
template <typename Work>
void timed(double& least, const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

}  // namespace

bool test_lanes(LaneKind kind, bool fault) {
  const auto keys = keys_of(kind);
  if (!keys.ok() || !test_known_answers(kind, fault)) return false;
  return test_different_keys(kind, keys.value(), 0) && test_different_keys(kind, keys.value(), 3);
}

std::size_t measure_lanes(LaneKind kind) {
  const auto keys = keys_of(kind);
  if (!keys.ok()) return kLaneCount + 1;
  const PrivateKey& key = keys.value().front();
  const Buffer input = input_of(kind, 1);
  Buffer output(signature_bytes(kind));
  bool good = true;
  double plain = kForever;
  double lanes = kForever;
  // In turns, so that a busy machine slows down both.
  for (int i = 0; i < kMeasurements; ++i) {
    timed(plain, [&] { good = good && sign_plain(kind, key, input, output); });
    timed(lanes, [&] {
      std::array<LaneJob, 1> jobs = {LaneJob{&key.handle(), input, output}};
      run_lanes(kind, jobs);
      good = good && jobs[0].done;
    });
  }
  if (!good) return kLaneCount + 1;
  // A little better is not enough: the plain code has had more eyes on it.
  return static_cast<std::size_t>(std::min(1.05 * lanes / plain, static_cast<double>(kLaneCount))) + 1;
}

}  // namespace coffer::crypto
