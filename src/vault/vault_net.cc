// Vault: the network form - who comes through the net door, what such a caller may ask, enrolment,
// revocation.
#include <algorithm>
#include <string_view>

#include "base/secret_room.h"
#include "ca/net_certificate.h"
#include "codec/binary.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr std::string_view kAuthorityName = "coffer net authority";
constexpr std::string_view kServerName = "coffer net server";
constexpr Timestamp kBackdate = 300;  // for clocks that differ a little
constexpr Timestamp kClientLifetime = Timestamp{365} * 86400;
constexpr std::uint32_t kEnrolmentSecondsMax = 86400;
constexpr std::size_t kDoorProtectionsMax = 16;

// What CertificateVerify of a server covers begins so (RFC 8446, 4.4.3); a transcript hash follows.
constexpr std::size_t kHandshakeBlanks = 64;
constexpr std::string_view kHandshakeContext{"TLS 1.3, server CertificateVerify\0", 34};

bool is_server_handshake(Bytes content) {
  const std::size_t prefix = kHandshakeBlanks + kHandshakeContext.size();
  if (content.size() != prefix + 32 && content.size() != prefix + 48) return false;
  const bool blank =
      std::ranges::all_of(content.first(kHandshakeBlanks), [](auto each) { return each == ' '; });
  return blank && equal_public(content.subspan(kHandshakeBlanks, kHandshakeContext.size()),
                               as_bytes(kHandshakeContext));
}

Status check_client_name(const std::string& name) {
  const bool fits = !name.empty() && std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.';
  });
  if (!fits) return Error{Code::invalid, "a client's name has letters, digits, '-', '_' and '.' only"};
  return {};
}

struct Validity {
  Timestamp from = 0;
  Timestamp until = 0;
};

// Clients know a server by its authority's digest, which nobody can exchange: a server that was set up while
// its clock was wrong must not be refused for years. 99991231235959Z is no end (RFC 5280, 4.1.2.5).
constexpr Validity kServerValidity{.from = 0, .until = 253402300799};

Validity client_validity(Timestamp now) {
  return {.from = now - std::min(now, kBackdate), .until = now + kClientLifetime};
}

Result<Buffer> certify(const crypto::PrivateKey& authority, ca::NetPurpose purpose, std::string_view subject,
                       const crypto::PublicKey& key, Validity validity) {
  ca::NetCertificate certificate{.purpose = purpose,
                                 .issuer = std::string(kAuthorityName),
                                 .subject = std::string(subject),
                                 .not_before = validity.from,
                                 .not_after = validity.until,
                                 .public_key = key.spki()};
  TRY(crypto::random_bytes(certificate.serial));
  return ca::issue_net_certificate(authority, certificate);
}

record::RecordChange client_change(const ObjectId& id, const NetClientRecord& record,
                                   std::uint64_t expected_version,
                                   const std::shared_ptr<const record::Partition>& system) {
  return {
      .remove = false,
      .entry = {.id = id, .partition = record::kSystemPartition, .object_class = object_class::kNetClient},
      .expected_version = expected_version,
      .partition = system,
      .plaintext = SecretBytes::copy_of(codec::encode(record))};
}

}  // namespace

Result<std::shared_ptr<wire::ConnectionContext>> Vault::handed_over(Bytes identity) {
  crypto::Digest32 certificate{};
  std::ranges::copy(identity, certificate.begin());
  std::uint32_t uid = owner_uid_;
  Entrance entrance = Entrance::door;
  record::Who who(wire::service_principal("net-door"));
  if (certificate != crypto::Digest32{}) {
    const std::shared_lock lock(world_);
    if (state_ != wire::VaultState::unlocked) return state_error(state_);
    const auto client = realm_->net().find(certificate);
    if (!client || client->record.expires <= clock_.now()) {
      keep_note({.event = "net.refused", .mechanism = {}, .result = Code::denied});
      return Error{Code::denied, "the certificate was revoked or has expired: join again"};
    }
    uid = client->record.number;
    who = client->who();
    entrance = Entrance::net;
  }
  if (entrance == Entrance::net && secret_room() == SecretRoom::scarce) return wire::kNoRoom;
  if (entrance == Entrance::net) {
    const std::lock_guard lock(applications_mutex_);
    if (net_connections_[uid] >= kNetConnectionsMax)
      return Error{Code::limit, "this client has too many connections"};
    ++net_connections_[uid];
  }
  return enter(std::make_shared<Connection>(std::move(who), uid, entrance, certificate));
}

Status Vault::check_admission(const Connection& connection) const {
  if (!connection.is_guest()) return {};
  if (connection.entrance == Entrance::socket)
    return realm_->grant(connection.uid) ? Status{} : Status(kNotAdmitted);
  const auto client = realm_->net().find(connection.certificate);
  if (client && client->record.expires > clock_.now()) return {};
  return Error{Code::denied, "the certificate was revoked or has expired: join again"};
}

Status Vault::check_slot(const Connection& connection, std::uint32_t slot) const {
  if (!connection.is_guest()) return {};
  const auto token = realm_->token(slot);
  if (connection.entrance == Entrance::socket) {
    const auto grant = realm_->grant(connection.uid);
    // A guest makes tokens too, in the slot behind the last one.
    if (grant && (token ? grant->record.may_see(token->id()) : slot == realm_->free_slot())) return {};
  } else {
    const auto client = realm_->net().find(connection.certificate);
    if (client && token && client->may_see(token->id())) return {};
  }
  return Error{Code::slot_invalid, "there is no such slot"};
}

// Of slots without a token there is no end of lines to be had.
Status Vault::need_slot(const Caller& caller, std::uint32_t slot) {
  Status seen = check_slot(caller.connection, slot);
  if (!seen.ok() && realm_->token(slot)) {
    note_refusal(caller, slot, {}, "token.refused", {}, seen.error().code);
  }
  return seen;
}

Result<wire::NetIdentityReply> Vault::on(Caller& caller, const wire::NetEnable& /*request*/) {
  const std::lock_guard naming(realm_->naming_mutex);
  if (const auto keys = realm_->net().keys()) {
    return wire::NetIdentityReply{.authority = keys->authority, .certificate = keys->server};
  }
  const crypto::KeySpec spec{.type = crypto::KeyType::ec, .curve = crypto::Curve::p256};
  auto keys = std::make_shared<NetKeys>();
  keys->authority_key = TRY(crypto::PrivateKey::generate(spec));
  keys->server_key = TRY(crypto::PrivateKey::generate(spec));
  keys->authority = TRY(certify(keys->authority_key, ca::NetPurpose::authority, kAuthorityName,
                                keys->authority_key.public_key(), kServerValidity));
  keys->server = TRY(certify(keys->authority_key, ca::NetPurpose::server, kServerName,
                             keys->server_key.public_key(), kServerValidity));
  const NetKeysRecord record{.authority_key = keys->authority_key.pkcs8(),
                             .server_key = keys->server_key.pkcs8(),
                             .authority = keys->authority,
                             .server = keys->server};
  codec::WipingBuffer plaintext;
  codec::encode_secret_into(record, plaintext.octets);
  ObjectId id{};
  TRY(crypto::random_bytes(id));
  record::Submission submission{.is_administrators = true};
  submission.changes.push_back(
      {.remove = false,
       .entry = {.id = id, .partition = record::kSystemPartition, .object_class = object_class::kNetKeys},
       .expected_version = 0,
       .partition = realm_->system(),
       .plaintext = SecretBytes::copy_of(plaintext.octets)});
  submission.events.push_back({.event = "net.enable", .who = caller.who(), .object = id});
  TRY(committer_.submit_and_wait(std::move(submission)));
  realm_->net().set_keys(keys);
  return wire::NetIdentityReply{.authority = keys->authority, .certificate = keys->server};
}

Result<wire::NetIdentityReply> Vault::on(Caller& /*caller*/, const wire::NetIdentity& /*request*/) {
  const auto keys = TRY(need_net_keys());
  return wire::NetIdentityReply{.authority = keys->authority, .certificate = keys->server};
}

Result<std::shared_ptr<const NetKeys>> Vault::need_net_keys() const {
  if (auto keys = realm_->net().keys()) return keys;
  return Error{Code::not_found, "the network form is off: 'coffer net enable' turns it on"};
}

Result<wire::NetEnrolReply> Vault::on(Caller& caller, const wire::NetEnrol& request) {
  TRY(check_client_name(request.name));
  TRY(need_net_keys());
  if (request.lifetime_seconds == 0 || request.lifetime_seconds > kEnrolmentSecondsMax) {
    return Error{Code::invalid, "a join token lives between a second and a day"};
  }
  const std::lock_guard naming(realm_->naming_mutex);
  if (realm_->net().find(request.name)) {
    return Error{Code::exists, "a client of this name has joined: choose another, or 'coffer net revoke' it"};
  }
  if (realm_->net().count() >= wire::kNetClientsMax)
    return Error{Code::limit, "1024 clients have joined, which is the most: revoke one that is not needed"};
  const std::uint64_t now = clock_.boot_milliseconds();
  NetEnrolment enrolment{.name = request.name,
                         .tokens = {},
                         .ends_boot_milliseconds = now + std::uint64_t{request.lifetime_seconds} * 1000};
  for (const std::uint32_t slot : request.slots) enrolment.tokens.push_back(TRY(need_token(slot))->id());
  wire::NetEnrolReply reply{.expires = clock_.now() + request.lifetime_seconds};
  TRY(crypto::random_bytes(reply.secret));
  TRY(realm_->net().promise(crypto::sha256(reply.secret), std::move(enrolment), now));
  TRY(committer_.submit_and_wait(
      {.events = {{.event = "net.enrol", .who = caller.who(), .more = {{"client", request.name}}}},
       .is_administrators = true}));
  return reply;
}

Result<wire::NetIdentityReply> Vault::on(Caller& /*caller*/, const wire::NetJoin& request) {
  const auto keys = TRY(need_net_keys());
  const std::lock_guard naming(realm_->naming_mutex);
  const Timestamp now = clock_.now();
  const auto enrolment = realm_->net().redeem(crypto::sha256(request.secret), clock_.boot_milliseconds());
  if (!enrolment || realm_->net().find(enrolment->name)) {
    keep_note({.event = "net.join", .mechanism = {}, .result = Code::denied});
    return Error{Code::denied, "the join token is spent, expired or wrong: ask for a new one"};
  }
  const auto key = TRY(crypto::PublicKey::from_spki(request.public_key));
  if (key.curve() != crypto::Curve::p256) return Error{Code::key_type, "a client's key is of P-256"};
  const Buffer certificate =
      TRY(certify(keys->authority_key, ca::NetPurpose::client, enrolment->name, key, client_validity(now)));
  auto client = std::make_shared<LoadedNetClient>();
  client->version = 1;
  client->record = {.name = enrolment->name,
                    .number = realm_->net().next_number(),
                    .certificate = crypto::sha256(certificate),
                    .tokens = enrolment->tokens,
                    .created = now,
                    .expires = client_validity(now).until};
  TRY(crypto::random_bytes(client->id));
  record::Submission submission{.is_administrators = true};
  submission.changes.push_back(client_change(client->id, client->record, 0, realm_->system()));
  submission.events.push_back({.event = "net.join",
                               .who = client->who(),
                               .object = client->id,
                               .more = {{"client", enrolment->name}}});
  TRY(committer_.submit_and_wait(std::move(submission)));
  realm_->net().put(std::move(client));
  return wire::NetIdentityReply{.authority = keys->authority, .certificate = certificate};
}

Result<wire::NetListReply> Vault::on(Caller& /*caller*/, const wire::NetList& /*request*/) {
  wire::NetListReply reply;
  const std::lock_guard lock(applications_mutex_);
  for (const auto& each : realm_->net().list()) {
    const NetClientRecord& record = each->record;
    wire::NetClient client{.name = record.name,
                           .id = each->id,
                           .certificate = record.certificate,
                           .created = record.created,
                           .expires = record.expires};
    for (const auto& token : realm_->tokens()) {
      if (each->may_see(token->id())) client.slots.push_back(token->slot());
    }
    const auto count = net_connections_.find(record.number);
    if (count != net_connections_.end()) client.connections = count->second;
    reply.clients.push_back(std::move(client));
  }
  return reply;
}

Result<wire::Empty> Vault::on(Caller& caller, const wire::NetRevoke& request) {
  const std::lock_guard naming(realm_->naming_mutex);
  const auto client = realm_->net().find(request.name);
  if (!client) return Error{Code::not_found, "there is no such client: 'coffer net list' shows them"};
  auto revoked = std::make_shared<LoadedNetClient>(*client);
  revoked->record.is_revoked = true;
  ++revoked->version;
  record::Submission submission{.is_administrators = true};
  submission.changes.push_back(client_change(client->id, revoked->record, client->version, realm_->system()));
  submission.events.push_back(
      {.event = "net.revoke", .who = caller.who(), .object = client->id, .more = {{"client", request.name}}});
  TRY(committer_.submit_and_wait(std::move(submission)));
  realm_->net().put(std::move(revoked));
  return wire::Empty{};
}

Result<wire::NetSignReply> Vault::on(Caller& /*caller*/, const wire::NetSign& request) {
  if (!is_server_handshake(request.content)) {
    return Error{Code::denied, "the net door's key signs handshakes of a TLS 1.3 server and nothing else"};
  }
  const auto keys = TRY(need_net_keys());
  return wire::NetSignReply{TRY(ca::sign_for_net(keys->server_key, request.content))};
}

Result<wire::NetStandingReply> Vault::on(Caller& /*caller*/, const wire::NetStanding& request) {
  TRY(need_net_keys());
  return wire::NetStandingReply{realm_->net().standing(request.certificate, clock_.now())};
}

Result<wire::Empty> Vault::on(Caller& /*caller*/, const wire::NetProtections& request) {
  if (request.assurance.protections.size() > kDoorProtectionsMax)
    return Error{Code::limit, "the net door has fewer protections than that"};
  const std::lock_guard lock(applications_mutex_);
  door_assurance_ = request.assurance;
  return wire::Empty{};
}

}  // namespace coffer::vault
