// Assurance: one line a protection.
#include "cli/assurance.h"

#include <string>

namespace coffer::cli {

void write_assurance(codec::JsonWriter& json, const host::Assurance& assurance) {
  json.key("assurance").begin_array();
  for (const host::Protection& each : assurance.protections) {
    json.begin_object();
    json.field("name", each.name).field("state", to_text(each.state)).field("reason", each.reason);
    json.end_object();
  }
  json.end_array();
}

void print_assurance(Output& output, const host::Assurance& assurance) {
  output.line("");
  Columns columns({"PROTECTION", "STATE", "HOW FAR"});
  for (const host::Protection& each : assurance.protections) {
    columns.add({printable(each.name), std::string(to_text(each.state)), printable(each.reason)});
  }
  columns.print(output);
}

}  // namespace coffer::cli
