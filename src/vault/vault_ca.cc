// Vault: certificate authorities. The chip assembles, checks and signs a certificate itself; the key signs
// nothing else.
#include <algorithm>

#include "ca/authority.h"
#include "ca/profile.h"
#include "ca/ssh_public_key.h"
#include "codec/binary.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

Status check_name(const std::string& name) {
  const bool fits = !name.empty() && std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.';
  });
  if (!fits) return Error{Code::invalid, "an authority's name has letters, digits, '-', '_' and '.' only"};
  return {};
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) {
    if (!all.empty()) all += ',';
    all += text;
  }
  return all;
}

}  // namespace

Result<std::shared_ptr<const LoadedAuthority>> Vault::need_authority(const std::string& name) const {
  if (auto authority = realm_->authority(name)) return authority;
  return Error{Code::not_found, "there is no such certificate authority: 'coffer ca list' shows them"};
}

Result<wire::AuthorityReply> Vault::on(Caller& caller, const wire::CaCreate& request) {
  TRY(check_name(request.name));
  TRY(ca::check_profile(request.profile, request.kind));
  const std::lock_guard naming(realm_->naming_mutex);
  if (realm_->authority(request.name)) return Error{Code::exists, "an authority of this name exists"};
  if (realm_->authorities().size() >= wire::kAuthoritiesMax)
    return Error{Code::limit, "the vault has 1024 authorities, which is the most"};
  auto loaded = std::make_shared<LoadedAuthority>();
  loaded->key = TRY(ca::generate_authority_key(request.key_type));
  loaded->authority = {.name = request.name,
                       .kind = request.kind,
                       .key_type = request.key_type,
                       .public_key = TRY(ca::authority_public_blob(loaded->key)),
                       .profile = request.profile,
                       .created = clock_.now()};
  loaded->version = 1;
  TRY(crypto::random_bytes(loaded->id));
  AuthorityRecord record{loaded->authority, loaded->key.pkcs8()};
  codec::WipingBuffer plaintext;
  codec::encode_secret_into(record, plaintext.octets);
  record::Submission submission{.is_administrators = true};
  submission.changes.push_back({.remove = false,
                                .entry = {.id = loaded->id,
                                          .partition = record::kSystemPartition,
                                          .object_class = object_class::kAuthority},
                                .expected_version = 0,
                                .partition = realm_->system(),
                                .plaintext = SecretBytes::copy_of(plaintext.octets)});
  submission.events.push_back(
      {.event = "ca.create",
       .who = caller.who(),
       .object = loaded->id,
       .more = {{"authority", request.name},
                {"lifetime_max", std::to_string(request.profile.lifetime_max_seconds)}}});
  TRY(committer_.submit_and_wait(std::move(submission)));
  realm_->put_authority(loaded);
  return wire::AuthorityReply{loaded->authority};
}

Result<wire::AuthorityReply> Vault::on(Caller& /*caller*/, const wire::CaShow& request) {
  return wire::AuthorityReply{TRY(need_authority(request.name))->authority};
}

Result<wire::CaListReply> Vault::on(Caller& /*caller*/, const wire::CaList& /*request*/) {
  wire::CaListReply reply;
  for (const auto& each : realm_->authorities()) reply.authorities.push_back(each->authority);
  return reply;
}

void Vault::on(Caller& caller, const wire::CaSignSsh& request, wire::Reply reply) {
  const auto found = need_authority(request.name);
  if (!found.ok()) return reply.fail(found.error());
  const LoadedAuthority& authority = *found.value();
  record::AuditEvent event{.event = "ca.sign",
                           .who = caller.who(),
                           .object = authority.id,
                           .more = {{"authority", request.name},
                                    {"key_id", request.key_id},
                                    {"principals", joined(request.principals)},
                                    {"subject", ca::fingerprint(request.public_key)},
                                    {"lifetime", std::to_string(request.lifetime_seconds)}}};
  const auto& signers = authority.authority.profile.signers;
  auto issued = caller.connection.is_owner() || std::ranges::find(signers, *caller.who()) != signers.end()
                    ? ca::issue_ssh(authority.key, authority.authority, request, clock_.now())
                    : Result<wire::CertificateReply>(
                          Error{Code::denied, "the authority's profile does not name this user as a signer"});
  record::Submission submission;
  if (!issued.ok()) {
    event.result = issued.error().code;
    submission.events.push_back(std::move(event));
    submission.completion =
        record::make_completion([error = issued.error(), answer = std::move(reply)](Status status) mutable {
          answer.fail(status.ok() ? error : status.error());
        });
  } else {
    event.more.emplace_back("serial", std::to_string(issued.value().serial));
    event.more.emplace_back("valid_before", std::to_string(issued.value().valid_before));
    submission.events.push_back(std::move(event));
    submission.completion =
        answering(std::move(reply), codec::encode(issued.value()), {}, caller.connection.budget());
    if (!submission.completion) return;
  }
  committer_.submit(std::move(submission));
}

}  // namespace coffer::vault
