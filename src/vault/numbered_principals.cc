// Numbered principals: the records as they were.
#include "vault/numbered_principals.h"

#include <utility>
#include <vector>

#include "codec/binary.h"
#include "vault/net_clients.h"
#include "wire/limits.h"

namespace coffer::vault {

namespace {

constexpr std::uint32_t kOperatorNumberFirst = 0xC0000000;

std::vector<wire::Principal> principals_of(const std::vector<std::uint32_t>& numbers) {
  std::vector<wire::Principal> principals;
  principals.reserve(numbers.size());
  for (const std::uint32_t number : numbers) principals.push_back(principal_of_number(number));
  return principals;
}

struct NumberedPolicy {
  wire::KeyPolicy policy;
  std::vector<std::uint32_t> principals;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.policy.mechanisms, wire::kPolicyMechanismsMax));
    TRY(visit(in.principals, wire::kPolicyPrincipalsMax));
    return wire::KeyPolicy::terms(visit, in.policy);
  }
};

struct NumberedAuthority {
  AuthorityRecord record;
  std::vector<std::uint32_t> signers;

  static Status fields(auto& visit, auto& in) {
    auto& authority = in.record.authority;
    TRY(visit(authority.name, wire::kAuthorityNameBytesMax));
    TRY(visit(authority.kind));
    TRY(visit(authority.key_type));
    TRY(visit(authority.public_key, wire::kPublicKeyBytesMax));
    TRY(wire::Profile::terms(visit, authority.profile));
    TRY(visit(in.signers, wire::kGrantsMax));
    TRY(visit(authority.created));
    return visit(in.record.key, kAuthorityKeyBytesMax);
  }
};

struct NumberedBackupLock {
  KeptBackupLock lock;
  std::vector<std::uint32_t> operators;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.lock.lock));
    TRY(visit(in.lock.key));
    return visit(in.operators, wire::kGrantsMax);
  }
};

}  // namespace

wire::Principal principal_of_number(std::uint32_t number) {
  if (number < kNetNumberFirst) return wire::user_principal(number);
  return wire::numbered(
      number < kOperatorNumberFirst ? wire::PrincipalKind::client : wire::PrincipalKind::token_operator,
      number);
}

Result<wire::KeyPolicy> decode_key_policy(Bytes octets) {
  if (auto policy = codec::decode<wire::KeyPolicy>(octets); policy.ok()) return policy;
  auto old = TRY(codec::decode<NumberedPolicy>(octets));
  old.policy.principals = principals_of(old.principals);
  return std::move(old.policy);
}

Result<AuthorityRecord> decode_authority(Bytes octets) {
  if (auto record = codec::decode<AuthorityRecord>(octets); record.ok()) return record;
  auto old = TRY(codec::decode<NumberedAuthority>(octets));
  old.record.authority.profile.signers = principals_of(old.signers);
  return std::move(old.record);
}

Result<KeptBackupLock> decode_backup_lock(Bytes octets) {
  if (auto lock = codec::decode<KeptBackupLock>(octets); lock.ok()) return lock;
  auto old = TRY(codec::decode<NumberedBackupLock>(octets));
  old.lock.operators = principals_of(old.operators);
  return std::move(old.lock);
}

}  // namespace coffer::vault
