// New objects: checks before, handles after.
#include "pkcs11/new_object.h"

#include <algorithm>

#include "pkcs11/template.h"

namespace coffer::pkcs11 {

namespace {

// kNotedMin is how many session objects a session notes before it looks which of them are gone.
constexpr std::size_t kNotedMin = 64;

// Notes a session object. The list is cleaned each time its room is used up, so it stays within twice the
// number of objects that live.
void note(const ObjectTable& objects, std::vector<CK_OBJECT_HANDLE>& noted, CK_OBJECT_HANDLE handle) {
  if (noted.size() == noted.capacity()) {
    std::erase_if(noted, [&objects](CK_OBJECT_HANDLE each) { return !objects.find(each); });
    noted.reserve(std::max(kNotedMin, 2 * noted.size()));
  }
  noted.push_back(handle);
}

}  // namespace

Answer check_new_object(Module& module, const Session& session, bool is_token, bool is_private) {
  if (is_token && !session.is_read_write) return CKR_SESSION_READ_ONLY;
  if (is_private && module.login(session.slot) != LoginState::user) return CKR_USER_NOT_LOGGED_IN;
  return {};
}

Answer set_answer(const Error& error, std::uint64_t key_type) {
  const bool has_sets = key_type == CKK_ML_KEM || key_type == CKK_ML_DSA || key_type == CKK_SLH_DSA;
  if (has_sets && error.code == Code::curve_unsupported) return CKR_PARAMETER_SET_NOT_SUPPORTED;
  return error;
}

Answer read_new_object(Module& module, const Session& session, const CK_ATTRIBUTE* attributes, CK_ULONG count,
                       OwnedTemplate& wanted, bool& is_token) {
  wanted = TRY(read_template(attributes, count));
  is_token = template_bool(wanted.view, CKA_TOKEN).value_or(false);
  return check_new_object(module, session, is_token, template_bool(wanted.view, CKA_PRIVATE).value_or(false));
}

Answer hand_out_new(Module& module, Session& session, const wire::ObjectSummary& summary,
                    CK_OBJECT_HANDLE& handle) {
  handle = module.objects().handle_of(session.slot, summary);
  if (handle == CK_INVALID_HANDLE) return CKR_HOST_MEMORY;
  if (!summary.is_token) note(module.objects(), session.objects, handle);
  return {};
}

}  // namespace coffer::pkcs11
