// An application with more keys than the vault's hidden memory holds: it imports them, uses every one again
// and again, and asks each time whether it is still the same key.
//
// usage: many_keys MODULE PIN MARKER SESSION-KEYS TOKEN-KEYS
// Each AES key is MARKER (8 octets, hex) and its number, so that one search finds them all. Says "ready" when
// every key was used three times, and ends at end of input, after using them once more.
#include <unistd.h>

#include <cstring>

#include "tests/module.h"

namespace {

using namespace coffer::story;

constexpr std::size_t kMarkerBytes = 8;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kBlockBytes = 16;

struct Key {
  CK_OBJECT_HANDLE handle = 0;
  std::vector<CK_BYTE> first;  // what it made of a block of zeros, the first time
};

class Application {
 public:
  Application(const char* path, const char* pin, const std::string& marker)
      : module_(path), session_(module_.session()) {
    module_.login(session_, pin);
    for (std::size_t i = 0; i < kMarkerBytes; ++i)
      marker_[i] = static_cast<CK_BYTE>(std::stoi(marker.substr(2 * i, 2), nullptr, 16));
  }

  void import(std::uint32_t number, bool is_token) {
    CK_BYTE value[kKeyBytes] = {};
    std::memcpy(value, marker_, kMarkerBytes);
    std::memcpy(value + kMarkerBytes, &number, sizeof number);
    value[kKeyBytes - 1] = is_token ? 1 : 2;
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL token = is_token ? CK_TRUE : CK_FALSE;
    const std::string label = "key " + std::to_string(number);
    CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                                 {CKA_KEY_TYPE, &type, sizeof type},
                                 {CKA_TOKEN, &token, 1},
                                 {CKA_ENCRYPT, &yes, 1},
                                 {CKA_LABEL, Module::bytes(label), label.size()},
                                 {CKA_VALUE, value, sizeof value}};
    Key key;
    must("C_CreateObject", module_->C_CreateObject(session_, attributes, 6, &key.handle));
    key.first = use(key);
    keys_.push_back(std::move(key));
  }

  // use_all uses each key, and asks whether it makes the same as before.
  void use_all() {
    for (const Key& key : keys_) {
      if (use(key) != key.first) die("a key is not the same any more");
    }
  }

  // count_found counts what C_FindObjects finds by what only the objects themselves tell.
  std::size_t count_found(bool is_token) {
    CK_BBOOL token = is_token ? CK_TRUE : CK_FALSE;
    CK_BBOOL no = CK_FALSE;
    CK_ATTRIBUTE wanted[] = {{CKA_TOKEN, &token, 1}, {CKA_LOCAL, &no, 1}};
    must("C_FindObjectsInit", module_->C_FindObjectsInit(session_, wanted, 2));
    std::size_t found = 0;
    for (;;) {
      CK_OBJECT_HANDLE handles[100];
      CK_ULONG count = 0;
      must("C_FindObjects", module_->C_FindObjects(session_, handles, 100, &count));
      found += count;
      if (count == 0) break;
    }
    must("C_FindObjectsFinal", module_->C_FindObjectsFinal(session_));
    return found;
  }

 private:
  std::vector<CK_BYTE> use(const Key& key) const {
    CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
    CK_BYTE block[kBlockBytes] = {};
    std::vector<CK_BYTE> output(kBlockBytes);
    CK_ULONG size = output.size();
    must("C_EncryptInit", module_->C_EncryptInit(session_, &mechanism, key.handle));
    must("C_Encrypt", module_->C_Encrypt(session_, block, sizeof block, output.data(), &size));
    return output;
  }

  const Module module_;
  const CK_SESSION_HANDLE session_;
  CK_BYTE marker_[kMarkerBytes] = {};
  std::vector<Key> keys_;
};

}  // namespace

int main(int count, char** values) {
  if (count != 6 || std::strlen(values[3]) != 2 * kMarkerBytes)
    die("usage: many_keys MODULE PIN MARKER SESSION-KEYS TOKEN-KEYS");
  Application application(values[1], values[2], values[3]);
  const auto session_keys = static_cast<std::uint32_t>(std::stoul(values[4]));
  const auto token_keys = static_cast<std::uint32_t>(std::stoul(values[5]));
  for (std::uint32_t i = 0; i < session_keys; ++i) application.import(i, false);
  for (std::uint32_t i = 0; i < token_keys; ++i) application.import(i, true);
  for (int round = 0; round < 2; ++round) application.use_all();
  if (application.count_found(false) != session_keys) die("a search does not find every session key");
  // Others make some too.
  if (application.count_found(true) < token_keys) die("a search does not find every token key");
  std::puts("ready");
  std::fflush(stdout);
  char rest = 0;
  while (read(STDIN_FILENO, &rest, 1) > 0) {
  }
  application.use_all();
}
