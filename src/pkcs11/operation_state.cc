// C_GetOperationState, C_SetOperationState: digests, interrupted and gone on with (PKCS#11 3.2, 5.6).
//
// The state stays in the chip. What the application gets is the number of a copy, good for itself and its
// forks until the chip is restarted or the copy gave way to kSavedMax newer ones.
#include <array>
#include <cstring>
#include <optional>

#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/operation.h"
#include "wire/operation_messages.h"

namespace coffer::pkcs11 {

namespace {

constexpr auto kActivity = Activity::digest;

// SavedState is what the application gets.
struct SavedState {
  static constexpr std::array<char, 8> kMark = {'c', 'o', 'f', 'f', 'e', 'r', 'd', '1'};

  std::array<char, 8> mark = kMark;
  std::uint64_t mechanism = 0;
  std::uint64_t copy = 0;
};

// "The ongoing operations are abruptly cancelled" (PKCS#11 3.2, 5.6.5), whatever they are.
void cancel_all(Module& module, Session& session) {
  for (std::size_t i = 0; i < kActivityCount && session.knows(static_cast<Activity>(i)); ++i) {
    const auto activity = static_cast<Activity>(i);
    if (session.operation(activity).is_active()) quit_operation(module, session, activity);
  }
  session.search.forget();
}

// Whether something is active that cannot be saved.
bool has_unsaveable(Session& session) {
  for (std::size_t i = 0; i < kActivityCount && session.knows(static_cast<Activity>(i)); ++i) {
    const auto activity = static_cast<Activity>(i);
    if (activity != kActivity && session.operation(activity).is_active()) return true;
  }
  return session.search.is_active;
}

Answer save(Module& module, Session& session, CK_BYTE* state, CK_ULONG& state_bytes) {
  const Operation& operation = session.operation(kActivity);
  if (has_unsaveable(session)) return CKR_STATE_UNSAVEABLE;
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  const CK_ULONG room = state_bytes;
  state_bytes = sizeof(SavedState);
  if (state == nullptr) return {};
  if (room < sizeof(SavedState)) return CKR_BUFFER_TOO_SMALL;
  TRY(move_to_chip(module, session, kActivity));
  SavedState saved;
  saved.mechanism = operation.parameters.view.mechanism;
  saved.copy = TRY(module.ask(session.link, wire::CopyOperation{operation.remote, true})).operation;
  std::memcpy(state, &saved, sizeof(saved));
  return {};
}

Answer restore(Module& module, Session& session, const CK_BYTE* state, CK_ULONG state_bytes) {
  SavedState saved;
  if (state_bytes != sizeof(saved)) return CKR_SAVED_STATE_INVALID;
  std::memcpy(&saved, state, sizeof(saved));
  if (saved.mark != SavedState::kMark) return CKR_SAVED_STATE_INVALID;
  const auto info = module.mechanism(session.link, session.slot, saved.mechanism, CKF_DIGEST);
  if (!info.ok()) return CKR_SAVED_STATE_INVALID;
  const auto copy = module.ask(session.link, wire::CopyOperation{saved.copy, false});
  if (!copy.ok()) {
    return copy.error().code == Code::operation_unknown ? Answer{CKR_SAVED_STATE_INVALID} : copy.error();
  }
  cancel_all(module, session);
  Operation& operation = session.operation(kActivity);
  operation.parameters.view.mechanism = info.value().number;
  operation.shape = mechanism_shape(saved.mechanism);
  operation.remote = copy.value().operation;
  operation.stage = Stage::streaming;
  return {};
}

}  // namespace

CK_RV get_operation_state(CK_SESSION_HANDLE session, CK_BYTE_PTR state, CK_ULONG_PTR state_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (state_bytes == nullptr) return CKR_ARGUMENTS_BAD;
    return save(module, held, state, *state_bytes);
  });
}

CK_RV set_operation_state(CK_SESSION_HANDLE session, CK_BYTE_PTR state, CK_ULONG state_bytes,
                          CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentication_key) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (state == nullptr) return CKR_ARGUMENTS_BAD;
    if (encryption_key != CK_INVALID_HANDLE || authentication_key != CK_INVALID_HANDLE) {
      return CKR_KEY_NOT_NEEDED;
    }
    return restore(module, held, state, state_bytes);
  });
}

}  // namespace coffer::pkcs11
