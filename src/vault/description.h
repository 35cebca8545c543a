// Description: objects that every token shows of itself - profiles and mechanisms (PKCS#11 3.2, 4.13, 4.14).
// They are made when asked for and kept nowhere.
//
// There are no validation objects (CKO_VALIDATION): Coffer holds no certificate to tell of.
#pragma once

#include <memory>
#include <vector>

#include "vault/object.h"
#include "vault/object_id.h"

namespace coffer::vault {

// descriptions gives the objects of a class that a token shows of itself, in order of their ids; none for
// other classes. A search that names no class does not find them, as with hardware features (4.3). Mechanisms
// that do nothing but what is outdated are there when the token permits that.
std::vector<std::shared_ptr<const Object>> descriptions(const record::PartitionTag& partition,
                                                        std::uint64_t object_class, bool with_legacy);

// find_description gives one by its id, or null.
std::shared_ptr<const Object> find_description(const record::PartitionTag& partition, const ObjectId& id,
                                               bool with_legacy);

}  // namespace coffer::vault
