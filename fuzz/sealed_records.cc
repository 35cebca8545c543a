// Sealed records: what the chip reads back from the store - headers, records, tickets - before and after
// opening.
#include <algorithm>
#include <array>
#include <type_traits>

#include "fuzz.h"
#include "record/high_water.h"
#include "record/ladder.h"
#include "record/manifest.h"
#include "targets.h"
#include "vault/deleted_object.h"
#include "vault/numbered_principals.h"
#include "vault/object.h"
#include "vault/operator.h"
#include "vault/realm.h"
#include "vault/token.h"

namespace coffer {

namespace {

using fuzzing::round_trip;

// What stands in front of the key in these tests: a key that the fuzzer knows makes every seal a lucky one.
template <typename Key>
Key fixed_key() {
  Key key;
  std::ranges::fill(key.reveal(), std::uint8_t{7});
  return key;
}

const record::SealedFor kPlace{.id = {1}, .type = vault::object_class::kPrivateKey, .version = 3};

// Nobody without the key makes a record that opens; one with the key gets back what was sealed.
Status open_stranger(Bytes octets) {
  const auto key = fixed_key<record::PartitionKey>();
  CHECK(!record::open_record(key, kPlace, octets).ok());
  const auto sealed = record::seal_record(key, kPlace, octets);
  CHECK(sealed.ok());
  const auto opened = record::open_record(key, kPlace, sealed.value());
  CHECK(opened.ok() && equal_secret(opened.value().reveal(), octets));
  record::SealedFor elsewhere = kPlace;
  ++elsewhere.version;
  CHECK(!record::open_record(key, elsewhere, sealed.value()).ok());
  return {};
}

Status open_object(Bytes octets) {
  const record::ManifestEntry entry{.id = {1}, .version = 1, .object_class = vault::object_class::kSecretKey};
  const vault::Object object = TRY(vault::object_of(entry, SecretBytes::copy_of(octets)));
  const SecretBytes again = vault::object_plaintext(object);
  const auto reopened = vault::object_of(entry, again);
  CHECK(reopened.ok());
  for (const auto& attribute : object.attributes.entries()) {
    const auto value = vault::read_attribute(object, attribute.type);
    CHECK(value.state != wire::AttributeState::present || value.value.size() <= wire::kAttributeBytesMax);
  }
  return {};
}

Status open_stranger_deleted(Bytes octets) {
  const record::ManifestEntry entry{.id = {1}, .version = 2, .object_class = vault::object_class::kDeleted};
  const auto opened = vault::open_deleted(entry, SecretBytes::copy_of(octets));
  if (!opened.ok()) return opened.error();
  const auto partition = std::make_shared<const record::Partition>();
  const record::RecordChange change =
      vault::deletion(opened.value().object, partition, opened.value().deleted, 0);
  CHECK(vault::open_deleted(change.entry, change.plaintext).ok());
  return {};
}

Status read_stranger_ticket(Bytes octets) {
  const auto key = fixed_key<record::TicketKey>();
  CHECK(!vault::read_ticket(key, {{SecretBytes::copy_of(octets)}}).ok());
  return round_trip<vault::Ticket>(octets);
}

Status open_stranger_header(Bytes octets) {
  TRY(round_trip<record::RealmHeader>(octets));
  auto header = TRY(codec::decode<record::RealmHeader>(octets));
  // Stretching takes its time; a fuzzer has none.
  if (header.root_of_trust == wire::RootOfTrust::passphrase) header.root_of_trust = wire::RootOfTrust::file;
  CHECK(!record::open_realm_header(fixed_key<record::HostKey>(), header, {}).ok());
  return {};
}

// What names principals is of a format before 7 or of a later one; it is written as the latter.
template <auto decode_either>
Status read_either(Bytes octets) {
  const auto value = TRY(decode_either(octets));
  Buffer again;
  codec::encode_secret_into(value, again);
  CHECK(round_trip<std::remove_const_t<decltype(value)>>(again).ok());
  return {};
}

constexpr auto kChecks = std::to_array<Status (*)(Bytes)>({
    open_stranger_header,
    round_trip<record::Head>,
    round_trip<record::ManifestEntry>,
    round_trip<vault::TokenRecord>,
    read_either<vault::decode_authority>,
    round_trip<vault::GrantRecord>,
    round_trip<record::Mark>,
    read_stranger_ticket,
    open_object,
    open_stranger,
    round_trip<vault::TamperRecord>,
    read_either<vault::decode_backup_lock>,
    round_trip<vault::OperatorRecord>,
    round_trip<vault::TokenPolicyRecord>,
    open_stranger_deleted,
    round_trip<vault::LegacyRecord>,
    read_either<vault::decode_key_policy>,
});

}  // namespace

// The first octet is a letter, 'a' for the first check.
Status fuzz_sealed_records(Bytes input) {
  fuzzing::Input rest(input);
  const std::size_t number = static_cast<std::size_t>(rest.number<std::uint8_t>()) - 'a';
  if (number >= kChecks.size()) return Error{Code::unsupported, "no such check"};
  return kChecks[number](rest.rest());
}

}  // namespace coffer
