// The chip's main: builds the vault out of its parts, gives up every right it does not need, and answers
// requests.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include "apps/roles.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret_stack.h"
#include "codec/binary.h"
#include "host/file.h"
#include "host/landlock.h"
#include "host/posture.h"
#include "host/sandbox.h"
#include "host/socket.h"
#include "host/system_calls.h"
#include "store/audit_client.h"
#include "store/broker_client.h"
#include "vault/vault.h"
#include "wire/server.h"

namespace coffer::apps {

namespace {

constexpr std::size_t kHeapBytes = 128U << 20U;  // what is not used costs nothing
constexpr int kExitFailed = 1;
constexpr std::size_t kOtherStacks = 3;

// One more than there are processors: nobody has the last one beside all others (wire::Charges).
unsigned worker_count_max() { return std::max(kReadChannels, std::thread::hardware_concurrency() + 1); }

// Where little memory can be hidden, a quarter of it is for the stacks of the workers, of this thread, of the
// one that commits, and of the one that tries PINs.
unsigned worker_count(const host::SecretArena& arena) {
  constexpr std::size_t kWorkersMin = 2;
  const std::size_t stacks = arena.bytes_protected() / 4 / kSecretStackBytes;
  const std::size_t count = std::max(stacks, kOtherStacks + kWorkersMin) - kOtherStacks;
  return std::min(worker_count_max(), static_cast<unsigned>(count));
}

// Parts are what the vault lives on; they outlive it.
struct Parts {
  SystemClock clock;
  std::unique_ptr<store::BrokerClient> store;
  std::unique_ptr<store::AuditClient> audit;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<wire::Server> server;
};

Status connect_parts(Parts& parts) {
  store::BrokerClientOptions options;
  options.commit_channel = host::Descriptor(kChipCommit);
  for (unsigned i = 0; i < kReadChannels; ++i) {
    options.read_channels.emplace_back(kChipRead + static_cast<int>(i));
  }
  std::vector<host::Descriptor> audit_channels;
  for (unsigned i = 0; i < kAuditChannels; ++i) audit_channels.emplace_back(kChipAudit + static_cast<int>(i));
  parts.store = TRY(store::BrokerClient::create(std::move(options)));
  parts.audit = TRY(store::AuditClient::create(std::move(audit_channels)));
  return {};
}

Result<ChipConfig> receive_config(const host::Descriptor& control) {
  // It comes when the others serve; with a large store on a slow disk that takes long.
  return codec::decode<ChipConfig>(TRY(receive_control(control, host::Deadline::never())));
}

// What was inherited at kChipHostKey is read into hidden memory and closed.
Result<record::HostKey> read_host_key() {
  const host::Descriptor file(kChipHostKey);
  record::HostKey key;
  TRY(host::read_key(file, key.reveal()));
  return key;
}

// How a chip ends that could not begin: what a new one would find the same has a code of its own.
int exit_code_of(Code code) {
  if (code == Code::unsupported) return kExitFormat;
  return code == Code::denied ? kExitHostKey : kExitFailed;
}

// heed_guard takes what the guard said: a question, which a worker that is free answers, or to end in good
// order.
void heed_guard(const host::Descriptor& control, wire::Server& server) {
  const auto at_once = host::Deadline::after(std::chrono::milliseconds(0));
  std::array<std::uint8_t, 1> octet{};
  while (host::read_exactly(control, octet, at_once).ok()) {
    if (octet[0] == kStop) server.stop();
    if (octet[0] != kAsk) continue;
    octet[0] = kAlive;
    // A guard that does not read is one that asks no more.
    static_cast<void>(host::write_exactly(control, octet, at_once).ok());
  }
}

// serve is the chip from its first secret on; it returns only when it could not begin.
Status serve(const host::Descriptor& control, host::Assurance& assurance, const host::SecretArena& arena) {
  const auto obtained = [&assurance](host::Protection protection) {
    assurance.protections.push_back(std::move(protection));
  };
  for (const auto& look :
       {host::check_swap, host::check_ptrace_scope, host::check_proc_mem, host::check_hibernation}) {
    obtained(look());
  }
  obtained(host::deny_filesystem());
  obtained(host::deny_executable_memory());
  obtained(host::lower_privileges());

  ChipConfig config = TRY(receive_config(control));
  record::HostKey host_key = TRY(read_host_key());
  Parts parts;
  TRY(connect_parts(parts));
  wire::Server* server = nullptr;
  auto created =
      vault::Vault::create({.store = *parts.store,
                            .audit_log = *parts.audit,
                            .mark_file = *parts.audit,
                            .clock = parts.clock,
                            .host_key = std::move(host_key),
                            .owner_uid = config.owner_uid,
                            .group_gid = config.has_group ? std::optional(config.group_gid) : std::nullopt,
                            .subordinate_users = std::move(config.subordinate_users),
                            .binary = config.binary,
                            .was_debugged = config.was_debugged,
                            .on_fatal =
                                [] {
                                  log_line("chip", "store or audit log gone: starting anew");
                                  std::_Exit(kExitFailed);
                                },
                            .on_shut_down =
                                [&server] {
                                  if (server != nullptr) server->stop();
                                }});
  if (!created.ok()) {
    log_line("chip", created.error().text);
    // At once: a chip that closes its control socket before it ends is killed, and has no code.
    std::_Exit(exit_code_of(created.error().code));
  }
  parts.vault = std::move(created).value();
  if (parts.vault->is_erased()) std::_Exit(kExitErased);
  parts.server = TRY(wire::Server::create({.listener = host::Descriptor(kChipListener),
                                           .worker_count = worker_count(arena),
                                           .door = host::Descriptor(kChipDoor),
                                           .control = &control,
                                           .on_control = [&] { heed_guard(control, *server); }},
                                          *parts.vault));
  server = parts.server.get();
  obtained(host::load_seccomp(host::Role::chip));

  std::ranges::move(config.assurance.protections, std::back_inserter(assurance.protections));
  parts.vault->set_assurance([&assurance, &arena] {
    host::Assurance now = assurance;
    now.protections.push_back(arena.protection());
    return now;
  });
  TRY(send_control(control, codec::encode(StartWord{.serves = true})));
  server->run();
  parts.vault->finish();
  if (parts.vault->is_erased()) std::_Exit(kExitErased);
  // Not through exit(): static destructors of libraries would only give them a chance to go wrong.
  std::_Exit(0);
}

Status run_chip(const host::Descriptor& control) {
  host::Assurance assurance;
  return run_hidden(kHeapBytes, worker_count_max() + kOtherStacks, assurance,
                    [&control, &assurance](const auto& arena) { return serve(control, assurance, arena); });
}

}  // namespace

int chip_main(const std::vector<std::string>& /*arguments*/) {
  ignore_terminal();
  // Open until the log has the reason: the guard kills a chip that closes it.
  const host::Descriptor control(kControl);
  const Status ended = run_chip(control);
  log_line("chip", ended.error().text);
  return kExitFailed;
}

}  // namespace coffer::apps
