// Finding a token.
#include "cli/token/find_token.h"

#include <algorithm>

#include "cli/secret_input.h"
#include "wire/operator_messages.h"

namespace coffer::cli {

namespace {

constexpr std::string_view kLabelPrefix = "label:";

// is_called tells whether a token has this name: a number is its slot and nothing else, so that nobody who
// chooses a label takes the name of another token away.
bool is_called(const wire::TokenInfo& token, std::string_view name) {
  if (name.starts_with(kLabelPrefix)) return token.label == name.substr(kLabelPrefix.size());
  const bool is_number = std::ranges::all_of(name, [](char each) { return each >= '0' && each <= '9'; });
  return is_number ? std::to_string(token.slot) == name : token.label == name;
}

}  // namespace

std::string token_name(const wire::TokenInfo& token) {
  return "token '" + token.label + "' in slot " + std::to_string(token.slot);
}

Result<wire::TokenInfo> find_token(Invocation& invocation, Chip& chip, const std::string& name) {
  wire::SlotsReply reply = TRY(chip.call(wire::Slots{}));
  std::erase_if(reply.slots, [](const wire::TokenInfo& slot) { return !slot.initialized; });
  if (name.empty()) {
    if (reply.slots.size() == 1) return reply.slots.front();
    if (reply.slots.empty()) {
      return invocation.fail(Code::not_found, "the vault holds no token", "'coffer token create' makes one");
    }
    return invocation.fail(Code::invalid, "the vault holds several tokens",
                           "choose one with --token; 'coffer token list' shows all");
  }
  std::vector<wire::TokenInfo> found;
  std::ranges::copy_if(reply.slots, std::back_inserter(found),
                       [&name](const wire::TokenInfo& token) { return is_called(token, name); });
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return invocation.fail(Code::not_found, "there is no token '" + name + "'",
                           "'coffer token list' shows all");
  }
  return invocation.fail(Code::invalid, "several tokens are called '" + name + "'",
                         "name the slot, or give the tokens other labels");
}

Status log_in(Invocation& invocation, Chip& chip, const wire::TokenInfo& token) {
  wire::Login request;
  request.slot = token.slot;
  request.user = wire::UserType::user;
  request.pin = TRY(read_secret(invocation, {.what = "PIN of " + token_name(token),
                                             .option = "--pin-file",
                                             .bytes_min = 1,
                                             .bytes_max = wire::kPinBytesMax}));
  TRY(chip.tell(request));
  return {};
}

Status log_in_as_officer(Invocation& invocation, Chip& chip, const wire::TokenInfo& token) {
  wire::Login request;
  request.slot = token.slot;
  request.user = wire::UserType::security_officer;
  request.pin = TRY(read_secret(invocation, {.what = "security officer's PIN of " + token_name(token),
                                             .option = "--so-pin-file",
                                             .bytes_min = 1,
                                             .bytes_max = wire::kPinBytesMax}));
  return chip.tell(request);
}

Status log_in_as_operator(Invocation& invocation, Chip& chip, const wire::TokenInfo& token,
                          const std::string& name) {
  wire::OperatorLogin request;
  request.slot = token.slot;
  request.name = name;
  request.pin = TRY(read_secret(invocation, {.what = "PIN of operator '" + printable(name) + "'",
                                             .option = "--pin-file",
                                             .bytes_min = 1,
                                             .bytes_max = wire::kPinBytesMax}));
  return chip.tell(request);
}

}  // namespace coffer::cli
