// docs/formats.md and the code say the same: every example of the document is made by the code here.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

#include "base/bytes.h"
#include "base/tree_testing.h"
#include "codec/binary.h"
#include "codec/hex.h"
#include "codec/words.h"
#include "net/record.h"
#include "record/audit.h"
#include "record/high_water.h"
#include "record/ladder.h"
#include "record/manifest.h"
#include "store/channel.h"
#include "store/messages.h"
#include "vault/realm.h"
#include "vault/share.h"
#include "vault/token.h"
#include "wire/facts.h"
#include "wire/frame.h"
#include "wire/messages.h"

namespace coffer {
namespace {

// counting fills an array with first, first + 1, ...
template <typename Array>
Array counting(std::uint8_t first) {
  Array octets{};
  std::iota(octets.begin(), octets.end(), first);
  return octets;
}

class StandingClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t wall_milliseconds() const override { return 1'800'000'000'000; }
  [[nodiscard]] std::uint64_t boot_milliseconds() const override { return 0; }
};

// Examples are the fenced blocks of the document by name; hexadecimal ones without their white space.
std::map<std::string, std::string> read_examples() {
  std::map<std::string, std::string> examples;
  std::ifstream file(tree_path("docs/formats.md"));
  std::string kind;
  std::string name;
  for (std::string line; std::getline(file, line);) {
    if (!name.empty() && line == "```") {
      name.clear();
    } else if (!name.empty()) {
      if (kind == "hex") std::erase(line, ' ');
      examples[name] += line;
    } else if (line.rfind("```hex ", 0) == 0 || line.rfind("```text ", 0) == 0) {
      std::istringstream words(line.substr(3));
      words >> kind >> name;
      examples[name];
    }
  }
  return examples;
}

record::RealmId realm() { return counting<record::RealmId>(0xa0); }
record::PartitionTag partition() { return counting<record::PartitionTag>(0xb0); }
wire::ObjectId record_id() { return counting<wire::ObjectId>(0xc0); }

std::string hello_request() {
  const Buffer payload = codec::encode(wire::Hello{});
  Buffer frame = codec::encode(wire::FrameHeader{.payload_bytes = static_cast<std::uint32_t>(payload.size()),
                                                 .kind = static_cast<std::uint16_t>(wire::kOp<wire::Hello>),
                                                 .request_id = 7});
  append(frame, payload);
  return to_hex(frame);
}

std::string object_summary() {
  return to_hex(codec::encode(wire::ObjectSummary{.id = counting<wire::ObjectId>(1),
                                                  .object_class = 3,
                                                  .key_type = 3,
                                                  .is_token = true,
                                                  .is_private = true,
                                                  .uses = 0x800,
                                                  .bits = 256}));
}

std::string sealed_for() {
  return to_hex(codec::encode(record::SealedFor{
      .realm = realm(), .partition = partition(), .id = record_id(), .type = 3, .version = 2}));
}

std::string record_key() {
  const auto octets = counting<std::array<std::uint8_t, 32>>(0);
  Secret<32> parent;
  codec::BinaryReader reader(octets);
  EXPECT_TRUE(reader(parent).ok());
  Buffer context = to_buffer(record_id());
  codec::BinaryWriter writer(context);
  EXPECT_TRUE(writer(std::uint64_t{2}).ok());
  Secret<32> key;
  crypto::derive_key(parent, "coffer record", context, key);
  Buffer out;
  codec::SecretWriter secret_writer(out);
  EXPECT_TRUE(secret_writer(key).ok());
  return to_hex(out);
}

std::string realm_header() {
  return to_hex(codec::encode(record::RealmHeader{.id = realm(),
                                                  .root_of_trust = wire::RootOfTrust::passphrase,
                                                  .salt = counting<std::array<std::uint8_t, 16>>(0x10),
                                                  .cost = {.memory_kib = 65536, .passes = 3},
                                                  .created = 1'800'000'000,
                                                  .audit_key = counting<std::array<std::uint8_t, 32>>(0x40),
                                                  .nonce = counting<crypto::Nonce>(0x70),
                                                  .wrapped_domain_key = Buffer(48, 0xee)}));
}

std::string manifest_entry() {
  return to_hex(codec::encode(record::ManifestEntry{.id = record_id(),
                                                    .version = 2,
                                                    .partition = partition(),
                                                    .object_class = 3,
                                                    .key_type = 3,
                                                    .id_hash = 1,
                                                    .label_hash = 2,
                                                    .uses = 0x800,
                                                    .bits = 256,
                                                    .is_private = true}));
}

std::string ticket() {
  const auto written =
      vault::write_ticket(record::TicketKey{}, {.slot = 1,
                                                .tag = partition(),
                                                .holder = vault::TicketHolder::user,
                                                .uid = 1000,
                                                .login_epoch = 2,
                                                .nonce = counting<std::array<std::uint8_t, 16>>(0xd0)});
  return to_hex(written.reveal());
}

std::string mark() {
  const record::Bound bound{
      .commits = 42, .binding = 7, .audit_sequence = 9, .audit_hash = counting<crypto::Digest32>(0x20)};
  return to_hex(codec::encode(record::Mark{.realm = realm(), .bound = bound, .unlock_failures = 3}));
}

std::string store_request() {
  Buffer frame;
  codec::BinaryWriter writer(frame);
  EXPECT_TRUE(writer(std::uint32_t{9}).ok());
  EXPECT_TRUE(writer(store::StoreRequest::revision).ok());
  EXPECT_TRUE(writer(std::uint64_t{1}).ok());
  return to_hex(frame);
}

std::string share() {
  vault::ShareSet set{};
  set.fill(0x53);
  crypto::Share two;
  two.number = 2;
  std::ranges::fill(two.value.reveal(), std::uint8_t{0x77});
  const wire::ShareWords words = vault::write_share(set, 3, two);
  return to_hex(codec::from_words(as_text(words.reveal())).value().reveal());
}

std::string net_acknowledge() {
  Buffer record;
  net::append_record(record, net::RecordKind::acknowledge, 0, codec::encode(net::CountRecord{12}));
  return to_hex(record);
}

std::string audit_line() {
  const StandingClock clock;
  record::AuditChain chain(clock, record::LogKey());
  const record::AuditEvent event{.event = "vault.lock", .who = record::Who(wire::user_principal(1000))};
  return chain.lines({&event, 1}, 42).front();
}

// A row of the table of requests, as the document has it.
std::string row_of(const wire::Facts& facts) {
  constexpr std::array kHolds{"-", "secret"};
  constexpr std::array kAgain{"never", "yes", "once", "guess", "follows"};
  constexpr std::array kFrom{"here", "anywhere", "door"};
  constexpr std::array kNeeds{"always", "unlocked"};
  constexpr std::array kCost{"small", "large", "heavy", "desk"};
  constexpr std::array kRight{"everybody", "owner", "officer", "judged"};
  const auto word = [](const auto& words, auto fact) { return words[static_cast<std::size_t>(fact)]; };
  std::array<char, 160> row{};
  const std::string_view name = facts.name;
  const std::string_view event = facts.event;
  std::snprintf(row.data(), row.size(), "%3u %-18.*s %-6s %-7s %-5s %-8s %-8s %-9s %-5s %-7s %.*s|",
                static_cast<unsigned>(facts.op.value), static_cast<int>(name.size()), name.data(),
                word(kHolds, facts.holds.value), word(kAgain, facts.again.value),
                facts.later == wire::Later::yes ? "later" : "-", word(kFrom, facts.from.value),
                word(kNeeds, facts.needs.value), word(kRight, facts.right.value),
                word(kCost, facts.cost.value), facts.counted == wire::Counted::yes ? "counted" : "-",
                static_cast<int>(event.size()), event.data());
  return row.data();
}

std::string request_facts() {
  std::string rows;
  for (std::uint16_t number = 0; number < 256; ++number) {
    const wire::Facts* const facts = wire::find_facts(wire::Op{number});
    if (facts != nullptr) rows += row_of(*facts);
  }
  return rows;
}

TEST(Formats, EveryExampleOfTheDocumentIsWhatTheCodeMakes) {
  const std::map<std::string, std::string> made = {
      {"hello-request", hello_request()},
      {"principal", to_hex(codec::encode(wire::user_principal(1000)))},
      {"object-summary", object_summary()},
      {"sealed-for", sealed_for()},
      {"record-key", record_key()},
      {"realm-header", realm_header()},
      {"manifest-entry", manifest_entry()},
      {"ticket", ticket()},
      {"share", share()},
      {"mark", mark()},
      {"store-request", store_request()},
      {"net-acknowledge", net_acknowledge()},
      {"audit-line", audit_line()},
      {"request-facts", request_facts()},
  };
  const auto examples = read_examples();
  for (const auto& [name, octets] : made) {
    ASSERT_TRUE(examples.contains(name)) << "docs/formats.md has no example " << name;
    EXPECT_EQ(examples.at(name), octets) << name;
  }
  for (const auto& [name, octets] : examples) EXPECT_TRUE(made.contains(name)) << "nothing checks " << name;
}

TEST(Formats, TheRootOfManifestsFollowsTheDocument) {
  // An empty store: 128 groups of 128 absent buckets.
  const std::vector<std::uint8_t> bucket_digests(128 * 32, 0);
  const crypto::Digest32 group = crypto::sha256(bucket_digests);
  Buffer groups;
  for (int i = 0; i < 128; ++i) append(groups, group);
  record::Manifests manifests(record::DomainKey{}, realm());
  std::vector<store::Write> writes;
  ASSERT_TRUE(manifests.found(writes).ok());
  manifests.publish();
  EXPECT_EQ(to_hex(manifests.head().manifest_root), to_hex(crypto::sha256(groups)));
}

}  // namespace
}  // namespace coffer
