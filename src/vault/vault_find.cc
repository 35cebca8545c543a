// Vault: C_FindObjects - the manifests tell which objects there are, and most of what a search asks about
// them.
#include <algorithm>

#include "codec/hex.h"
#include "vault/description.h"
#include "vault/new_object.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr std::uint64_t kLastNumber = 0xFFFFFFFF;

// Verdict is what a manifest's line says about an object that is searched for.
enum class Verdict : std::uint8_t { differs, matches, unknown };

// is_hashed tells whether the filter has compared this attribute: a hash of 64 bits under a secret key that
// is the same stands for a value that is the same (docs/decisions.md). Of an attribute that is wanted twice
// the filter knows the first.
bool is_hashed(const wire::Template& wanted, const wire::Attribute& attribute) {
  const bool has_hash = attribute.type == attribute::kId || attribute.type == attribute::kLabel ||
                        attribute.type == attribute::kSubject;
  return has_hash && !attribute.value.empty() &&
         &*std::ranges::find(wanted, attribute.type, &wire::Attribute::type) == &attribute;
}

// judge is for lines that have passed the filter of the same template.
Verdict judge(const wire::ObjectSummary& summary, const wire::Template& wanted) {
  Verdict verdict = Verdict::matches;
  for (const wire::Attribute& each : wanted) {
    if (is_hashed(wanted, each)) continue;
    const auto matched = matches_summary(summary, each);
    if (matched == false) return Verdict::differs;
    if (!matched) verdict = Verdict::unknown;
  }
  return verdict;
}

// filter_of narrows a search of manifests to the objects that a template can mean.
record::Filter filter_of(const wire::Template& wanted, const record::PartitionTag& partition,
                         const record::NameKey& names) {
  record::Filter filter{.partition = partition};
  const auto hash = [&](std::uint32_t type) -> std::optional<std::uint64_t> {
    const auto value = template_value(wanted, type);
    if (!value || value->empty()) return std::nullopt;
    return blind_hash(names, partition, type, *value);
  };
  const auto number = [&](std::uint32_t type) -> std::optional<std::uint32_t> {
    const auto value = template_number(wanted, type);
    if (!value) return std::nullopt;
    return static_cast<std::uint32_t>(std::min(*value, kLastNumber));
  };
  filter.id_hash = hash(attribute::kId);
  filter.label_hash = hash(attribute::kLabel);
  filter.subject_hash = hash(attribute::kSubject);
  filter.object_class = number(attribute::kClass);
  filter.key_type = number(attribute::kKeyType);
  return filter;
}

}  // namespace

// entry_of finds the manifest entry of a CKA_UNIQUE_ID; none, or one.
std::vector<record::ManifestEntry> Vault::entry_of(Bytes unique_id,
                                                   const record::PartitionTag& partition) const {
  const auto octets = codec::from_hex(as_text(unique_id));
  ObjectId id{};
  if (!octets.ok() || octets.value().size() != id.size()) return {};
  std::ranges::copy(octets.value(), id.begin());
  const auto entry = realm_->manifests().find(id);
  if (!entry || entry->partition != partition || entry->object_class > object_class::kSecretKey) return {};
  return {*entry};
}

Result<wire::FindReply> Vault::on(Caller& caller, const wire::Find& request) {
  const auto token = TRY(need_token(request.slot));
  const auto role = role_at(caller.application, *token);
  const std::size_t wanted = std::min<std::size_t>(request.count_max, wire::kFoundMax);
  const record::PartitionTag tag = token->partition()->tag;
  std::vector<wire::ObjectSummary> found;
  const auto is_visible = [role](const auto& summary) { return is_shown(summary, role); };
  const auto consider = [&](const Object& object) {
    const bool is_next = !request.after || object.id > *request.after;
    if (is_next && is_visible(object.summary) && matches(object, request.attributes))
      found.push_back(object.summary);
  };
  record::Filter filter = filter_of(request.attributes, tag, realm_->names());
  filter.after = request.after;
  // Of an object that was put away the summary decides, as of a token's; what it cannot tell, the object
  // does.
  const auto needs_opening = [&](const wire::ObjectSummary& summary) {
    if (!is_visible(summary)) return false;
    const Verdict verdict = judge(summary, request.attributes);
    if (verdict == Verdict::matches) found.push_back(summary);
    return verdict == Verdict::unknown;
  };
  TRY(caller.application.objects().search(filter, needs_opening, consider));
  const auto described = descriptions(tag, template_number(request.attributes, attribute::kClass).value_or(0),
                                      permits_legacy(request.slot));
  for (const auto& each : described) consider(*each);
  // CKA_UNIQUE_ID names one object; it is looked up, not searched for.
  const auto unique = template_value(request.attributes, attribute::kUniqueId);
  // One more than fits into an answer tells whether more follow.
  constexpr std::size_t kStep = wire::kFoundMax + 1;
  for (bool searching = true; searching;) {
    const auto entries = unique ? entry_of(*unique, tag) : realm_->manifests().list(filter, kStep);
    for (const record::ManifestEntry& entry : entries) {
      if (entry.object_class == object_class::kDeleted || !needs_opening(summary_of(entry))) continue;
      const auto object = realm_->load_object(*token, entry);
      if (object.ok()) {
        consider(*object.value());
      } else if (object.error().code != Code::not_found) {
        return object.error();
      }
    }
    searching = entries.size() == kStep && found.size() <= wanted;
    if (searching) filter.after = entries.back().id;
  }
  std::ranges::sort(found, {}, &wire::ObjectSummary::id);
  const bool more = found.size() > wanted;
  if (more) found.resize(wanted);
  return wire::FindReply{.objects = std::move(found), .more = more};
}

}  // namespace coffer::vault
