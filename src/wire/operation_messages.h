// Operation messages: the rarer requests of PKCS#11 - nonces for many messages, signatures with recovery,
// digests of keys, saved digests, and requests that are answered later.
#pragma once

#include "wire/messages.h"

namespace coffer::wire {

// NonceSource says how the chip makes a nonce.
enum class NonceSource : std::uint8_t {
  random = 0,
  counter = 1,      // each once, from a random beginning
  counter_xor = 2,  // 0, 1, 2, ... XORed into the nonce that was given (RFC 8446, 5.3)
};
constexpr bool is_valid(NonceSource source) { return source <= NonceSource::counter_xor; }

// MakeNonce fills the bits of a nonce behind the first `fixed_bits`. A counter belongs to the application:
// the forks of a process share it, so none of them gets a nonce twice.
struct NonceReply {
  std::uint64_t counter = 0;  // to go on with, 0 for random nonces
  Buffer nonce;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.counter));
    return visit(in.nonce, kNonceBytesMax);
  }
};
struct MakeNonce {
  static constexpr Facts kFacts{Op{80},    "make_nonce",   Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::small,    Counted::no};
  using Response = NonceReply;
  NonceSource source = NonceSource::random;
  std::uint64_t counter = 0;  // 0: begin a new one
  std::uint32_t fixed_bits = 0;
  Bytes nonce;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.source));
    TRY(visit(in.counter));
    TRY(visit(in.fixed_bits));
    return visit(in.nonce, kNonceBytesMax);
  }
};

// SignRecover makes a signature from which VerifyRecover gives the data back (RSA, PKCS#1 v1.5).
struct SignRecover {
  static constexpr Facts kFacts{Op{81},    "sign_recover", Holds::nothing,  Again::yes,
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
    return visit(in.data, kSignatureBytesMax);
  }
};
struct VerifyRecover {
  static constexpr Facts kFacts{Op{82},    "verify_recover", Holds::nothing,  Again::yes,
                                Later::no, From::anywhere,   Needs::unlocked, Right::judged,
                                "",        Cost::large,      Counted::yes};
  using Response = OutputReply;
  std::uint32_t slot = 0;
  ObjectId key{};
  Parameters parameters;
  Bytes signature;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    return visit(in.signature, kSignatureBytesMax);
  }
};

// DigestKey feeds the value of a secret key to a digest that Begin started. Only a key whose value may be
// read anyway; the digest of another would be a fingerprint of a secret.
struct DigestKey {
  static constexpr Facts kFacts{Op{83},    "digest_key",   Holds::nothing,  Again::follows,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::small,    Counted::yes};
  using Response = Empty;
  std::uint64_t operation = 0;
  std::uint32_t slot = 0;
  ObjectId key{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.operation));
    TRY(visit(in.slot));
    return visit(in.key);
  }
};

// CopyOperation makes a second digest that has been fed the same. What PKCS#11 calls the state of an
// operation is the number of such a copy: the state itself stays in the chip.
struct CopyOperation {
  static constexpr Facts kFacts{Op{84},    "copy_operation", Holds::nothing,  Again::follows,
                                Later::no, From::anywhere,   Needs::unlocked, Right::judged,
                                "",        Cost::small,      Counted::no};
  using Response = BeginReply;
  std::uint64_t operation = 0;
  bool save = false;  // keep it until many others were saved: nobody will cancel it

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.operation));
    return visit(in.save);
  }
};

// StartJob makes the chip go on with a request after it has answered this one; the job's number fetches the
// answer. Only GenerateKey and GenerateKeyPair.
struct JobReply {
  std::uint64_t job = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.job); }
};
struct StartJob {
  static constexpr Facts kFacts{Op{85},    "start_job",    Holds::secret,   Again::never,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::heavy,    Counted::no};
  using Response = JobReply;
  std::uint32_t op = 0;  // Op of the request
  Bytes request;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.op));
    return visit(in.request, kJobBytesMax);
  }
};

// JobState says how far a job is.
enum class JobState : std::uint8_t { running = 0, done = 1, failed = 2 };
constexpr bool is_valid(JobState state) { return state <= JobState::failed; }

// TakeJob asks for the answer of a job. With `keep` it stays fetchable.
struct TakeJobReply {
  JobState state = JobState::running;
  std::uint32_t op = 0;
  std::uint32_t code = 0;  // failed: base/result.h's Code
  Buffer response;         // done: the payload of the request's Response

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.state));
    TRY(visit(in.op));
    TRY(visit(in.code));
    return visit(in.response, kJobBytesMax);
  }
};
struct TakeJob {
  static constexpr Facts kFacts{Op{86},    "take_job",     Holds::nothing,  Again::yes,
                                Later::no, From::anywhere, Needs::unlocked, Right::judged,
                                "",        Cost::small,    Counted::no};
  using Response = TakeJobReply;
  std::uint64_t job = 0;
  bool keep = false;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.job));
    return visit(in.keep);
  }
};

}  // namespace coffer::wire
