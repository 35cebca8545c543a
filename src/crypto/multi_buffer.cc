// Multi-buffer signatures: sorting jobs into lanes, and the gate.
#include "crypto/multi_buffer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "base/check.h"
#include "base/log.h"
#include "crypto/admission.h"
#include "crypto/digest.h"
#include "crypto/edwards.h"
#include "crypto/lane_tests.h"
#include "crypto/primitives.h"
#include "crypto/rsa_padding.h"

namespace coffer::crypto {
namespace {

enum class Verdict : std::uint8_t { unknown, passed, failed };

struct Lane {
  std::atomic<Verdict> verdict = Verdict::unknown;
  std::atomic<std::size_t> worth = kLaneCount + 1;
};

constinit std::array<Lane, kLaneKindCount> lanes{};
constinit std::mutex testing;
constinit std::atomic<int> faulty = -1;

Lane& lane_of(LaneKind kind) { return lanes[static_cast<std::size_t>(kind)]; }

void test(LaneKind kind) {
  const std::scoped_lock lock(testing);
  Lane& lane = lane_of(kind);
  if (lane.verdict.load() != Verdict::unknown) return;
  const bool passed = test_lanes(kind, faulty.load() == static_cast<int>(kind));
  if (passed) lane.worth.store(measure_lanes(kind));
  if (!passed)
    log_number("crypto", "a multi-buffer self-test failed; the plain code is used for kind",
               static_cast<int>(kind));
  lane.verdict.store(passed ? Verdict::passed : Verdict::failed);
}

void forget() {
  for (Lane& lane : lanes) lane.verdict.store(Verdict::unknown);
}

// Task is a job that has been admitted, with what its lane works on.
struct Task {
  SignJob* job = nullptr;
  const Mechanism* mechanism = nullptr;
  std::optional<LaneKind> kind;
  std::array<std::uint8_t, kDigestBytesMax> digest;
  Bytes prepared;  // the digest of the data, or the data
  bool taken = false;
};

Status prepare(Task& task) {
  const SignJob& job = *task.job;
  task.mechanism = TRY(admit(*job.parameters, use::kSign, job.key->type()));
  TRY(check_sign_parameters(*task.mechanism, *job.parameters));
  task.prepared = job.data;
  if (task.mechanism->hash != Hash::none) {
    TRY(digest_into(task.mechanism->hash, job.data, task.digest));
    task.prepared = std::span(task.digest).first(digest_bytes(task.mechanism->hash));
  }
  TRY(check_bare_digest(*task.mechanism, task.prepared));
  task.kind = lane_kind_of(*task.mechanism, job.key->handle());
  const bool is_eddsa = task.mechanism->family == Family::eddsa;
  if (is_eddsa && !is_plain_ed25519(job.key->curve(), *job.parameters)) task.kind = std::nullopt;
  return {};
}

void sign_plain(Task& task) {
  SignJob& job = *task.job;
  job.result = sign_prepared(*job.key, *task.mechanism, *job.parameters, task.prepared, job.signature);
}

// Octets of a signature of this kind.
std::size_t signature_bytes(LaneKind kind, std::uint32_t bits) {
  if (kind == LaneKind::ed25519) return kEd25519SignatureBytes;
  const bool is_ec = kind == LaneKind::p256 || kind == LaneKind::p384;
  return is_ec ? 2 * bits / 8 : bits / 8;
}

void sign_in_lanes(LaneKind kind, std::span<Task*> tasks) {
  std::array<LaneJob, kLaneCount> jobs;
  std::array<std::array<std::uint8_t, kSignatureBytesMax>, kLaneCount> encoded;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    SignJob& job = *tasks[i]->job;
    const PrivateKey::Handle& key = job.key->handle();
    const std::size_t bytes = signature_bytes(kind, key.bits);
    jobs[i] = {&key, tasks[i]->prepared, job.signature.first(bytes)};
    if (key.type != KeyType::rsa) continue;
    const MutableBytes message = std::span(encoded[i]).first(bytes);
    // sign_prepared reports what is wrong with the data or the parameters.
    if (!encode_for_signature(*tasks[i]->mechanism, *job.parameters, key.bits, tasks[i]->prepared, message)
             .ok()) {
      for (Task* task : tasks) sign_plain(*task);
      return;
    }
    jobs[i].input = message;
  }
  run_lanes(kind, std::span(jobs).first(tasks.size()));
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (jobs[i].done) {
      tasks[i]->job->result = jobs[i].output.size();
    } else {
      sign_plain(*tasks[i]);
    }
  }
}

bool has_room(const Task& task) {
  return task.job->signature.size() >= signature_bytes(*task.kind, task.job->key->bits());
}

void sign_group(std::span<Task> tasks) {
  for (std::size_t first = 0; first < tasks.size(); ++first) {
    if (tasks[first].taken) continue;
    std::array<Task*, kLaneCount> group{};
    std::size_t count = 0;
    for (Task& task : tasks.subspan(first)) {
      if (task.taken || task.kind != tasks[first].kind) continue;
      if (task.kind.has_value() && !has_room(task)) continue;
      group[count++] = &task;
      task.taken = true;
    }
    const std::optional<LaneKind> kind = tasks[first].kind;
    if (!tasks[first].taken) {
      tasks[first].taken = true;
      sign_plain(tasks[first]);
    } else if (kind.has_value() && lanes_ready(*kind) && count >= jobs_worth_lanes(*kind)) {
      sign_in_lanes(*kind, std::span(group).first(count));
    } else {
      for (Task* task : std::span(group).first(count)) sign_plain(*task);
    }
  }
}

}  // namespace

std::optional<LaneKind> lane_kind_of(const Mechanism& mechanism, const PrivateKey::Handle& key) {
  switch (mechanism.family) {
    case Family::rsa_pkcs1:
    case Family::rsa_pss:
      if (key.bits == 2048) return LaneKind::rsa2048;
      if (key.bits == 3072) return LaneKind::rsa3072;
      if (key.bits == 4096) return LaneKind::rsa4096;
      return std::nullopt;
    case Family::ecdsa:
      if (key.curve == Curve::p256) return LaneKind::p256;
      if (key.curve == Curve::p384) return LaneKind::p384;
      return std::nullopt;
    case Family::eddsa:
      if (key.curve == Curve::ed25519) return LaneKind::ed25519;
      return std::nullopt;
    default: return std::nullopt;
  }
}

bool lanes_ready(LaneKind kind) {
  if (!lanes_available()) return false;
  const Lane& lane = lane_of(kind);
  if (lane.verdict.load(std::memory_order_acquire) == Verdict::unknown) test(kind);
  return lane.verdict.load(std::memory_order_acquire) == Verdict::passed;
}

std::size_t jobs_worth_lanes(LaneKind kind) { return lane_of(kind).worth.load(std::memory_order_relaxed); }

bool sign_lone(const PrivateKey::Handle& key, Bytes message, MutableBytes signature) {
  if (message.size() > kLoneMessageBytesMax || signature.size() < kEd25519SignatureBytes) return false;
  if (!lanes_ready(LaneKind::ed25519) || jobs_worth_lanes(LaneKind::ed25519) > 1) return false;
  std::array<LaneJob, 1> jobs = {LaneJob{&key, message, signature.first(kEd25519SignatureBytes)}};
  run_lanes(LaneKind::ed25519, jobs);
  return jobs[0].done;
}

void sign_batch(std::span<SignJob> jobs) {
  while (!jobs.empty()) {
    const std::size_t count = std::min(jobs.size(), kBatchMax);
    std::array<Task, kBatchMax> tasks;
    for (std::size_t i = 0; i < count; ++i) {
      tasks[i].job = &jobs[i];
      const Status ready = prepare(tasks[i]);
      tasks[i].taken = !ready.ok();
      if (!ready.ok()) jobs[i].result = ready.error();
    }
    sign_group(std::span(tasks).first(count));
    jobs = jobs.subspan(count);
  }
}

void prepare_batches() {
  for (std::size_t i = 0; i < kLaneKindCount; ++i) static_cast<void>(lanes_ready(static_cast<LaneKind>(i)));
}

std::string_view accelerator() {
  if (!lanes_available()) return lanes_refusal();
  const bool whole =
      std::ranges::none_of(lanes, [](const Lane& lane) { return lane.verdict.load() == Verdict::failed; });
  return whole ? "crypto_mb (AVX-512 IFMA)"
               : "crypto_mb (AVX-512 IFMA), partly off: a known answer was wrong";
}

LaneFault::LaneFault(LaneKind kind) {
  faulty.store(static_cast<int>(kind));
  forget();
}

LaneFault::~LaneFault() {
  faulty.store(-1);
  forget();
}

}  // namespace coffer::crypto
