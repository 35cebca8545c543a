// Run: asking, observing, clearing up.
#include "tests/extraction_search/run.h"

#include <algorithm>

#include "crypto/seeded_random_testing.h"
#include "tests/extraction_search/asker.h"
#include "tests/extraction_search/attribute_names.h"
#include "tests/extraction_search/dice.h"
#include "tests/extraction_search/menu.h"
#include "vault/attribute.h"

namespace coffer::extraction {
namespace {

namespace a = vault::attribute;

// An equality of less is chance.
constexpr std::size_t kEqualBytesMin = 3;
constexpr std::size_t kStartBytes = 16;  // a block of AES
// So many octets of a derived key are in an output by no chance.
constexpr std::size_t kShownBytes = 8;

std::optional<Hook::Place> hook_of(const Sequence& sequence, const Call& call) {
  const VictimKind kind = victim_kind(sequence.front());
  if (kind == VictimKind::stream && call.operation == Operation::derive && root_of(sequence, call.key) == 0) {
    // A linear derivation has no stream: there the base itself is the protected key.
    const crypto::Mechanism* row = crypto::find_mechanism(call.how.mechanism);
    if (row != nullptr && !is_linear(row->family)) return Hook::Place::stream;
  }
  if (kind == VictimKind::pkcs8 && call.operation == Operation::wrap && root_of(sequence, call.target) == 0) {
    return Hook::Place::pkcs8;
  }
  return std::nullopt;
}

// is_masked tells whether an output may hide octets of a key behind others that nobody knows: then its pieces
// say nothing, only the whole does. What a key wrapped is told by the same key only.
bool is_masked(const Sequence& sequence, const Call& call) {
  if (call.operation == Operation::wrap) return true;
  if (!call.data.from.given()) return false;
  const Call& source = sequence[static_cast<std::size_t>(call.data.from.call)];
  if (source.operation != Operation::wrap) {
    return source.data.from.given() && is_masked(sequence, source);
  }
  return call.operation != Operation::decrypt || root_of(sequence, call.key) != root_of(sequence, source.key);
}

// Output is octets that a caller may compare.
struct Output {
  std::uint8_t call;
  std::uint8_t number;
  Bytes octets;
};

void add_equalities(const std::vector<Output>& outputs, Observations& seen) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Output& one = outputs[i];
      const Output& other = outputs[j];
      const auto add = [&](Aspect aspect) {
        seen.add({one.call, aspect, one.number, other.call, other.number}, 1);
      };
      if (equal_public(one.octets, other.octets)) {
        add(Aspect::equality);
        continue;
      }
      if (one.octets.size() >= kStartBytes && other.octets.size() >= kStartBytes &&
          equal_public(one.octets.first(kStartBytes), other.octets.first(kStartBytes))) {
        add(Aspect::equal_start);
      }
    }
  }
}

}  // namespace

VictimKind victim_kind(const Call& victim) {
  if (find_setting(victim.attributes, a::kDeriveTemplate) != nullptr) return VictimKind::stream;
  if (find_setting(victim.attributes, a::kModulus) != nullptr) return VictimKind::pkcs8;
  return VictimKind::value;
}

int root_of(const Sequence& sequence, const Reference& key) {
  int call = key.call;
  while (call > 0 && sequence[static_cast<std::size_t>(call)].operation == Operation::copy) {
    call = sequence[static_cast<std::size_t>(call)].key.call;
  }
  return call;
}

Run::Run(Chip& chip, std::uint64_t seed, const Change& change) : chip_(chip), seed_(seed), change_(change) {
  Hook::forget_streams();
}

Run::~Run() { end(); }

void Run::end() {
  if (has_ended_) return;
  has_ended_ = true;
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    for (const wire::ObjectSummary& each : outcomes_[i].objects) {
      if (!each.is_token) continue;
      for (const Who who : {sequence_[i].who, Who::user}) {
        if (chip_.ask(who, wire::DestroyObject{.slot = sequence_[i].token, .id = each.id}).ok()) break;
      }
    }
  }
  for (const Who who : speakers_) chip_.restore(who);
  for (const auto& [who, token] : changed_logins_) chip_.restore_login(who, token);
  if (has_failed_unwrap_) chip_.pass_time();
}

const Outcome& Run::step(const Call& call) {
  crypto::seed_randomness_quickly(Dice(seed_ + sequence_.size()).roll());
  sequence_.push_back(call);
  speakers_.insert(call.who);
  if (call.operation == Operation::login || call.operation == Operation::logout) {
    changed_logins_.insert({call.who, call.token});
  }
  static const Change kNone;
  const bool is_here = call.operation == Operation::victim && victim_kind(call) == VictimKind::value;
  const auto hook = hook_of(sequence_, call);
  Asker asker(chip_, call, outcomes_, is_here || hook ? change_ : kNone);
  outcomes_.push_back(asker.ask(hook));
  const Outcome& outcome = outcomes_.back();
  if (call.operation == Operation::unwrap && outcome.is_asked && !outcome.ok()) has_failed_unwrap_ = true;
  return outcome;
}

Observations Run::observations() const {
  Observations seen;
  std::vector<Output> outputs;
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    const Outcome& outcome = outcomes_[i];
    const auto call = static_cast<std::uint8_t>(i);
    seen.add({.call = call, .aspect = Aspect::code},
             outcome.is_asked ? static_cast<std::uint64_t>(outcome.code) : ~std::uint64_t{0});
    std::uint8_t output = 0;
    for (const wire::ObjectSummary& each : outcome.objects) {
      seen.add({.call = call, .aspect = Aspect::object, .output = output++},
               (std::uint64_t{each.bits} << 32U) ^ each.uses ^ (std::uint64_t{each.key_type} << 48U));
    }
    output = 0;
    for (const Buffer& each : outcome.octets) {
      const Place place{.call = call, .aspect = Aspect::octets, .output = output};
      is_masked(sequence_, sequence_[i]) ? seen.add_whole(place, each) : seen.add_octets(place, each);
      if (each.size() >= kEqualBytesMin) outputs.push_back({call, output, each});
      ++output;
    }
    for (const wire::AttributeValue& each : outcome.attributes) {
      const Place place{.call = call, .aspect = Aspect::octets, .output = output};
      seen.add({.call = call, .aspect = Aspect::object, .output = output},
               static_cast<std::uint64_t>(each.state));
      seen.add_octets(place, each.value);
      const bool is_long = each.value.size() >= kEqualBytesMin && each.type != a::kValueLen;
      if (is_long) outputs.push_back({call, output, each.value});
      ++output;
    }
  }
  add_equalities(outputs, seen);
  seen.finish();
  return seen;
}

// The outputs of the calls, attributes too, without what a derivation itself answers.
std::optional<std::size_t> Run::shows_stream() const {
  const auto holds = [](Bytes output) {
    return std::ranges::any_of(Hook::real_streams(), [output](const Buffer& stream) {
      if (stream.size() < kShownBytes || output.size() < kShownBytes) return false;
      return !std::ranges::search(output, Bytes(stream).first(kShownBytes)).empty();
    });
  };
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    if (std::ranges::any_of(outcomes_[i].octets, holds)) return i;
    for (const wire::AttributeValue& each : outcomes_[i].attributes) {
      if (holds(each.value)) return i;
    }
  }
  return std::nullopt;
}

std::vector<wire::AttributeValue> Run::look(const Reference& key, std::vector<std::uint32_t> types) {
  const Call& maker = sequence_[static_cast<std::size_t>(key.call)];
  const auto& objects = outcomes_[static_cast<std::size_t>(key.call)].objects;
  if (key.part >= objects.size()) return {};
  const wire::GetAttributes request{
      .slot = maker.token, .id = objects[key.part].id, .types = std::move(types)};
  return chip_.ask(maker.who, request).reply.attributes;
}

}  // namespace coffer::extraction
