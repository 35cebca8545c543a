// Search: a sequence, its reruns, its findings.
#include "tests/extraction_search/search.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/seeded_random_testing.h"
#include "tests/extraction_search/attribute_names.h"
#include "tests/extraction_search/call_text.h"
#include "tests/extraction_search/enumeration.h"
#include "tests/extraction_search/keys.h"
#include "tests/extraction_search/menu.h"
#include "vault/attribute.h"

namespace coffer::extraction {
namespace {

namespace a = vault::attribute;

constexpr std::uint32_t kFewBits = 8 * kFewOctets;
constexpr std::size_t kTriesToReach = 40;

std::string describe(const Call& call) {
  std::string text(operation_name(call.operation));
  const crypto::Mechanism* row = crypto::find_mechanism(call.how.mechanism);
  if (row != nullptr && find_use(call.operation) != nullptr) text += " " + std::string(row->name);
  return text;
}

// way_to tells through which calls octets of the protected key came to a call.
std::string way_to(const Sequence& sequence, std::size_t number) {
  const std::vector<Lineage> lineage = lineage_of(sequence);
  std::string text;
  while (number != 0) {
    const Call& call = sequence[number];
    const Reference* next = nullptr;
    for (const Reference* each :
         {&call.signature.from, &call.how.other, &call.key, &call.target, &call.data.from}) {
      if (each->given() && lineage[static_cast<std::size_t>(each->call)] == Lineage::content) next = each;
    }
    if (next == nullptr) break;
    number = static_cast<std::size_t>(next->call);
    text += ", " + describe(sequence[number]);
  }
  return text;
}

std::string_view aspect_name(Aspect aspect) {
  switch (aspect) {
    case Aspect::code: return "return code";
    case Aspect::object: return "properties";
    case Aspect::octets: return "output";
    case Aspect::equality: return "equality of outputs";
    case Aspect::equal_start: return "equality of first 16 octets";
  }
  return "";
}

bool is_equality(const Place& place) {
  return place.aspect == Aspect::equality || place.aspect == Aspect::equal_start;
}

// kind_of names a leak by what shows it and how it came there: what is one hole mostly has one name.
std::string kind_of(const Sequence& sequence, const Place& place) {
  const auto name = [&sequence](std::size_t number) {
    return std::string(operation_name(sequence[number].operation)) + way_to(sequence, number);
  };
  std::string kind = std::string(aspect_name(place.aspect)) + " of " + name(place.call);
  if (is_equality(place)) kind += " and " + name(place.piece);
  return kind;
}

bool is_protected(const std::vector<wire::AttributeValue>& sensitive_and_extractable) {
  if (sensitive_and_extractable.size() != 2) return false;
  return sensitive_and_extractable[0].value == Buffer{1} || sensitive_and_extractable[1].value == Buffer{0};
}

}  // namespace

Search::Search(std::uint64_t seed, Hint hint) : first_seed_(seed), hint_(std::move(hint)) {
  crypto::seed_randomness("chip");
  chip_ = std::make_unique<Chip>();
}

void Search::begin() {
  ++totals_.sequences;
  ++totals_.runs;
  seed_ = Dice(first_seed_ + totals_.sequences * 0x9e37).roll();
}

void Search::try_at_random() {
  begin();
  Dice dice(seed_);
  const Change none;
  Run run(*chip_, seed_, none);
  Explorer(run, dice, hint_).wander();
  finish(run);
}

bool Search::try_enumerated() {
  const auto sequence = enumerated_sequence(enumerated_, hint_);
  if (!sequence) return false;
  ++enumerated_;
  begin();
  judge(*sequence);
  return true;
}

bool Search::try_missing() {
  std::vector<Cell> missing = coverage_.missing();
  if (missing.empty() || reaching_ > kTriesToReach * missing.size() + 1000) return false;
  begin();
  Dice dice(seed_);
  std::rotate(missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(reaching_++ % missing.size()),
              missing.end());
  const Change none;
  Run run(*chip_, seed_, none);
  Explorer(run, dice, hint_).reach(missing);
  finish(run);
  return true;
}

void Search::replay(const Sequence& sequence) {
  begin();
  judge(sequence);
}

void Search::judge(const Sequence& sequence) {
  const Change none;
  Run run(*chip_, seed_, none);
  for (const Call& each : sequence) run.step(each);
  finish(run);
}

Observations Search::observe(const Sequence& sequence, const Change& change) {
  Change moved = change;
  const std::size_t first = victim_octets(sequence.front()).first;
  for (OctetChange& each : moved) each.position += first;
  Run run(*chip_, seed_, moved);
  for (const Call& each : sequence) run.step(each);
  ++totals_.runs;
  totals_.calls += sequence.size();
  return run.observations();
}

void Search::finish(Run& run) {
  const Sequence sequence = run.sequence();
  totals_.calls += sequence.size();
  const std::vector<Lineage> lineage = lineage_of(sequence);
  std::size_t succeeded = 0;
  bool uses_made = false;
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    if (!run.outcomes()[i].ok()) continue;
    ++succeeded;
    coverage_.note(sequence[i]);
    const auto is_made = [&](const Reference& each) {
      return each.call > 0 && lineage[static_cast<std::size_t>(each.call)] != Lineage::none;
    };
    uses_made = uses_made || is_made(sequence[i].key) || is_made(sequence[i].target) ||
                is_made(sequence[i].data.from) || is_made(sequence[i].how.other);
  }
  if (succeeded >= kCallsToCount && uses_made) ++totals_.counted;
  if (succeeded < 2 || !run.outcomes().front().ok()) return;
  flag_short_keys(run);
  if (const auto number = run.shows_stream()) {
    const std::string shown = "octets of a derived key in an output of " + describe(sequence[*number]);
    report(sequence, shown,
           "call " + std::to_string(*number) + ": computes what a protected key is derived to be");
  }
  const Observations base = run.observations();
  run.end();  // the same begins from the same
  const VictimOctets octets = victim_octets(sequence.front());
  if (octets.count < 2) return;
  Dice dice(seed_ ^ 0x6a756467);
  Judge judge([&](const Change& change) { return observe(sequence, change); }, octets.count, octets.masks,
              dice);
  const auto is_known = [&](const Place& place) {
    const auto found = known_.find(kind_of(sequence, place));
    if (found == known_.end()) return false;
    ++findings_[found->second].count;
    return true;
  };
  for (const Leak& leak : judge.leaks(base, is_known)) {
    std::string details = "call " + std::to_string(leak.place.call);
    if (is_equality(leak.place)) details += " and call " + std::to_string(leak.place.piece);
    details += ": depends on octets";
    for (const std::size_t each : leak.positions) details += " " + std::to_string(each);
    report(sequence, kind_of(sequence, leak.place), details + " of the protected key");
  }
}

namespace {

// is_changed tells whether a call of the sequence changed the key afterwards: a key that could be read first
// gives nothing away when it becomes protected.
bool is_changed(const Run& run, const Reference& key) {
  for (std::size_t i = 0; i < run.sequence().size(); ++i) {
    const Call& call = run.sequence()[i];
    if (call.operation == Operation::set_attributes && call.key == key && run.outcomes()[i].ok()) return true;
  }
  return false;
}

}  // namespace

// A protected key that is short enough to try, made of a protected key: whatever else it shows.
void Search::flag_short_keys(Run& run) {
  const Sequence& sequence = run.sequence();
  const std::vector<Lineage> lineage = lineage_of(sequence);
  for (std::size_t i = 1; i < sequence.size(); ++i) {
    const Operation operation = sequence[i].operation;
    const bool makes = operation == Operation::unwrap || operation == Operation::derive;
    if (!makes || lineage[i] != Lineage::content) continue;
    const auto& objects = run.outcomes()[i].objects;
    for (unsigned part = 0; part < objects.size(); ++part) {
      const wire::ObjectSummary& made = objects[part];
      if (made.object_class != vault::object_class::kSecretKey || made.bits >= kFewBits) continue;
      const Reference key{static_cast<int>(i), part};
      const Reference source = operation == Operation::derive ? sequence[i].key : Reference{0, 0};
      const std::vector<std::uint32_t> types = {a::kSensitive, a::kExtractable};
      if (is_changed(run, key) || !is_protected(run.look(key, types))) continue;
      if (!is_protected(run.look(source, types))) continue;
      report(sequence, "short protected key by " + describe(sequence[i]) + way_to(sequence, i),
             "call " + std::to_string(i) + ": makes a protected key of " + std::to_string(made.bits / 8) +
                 " octets of a protected key");
    }
  }
}

void Search::report(const Sequence& sequence, const std::string& what, const std::string& details) {
  const auto [found, is_new] = known_.try_emplace(what, findings_.size());
  if (!is_new) {
    ++findings_[found->second].count;
    return;
  }
  findings_.push_back({.what = what,
                       .text = "# " + what + "\n# " + details + "\n# seed " + std::to_string(seed_) + "\n" +
                               text_of(sequence),
                       .seed = seed_});
}

}  // namespace coffer::extraction
