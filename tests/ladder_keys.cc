// ladder_keys: every key of a vault's ladder, and every private key that is the vault's own, for a story that
// looks for them in memory.
//
// usage: ladder_keys STORE HOST-KEY [PASSPHRASE-FILE]
//        ladder_keys PRIVATE-KEY    a file with PKCS#8 or SEC 1 in DER, such as a link's
// STORE is a copy of store.db. Prints lines "NAME HEX".
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "base/check.h"
#include "codec/hex.h"
#include "host/file.h"
#include "store/sqlite_store.h"
#include "vault/realm.h"

namespace coffer::vault {
namespace {

void show(const std::string& name, Bytes octets) {
  std::printf("%s %s\n", name.c_str(), to_hex(octets).c_str());
}

// Shows the number inside a private key of an elliptic curve: an OCTET STRING of 32 octets. OpenSSL keeps it
// the other way round.
void show_private(const std::string& name, Bytes der) {
  constexpr std::array<std::uint8_t, 2> kMark{0x04, 0x20};
  const auto found = std::ranges::search(der, kMark);
  CHECK(!found.empty() && der.end() - found.end() >= 32);
  Buffer number(found.end(), found.end() + 32);
  show(name, number);
  std::ranges::reverse(number);
  show(name + "-reversed", number);
}

Status show_private_file(const std::string& path) {
  constexpr std::size_t kKeyBytesMax = 4096;
  show_private("private-key", TRY(host::read_secret_file(path, kKeyBytesMax)).reveal());
  return {};
}

Status show_all(const std::string& store_path, const std::string& host_path,
                const std::string& passphrase_path) {
  const auto store = TRY(store::SqliteStore::create(store_path));
  const auto record = TRY(store->get(as_bytes("r")));
  if (!record) return Error{Code::not_found, "the store holds no vault"};
  const record::RealmHeader header = TRY(record::read_realm_header(record->value));
  record::HostKey host;
  const SecretBytes octets = TRY(host::read_secret_file(host_path, record::HostKey::kBytes));
  std::ranges::copy(octets.reveal(), host.reveal().begin());
  SecretBytes passphrase;
  if (!passphrase_path.empty()) {
    constexpr std::size_t kPassphraseBytesMax = 1024;
    passphrase = TRY(host::read_secret_file(passphrase_path, kPassphraseBytesMax));
    if (passphrase.size() > 0 && passphrase.reveal().back() == '\n') passphrase.shrink(passphrase.size() - 1);
  }
  const record::RealmKeys keys = TRY(open_realm_header(host, header, passphrase));
  show("host-key", host.reveal());
  show("root-key", keys.root.reveal());
  show("domain-key", keys.domain.reveal());
  show("mark-key", mark_key(host).reveal());
  show("system-partition-key", system_partition_key(keys.domain).reveal());
  show("name-key", name_key(keys.domain).reveal());
  show("manifest-key", manifest_key(keys.domain).reveal());
  show("ticket-key", ticket_key(keys.domain).reveal());
  show("pin-key", pin_key(keys.domain).reveal());
  show("audit-seed", audit_seed(keys.domain).reveal());
  Realm realm(keys.domain, header.id, *store);
  TRY(realm.load());
  for (const auto& token : realm.tokens()) {
    show("partition-key-of-" + std::to_string(token->slot()), token->partition()->key.reveal());
  }
  for (const auto& authority : realm.authorities()) {
    show_private("authority-key-of-" + authority->authority.name, authority->key.pkcs8().reveal());
  }
  if (const auto net = realm.net().keys()) {
    show_private("net-authority-key", net->authority_key.pkcs8().reveal());
    show_private("net-server-key", net->server_key.pkcs8().reveal());
  }
  if (const auto kept = realm.backup_lock()) show("kept-backup-key", kept->key.reveal());
  return {};
}

}  // namespace
}  // namespace coffer::vault

int main(int count, char** values) {
  if (count < 2 || count > 4) return 2;
  const coffer::Status shown =
      count == 2 ? coffer::vault::show_private_file(values[1])
                 : coffer::vault::show_all(values[1], values[2], count == 4 ? values[3] : "");
  if (shown.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(shown.error().text).c_str());
  return 1;
}
