// Deleted object: one that was destroyed while its token's policy lets destroyed objects come back. It stays
// sealed, under its id, in a record of a class that nothing but its list and its return opens.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "record/committer.h"
#include "store/store.h"
#include "vault/object.h"

namespace coffer::vault {

// DeletedRecord is a destroyed object as it is sealed. The end of its window is in the manifest.
struct DeletedRecord {
  std::uint64_t deleted = 0;  // seconds since 1970
  SecretBytes plaintext;      // of the object's record

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.deleted));
    return visit(in.plaintext, store::kValueBytesMax);
  }
};

// OpenedDeleted is a destroyed object with what is known about its end.
struct OpenedDeleted {
  Object object;  // of the version of its record
  Timestamp deleted = 0;
  Timestamp ends = 0;
};

// deletion is what to commit to destroy an object that may come back until `ends`.
record::RecordChange deletion(const Object& object, const std::shared_ptr<const record::Partition>& partition,
                              Timestamp now, Timestamp ends);

// open_deleted reads the opened record of a destroyed object.
Result<OpenedDeleted> open_deleted(const record::ManifestEntry& entry, const SecretBytes& plaintext);

}  // namespace coffer::vault
