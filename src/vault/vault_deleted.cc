// Vault: destroyed objects that can come back - their list, their return, and their end.
#include <algorithm>

#include "vault/deleted_object.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr std::size_t kEraseObjects = 1000;  // erased in one submission

constexpr Error kNotDeleted{Code::not_found,
                            "no such object can come back: 'coffer key deleted' lists those that can"};

std::string label_of(const Object& object) {
  const auto label = object.attributes.find(attribute::kLabel).value_or(Bytes());
  return std::string(as_text(label.first(std::min(label.size(), wire::kTextBytesMax))));
}

Buffer key_id_of(const Object& object) {
  const auto id = object.attributes.find(attribute::kId).value_or(Bytes());
  return to_buffer(id.first(std::min(id.size(), wire::kTextBytesMax)));
}

// Between looking at the manifest and reading, an object may have come back or been erased.
bool has_moved_on(const record::Manifests& manifests, const record::ManifestEntry& entry) {
  const auto now = manifests.find(entry.id);
  return !now || now->version != entry.version;
}

}  // namespace

Result<wire::KeyDeletedReply> Vault::on(Caller& caller, const wire::KeyDeleted& request) {
  const std::shared_ptr<Token>& token = caller.token;
  const Timestamp now = clock_.now();
  record::Filter filter{
      .partition = token->partition()->tag, .object_class = object_class::kDeleted, .after = request.after};
  wire::KeyDeletedReply reply;
  for (bool searching = true; searching;) {
    const auto entries = realm_->manifests().list(filter, wire::kDeletedMax);
    searching = entries.size() == wire::kDeletedMax;
    for (const record::ManifestEntry& entry : entries) {
      filter.after = entry.id;
      if (entry.key_type <= now) continue;
      reply.more = reply.objects.size() == wire::kDeletedMax;
      if (reply.more) return reply;
      const auto plaintext = realm_->read_record(entry, token->partition()->key);
      if (!plaintext.ok() && has_moved_on(realm_->manifests(), entry)) continue;
      if (!plaintext.ok()) return plaintext.error();
      const OpenedDeleted opened = TRY(open_deleted(entry, plaintext.value()));
      reply.objects.push_back({.summary = opened.object.summary,
                               .label = label_of(opened.object),
                               .key_id = key_id_of(opened.object),
                               .deleted = opened.deleted,
                               .ends = opened.ends});
    }
  }
  return reply;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::KeyUndelete& request) {
  const std::shared_ptr<Token>& token = caller.token;
  const auto entry = realm_->manifests().find(request.id);
  if (!entry || entry->partition != token->partition()->tag ||
      entry->object_class != object_class::kDeleted || entry->key_type <= clock_.now()) {
    return kNotDeleted;
  }
  const auto plaintext = realm_->read_record(*entry, token->partition()->key);
  if (!plaintext.ok() && has_moved_on(realm_->manifests(), *entry)) return kNotDeleted;
  if (!plaintext.ok()) return plaintext.error();
  OpenedDeleted opened = TRY(open_deleted(*entry, plaintext.value()));
  realm_->name_principals(opened.object);
  opened.object.version = entry->version + 1;
  TRY(replace_object(caller, *token, std::move(opened.object), {.event = "object.undelete"}));
  return wire::Empty{};
}

std::optional<std::uint32_t> Vault::slot_of(const record::PartitionTag& partition) const {
  for (const auto& token : realm_->tokens()) {
    if (token->partition()->tag == partition) return token->slot();
  }
  return std::nullopt;
}

// erase_ended is called after requests, with world_: one read when there is nothing to erase.
void Vault::erase_ended() {
  const record::Manifests& manifests = realm_->manifests();
  // The clock is watched as long as it matters, also when nothing has ended.
  if (!manifests.has_deleted() || !settled_clock_.is_settled()) return;
  if (!manifests.has_ended(clock_.now()) || is_erasing_.exchange(true)) return;
  record::Submission submission{.is_administrators = true};
  for (const record::ManifestEntry& entry : manifests.ended(clock_.now(), kEraseObjects)) {
    submission.changes.push_back({.remove = true,
                                  .entry = entry,
                                  .expected_version = entry.version,
                                  .partition = nullptr,
                                  .plaintext = {}});
    submission.events.push_back(
        {.event = "object.erase", .slot = slot_of(entry.partition), .object = entry.id});
  }
  // One that came back or went meanwhile fails all of them: the next request tries again.
  submission.completion = record::make_completion([this](Status /*status*/) { is_erasing_ = false; });
  committer_.submit(std::move(submission));
}

}  // namespace coffer::vault
