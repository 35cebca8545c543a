// AllMessages: the list of every request, for what must treat each of them alike (tests, fuzz targets).
#pragma once

#include <array>
#include <cstddef>

#include "wire/backup_messages.h"
#include "wire/ca_messages.h"
#include "wire/derive_messages.h"
#include "wire/grant_messages.h"
#include "wire/kem_messages.h"
#include "wire/legacy_messages.h"
#include "wire/messages.h"
#include "wire/net_messages.h"
#include "wire/once_messages.h"
#include "wire/operation_messages.h"
#include "wire/operator_messages.h"
#include "wire/policy_messages.h"
#include "wire/tamper_messages.h"
#include "wire/tenant_messages.h"
#include "wire/wrap_messages.h"

namespace coffer::wire {

// MessageList is a list of request types; each states its facts as kFacts and names its reply as Response.
template <typename... Request>
struct MessageList {
  static constexpr std::size_t kCount = sizeof...(Request);
  static constexpr std::array<Op, kCount> kOps{kOp<Request>...};
};

// AllMessages has every request of the headers of messages. A new request is added here.
using AllMessages = MessageList<
    Hello, StatusRequest, Initialize, Unlock, Lock, AcceptRollback, Grant, Grants, AuditHead, Mechanisms,
    AttachRing, ShutDown, Slots, InitToken, Login, Resume, Logout, InitPin, SetPin, DestroyToken,
    CreateObject, CopyObject, DestroyObject, GetAttributes, SetAttributes, Find, GenerateKey, GenerateKeyPair,
    DeriveKey, CloseSession, Sign, Verify, Encrypt, Decrypt, DigestRequest, Random, SeedRandom, Begin,
    BeginSized, Update, Finish, Cancel, CaCreate, CaShow, CaList, CaSignSsh, MakeNonce, SignRecover,
    VerifyRecover, DigestKey, CopyOperation, StartJob, TakeJob, WrapKey, UnwrapKey, AuthorizeUse, Encapsulate,
    Decapsulate, BackupKeep, BackupBegin, BackupRead, BackupRehearse, BackupOpen, BackupWrite, BackupFinish,
    KeyPolicySet, KeyPolicyShow, KeyPolicyExplain, NetEnable, NetEnrol, NetList, NetRevoke, NetIdentity,
    NetJoin, NetSign, TokenPolicySet, TokenPolicyShow, KeyDeleted, KeyUndelete, TamperShow, TamperSet,
    TamperClear, TamperDuress, ZeroizePrepare, Zeroize, OperatorAdd, Operators, OperatorChange, OperatorLogin,
    TokenMechanisms, TokenLegacy, Once, NetProtections, TokenUnlock, TokenTries, NetStanding>;

}  // namespace coffer::wire
