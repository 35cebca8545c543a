// C_GetSlotList, C_GetSlotInfo, C_GetTokenInfo, C_GetMechanismList, C_GetMechanismInfo, C_InitToken,
// C_InitPIN, C_SetPIN (PKCS#11 3.2, 5.5).
#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/mechanism.h"
#include "pkcs11/patience.h"
#include "pkcs11/text.h"

namespace coffer::pkcs11 {

namespace {

constexpr std::size_t kTokenLabelBytes = 32;

// Finds a slot in the chip's newest answer.
Result<wire::TokenInfo> find_slot(Module& module, CK_SLOT_ID slot, bool& is_locked) {
  Module::Control control(module);
  const SlotView view = TRY(module.slots(control));
  is_locked = view.is_locked;
  const wire::TokenInfo* found = view.find(slot);
  if (found == nullptr) return Error{Code::slot_invalid, "no such slot"};
  return *found;
}

// Finds a slot whose token is present: the vault is not locked.
Answer find_present(Module& module, CK_SLOT_ID slot, wire::TokenInfo& found) {
  bool is_locked = false;
  auto info = find_slot(module, slot, is_locked);
  if (!info.ok()) return view_answer(info.error());
  if (is_locked) return CKR_TOKEN_NOT_PRESENT;
  found = std::move(info).value();
  return {};
}

CK_FLAGS pin_flags(std::uint8_t tries_left, std::uint8_t tries_max, CK_FLAGS low, CK_FLAGS final_try,
                   CK_FLAGS locked) {
  CK_FLAGS flags = 0;
  if (tries_left < tries_max) flags |= low;
  if (tries_left == 1) flags |= final_try;
  if (tries_left == 0) flags |= locked;
  return flags;
}

CK_FLAGS token_flags(const wire::TokenInfo& token) {
  CK_FLAGS flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_DUAL_CRYPTO_OPERATIONS | CKF_ASYNC_SESSION_SUPPORTED;
  if (!token.initialized) return flags;
  flags |= CKF_TOKEN_INITIALIZED;
  flags |= pin_flags(token.officer_tries_left, token.tries_max, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY,
                     CKF_SO_PIN_LOCKED);
  if (!token.user_pin_set) return flags;
  flags |= CKF_USER_PIN_INITIALIZED;
  return flags | pin_flags(token.user_tries_left, token.tries_max, CKF_USER_PIN_COUNT_LOW,
                           CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED);
}

Answer list_slots(Module& module, bool token_present, CK_SLOT_ID* slots, CK_ULONG& count) {
  Module::Control control(module);
  const auto view = module.slots(control);
  std::vector<CK_SLOT_ID> listed;
  // A vault that does not answer has no slots: the application may go on without us.
  if (view.ok() && !(token_present && view.value().is_locked)) {
    for (const wire::TokenInfo& each : view.value().slots) listed.push_back(each.slot);
  }
  const CK_ULONG room = count;
  count = listed.size();
  if (slots == nullptr) return {};
  if (room < listed.size()) return CKR_BUFFER_TOO_SMALL;
  std::ranges::copy(listed, slots);
  return {};
}

Answer list_mechanisms(Module& module, CK_SLOT_ID slot, CK_MECHANISM_TYPE* mechanisms, CK_ULONG& count) {
  wire::TokenInfo token;
  TRY(find_present(module, slot, token));
  Module::Control control(module);
  const auto table = TRY(module.mechanisms(control.link(), slot));
  const CK_ULONG room = count;
  count = table.size();
  if (mechanisms == nullptr) return {};
  if (room < table.size()) return CKR_BUFFER_TOO_SMALL;
  std::ranges::transform(table, mechanisms, &wire::MechanismInfo::number);
  return {};
}

Answer describe_mechanism(Module& module, CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO& info) {
  wire::TokenInfo token;
  TRY(find_present(module, slot, token));
  Module::Control control(module);
  const auto table = TRY(module.mechanisms(control.link(), slot));
  const auto found = std::ranges::lower_bound(table, type, {}, &wire::MechanismInfo::number);
  if (found == table.end() || found->number != type) return CKR_MECHANISM_INVALID;
  info.ulMinKeySize = found->size_min;
  info.ulMaxKeySize = found->size_max;
  info.flags = found->uses | curve_flags(found->key_type) | message_flags(mechanism_shape(type), found->uses);
  return {};
}

bool is_pin_length(CK_ULONG pin_bytes) {
  return pin_bytes >= wire::kPinBytesMin && pin_bytes <= wire::kPinBytesMax;
}

SecretBytes pin_of(const CK_UTF8CHAR* pin, CK_ULONG pin_bytes) {
  return SecretBytes::copy_of({pin, pin_bytes});
}

Answer make_token(Module& module, CK_SLOT_ID slot, const CK_UTF8CHAR* pin, CK_ULONG pin_bytes,
                  const CK_UTF8CHAR* label) {
  if (!is_pin_length(pin_bytes)) return CKR_PIN_LEN_RANGE;
  wire::TokenInfo found;
  TRY(find_present(module, slot, found));
  Token* token = module.tokens().make(found.slot);
  if (token == nullptr) return CKR_SLOT_ID_INVALID;
  const std::scoped_lock lock(token->mutex);
  if (token->session_count() != 0) return CKR_SESSION_EXISTS;
  std::string_view name = as_text({label, kTokenLabelBytes});
  name = name.substr(0, name.find_last_not_of(' ') + 1);
  wire::InitToken request;
  request.slot = found.slot;
  request.officer_pin = pin_of(pin, pin_bytes);
  request.label = std::string(name);
  const Status made = with_patience([&] {
    Module::Control control(module);
    return module.tell(control.link(), request);
  });
  if (!made.ok()) return token_answer(made);
  Module::Control control(module);
  module.objects().forget_slot(found.slot);
  static_cast<void>(module.slots(control).ok());  // The next free slot has appeared.
  return {};
}

Result<wire::LoginReply> renew_login(Module& module, Session& session, LoginState state,
                                     const std::string& name, Bytes pin) {
  if (!name.empty()) {
    wire::OperatorLogin request;
    request.slot = session.slot;
    request.name = name;
    request.pin = SecretBytes::copy_of(pin);
    return module.ask(session.link, request);
  }
  wire::Login request;
  request.slot = session.slot;
  request.user = state == LoginState::officer ? wire::UserType::security_officer : wire::UserType::user;
  request.pin = SecretBytes::copy_of(pin);
  return module.ask(session.link, request);
}

Answer change_pin(Module& module, Session& session, Bytes old_pin, Bytes new_pin) {
  if (!session.is_read_write) return CKR_SESSION_READ_ONLY;
  if (!is_pin_length(new_pin.size())) return CKR_PIN_LEN_RANGE;
  if (old_pin.size() > wire::kPinBytesMax) return CKR_PIN_INCORRECT;
  wire::SetPin request;
  request.slot = session.slot;
  request.old_pin = SecretBytes::copy_of(old_pin);
  request.new_pin = SecretBytes::copy_of(new_pin);
  const Answer changed = with_patience([&] { return module.tell(session.link, request); });
  if (!changed.ok()) return changed;
  // The change made the ticket of this login void: the new PIN gives a new one.
  Token& token = *module.tokens().find(session.slot);
  const std::scoped_lock lock(token.mutex);
  const LoginState state = token.login();
  if (state == LoginState::nobody) return {};
  const std::string name = token.name();
  const auto reply = renew_login(module, session, state, name, new_pin);
  if (reply.ok()) token.set_login(state, reply.value().ticket, name);
  return {};
}

Answer make_pin(Module& module, Session& session, const CK_UTF8CHAR* pin, CK_ULONG pin_bytes) {
  if (!is_pin_length(pin_bytes)) return CKR_PIN_LEN_RANGE;
  const Token* token = module.tokens().find(session.slot);
  if (token->login() != LoginState::officer) return CKR_USER_NOT_LOGGED_IN;
  wire::InitPin request;
  request.slot = session.slot;
  request.pin = pin_of(pin, pin_bytes);
  return module.tell(session.link, request);
}

}  // namespace

CK_RV get_slot_list(CK_BBOOL token_present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count) {
  return with_module([&](Module& module) -> Answer {
    if (count == nullptr) return CKR_ARGUMENTS_BAD;
    return list_slots(module, token_present != CK_FALSE, slots, *count);
  });
}

CK_RV get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info) {
  return with_module([&](Module& module) -> Answer {
    if (info == nullptr) return CKR_ARGUMENTS_BAD;
    bool is_locked = false;
    const auto found = find_slot(module, slot, is_locked);
    if (!found.ok()) return view_answer(found.error());
    *info = CK_SLOT_INFO{};
    write_padded(info->slotDescription, "Coffer slot " + std::to_string(slot));
    write_padded(info->manufacturerID, kManufacturer);
    info->flags = is_locked ? 0 : CKF_TOKEN_PRESENT;
    info->firmwareVersion = kLibraryVersion;
    return {};
  });
}

CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  return with_module([&](Module& module) -> Answer {
    if (info == nullptr) return CKR_ARGUMENTS_BAD;
    wire::TokenInfo found;
    TRY(find_present(module, slot, found));
    *info = CK_TOKEN_INFO{};
    write_padded(info->label, found.label);
    write_padded(info->manufacturerID, kManufacturer);
    write_padded(info->model, "Coffer");
    write_padded(info->serialNumber, found.initialized ? to_hex(found.serial) : std::string());
    write_padded(info->utcTime, "");
    info->flags = token_flags(found);
    info->ulMaxSessionCount = SessionTable::kSessionsMax;
    info->ulMaxRwSessionCount = SessionTable::kSessionsMax;
    if (const Token* token = module.tokens().find(found.slot)) {
      info->ulSessionCount = token->session_count();
      info->ulRwSessionCount = token->read_write_count();
    }
    info->ulMinPinLen = wire::kPinBytesMin;
    info->ulMaxPinLen = wire::kPinBytesMax;
    info->ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION;
    info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
    info->firmwareVersion = kLibraryVersion;
    return {};
  });
}

CK_RV get_mechanism_list(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR mechanisms, CK_ULONG_PTR count) {
  return with_module([&](Module& module) -> Answer {
    if (count == nullptr) return CKR_ARGUMENTS_BAD;
    return list_mechanisms(module, slot, mechanisms, *count);
  });
}

CK_RV get_mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info) {
  return with_module([&](Module& module) -> Answer {
    if (info == nullptr) return CKR_ARGUMENTS_BAD;
    return describe_mechanism(module, slot, type, *info);
  });
}

CK_RV init_token(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes, CK_UTF8CHAR_PTR label) {
  return with_module([&](Module& module) -> Answer {
    if (pin == nullptr || label == nullptr) return CKR_ARGUMENTS_BAD;
    return make_token(module, slot, pin, pin_bytes, label);
  });
}

CK_RV init_pin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (pin == nullptr) return CKR_ARGUMENTS_BAD;
    return make_pin(module, held, pin, pin_bytes);
  });
}

CK_RV set_pin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin, CK_ULONG old_pin_bytes,
              CK_UTF8CHAR_PTR new_pin, CK_ULONG new_pin_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (old_pin == nullptr || new_pin == nullptr) return CKR_ARGUMENTS_BAD;
    return change_pin(module, held, {old_pin, old_pin_bytes}, {new_pin, new_pin_bytes});
  });
}

}  // namespace coffer::pkcs11
