// An application whose person logs in by name (C_LoginUser), for operators_have_their_roles.sh.
//
// usage: operator_user MODULE NAME PIN VERB [KEY]
//   login      logs in and out; exits with 0, or prints the CKR_ and exits with 1
//   make       makes the token key pair KEY
//   sign       signs with KEY
//   serve      logs in, then signs with KEY for each line that it reads, until the end of input
//   others     checks what C_LoginUser answers while somebody is logged in
//   pin        changes the PIN to what the next line of input says
#include "tests/module.h"

namespace {

using namespace coffer::story;

struct Person {
  std::string name;
  std::string pin;
};

CK_RV log_in(const Module& module, CK_SESSION_HANDLE session, const Person& person,
             CK_USER_TYPE type = CKU_USER) {
  return module.newest()->C_LoginUser(session, type, Module::bytes(person.pin), person.pin.size(),
                                      Module::bytes(person.name), person.name.size());
}

[[noreturn]] void refused(CK_RV value) {
  std::printf("0x%lx\n", value);
  std::exit(1);
}

CK_OBJECT_HANDLE find_key(const Module& module, CK_SESSION_HANDLE session, const std::string& label) {
  const auto keys = module.find(session, CKO_PRIVATE_KEY, label);
  if (keys.size() != 1) {
    std::puts("no such key");
    std::exit(1);
  }
  return keys[0];
}

void must_sign(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  std::vector<CK_BYTE> signature;
  if (const CK_RV value = module.sign(session, key, signature); value != CKR_OK) refused(value);
}

// Reads a line without its end; false at the end of input.
bool read_line(std::string& line) {
  char octets[256];
  if (std::fgets(octets, sizeof octets, stdin) == nullptr) return false;
  line = octets;
  if (!line.empty() && line.back() == '\n') line.pop_back();
  return true;
}

void say(const char* text) {
  std::puts(text);
  std::fflush(stdout);
}

void serve(const Module& module, CK_SESSION_HANDLE session, const std::string& label) {
  const CK_OBJECT_HANDLE key = find_key(module, session, label);
  say("ready");
  for (std::string line; read_line(line);) {
    must_sign(module, session, key);
    say("signed");
  }
}

void expect(const char* what, CK_RV expected, CK_RV value) {
  if (value != expected) die(what, value);
}

void check_others(const Module& module, CK_SESSION_HANDLE session, const Person& person) {
  expect("the same again", CKR_USER_ALREADY_LOGGED_IN, log_in(module, session, person));
  expect("another name", CKR_USER_ANOTHER_ALREADY_LOGGED_IN, log_in(module, session, {"somebody", "1234"}));
  expect("the token's user", CKR_USER_ANOTHER_ALREADY_LOGGED_IN, log_in(module, session, {"", "1234"}));
  const std::string pin = "1234";
  expect("C_Login", CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
         module->C_Login(session, CKU_USER, Module::bytes(pin), pin.size()));
  expect("an officer has no name", CKR_USER_TYPE_INVALID, log_in(module, session, person, CKU_SO));
  CK_SESSION_INFO info{};
  must("C_GetSessionInfo", module->C_GetSessionInfo(session, &info));
  if (info.state != CKS_RW_USER_FUNCTIONS) die("the state of the session", info.state);
  must("C_Logout", module->C_Logout(session));
  expect("a name without octets", CKR_ARGUMENTS_BAD,
         module.newest()->C_LoginUser(session, CKU_USER, Module::bytes(pin), pin.size(), nullptr, 3));
  must("C_LoginUser without a name", log_in(module, session, {"", "1234"}));
}

void change_pin(const Module& module, CK_SESSION_HANDLE session, const Person& person,
                const std::string& label) {
  std::string changed;
  if (!read_line(changed)) die("no new PIN was given");
  const CK_OBJECT_HANDLE key = find_key(module, session, label);
  must("C_SetPIN", module->C_SetPIN(session, Module::bytes(person.pin), person.pin.size(),
                                    Module::bytes(changed), changed.size()));
  must_sign(module, session, key);
}

}  // namespace

int main(int count, char** values) {
  if (count < 5) die("usage: operator_user MODULE NAME PIN VERB [KEY]");
  const Module module(values[1]);
  const Person person{values[2], values[3]};
  const std::string verb = values[4];
  const std::string label = count > 5 ? values[5] : "";
  const CK_SESSION_HANDLE session = module.session();
  if (const CK_RV value = log_in(module, session, person); value != CKR_OK) refused(value);
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  if (verb == "make") {
    if (const CK_RV value = module.generate(session, label, public_key, private_key); value != CKR_OK)
      refused(value);
  }
  if (verb == "sign") must_sign(module, session, find_key(module, session, label));
  if (verb == "serve") serve(module, session, label);
  if (verb == "others") check_others(module, session, person);
  if (verb == "pin") change_pin(module, session, person, label);
  return 0;
}
