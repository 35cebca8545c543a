// An application that imports or uses an AES key; keys_stay_out_of_applications.sh scans its memory
// meanwhile.
//
// usage: key_user MODULE PIN import HEX_KEY | key_user MODULE PIN encrypt
// `encrypt` finds the key, encrypts many times, says "ready" while an operation is active, and ends at end of
// input.
#include <unistd.h>

#include <cstring>

#include "tests/module.h"

namespace {

using namespace coffer::story;

constexpr const char* kLabel = "the known key";

std::vector<CK_BYTE> from_hex(const std::string& text) {
  std::vector<CK_BYTE> octets;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    octets.push_back(static_cast<CK_BYTE>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return octets;
}

void import_key(const Module& module, CK_SESSION_HANDLE session, const std::string& hex) {
  std::vector<CK_BYTE> value = from_hex(hex);
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE type = CKK_AES;
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  const std::string label = kLabel;
  CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object_class, sizeof object_class},
                               {CKA_KEY_TYPE, &type, sizeof type},
                               {CKA_TOKEN, &yes, 1},
                               {CKA_PRIVATE, &yes, 1},
                               {CKA_SENSITIVE, &yes, 1},
                               {CKA_EXTRACTABLE, &no, 1},
                               {CKA_ENCRYPT, &yes, 1},
                               {CKA_LABEL, Module::bytes(label), label.size()},
                               {CKA_VALUE, value.data(), value.size()}};
  CK_OBJECT_HANDLE key = 0;
  must("C_CreateObject", module->C_CreateObject(session, attributes, 9, &key));
  CK_BYTE read[32];
  CK_ATTRIBUTE wanted{CKA_VALUE, read, sizeof read};
  const CK_RV value_read = module->C_GetAttributeValue(session, key, &wanted, 1);
  if (value_read != CKR_ATTRIBUTE_SENSITIVE) die("a sensitive value was not refused", value_read);
}

void encrypt(const Module& module, CK_SESSION_HANDLE session) {
  const auto keys = module.find(session, CKO_SECRET_KEY, kLabel);
  if (keys.size() != 1) die("the key is not there once");
  CK_BYTE iv[16] = {1};
  CK_MECHANISM mechanism{CKM_AES_CBC_PAD, iv, sizeof iv};
  CK_BYTE data[1000] = {};
  CK_BYTE output[2048];
  for (int i = 0; i < 100; ++i) {
    must("C_EncryptInit", module->C_EncryptInit(session, &mechanism, keys[0]));
    CK_ULONG size = sizeof output;
    must("C_Encrypt", module->C_Encrypt(session, data, sizeof data, output, &size));
  }
  must("C_EncryptInit", module->C_EncryptInit(session, &mechanism, keys[0]));
  CK_ULONG size = sizeof output;
  must("C_EncryptUpdate", module->C_EncryptUpdate(session, data, sizeof data, output, &size));
  std::puts("ready");
  std::fflush(stdout);
  char rest = 0;
  while (read(STDIN_FILENO, &rest, 1) > 0) {
  }
  size = sizeof output;
  must("C_EncryptFinal", module->C_EncryptFinal(session, output, &size));
}

}  // namespace

int main(int count, char** values) {
  if (count < 4) die("usage: key_user MODULE PIN import HEX_KEY | encrypt");
  const Module module(values[1]);
  const CK_SESSION_HANDLE session = module.session();
  module.login(session, values[2]);
  if (std::strcmp(values[3], "import") == 0 && count == 5) {
    import_key(module, session, values[4]);
  } else {
    encrypt(module, session);
  }
  return 0;
}
