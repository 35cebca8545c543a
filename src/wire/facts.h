// Facts: what is true of every request of one kind, whoever sends it. Each request states its own beside its
// fields; the chip's gates, the PKCS#11 module, the fuzz targets and docs/formats.md read them there.
#pragma once

#include <cstdint>
#include <string_view>

namespace coffer::wire {

// Op is the number of a request on the wire. Numbers are added, never given to another request.
enum class Op : std::uint16_t {};

// Holds says whether a request or its reply can hold a PIN, a passphrase, a bearer secret or key material.
// Every copy of such a payload is wiped as soon as it is answered, or read. Data to encrypt or to sign is the
// caller's own and is overwritten by the next request.
enum class Holds : std::uint8_t { nothing, secret };

// Again says whether the module may send a request a second time when the connection broke before the answer
// came.
enum class Again : std::uint8_t {
  never,    // two deliveries would leave two of something, or answer otherwise
  yes,      // as it is
  once,     // inside Once: it makes objects
  guess,    // never by itself, and twice at most: each delivery counts a PIN
  follows,  // never: it makes sense only on the connection whose operation it goes on with
};

// Later says whether a request may be answered later (StartJob, CKF_ASYNC_SESSION).
enum class Later : std::uint8_t { no, yes };

// From says where a request may come from.
enum class From : std::uint8_t {
  here,      // a process of this machine
  anywhere,  // and whoever the net door lets in; a slot that is named must be one that the caller sees
  door,      // the net door itself, nobody else
};

// Needs says in which state of the vault a request is answered.
enum class Needs : std::uint8_t {
  nothing,   // in every state
  unlocked,  // only while unlocked
};

// Right says who may ask. Somebody else is refused before the request is looked at, and that is recorded.
enum class Right : std::uint8_t {
  everybody,  // whoever was admitted to the vault
  owner,      // the vault's owner, on this machine
  officer,    // the security officer of the token in the slot that the request names
  judged,     // by what is asked for: a key and its policy, an authority and its profile, a backup's lock
};

// Cost says how much of a worker a request takes.
enum class Cost : std::uint8_t {
  small,  // less than about 10 us: many in a row stay in one worker
  large,
  heavy,  // perhaps many milliseconds
  desk,   // none: it is answered on the PinDesk's thread, one after the other. Whatever tries, sets or ends a
          // PIN, and what else the officer of a token changes with a commit.
};

// Counted says whether a request is counted against the rate of the token that it names. What logs in or
// administers a token is not: a flood must not keep its officer out.
enum class Counted : std::uint8_t { no, yes };

// Stated is a fact without a default: who leaves it out does not compile.
template <typename T>
struct Stated {
  constexpr Stated(T fact) : value(fact) {}       // NOLINT(google-explicit-constructor): reads as the fact
  constexpr operator T() const { return value; }  // NOLINT(google-explicit-constructor)
  T value;
};

template <>
struct Stated<std::string_view> {
  constexpr Stated(const char* fact) : value(fact) {}            // NOLINT(google-explicit-constructor)
  constexpr operator std::string_view() const { return value; }  // NOLINT(google-explicit-constructor)
  std::string_view value;
};

// The types say which fact is which, so rows are written without the names of the members.
struct Facts {
  Stated<Op> op;
  Stated<std::string_view> name;  // in docs/formats.md
  Stated<Holds> holds;
  Stated<Again> again;
  Stated<Later> later;
  Stated<From> from;
  Stated<Needs> needs;
  Stated<Right> right;
  Stated<std::string_view> event;  // the audit log's name of a refusal; empty when nobody is refused by right
  Stated<Cost> cost;
  Stated<Counted> counted;
};

// kOp is the number of a request type.
template <typename Request>
inline constexpr Op kOp = Request::kFacts.op;

// find_facts gives the facts of a number, or null when there is no such request.
const Facts* find_facts(Op op);

// carries_secret says what Facts::holds says. A number that nobody knows counts as a secret's.
bool carries_secret(Op op);

}  // namespace coffer::wire
