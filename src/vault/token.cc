// Token: the sealed token record, and login tickets.
#include "vault/token.h"

#include <algorithm>

#include "codec/binary.h"
#include "vault/attribute.h"
#include "vault/numbered_principals.h"

namespace coffer::vault {

Token::Token(const ObjectId& id, std::uint64_t version, TokenRecord record)
    : id_(id), slot_(record.slot), version_(version), record_(std::move(record)) {
  auto partition = std::make_shared<record::Partition>();
  partition->tag = record_.tag;
  std::ranges::copy(record_.partition_key.reveal(), partition->key.reveal().begin());
  partition_ = std::move(partition);
}

wire::TokenInfo Token::info() const {
  const std::lock_guard lock(mutex_);
  return {.slot = slot_,
          .initialized = true,
          .label = record_.label,
          .serial = record_.serial,
          .user_pin_set = record_.user.is_set,
          .user_tries_left = tries_left(record_.user.failures),
          .officer_tries_left = tries_left(record_.officer.failures),
          .tries_max = kPinTriesMax,
          .created = record_.created,
          .object_count = 0};
}

std::uint32_t Token::login_epoch() const {
  const std::lock_guard lock(mutex_);
  return record_.login_epoch;
}

PinVerifier Token::verifier(wire::UserType user) const {
  const std::lock_guard lock(mutex_);
  return user == wire::UserType::user ? record_.user : record_.officer;
}

SealedTokenPolicy Token::policy() const {
  const std::lock_guard lock(mutex_);
  return policy_;
}

void Token::set_policy(const SealedTokenPolicy& policy) {
  const std::lock_guard lock(mutex_);
  policy_ = policy;
}

record::RecordChange token_change(const ObjectId& id, const TokenRecord& record,
                                  std::uint64_t expected_version,
                                  const std::shared_ptr<const record::Partition>& system) {
  codec::WipingBuffer buffer;
  codec::encode_secret_into(record, buffer.octets);
  return {.remove = false,
          .entry = {.id = id, .partition = record::kSystemPartition, .object_class = object_class::kToken},
          .expected_version = expected_version,
          .partition = system,
          .plaintext = SecretBytes::copy_of(buffer.octets)};
}

record::RecordChange Token::change(wire::UserType user, const PinVerifier& next, bool ends_logins,
                                   const std::shared_ptr<const record::Partition>& system) const {
  const std::lock_guard lock(mutex_);
  TokenRecord record{.slot = record_.slot,
                     .label = record_.label,
                     .serial = record_.serial,
                     .tag = record_.tag,
                     .created = record_.created,
                     .login_epoch = record_.login_epoch + (ends_logins ? 1 : 0),
                     .officer = record_.officer,
                     .user = record_.user};
  std::ranges::copy(record_.partition_key.reveal(), record.partition_key.reveal().begin());
  (user == wire::UserType::user ? record.user : record.officer) = next;
  return token_change(id_, record, version_, system);
}

void Token::changed(wire::UserType user, const PinVerifier& next, bool ends_logins) {
  const std::lock_guard lock(mutex_);
  ++version_;
  if (ends_logins) ++record_.login_epoch;
  (user == wire::UserType::user ? record_.user : record_.officer) = next;
}

record::RecordChange Token::removal(const std::shared_ptr<const record::Partition>& system) const {
  const std::lock_guard lock(mutex_);
  return {.remove = true,
          .entry = {.id = id_, .partition = record::kSystemPartition, .object_class = object_class::kToken},
          .expected_version = version_,
          .partition = system,
          .plaintext = {}};
}

wire::LoginTicket write_ticket(const record::TicketKey& key, const Ticket& ticket) {
  codec::WipingBuffer written;
  Buffer& octets = written.octets;
  octets.push_back(kTicketVersion);
  codec::encode_into(ticket, octets);
  append(octets, crypto::hmac_sha256(key, octets));
  return {{SecretBytes::copy_of(octets)}};
}

namespace {

constexpr std::uint8_t kTicketVersionBefore = 2;

// TicketOf2 is one of before, whose number alone told the kind.
struct TicketOf2 {
  Ticket ticket;
  static Status fields(auto& visit, auto& in) { return Ticket::fields_of_2(visit, in.ticket); }
};

Result<Ticket> read_ticket_of_2(Bytes octets) {
  auto old = TRY(codec::decode<TicketOf2>(octets));
  old.ticket.kind = principal_of_number(old.ticket.uid).kind;
  return old.ticket;
}

}  // namespace

Result<Ticket> read_ticket(const record::TicketKey& key, const wire::LoginTicket& shown) {
  constexpr std::size_t kMacBytes = 32;
  const Bytes octets = shown.reveal();
  if (octets.size() <= kMacBytes) return Error{Code::denied, "the login ticket is not valid"};
  const Bytes body = octets.first(octets.size() - kMacBytes);
  const crypto::Digest32 mac = crypto::hmac_sha256(key, body);
  if (!equal_secret(mac, octets.last(kMacBytes))) return Error{Code::denied, "the login ticket is not valid"};
  // Version 1 had no number in front. An application that logged in before the program was exchanged holds
  // one; no ticket of the one version has a length of the other.
  constexpr std::size_t kOldestBytes = 37;
  constexpr std::size_t kPersonBytes = 16;
  if (body.size() == kOldestBytes || body.size() == kOldestBytes + kPersonBytes) {
    return read_ticket_of_2(body);
  }
  if (body[0] == kTicketVersionBefore) return read_ticket_of_2(body.subspan(1));
  if (body[0] != kTicketVersion) return Error{Code::denied, "the login ticket is not valid"};
  return codec::decode<Ticket>(body.subspan(1));
}

}  // namespace coffer::vault
