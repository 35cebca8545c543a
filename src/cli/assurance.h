// Assurance: how the command line tells which protections a process has.
#pragma once

#include "cli/output.h"
#include "codec/json.h"
#include "host/assurance.h"

namespace coffer::cli {

// write_assurance adds the field "assurance", print_assurance a table.
void write_assurance(codec::JsonWriter& json, const host::Assurance& assurance);
void print_assurance(Output& output, const host::Assurance& assurance);

}  // namespace coffer::cli
