// Help: the texts of --help, made of the command table.
#pragma once

#include <string>

#include "cli/command.h"

namespace coffer::cli {

// overview is `coffer help`: every command with its summary, by group.
std::string overview();

// group_help is `coffer help key`: the commands of a group.
std::string group_help(const Group& group);

// command_help is `coffer help key sign`: usage, details, operands and options.
std::string command_help(const Command& command);

// operand_text is the help of an operand, with its choices when a placeholder stands for them.
std::string operand_text(const Operand& operand);

// usage_line is "coffer key sign --label LABEL [--in FILE] ...".
std::string usage_line(const Command& command);

}  // namespace coffer::cli
