// C_OpenSession, C_CloseSession, C_CloseAllSessions, C_GetSessionInfo, C_Login, C_LoginUser, C_Logout,
// C_SessionCancel, C_GetFunctionStatus, C_CancelFunction, C_GetSessionValidationFlags
// (PKCS#11 3.2, 5.6, 5.20, 5.22).
#include "pkcs11/session.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/given.h"
#include "pkcs11/patience.h"

namespace coffer::pkcs11 {

namespace {

// Checks that a slot has a token that sessions can be opened with. The chip is asked only about a slot that
// was not known to have one.
Answer check_token(Module& module, CK_SLOT_ID slot) {
  if (module.knows_token(slot)) return {};
  Module::Control control(module);
  const auto view = module.slots(control);
  if (!view.ok()) return view_answer(view.error());
  const wire::TokenInfo* found = view.value().find(slot);
  if (found == nullptr) return CKR_SLOT_ID_INVALID;
  if (view.value().is_locked) return CKR_TOKEN_NOT_PRESENT;
  return found->initialized ? Answer{} : Answer{CKR_TOKEN_NOT_RECOGNIZED};
}

Answer open(Module& module, CK_SLOT_ID slot, bool is_read_write, CK_SESSION_HANDLE& handle) {
  TRY(check_token(module, slot));
  const auto number = static_cast<std::uint32_t>(slot);
  Token* token = module.tokens().make(number);
  if (token == nullptr) return CKR_SLOT_ID_INVALID;
  if (!token->count_in(is_read_write)) return CKR_SESSION_READ_WRITE_SO_EXISTS;
  const auto opened = module.sessions().open(number, is_read_write);
  if (opened) {
    handle = *opened;
    return {};
  }
  const std::scoped_lock lock(token->mutex);
  static_cast<void>(token->count_out(is_read_write));
  return CKR_SESSION_COUNT;
}

CK_STATE state_of(const Session& session, LoginState login) {
  switch (login) {
    case LoginState::officer: return CKS_RW_SO_FUNCTIONS;
    case LoginState::user: return session.is_read_write ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    case LoginState::nobody: break;
  }
  return session.is_read_write ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}

// Finds the operation that waits for a login of its own.
Operation* find_waiting(Session& session) {
  for (std::size_t i = 0; i < kActivityCount && session.knows(static_cast<Activity>(i)); ++i) {
    Operation& operation = session.operation(static_cast<Activity>(i));
    if (operation.is_active() && operation.awaits_login) return &operation;
  }
  return nullptr;
}

// Credentials are what C_Login and C_LoginUser are given.
struct Credentials {
  CK_USER_TYPE user = CKU_USER;
  Bytes pin;
  std::string_view name;  // an operator's; empty: the token's own user or officer
};

// C_Login(CKU_CONTEXT_SPECIFIC): the PIN once more, for one use of a key with CKA_ALWAYS_AUTHENTICATE.
Answer login_for_use(Module& module, Session& session, const Credentials& who) {
  if (!who.name.empty() && who.name != module.tokens().find(session.slot)->name()) {
    return CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
  }
  Operation* waiting = find_waiting(session);
  if (waiting == nullptr) return CKR_OPERATION_NOT_INITIALIZED;
  wire::AuthorizeUse request{waiting->key.slot, waiting->key.summary.id, SecretBytes::copy_of(who.pin)};
  TRY(with_patience([&] { return module.tell(session.link, request); }));
  waiting->awaits_login = false;
  return {};
}

// Asks the chip. Repeated when the chip dies over it: many programs log in once and never again. A right PIN
// clears the count of failures; a wrong one counts once for each time that the chip looked at it.
Result<wire::LoginReply> ask_for_login(Module& module, Session& session, const Credentials& who) {
  if (!who.name.empty()) {
    wire::OperatorLogin request;
    request.slot = session.slot;
    request.name = std::string(who.name);
    request.pin = SecretBytes::copy_of(who.pin);
    return with_patience([&] { return module.ask(session.link, request, Repeat::yes); });
  }
  wire::Login request;
  request.slot = session.slot;
  request.user = who.user == CKU_SO ? wire::UserType::security_officer : wire::UserType::user;
  request.pin = SecretBytes::copy_of(who.pin);
  return with_patience([&] { return module.ask(session.link, request, Repeat::yes); });
}

Answer check_credentials(const Credentials& who) {
  if (who.user != CKU_SO && who.user != CKU_USER && who.user != CKU_CONTEXT_SPECIFIC)
    return CKR_USER_TYPE_INVALID;
  // The officer of a token is one and has no name.
  if (who.user == CKU_SO && !who.name.empty()) return CKR_USER_TYPE_INVALID;
  if (who.pin.data() == nullptr) return CKR_ARGUMENTS_BAD;
  // What is longer than any PIN or any name is nobody's.
  const bool fits = who.pin.size() <= wire::kPinBytesMax && who.name.size() <= wire::kOperatorNameBytesMax;
  return fits ? Answer{} : Answer{CKR_PIN_INCORRECT};
}

// Who is logged in already decides what another login gets.
Answer check_nobody_else(Token& token, LoginState wanted, std::string_view name) {
  const LoginState now = token.login();
  if (now == LoginState::nobody) return {};
  return now == wanted && token.name() == name ? CKR_USER_ALREADY_LOGGED_IN
                                               : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
}

Answer log_in(Module& module, Session& session, const Credentials& who) {
  TRY(check_credentials(who));
  if (who.user == CKU_CONTEXT_SPECIFIC) return login_for_use(module, session, who);
  Token& token = *module.tokens().find(session.slot);
  const std::scoped_lock lock(token.mutex);
  const LoginState wanted = who.user == CKU_SO ? LoginState::officer : LoginState::user;
  // What the parent of a fork left is for the chip to judge: this process may be another user by now.
  if (!token.is_inherited()) TRY(check_nobody_else(token, wanted, who.name));
  if (wanted == LoginState::officer && token.session_count() != token.read_write_count()) {
    return CKR_SESSION_READ_ONLY_EXISTS;
  }
  const auto reply = ask_for_login(module, session, who);
  if (reply.ok()) {
    token.set_login(wanted, reply.value().ticket, who.name);
    return {};
  }
  // The process that this one was forked from, or the other way round, is logged in: so is this one.
  if (reply.error().code == Code::already_logged_in) token.set_login(wanted, wire::LoginTicket(), who.name);
  return reply.error();
}

Answer log_out(Module& module, Session& session) {
  Token& token = *module.tokens().find(session.slot);
  const std::scoped_lock lock(token.mutex);
  if (token.login() == LoginState::nobody) return CKR_USER_NOT_LOGGED_IN;
  token.clear_login();
  // The other processes of a shared application stay logged in.
  if (module.is_shared()) return {};
  const Status told = module.tell(session.link, wire::Logout{session.slot});
  return told.ok() || told.error().code == Code::not_logged_in ? Answer{} : Answer{told};
}

struct CancelFlag {
  CK_FLAGS flag;
  Activity activity;
};
constexpr CancelFlag kCancelFlags[] = {
    {CKF_ENCRYPT, Activity::encrypt},
    {CKF_DECRYPT, Activity::decrypt},
    {CKF_DIGEST, Activity::digest},
    {CKF_SIGN, Activity::sign},
    {CKF_VERIFY, Activity::verify},
    {CKF_VERIFY, Activity::verify_signature},
    {CKF_SIGN_RECOVER, Activity::sign_recover},
    {CKF_VERIFY_RECOVER, Activity::verify_recover},
    {CKF_MESSAGE_ENCRYPT, Activity::message_encrypt},
    {CKF_MESSAGE_DECRYPT, Activity::message_decrypt},
    {CKF_MESSAGE_SIGN, Activity::message_sign},
    {CKF_MESSAGE_VERIFY, Activity::message_verify},
};

}  // namespace

CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR /*application*/, CK_NOTIFY /*notify*/,
                   CK_SESSION_HANDLE_PTR session) {
  return with_module([&](Module& module) -> Answer {
    if ((flags & CKF_SERIAL_SESSION) == 0) return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    if (session == nullptr) return CKR_ARGUMENTS_BAD;
    TRY(open(module, slot, (flags & CKF_RW_SESSION) != 0, *session));
    if ((flags & CKF_ASYNC_SESSION) != 0) module.sessions().lease(*session)->is_async = true;
    return {};
  });
}

CK_RV close_session(CK_SESSION_HANDLE session) {
  return with_module([&](Module& module) -> Answer {
    SessionTable::Lease lease = module.sessions().lease(session);
    if (!lease) return CKR_SESSION_HANDLE_INVALID;
    module.close_session(std::move(lease));
    return {};
  });
}

CK_RV close_all_sessions(CK_SLOT_ID slot) {
  return with_module([&](Module& module) -> Answer {
    if (slot >= wire::kSlotsMax) return CKR_SLOT_ID_INVALID;
    const auto number = static_cast<std::uint32_t>(slot);
    if (module.tokens().find(number) == nullptr) {
      // No session was ever opened there; but is there such a slot?
      const Answer checked = check_token(module, slot);
      return checked.code() == CKR_SLOT_ID_INVALID ? checked : Answer{};
    }
    for (const CK_SESSION_HANDLE handle : module.sessions().handles(number)) {
      SessionTable::Lease lease = module.sessions().lease(handle);
      if (lease) module.close_session(std::move(lease));
    }
    return {};
  });
}

CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (info == nullptr) return CKR_ARGUMENTS_BAD;
    info->slotID = held.slot;
    info->state = state_of(held, module.tokens().find(held.slot)->login());
    info->flags = CKF_SERIAL_SESSION | (held.is_read_write ? CKF_RW_SESSION : 0) |
                  (held.is_async ? CKF_ASYNC_SESSION : 0);
    info->ulDeviceError = 0;
    return {};
  });
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes) {
  return with_session(session, [&](Module& module, Session& held) {
    return log_in(module, held, {.user = user, .pin = {pin, pin_bytes}});
  });
}

CK_RV login_user(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes,
                 CK_UTF8CHAR_PTR name, CK_ULONG name_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (is_missing(name, name_bytes)) return CKR_ARGUMENTS_BAD;
    return log_in(module, held,
                  {.user = user, .pin = {pin, pin_bytes}, .name = as_text(Bytes(name, name_bytes))});
  });
}

CK_RV logout(CK_SESSION_HANDLE session) {
  return with_session(session, [&](Module& module, Session& held) { return log_out(module, held); });
}

CK_RV session_cancel(CK_SESSION_HANDLE session, CK_FLAGS flags) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    for (const CancelFlag& each : kCancelFlags) {
      if ((flags & each.flag) != 0 && held.knows(each.activity)) quit_operation(module, held, each.activity);
    }
    if ((flags & CKF_FIND_OBJECTS) != 0) held.search.forget();
    return {};
  });
}

// Coffer holds no certificate of a validation, so no operation was ever a validated one.
CK_RV get_session_validation_flags(CK_SESSION_HANDLE session, CK_SESSION_VALIDATION_FLAGS_TYPE type,
                                   CK_FLAGS_PTR flags) {
  return with_session(session, [&](Module&, Session&) -> Answer {
    if (flags == nullptr || type != CKS_LAST_VALIDATION_OK) return CKR_ARGUMENTS_BAD;
    *flags = 0;
    return {};
  });
}

CK_RV get_function_status(CK_SESSION_HANDLE) { return CKR_FUNCTION_NOT_PARALLEL; }

CK_RV cancel_function(CK_SESSION_HANDLE) { return CKR_FUNCTION_NOT_PARALLEL; }

}  // namespace coffer::pkcs11
