// VaultWorld: a whole chip in memory with one token, for targets that send it requests or spoil its store.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "codec/binary.h"
#include "store/mark_file.h"
#include "store/memory_audit_log.h"
#include "store/memory_store.h"
#include "vault/vault.h"
#include "wire/messages.h"

namespace coffer::fuzzing {

inline constexpr std::uint32_t kOwner = 1000;
inline constexpr std::string_view kUserPin = "user-pin";
inline constexpr std::string_view kOfficerPin = "officer-pin";

// Answer is what a client got.
struct Answer {
  Code code = Code::ok;
  Buffer payload;
};

// StandingClock stands still until somebody pushes it.
class StandingClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t wall_milliseconds() const override { return kStart + passed_; }
  [[nodiscard]] std::uint64_t boot_milliseconds() const override { return passed_; }
  void pass(std::uint64_t milliseconds) { passed_ += milliseconds; }

 private:
  static constexpr std::uint64_t kStart = 1'800'000'000'000;
  std::atomic<std::uint64_t> passed_ = 0;
};

// Image is everything that outlives a chip: what is on its disks.
struct Image {
  std::unique_ptr<store::MemoryStore> store;
  std::vector<std::string> audit_lines;
  Buffer mark;
};

// Request is one request of a batch.
struct Request {
  wire::Op op{};
  Bytes payload;
  std::size_t connection = 0;
};

// VaultWorld runs a vault over a copy of an image. Two connections of different applications are open.
class VaultWorld {
 public:
  static constexpr std::size_t kConnections = 2;

  // The first world is empty: its vault is not initialised.
  VaultWorld();
  explicit VaultWorld(const Image& image);
  ~VaultWorld();
  VaultWorld(const VaultWorld&) = delete;
  VaultWorld& operator=(const VaultWorld&) = delete;

  // ask hands over one batch and waits until each request has been answered; CHECKs that each is, once, by
  // the vault itself, and that an answer decodes as the reply to its request.
  std::vector<Answer> ask(std::vector<Request> batch);

  // ask, for set-up: the answer to one request, which must succeed.
  template <typename T>
  Buffer must(const T& request, std::size_t connection = 0) {
    Buffer payload;
    codec::encode_secret_into(request, payload);
    return must_encoded(wire::kOp<T>, payload, connection);
  }

  // image ends the chip and gives what is left of it.
  Image image();

  // start_status is how Vault::create() ended.
  [[nodiscard]] const Status& start_status() const { return start_status_; }
  [[nodiscard]] vault::Vault& vault() { return *vault_; }
  [[nodiscard]] store::MemoryStore& store() { return *store_; }
  void pass(std::uint64_t milliseconds) { clock_.pass(milliseconds); }

 private:
  void start();
  Buffer must_encoded(wire::Op op, Bytes payload, std::size_t connection);

  StandingClock clock_;
  std::unique_ptr<store::MemoryStore> store_;
  store::MemoryAuditLog audit_log_;
  store::MemoryMarkFile mark_file_;
  Status start_status_;
  std::unique_ptr<vault::Vault> vault_;
  std::vector<std::shared_ptr<wire::ConnectionContext>> connections_;
};

}  // namespace coffer::fuzzing
