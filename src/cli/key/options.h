// Options that the key commands share.
#pragma once

#include "cli/command.h"
#include "wire/operator_messages.h"

namespace coffer::cli {

inline constexpr Option kTokenOption{"--token", "", "LABEL",
                                     "Label or slot of the token (default: the only one there is)"};
inline constexpr Option kPinFileOption{
    "--pin-file", "", "FILE",
    "Read the token's PIN from a file instead of asking for it; '-' is standard "
    "input"};
inline constexpr Option kOperatorOption{.name = "--operator",
                                        .argument = "NAME",
                                        .help = "Log in as this operator of the token instead of its user",
                                        .limit = {.bytes = wire::kOperatorNameBytesMax}};
inline constexpr Option kLabelOption{"--label", "", "LABEL", "Label of the key"};
inline constexpr Option kIdOption{"--id", "", "HEX", "CKA_ID of the key, in hexadecimal digits"};
inline constexpr Option kInputOption{"--in", "", "FILE",
                                     "Read the data from a file (default: standard input)"};
inline constexpr Option kOutputOption{"--output", "-o", "FILE",
                                      "Write the result to a file (default: standard output)"};
inline constexpr Option kLoginOption{"--login", "", "", "Ask for the PIN, to see private keys too"};

}  // namespace coffer::cli
