// Grant: a user of this machine who may use the vault, and the tokens that this user sees.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "record/committer.h"
#include "record/manifest.h"
#include "vault/object_id.h"
#include "vault/token.h"
#include "wire/grant_messages.h"

namespace coffer::vault {

// GrantRecord is a grant as it is sealed.
struct GrantRecord {
  std::uint32_t uid = 0;
  bool sees_all = false;         // it was given before grants named tokens
  std::vector<ObjectId> tokens;  // one that is gone may still be named: no other token gets its id

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.uid));
    TRY(visit(in.sees_all));
    return visit(in.tokens, wire::kGrantTokensMax);
  }
  [[nodiscard]] bool may_see(const ObjectId& token) const;
};

// decode_grant reads one; those of before format 6 are a user's number, and see all tokens.
Result<GrantRecord> decode_grant(Bytes plaintext);

// LoadedGrant is one in memory. It never changes.
struct LoadedGrant {
  ObjectId id{};
  std::uint64_t version = 0;
  GrantRecord record;
};

// next_of is what a grant becomes: the same id, the next version, without the tokens that are gone.
std::shared_ptr<LoadedGrant> next_of(const LoadedGrant& grant,
                                     const std::vector<std::shared_ptr<Token>>& tokens);

// grant_change is what to commit for a grant that was made by next_of(), or is new (version 1); `removes`:
// for it to be no more.
record::RecordChange grant_change(const LoadedGrant& grant, bool removes,
                                  const std::shared_ptr<const record::Partition>& system);

}  // namespace coffer::vault
