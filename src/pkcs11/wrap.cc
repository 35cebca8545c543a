// C_WrapKey, C_UnwrapKey, C_WrapKeyAuthenticated, C_UnwrapKeyAuthenticated (PKCS#11 3.2, 5.18).
#include <algorithm>
#include <cstring>

#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/given.h"
#include "pkcs11/new_object.h"
#include "pkcs11/operation.h"
#include "pkcs11/parameters.h"
#include "pkcs11/template.h"

namespace coffer::pkcs11 {

namespace {

// Mode says which pair of functions was called: the authenticated ones take ciphers with associated data
// only.
enum class Mode : std::uint8_t { plain, authenticated };

Answer check_mechanism(Module& module, Session& session, const CK_MECHANISM& mechanism, CK_FLAGS use,
                       Mode mode, wire::MechanismInfo& info) {
  info = TRY(module.mechanism(session.link, session.slot, mechanism.mechanism, use));
  if (mode == Mode::authenticated && mechanism.mechanism != CKM_AES_GCM) return CKR_MECHANISM_INVALID;
  return {};
}

// Says of which of the two keys an answer of check_key() is.
CK_RV of_wrapping_key(CK_RV answer, CK_FLAGS use) {
  const bool unwraps = use == CKF_UNWRAP;
  switch (answer) {
    case CKR_KEY_HANDLE_INVALID:
      return unwraps ? CKR_UNWRAPPING_KEY_HANDLE_INVALID : CKR_WRAPPING_KEY_HANDLE_INVALID;
    case CKR_KEY_TYPE_INCONSISTENT:
      return unwraps ? CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT : CKR_WRAPPING_KEY_TYPE_INCONSISTENT;
    default: return answer;
  }
}

Answer check_wrapping_key(Module& module, const Session& session, const wire::MechanismInfo& info,
                          CK_FLAGS use, CK_OBJECT_HANDLE handle, Object& key) {
  return of_wrapping_key(check_key(module, session, info, use, handle, key).code(), use);
}

Answer find_wrapped(Module& module, const Session& session, CK_OBJECT_HANDLE handle, Object& key) {
  const auto found = module.objects().find(handle);
  if (!found || found->slot != session.slot) return CKR_KEY_HANDLE_INVALID;
  if (!module.can_use(found->slot, found->summary)) return CKR_USER_NOT_LOGGED_IN;
  if (found->summary.object_class != CKO_SECRET_KEY && found->summary.object_class != CKO_PRIVATE_KEY) {
    return CKR_KEY_NOT_WRAPPABLE;
  }
  key = *found;
  return {};
}

// WrapArguments are what both wrapping functions have in common.
struct WrapArguments {
  const CK_MECHANISM& mechanism;
  CK_OBJECT_HANDLE wrapping_key;
  CK_OBJECT_HANDLE key;
  Bytes associated;
  Mode mode;
};

Answer wrap(Module& module, Session& session, const WrapArguments& arguments, CK_BYTE* wrapped,
            CK_ULONG& wrapped_bytes) {
  wire::MechanismInfo info;
  TRY(check_mechanism(module, session, arguments.mechanism, CKF_WRAP, arguments.mode, info));
  const WrapParameters parameters =
      TRY(read_wrap_parameters(arguments.mechanism, Wrapping::wrap, arguments.associated));
  Object wrapping_key;
  TRY(check_wrapping_key(module, session, info, CKF_WRAP, arguments.wrapping_key, wrapping_key));
  Object key;
  TRY(find_wrapped(module, session, arguments.key, key));
  wire::WrapKey request{.slot = session.slot,
                        .wrapping_key = wrapping_key.summary.id,
                        .key = key.summary.id,
                        .parameters = parameters.owned.view,
                        .nonce_bytes = parameters.nonce_bytes};
  if (wrapped != nullptr) {
    request.room_bytes =
        static_cast<std::uint32_t>(std::min<CK_ULONG>(wrapped_bytes, wire::kWrappedBytesMax));
  }
  const auto reply = module.ask(session.link, request);
  if (!reply.ok()) return wrap_answer(reply.error());
  const wire::WrapReply& result = reply.value();
  wrapped_bytes = result.wrapped_bytes;
  if (wrapped == nullptr) return {};
  if (result.wrapped_bytes > request.room_bytes) return CKR_BUFFER_TOO_SMALL;
  if (result.wrapped.size() != result.wrapped_bytes || result.nonce.size() != parameters.nonce_bytes) {
    return CKR_DEVICE_ERROR;
  }
  if (!result.wrapped.empty()) std::memcpy(wrapped, result.wrapped.data(), result.wrapped.size());
  if (!result.nonce.empty()) std::memcpy(parameters.nonce, result.nonce.data(), result.nonce.size());
  return {};
}

// UnwrapArguments are what both unwrapping functions have in common.
struct UnwrapArguments {
  const CK_MECHANISM& mechanism;
  CK_OBJECT_HANDLE unwrapping_key;
  Bytes wrapped;
  const CK_ATTRIBUTE* attributes;
  CK_ULONG count;
  Bytes associated;
  Mode mode;
};

Answer unwrap(Module& module, Session& session, const UnwrapArguments& arguments, CK_OBJECT_HANDLE& key) {
  wire::MechanismInfo info;
  TRY(check_mechanism(module, session, arguments.mechanism, CKF_UNWRAP, arguments.mode, info));
  const WrapParameters parameters =
      TRY(read_wrap_parameters(arguments.mechanism, Wrapping::unwrap, arguments.associated));
  Object unwrapping_key;
  TRY(check_wrapping_key(module, session, info, CKF_UNWRAP, arguments.unwrapping_key, unwrapping_key));
  if (arguments.wrapped.empty() || arguments.wrapped.size() > wire::kWrappedBytesMax) {
    return CKR_WRAPPED_KEY_LEN_RANGE;
  }
  const OwnedTemplate wanted = TRY(read_template(arguments.attributes, arguments.count));
  const bool is_token = template_bool(wanted.view, CKA_TOKEN).value_or(false);
  TRY(check_new_object(module, session, is_token, template_bool(wanted.view, CKA_PRIVATE).value_or(false)));
  const wire::UnwrapKey request{session.slot,          session.number,    unwrapping_key.summary.id,
                                parameters.owned.view, arguments.wrapped, wanted.view};
  const auto reply = module.ask(session.link, request, is_token ? Repeat::no : Repeat::yes);
  if (!reply.ok()) return unwrap_answer(reply.error());
  return hand_out_new(module, session, reply.value().object, key);
}

}  // namespace

CK_RV wrap_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping_key,
               CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (mechanism == nullptr || wrapped_bytes == nullptr) return CKR_ARGUMENTS_BAD;
    return wrap(module, held, {*mechanism, wrapping_key, key, {}, Mode::plain}, wrapped, *wrapped_bytes);
  });
}

CK_RV unwrap_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping_key,
                 CK_BYTE_PTR wrapped, CK_ULONG wrapped_bytes, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                 CK_OBJECT_HANDLE_PTR key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (mechanism == nullptr || key == nullptr || is_missing(wrapped, wrapped_bytes))
      return CKR_ARGUMENTS_BAD;
    return unwrap(module, held,
                  {*mechanism, unwrapping_key, {wrapped, wrapped_bytes}, attributes, count, {}, Mode::plain},
                  *key);
  });
}

CK_RV wrap_key_authenticated(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                             CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key, CK_BYTE_PTR associated,
                             CK_ULONG associated_bytes, CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (mechanism == nullptr || wrapped_bytes == nullptr || is_missing(associated, associated_bytes) ||
        associated_bytes > wire::kAssociatedBytesMax) {
      return CKR_ARGUMENTS_BAD;
    }
    return wrap(module, held,
                {*mechanism, wrapping_key, key, {associated, associated_bytes}, Mode::authenticated}, wrapped,
                *wrapped_bytes);
  });
}

CK_RV unwrap_key_authenticated(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                               CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped, CK_ULONG wrapped_bytes,
                               CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR associated,
                               CK_ULONG associated_bytes, CK_OBJECT_HANDLE_PTR key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (mechanism == nullptr || key == nullptr || is_missing(wrapped, wrapped_bytes) ||
        is_missing(associated, associated_bytes) || associated_bytes > wire::kAssociatedBytesMax) {
      return CKR_ARGUMENTS_BAD;
    }
    return unwrap(module, held,
                  {*mechanism,
                   unwrapping_key,
                   {wrapped, wrapped_bytes},
                   attributes,
                   count,
                   {associated, associated_bytes},
                   Mode::authenticated},
                  *key);
  });
}

}  // namespace coffer::pkcs11
