// The store broker's main: owns the database file and sees sealed records only.
#include <chrono>
#include <functional>
#include <string>

#include "apps/roles.h"
#include "base/log.h"
#include "codec/binary.h"
#include "host/system_calls.h"
#include "host/vault_home.h"
#include "store/broker.h"
#include "store/sqlite_store.h"

namespace coffer::apps {

namespace {

// How often the guard is told, and how long it is told nothing: a start usually takes less.
constexpr std::chrono::milliseconds kTellEvery{500};

std::string progress_text(const store::StoreProgress& progress) {
  constexpr unsigned kMebibyteBits = 20;
  if (progress.is_checking) return "checks the store, which was not closed";
  return "reads the store, " + std::to_string(progress.bytes_done >> kMebibyteBits) + " of " +
         std::to_string(progress.bytes_total >> kMebibyteBits) + " MiB";
}

// Tells the guard what the store is at.
std::function<void(const store::StoreProgress&)> tell(const host::Descriptor& control) {
  return [&control, next = host::Deadline::after(kTellEvery)](const store::StoreProgress& progress) mutable {
    if (!progress.is_checking && next.remaining().count() != 0) return;
    next = host::Deadline::after(kTellEvery);
    // A guard that is gone ends this process.
    static_cast<void>(
        send_control(control, codec::encode(StartWord{.progress = progress_text(progress)})).ok());
  };
}

Status run_broker(const std::string& home, const host::Descriptor& control) {
  host::Assurance assurance = confine_server(host::vault_store_directory(home));
  const auto store = TRY(store::SqliteStore::create(
      host::vault_store(home), {.reader_count = kReadChannels, .on_progress = tell(control)}));
  std::vector<host::Descriptor> channels;
  for (unsigned i = 0; i < 1 + kReadChannels; ++i)
    channels.emplace_back(kServerChannels + static_cast<int>(i));
  const auto broker = TRY(store::Broker::start(*store, std::move(channels)));
  answer_guard(control);
  assurance.protections.push_back(host::load_seccomp(host::Role::store));
  TRY(describe_server(control, std::move(assurance), "store broker"));
  broker->wait();
  return {};
}

}  // namespace

int store_broker_main(const std::vector<std::string>& arguments) {
  ignore_terminal();
  if (arguments.size() != 1) return 2;
  const host::Descriptor control(kControl);
  const Status ended = run_broker(arguments[0], control);
  if (!ended.ok()) log_line("store", ended.error().text);
  return ended.ok() ? 0 : 1;
}

}  // namespace coffer::apps
