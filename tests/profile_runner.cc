// Plays a script of PKCS#11 calls against a module, and compares every answer with what the script says.
//
// usage: profile_runner MODULE PIN SCRIPT...; the environment has COFFER_HOME. Exits 0 when every answer is
// as written.
//
// A line is a function, its arguments as NAME=VALUE, and after "->" the CKR_ value when it is not CKR_OK.
// What a call gives is kept for the next ones: the slots (the first is used), the session, the objects found,
// the signature. An argument with a name in capitals is an attribute; its value is true, false, a name
// (PUBLIC_KEY), 0xOCTETS, a "text" without blanks, or @FILE. "is" arguments say what a call must give.
// Handles can be given as numbers to show what a wrong one does.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>

#include "tests/module.h"

namespace {

using coffer::story::die;
using Octets = std::vector<CK_BYTE>;
using Words = std::map<std::string, std::string>;

#define NAMED(prefix, name) {#name, prefix##name}
const std::map<std::string, CK_ULONG> kAnswers = {
    NAMED(CKR_, OK),
    NAMED(CKR_, ARGUMENTS_BAD),
    NAMED(CKR_, SLOT_ID_INVALID),
    NAMED(CKR_, ATTRIBUTE_SENSITIVE),
    NAMED(CKR_, ATTRIBUTE_TYPE_INVALID),
    NAMED(CKR_, ACTION_PROHIBITED),
    NAMED(CKR_, BUFFER_TOO_SMALL),
    NAMED(CKR_, CRYPTOKI_ALREADY_INITIALIZED),
    NAMED(CKR_, CRYPTOKI_NOT_INITIALIZED),
    NAMED(CKR_, FUNCTION_NOT_PARALLEL),
    NAMED(CKR_, KEY_FUNCTION_NOT_PERMITTED),
    NAMED(CKR_, KEY_HANDLE_INVALID),
    NAMED(CKR_, KEY_TYPE_INCONSISTENT),
    NAMED(CKR_, MECHANISM_INVALID),
    NAMED(CKR_, OBJECT_HANDLE_INVALID),
    NAMED(CKR_, OPERATION_ACTIVE),
    NAMED(CKR_, OPERATION_NOT_INITIALIZED),
    NAMED(CKR_, PIN_INCORRECT),
    NAMED(CKR_, SESSION_HANDLE_INVALID),
    NAMED(CKR_, SESSION_PARALLEL_NOT_SUPPORTED),
    NAMED(CKR_, SESSION_READ_ONLY),
    NAMED(CKR_, SESSION_READ_ONLY_EXISTS),
    NAMED(CKR_, SIGNATURE_INVALID),
    NAMED(CKR_, SIGNATURE_LEN_RANGE),
    NAMED(CKR_, USER_ALREADY_LOGGED_IN),
    NAMED(CKR_, USER_NOT_LOGGED_IN),
    NAMED(CKR_, USER_TYPE_INVALID),
};
const std::map<std::string, CK_ULONG> kAttributes = {
    NAMED(CKA_, CLASS),
    NAMED(CKA_, TOKEN),
    NAMED(CKA_, PRIVATE),
    NAMED(CKA_, LABEL),
    NAMED(CKA_, VALUE),
    NAMED(CKA_, CERTIFICATE_TYPE),
    NAMED(CKA_, ISSUER),
    NAMED(CKA_, SUBJECT),
    NAMED(CKA_, SERIAL_NUMBER),
    NAMED(CKA_, ID),
    NAMED(CKA_, KEY_TYPE),
    NAMED(CKA_, MODULUS_BITS),
    NAMED(CKA_, PUBLIC_EXPONENT),
    NAMED(CKA_, PROFILE_ID),
    NAMED(CKA_, MECHANISM_TYPE),
    NAMED(CKA_, APPLICATION),
    NAMED(CKA_, PRIVATE_EXPONENT),
};
const std::map<std::string, CK_ULONG> kNumbers = {
    NAMED(CKO_, DATA),
    NAMED(CKO_, CERTIFICATE),
    NAMED(CKO_, PUBLIC_KEY),
    NAMED(CKO_, PRIVATE_KEY),
    NAMED(CKO_, SECRET_KEY),
    NAMED(CKO_, MECHANISM),
    NAMED(CKO_, PROFILE),
    NAMED(CKO_, VALIDATION),
    NAMED(CKC_, X_509),
    NAMED(CKP_, BASELINE_PROVIDER),
    NAMED(CKP_, EXTENDED_PROVIDER),
    NAMED(CKP_, AUTHENTICATION_TOKEN),
    NAMED(CKP_, PUBLIC_CERTIFICATES_TOKEN),
    NAMED(CKM_, SHA512),
    NAMED(CKM_, SHA256),
    NAMED(CKM_, RSA_PKCS),
    NAMED(CKM_, RSA_PKCS_KEY_PAIR_GEN),
    NAMED(CKM_, SHA256_RSA_PKCS),
    NAMED(CKM_, AES_GCM),
    NAMED(CKU_, SO),
    NAMED(CKU_, USER),
    NAMED(CKU_, CONTEXT_SPECIFIC),
    NAMED(CKF_, TOKEN_PRESENT),
    NAMED(CKF_, RNG),
    NAMED(CKF_, LOGIN_REQUIRED),
    NAMED(CKF_, USER_PIN_INITIALIZED),
    NAMED(CKF_, TOKEN_INITIALIZED),
    NAMED(CKF_, RW_SESSION),
    NAMED(CKF_, SERIAL_SESSION),
    NAMED(CKF_, DIGEST),
    NAMED(CKF_, SIGN),
    NAMED(CKF_, VERIFY),
    NAMED(CKF_, ENCRYPT),
    NAMED(CKF_, DECRYPT),
    NAMED(CKF_, GENERATE_KEY_PAIR),
    {"RSA", CKK_RSA},
};
#undef NAMED

CK_ULONG number_of(const std::string& word) {
  CK_ULONG all = 0;
  std::istringstream parts(word);
  for (std::string part; std::getline(parts, part, '|');) {
    const auto found = kNumbers.find(part);
    all |= found != kNumbers.end() ? found->second : std::stoul(part, nullptr, 0);
  }
  return all;
}

Octets octets_of(const std::string& word) {
  if (word == "true") return {CK_TRUE};
  if (word == "false") return {CK_FALSE};
  if (word.front() == '"') return {word.begin() + 1, word.end() - 1};
  if (word.front() == '@') {
    std::ifstream file(word.substr(1), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  if (word.starts_with("0x")) {
    Octets octets;
    for (std::size_t i = 2; i + 1 < word.size(); i += 2) {
      octets.push_back(static_cast<CK_BYTE>(std::stoul(word.substr(i, 2), nullptr, 16)));
    }
    return octets;
  }
  const CK_ULONG number = number_of(word);
  const auto* first = reinterpret_cast<const CK_BYTE*>(&number);
  return {first, first + sizeof number};
}

// Template is the attributes of a line, with their values.
struct Template {
  explicit Template(const Words& words) {
    for (const auto& [name, word] : words) {
      const auto found = kAttributes.find(name);
      if (found == kAttributes.end()) continue;
      values.push_back(octets_of(word));
      list.push_back({found->second, nullptr, values.back().size()});
    }
    for (std::size_t i = 0; i < list.size(); ++i) list[i].pValue = values[i].data();
  }
  std::vector<Octets> values;
  std::vector<CK_ATTRIBUTE> list;
};

// Player holds what the calls of a script gave.
class Player {
 public:
  Player(CK_FUNCTION_LIST_3_2* functions, std::string pin) : f_(functions), pin_(std::move(pin)) {}

  CK_RV play(const std::string& function, const Words& words);

 private:
  CK_SESSION_HANDLE session(const Words& words) const {
    return words.contains("session") ? number_of(words.at("session")) : session_;
  }
  CK_SLOT_ID slot(const Words& words) const {
    return words.contains("slot") ? number_of(words.at("slot")) : slots_.at(0);
  }
  CK_OBJECT_HANDLE object(const Words& words) const {
    return words.contains("handle") ? number_of(words.at("handle"))
                                    : objects_.at(number_of(words.at("object")));
  }
  void must_be(const Words& words, const std::string& name, CK_ULONG is) const {
    if (words.contains(name) && number_of(words.at(name)) != is) die(name + " is " + std::to_string(is));
  }
  // Flags that must be there; there may be more.
  void must_have(const Words& words, const std::string& name, CK_FLAGS is) const {
    if (words.contains(name) && (is & number_of(words.at(name))) != number_of(words.at(name))) {
      die(name + " is " + std::to_string(is));
    }
  }
  CK_RV list_slots(const Words& words);
  CK_RV list_mechanisms(const Words& words);
  CK_RV find(const Words& words);
  CK_RV read(const Words& words);
  CK_RV sign(const Words& words);

  CK_FUNCTION_LIST_3_2* f_;
  std::string pin_;
  std::vector<CK_SLOT_ID> slots_{0};
  CK_SESSION_HANDLE session_ = 1;
  std::vector<CK_OBJECT_HANDLE> objects_{1};
  Octets signature_ = Octets(256);
};

CK_RV Player::list_slots(const Words& words) {
  CK_ULONG count = 0;
  CK_RV value = f_->C_GetSlotList(CK_TRUE, nullptr, &count);
  if (value != CKR_OK) return value;
  slots_.resize(count);
  const CK_ULONG first = count;
  value = f_->C_GetSlotList(CK_TRUE, slots_.data(), &count);
  if (count != first) die("C_GetSlotList gives another count than it told");
  must_be(words, "is.count", count);
  return value;
}

CK_RV Player::list_mechanisms(const Words& words) {
  CK_ULONG count = 0;
  CK_RV value = f_->C_GetMechanismList(slot(words), nullptr, &count);
  if (value != CKR_OK) return value;
  std::vector<CK_MECHANISM_TYPE> types(count);
  value = f_->C_GetMechanismList(slot(words), types.data(), &count);
  std::istringstream wanted(words.contains("has") ? words.at("has") : "");
  for (std::string each; std::getline(wanted, each, ',');) {
    if (std::ranges::find(types, number_of(each)) == types.end()) die("there is no mechanism " + each);
  }
  return value;
}

CK_RV Player::find(const Words& words) {
  CK_ULONG count = 0;
  objects_.assign(words.contains("max") ? number_of(words.at("max")) : 100, CK_INVALID_HANDLE);
  const CK_RV value = f_->C_FindObjects(session(words), objects_.data(), objects_.size(), &count);
  if (value == CKR_OK) must_be(words, "is.found", count);
  objects_.resize(std::max<CK_ULONG>(count, 1));
  return value;
}

// Reads attributes by the length convention, and compares those that have a value here.
CK_RV Player::read(const Words& words) {
  Template wanted(words);
  std::vector<CK_ATTRIBUTE> given = wanted.list;
  for (CK_ATTRIBUTE& each : given) each.pValue = nullptr;
  CK_RV value = f_->C_GetAttributeValue(session(words), object(words), given.data(), given.size());
  if (value != CKR_OK) return value;
  std::vector<Octets> values;
  for (CK_ATTRIBUTE& each : given) {
    values.emplace_back(each.ulValueLen);
    each.pValue = values.back().data();
  }
  value = f_->C_GetAttributeValue(session(words), object(words), given.data(), given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!wanted.values[i].empty() && wanted.values[i] != values[i]) die("an attribute has another value");
  }
  return value;
}

CK_RV Player::sign(const Words& words) {
  Octets data = octets_of(words.at("data"));
  signature_.assign(words.contains("room") ? number_of(words.at("room")) : 512, 0);
  CK_ULONG bytes = signature_.size();
  const CK_RV value = f_->C_Sign(session(words), data.data(), data.size(), signature_.data(), &bytes);
  if (value == CKR_OK) must_be(words, "is.bytes", bytes);
  if (value == CKR_OK) signature_.resize(bytes);
  return value;
}

CK_RV Player::play(const std::string& function, const Words& words) {
  const auto mechanism = [&] { return CK_MECHANISM{number_of(words.at("mechanism")), nullptr, 0}; };
  const std::map<std::string, std::function<CK_RV()>> calls = {
      {"C_Initialize", [&] { return f_->C_Initialize(nullptr); }},
      {"C_Finalize", [&] { return f_->C_Finalize(nullptr); }},
      {"C_GetInfo",
       [&] {
         CK_INFO info{};
         const CK_RV value = f_->C_GetInfo(&info);
         if (value == CKR_OK) must_be(words, "is.major", info.cryptokiVersion.major);
         if (value == CKR_OK) must_be(words, "is.minor", info.cryptokiVersion.minor);
         if (value == CKR_OK) must_be(words, "is.flags", info.flags);
         return value;
       }},
      {"C_GetSlotList", [&] { return list_slots(words); }},
      {"C_GetSlotInfo",
       [&] {
         CK_SLOT_INFO info{};
         const CK_RV value = f_->C_GetSlotInfo(slot(words), &info);
         if (value == CKR_OK) must_have(words, "is.flags", info.flags);
         return value;
       }},
      {"C_GetTokenInfo",
       [&] {
         CK_TOKEN_INFO info{};
         const CK_RV value = f_->C_GetTokenInfo(slot(words), &info);
         if (value != CKR_OK) return value;
         must_have(words, "is.flags", info.flags);
         must_be(words, "is.pin_min", info.ulMinPinLen);
         must_be(words, "is.pin_max", info.ulMaxPinLen);
         return value;
       }},
      {"C_GetMechanismList", [&] { return list_mechanisms(words); }},
      {"C_GetMechanismInfo",
       [&] {
         CK_MECHANISM_INFO info{};
         const CK_RV value = f_->C_GetMechanismInfo(slot(words), number_of(words.at("mechanism")), &info);
         if (value == CKR_OK) must_have(words, "is.flags", info.flags);
         return value;
       }},
      {"C_OpenSession",
       [&] {
         return f_->C_OpenSession(slot(words), number_of(words.at("flags")), nullptr, nullptr, &session_);
       }},
      {"C_CloseSession", [&] { return f_->C_CloseSession(session(words)); }},
      {"C_CloseAllSessions", [&] { return f_->C_CloseAllSessions(slot(words)); }},
      {"C_GetSessionInfo",
       [&] {
         CK_SESSION_INFO info{};
         const CK_RV value = f_->C_GetSessionInfo(session(words), &info);
         if (value == CKR_OK) must_be(words, "is.state", info.state);
         return value;
       }},
      {"C_Login",
       [&] {
         const std::string pin = words.contains("pin") ? words.at("pin") : pin_;
         return f_->C_Login(session(words), number_of(words.at("user")), coffer::story::Module::bytes(pin),
                            pin.size());
       }},
      {"C_Logout", [&] { return f_->C_Logout(session(words)); }},
      {"C_CreateObject",
       [&] {
         Template made(words);
         return f_->C_CreateObject(session(words), made.list.data(), made.list.size(), &objects_.at(0));
       }},
      {"C_DestroyObject", [&] { return f_->C_DestroyObject(session(words), object(words)); }},
      {"C_FindObjectsInit",
       [&] {
         Template wanted(words);
         return f_->C_FindObjectsInit(session(words), wanted.list.data(), wanted.list.size());
       }},
      {"C_FindObjects", [&] { return find(words); }},
      {"C_FindObjectsFinal", [&] { return f_->C_FindObjectsFinal(session(words)); }},
      {"C_GetAttributeValue", [&] { return read(words); }},
      {"C_SignInit",
       [&] {
         CK_MECHANISM used = mechanism();
         return f_->C_SignInit(session(words), &used, object(words));
       }},
      {"C_Sign", [&] { return sign(words); }},
      {"C_VerifyInit",
       [&] {
         CK_MECHANISM used = mechanism();
         return f_->C_VerifyInit(session(words), &used, object(words));
       }},
      {"C_Verify",
       [&] {
         Octets data = octets_of(words.at("data"));
         return f_->C_Verify(session(words), data.data(), data.size(), signature_.data(), signature_.size());
       }},
      {"C_GetFunctionStatus", [&] { return f_->C_GetFunctionStatus(session(words)); }},
      {"C_CancelFunction", [&] { return f_->C_CancelFunction(session(words)); }},
  };
  const auto call = calls.find(function);
  if (call == calls.end()) die("the runner does not know " + function);
  return call->second();
}

// Plays a script; returns how many calls it had.
int play_script(Player& player, const std::string& path) {
  std::ifstream script(path);
  if (!script) die(path + " cannot be read");
  int line_number = 0;
  int calls = 0;
  for (std::string line; std::getline(script, line);) {
    ++line_number;
    if (line.empty() || line.front() == '#') continue;
    std::istringstream input(line);
    std::string function;
    std::string wanted = "OK";
    Words words;
    input >> function;
    for (std::string word; input >> word;) {
      if (word == "->") {
        input >> wanted;
        break;
      }
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) die(path + ": an argument without a value: " + word);
      words[word.substr(0, equals)] = word.substr(equals + 1);
    }
    const CK_RV value = player.play(function, words);
    if (value != kAnswers.at(wanted)) {
      die(path + ":" + std::to_string(line_number) + ": " + function + " answers otherwise", value);
    }
    ++calls;
  }
  return calls;
}

}  // namespace

int main(int count, char** values) {
  if (count < 4) die("usage: profile_runner MODULE PIN SCRIPT...");
  const coffer::story::Module module(values[1]);
  CK_FUNCTION_LIST_3_2* functions = module.newest();
  coffer::story::must("C_Finalize", functions->C_Finalize(nullptr));
  for (int i = 3; i < count; ++i) {
    Player player(functions, values[2]);
    const int calls = play_script(player, values[i]);
    std::printf("%s: %d calls answered as written\n", values[i], calls);
  }
  return 0;
}
