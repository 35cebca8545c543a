// Explorer: makes up the calls of one sequence while they are asked, so that each can follow from what the
// earlier ones gave.
#pragma once

#include <optional>
#include <vector>

#include "tests/extraction_search/call.h"
#include "tests/extraction_search/coverage.h"
#include "tests/extraction_search/dice.h"
#include "tests/extraction_search/run.h"

namespace coffer::extraction {

// Lineage says what of the protected key a result holds.
enum class Lineage : std::uint8_t {
  none,
  used,     // made with something that was made of the key, or with the key
  content,  // made of the key's octets
};

// Hint restricts which derivations are tried, and makes them likely; empty: all.
using Hint = std::vector<crypto::Family>;

// Explorer steps a run. Every step is a call that the objects at hand permit, mostly.
class Explorer {
 public:
  Explorer(Run& run, Dice& dice, const Hint& hint) : run_(run), dice_(dice), hint_(hint) {}

  // wander asks calls by chance until there are kCallsMax.
  void wander();
  // reach uses as many of the wanted cells as one sequence has room for.
  void reach(const std::vector<Cell>& wanted);

  // step asks one call and remembers what came of it.
  const Outcome& step(Call call);

 private:
  struct Held {
    Reference reference;
    wire::ObjectSummary summary;
    Lineage lineage;
    Who who;
    std::uint32_t token;
  };

  [[nodiscard]] bool has_room() const { return run_.sequence().size() < kCallsMax; }
  [[nodiscard]] bool has_made() const;
  [[nodiscard]] const Held* pick_key();
  [[nodiscard]] const Held* pick_content();
  [[nodiscard]] std::vector<Cell> uses_of(const Held& key) const;
  // What the template of a key said.
  [[nodiscard]] const Setting* setting_of(const Held& key, std::uint32_t type) const;
  [[nodiscard]] bool is_base(const Held& key) const;
  [[nodiscard]] bool may_leave(const Held& key) const;
  // made_for finds the key that an operation takes to undo what another one made.
  [[nodiscard]] const Held* counterpart(const Held& key, std::uint32_t use) const;
  [[nodiscard]] const Held* find(const Reference& reference) const;

  [[nodiscard]] std::optional<Cell> pick_cell(const std::vector<Cell>& cells);

  void wander_once();
  void ask(Call call);
  void make_key();
  void change_key();
  void do_something_else();
  void use_key();
  void leave_and_return();
  void grow();
  void compare();
  std::optional<Call> call_for(const Held& key, const Cell& cell);
  std::optional<Call> call_for_undoing(const Held& key, const Cell& cell);
  [[nodiscard]] const Call* last_of(Operation operation, std::uint32_t mechanism, int& number) const;
  bool reach_one(const Cell& cell);
  Reference wrappable();

  Run& run_;
  Dice& dice_;
  const Hint& hint_;
  std::vector<Held> held_;
};

// lineage_of tells for each call of a sequence what its results hold.
std::vector<Lineage> lineage_of(const Sequence& sequence);

}  // namespace coffer::extraction
