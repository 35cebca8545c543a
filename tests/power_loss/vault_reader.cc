// vault_reader: opens the files of a vault in one process, as chip, store broker and audit writer do
// together, and says what is in it.
//
// usage: vault_reader
// A line on standard input is HOME, the passphrase (may be empty) and TOKEN=PIN,PIN... for each token whose
// PIN is known, with tabs between them. The answer is lines THING=VALUE, with the names that ledger.py has
// for things, and a line `end`. The vault is changed as a start changes it, and by one more key in each
// token.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/audit/log_files.h"
#include "cli/audit/log_verifier.h"
#include "host/file.h"
#include "host/vault_home.h"
#include "store/file_audit_log.h"
#include "store/mark_file.h"
#include "store/sqlite_store.h"
#include "vault/vault_fixture.h"

namespace {

using namespace coffer;

constexpr std::size_t kDataBytes = 9000;  // of each data object that life.py makes
constexpr std::uint64_t kLongestDelayMilliseconds = 3'600'000;

void say(const std::string& thing, const std::string& value) {
  std::printf("%s=%s\n", thing.c_str(), value.c_str());
}
void say_code(const std::string& thing, Code code) {
  say(thing, "refused " + std::to_string(static_cast<int>(code)));
}

struct Question {
  std::string home;
  std::string passphrase;
  std::map<std::string, std::vector<std::string>> pins;  // of tokens
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char each : text) {
    if (each == separator) {
      parts.emplace_back();
    } else {
      parts.back() += each;
    }
  }
  return parts;
}

Question read_question(const std::string& line) {
  const std::vector<std::string> parts = split(line, '\t');
  CHECK(parts.size() >= 2);
  Question question{.home = parts[0], .passphrase = parts[1]};
  for (std::size_t i = 2; i < parts.size(); ++i) {
    const std::size_t end = parts[i].find('=');
    question.pins[parts[i].substr(0, end)] = split(parts[i].substr(end + 1), ',');
  }
  return question;
}

Result<record::HostKey> read_host_key(const std::string& home) {
  const Buffer octets = TRY(host::read_file(host::vault_host_key(home), record::HostKey::kBytes));
  if (octets.size() != record::HostKey::kBytes)
    return Error{Code::corrupt, "host.key does not hold 32 octets"};
  record::HostKey key;
  codec::BinaryReader reader(octets);
  TRY(reader(key));
  return key;
}

std::string_view state_word(wire::VaultState state) {
  switch (state) {
    case wire::VaultState::uninitialized: return "uninitialized";
    case wire::VaultState::locked: return "locked";
    case wire::VaultState::unlocked: return "unlocked";
    case wire::VaultState::rollback: return "rollback";
    default: return "error";
  }
}

// Files are the vault's files, and the vault on them.
struct Files {
  std::unique_ptr<store::SqliteStore> store;
  std::unique_ptr<store::FileAuditLog> audit;
  std::unique_ptr<store::DiskMarkFile> mark;
  FixedClock clock;
  std::unique_ptr<vault::Vault> vault;
};

Status open_files(Files& files, const std::string& home) {
  auto key = TRY(read_host_key(home));
  for (const std::string& directory : {host::vault_store_directory(home), host::vault_audit(home)})
    TRY(host::create_directory(directory));
  files.store = TRY(store::SqliteStore::create(host::vault_store(home), {}));
  files.audit = TRY(store::FileAuditLog::create(host::vault_audit(home)));
  files.mark = std::make_unique<store::DiskMarkFile>(host::vault_mark(home));
  files.vault = TRY(vault::Vault::create({.store = *files.store,
                                          .audit_log = *files.audit,
                                          .mark_file = *files.mark,
                                          .clock = files.clock,
                                          .host_key = std::move(key),
                                          .owner_uid = vault::kOwner,
                                          .on_fatal = [] { say("fatal", "store or audit log gone"); },
                                          .on_shut_down = [] {}}));
  return {};
}

// Reader asks an open vault what is in it.
class Reader {
 public:
  Reader(vault::Client& owner, const Question& question) : owner_(owner), question_(question) {}

  // unlock, and what is asked behind it, is done when no delay is left.
  void unlock(FixedClock& clock) {
    clock.advance(kLongestDelayMilliseconds);
    const auto status = owner_.call(wire::StatusRequest{});
    if (status.reply.state == wire::VaultState::locked && !question_.passphrase.empty()) {
      say("wrong passphrases", std::to_string(status.reply.unlock_failures));
      const auto opened = owner_.call(wire::Unlock{vault::secret(question_.passphrase)});
      if (!opened.ok()) say_code("unlock", opened.code);
    }
    say("state", std::string(state_word(owner_.call(wire::StatusRequest{}).reply.state)));
  }

  void authorities() {
    const auto found = owner_.call(wire::CaList{});
    for (const auto& authority : found.reply.authorities) say("authority " + authority.name, "there");
  }

  void tokens() {
    const auto found = owner_.call(wire::Slots{});
    for (const wire::TokenInfo& token : found.reply.slots) {
      if (!token.initialized) continue;
      say("token " + token.label, "there");
      wrong_pins(token);
      const auto operators = owner_.call(wire::Operators{token.slot});
      for (const auto& each : operators.reply.operators)
        say("operator " + token.label + ' ' + each.name, "there");
      if (log_in(token)) look_into(token);
    }
  }

 private:
  // Wrong PINs of all: the life that was recorded was another user's than the reader.
  void wrong_pins(const wire::TokenInfo& token) {
    int of_user = token.tries_max - token.user_tries_left;
    int of_officer = token.tries_max - token.officer_tries_left;
    for (const wire::PinTries& each : owner_.call(wire::TokenTries{token.slot}).reply.tries) {
      if (!each.is_by_name) (each.is_officers ? of_officer : of_user) += each.failures;
    }
    say("wrong " + token.label, std::to_string(of_user));
    say("wrong-officer " + token.label, std::to_string(of_officer));
  }
  bool log_in(const wire::TokenInfo& token) {
    const auto pins = question_.pins.find(token.label);
    if (pins == question_.pins.end()) return false;
    for (const std::string& pin : pins->second) {
      wire::Login user{.slot = token.slot, .user = wire::UserType::user, .pin = vault::secret(pin)};
      if (!owner_.call(user).ok()) continue;
      say("pin " + token.label, pin);
      return true;
    }
    say("pin " + token.label, token.user_pin_set ? "another" : "none");
    return false;
  }

  std::string label_of(const wire::TokenInfo& token, const wire::ObjectId& id) {
    const auto found = owner_.call(wire::GetAttributes{token.slot, id, {vault::attribute::kLabel}});
    return found.ok() ? std::string(as_text(found.reply.attributes.at(0).value)) : "without a label";
  }

  std::string data_value(const wire::TokenInfo& token, const wire::ObjectId& id) {
    const auto found = owner_.call(wire::GetAttributes{token.slot, id, {vault::attribute::kValue}});
    return found.ok() && found.reply.attributes.at(0).value.size() == kDataBytes ? "there" : "damaged";
  }

  // A pair is there when its private key makes a signature that its public key finds right.
  std::string pair_value(const wire::TokenInfo& token, const wire::ObjectId& public_key,
                         const wire::ObjectId& private_key) {
    wire::Sign signing = vault::World::signature_by(private_key);
    signing.slot = token.slot;
    const auto made = owner_.call(signing);
    wire::Verify verifying;
    verifying.slot = token.slot;
    verifying.key = public_key;
    verifying.parameters.mechanism = signing.parameters.mechanism;
    verifying.data = signing.data;
    verifying.signature = made.reply.output;
    return made.ok() && owner_.call(verifying).ok() ? "there" : "unusable";
  }

  void look_into(const wire::TokenInfo& token) {
    wire::Find all;
    all.slot = token.slot;
    const auto found = owner_.call(all);
    if (!found.ok()) return say_code("objects " + token.label, found.code);
    std::map<std::pair<std::uint32_t, std::string>, std::vector<wire::ObjectId>> objects;
    for (const wire::ObjectSummary& each : found.reply.objects)
      if (each.is_token) objects[{each.object_class, label_of(token, each.id)}].push_back(each.id);
    for (const auto& [name, ids] : objects) {
      const auto& [object_class, label] = name;
      const std::string object = "object " + token.label + ' ' + label;
      if (ids.size() > 1) {
        say(object, std::to_string(ids.size()) + " of them");
      } else if (object_class == vault::object_class::kPublicKey) {
        const auto other = objects.find({vault::object_class::kPrivateKey, label});
        say(object, other == objects.end() ? "half" : pair_value(token, ids[0], other->second[0]));
      } else if (object_class == vault::object_class::kPrivateKey) {
        if (!objects.contains({vault::object_class::kPublicKey, label})) say(object, "half");
      } else {
        say(object, object_class == vault::object_class::kData ? data_value(token, ids[0]) : "there");
      }
    }
    wire::GenerateKey one_more;
    one_more.slot = token.slot;
    one_more.mechanism = 0x1080;  // CKM_AES_KEY_GEN
    const Buffer length = vault::number(32);
    one_more.attributes = {vault::truth(vault::attribute::kToken, true), {0x161, length}};  // CKA_VALUE_LEN
    const auto made = owner_.call(one_more);
    if (!made.ok()) say_code("a new key in " + token.label, made.code);
  }

  vault::Client& owner_;
  const Question& question_;
};

// verify does what `coffer audit verify` does while the vault runs.
void verify(vault::Client& owner, const std::string& home) {
  const auto head = owner.call(wire::AuditHead{});
  if (!head.ok()) return say_code("audit", head.code);
  cli::LogVerifier verifier(head.reply.public_key,
                            cli::LogHead{.sequence = head.reply.sequence, .hash = head.reply.hash});
  const std::string directory = host::vault_audit(home);
  const auto names = cli::audit_file_names(directory);
  if (!names.ok()) return say("audit", std::string(names.error().text));
  for (const std::string& name : names.value()) {
    cli::LogFile file;
    const Status read = cli::read_log_file(directory, name, file);
    if (!read.ok()) return say("audit", std::string(read.error().text));
    std::uint64_t number = 0;
    for (const std::string_view line : file.lines) verifier.line(line, {.file = file.name, .line = ++number});
    if (file.ends_inside_a_line) verifier.broken({.file = file.name, .line = number + 1});
  }
  const cli::LogReport report = verifier.finish();
  say("audit", report.fault ? report.fault->place.file + " line " + std::to_string(report.fault->place.line) +
                                  ": " + report.fault->text
                            : (report.head_checked ? "right" : "ends elsewhere than the vault says"));
}

void answer(const Question& question) {
  Files files;
  const Status opened = open_files(files, question.home);
  if (!opened.ok()) return say("state", "does not start: " + std::string(opened.error().text));
  vault::Client owner(*files.vault, vault::kOwner);
  if (!owner.call(wire::Hello{}).ok()) return say("state", "does not answer");
  Reader reader(owner, question);
  reader.unlock(files.clock);
  if (owner.call(wire::StatusRequest{}).reply.state != wire::VaultState::unlocked) return;
  reader.authorities();
  reader.tokens();
  verify(owner, question.home);
}

}  // namespace

int main() {
  char* line = nullptr;
  std::size_t room = 0;
  for (ssize_t count = 0; (count = getline(&line, &room, stdin)) > 0;) {
    answer(read_question(std::string(line, static_cast<std::size_t>(count) - 1)));
    std::puts("end");
    std::fflush(stdout);
  }
  std::free(line);
  return 0;
}
