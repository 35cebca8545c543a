// Explorer: the next call.
#include "tests/extraction_search/explorer.h"

#include <algorithm>
#include <map>

#include "tests/extraction_search/attribute_names.h"
#include "tests/extraction_search/keys.h"
#include "tests/extraction_search/menu.h"
#include "vault/attribute.h"

namespace coffer::extraction {
namespace {

namespace a = vault::attribute;
namespace c = vault::object_class;
namespace k = vault::key_type;
namespace u = crypto::use;

// What a ciphertext of unknown origin is taken for.
constexpr wire::ObjectSummary kUnknown{.object_class = c::kSecretKey, .key_type = k::kAes};

// What is slower than this is left to reach().
constexpr unsigned kCostMax = 1000;

bool is_authenticated(crypto::Family family) {
  return family == crypto::Family::aes_kw || family == crypto::Family::aes_kwp ||
         family == crypto::Family::aes_kw_pkcs7 || family == crypto::Family::aes_gcm;
}

std::uint32_t use_of(const Cell& cell) { return use_rows()[cell.use].use; }

std::vector<Cell> make_cells(const wire::ObjectSummary& key) {
  std::vector<Cell> cells;
  for (const crypto::Mechanism& each : crypto::mechanisms()) {
    if (cost(each) > kCostMax) continue;
    for (std::size_t use = 0; use < use_rows().size(); ++use) {
      const UseRow& row = use_rows()[use];
      if (row.attribute != 0 && fits(key, each, row.use)) cells.push_back({&each, use});
    }
  }
  return cells;
}

// cells_for gives all that keys of a class and type can do.
const std::vector<Cell>& cells_for(const wire::ObjectSummary& key) {
  static std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Cell>> known;
  auto& cells = known[{key.object_class, key.key_type}];
  if (cells.empty()) cells = make_cells(key);
  return cells;
}

// made_by names the operation whose result another one takes, and the use that it needs.
std::optional<UseRow> made_by(Operation operation) {
  static constexpr std::pair<Operation, std::uint32_t> kMakers[] = {
      {Operation::decrypt, u::kEncrypt},
      {Operation::verify, u::kSign},
      {Operation::unwrap, u::kWrap},
      {Operation::verify_recover, u::kSignRecover},
      {Operation::decapsulate, u::kEncapsulate}};
  for (const auto& [undoes, use] : kMakers) {
    if (undoes != operation) continue;
    for (const UseRow& row : use_rows()) {
      if (row.use == use) return row;
    }
  }
  return std::nullopt;
}

}  // namespace

const Outcome& Explorer::step(Call call) {
  const Outcome& outcome = run_.step(call);
  const std::vector<Lineage> lineage = lineage_of(run_.sequence());
  const int number = static_cast<int>(run_.sequence().size()) - 1;
  for (unsigned part = 0; part < outcome.objects.size(); ++part) {
    held_.push_back({{number, part}, outcome.objects[part], lineage.back(), call.who, call.token});
  }
  if (call.operation == Operation::set_attributes && outcome.ok()) {
    // Its uses may have changed: what it can do now is found out by trying.
    for (Held& each : held_) {
      if (each.reference == call.key) each.summary.uses |= ~std::uint32_t{0};
    }
  }
  return outcome;
}

const Explorer::Held* Explorer::find(const Reference& reference) const {
  const auto found = std::ranges::find(held_, reference, &Held::reference);
  return found != held_.end() ? &*found : nullptr;
}

// What was made of the protected key is likelier, and so is what was made last.
const Explorer::Held* Explorer::pick_key() {
  if (held_.empty()) return nullptr;
  if (dice_.percent(30)) return &held_.back();
  if (dice_.percent(70)) return pick_content();
  return &held_[dice_.below(held_.size())];
}

const Explorer::Held* Explorer::pick_content() {
  std::vector<const Held*> content;
  for (const Held& each : held_) {
    if (each.lineage == Lineage::content) content.push_back(&each);
  }
  return content.empty() ? nullptr : content[dice_.below(content.size())];
}

const Explorer::Held* Explorer::counterpart(const Held& key, std::uint32_t use) const {
  if (!is_pair(key.summary.key_type)) return &key;
  const std::uint32_t wanted = class_for(key.summary.key_type, use);
  if (wanted == key.summary.object_class) return &key;
  for (auto each = held_.rbegin(); each != held_.rend(); ++each) {
    if (each->summary.key_type == key.summary.key_type && each->summary.object_class == wanted) return &*each;
  }
  return nullptr;
}

const Setting* Explorer::setting_of(const Held& key, std::uint32_t type) const {
  return find_setting(run_.sequence()[static_cast<std::size_t>(key.reference.call)].attributes, type);
}

bool Explorer::is_base(const Held& key) const { return setting_of(key, a::kDeriveTemplate) != nullptr; }

bool Explorer::may_leave(const Held& key) const {
  const Setting* extractable = setting_of(key, a::kExtractable);
  return extractable != nullptr && extractable->value == Buffer{1};
}

std::vector<Cell> Explorer::uses_of(const Held& key) const {
  std::vector<Cell> cells;
  for (const Cell& each : cells_for(key.summary)) {
    const bool is_permitted = (key.summary.uses & use_of(each)) != 0;
    if (is_permitted || each.mechanism->family == crypto::Family::public_half) cells.push_back(each);
  }
  return cells;
}

const Call* Explorer::last_of(Operation operation, std::uint32_t mechanism, int& number) const {
  for (std::size_t i = run_.sequence().size(); i-- > 0;) {
    const Call& call = run_.sequence()[i];
    if (call.operation != operation || call.how.mechanism != mechanism || !run_.outcomes()[i].ok()) continue;
    number = static_cast<int>(i);
    return &call;
  }
  return nullptr;
}

// Undoes what an earlier call made, with its parameters; mostly with its key.
std::optional<Call> Explorer::call_for_undoing(const Held& key, const Cell& cell) {
  const UseRow& row = use_rows()[cell.use];
  const auto maker = made_by(row.operation);
  int number = 0;
  const Call* made = last_of(maker->operation, cell.mechanism->number, number);
  Call call{.operation = row.operation, .who = key.who, .token = key.token, .key = key.reference};
  if (made == nullptr) {
    if (dice_.percent(95)) return std::nullopt;
    call.how = how_for(*cell.mechanism, row.use, key.summary, dice_);
    call.data.octets = few_octets(kLengths[dice_.below(std::size(kLengths))], dice_);
    call.signature.octets = few_octets(32, dice_);
    if (row.operation == Operation::unwrap) call.attributes = unwrapped_settings(kUnknown, dice_);
    return call;
  }
  call.how = made->how;
  if (call.how.nonce_bytes != 0) {
    call.how.nonce_bytes = 0;
    call.how.iv.from = {number, 1};
  }
  const bool is_signature = row.operation == Operation::verify || row.operation == Operation::verify_recover;
  (is_signature ? call.signature : call.data).from = {number, 0};
  if (is_signature) call.data = made->data;
  Data& taken = is_signature ? call.signature : call.data;
  if (dice_.percent(5)) taken.take = kLengths[dice_.below(std::size(kLengths))];
  if (dice_.percent(3)) {
    taken.flip_at = static_cast<int>(dice_.below(40));
    taken.flip_by = 1;
  }
  if (row.operation == Operation::unwrap) {
    const Held* target = find(made->target);
    call.attributes = unwrapped_settings(target != nullptr ? target->summary : kUnknown, dice_);
  }
  if (row.operation == Operation::decapsulate) {
    call.attributes = encapsulated_settings(dice_);
  }
  return call;
}

std::optional<Call> Explorer::call_for(const Held& key, const Cell& cell) {
  const UseRow& row = use_rows()[cell.use];
  if (made_by(row.operation)) return call_for_undoing(key, cell);
  Call call{.operation = row.operation, .who = key.who, .token = key.token, .key = key.reference};
  call.how = how_for(*cell.mechanism, row.use, key.summary, dice_);
  switch (row.operation) {
    case Operation::derive:
      call.attributes = derived_settings(*cell.mechanism, key.summary, call.how, dice_);
      if (is_base(key) && dice_.percent(80)) {
        // What must be protected is not derived from once more.
        std::erase_if(call.attributes, [](const Setting& each) { return each.type == a::kDerive; });
      }
      if (cell.mechanism->family == crypto::Family::concatenate_key) {
        const Held* other = dice_.percent(50) ? pick_content() : &key;
        if (other == nullptr) return std::nullopt;
        call.how.other = other->reference;
      }
      break;
    case Operation::wrap: {
      const Held* target = dice_.percent(70) ? pick_content() : &held_[dice_.below(held_.size())];
      if (target == nullptr || (!may_leave(*target) && dice_.percent(90))) return std::nullopt;
      call.target = target->reference;
      break;
    }
    case Operation::encapsulate: call.attributes = encapsulated_settings(dice_); break;
    default: call.data.octets = input_for(*cell.mechanism, dice_);
  }
  return call;
}

// Chosen so that what is cheap is done often.
std::optional<Cell> Explorer::pick_cell(const std::vector<Cell>& cells) {
  constexpr unsigned kScale = 1000;
  std::size_t total = 0;
  for (const Cell& each : cells) total += kScale / cost(*each.mechanism);
  if (total == 0) return std::nullopt;
  std::size_t left = dice_.below(total);
  for (const Cell& each : cells) {
    const std::size_t share = kScale / cost(*each.mechanism);
    if (left < share) return each;
    left -= share;
  }
  return std::nullopt;
}

void Explorer::ask(Call call) {
  if (dice_.percent(5)) call.who = static_cast<Who>(dice_.below(kWhoCount));
  if (dice_.percent(2)) call.token = 1 - call.token;
  step(std::move(call));
}

void Explorer::make_key() {
  const std::size_t choice = dice_.below(25);
  if (choice < 12) return static_cast<void>(step(wrapping_key(dice_)));
  if (choice == 24) {
    static constexpr std::uint32_t kPairs[] = {k::kEc, k::kEc, k::kMontgomery, k::kEdwards};
    return static_cast<void>(step(own_pair(kPairs[dice_.below(std::size(kPairs))])));
  }
  static constexpr std::uint32_t kSecrets[] = {k::kAes,    k::kAes,      k::kGenericSecret,
                                               k::kAesXts, k::kChaCha20, k::kGenericSecret};
  const std::uint32_t type = kSecrets[dice_.below(std::size(kSecrets))];
  step(own_key(type, length_for(type, dice_), nullptr, dice_));
}

void Explorer::use_key() {
  const Held* key = pick_key();
  if (key == nullptr) return;
  const auto cell = pick_cell(uses_of(*key));
  if (!cell) return;
  if (auto call = call_for(*key, *cell)) ask(std::move(*call));
}

// Wraps something, or unwraps what was wrapped last.
void Explorer::leave_and_return() {
  const bool can_leave = std::ranges::any_of(
      held_, [this](const Held& each) { return each.lineage == Lineage::content && may_leave(each); });
  if (!can_leave && dice_.percent(90)) return grow();
  const Held* wrapping = nullptr;
  for (const Held& each : held_) {
    if (each.reference.call != 0 && (each.summary.uses & u::kWrap) != 0) wrapping = &each;
  }
  if (wrapping == nullptr) return static_cast<void>(step(wrapping_key(dice_)));
  int number = 0;
  std::vector<Cell> cells = uses_of(*wrapping);
  const Held* unwrapping = counterpart(*wrapping, u::kUnwrap);
  const Call* last = nullptr;
  for (const Cell& each : cells) {
    const Call* made = last_of(Operation::wrap, each.mechanism->number, number);
    if (made != nullptr && made->key == wrapping->reference) last = made;
  }
  const bool returns = last != nullptr && unwrapping != nullptr && dice_.percent(80);
  std::erase_if(cells, [&](const Cell& each) {
    return use_of(each) != (returns ? u::kUnwrap : u::kWrap) ||
           (returns && each.mechanism->number != last->how.mechanism);
  });
  // What is sensitive leaves under an authenticated mode only.
  if (!returns && dice_.percent(80)) {
    std::erase_if(cells, [](const Cell& each) { return !is_authenticated(each.mechanism->family); });
  }
  const auto cell = pick_cell(cells);
  if (!cell) return;
  if (auto call = call_for(returns ? *unwrapping : *wrapping, *cell)) ask(std::move(*call));
}

// Derives once more from something that holds the protected key.
void Explorer::grow() {
  const Held* key = dice_.percent(60) ? &held_.back() : pick_content();
  if (key == nullptr) return;
  const bool is_bold = dice_.percent(15);
  std::vector<Cell> cells = uses_of(*key);
  std::erase_if(cells, [&](const Cell& each) {
    const bool is_hinted = std::ranges::count(hint_, each.mechanism->family) != 0;
    const bool is_wanted = hint_.empty() ? is_bold || !is_linear(each.mechanism->family) : is_hinted;
    return use_of(each) != u::kDerive || !is_wanted;
  });
  const auto cell = pick_cell(cells);
  if (!cell) return;
  if (auto call = call_for(*key, *cell)) step(std::move(*call));
}

// Asks the same of two keys.
void Explorer::compare() {
  std::vector<const Held*> keys;
  for (const Held& each : held_) {
    if (each.lineage == Lineage::content && each.summary.object_class == c::kSecretKey) keys.push_back(&each);
  }
  if (keys.empty()) return;
  const Held* one = dice_.percent(70) ? keys.back() : keys[dice_.below(keys.size())];
  std::vector<Cell> cells = uses_of(*one);
  std::erase_if(cells,
                [](const Cell& each) { return use_of(each) != u::kSign && use_of(each) != u::kEncrypt; });
  // HMAC takes keys of any length, so it is asked most.
  const std::size_t first = dice_.percent(70) ? 0 : dice_.below(std::max<std::size_t>(cells.size(), 1));
  if (cells.empty()) return;
  const auto call = call_for(*one, cells[first]);
  if (!call) return;
  for (const Held* each : std::vector<const Held*>(keys.rbegin(), keys.rend())) {
    if (!has_room() || !fits(each->summary, *cells[first].mechanism, use_of(cells[first]))) continue;
    Call same = *call;
    same.key = each->reference;
    step(std::move(same));
  }
}

void Explorer::change_key() {
  const Held* key = pick_key();
  if (key == nullptr) return;
  Call call{.operation = dice_.percent(50) ? Operation::copy : Operation::set_attributes,
            .who = key->who,
            .token = key->token,
            .key = key->reference};
  call.attributes = changed_settings(key->summary.key_type, key->summary.object_class, dice_);
  ask(std::move(call));
}

void Explorer::do_something_else() {
  static constexpr Operation kRare[] = {Operation::digest_key, Operation::digest, Operation::destroy,
                                        Operation::login, Operation::logout};
  const Held* key = pick_key();
  if (key == nullptr) return;
  Call call{.operation = kRare[dice_.below(std::size(kRare))], .who = key->who, .token = key->token};
  const bool has_key = call.operation == Operation::digest_key || call.operation == Operation::destroy;
  if (has_key) call.key = key->reference;
  const bool digests = call.operation == Operation::digest_key || call.operation == Operation::digest;
  if (digests) call.how.mechanism = 0x250;  // CKM_SHA256
  ask(std::move(call));
}

// Whether anything is made of the protected key yet.
bool Explorer::has_made() const {
  const std::vector<Lineage> lineage = lineage_of(run_.sequence());
  for (std::size_t i = 1; i < lineage.size(); ++i) {
    if (lineage[i] == Lineage::content && run_.outcomes()[i].ok()) return true;
  }
  return false;
}

void Explorer::wander_once() {
  if (!has_made() && dice_.percent(60)) return dice_.percent(60) ? grow() : leave_and_return();
  const std::size_t choice = dice_.below(100);
  if (choice < 10) return make_key();
  if (choice < 45) return use_key();
  if (choice < 55) {
    if (const Held* key = pick_key()) {
      ask({.operation = Operation::get_attributes,
           .who = key->who,
           .token = key->token,
           .key = key->reference});
    }
    return;
  }
  if (choice < 62) return change_key();
  if (choice < 75) return leave_and_return();
  if (choice < 87) return grow();
  if (choice < 96) return compare();
  do_something_else();
}

void Explorer::wander() {
  if (!step(hint_.empty() ? random_victim(dice_) : victim_of(random_shape(dice_), dice_.percent(30), dice_))
           .ok()) {
    return;
  }
  // A step may find nothing to do.
  for (int tries = 0; has_room() && tries < 30; ++tries) {
    // What came to nothing is not carried on for long.
    if (run_.sequence().size() >= kCallsMax - 2 && !has_made()) return;
    if (hint_.empty()) {
      wander_once();
    } else if (run_.sequence().size() < 4 || dice_.percent(60)) {
      grow();
    } else {
      compare();
    }
  }
}

// Makes the key that a cell needs, then what it undoes, then it.
bool Explorer::reach_one(const Cell& cell) {
  const crypto::Mechanism& mechanism = *cell.mechanism;
  const UseRow& row = use_rows()[cell.use];
  const std::uint32_t type = key_type_for(mechanism);
  if (row.operation == Operation::generate || row.operation == Operation::generate_pair) {
    return step(generated(mechanism, dice_)).ok();
  }
  if (row.operation == Operation::digest) {
    Call call{.operation = Operation::digest, .how = {.mechanism = mechanism.number}};
    call.data.octets = Buffer(1, 0);
    return step(std::move(call)).ok();
  }
  const auto holds = [&](std::uint32_t use) -> const Held* {
    const auto found = std::ranges::find_if(held_, [&](const Held& each) {
      return each.reference.call != 0 && (each.summary.uses & use) != 0 && fits(each.summary, mechanism, use);
    });
    return found != held_.end() ? &*found : nullptr;
  };
  if (holds(row.use) == nullptr) {
    if (type == k::kRsa) {
      step(own_rsa(false));
      step(own_rsa(true));
    } else if (is_pair(type)) {
      step(own_pair(type));
    } else {
      const bool is_premaster = mechanism.name.starts_with("tls");
      const std::size_t bytes =
          type == k::kGenericSecret ? (is_premaster ? 48 : 32) : length_for(type, dice_);
      step(own_key(type, bytes, is_linear(mechanism.family) ? &mechanism : nullptr, dice_));
    }
  }
  const auto maker = made_by(row.operation);
  if (maker && has_room()) {
    const Held* key = holds(maker->use);
    if (key == nullptr) return false;
    auto call = call_for(
        *key, {&mechanism, static_cast<std::size_t>(find_use(maker->operation) - use_rows().data())});
    if (call && call->operation == Operation::wrap) call->target = wrappable();
    if (!call || !step(std::move(*call)).ok()) return false;
  }
  const Held* key = holds(row.use);
  if (key == nullptr || !has_room()) return false;
  auto call = call_for(*key, cell);
  if (!call) return false;
  if (call->operation == Operation::wrap) call->target = wrappable();
  return step(std::move(*call)).ok();
}

// wrappable is a key that anything may wrap.
Reference Explorer::wrappable() {
  for (const Held& each : held_) {
    if (each.lineage == Lineage::none && each.summary.key_type == k::kAes &&
        each.summary.object_class == c::kSecretKey)
      return each.reference;
  }
  step(own_key(k::kAes, 32, nullptr, dice_));
  return held_.back().reference;
}

void Explorer::reach(const std::vector<Cell>& wanted) {
  if (!step(random_victim(dice_)).ok()) return;
  const crypto::KeyType type = wanted.front().mechanism->key;
  for (const Cell& each : wanted) {
    if (!has_room()) return;
    if (each.mechanism->key == type) static_cast<void>(reach_one(each));
  }
}

}  // namespace coffer::extraction
