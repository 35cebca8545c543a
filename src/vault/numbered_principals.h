// Numbered principals: records of before format 7 named who may do something by 32-bit numbers - users of the
// machine as the kernel does, clients of the network from 0x80000000, operators from 0xC0000000.
//
// A list of principals takes more octets than one of as many numbers, and what is behind either has a length
// of its own: so a record is read as one of the two, the newer first.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "vault/backup_lock.h"
#include "vault/realm.h"
#include "wire/policy_messages.h"
#include "wire/principal.h"

namespace coffer::vault {

// principal_of_number gives one whose id is the number. Of clients and operators that is not the id of their
// record: Realm::name_principals looks that up. One that is gone keeps the number, and nobody is it.
wire::Principal principal_of_number(std::uint32_t number);

// These read a record of either kind. Fail with `malformed`.
Result<wire::KeyPolicy> decode_key_policy(Bytes octets);
Result<AuthorityRecord> decode_authority(Bytes octets);
Result<KeptBackupLock> decode_backup_lock(Bytes octets);

}  // namespace coffer::vault
