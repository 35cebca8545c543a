// Grant: records of who may use the vault.
#include "vault/grant.h"

#include <algorithm>

#include "codec/binary.h"
#include "vault/attribute.h"

namespace coffer::vault {

namespace {

// A grant of before format 6.
struct Oldest {
  std::uint32_t uid = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.uid); }
};

}  // namespace

bool GrantRecord::may_see(const ObjectId& token) const {
  return sees_all || std::ranges::find(tokens, token) != tokens.end();
}

Result<GrantRecord> decode_grant(Bytes plaintext) {
  if (plaintext.size() != sizeof(std::uint32_t)) return codec::decode<GrantRecord>(plaintext);
  const auto oldest = TRY(codec::decode<Oldest>(plaintext));
  return GrantRecord{.uid = oldest.uid, .sees_all = true, .tokens = {}};
}

std::shared_ptr<LoadedGrant> next_of(const LoadedGrant& grant,
                                     const std::vector<std::shared_ptr<Token>>& tokens) {
  auto next = std::make_shared<LoadedGrant>(grant);
  ++next->version;
  std::erase_if(next->record.tokens, [&tokens](const ObjectId& id) {
    return std::ranges::none_of(tokens, [&id](const auto& token) { return token->id() == id; });
  });
  return next;
}

record::RecordChange grant_change(const LoadedGrant& grant, bool removes,
                                  const std::shared_ptr<const record::Partition>& system) {
  return {
      .remove = removes,
      .entry = {.id = grant.id, .partition = record::kSystemPartition, .object_class = object_class::kGrant},
      .expected_version = grant.version - 1,
      .partition = system,
      .plaintext = removes ? SecretBytes{} : SecretBytes::copy_of(codec::encode(grant.record))};
}

}  // namespace coffer::vault
