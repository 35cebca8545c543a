// Attacks from elsewhere: on session objects of another application, of a session that ended, before a login,
// and from one token to another.
#include <algorithm>

#include "tests/key_attacks.h"
#include "tests/key_attacks_ghash.h"

namespace coffer::story {

namespace {

CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
CK_MECHANISM kwp{CKM_AES_KEY_WRAP_KWP, nullptr, 0};

// victim_template is of an AES key that encrypts and may leave.
Template victim_template(const std::string& label) {
  Template attributes = secret_template(CKK_AES, 32);
  attributes.text(CKA_LABEL, label).yes(CKA_SENSITIVE).yes(CKA_EXTRACTABLE).yes(CKA_ENCRYPT).yes(CKA_DERIVE);
  return attributes;
}

CK_OBJECT_HANDLE generate_at(const Module& module, CK_SESSION_HANDLE session, const Template& attributes) {
  CK_MECHANISM how{CKM_AES_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  must("C_GenerateKey", module->C_GenerateKey(session, &how, attributes.data(), attributes.size(), &key));
  return key;
}

Template wrapping_template() {
  Template attributes = secret_template(CKK_AES, 32);
  only(attributes, {CKA_WRAP, CKA_UNWRAP});
  protect(attributes);
  return attributes;
}

// derive_with derives from a base, with another key as the salt, a key that may be read.
CK_RV derive_with(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE base,
                  CK_OBJECT_HANDLE salt) {
  CK_HKDF_PARAMS hkdf{CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_KEY, nullptr, 0, salt, nullptr, 0};
  CK_MECHANISM how{CKM_HKDF_DERIVE, &hkdf, sizeof hkdf};
  Template readable = secret_template(CKK_GENERIC_SECRET, 32);
  readable.no(CKA_SENSITIVE).yes(CKA_EXTRACTABLE);
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  return module->C_DeriveKey(session, &how, base, readable.data(), readable.size(), &key);
}

CK_RV wrap_at(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE wrapping,
              CK_OBJECT_HANDLE key) {
  Octets wrapped(256);
  CK_ULONG bytes = wrapped.size();
  return module->C_WrapKey(session, &kwp, wrapping, key, wrapped.data(), &bytes);
}

CK_OBJECT_HANDLE base_at(const Module& module, CK_SESSION_HANDLE session) {
  Template attributes = secret_template(CKK_GENERIC_SECRET, 32);
  attributes.yes(CKA_DERIVE);
  CK_MECHANISM how{CKM_GENERIC_SECRET_KEY_GEN, nullptr, 0};
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  must("C_GenerateKey", module->C_GenerateKey(session, &how, attributes.data(), attributes.size(), &key));
  return key;
}

// The same user in another application, which is a second copy of the module, has the handle of a session
// object.
void other_application(Attacker& attacker) {
  const std::string label = hex(random_octets(8));
  // Handles count from the same number in both: some come before the victim's.
  for (int i = 0; i < 8; ++i) attacker.generate(CKM_AES_KEY_GEN, victim_template("before"));
  const CK_OBJECT_HANDLE victim = attacker.generate(CKM_AES_KEY_GEN, victim_template(label));
  attacker.encrypt(victim, ecb, Octets(16));
  const Module other(attacker.file());
  const CK_SESSION_HANDLE session = other.session();
  other.login(session, attacker.pin());
  if (attacker.is("find")) {
    if (!other.find(session, CKO_SECRET_KEY, label).empty()) attacker.taken("it is found");
    attacker.works("another application does not find a session object");
  }
  const CK_OBJECT_HANDLE own = generate_at(other, session, wrapping_template());
  const CK_OBJECT_HANDLE base = base_at(other, session);
  if (victim <= own || victim <= base) die("the handle is also one of the other application");
  if (attacker.is("encrypt")) attacker.step("C_EncryptInit", other->C_EncryptInit(session, &ecb, victim));
  if (attacker.is("wrap")) attacker.step("C_WrapKey", wrap_at(other, session, own, victim));
  if (attacker.is("derive")) attacker.step("C_DeriveKey", derive_with(other, session, base, victim));
  attacker.taken("a session object of another application is used");
}

// A session object ends with its session, and a private one with the login.
void ended(Attacker& attacker) {
  const CK_SESSION_HANDLE session = attacker.module().session();
  Template attributes = victim_template("ended");
  const CK_OBJECT_HANDLE victim = generate_at(attacker.module(), session, attributes);
  if (attacker.is("close"))
    must("C_CloseSession", attacker->C_CloseSession(session));
  else
    attacker.logout();
  if (attacker.is("officer")) attacker.login_as(CKU_SO);
  if (attacker.is("again")) attacker.login_as(CKU_USER);
  attacker.encrypt(victim, ecb, Octets(16));
  attacker.taken("a session object outlives its session or login");
}

// second_token gives a session at the other token, with the same user's PIN.
CK_SESSION_HANDLE second_token(Attacker& attacker) {
  CK_SLOT_ID slots[64];
  CK_ULONG count = 64;
  must("C_GetSlotList", attacker->C_GetSlotList(CK_TRUE, slots, &count));
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_TOKEN_INFO info{};
    must("C_GetTokenInfo", attacker->C_GetTokenInfo(slots[i], &info));
    if ((info.flags & CKF_TOKEN_INITIALIZED) == 0 || slots[i] == attacker.module().slot()) continue;
    const CK_SESSION_HANDLE session = attacker.module().session(slots[i]);
    attacker.module().login(session, attacker.pin());
    return session;
  }
  die("there is no second token");
}

// Keys of one token do not work on those of another, whoever is logged in at both.
void other_token(Attacker& attacker) {
  const CK_SESSION_HANDLE here = attacker.session();
  const CK_SESSION_HANDLE there = second_token(attacker);
  const Module& module = attacker.module();
  const CK_OBJECT_HANDLE wrapping = generate_at(module, here, wrapping_template());
  const CK_OBJECT_HANDLE base = base_at(module, here);
  Template stored = victim_template("there");
  if (attacker.is("token")) stored.yes(CKA_TOKEN);
  const CK_OBJECT_HANDLE victim = generate_at(module, there, stored);
  Template none;
  CK_OBJECT_HANDLE copy = CK_INVALID_HANDLE;
  if (attacker.is("encrypt")) attacker.step("C_EncryptInit", module->C_EncryptInit(here, &ecb, victim));
  if (attacker.is("wrap")) attacker.step("C_WrapKey", wrap_at(module, here, wrapping, victim));
  if (attacker.is("wrap-with")) attacker.step("C_WrapKey", wrap_at(module, there, wrapping, victim));
  if (attacker.is("derive")) attacker.step("C_DeriveKey", derive_with(module, here, base, victim));
  if (attacker.is("copy"))
    attacker.step("C_CopyObject", module->C_CopyObject(here, victim, none.data(), none.size(), &copy));
  attacker.taken("a key of one token is used at another");
}

constexpr CK_RV kOthers = refusal::kOthers;
const std::string kEncrypt = "C_EncryptInit";
const std::string kWrap = "C_WrapKey";
const std::string kDerive = "C_DeriveKey";

}  // namespace

const std::vector<Attack> kOtherAttacks = {
    {"others/find", other_application, "find", "", CKR_OK},
    {"others/encrypt", other_application, "encrypt", kEncrypt, kOthers},
    {"others/wrap", other_application, "wrap", kWrap, kOthers},
    {"others/derive-with", other_application, "derive", kDerive, kOthers},
    {"others/closed-session", ended, "close", kEncrypt, kOthers},
    {"others/logout", ended, "", kEncrypt, refusal::kNoLogin},
    {"others/officer", ended, "officer", kEncrypt, refusal::kNoLogin},
    {"others/next-login", ended, "again", "C_Encrypt", kOthers},
    {"tokens/encrypt", other_token, "encrypt", kEncrypt, kOthers},
    {"tokens/encrypt-stored", other_token, "encrypt token", kEncrypt, kOthers},
    {"tokens/wrap", other_token, "wrap", kWrap, kOthers},
    {"tokens/wrap-stored", other_token, "wrap token", kWrap, kOthers},
    {"tokens/wrap-with", other_token, "wrap-with", kWrap, CKR_WRAPPING_KEY_HANDLE_INVALID},
    {"tokens/derive-with", other_token, "derive", kDerive, kOthers},
    {"tokens/copy", other_token, "copy", "C_CopyObject", CKR_OBJECT_HANDLE_INVALID},
};

}  // namespace coffer::story
