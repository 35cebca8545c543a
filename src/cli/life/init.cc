// coffer init: makes a new vault and leaves it running.
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "cli/chip.h"
#include "cli/registry.h"
#include "cli/secret_input.h"
#include "crypto/primitives.h"
#include "host/file.h"
#include "host/home_format.h"
#include "host/vault_home.h"

namespace coffer::cli {

namespace {

constexpr std::size_t kHostKeyBytes = 32;
constexpr std::size_t kPassphraseBytesMin = 8;
constexpr std::uint32_t kStretchMillisecondsMin = 10;
constexpr std::uint32_t kStretchMillisecondsMax = 60000;
// Stretching is measured first and then done, so it takes longer than one try.
constexpr std::uint32_t kInitializeMilliseconds = 300000;

constexpr std::string_view kFileTruth =
    "root of trust: file on the same disk - whoever copies the disk has the keys; choose --root-of-trust "
    "passphrase "
    "to require one";
constexpr std::string_view kPassphraseTruth =
    "root of trust: host.key on this disk and a passphrase - a copied disk is of use only to whoever guesses "
    "the "
    "passphrase; who forgets it, or loses host.key, has lost every key";

Result<std::uint32_t> stretch_milliseconds(Invocation& invocation) {
  const std::string text = invocation.arguments.value_or("--stretch-ms", "250");
  std::uint32_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  if (is_number && number >= kStretchMillisecondsMin && number <= kStretchMillisecondsMax) return number;
  return invocation.usage("--stretch-ms takes a number of milliseconds from 10 to 60000, and not '" + text +
                          "'");
}

// start_chip starts the vault, and goes on only when it holds nothing yet.
Result<Chip> start_chip(Invocation& invocation) {
  if (const auto started = start_vault(invocation); !started.ok()) return started.error();
  Chip chip = TRY(Chip::connect_started(invocation));
  if (chip.state() == wire::VaultState::uninitialized) return chip;
  return invocation.fail(Code::exists, "there is a vault in " + invocation.home,
                         "use it, or choose another --home");
}

// check_free refuses where there is a vault. An interrupted init leaves a mark and no vault: the chip knows.
Status check_free(Invocation& invocation) {
  const std::string& home = invocation.home;
  const bool has_mark =
      host::file_exists(host::vault_mark(home)) || host::file_exists(host::former_vault_mark(home));
  const bool has_store =
      host::file_exists(host::vault_store(home)) || host::file_exists(host::former_vault_store(home));
  if (vault_exists(home)) {
    if (has_mark) static_cast<void>(TRY(start_chip(invocation)));
    return {};
  }
  if (!has_mark && !has_store) return {};
  return invocation.fail(Code::exists, home + " holds a store or a mark without its host.key",
                         "bring host.key back, or choose another --home");
}

Status make_host_key(Invocation& invocation) {
  // An interrupted init left one behind: nothing was sealed with it yet.
  if (vault_exists(invocation.home)) return {};
  std::array<std::uint8_t, kHostKeyBytes> octets{};
  TRY(crypto::random_bytes(octets));
  const Status written = host::write_file_durably(host::vault_host_key(invocation.home), octets);
  wipe(octets);
  return written;
}

// put_old_log_aside keeps the audit log of a vault that was destroyed here out of the way of the new one.
Status put_old_log_aside(Invocation& invocation) {
  const std::string& home = invocation.home;
  if (!host::file_exists(host::vault_erased(home))) return {};
  std::string kept;
  for (unsigned number = 1; kept.empty() || host::file_exists(kept); ++number) {
    kept = home + "/audit-of-destroyed-" + std::to_string(number);
  }
  if (host::file_exists(host::vault_audit(home)) &&
      std::rename(host::vault_audit(home).c_str(), kept.c_str()) != 0) {
    return invocation.fail(Code::denied, "the audit log of the destroyed vault cannot be moved to " + kept,
                           "move it away");
  }
  return host::remove_file(host::vault_erased(home));
}

Status make_home(Invocation& invocation) {
  const std::string& home = invocation.home;
  const Status made = host::create_directory(home, host::kPassableDirectory);
  if (!made.ok()) {
    return invocation.fail(made.error().code == Code::disk_full ? Code::disk_full : Code::denied,
                           home + " cannot be made: " + std::string(made.error().text),
                           "choose another --home");
  }
  // The number comes before the key: where the key is, older programs are kept out already.
  const Status founded = host::found_home(home);
  if (!founded.ok()) {
    return invocation.fail(founded.error().code, host::vault_format(home) + " cannot be written",
                           "check the disk and who may write to " + home);
  }
  TRY(put_old_log_aside(invocation));
  const Status key = make_host_key(invocation);
  if (key.ok()) return {};
  return invocation.fail(key.error().code, host::vault_host_key(home) + " cannot be written",
                         "check the disk and who may write to " + home);
}

Status initialize(Invocation& invocation, const wire::Initialize& request) {
  TRY(make_home(invocation));
  Chip chip = TRY(start_chip(invocation));
  TRY(chip.tell(request, kInitializeMilliseconds));
  return {};
}

void print_outcome(Invocation& invocation, bool is_passphrase) {
  const std::string_view truth = is_passphrase ? kPassphraseTruth : kFileTruth;
  if (invocation.json) {
    codec::JsonWriter json;
    json.begin_object();
    json.field("home", invocation.home);
    json.field("root_of_trust", is_passphrase ? "passphrase" : "file");
    json.field("truth", truth);
    json.field("state", "unlocked");
    json.end_object();
    return invocation.print_json(json);
  }
  Output& output = invocation.output;
  output.line("vault: " + printable(invocation.home) + ", unlocked");
  output.line(truth);
  output.line(
      "next: 'coffer token create LABEL' for PKCS#11, 'coffer ca create NAME --kind ssh-user' for SSH, "
      "'coffer status --assurance'");
}

Status execute(Invocation& invocation) {
  const bool is_passphrase = invocation.arguments.value_or("--root-of-trust", "file") == "passphrase";
  if (!is_passphrase && invocation.arguments.has("--passphrase-file")) {
    return invocation.usage("--passphrase-file needs --root-of-trust passphrase");
  }
  TRY(check_free(invocation));
  wire::Initialize request;
  request.root_of_trust = is_passphrase ? wire::RootOfTrust::passphrase : wire::RootOfTrust::file;
  request.stretch_milliseconds = TRY(stretch_milliseconds(invocation));
  if (is_passphrase) {
    request.passphrase = TRY(read_secret(invocation, {.what = "passphrase of the vault",
                                                      .option = "--passphrase-file",
                                                      .bytes_min = kPassphraseBytesMin,
                                                      .bytes_max = wire::kPassphraseBytesMax,
                                                      .is_new = true}));
  }
  TRY(initialize(invocation, request));
  // For people only: the vault itself knows its root of trust from its store.
  const std::string config = std::string("root_of_trust = ") + (is_passphrase ? "passphrase" : "file") + '\n';
  if (!host::write_file_durably(host::vault_config(invocation.home), as_bytes(config)).ok()) {
    invocation.warn("the file config, which is only for people, could not be written");
  }
  print_outcome(invocation, is_passphrase);
  return {};
}

constexpr auto kOptions = std::to_array<Option>({
    {"--root-of-trust", "", "file|passphrase", "What the vault's root key comes from (default: file)"},
    {"--passphrase-file", "", "FILE",
     "Read the passphrase from a file instead of asking for it; '-' is standard input"},
    {"--stretch-ms", "", "N",
     "How long one try of the passphrase shall take here, in milliseconds (default: 250)"},
});

}  // namespace

constinit const Command kInit{
    .name = "init",
    .summary = "Make a new vault and leave it running",
    .details =
        "Creates the vault's directory with host.key, 32 random octets, starts the vault and founds it.\n"
        "\n"
        "With the root of trust 'file' the vault opens by itself after every start: host.key is all it "
        "needs, and "
        "whoever copies the disk has the keys. With 'passphrase' it starts locked, and needs both host.key "
        "and the "
        "passphrase; nobody can bring back a forgotten one.\n"
        "\n"
        "An existing vault is never touched.\n"
        "\n"
        " coffer init\n"
        " coffer --home /var/lib/coffer init --root-of-trust passphrase\n",
    .options = kOptions,
    .operands = {},
    .execute = &execute,
};

}  // namespace coffer::cli
