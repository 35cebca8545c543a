// Whole attacks on the keys of a token, through its module: what all of them share (key_attacks.cc lists
// them).
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <initializer_list>

#include "tests/module.h"

namespace coffer::story {

using Octets = std::vector<CK_BYTE>;

class Attacker;

// Attack is one attack: the step at which a product that keeps its keys refuses it, and with which value. One
// that expects CKR_OK is no attack but a use that must go on working.
struct Attack {
  std::string name;
  void (*run)(Attacker&);
  std::string option;  // which of its variants, in words
  std::string step;
  CK_RV code;
};

// Template is a list of attributes that keeps their values.
class Template {
 public:
  Template() = default;
  Template(Template&&) = default;
  Template& operator=(Template&&) = default;
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;
  ~Template() = default;

  Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
  Template& truth(CK_ATTRIBUTE_TYPE type, bool value) { return octets(type, {static_cast<CK_BYTE>(value)}); }
  Template& yes(CK_ATTRIBUTE_TYPE type) { return truth(type, true); }
  Template& no(CK_ATTRIBUTE_TYPE type) { return truth(type, false); }
  Template& octets(CK_ATTRIBUTE_TYPE type, Octets value);
  Template& text(CK_ATTRIBUTE_TYPE type, const std::string& value) {
    return octets(type, {value.begin(), value.end()});
  }
  // nested puts a template into this one; `inner` outlives it.
  Template& nested(CK_ATTRIBUTE_TYPE type, const Template& inner);

  [[nodiscard]] CK_ATTRIBUTE* data() const { return const_cast<CK_ATTRIBUTE*>(attributes_.data()); }
  [[nodiscard]] CK_ULONG size() const { return attributes_.size(); }

 private:
  std::deque<Octets> values_;
  std::vector<CK_ATTRIBUTE> attributes_;
};

// secret_template begins the template of a secret key; no length is named when `bytes` is 0.
Template secret_template(CK_KEY_TYPE type, CK_ULONG bytes = 0);

// protect adds what nobody may read: sensitive and unextractable.
void protect(Template& attributes);

// permit names the mechanisms that a key is for (CKA_ALLOWED_MECHANISMS).
void permit(Template& attributes, std::initializer_list<CK_MECHANISM_TYPE> mechanisms);

// permit_linear names what read_by_padding needs.
void permit_linear(Template& attributes);

// only adds the uses of a key, and says that it has no other.
void only(Template& attributes, std::initializer_list<CK_ATTRIBUTE_TYPE> uses);

struct Pair {
  CK_OBJECT_HANDLE open = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE secret = CK_INVALID_HANDLE;
};

// Attacker is a session at a token and the attack that is under way. What a call answers goes through step(),
// which ends the program where the attack ends.
class Attacker {
 public:
  // A `pin` of "-" does not log in.
  Attacker(const std::string& module, const std::string& pin, const std::string& officer_pin,
           const Attack& attack, std::string file = "");

  [[nodiscard]] const Attack& attack() const { return attack_; }
  [[nodiscard]] bool is(const std::string& word) const;
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& pin() const { return pin_; }
  [[nodiscard]] CK_FUNCTION_LIST* operator->() const { return module_.operator->(); }
  [[nodiscard]] const Module& module() const { return module_; }
  [[nodiscard]] CK_SESSION_HANDLE session() const { return session_; }

  void login_as(CK_USER_TYPE user);
  void logout() { step("C_Logout", module_->C_Logout(session_)); }

  // as_officer lets the security officer act between two logins of the user. Private session objects end.
  void as_officer(const std::function<void()>& act);
  // mark_trusted is what the officer does later with a key of the token.
  void mark_trusted(CK_OBJECT_CLASS object_class, const std::string& label);
  // import_trusted lets the officer import a public key, of which `open` is in the vault, as one that wraps;
  // `more` is what else its template says.
  CK_OBJECT_HANDLE import_trusted(CK_OBJECT_HANDLE open, CK_KEY_TYPE type, Template more = {});

  [[nodiscard]] CK_OBJECT_HANDLE find(CK_OBJECT_CLASS object_class, const std::string& label) const;

  // restart begins again as another application, logged in.
  void restart();

  void step(const std::string& name, CK_RV value);
  // note counts a call whose failure is a part of the attack.
  CK_RV note(CK_RV value);
  // read_out ends the attack: what was kept is known, and `is_proven` with another implementation.
  [[noreturn]] void read_out(const std::string& what, const Octets& octets, bool is_proven);
  // taken ends the attack: the harmful step was done, though nothing was read.
  [[noreturn]] void taken(const std::string& what);
  // works ends what must go on working.
  [[noreturn]] void works(const std::string& what);

  CK_OBJECT_HANDLE generate(CK_MECHANISM_TYPE type, const Template& attributes);
  Pair generate_pair(CK_MECHANISM_TYPE type, const Template& open, const Template& secret);
  CK_OBJECT_HANDLE create(const Template& attributes);
  CK_OBJECT_HANDLE derive(const std::string& name, CK_MECHANISM how, CK_OBJECT_HANDLE base,
                          const Template& attributes);
  void set(CK_OBJECT_HANDLE object, const Template& attributes);
  CK_OBJECT_HANDLE copy(CK_OBJECT_HANDLE object, const Template& attributes);
  void destroy(CK_OBJECT_HANDLE object);
  Octets attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
  Octets sign(CK_OBJECT_HANDLE key, CK_MECHANISM how, const Octets& data);
  Octets encrypt(CK_OBJECT_HANDLE key, CK_MECHANISM how, const Octets& data);
  Octets decrypt(CK_OBJECT_HANDLE key, CK_MECHANISM how, const Octets& data);
  // mac is what HMAC-SHA256 makes of a fixed text: it tells keys apart.
  Octets mac(CK_OBJECT_HANDLE key);

 private:
  [[noreturn]] void end(int code);

  Module module_;
  CK_SESSION_HANDLE session_;
  const Attack& attack_;
  std::string pin_;
  std::string officer_pin_;
  std::string file_;  // what was captured, or the second module
  int calls_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// kMacText is what Attacker::mac signs.
inline const Octets kMacText = {'x'};

// The same, outside of the vault.
Octets outside_hmac(const Octets& key, const Octets& data);
Octets outside_aes(const Octets& key, const Octets& block);
Octets outside_ctr(const Octets& key, const Octets& counter, const Octets& data);
// outside_rsa encrypts with the public key of the vault: PKCS#1 v1.5, or OAEP with SHA-256.
Octets outside_rsa(Attacker& attacker, CK_OBJECT_HANDLE key, const Octets& message, bool is_oaep);
Octets random_octets(std::size_t bytes);
std::string hex(const Octets& octets);

// End is where the keys of growing length grow.
enum class End { back, front };

// read_by_length reads a key of `bytes` octets of which `make` gives the first (or last) n, for every n: HMAC
// tells one octet after the other. Octets in `known` are read already.
Octets read_by_length(Attacker& attacker, CK_ULONG bytes,
                      const std::function<CK_OBJECT_HANDLE(CK_ULONG)>& make, Octets known = {},
                      End end = End::back);

// read_by_padding reads a key of which EXTRACT, XOR and CONCATENATE may derive (key_attacks_linear.cc).
Octets read_by_padding(Attacker& attacker, CK_OBJECT_HANDLE victim, CK_ULONG bytes);

// The attacks, one list a file.
extern const std::vector<Attack> kLinearAttacks;
extern const std::vector<Attack> kUseAttacks;
extern const std::vector<Attack> kUnwrapAttacks;
extern const std::vector<Attack> kTagAttacks;
extern const std::vector<Attack> kLoginAttacks;
extern const std::vector<Attack> kLengthAttacks;
extern const std::vector<Attack> kDetourAttacks;
extern const std::vector<Attack> kTrustAttacks;
extern const std::vector<Attack> kOtherAttacks;

// The values by which the product refuses, in one place.
namespace refusal {
inline constexpr CK_RV kLinear = CKR_KEY_FUNCTION_NOT_PERMITTED;
inline constexpr CK_RV kEncryptData = CKR_KEY_FUNCTION_NOT_PERMITTED;
inline constexpr CK_RV kFurtherUse = CKR_ATTRIBUTE_READ_ONLY;
inline constexpr CK_RV kClaim = CKR_ATTRIBUTE_READ_ONLY;
inline constexpr CK_RV kUnknown = CKR_ATTRIBUTE_TYPE_INVALID;
inline constexpr CK_RV kOtherLength = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kPieceOfPrivate = CKR_WRAPPED_KEY_INVALID;
inline constexpr CK_RV kPrivateAsSecret = CKR_WRAPPED_KEY_INVALID;
inline constexpr CK_RV kOtherType = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kLeavesAsOtherType = CKR_KEY_NOT_WRAPPABLE;
inline constexpr CK_RV kDoesNotLeaveSo = CKR_KEY_NOT_WRAPPABLE;
inline constexpr CK_RV kPadding = CKR_KEY_FUNCTION_NOT_PERMITTED;
inline constexpr CK_RV kTwoSteps = CKR_KEY_FUNCTION_NOT_PERMITTED;
inline constexpr CK_RV kNotNamed = CKR_MECHANISM_INVALID;
inline constexpr CK_RV kBornAnew = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kUnauthenticated = CKR_KEY_FUNCTION_NOT_PERMITTED;
inline constexpr CK_RV kTag = CKR_MECHANISM_PARAM_INVALID;
inline constexpr CK_RV kAssociated = CKR_MECHANISM_PARAM_INVALID;
inline constexpr CK_RV kWait = CKR_FUNCTION_FAILED;
inline constexpr CK_RV kNoLogin = CKR_USER_NOT_LOGGED_IN;
inline constexpr CK_RV kOfficer = CKR_USER_NOT_LOGGED_IN;
inline constexpr CK_RV kShort = CKR_KEY_SIZE_RANGE;
inline constexpr CK_RV kUneven = CKR_KEY_SIZE_RANGE;
inline constexpr CK_RV kNamedLength = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kVectors = CKR_KEY_FUNCTION_NOT_PERMITTED;
inline constexpr CK_RV kSignsItsKdf = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kNoSuchUse = CKR_KEY_FUNCTION_NOT_PERMITTED;
inline constexpr CK_RV kReadable = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kPermitsUnderDemand = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kSplit = CKR_KEY_FUNCTION_NOT_PERMITTED;
inline constexpr CK_RV kIndigestible = CKR_KEY_INDIGESTIBLE;
inline constexpr CK_RV kDerivesFurther = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kTrustedLater = CKR_ATTRIBUTE_READ_ONLY;
inline constexpr CK_RV kNoCopy = CKR_ACTION_PROHIBITED;
inline constexpr CK_RV kEncryptsToo = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kTrustedWithUses = CKR_KEY_NOT_WRAPPABLE;
inline constexpr CK_RV kLosesMark = CKR_TEMPLATE_INCONSISTENT;
inline constexpr CK_RV kNoKeeper = CKR_KEY_NOT_WRAPPABLE;
inline constexpr CK_RV kOthers = CKR_KEY_HANDLE_INVALID;
inline constexpr CK_RV kOwnInitialValue = CKR_MECHANISM_PARAM_INVALID;
}  // namespace refusal

}  // namespace coffer::story
