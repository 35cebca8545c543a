// Tenant messages: what a token's tenant may take of the vault, and objects that were destroyed and can come
// back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/messages.h"

namespace coffer::wire {

inline constexpr std::uint32_t kTokenRateMax = 1'000'000;
inline constexpr std::uint32_t kUndeleteSecondsMax = 366U * 24 * 3600;

// A guest, who is admitted and not the owner, makes at most kGuestTokensMax tokens, and each begins with a
// policy that permits kGuestObjectsMax objects.
inline constexpr std::size_t kGuestTokensMax = 16;
inline constexpr std::uint64_t kGuestObjectsMax = 10'000;

// TokenPolicy bounds a token. A member that is zero bounds nothing; without a window, what is destroyed is
// gone.
struct TokenPolicy {
  std::uint64_t objects_max = 0;       // in the token, destroyed ones within their window included
  std::uint32_t rate_max = 0;          // requests in any second
  std::uint32_t applications_max = 0;  // logged in as the token's user
  std::uint32_t undelete_seconds = 0;  // destroyed objects can come back for so long

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.objects_max));
    TRY(visit(in.rate_max));
    TRY(visit(in.applications_max));
    return visit(in.undelete_seconds);
  }
};

// TokenPolicySet replaces a token's policy. For the owner of the vault.
struct TokenPolicySet {
  static constexpr Facts kFacts{Op{151},        "token_policy_set", Holds::nothing,  Again::never,
                                Later::no,      From::here,         Needs::unlocked, Right::owner,
                                "token.policy", Cost::large,        Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  TokenPolicy policy;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    return visit(in.policy);
  }
};

struct TokenPolicyReply {
  TokenPolicy policy;
  std::uint64_t object_count = 0;  // as objects_max counts them
  std::uint32_t application_count = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.policy));
    TRY(visit(in.object_count));
    return visit(in.application_count);
  }
};
// TokenPolicyShow asks for a token's policy and how much of it is used up.
struct TokenPolicyShow {
  static constexpr Facts kFacts{Op{152},   "token_policy_show", Holds::nothing,  Again::yes,
                                Later::no, From::anywhere,      Needs::unlocked, Right::everybody,
                                "",        Cost::large,         Counted::no};
  using Response = TokenPolicyReply;
  std::uint32_t slot = 0;

  static Status fields(auto& visit, auto& in) { return visit(in.slot); }
};

// DeletedObject is one that was destroyed and can come back.
struct DeletedObject {
  ObjectSummary summary;
  std::string label;
  Buffer key_id;              // CKA_ID
  std::uint64_t deleted = 0;  // seconds since 1970
  std::uint64_t ends = 0;     // then it is erased

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.summary));
    TRY(visit(in.label, kTextBytesMax));
    TRY(visit(in.key_id, kTextBytesMax));
    TRY(visit(in.deleted));
    return visit(in.ends);
  }
};
inline constexpr std::size_t kDeletedMax = 256;  // in one reply
struct KeyDeletedReply {
  std::vector<DeletedObject> objects;  // in order of their ids
  bool more = false;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.objects, kDeletedMax));
    return visit(in.more);
  }
};
// KeyDeleted lists a token's destroyed objects from the one behind `after` on. For its security officer.
struct KeyDeleted {
  static constexpr Facts kFacts{Op{153},       "key_deleted",  Holds::nothing,  Again::yes,
                                Later::no,     From::anywhere, Needs::unlocked, Right::officer,
                                "key.deleted", Cost::large,    Counted::no};
  using Response = KeyDeletedReply;
  std::uint32_t slot = 0;
  std::optional<ObjectId> after;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    return visit(in.after);
  }
};

// KeyUndelete brings a destroyed object back as it was. For the token's security officer.
struct KeyUndelete {
  static constexpr Facts kFacts{Op{154},        "key_undelete", Holds::nothing,  Again::never,
                                Later::no,      From::anywhere, Needs::unlocked, Right::officer,
                                "key.undelete", Cost::desk,     Counted::no};
  using Response = Empty;
  std::uint32_t slot = 0;
  ObjectId id{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    return visit(in.id);
  }
};

}  // namespace coffer::wire
