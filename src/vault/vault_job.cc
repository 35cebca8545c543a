// Vault: requests that are answered later (CKF_ASYNC_SESSION, C_AsyncComplete).
#include "base/secret_room.h"
#include "codec/binary.h"
#include "vault/dispatch.h"

namespace coffer::vault {

void Vault::on(Caller& caller, const wire::StartJob& request, wire::Reply reply) {
  if (secret_room() == SecretRoom::scarce) return reply.fail(wire::kNoRoom);
  const Dispatch::Row* const row = Dispatch::find(request.op);
  if (row == nullptr || row->job == nullptr)
    return reply.fail(Error{Code::unsupported, "this request is answered at once only"});
  row->job(*this, caller, request.request, std::move(reply));
}

Result<wire::TakeJobReply> Vault::on(Caller& caller, const wire::TakeJob& request) {
  const auto job = jobs_.find(request.job, caller.who());
  if (!job) return Error{Code::operation_unknown, "there is no such job"};
  TRY(check_slot(caller.connection, job->slot()));
  auto answer = job->answer();
  if (answer.state != wire::JobState::running && !request.keep) jobs_.remove(request.job);
  return answer;
}

}  // namespace coffer::vault
