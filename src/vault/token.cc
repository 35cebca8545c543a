// Token: PIN verifiers, the sealed token record, and login tickets.
#include "vault/token.h"

#include <algorithm>

#include "codec/binary.h"
#include "vault/attribute.h"

namespace coffer::vault {

namespace {

// One try of a PIN costs about 20 ms. The verifier is sealed like everything else, so stretching only
// protects the PIN itself (people use one in several places) from whoever holds the whole vault open.
constexpr crypto::Argon2Cost kPinCost{.memory_kib = 16 * 1024, .passes = 2};

Result<std::array<std::uint8_t, 32>> verifier_of(const PinKey& key, const std::array<std::uint8_t, 16>& salt,
                                                 const crypto::Argon2Cost& cost, const SecretBytes& pin) {
  struct Stretched : Secret<32> {};
  Stretched stretched;
  TRY(crypto::argon2id(pin, salt, cost, stretched));
  return crypto::hmac_sha256(key, stretched.reveal());
}

}  // namespace

Result<PinVerifier> make_verifier(const PinKey& key, const SecretBytes& pin) {
  if (pin.size() < wire::kPinBytesMin || pin.size() > wire::kPinBytesMax) {
    return Error{Code::pin_length, "a PIN has 4 to 255 characters"};
  }
  PinVerifier made{.is_set = true, .cost = kPinCost};
  TRY(crypto::random_bytes(made.salt));
  made.verifier = TRY(verifier_of(key, made.salt, made.cost, pin));
  return made;
}

Result<bool> check_pin(const PinKey& key, const PinVerifier& verifier, const SecretBytes& pin) {
  const auto tried = TRY(verifier_of(key, verifier.salt, verifier.cost, pin));
  return equal_secret(tried, verifier.verifier);
}

Token::Token(const ObjectId& id, std::uint64_t version, TokenRecord record)
    : id_(id), slot_(record.slot), version_(version), record_(std::move(record)) {
  auto partition = std::make_shared<Partition>();
  partition->tag = record_.tag;
  std::ranges::copy(record_.partition_key.reveal(), partition->key.reveal().begin());
  partition_ = std::move(partition);
}

wire::TokenInfo Token::info() const {
  const std::lock_guard lock(mutex_);
  const auto left = [](const PinVerifier& verifier) {
    return static_cast<std::uint8_t>(kPinTriesMax - std::min(verifier.failures, kPinTriesMax));
  };
  return {.slot = slot_,
          .initialized = true,
          .label = record_.label,
          .serial = record_.serial,
          .user_pin_set = record_.user.is_set,
          .user_tries_left = left(record_.user),
          .officer_tries_left = left(record_.officer),
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

RecordChange token_change(const ObjectId& id, const TokenRecord& record, std::uint64_t expected_version,
                          const std::shared_ptr<const Partition>& system) {
  codec::WipingBuffer buffer;
  codec::encode_secret_into(record, buffer.octets);
  return {.remove = false,
          .entry = {.id = id, .partition = kSystemPartition, .object_class = object_class::kToken},
          .expected_version = expected_version,
          .partition = system,
          .plaintext = SecretBytes::copy_of(buffer.octets)};
}

RecordChange Token::change(wire::UserType user, const PinVerifier& next, bool ends_logins,
                           const std::shared_ptr<const Partition>& system) const {
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

RecordChange Token::removal(const std::shared_ptr<const Partition>& system) const {
  const std::lock_guard lock(mutex_);
  return {.remove = true,
          .entry = {.id = id_, .partition = kSystemPartition, .object_class = object_class::kToken},
          .expected_version = version_,
          .partition = system,
          .plaintext = {}};
}

Buffer write_ticket(const TicketKey& key, const Ticket& ticket) {
  Buffer octets = codec::encode(ticket);
  const crypto::Digest32 mac = crypto::hmac_sha256(key, octets);
  append(octets, mac);
  return octets;
}

Result<Ticket> read_ticket(const TicketKey& key, Bytes octets) {
  constexpr std::size_t kMacBytes = 32;
  if (octets.size() <= kMacBytes) return Error{Code::denied, "the login ticket is not valid"};
  const Bytes body = octets.first(octets.size() - kMacBytes);
  const crypto::Digest32 mac = crypto::hmac_sha256(key, body);
  if (!equal_secret(mac, octets.last(kMacBytes))) return Error{Code::denied, "the login ticket is not valid"};
  return codec::decode<Ticket>(body);
}

}  // namespace coffer::vault
