// Vault: who is admitted - the owner, the group coffer, granted users - what a Hello makes of a connection,
// and grants.
#include "base/secret_room.h"
#include "codec/binary.h"
#include "crypto/primitives.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

Status check_grant_fits(const GrantRecord& grant) {
  if (grant.tokens.size() <= wire::kGrantTokensMax) return {};
  return Error{Code::limit, "a grant names at most 256 tokens"};
}

std::string words_of(const std::vector<std::uint32_t>& slots) {
  std::string words;
  for (const std::uint32_t slot : slots) words += (words.empty() ? "" : " ") + std::to_string(slot);
  return words;
}

}  // namespace

Status Vault::check_owner(const Caller& caller, std::string_view event) {
  if (caller.connection.is_owner()) return {};
  keep_note({.event = event, .mechanism = {}, .who = caller.who(), .result = Code::denied});
  return Error{Code::denied, "only the owner of the vault may do this"};
}

// A member keeps the group as each of his subordinate users, and would be as many principals.
bool Vault::is_member(const host::Peer& peer) const {
  return group_gid_ && peer.is_in_group(*group_gid_) && !holds(subordinate_users_, peer.uid);
}

Result<std::shared_ptr<wire::ConnectionContext>> Vault::connected(const host::Peer& peer) {
  const AdmittedAs admitted_as =
      peer.uid == owner_uid_ ? AdmittedAs::owner : (is_member(peer) ? AdmittedAs::member : AdmittedAs::guest);
  bool admitted = admitted_as != AdmittedAs::guest;
  if (!admitted && state_ == wire::VaultState::unlocked) {
    const std::shared_lock lock(world_);
    admitted = realm_ != nullptr && realm_->grant(peer.uid) != nullptr;
  }
  if (!admitted) {
    keep_note({.event = "connection.refused",
               .mechanism = {},
               .who = record::Who(wire::user_principal(peer.uid)),
               .result = Code::denied});
    return kNotAdmitted;
  }
  // The owner comes in to see what is the matter.
  if (peer.uid != owner_uid_ && secret_room() == SecretRoom::scarce) return wire::kNoRoom;
  return enter(std::make_shared<Connection>(peer, admitted_as));
}

std::shared_ptr<wire::ConnectionContext> Vault::enter(std::shared_ptr<Connection> connection) {
  const std::lock_guard lock(applications_mutex_);
  connections_.emplace(connection.get(), connection);
  return connection;
}

void Vault::cut_off(const std::function<bool(const Connection&)>& is_meant) {
  std::vector<std::shared_ptr<Connection>> all;  // whoever ends with this, ends without the lock
  {
    const std::lock_guard lock(applications_mutex_);
    for (const auto& [place, weak] : connections_) {
      if (auto connection = weak.lock()) all.push_back(std::move(connection));
    }
  }
  for (const auto& connection : all) {
    if (is_meant(*connection)) connection->end();
  }
}

void Vault::disconnected(const std::shared_ptr<wire::ConnectionContext>& context) {
  auto& connection = static_cast<Connection&>(*context);
  connection.set_application(nullptr);
  pin_desk_.forget(connection.principal(), connection);
  const std::lock_guard lock(applications_mutex_);
  connections_.erase(&connection);
  if (connection.entrance == Entrance::net && --net_connections_[connection.uid] == 0) {
    net_connections_.erase(connection.uid);
  }
  if (connection.entrance == Entrance::door) door_assurance_ = {};
  std::erase_if(applications_, [](const auto& each) { return each.second.expired(); });
}

Result<wire::HelloReply> Vault::on(Connection& connection, wire::Hello& request) {
  if (request.version != wire::kProtocolVersion) {
    return Error{Code::unsupported, "client and chip are of different versions: install the same"};
  }
  std::shared_ptr<Application> application;
  const auto before = connection.application();
  std::vector<std::shared_ptr<Application>> looked_at;  // what ends here, ends without the lock
  const std::lock_guard lock(applications_mutex_);
  if (request.joins) {
    const auto place = applications_.find(crypto::sha256(request.application));
    if (place != applications_.end()) application = place->second.lock();
    // Another user cannot join, even with the right number.
    if (application && application->who() != connection.who) application = nullptr;
  }
  wire::ApplicationId id = std::move(request.application);
  if (!application) {
    TRY(crypto::random_bytes(id));
    application = std::make_shared<Application>(connection.who, connection.uid, TRY(crypto::random_number()),
                                                *shelf_, connection.budget());
    applications_[crypto::sha256(id)] = application;
  }
  connection.set_application(application);
  // One that says Hello again leaves nothing of the application behind that it was.
  if (before && before != application) {
    std::erase_if(applications_, [&before, &looked_at](const auto& each) {
      auto left = each.second.lock();
      const bool is_over = !left || (left == before && before.use_count() == 2);  // here, and in `left`
      if (left && left != before) looked_at.push_back(std::move(left));
      return is_over;
    });
  }
  connection.set_introduced();
  connection.set_share(application->share());
  return wire::HelloReply{.version = wire::kProtocolVersion,
                          .application = std::move(id),
                          .state = state_,
                          .incarnation = incarnation_};
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::Grant& request) {
  const std::lock_guard naming(realm_->naming_mutex);
  const auto present = realm_->grant(request.uid);
  if (!present && !request.admit) return wire::Empty{};
  if (!present && realm_->grant_count() >= wire::kGrantsMax)
    return Error{Code::limit, "4096 users are admitted, which is the most: take a grant back"};
  auto next = next_of(present ? *present : LoadedGrant{.record = {.uid = request.uid}}, realm_->tokens());
  if (!present) TRY(crypto::random_bytes(next->id));
  for (const std::uint32_t slot : request.slots) {
    const auto token = TRY(need_token(slot));
    std::erase(next->record.tokens, token->id());
    if (request.admit) next->record.tokens.push_back(token->id());
  }
  TRY(check_grant_fits(next->record));
  const bool removes = !request.admit && request.slots.empty();
  if (present && !removes && present->record.tokens == next->record.tokens) return wire::Empty{};
  if (!request.admit && !removes && next->record.sees_all) {
    return Error{Code::invalid,
                 "the grant is of all tokens: remove it, and name tokens when it is given anew"};
  }
  record::Submission submission{.is_administrators = true};
  submission.changes.push_back(grant_change(*next, removes, realm_->system()));
  submission.events.push_back({.event = request.admit ? "grant.add" : "grant.remove",
                               .who = caller.who(),
                               .more = {{"user", std::to_string(request.uid)}}});
  if (!request.slots.empty()) submission.events.back().more.emplace_back("slots", words_of(request.slots));
  TRY(committer_.submit_and_wait(std::move(submission)));
  if (removes) {
    realm_->remove_grant(request.uid);
    cut_off([&request](const Connection& each) {
      return each.entrance == Entrance::socket && each.admitted_as == AdmittedAs::guest &&
             each.uid == request.uid;
    });
  } else {
    realm_->put_grant(std::move(next));
  }
  return wire::Empty{};
}

Result<wire::GrantsReply> Vault::on(Caller& /*caller*/, const wire::Grants& request) {
  wire::GrantsReply reply;
  const auto tokens = realm_->tokens();
  for (const auto& grant : realm_->grants(request.from, wire::kGrantsInReplyMax + 1)) {
    reply.more = reply.grants.size() == wire::kGrantsInReplyMax;
    if (reply.more) break;
    wire::GrantInfo info{.uid = grant->record.uid, .sees_all = grant->record.sees_all, .slots = {}};
    for (const auto& token : tokens) {
      if (!info.sees_all && grant->record.may_see(token->id())) info.slots.push_back(token->slot());
    }
    reply.grants.push_back(std::move(info));
  }
  return reply;
}

}  // namespace coffer::vault
