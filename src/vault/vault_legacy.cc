// Vault: the outdated mechanisms - DES3, MD5, raw RSA, signing with SHA-1 - of tokens whose officer permits
// them.
#include "codec/binary.h"
#include "crypto/operation.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

wire::MechanismsReply mechanisms_of(bool with_legacy) {
  wire::MechanismsReply reply;
  for (const crypto::Mechanism& each : crypto::mechanisms()) {
    const std::uint32_t uses = with_legacy ? each.uses : each.uses & ~each.legacy;
    if (uses == 0) continue;
    reply.mechanisms.push_back({.number = each.number,
                                .uses = uses,
                                .size_min = each.size_min,
                                .size_max = each.size_max,
                                .key_type = static_cast<std::uint8_t>(each.key)});
  }
  return reply;
}

}  // namespace

bool Vault::permits_legacy(std::uint32_t slot) const {
  const auto token = realm_->token(slot);
  return token && realm_->legacy(token->partition()->tag).has_value();
}

crypto::Parameters Vault::parameters_of(std::uint32_t slot, const wire::Parameters& from,
                                        std::uint32_t use) const {
  crypto::Parameters parameters = to_crypto(from);
  parameters.legacy = crypto::is_legacy(parameters, use) && permits_legacy(slot);
  return parameters;
}

Status Vault::check_legacy(std::uint32_t slot, std::uint32_t mechanism, std::uint32_t use) const {
  if (!crypto::is_legacy({.mechanism = mechanism}, use) || permits_legacy(slot)) return {};
  return Error{Code::mechanism_invalid, "the mechanism is outdated: 'coffer token legacy' permits it"};
}

std::vector<record::RecordChange> Vault::without_legacy(const Token& token) const {
  std::vector<record::RecordChange> changes;
  if (const auto id = realm_->legacy(token.partition()->tag)) {
    changes.push_back(
        {.remove = true,
         .entry = {.id = *id, .partition = record::kSystemPartition, .object_class = object_class::kLegacy},
         .expected_version = 1,
         .partition = realm_->system(),
         .plaintext = {}});
  }
  return changes;
}

Result<wire::MechanismsReply> Vault::on(Caller& /*caller*/, const wire::Mechanisms& /*request*/) {
  return mechanisms_of(false);
}

Result<wire::MechanismsReply> Vault::on(Caller& /*caller*/, const wire::TokenMechanisms& request) {
  return mechanisms_of(permits_legacy(request.slot));
}

Result<wire::TokenLegacyReply> Vault::on(Caller& caller, const wire::TokenLegacy& request) {
  // Two changes at once would each make a record.
  const std::lock_guard naming(realm_->naming_mutex);
  const auto token = TRY(need_token(request.slot));
  const record::PartitionTag tag = token->partition()->tag;
  const bool is_on = realm_->legacy(tag).has_value();
  if (!request.changes) return wire::TokenLegacyReply{is_on};
  if (role_at(caller.application, *token) != LoginRole::officer) {
    return Error{Code::not_logged_in, "the security officer must be logged in"};
  }
  if (request.turns_on == is_on) return wire::TokenLegacyReply{is_on};
  record::Submission submission{.is_administrators = true};
  ObjectId id{};
  if (request.turns_on) {
    TRY(crypto::random_bytes(id));
    submission.changes.push_back(
        {.remove = false,
         .entry = {.id = id, .partition = record::kSystemPartition, .object_class = object_class::kLegacy},
         .expected_version = 0,
         .partition = realm_->system(),
         .plaintext = SecretBytes::copy_of(codec::encode(LegacyRecord{tag}))});
  } else {
    submission.changes = without_legacy(*token);
  }
  submission.events.push_back({.event = "token.legacy",
                               .who = caller.who(),
                               .slot = request.slot,
                               .more = {{"legacy", request.turns_on ? "on" : "off"}}});
  TRY(committer_.submit_and_wait(std::move(submission)));
  if (request.turns_on) {
    realm_->put_legacy(tag, id);
  } else {
    realm_->remove_legacy(tag);
  }
  return wire::TokenLegacyReply{request.turns_on};
}

}  // namespace coffer::vault
