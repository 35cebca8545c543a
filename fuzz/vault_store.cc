// Vault store: a chip that starts over a store that somebody spoiled. What it still answers is true.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "fuzz.h"
#include "targets.h"
#include "vault_world.h"

namespace coffer {

namespace {

using fuzzing::Image;
using fuzzing::VaultWorld;

constexpr std::size_t kObjects = 3;

wire::Attribute attribute(std::uint32_t type, Bytes value) { return {type, value}; }

std::string label_of(std::size_t index) { return "object-" + std::to_string(index); }

// Two images of one vault: before and after its objects were changed. All objects are public data in a token.
struct History {
  Image older;
  Image newer;
  std::map<wire::ObjectId, std::string> labels;  // in the newer one
};

// Objects of a token are changed after a login only.
void log_in(VaultWorld& world) {
  world.must(wire::Login{.slot = 0,
                         .user = wire::UserType::security_officer,
                         .pin = SecretBytes::copy_of(as_bytes(fuzzing::kOfficerPin))});
}

History make_history() {
  History history;
  VaultWorld world;
  world.must(wire::Initialize());
  world.must(wire::InitToken{
      .slot = 0, .officer_pin = SecretBytes::copy_of(as_bytes(fuzzing::kOfficerPin)), .label = "fuzz"});
  log_in(world);
  const Buffer is_true{1};
  const Buffer is_data(8, 0);
  std::vector<wire::ObjectId> ids;
  for (std::size_t i = 0; i < kObjects; ++i) {
    const Buffer reply = world.must(
        wire::CreateObject{.slot = 0,
                           .attributes = {attribute(vault::attribute::kClass, is_data),
                                          attribute(vault::attribute::kToken, is_true),
                                          attribute(vault::attribute::kLabel, as_bytes("to be changed"))}});
    ids.push_back(codec::decode<wire::ObjectReply>(reply).value().object.id);
  }
  history.older = world.image();
  VaultWorld later(history.older);
  log_in(later);
  for (std::size_t i = 0; i < kObjects; ++i) {
    const std::string label = label_of(i);
    later.must(wire::SetAttributes{
        .slot = 0, .id = ids[i], .attributes = {attribute(vault::attribute::kLabel, as_bytes(label))}});
    history.labels[ids[i]] = label;
  }
  history.newer = later.image();
  return history;
}

std::vector<store::Record> records_of(store::MemoryStore& store) {
  const auto page = store.range({}, {}, store::kPageRecordsMax);
  CHECK(page.ok() && !page.value().more);
  return page.value().records;
}

void write(store::MemoryStore& store, const Buffer& key, const Buffer& value, bool remove = false) {
  CHECK(store.commit({.compares = {}, .writes = {{.key = key, .remove = remove, .value = value}}}).ok());
}

// changed_first sorts the records by whether the older image holds them too, unchanged: keys are random, so
// only an order by what happened lets an input mean the same in each run. At least kObjects objects and a
// manifest have changed.
std::vector<store::Record> changed_first(std::vector<store::Record> newer,
                                         const std::vector<store::Record>& older) {
  const auto is_changed = [&](const store::Record& record) {
    const auto found = std::ranges::find(older, record.key, &store::Record::key);
    return found == older.end() || found->value != record.value;
  };
  std::ranges::partition(newer, is_changed);
  return newer;
}

// spoil makes one change that whoever owns the disk can make.
void spoil(fuzzing::Input& input, store::MemoryStore& store, const std::vector<store::Record>& newer,
           const std::vector<store::Record>& older) {
  const auto& record = newer[input.number<std::uint8_t>() % newer.size()];
  const auto& other = newer[input.number<std::uint8_t>() % newer.size()];
  switch (input.number<std::uint8_t>() % 6) {
    case 0: {
      Buffer value = record.value;
      const std::size_t place = input.number<std::uint16_t>() % value.size();
      value[place] ^= input.number<std::uint8_t>();
      return write(store, record.key, value);
    }
    case 1: return write(store, record.key, {}, true);
    case 2: return write(store, record.key, other.value);
    case 3: {
      const auto found = std::ranges::find(older, record.key, &store::Record::key);
      return found == older.end() ? write(store, record.key, {}, true)
                                  : write(store, record.key, found->value);
    }
    case 4: {
      Buffer key = record.key;
      key.back() ^= 1U;
      return write(store, key, record.value);
    }
    default: return write(store, record.key, to_buffer(input.piece()));
  }
}

// Whatever the chip tells about an object is what was stored last.
void check_truth(VaultWorld& world, const History& history) {
  for (const auto& [id, label] : history.labels) {
    const wire::GetAttributes request{.slot = 0, .id = id, .types = {vault::attribute::kLabel}};
    const auto answers = world.ask({{wire::kOp<wire::GetAttributes>, codec::encode(request), 0}});
    if (answers[0].code != Code::ok) continue;
    const auto reply = codec::decode<wire::GetAttributesReply>(answers[0].payload);
    CHECK(reply.ok() && as_text(reply.value().attributes.at(0).value) == label);
  }
  static_cast<void>(world.ask({{wire::kOp<wire::Find>, codec::encode(wire::Find{}), 0}}));
  static_cast<void>(world.ask({{wire::kOp<wire::StatusRequest>, {}, 0}}));
}

}  // namespace

Status fuzz_vault_store(Bytes input) {
  static const History history = make_history();
  static const std::vector<store::Record> older = records_of(*history.older.store);
  static const std::vector<store::Record> newer = changed_first(records_of(*history.newer.store), older);
  Image image{history.newer.store->copy(), history.newer.audit_lines, history.newer.mark};
  fuzzing::Input rest(input);
  while (!rest.empty()) spoil(rest, *image.store, newer, older);
  const bool spoiled = std::ranges::any_of(records_of(*image.store),
                                           [&](const store::Record& record) {
                                             const auto found =
                                                 std::ranges::find(newer, record.key, &store::Record::key);
                                             return found == newer.end() || found->value != record.value;
                                           }) ||
                       records_of(*image.store).size() != newer.size();

  VaultWorld world(image);
  TRY(world.start_status());
  check_truth(world, history);
  if (spoiled) return Error{Code::corrupt, "the store was spoiled"};
  return {};
}

}  // namespace coffer
