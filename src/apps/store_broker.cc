// The store broker's main: owns the database file and sees sealed records only.
#include "apps/roles.h"
#include "base/log.h"
#include "host/system_calls.h"
#include "host/vault_home.h"
#include "store/broker.h"
#include "store/sqlite_store.h"

namespace coffer::apps {

namespace {

Status run_broker(const std::string& home) {
  host::Assurance assurance = confine_server(host::vault_store_directory(home));
  const auto store =
      TRY(store::SqliteStore::create(host::vault_store(home), {.reader_count = kReadChannels}));
  std::vector<host::Descriptor> channels;
  for (unsigned i = 0; i < 1 + kReadChannels; ++i)
    channels.emplace_back(kServerChannels + static_cast<int>(i));
  const auto broker = TRY(store::Broker::start(*store, std::move(channels)));
  assurance.protections.push_back(host::load_seccomp(host::Role::store));
  TRY(describe_server(host::Descriptor(kControl), std::move(assurance), "store broker"));
  broker->wait();
  return {};
}

}  // namespace

int store_broker_main(const std::vector<std::string>& arguments) {
  ignore_terminal();
  if (arguments.size() != 1) return 2;
  const Status ended = run_broker(arguments[0]);
  if (!ended.ok()) log_line("store", ended.error().text);
  return ended.ok() ? 0 : 1;
}

}  // namespace coffer::apps
