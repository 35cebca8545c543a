// The audit writer's main: appends to the audit log and keeps the high-water mark.
#include "apps/roles.h"
#include "base/log.h"
#include "host/system_calls.h"
#include "host/vault_home.h"
#include "store/audit_server.h"
#include "store/file_audit_log.h"
#include "store/mark_file.h"

namespace coffer::apps {

namespace {

Status run_writer(const std::string& home, const host::Descriptor& control) {
  host::Assurance assurance = confine_server(host::vault_audit(home));
  const auto log = TRY(store::FileAuditLog::create(host::vault_audit(home)));
  store::DiskMarkFile mark(host::vault_mark(home));
  TRY(mark.keep_room());
  std::vector<host::Descriptor> channels;
  for (unsigned i = 0; i < kAuditChannels; ++i) channels.emplace_back(kServerChannels + static_cast<int>(i));
  const auto server = TRY(store::AuditServer::start(*log, mark, std::move(channels)));
  answer_guard(control);
  assurance.protections.push_back(host::load_seccomp(host::Role::audit));
  TRY(describe_server(control, std::move(assurance), "audit writer"));
  server->wait();
  return {};
}

}  // namespace

int audit_writer_main(const std::vector<std::string>& arguments) {
  ignore_terminal();
  if (arguments.size() != 1) return 2;
  const host::Descriptor control(kControl);
  const Status ended = run_writer(arguments[0], control);
  if (!ended.ok()) log_line("audit", ended.error().text);
  return ended.ok() ? 0 : 1;
}

}  // namespace coffer::apps
