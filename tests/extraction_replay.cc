// extraction_replay: asks a loaded module the calls of a finding of extraction_search, again and again with
// one octet of the protected key changed, and says which answers depend on which octets.
//
// usage: extraction_replay MODULE USER-PIN OFFICER-PIN FILE
// Of a key whose derived keys are the protected ones no single octet can be changed from outside: there 48
// other keys are tried, and the number of different answers tells how few octets an answer depends on. Exit
// status: 0 when nothing depends on 1 to 15 octets, 1 when something does, 2 when the file cannot be asked.
#include <algorithm>
#include <array>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "tests/extraction_search/attribute_names.h"
#include "tests/extraction_search/call_text.h"
#include "tests/extraction_search/module_form.h"
#include "tests/extraction_search/observation.h"
#include "tests/module.h"

namespace {

using namespace coffer;
using namespace coffer::extraction;
using story::die;
using story::must;

constexpr std::size_t kOctetsMax = 8192;

// Answer is what one call gave.
struct Answer {
  CK_RV code = CKR_OK;
  std::vector<CK_OBJECT_HANDLE> objects;
  std::vector<Buffer> octets;
};

// Application is one copy of the module, so that each has logins of its own.
class Application {
 public:
  Application(const char* path, bool is_first) {
    void* library = dlmopen(is_first ? LM_ID_BASE : LM_ID_NEWLM, path, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) die(dlerror());
    auto get = reinterpret_cast<CK_RV (*)(CK_FUNCTION_LIST**)>(dlsym(library, "C_GetFunctionList"));
    must("C_GetFunctionList", get(&list_));
    must("C_Initialize", list_->C_Initialize(nullptr));
    CK_SLOT_ID slots[64];
    CK_ULONG count = 64;
    must("C_GetSlotList", list_->C_GetSlotList(CK_TRUE, slots, &count));
    for (CK_ULONG i = 0; i < count && slots_.size() < kTokenCount; ++i) {
      CK_TOKEN_INFO info{};
      must("C_GetTokenInfo", list_->C_GetTokenInfo(slots[i], &info));
      if ((info.flags & CKF_TOKEN_INITIALIZED) != 0) slots_.push_back(slots[i]);
    }
  }

  CK_FUNCTION_LIST* operator->() const { return list_; }

  // begin opens a session at each token, and end closes them: nothing of a run is left.
  void begin(std::optional<CK_USER_TYPE> user, const std::string& pin) {
    for (const CK_SLOT_ID slot : slots_) {
      CK_SESSION_HANDLE session = 0;
      must("C_OpenSession",
           list_->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session));
      sessions_.push_back(session);
      if (user) must("C_Login", list_->C_Login(session, *user, story::Module::bytes(pin), pin.size()));
    }
  }
  void end() {
    for (const CK_SLOT_ID slot : slots_) list_->C_CloseAllSessions(slot);
    sessions_.clear();
  }
  [[nodiscard]] CK_SESSION_HANDLE session(std::uint32_t token) const {
    if (token >= sessions_.size()) die("the sequence needs a second token");
    return sessions_[token];
  }

 private:
  CK_FUNCTION_LIST* list_ = nullptr;
  std::vector<CK_SLOT_ID> slots_;
  std::vector<CK_SESSION_HANDLE> sessions_;
};

// Replay runs one sequence.
class Replay {
 public:
  Replay(const char* path, std::string user_pin, std::string officer_pin, Sequence sequence)
      : path_(path),
        user_pin_(std::move(user_pin)),
        officer_pin_(std::move(officer_pin)),
        sequence_(std::move(sequence)) {}

  // run gives what is seen with some octets of the victim changed.
  Observations run(const Change& change);
  [[nodiscard]] std::size_t victim_bytes() const {
    const Setting* value = find_setting(sequence_.front().attributes, CKA_VALUE);
    return value == nullptr ? 0 : value->value.size();
  }

 private:
  Application& application(Who who);
  Answer ask(const Call& call, const Change& change);
  Answer make(const Call& call, const Change& change, CK_MECHANISM* mechanism);
  Answer derive(const Call& call, ModuleMechanism& form, CK_MECHANISM& mechanism);
  Answer use(const Call& call, CK_MECHANISM& mechanism);
  Answer read(const Call& call);
  Answer digest(const Call& call, CK_MECHANISM& mechanism);
  // object finds an earlier result in the application of who asks now.
  CK_OBJECT_HANDLE object(const Call& call, const Reference& reference);
  [[nodiscard]] Buffer octets(const Data& data) const;

  const char* path_;
  std::string user_pin_;
  std::string officer_pin_;
  Sequence sequence_;
  std::map<Who, std::unique_ptr<Application>> applications_;
  std::deque<Answer> answers_;
};

Application& Replay::application(Who who) {
  if (who == Who::other || who == Who::other_user) die("the sequence needs a user of another uid");
  auto& found = applications_[who];
  if (found == nullptr) found = std::make_unique<Application>(path_, applications_.size() == 1);
  return *found;
}

Buffer Replay::octets(const Data& data) const {
  if (!data.from.given()) return data.octets;
  const auto& answer = answers_[static_cast<std::size_t>(data.from.call)];
  if (data.from.part >= answer.octets.size()) return {};
  Buffer copied = answer.octets[data.from.part];
  copied.erase(copied.begin(),
               copied.begin() + static_cast<std::ptrdiff_t>(std::min(data.skip, copied.size())));
  if (data.take != 0 && data.take < copied.size()) copied.resize(data.take);
  const auto flip_at = static_cast<std::size_t>(data.flip_at);
  if (data.flip_at >= 0 && flip_at < copied.size()) copied[flip_at] ^= data.flip_by;
  return copied;
}

CK_OBJECT_HANDLE Replay::object(const Call& call, const Reference& reference) {
  if (!reference.given()) return CK_INVALID_HANDLE;
  const auto number = static_cast<std::size_t>(reference.call);
  const auto& objects = answers_[number].objects;
  if (reference.part >= objects.size()) return CK_INVALID_HANDLE;
  const Call& maker = sequence_[number];
  if (maker.who == call.who) return objects[reference.part];
  CK_BYTE name[256];
  CK_ATTRIBUTE unique{CKA_UNIQUE_ID, name, sizeof name};
  Application& making = application(maker.who);
  making->C_GetAttributeValue(making.session(maker.token), objects[reference.part], &unique, 1);
  Application& asking = application(call.who);
  const CK_SESSION_HANDLE session = asking.session(call.token);
  CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
  CK_ULONG count = 0;
  must("C_FindObjectsInit", asking->C_FindObjectsInit(session, &unique, 1));
  must("C_FindObjects", asking->C_FindObjects(session, &found, 1, &count));
  must("C_FindObjectsFinal", asking->C_FindObjectsFinal(session));
  return count == 1 ? found : CK_INVALID_HANDLE;
}

Answer Replay::make(const Call& call, const Change& change, CK_MECHANISM* mechanism) {
  Application& module = application(call.who);
  const CK_SESSION_HANDLE session = module.session(call.token);
  ModuleTemplate wanted(call.attributes);
  ModuleTemplate more(call.more);
  CK_OBJECT_HANDLE made[2] = {};
  CK_RV code = CKR_OK;
  if (call.operation == Operation::generate_pair) {
    code = module->C_GenerateKeyPair(session, mechanism, wanted.data(), wanted.size(), more.data(),
                                     more.size(), &made[0], &made[1]);
    return code == CKR_OK ? Answer{code, {made[0], made[1]}, {}} : Answer{code, {}, {}};
  }
  if (call.operation == Operation::victim) {
    for (const OctetChange& each : change) wanted.flip(CKA_VALUE, each.position, each.by);
  }
  if (call.operation == Operation::generate) {
    code = module->C_GenerateKey(session, mechanism, wanted.data(), wanted.size(), &made[0]);
  } else if (call.operation == Operation::copy) {
    code = module->C_CopyObject(session, object(call, call.key), wanted.data(), wanted.size(), &made[0]);
  } else {
    code = module->C_CreateObject(session, wanted.data(), wanted.size(), &made[0]);
  }
  return code == CKR_OK ? Answer{code, {made[0]}, {}} : Answer{code, {}, {}};
}

Answer Replay::derive(const Call& call, ModuleMechanism& form, CK_MECHANISM& mechanism) {
  Application& module = application(call.who);
  ModuleTemplate wanted(call.attributes);
  CK_OBJECT_HANDLE made = 0;
  const CK_RV code =
      module->C_DeriveKey(module.session(call.token), &mechanism, object(call, call.key), wanted.data(),
                          wanted.size(), form.makes_connection() ? nullptr : &made);
  if (code != CKR_OK) return {code, {}, {}};
  if (!form.makes_connection()) return {code, {made}, {}};
  const CK_SSL3_KEY_MAT_OUT& keys = form.material();
  const std::uint32_t iv_bytes = call.how.sizes[2];
  Answer answer{code, {keys.hClientKey, keys.hServerKey}, {}};
  if (call.how.sizes[0] != 0) {
    answer.objects = {keys.hClientMacSecret, keys.hServerMacSecret, keys.hClientKey, keys.hServerKey};
  }
  for (const CK_BYTE* each : {keys.pIVClient, keys.pIVServer})
    answer.octets.emplace_back(each, each + iv_bytes);
  return answer;
}

Answer Replay::digest(const Call& call, CK_MECHANISM& mechanism) {
  Application& module = application(call.who);
  const CK_SESSION_HANDLE session = module.session(call.token);
  Buffer data = octets(call.data);
  Buffer output(kOctetsMax);
  CK_ULONG bytes = output.size();
  CK_RV code = module->C_DigestInit(session, &mechanism);
  if (code == CKR_OK) {
    code = call.operation == Operation::digest ? module->C_DigestUpdate(session, data.data(), data.size())
                                               : module->C_DigestKey(session, object(call, call.key));
  }
  if (code == CKR_OK) code = module->C_DigestFinal(session, output.data(), &bytes);
  output.resize(code == CKR_OK ? bytes : 0);
  return {code, {}, {output}};
}

Answer Replay::use(const Call& call, CK_MECHANISM& mechanism) {
  Application& module = application(call.who);
  const CK_SESSION_HANDLE session = module.session(call.token);
  const CK_OBJECT_HANDLE key = object(call, call.key);
  Buffer data = octets(call.data);
  Buffer signature = octets(call.signature);
  Buffer output(kOctetsMax);
  CK_ULONG bytes = output.size();
  const auto run = [&](CK_RV begun, auto function) {
    return begun != CKR_OK ? begun : function(session, data.data(), data.size(), output.data(), &bytes);
  };
  CK_RV code = CKR_OK;
  switch (call.operation) {
    case Operation::sign: code = run(module->C_SignInit(session, &mechanism, key), module->C_Sign); break;
    case Operation::encrypt:
      code = run(module->C_EncryptInit(session, &mechanism, key), module->C_Encrypt);
      break;
    case Operation::decrypt:
      code = run(module->C_DecryptInit(session, &mechanism, key), module->C_Decrypt);
      break;
    case Operation::sign_recover:
      code = run(module->C_SignRecoverInit(session, &mechanism, key), module->C_SignRecover);
      break;
    case Operation::wrap:
      code = module->C_WrapKey(session, &mechanism, key, object(call, call.target), output.data(), &bytes);
      break;
    case Operation::verify:
      code = module->C_VerifyInit(session, &mechanism, key);
      if (code == CKR_OK) {
        code = module->C_Verify(session, data.data(), data.size(), signature.data(), signature.size());
      }
      return {code, {}, {}};
    default:
      die("the sequence has a call that this program cannot ask: " +
          std::string(operation_name(call.operation)));
  }
  output.resize(code == CKR_OK ? bytes : 0);
  return {code, {}, {output}};
}

Answer Replay::read(const Call& call) {
  Application& module = application(call.who);
  Answer answer;
  for (const CK_ATTRIBUTE_TYPE type : {CKA_VALUE, CKA_CHECK_VALUE, CKA_VALUE_LEN}) {
    Buffer value(kOctetsMax);
    CK_ATTRIBUTE wanted{type, value.data(), value.size()};
    const CK_RV code =
        module->C_GetAttributeValue(module.session(call.token), object(call, call.key), &wanted, 1);
    value.resize(code == CKR_OK ? wanted.ulValueLen : 0);
    answer.octets.push_back(std::move(value));
  }
  return answer;
}

Answer Replay::ask(const Call& call, const Change& change) {
  Application& module = application(call.who);
  const CK_SESSION_HANDLE session = module.session(call.token);
  ModuleMechanism form(call.how, call.operation, octets(call.how.iv), octets(call.data),
                       object(call, call.how.other));
  CK_OBJECT_HANDLE further = 0;
  ModuleTemplate more(call.more);
  if (call.operation == Operation::derive && !call.more.empty()) form.add_key(more, further);
  auto mechanism = form.get();
  if (!mechanism) die("the sequence has a mechanism that this program cannot ask", call.how.mechanism);
  ModuleTemplate wanted(call.attributes);
  switch (call.operation) {
    case Operation::victim:
    case Operation::import_key:
    case Operation::generate:
    case Operation::generate_pair:
    case Operation::copy: return make(call, change, &*mechanism);
    case Operation::set_attributes:
      return {
          module->C_SetAttributeValue(session, object(call, call.key), wanted.data(), wanted.size()), {}, {}};
    case Operation::get_attributes: return read(call);
    case Operation::derive: {
      Answer answer = derive(call, form, *mechanism);
      if (answer.code == CKR_OK && !call.more.empty()) answer.objects.push_back(further);
      return answer;
    }
    case Operation::unwrap: {
      Buffer wrapped = octets(call.data);
      CK_OBJECT_HANDLE made = 0;
      const CK_RV code = module->C_UnwrapKey(session, &*mechanism, object(call, call.key), wrapped.data(),
                                             wrapped.size(), wanted.data(), wanted.size(), &made);
      return code == CKR_OK ? Answer{code, {made}, {}} : Answer{code, {}, {}};
    }
    case Operation::destroy: return {module->C_DestroyObject(session, object(call, call.key)), {}, {}};
    case Operation::digest:
    case Operation::digest_key: return digest(call, *mechanism);
    default: break;
  }
  Answer answer = use(call, *mechanism);
  if (call.operation == Operation::wrap) answer.octets.push_back(form.nonce());
  return answer;
}

Observations Replay::run(const Change& change) {
  for (const Call& each : sequence_) application(each.who);
  for (auto& [who, module] : applications_) {
    std::optional<CK_USER_TYPE> user;
    if (who != Who::guest) user = who == Who::officer ? CKU_SO : CKU_USER;
    module->begin(user, who == Who::officer ? officer_pin_ : user_pin_);
  }
  answers_.clear();
  Observations seen;
  std::vector<std::pair<std::uint8_t, Buffer>> outputs;
  for (std::size_t i = 0; i < sequence_.size(); ++i) {
    answers_.push_back(ask(sequence_[i], change));
    const auto call = static_cast<std::uint8_t>(i);
    seen.add({.call = call, .aspect = Aspect::code}, answers_.back().code);
    for (const Buffer& each : answers_.back().octets) {
      seen.add_whole(
          {.call = call, .aspect = Aspect::octets, .output = static_cast<std::uint8_t>(outputs.size())},
          each);
      if (each.size() >= Observations::kPieceBytes) outputs.emplace_back(call, each);
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool is_equal = outputs[i].second == outputs[j].second;
      seen.add({outputs[i].first, Aspect::equality, 0, outputs[j].first, 0}, is_equal ? 1 : 0);
    }
  }
  seen.finish();
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    const bool is_token = find_setting(sequence_[i].attributes, CKA_TOKEN) != nullptr;
    for (const CK_OBJECT_HANDLE each : answers_[i].objects) {
      Application& module = application(sequence_[i].who);
      if (is_token) module->C_DestroyObject(module.session(sequence_[i].token), each);
    }
  }
  for (auto& [who, module] : applications_) module->end();
  return seen;
}

std::string name_of(const Place& place) {
  std::string name = "call " + std::to_string(place.call);
  if (place.aspect == Aspect::code) return name + ": return code";
  if (place.aspect == Aspect::octets) return name + ": output";
  return name + ": equality with an output of call " + std::to_string(place.piece);
}

// Changes one octet after the other.
int compare(Replay& replay) {
  constexpr std::array<std::uint8_t, 4> kMasks = {0x5a, 0x03, 0x01, 0x18};
  const Observations base = replay.run({});
  const std::vector<Place> chance = base.differing(replay.run({}));
  std::map<Place, std::set<std::size_t>> depends;
  for (std::size_t position = 0; position < replay.victim_bytes(); ++position) {
    for (const std::uint8_t mask : kMasks) {
      for (const Place& place : base.differing(replay.run({{position, mask}}))) {
        if (!std::ranges::binary_search(chance, place)) depends[place].insert(position);
      }
    }
  }
  bool is_leak = false;
  for (const auto& [place, positions] : depends) {
    std::printf("%s depends on %zu of %zu octets:", name_of(place).c_str(), positions.size(),
                replay.victim_bytes());
    for (const std::size_t each : positions) std::printf(" %zu", each);
    std::printf("\n");
    is_leak = is_leak || positions.size() < 16;
  }
  std::printf(is_leak ? "LEAK\n" : "no answer depends on 1 to 15 octets\n");
  return is_leak ? 1 : 0;
}

// Tries other base keys: an answer that depends on one octet has 256 values.
int count(Replay& replay) {
  constexpr std::size_t kKeys = 48;
  constexpr std::uint8_t kMask = 0x5a;
  std::vector<Observations> seen;
  for (std::size_t i = 0; i < kKeys; ++i) {
    seen.push_back(replay.run({{0, static_cast<std::uint8_t>(i)}, {1, kMask}}));
  }
  std::map<Place, std::size_t> again;
  for (std::size_t i = 0; i < kKeys; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::vector<Place> differing = seen[i].differing(seen[j]);
      for (const Place& place : seen[i].places(Aspect::octets)) {
        if (!std::ranges::binary_search(differing, place)) ++again[place];
      }
    }
  }
  // What is the same for all depends on no octet.
  constexpr std::size_t kPairs = kKeys * (kKeys - 1) / 2;
  std::erase_if(again, [](const auto& each) { return each.second == kPairs; });
  for (const auto& [place, pairs] : again) {
    std::printf("%s: %zu of %zu pairs of keys give the same\n", name_of(place).c_str(), pairs, kPairs);
  }
  std::printf(again.empty() ? "each key gives other answers\n" : "LEAK\n");
  return again.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) die("usage: extraction_replay MODULE USER-PIN OFFICER-PIN FILE");
  std::ifstream file(argv[4]);
  std::stringstream text;
  text << file.rdbuf();
  const auto sequence = sequence_of(text.str());
  if (!file || !sequence.ok()) {
    std::fprintf(stderr, "extraction_replay: %s is no sequence\n", argv[4]);
    return 2;
  }
  Replay replay(argv[1], argv[2], argv[3], sequence.value());
  const bool is_base = find_setting(sequence.value().front().attributes, CKA_DERIVE_TEMPLATE) != nullptr;
  return is_base ? count(replay) : compare(replay);
}
