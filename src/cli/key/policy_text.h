// Policy text: key policies as people type and read them.
#pragma once

#include <string>
#include <vector>

#include "cli/invocation.h"
#include "cli/key/principals.h"
#include "codec/json.h"
#include "wire/policy_messages.h"

namespace coffer::cli {

// policy_of reads the options of 'coffer key policy set'. Fails when one makes no sense, and when there is
// none.
Result<wire::KeyPolicy> policy_of(Invocation& invocation, const Principals& principals);

// mechanism_number reads a mechanism's name ("ecdsa-sha256").
Result<std::uint32_t> mechanism_number(Invocation& invocation, const std::string& name);

// use_bit reads "sign", "verify", "encrypt", "decrypt", "wrap", "unwrap" or "derive"; 0 for anything else.
std::uint32_t use_bit(std::string_view word);

// parse_hours reads "08:00-18:00" into minutes of the day. Fails with `invalid`.
Status parse_hours(std::string_view text, wire::KeyPolicy& policy);

// parse_days reads "mon,wed" or "mon-fri" into bits. Fails with `invalid`.
Result<std::uint8_t> parse_days(std::string_view text);

// parse_rate reads "10/1m": ten uses in a minute. Fails with `invalid`.
Status parse_rate(std::string_view text, wire::KeyPolicy& policy);

// policy_lines puts a policy into words, a line a rule.
std::vector<std::string> policy_lines(const wire::KeyPolicy& policy, std::uint64_t uses,
                                      const Principals& principals);

// write_policy writes it as fields of the JSON object that is open.
void write_policy(codec::JsonWriter& json, const wire::KeyPolicy& policy, std::uint64_t uses);

}  // namespace coffer::cli
