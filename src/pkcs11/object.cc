// C_CreateObject, C_CopyObject, C_DestroyObject, C_GetObjectSize, C_GetAttributeValue, C_SetAttributeValue,
// C_FindObjectsInit, C_FindObjects, C_FindObjectsFinal (PKCS#11 3.0, 5.7).
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/new_object.h"
#include "pkcs11/template.h"

namespace coffer::pkcs11 {

namespace {

// kFirstFoundMax bounds the first reply of a search: most searches find one object or two.
constexpr std::uint32_t kFirstFoundMax = 64;

// Finds an object that a session may see.
Answer find_object(Module& module, const Session& session, CK_OBJECT_HANDLE handle, Object& object) {
  const std::optional<Object> found = module.objects().find(handle);
  if (!found || found->slot != session.slot) return CKR_OBJECT_HANDLE_INVALID;
  if (!module.can_see(found->slot, found->summary)) return CKR_OBJECT_HANDLE_INVALID;
  object = *found;
  return {};
}

// Finds an object that a session may change.
Answer find_changeable(Module& module, const Session& session, CK_OBJECT_HANDLE handle, Object& object) {
  TRY(find_object(module, session, handle, object));
  if (object.summary.is_token && !session.is_read_write) return CKR_SESSION_READ_ONLY;
  return {};
}

// Forgets a handle when the chip says that its object is gone.
Answer settle(Module& module, CK_OBJECT_HANDLE handle, const Status& status) {
  if (!status.ok() && status.error().code == Code::not_found) module.objects().forget(handle);
  return status;
}

Answer create(Module& module, Session& session, const CK_ATTRIBUTE* attributes, CK_ULONG count,
              CK_OBJECT_HANDLE& handle) {
  const OwnedTemplate wanted = TRY(read_template(attributes, count));
  const bool is_token = template_bool(wanted.view, CKA_TOKEN).value_or(false);
  TRY(check_new_object(module, session, is_token, template_bool(wanted.view, CKA_PRIVATE).value_or(false)));
  const wire::CreateObject request{session.slot, session.number, wanted.view};
  const auto reply = module.ask(session.link, request, is_token ? Repeat::no : Repeat::yes);
  if (!reply.ok())
    return set_answer(reply.error(), template_ulong(wanted.view, CKA_KEY_TYPE).value_or(CKK_RSA));
  return hand_out_new(module, session, reply.value().object, handle);
}

Answer copy(Module& module, Session& session, CK_OBJECT_HANDLE original, const CK_ATTRIBUTE* attributes,
            CK_ULONG count, CK_OBJECT_HANDLE& handle) {
  const OwnedTemplate wanted = TRY(read_template(attributes, count));
  Object object;
  TRY(find_object(module, session, original, object));
  const bool is_token = template_bool(wanted.view, CKA_TOKEN).value_or(object.summary.is_token);
  TRY(check_new_object(module, session, is_token,
                       template_bool(wanted.view, CKA_PRIVATE).value_or(object.summary.is_private)));
  const wire::CopyObject request{session.slot, session.number, object.summary.id, wanted.view};
  const auto reply = module.ask(session.link, request, is_token ? Repeat::no : Repeat::yes);
  if (!reply.ok()) return settle(module, original, reply.error());
  return hand_out_new(module, session, reply.value().object, handle);
}

Answer destroy(Module& module, Session& session, CK_OBJECT_HANDLE handle) {
  Object object;
  TRY(find_changeable(module, session, handle, object));
  const Status told = module.tell(session.link, wire::DestroyObject{object.slot, object.summary.id});
  if (!told.ok()) return settle(module, handle, told);
  module.objects().forget(handle);
  return {};
}

// Asks for a run of attributes and writes them back. All are written; the first that could not be decides
// `worst`.
Answer read_some(Module& module, Session& session, CK_OBJECT_HANDLE handle, const Object& object,
                 std::span<CK_ATTRIBUTE> attributes, Answer& worst) {
  wire::GetAttributes request{object.slot, object.summary.id, {}};
  for (const CK_ATTRIBUTE& each : attributes) {
    if (is_readable_type(each.type)) request.types.push_back(static_cast<std::uint32_t>(each.type));
  }
  const auto reply = module.ask(session.link, request);
  if (!reply.ok()) return settle(module, handle, reply.error());
  if (reply.value().attributes.size() != request.types.size()) return CKR_DEVICE_ERROR;
  auto value = reply.value().attributes.begin();
  const wire::AttributeValue unknown;
  for (CK_ATTRIBUTE& each : attributes) {
    const Answer written = write_attribute(is_readable_type(each.type) ? *value++ : unknown, each);
    if (worst.ok()) worst = written;
  }
  return {};
}

Answer read_all(Module& module, Session& session, CK_OBJECT_HANDLE handle,
                std::span<CK_ATTRIBUTE> attributes) {
  Object object;
  TRY(find_object(module, session, handle, object));
  Answer worst;
  while (!attributes.empty()) {
    const auto some = attributes.first(std::min<std::size_t>(attributes.size(), wire::kAttributesMax));
    attributes = attributes.subspan(some.size());
    TRY(read_some(module, session, handle, object, some, worst));
  }
  return worst;
}

Answer change(Module& module, Session& session, CK_OBJECT_HANDLE handle, const CK_ATTRIBUTE* attributes,
              CK_ULONG count) {
  const OwnedTemplate wanted = TRY(read_template(attributes, count));
  Object object;
  TRY(find_changeable(module, session, handle, object));
  const auto reply =
      module.ask(session.link, wire::SetAttributes{object.slot, object.summary.id, wanted.view});
  if (!reply.ok()) return settle(module, handle, reply.error());
  module.objects().handle_of(object.slot, reply.value().object);
  return {};
}

// Asks for the next objects of a search.
Status search_on(Module& module, Session& session, const wire::Find& request) {
  Search& search = session.search;
  const wire::FindReply reply = TRY(module.ask(session.link, request));
  search.found.clear();
  search.next = 0;
  search.has_more = reply.more && !reply.objects.empty();
  for (const wire::ObjectSummary& each : reply.objects) {
    // The chip answers for the application; this process of it may have logged out.
    if (!module.can_see(session.slot, each)) continue;
    const CK_OBJECT_HANDLE handle = module.objects().handle_of(session.slot, each);
    if (handle == CK_INVALID_HANDLE) return Error{Code::limit, "too many objects are in use"};
    search.found.push_back(handle);
  }
  if (search.has_more) search.last = reply.objects.back().id;
  return {};
}

// Keeps a copy of the template for the requests to come; the caller's memory is its own again.
void keep_template(Search& search, const wire::Template& wanted) {
  std::size_t total = 0;
  for (const wire::Attribute& each : wanted) total += each.value.size();
  search.octets.reserve(total);
  for (const wire::Attribute& each : wanted) {
    const std::size_t start = search.octets.size();
    append(search.octets, each.value);
    search.attributes.push_back({each.type, Bytes{search.octets}.subspan(start)});
  }
}

Answer start_search(Module& module, Session& session, const CK_ATTRIBUTE* attributes, CK_ULONG count) {
  if (session.search.is_active) return CKR_OPERATION_ACTIVE;
  const OwnedTemplate wanted = TRY(read_template(attributes, count));
  if (module.is_shared()) module.refresh_logins(session.link);
  TRY(search_on(module, session, wire::Find{session.slot, wanted.view, kFirstFoundMax, std::nullopt}));
  if (session.search.has_more) keep_template(session.search, wanted.view);
  session.search.is_active = true;
  return {};
}

Answer take_found(Module& module, Session& session, std::span<CK_OBJECT_HANDLE> objects, CK_ULONG& count) {
  Search& search = session.search;
  if (!search.is_active) return CKR_OPERATION_NOT_INITIALIZED;
  count = 0;
  while (count < objects.size()) {
    if (search.next == search.found.size()) {
      if (!search.has_more) break;
      TRY(search_on(module, session,
                    wire::Find{session.slot, search.attributes, wire::kFoundMax, search.last}));
      continue;
    }
    objects[count++] = search.found[search.next++];
  }
  return {};
}

}  // namespace

CK_RV create_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                    CK_OBJECT_HANDLE_PTR object) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (object == nullptr) return CKR_ARGUMENTS_BAD;
    return create(module, held, attributes, count, *object);
  });
}

CK_RV copy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                  CK_ULONG count, CK_OBJECT_HANDLE_PTR copy_handle) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (copy_handle == nullptr) return CKR_ARGUMENTS_BAD;
    return copy(module, held, object, attributes, count, *copy_handle);
  });
}

CK_RV destroy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
  return with_session(session, [&](Module& module, Session& held) { return destroy(module, held, object); });
}

CK_RV get_object_size(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG_PTR size) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (size == nullptr) return CKR_ARGUMENTS_BAD;
    Object found;
    TRY(find_object(module, held, object, found));
    const auto reply = module.ask(held.link, wire::GetAttributes{found.slot, found.summary.id, {}});
    if (!reply.ok()) return settle(module, object, reply.error());
    *size = reply.value().size_bytes;
    return {};
  });
}

CK_RV get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                          CK_ULONG count) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (attributes == nullptr || count == 0) return CKR_ARGUMENTS_BAD;
    return read_all(module, held, object, {attributes, count});
  });
}

CK_RV set_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                          CK_ULONG count) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (attributes == nullptr || count == 0) return CKR_ARGUMENTS_BAD;
    return change(module, held, object, attributes, count);
  });
}

CK_RV find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
  return with_session(
      session, [&](Module& module, Session& held) { return start_search(module, held, attributes, count); });
}

CK_RV find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG count_max,
                   CK_ULONG_PTR count) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (count == nullptr || (objects == nullptr && count_max != 0)) return CKR_ARGUMENTS_BAD;
    return take_found(module, held, {objects, count_max}, *count);
  });
}

CK_RV find_objects_final(CK_SESSION_HANDLE session) {
  return with_session(session, [&](Module&, Session& held) -> Answer {
    if (!held.search.is_active) return CKR_OPERATION_NOT_INITIALIZED;
    held.search.forget();
    return {};
  });
}

}  // namespace coffer::pkcs11
