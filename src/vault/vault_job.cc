// Vault: requests that are answered later (CKF_ASYNC_SESSION, C_AsyncComplete).
#include "base/secret_room.h"
#include "codec/binary.h"
#include "vault/dispatch.h"

namespace coffer::vault {

void Vault::on(Caller& caller, const wire::StartJob& request, wire::Reply reply) {
  if (secret_room() == SecretRoom::scarce) return reply.fail(wire::kNoRoom);
  const auto op = static_cast<wire::Op>(request.op);
  auto job = std::make_shared<Job>(caller.uid(), op);
  // Starts the job and answers, then goes on in this worker with the answer going into the job.
  const auto run = [&]<typename Request>() {
    const auto opened = Dispatch::open<Request>(*this, caller, request.request);
    if (!opened.ok()) return reply.fail(opened.error());
    const auto number = jobs_.start(job);
    if (!number.ok()) return reply.fail(number.error());
    reply.send(codec::encode(wire::JobReply{number.value()}));
    on(caller, opened.value(), wire::Reply(job));
  };
  switch (op) {
    case wire::Op::generate_key: return run.template operator()<wire::GenerateKey>();
    case wire::Op::generate_key_pair: return run.template operator()<wire::GenerateKeyPair>();
    default: return reply.fail(Error{Code::unsupported, "this request is answered at once only"});
  }
}

Result<wire::TakeJobReply> Vault::on(Caller& caller, const wire::TakeJob& request) {
  const auto job = jobs_.find(request.job, caller.uid());
  if (!job) return Error{Code::operation_unknown, "there is no such job"};
  auto answer = job->answer();
  if (answer.state != wire::JobState::running && !request.keep) jobs_.remove(request.job);
  return answer;
}

}  // namespace coffer::vault
