// Registry: the commands, each defined in the file of its name (life/init.cc defines kInit).
#pragma once

#include "cli/command.h"

namespace coffer::cli {

extern const Command kInit, kUp, kDown, kStatus, kLock, kUnlock, kRecover;
extern const Command kGrantAdd, kGrantRemove, kGrantList;
extern const Command kTokenCreate, kTokenList, kTokenDestroy, kTokenPolicy, kTokenLegacy, kTokenPin,
    kTokenTries, kTokenUnlock;
extern const Command kOperatorAdd, kOperatorList, kOperatorRemove, kOperatorUnlock;
extern const Command kKeyGenerate, kKeyList, kKeyShow, kKeyDestroy, kKeySign, kKeyVerify, kKeyEncrypt,
    kKeyDecrypt, kKeyPublic, kKeyPolicy, kKeyDeleted, kKeyUndelete;
extern const Command kCaCreate, kCaShow, kCaList, kCaSign;
extern const Command kAuditShow, kAuditVerify;
extern const Command kBackupKeep, kBackupCreate, kBackupVerify, kBackupRehearse, kBackupRestore;
extern const Command kNetEnable, kNetDisable, kNetEnrollToken, kNetList, kNetRevoke;
extern const Command kLinkJoin, kLinkUp, kLinkDown, kLinkStatus;
extern const Command kTamperShow, kTamperSet, kTamperClear, kTamperDuress, kZeroize;
extern const Command kHelp, kVersionCommand, kCompletion, kMan;

}  // namespace coffer::cli
