// Migration steps: the table. It is defined in a file of its own, so that a test can link a later one.
#include <array>

#include "vault/migration.h"

namespace coffer::vault {

namespace {

// From format 3 on a sealed record's first octet, its version, is authenticated, and so is the mark's.
// Header, head and mark are written anew by every step; all other records follow when they are next written.
Status to_3(MigrationPlan& /*plan*/) { return {}; }

// Format 4 moved files of the directory only.
Status to_4(MigrationPlan& /*plan*/) { return {}; }

// From format 5 on head and mark say where the audit log stood when both were written: every step writes
// the head anew, and the mark follows.
Status to_5(MigrationPlan& /*plan*/) { return {}; }

// From format 6 on grants and the tamper policy name tokens. Those of before are read as what they were, and
// are written so when they are next changed.
Status to_6(MigrationPlan& /*plan*/) { return {}; }

// From format 7 on policies of keys, authorities and the kept backup lock name principals, and wrong PINs are
// counted for each of them. Records of before are read as what they were, and are written so when they are
// next changed; no authority ever is.
Status to_7(MigrationPlan& /*plan*/) { return {}; }

constexpr std::array<MigrationStep, 5> kSteps{{{.from = 2, .run = to_3},
                                               {.from = 3, .run = to_4},
                                               {.from = 4, .run = to_5},
                                               {.from = 5, .run = to_6},
                                               {.from = 6, .run = to_7}}};

}  // namespace

std::span<const MigrationStep> migration_steps() { return kSteps; }

}  // namespace coffer::vault
