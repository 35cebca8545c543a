// C_AsyncComplete, C_AsyncGetID, C_AsyncJoin (PKCS#11 3.2, 5.21).
#include "pkcs11/async.h"

#include <array>
#include <cstring>
#include <string_view>

#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/new_object.h"

namespace coffer::pkcs11 {

namespace {

// The functions that can be pending, under the names that applications use for them.
struct Pending {
  std::string_view function;
  wire::Op op;
};
constexpr auto kPending = std::to_array<Pending>({
    {"C_GenerateKey", wire::kOp<wire::GenerateKey>},
    {"C_GenerateKeyPair", wire::kOp<wire::GenerateKeyPair>},
});

// Finds the request that a function name means.
Answer find_op(const CK_UTF8CHAR* function, wire::Op& op) {
  if (function == nullptr) return CKR_ARGUMENTS_BAD;
  for (const Pending& each : kPending) {
    if (each.function != reinterpret_cast<const char*>(function)) continue;
    op = each.op;
    return {};
  }
  return CKR_FUNCTION_NOT_SUPPORTED;
}

// Checks that the session waits for this function.
Answer check_pending(const Session& session, const CK_UTF8CHAR* function) {
  if (!session.is_async) return CKR_SESSION_ASYNC_NOT_SUPPORTED;
  wire::Op op{};
  TRY(find_op(function, op));
  return session.job != 0 && session.job_op == op ? Answer{} : Answer{CKR_OPERATION_NOT_INITIALIZED};
}

// Gives out handles to what the chip made.
Answer hand_out(Module& module, Session& session, const wire::TakeJobReply& job, CK_ASYNC_DATA& result) {
  if (session.job_op == wire::kOp<wire::GenerateKey>) {
    const auto made = TRY(codec::decode<wire::ObjectReply>(job.response));
    return hand_out_new(module, session, made.object, result.hObject);
  }
  const auto made = TRY(codec::decode<wire::KeyPairReply>(job.response));
  TRY(hand_out_new(module, session, made.public_key, result.hObject));
  return hand_out_new(module, session, made.private_key, result.hAdditionalObject);
}

Answer complete(Module& module, Session& session, CK_ASYNC_DATA& result) {
  // The answer stays in the chip until it has arrived here.
  const auto job = module.ask(session.link, wire::TakeJob{session.job, true});
  if (!job.ok()) {
    // A chip that was restarted has forgotten it.
    if (job.error().code == Code::operation_unknown) session.job = 0;
    return job.error();
  }
  if (job.value().state == wire::JobState::running) return CKR_PENDING;
  static_cast<void>(module.ask(session.link, wire::TakeJob{session.job, false}).ok());
  session.job = 0;
  if (job.value().state == wire::JobState::failed) return return_value(static_cast<Code>(job.value().code));
  return hand_out(module, session, job.value(), result);
}

Answer join(Module& module, Session& session, wire::Op op, std::uint64_t number) {
  if (!session.is_async) return CKR_SESSION_ASYNC_NOT_SUPPORTED;
  if (session.job != 0) return CKR_OPERATION_ACTIVE;
  const auto job = TRY(module.ask(session.link, wire::TakeJob{number, true}));
  if (job.op != static_cast<std::uint32_t>(op)) return CKR_OPERATION_NOT_INITIALIZED;
  session.job = number;
  session.job_op = op;
  return {};
}

}  // namespace

Answer start_encoded_job(Module& module, Session& session, wire::Op op, Bytes request) {
  if (session.job != 0) return CKR_OPERATION_ACTIVE;
  const wire::StartJob start{static_cast<std::uint32_t>(op), request};
  session.job = TRY(module.ask(session.link, start)).job;
  session.job_op = op;
  return CKR_PENDING;
}

CK_RV async_complete(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ASYNC_DATA_PTR result) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (result == nullptr) return CKR_ARGUMENTS_BAD;
    TRY(check_pending(held, function));
    return complete(module, held, *result);
  });
}

// The session lets go of the request, which goes on.
CK_RV async_get_id(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ULONG_PTR id) {
  return with_session(session, [&](Module&, Session& held) -> Answer {
    if (id == nullptr) return CKR_ARGUMENTS_BAD;
    TRY(check_pending(held, function));
    *id = held.job;
    held.job = 0;
    return {};
  });
}

// Key generation has no output but handles, so there is no buffer to join with.
CK_RV async_join(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ULONG id, CK_BYTE_PTR /*data*/,
                 CK_ULONG /*data_bytes*/) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    wire::Op op{};
    TRY(find_op(function, op));
    return join(module, held, op, id);
  });
}

}  // namespace coffer::pkcs11
