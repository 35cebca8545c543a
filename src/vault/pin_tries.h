// PinTries: how many wrong PINs each principal typed at each token since the last right one.
//
// A principal's wrong PINs lock the PIN for that principal, and for nobody else. Those of all together make
// every try at the token wait, from kTriesOfTokenMax on. There is a record for each principal and token with
// wrong PINs; without any, there is none.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "record/committer.h"
#include "record/manifest.h"
#include "record/who.h"
#include "vault/object_id.h"
#include "vault/pin_delay.h"
#include "vault/token.h"
#include "wire/operator_messages.h"

namespace coffer::vault {

// From so many wrong PINs at one token on, of all principals, each try waits.
inline constexpr std::uint32_t kTriesOfTokenMax = 50;
// So many wrong PINs of operators, and of names that nobody has, lock all of them for their principal.
inline constexpr std::uint32_t kTriesByNameMax = 50;
// At so many tokens a principal has wrong PINs at a time.
inline constexpr std::size_t kTokensTriedMax = 1024;

// WhichPin is a PIN of a token; `person` is the operator's record, of TicketHolder::person only.
struct WhichPin {
  TicketHolder holder = TicketHolder::user;
  ObjectId person{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.holder));
    return visit(in.person);
  }
  auto operator<=>(const WhichPin&) const = default;
};
// kStrangersPin stands for the PINs of names that nobody has: tries for them count as others do.
inline constexpr WhichPin kStrangersPin{.holder = TicketHolder::person};

// PinCount is how many wrong ones were typed for it; never 0 in a record.
struct PinCount {
  WhichPin pin;
  std::uint8_t failures = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.pin));
    return visit(in.failures);
  }
};

// PinTriesRecord is what one principal typed at one token, as it is sealed.
struct PinTriesRecord {
  static constexpr std::size_t kCountsMax = 3 + wire::kOperatorsMax;

  ObjectId token{};
  wire::Principal who;
  std::vector<PinCount> counts;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.token));
    TRY(visit(in.who));
    return visit(in.counts, kCountsMax);
  }
};

// PinTries is read on any thread, and changed on the PinDesk's.
class PinTries {
 public:
  // Place is a principal at a token.
  using Place = std::pair<ObjectId, record::Who>;
  // Tried is the record of a place in memory.
  struct Tried {
    ObjectId id{};
    std::uint64_t version = 0;  // 0: there is no record yet
    std::vector<PinCount> counts;
  };
  // Next is what a place becomes once it is committed; without counts, nothing.
  struct Next {
    Place place;
    Tried tried;
  };
  // Standing is one count, for the owner.
  struct Standing {
    record::Who who;
    PinCount count;
  };
  using Match = std::function<bool(const record::Who& who, const WhichPin& pin)>;

  void load(const ObjectId& id, std::uint64_t version, const PinTriesRecord& record);

  [[nodiscard]] std::uint8_t failures(const Place& place, const WhichPin& pin) const;
  // shown is the same for people: a try counts there when it is known to be wrong.
  [[nodiscard]] std::uint8_t shown(const Place& place, const WhichPin& pin) const;
  // by_name is how many there are of operators and strangers.
  [[nodiscard]] std::uint32_t by_name(const Place& place) const;
  // of_token is how many there are of all principals; those for names that nobody has guess no PIN.
  [[nodiscard]] std::uint32_t of_token(const ObjectId& token) const;
  // most is how many the principal has that has most.
  [[nodiscard]] std::uint8_t most(const ObjectId& token, const WhichPin& pin) const;
  [[nodiscard]] std::vector<Standing> list(const ObjectId& token) const;

  // counted is what a place becomes with another count of one PIN. Fails with `throttled` when the principal
  // has wrong PINs at too many tokens.
  Result<Next> counted(const Place& place, const WhichPin& pin, std::uint8_t failures) const;
  // without is what the places of a token become without the counts that match.
  [[nodiscard]] std::vector<Next> without(const ObjectId& token, const Match& match) const;
  // apply is called when it was committed.
  void apply(const Next& next);
  // set changes a count in memory only: the PIN was right, and that could not be stored.
  void set(const Place& place, const WhichPin& pin, std::uint8_t failures);

  // Who has given a PIN rightly since the vault was opened is known, until it is another one.
  void set_known(const Place& place, const WhichPin& pin);
  [[nodiscard]] bool is_known(const Place& place, const WhichPin& pin) const;
  void forget_known(const ObjectId& token, const WhichPin& pin);
  // forget_token is called when a token is gone, or was made anew: what is in memory only ends.
  void forget_token(const ObjectId& token);

  void begin_trial(const Place& place, const WhichPin& pin);
  void end_trial();

  // Strangers are names that nobody has. What was typed for each is counted in memory only.
  [[nodiscard]] std::uint8_t stranger_failures(const Place& place, const std::string& name) const;
  void count_stranger(const Place& place, const std::string& name);
  void forget_strangers(const ObjectId& token, const std::vector<record::Who>& of);
  // forget_name is called when somebody gets it.
  void forget_name(const ObjectId& token, const std::string& name);

 private:
  struct Trial {
    Place place;
    WhichPin pin;
    std::uint8_t failures = 0;  // before it
  };

  [[nodiscard]] std::uint8_t failures_of(const Place& place, const WhichPin& pin) const;

  mutable std::mutex mutex_;  // guards all below
  std::map<Place, Tried> tried_;
  std::map<record::Who, std::size_t> tokens_of_;  // how many places there are of each
  std::map<Place, std::map<std::string, std::uint8_t>> strangers_;
  std::map<ObjectId, std::set<std::pair<WhichPin, record::Who>>> known_;  // by token
  std::optional<Trial> trial_;
};

// wait_place is where the waits after wrong ones are kept.
PinPlace wait_place(const PinTries::Place& place, const WhichPin& pin);

// tries_change is what to commit for a place to become so.
record::RecordChange tries_change(const PinTries::Next& next,
                                  const std::shared_ptr<const record::Partition>& system);

// PinTrial is there while somebody's PIN is being tried.
class PinTrial {
 public:
  PinTrial(PinTries& tries, const PinTries::Place& place, const WhichPin& pin) : tries_(tries) {
    tries_.begin_trial(place, pin);
  }
  ~PinTrial() { tries_.end_trial(); }
  PinTrial(const PinTrial&) = delete;
  PinTrial& operator=(const PinTrial&) = delete;

 private:
  PinTries& tries_;
};

}  // namespace coffer::vault
