// New objects: how they start, before they have their key (PKCS#11 3.0, 4.1 and 4.7-4.10).
#pragma once

#include <optional>

#include "vault/identity.h"
#include "vault/object.h"

namespace coffer::vault {

// is_key and has_secret tell about a CKO_: whether it is a key, and whether it holds a secret.
bool is_key(std::uint32_t object_class);
bool has_secret(std::uint32_t object_class);

// is_shown tells whether who is logged in so, or nobody, sees an object: what is private to the user, and
// secret keys to the security officer too, who may trust them.
bool is_shown(const wire::ObjectSummary& object, std::optional<LoginRole> role);

// needs_login tells whether an object is used by who is logged in: it is private, or a token's key.
bool needs_login(const Object& object);

// store_attributes copies what an object keeps of a checked template: everything but the key itself.
void store_attributes(const wire::Template& from, std::uint32_t object_class, AttributeSet& to);

// new_object checks a template and starts an object of it, without its key.
Result<Object> new_object(const wire::Template& attributes, std::uint32_t object_class, Purpose purpose);

// set_key_defaults sets what a key's template left open; `mechanism` is what generated it.
void set_key_defaults(AttributeSet& attributes, std::uint32_t object_class, std::uint32_t key_type,
                      Origin origin, std::uint64_t mechanism);

// check_key_type_of refuses a template that names another CKK_.
Status check_key_type_of(const wire::Template& attributes, std::uint32_t key_type);

}  // namespace coffer::vault
