// Authority text.
#include "cli/ca/authority_text.h"

#include <algorithm>

#include "ca/ssh_public_key.h"
#include "cli/key/principals.h"

namespace coffer::cli {

namespace {

void write_texts(codec::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void write_options(codec::JsonWriter& json, std::string_view name, const std::vector<wire::Option>& options) {
  json.key(name).begin_array();
  for (const wire::Option& option : options) {
    json.begin_object().field("name", option.name).field("value", option.value).end_object();
  }
  json.end_array();
}

void write_profile(codec::JsonWriter& json, const wire::Profile& profile) {
  json.key("profile").begin_object();
  json.field("lifetime_max_seconds", profile.lifetime_max_seconds);
  json.field("backdate_seconds", profile.backdate_seconds);
  write_texts(json, "principals", profile.principals);
  write_texts(json, "extensions", profile.extensions);
  write_options(json, "extensions_default", profile.extensions_default);
  write_texts(json, "critical_options", profile.critical_options);
  write_options(json, "critical_options_forced", profile.critical_options_forced);
  write_texts(json, "source_addresses", profile.source_addresses);
  write_principals(json, "signers", profile.signers);
  json.end_object();
}

}  // namespace

std::string_view kind_name(wire::AuthorityKind kind) {
  const auto* row = std::ranges::find(kAuthorityKinds, kind, &AuthorityKindName::kind);
  return row == kAuthorityKinds.end() ? std::string_view("unknown") : row->name;
}

std::string_view key_type_name(wire::AuthorityKeyType type) {
  const auto* row = std::ranges::find(kAuthorityKeyTypes, type, &AuthorityKeyTypeName::type);
  return row == kAuthorityKeyTypes.end() ? std::string_view("unknown") : row->name;
}

Result<std::string> public_line(const wire::Authority& authority) {
  return ca::text_line(authority.public_key, authority.name);
}

Status write_authority(codec::JsonWriter& json, const wire::Authority& authority) {
  json.begin_object();
  json.field("name", authority.name);
  json.field("kind", kind_name(authority.kind));
  json.field("type", key_type_name(authority.key_type));
  json.field("public_key", TRY(public_line(authority)));
  json.field("fingerprint", ca::fingerprint(authority.public_key));
  json.field("created", authority.created);
  write_profile(json, authority.profile);
  json.end_object();
  return {};
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

}  // namespace coffer::cli
