// Deleted object: its record.
#include "vault/deleted_object.h"

#include <algorithm>
#include <limits>

#include "codec/binary.h"

namespace coffer::vault {

record::RecordChange deletion(const Object& object, const std::shared_ptr<const record::Partition>& partition,
                              Timestamp now, Timestamp ends) {
  const DeletedRecord record{.deleted = now, .plaintext = object_plaintext(object)};
  codec::WipingBuffer buffer;
  codec::encode_secret_into(record, buffer.octets);
  constexpr Timestamp kLast = std::numeric_limits<std::uint32_t>::max();
  return {.remove = false,
          .entry = {.id = object.id,
                    .partition = object.partition,
                    .object_class = object_class::kDeleted,
                    .key_type = static_cast<std::uint32_t>(std::min(ends, kLast))},
          .expected_version = object.version,
          .partition = partition,
          .plaintext = SecretBytes::copy_of(buffer.octets)};
}

Result<OpenedDeleted> open_deleted(const record::ManifestEntry& entry, const SecretBytes& plaintext) {
  const auto record = TRY(codec::decode<DeletedRecord>(plaintext.reveal()));
  OpenedDeleted opened;
  opened.object = TRY(object_of(entry, record.plaintext));
  opened.deleted = record.deleted;
  opened.ends = entry.key_type;
  return opened;
}

}  // namespace coffer::vault
