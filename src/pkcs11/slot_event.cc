// C_WaitForSlotEvent: tokens that appear, disappear or are made anew (PKCS#11 3.2, 5.5).
//
// The chip does not call its clients, so a call that blocks asks it now and then. C_Finalize ends it.
#include <poll.h>

#include <algorithm>
#include <optional>

#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/uncancelled.h"

namespace coffer::pkcs11 {

namespace {

constexpr int kPauseMilliseconds = 200;

// Whether a slot shows the same in two views: present or not, and the same token in it.
bool shows_same(const SlotView& before, const SlotView& after, std::uint32_t slot) {
  const wire::TokenInfo* old_token = before.find(slot);
  const wire::TokenInfo* new_token = after.find(slot);
  if (old_token == nullptr || new_token == nullptr) return old_token == new_token;
  return before.is_locked == after.is_locked && old_token->initialized == new_token->initialized &&
         old_token->serial == new_token->serial;
}

// Gives a slot whose event has not been told yet.
std::optional<std::uint32_t> changed_slot(const SlotView& before, const SlotView& after) {
  for (const SlotView* view : {&after, &before}) {
    for (const wire::TokenInfo& each : view->slots) {
      if (!shows_same(before, after, each.slot)) return each.slot;
    }
  }
  return std::nullopt;
}

// Makes `told` show what `after` shows in one slot: that event is told.
void tell(SlotView& told, const SlotView& after, std::uint32_t slot) {
  std::erase_if(told.slots, [slot](const wire::TokenInfo& each) { return each.slot == slot; });
  if (const wire::TokenInfo* token = after.find(slot)) told.slots.push_back(*token);
  told.is_locked = after.is_locked;
}

// Looks once. What the application saw at its first call is where events count from.
Answer look(Module& module, CK_SLOT_ID& slot) {
  Module::Control control(module);
  const auto now = module.slots(control);
  if (!now.ok()) return CKR_NO_EVENT;
  SlotView& told = module.told_slots(control, now.value());
  const auto changed = changed_slot(told, now.value());
  if (!changed) return CKR_NO_EVENT;
  tell(told, now.value(), *changed);
  slot = *changed;
  return {};
}

CK_RV look_once(CK_SLOT_ID* slot) {
  if (slot == nullptr) return CKR_ARGUMENTS_BAD;
  return with_module([slot](Module& module) { return look(module, *slot); });
}

}  // namespace

template <>
constexpr std::string_view kFunctionName<look_once> = "C_WaitForSlotEvent";

// A thread that waits here is cancelled at its next look.
CK_RV wait_for_slot_event(CK_FLAGS flags, CK_SLOT_ID_PTR slot, CK_VOID_PTR reserved) {
  for (;;) {
    const CK_RV looked = uncancelled<look_once>(reserved == nullptr ? slot : nullptr);
    if (looked != CKR_NO_EVENT || (flags & CKF_DONT_BLOCK) != 0) return looked;
    ::poll(nullptr, 0, kPauseMilliseconds);
  }
}

}  // namespace coffer::pkcs11
