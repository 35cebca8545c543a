// The chapters of the golden traces: each drives a vault through the requests of one noun.
#pragma once

#include <vector>

#include "tests/traces/trace.h"

namespace coffer::traces {

Chapter authority_chapter();
Chapter backup_chapter();
Chapter channel_chapter();
Chapter hello_chapter();
Chapter life_chapter();
Chapter net_chapter();
Chapter object_chapter();
Chapter once_chapter();
Chapter operation_chapter();
Chapter operator_chapter();
Chapter policy_chapter();
Chapter reach_chapter();
Chapter socket_chapter();
Chapter tamper_chapter();
Chapter tenant_chapter();
Chapter token_chapter();
Chapter use_chapter();
Chapter wrap_chapter();

// all_chapters runs every chapter, in the order of the names.
std::vector<Chapter> all_chapters();

}  // namespace coffer::traces
