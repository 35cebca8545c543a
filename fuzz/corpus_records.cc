// The corpus of what is stored or shown: sealed records, SSH keys and certificates, texts, PKCS#11 arguments.
#include "corpus.h"

#include <array>

#include "ca/profile.h"
#include "ca/ssh_certificate.h"
#include "ca/ssh_public_key.h"
#include "pkcs11/pkcs11.h"
#include "record/high_water.h"
#include "vault/attribute.h"
#include "vault/deleted_object.h"
#include "vault/object.h"
#include "vault/realm.h"
#include "vault/token.h"

namespace coffer::fuzzing {

namespace {

namespace cka = vault::attribute;

const Buffer kTrue{1};

// numbered gives the empty list of principals that ends `behind` octets before the end one member, as a
// number: so wrote formats before 7.
Buffer numbered(Buffer record, std::size_t behind) {
  const auto end = record.end() - static_cast<std::ptrdiff_t>(behind);
  end[-4] = 1;
  constexpr std::array<std::uint8_t, 4> kNumber{0xE8, 3};
  record.insert(end, kNumber.begin(), kNumber.end());
  return record;
}

Buffer object_record(const Attributes& attributes) {
  const auto object = vault::create_object(view_of(attributes));
  CHECK(object.ok());
  return to_buffer(vault::object_plaintext(object.value()).reveal());
}

}  // namespace

void add_records(Corpus& corpus) {
  const auto add = [&](char check, std::string_view name, const Buffer& octets) {
    corpus.add("sealed_records", name, joined({{static_cast<std::uint8_t>(check)}, octets}));
  };
  auto header = filled<record::RealmHeader>();
  header.root_of_trust = wire::RootOfTrust::file;
  add('a', "header-file", encoded(header));
  header.root_of_trust = wire::RootOfTrust::passphrase;
  add('a', "header-passphrase", encoded(header));
  add('b', "head", encoded(filled<record::Head>()));
  add('c', "manifest-entry", encoded(filled<record::ManifestEntry>()));
  vault::TokenRecord token{.slot = 3, .label = "token", .created = 1'800'000'000};
  token.officer.is_set = true;
  add('d', "token", encoded(token));
  vault::AuthorityRecord authority;
  authority.authority = filled<wire::Authority>();
  authority.key = SecretBytes::copy_of(as_bytes("not really a key"));
  authority.authority.profile.signers.clear();
  add('e', "authority-numbered",
      numbered(encoded(authority), sizeof(std::uint64_t) + sizeof(std::uint32_t) + authority.key.size()));
  authority.authority.profile.signers = {wire::user_principal(1000)};
  add('e', "authority", encoded(authority));
  add('f', "grant", encoded(vault::GrantRecord{.uid = 1000, .tokens = {vault::ObjectId{1}}}));
  add('p', "legacy", encoded(vault::LegacyRecord{}));
  add('k', "tamper-policy", encoded(vault::TamperRecord{.levels = {0, 1, 2, 3, 0, 1}}));
  vault::KeptBackupLock backup_lock;
  backup_lock.lock = filled<wire::BackupLock>();
  add('l', "backup-lock-numbered", numbered(encoded(backup_lock), 0));
  backup_lock.operators = {wire::user_principal(1000), wire::user_principal(1001)};
  add('l', "backup-lock", encoded(backup_lock));
  wire::KeyPolicy policy{.uses_max = 5};
  const std::size_t terms_bytes = encoded(policy).size() - 2 * sizeof(std::uint32_t);
  add('q', "policy-numbered", numbered(encoded(policy), terms_bytes));
  policy.principals = {wire::user_principal(1000)};
  add('q', "policy", encoded(policy));
  add('m', "operator", encoded(filled<vault::OperatorRecord>()));
  auto ticket = filled<vault::Ticket>();
  ticket.holder = vault::TicketHolder::person;
  add('h', "ticket-operator", encoded(ticket));
  add('n', "token-policy", encoded(filled<vault::TokenPolicyRecord>()));
  vault::DeletedRecord deleted{.deleted = 1'800'000'000};
  deleted.plaintext = SecretBytes::copy_of(object_record(data_object()));
  add('o', "deleted", encoded(deleted));
  add('g', "mark", encoded(filled<record::Mark>()));
  ticket.holder = vault::TicketHolder::user;
  add('h', "ticket", encoded(ticket));
  add('i', "object-data", object_record(data_object()));
  add('i', "object-aes", object_record(secret_key(vault::key_type::kAes, Buffer(32, 5))));
  add('i', "object-generic",
      object_record(secret_key(vault::key_type::kGenericSecret, text("generic secret"))));
  add('i', "object-p256",
      object_record({{cka::kClass, number(vault::object_class::kPrivateKey)},
                     {cka::kKeyType, number(vault::key_type::kEc)},
                     {cka::kEcParams, p256_parameters()},
                     {cka::kValue, Buffer(32, 5)}}));
  add('j', "plaintext", text("anything may be sealed"));
  add('b', "refused-short", encoded(filled<record::Mark>()));
}

void add_ssh(Corpus& corpus, const std::filesystem::path& testdata) {
  for (const auto& entry : std::filesystem::directory_iterator(testdata / "ca" / "certificates")) {
    const Buffer line = read(entry.path());
    const auto parsed = ca::parse_text_line(as_text(line));
    CHECK(parsed.ok());
    const bool accepted = ca::parse_certificate(parsed.value().blob).ok();
    corpus.add("ssh_certificates", (accepted ? "" : "refused-") + entry.path().stem().string(),
               parsed.value().blob);
  }
  for (const auto& entry : std::filesystem::directory_iterator(testdata / "ca" / "keys")) {
    if (entry.path().extension() != ".pub") continue;
    const Buffer line = read(entry.path());
    const auto parsed = ca::parse_text_line(as_text(line));
    CHECK(parsed.ok());
    const bool accepted = ca::parse_public_key(parsed.value().blob).ok();
    const std::string name = (accepted ? "" : "refused-") + entry.path().stem().string();
    // As a blob or as a line, in turn.
    const bool as_blob = parsed.value().blob.size() % 2 == 0;
    corpus.add("ssh_public_keys", name, as_blob ? joined({{0}, parsed.value().blob}) : joined({{1}, line}));
  }
}

void add_certificate_requests(Corpus& corpus, const std::filesystem::path& testdata) {
  const Buffer key = key_of(testdata, "ed25519.pub");
  const auto add = [&](std::string_view name, const wire::Authority& authority,
                       const wire::CaSignSsh& request) {
    corpus.add("certificate_requests", name, joined({piece(encoded(authority)), piece(encoded(request))}));
  };
  auto user = authority_of(wire::AuthorityKind::ssh_user);
  user.public_key = key_of(testdata, "ca_ed25519.pub");
  wire::CaSignSsh request{.name = "ca", .public_key = key, .principals = {"alice"}, .lifetime_seconds = 300};
  add("user", user, request);
  request.lifetime_seconds = 366ULL * 24 * 3600;
  add("refused-lifetime", user, request);
  request.lifetime_seconds = 300;
  request.principals = {"root"};
  add("refused-principal", user, request);
  request.principals = {"alice"};
  request.critical_options = {{"force-command", "/bin/true"}, {"source-address", "192.0.2.0/24"}};
  request.extensions_given = true;
  request.extensions = {{"permit-pty", ""}, {"permit-agent-forwarding", ""}};
  add("user-options", user, request);
  auto fenced = user;
  fenced.profile.source_addresses = {"192.0.2.0/24", "2001:db8::/32"};
  request.critical_options = {{"source-address", "192.0.2.7/32"}};
  add("user-fenced", fenced, request);
  request.critical_options = {{"source-address", "198.51.100.0/24"}};
  add("refused-address", fenced, request);
  const wire::CaSignSsh host{
      .name = "ca", .public_key = key, .principals = {"www.example.org"}, .lifetime_seconds = 3600};
  auto host_authority = authority_of(wire::AuthorityKind::ssh_host);
  host_authority.public_key = user.public_key;
  add("host", host_authority, host);
}

void add_texts(Corpus& corpus) {
  const auto add = [&](std::string_view name, std::string_view content) {
    corpus.add("texts", name, text(content));
  };
  add("base64", "aQ29mZmVy");
  add("base64-padded", "aQ29mZmU=");
  add("refused-base64", "aQ29mZmVy=");
  add("hex", "b00fFaA10");
  add("refused-hex", "b0");
  add("networks", "c10.0.0.0/8,2001:db8::/32,192.0.2.1");
  add("refused-networks", "c10.0.0.1/8");
  add("json", R"(d{"seq":1,"time":"2026-11-23T00:00:00Z","event":"key.sign","uid":1000,"ok":true,"by":-1})");
  add("json-principal",
      R"(d{"seq":1,"event":"key.sign","principal":{"kind":"user","id":"000003e8","name":"1000"},"slot":0})");
  add("json-escapes", R"(d{"text":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"})");
  add("json-empty", "d{}");
  add("refused-json-nested", R"(d{"a":{"b":{}}})");
  add("refused-json-twice", R"(d{"a":1,"a":2})");
  add("utf8", "e\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 text");
  const std::string digits(64, 'a');
  add("join-token", "fcoffer1/192.0.2.1:7443/" + digits + "/" + digits + "/1800000600");
  add("join-token-6", "fcoffer1/[2001:db8::1]:7443/" + digits + "/" + digits + "/1800000600");
  add("refused-join-token", "fcoffer1/192.0.2.1:7443/" + digits + "/" + digits);
  add("refused-utf8", "e\xc0\x80");
}

void add_pkcs11(Corpus& corpus) {
  const auto attribute = [](std::uint32_t type, std::uint8_t oddity, const Buffer& value) {
    return joined({number(type, 4), {oddity}, piece(value)});
  };
  const Buffer some =
      joined({attribute(CKA_CLASS, 0, number(CKO_PRIVATE_KEY)), attribute(CKA_TOKEN, 0, kTrue),
              attribute(CKA_LABEL, 0, text("label")), attribute(CKA_ID, 0, {})});
  corpus.add("pkcs11_templates", "key", some);
  corpus.add("pkcs11_templates", "empty", {});
  corpus.add("pkcs11_templates", "null-and-empty", joined({some, attribute(CKA_SUBJECT, 1, {})}));
  corpus.add("pkcs11_templates", "refused-null", joined({some, attribute(CKA_SUBJECT, 1, text("value"))}));
  corpus.add("pkcs11_templates", "refused-type", joined({some, attribute(CKA_SUBJECT, 2, text("value"))}));
  corpus.add("pkcs11_templates", "refused-length", joined({some, attribute(CKA_SUBJECT, 3, text("value"))}));
  corpus.add("pkcs11_templates", "nested", joined({some, attribute(CKA_UNWRAP_TEMPLATE, 0, {})}));
  corpus.add("pkcs11_templates", "refused-nested", joined({some, attribute(CKA_UNWRAP_TEMPLATE, 1, {})}));

  const Buffer present{0};
  const auto add = [&](std::string_view name, std::uint64_t mechanism, const std::vector<Buffer>& parts) {
    corpus.add("pkcs11_parameters", name, joined({number(mechanism), joined(parts)}));
  };
  const auto part = [&](const Buffer& octets) { return joined({present, piece(octets)}); };
  add("none", CKM_ECDSA, {part({})});
  add("iv", CKM_AES_CBC_PAD, {part(Buffer(16, 1))});
  add("refused-iv", CKM_AES_CBC_PAD, {part(Buffer(15, 1))});
  add("ctr", CKM_AES_CTR, {part(joined({number(128), Buffer(16, 1)}))});
  add("gcm", CKM_AES_GCM, {part(Buffer(12, 1)), part(text("associated")), number(128), present});
  add("refused-gcm-null", CKM_AES_GCM, {joined({{1}, piece(Buffer(12, 1))}), part({}), number(128), present});
  add("pss", CKM_SHA256_RSA_PKCS_PSS, {number(CKM_SHA256), number(CKG_MGF1_SHA256), number(32), present});
  add("oaep", CKM_RSA_PKCS_OAEP,
      {number(CKM_SHA256), number(CKG_MGF1_SHA256), number(CKZ_DATA_SPECIFIED), part(text("label")),
       present});
  add("ecdh", CKM_ECDH1_DERIVE, {number(CKD_NULL), part({}), part(Buffer(65, 4)), present});
  add("hkdf", CKM_HKDF_DERIVE,
      {{1},
       {1},
       number(CKM_SHA256),
       number(CKF_HKDF_SALT_DATA),
       part(text("salt")),
       part(text("info")),
       present});
  const auto add_wrap = [&](std::string_view name, std::uint64_t mechanism,
                            const std::vector<Buffer>& parts) {
    add(name, std::uint64_t{1} << 32U | mechanism, parts);
  };
  const Buffer wraps{0};
  add_wrap("wrap-rsa-aes", CKM_RSA_AES_KEY_WRAP,
           {part({}), wraps, number(CKM_SHA256), number(CKG_MGF1_SHA256), number(CKZ_DATA_SPECIFIED),
            part(text("label")), number(256), present});
  add_wrap("wrap-ecdh-aes", CKM_ECDH_AES_KEY_WRAP,
           {part({}), wraps, number(128), number(CKD_SHA256_KDF), part(text("shared")), present});
  add_wrap("wrap-gcm", CKM_AES_GCM,
           {part(text("associated")), wraps, part(Buffer(12, 1)), number(0), number(CKG_GENERATE_RANDOM),
            part({}), number(128), present});
  add_wrap("refused-wrap-gcm-counter", CKM_AES_GCM,
           {part({}), wraps, part(Buffer(12, 1)), number(32), number(CKG_GENERATE_COUNTER), part({}),
            number(128), present});
  add("eddsa", CKM_EDDSA, {{0}});
  add("eddsa-context", CKM_EDDSA, {{1}, {1}, part(text("context")), present});
  add("refused-eddsa-flag", CKM_EDDSA, {{1}, {2}, part({}), present});
  add("ml-dsa", CKM_ML_DSA, {{1}, number(CKH_HEDGE_REQUIRED), part(text("context")), present});
  add("refused-ml-dsa-context", CKM_ML_DSA, {{1}, number(0), part(Buffer(256, 1)), present});
  add("hash-slh-dsa", CKM_HASH_SLH_DSA, {number(0), part(text("context")), number(CKM_SHA512), present});
  add("refused-hash-ml-dsa", CKM_HASH_ML_DSA, {number(0), part({}), number(CKM_AES_CMAC), present});
  add("refused-mechanism", ~std::uint64_t{0}, {part({})});

  const auto add_message = [&](std::string_view name, std::uint64_t mechanism, std::uint64_t fixed_bits,
                               std::uint8_t generator, std::uint8_t lies) {
    corpus.add("pkcs11_messages", name,
               joined({number(mechanism),
                       part(Buffer(12, 1)),
                       part(Buffer(16, 2)),
                       number(fixed_bits),
                       {generator, lies}}));
  };
  add_message("gcm", CKM_AES_GCM, 32, CKG_GENERATE_COUNTER, 0);
  add_message("ccm", CKM_AES_CCM, 0, CKG_NO_GENERATE, 0);
  add_message("chacha20", CKM_CHACHA20_POLY1305, 0, CKG_NO_GENERATE, 0);
  add_message("refused-tag-bits", CKM_AES_GCM, 0, CKG_NO_GENERATE, 1);
  add_message("refused-fixed-bits", CKM_AES_GCM, 97, CKG_GENERATE, 0);
  add_message("refused-generator", CKM_AES_CCM, 0, 5, 0);
  add_message("refused-mechanism", CKM_AES_CBC, 0, 0, 0);
  const Buffer randoms = joined({part(Buffer(32, 1)), part(Buffer(32, 2))});
  add("gmac", CKM_AES_GMAC, {part(Buffer(12, 1))});
  add("ccm", CKM_AES_CCM, {number(5), part(Buffer(12, 1)), part(text("associated")), number(16), present});
  add("chacha20", CKM_CHACHA20, {part(Buffer(4, 1)), part(Buffer(12, 2)), present});
  add("refused-chacha20", CKM_CHACHA20, {part(Buffer(4, 1)), part(Buffer(8, 2)), present});
  add("poly1305", CKM_CHACHA20_POLY1305, {part(Buffer(12, 1)), part({}), present});
  add("mac-length", CKM_SHA256_HMAC_GENERAL, {part(number(16))});
  add("refused-mac-length", CKM_SHA256_HMAC_GENERAL, {part(number(65))});
  add("tls-mac", CKM_TLS12_MAC, {number(CKM_SHA256), number(12), number(1), present});
  add("other-key", CKM_CONCATENATE_BASE_AND_KEY, {part(number(7))});
  add("data", CKM_XOR_BASE_AND_DATA, {part(text("data")), present});
  add("cbc-data", CKM_AES_CBC_ENCRYPT_DATA, {part(Buffer(16, 1)), present});
  add("first-bit", CKM_EXTRACT_KEY_FROM_KEY, {part(number(21))});
  add("tls-master", CKM_TLS12_MASTER_KEY_DERIVE, {randoms, number(CKM_SHA256), present});
  add("tls-extended-master", CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE,
      {number(CKM_SHA384), part(Buffer(48, 1)), present});
  add("refused-tls-keys", CKM_TLS12_KEY_AND_MAC_DERIVE,
      {number(256), number(128), number(32), {0}, randoms, number(CKM_SHA256), present});
  add("tls-keys-safe", CKM_TLS12_KEY_SAFE_DERIVE,
      {number(0), number(128), number(32), {0}, randoms, number(CKM_SHA256), present});
  add("tls-kdf", CKM_TLS12_KDF,
      {number(CKM_SHA256), part(text("label")), randoms, part(text("context")), present});
  // Two parts and one additional key: the counter has a format, octets have none.
  const Buffer format = joined({number(0), number(32)});
  const Buffer parts = joined({{2}, {1}, part(format), {4}, part(text("label"))});
  add("sp800-108", CKM_SP800_108_COUNTER_KDF, {number(CKM_SHA256_HMAC), parts, {1}, {1}, present});
  const Buffer fed_back = joined({{2}, {1}, part({}), {4}, part(text("label"))});
  add("sp800-108-feedback", CKM_SP800_108_FEEDBACK_KDF,
      {number(CKM_AES_CMAC), fed_back, part(Buffer(16, 1)), {0}, present});
  add("refused-sp800-108", CKM_SP800_108_COUNTER_KDF, {number(CKM_SHA256_HMAC), {0}, {0}, present});
  const Buffer password = joined({number(CKZ_SALT_SPECIFIED), part(text("salt")), number(1000),
                                  number(CKP_PKCS5_PBKD2_HMAC_SHA256), part(text("password"))});
  add("password", CKM_PKCS5_PBKD2, {password, {0}, present});
  add("password-older", CKM_PKCS5_PBKD2, {password, {1}, present});
}

}  // namespace coffer::fuzzing
