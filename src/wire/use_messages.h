// Use messages: what is done with keys, at once and in parts.
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
#include "wire/object_messages.h"

namespace coffer::wire {

// OutputReply carries a signature, a ciphertext, a plaintext, a digest or random octets.
struct OutputReply {
  Bytes output;
  static Status fields(auto& visit, auto& in) { return visit(in.output, kPayloadBytesMax); }
};

struct Sign {
  static constexpr Facts kFacts{Op{50},    "sign",         Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::large,    Counted::yes};
  using Response = OutputReply;
  std::uint32_t slot = 0;
  ObjectId key{};
  Parameters parameters;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    return visit(in.data, kDataBytesMax);
  }
};
struct Verify {
  static constexpr Facts kFacts{Op{51},    "verify",       Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::large,    Counted::yes};
  using Response = Empty;
  std::uint32_t slot = 0;
  ObjectId key{};
  Parameters parameters;
  Bytes data;
  Bytes signature;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    TRY(visit(in.data, kDataBytesMax));
    return visit(in.signature, kSignatureBytesMax);
  }
};
struct Encrypt {
  static constexpr Facts kFacts{Op{52},    "encrypt",      Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::small,    Counted::yes};
  using Response = OutputReply;
  std::uint32_t slot = 0;
  ObjectId key{};
  Parameters parameters;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    return visit(in.data, kDataBytesMax);
  }
};
struct Decrypt {
  static constexpr Facts kFacts{Op{53},    "decrypt",      Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::small,    Counted::yes};
  using Response = OutputReply;
  std::uint32_t slot = 0;
  ObjectId key{};
  Parameters parameters;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    return visit(in.data, kDataBytesMax + 4096);
  }
};
struct DigestRequest {
  static constexpr Facts kFacts{Op{54},    "digest",       Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::everybody,
                                "",        Cost::small,    Counted::no};
  using Response = OutputReply;
  std::uint32_t mechanism = 0;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.mechanism));
    return visit(in.data, kDataBytesMax);
  }
};
struct Random {
  static constexpr Facts kFacts{Op{55},    "random",       Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::everybody,
                                "",        Cost::small,    Counted::no};
  using Response = OutputReply;
  std::uint32_t bytes = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.bytes); }
};
struct SeedRandom {
  static constexpr Facts kFacts{Op{56},    "seed_random",  Holds::secret,   Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::everybody,
                                "",        Cost::small,    Counted::no};
  using Response = Empty;
  Bytes seed;
  static Status fields(auto& visit, auto& in) { return visit(in.seed, kParameterBytesMax); }
};

enum class OperationKind : std::uint8_t { sign = 0, verify = 1, encrypt = 2, decrypt = 3, digest = 4 };
constexpr bool is_valid(OperationKind kind) { return kind <= OperationKind::digest; }

struct BeginReply {
  std::uint64_t operation = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.operation); }
};
// Begin starts an operation that is fed by Update. It belongs to the application and dies with it.
struct Begin {
  static constexpr Facts kFacts{Op{60},    "begin",        Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::small,    Counted::yes};
  using Response = BeginReply;
  OperationKind kind = OperationKind::digest;
  std::uint32_t slot = 0;
  ObjectId key{};  // zeros for digest
  Parameters parameters;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.kind));
    TRY(visit(in.slot));
    TRY(visit(in.key));
    return visit(in.parameters);
  }
};
// BeginSized starts an authenticated encryption or decryption (GCM, CCM, ChaCha20-Poly1305) of an input of
// `bytes` octets, of which nothing is kept. Each Update brings a piece of kSizedPieceBytes, the last one what
// is left. A decryption takes all pieces twice, the tag behind the ciphertext: the first time it gives
// nothing, and fails at the last piece if the tag is wrong; the second time it gives the plaintext.
struct BeginSized {
  static constexpr Facts kFacts{Op{64},    "begin_sized",  Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::small,    Counted::yes};
  using Response = BeginReply;
  Begin begin;
  std::uint64_t bytes = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.begin));
    return visit(in.bytes);
  }
};
struct Update {
  static constexpr Facts kFacts{Op{61},    "update",       Holds::nothing,  Again::follows,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::small,    Counted::no};
  using Response = OutputReply;
  std::uint64_t operation = 0;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.operation));
    return visit(in.data, kDataBytesMax);
  }
};
struct Finish {
  static constexpr Facts kFacts{Op{62},    "finish",       Holds::nothing,  Again::follows,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::large,    Counted::no};
  using Response = OutputReply;
  std::uint64_t operation = 0;
  Bytes signature;  // verify only

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.operation));
    return visit(in.signature, kSignatureBytesMax);
  }
};
struct Cancel {
  static constexpr Facts kFacts{Op{63},    "cancel",       Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::small,    Counted::no};
  using Response = Empty;
  std::uint64_t operation = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.operation); }
};

}  // namespace coffer::wire
