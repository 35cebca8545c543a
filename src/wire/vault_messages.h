// Vault messages: the vault itself - hello, status, opening and closing it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "host/assurance.h"
#include "wire/message.h"

namespace coffer::wire {

// VaultState is what the chip can do at the moment.
enum class VaultState : std::uint8_t { uninitialized = 0, locked = 1, unlocked = 2, rollback = 3, error = 4 };
constexpr bool is_valid(VaultState state) { return state <= VaultState::error; }

// RootOfTrust says what the vault's root key comes from.
enum class RootOfTrust : std::uint8_t { none = 0, file = 1, passphrase = 2 };
constexpr bool is_valid(RootOfTrust root) { return root <= RootOfTrust::passphrase; }

// Hello opens every connection.
struct HelloReply {
  std::uint32_t version = kProtocolVersion;
  ApplicationId application{};
  VaultState state = VaultState::uninitialized;
  std::uint64_t incarnation = 0;  // random, new at every start of the chip

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.version));
    TRY(visit(in.application));
    TRY(visit(in.state));
    return visit(in.incarnation);
  }
};
struct Hello {
  static constexpr Facts kFacts{Op{1},     "hello",        Holds::secret,  Again::yes,
                                Later::no, From::anywhere, Needs::nothing, Right::everybody,
                                "",        Cost::large,    Counted::no};
  using Response = HelloReply;
  std::uint32_t version = kProtocolVersion;
  bool joins = false;  // true: `application` came from an earlier Hello of this process or its parent
  ApplicationId application{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.version));
    TRY(visit(in.joins));
    return visit(in.application);
  }
};

struct StatusReply {
  VaultState state = VaultState::uninitialized;
  RootOfTrust root_of_trust = RootOfTrust::none;
  std::array<std::uint8_t, 16> realm{};
  std::uint64_t object_count = 0;
  std::uint32_t token_count = 0;
  std::uint32_t authority_count = 0;
  std::uint32_t connection_count = 0;
  std::uint32_t unlock_failures = 0;
  std::uint32_t retry_after_seconds = 0;  // until the next passphrase may be tried
  std::uint64_t commits = 0;              // the store's commit counter
  std::uint64_t audit_sequence = 0;
  std::string library;      // OpenSSL's version
  std::string accelerator;  // the multi-buffer code in use, or why none
  std::vector<std::string> disabled_mechanisms;
  host::Assurance assurance;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.state));
    TRY(visit(in.root_of_trust));
    TRY(visit(in.realm));
    TRY(visit(in.object_count));
    TRY(visit(in.token_count));
    TRY(visit(in.authority_count));
    TRY(visit(in.connection_count));
    TRY(visit(in.unlock_failures));
    TRY(visit(in.retry_after_seconds));
    TRY(visit(in.commits));
    TRY(visit(in.audit_sequence));
    TRY(visit(in.library, kTextBytesMax));
    TRY(visit(in.accelerator, kTextBytesMax));
    TRY(visit(in.disabled_mechanisms, kMechanismsMax, kTextBytesMax));
    return visit(in.assurance);
  }
};
struct StatusRequest : Empty {
  static constexpr Facts kFacts{Op{2},     "status",    Holds::nothing, Again::yes,
                                Later::no, From::here,  Needs::nothing, Right::everybody,
                                "",        Cost::large, Counted::no};
  using Response = StatusReply;
};

// Initialize makes a new vault in an empty store. Only the owner may.
struct Initialize {
  static constexpr Facts kFacts{Op{3},      "initialize",   Holds::secret, Again::never,       Later::no,
                                From::here, Needs::nothing, Right::owner,  "vault.initialize", Cost::heavy,
                                Counted::no};
  using Response = Empty;
  RootOfTrust root_of_trust = RootOfTrust::file;
  SecretBytes passphrase;                    // for RootOfTrust::passphrase
  std::uint32_t stretch_milliseconds = 250;  // how long one try of the passphrase shall take here

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.root_of_trust));
    TRY(visit(in.passphrase, kPassphraseBytesMax));
    return visit(in.stretch_milliseconds);
  }
};

struct Unlock {
  static constexpr Facts kFacts{Op{4},          "unlock",    Holds::secret,  Again::never,
                                Later::no,      From::here,  Needs::nothing, Right::owner,
                                "vault.unlock", Cost::heavy, Counted::no};
  using Response = Empty;
  SecretBytes passphrase;  // empty when the root of trust needs none

  static Status fields(auto& visit, auto& in) { return visit(in.passphrase, kPassphraseBytesMax); }
};

struct Lock : Empty {
  static constexpr Facts kFacts{Op{5},        "lock",      Holds::nothing, Again::never,
                                Later::no,    From::here,  Needs::nothing, Right::owner,
                                "vault.lock", Cost::large, Counted::no};
  using Response = Empty;
};

// AcceptRollback opens a store that is older than its high-water mark, deliberately. Only the owner may.
struct AcceptRollback : Empty {
  static constexpr Facts kFacts{
      Op{6},          "accept_rollback", Holds::nothing,          Again::never, Later::no,  From::here,
      Needs::nothing, Right::owner,      "store.accept-rollback", Cost::large,  Counted::no};
  using Response = Empty;
};

// ShutDown makes the chip finish what is running, write its marks and end. Only the owner may.
struct ShutDown : Empty {
  static constexpr Facts kFacts{Op{12},      "shut_down", Holds::nothing, Again::never,
                                Later::no,   From::here,  Needs::nothing, Right::owner,
                                "chip.stop", Cost::large, Counted::no};
  using Response = Empty;
};

// AuditHead writes a signed checkpoint and tells where the chain stands.
struct AuditHeadReply {
  std::array<std::uint8_t, 32> public_key{};  // Ed25519
  std::uint64_t sequence = 0;
  std::array<std::uint8_t, 32> hash{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.public_key));
    TRY(visit(in.sequence));
    return visit(in.hash);
  }
};
struct AuditHead : Empty {
  static constexpr Facts kFacts{Op{9},        "audit_head", Holds::nothing, Again::yes,
                                Later::no,    From::here,   Needs::nothing, Right::owner,
                                "audit.head", Cost::large,  Counted::no};
  using Response = AuditHeadReply;
};

// MechanismInfo is one row of the chip's mechanism table, as C_GetMechanismInfo wants it.
struct MechanismInfo {
  std::uint32_t number = 0;  // CKM_
  std::uint32_t uses = 0;    // CKF_ENCRYPT, CKF_SIGN, ...
  std::uint32_t size_min = 0;
  std::uint32_t size_max = 0;
  std::uint8_t key_type = 0;  // crypto::KeyType

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.number));
    TRY(visit(in.uses));
    TRY(visit(in.size_min));
    TRY(visit(in.size_max));
    return visit(in.key_type);
  }
};
struct MechanismsReply {
  std::vector<MechanismInfo> mechanisms;
  static Status fields(auto& visit, auto& in) { return visit(in.mechanisms, kMechanismsMax); }
};
struct Mechanisms : Empty {
  static constexpr Facts kFacts{Op{10},    "mechanisms",   Holds::nothing, Again::yes,
                                Later::no, From::anywhere, Needs::nothing, Right::everybody,
                                "",        Cost::large,    Counted::no};
  using Response = MechanismsReply;
};

// AttachRing hands a sealed memfd to the chip, as the one descriptor that comes with its frame (wire/ring.h).
// Only over the socket, once on a connection.
struct AttachRing {
  static constexpr Facts kFacts{Op{11},    "attach_ring",  Holds::nothing, Again::never,
                                Later::no, From::anywhere, Needs::nothing, Right::everybody,
                                "",        Cost::large,    Counted::no};
  using Response = Empty;
  std::uint64_t bytes = 0;  // size of the memfd

  static Status fields(auto& visit, auto& in) { return visit(in.bytes); }
};

}  // namespace coffer::wire
