// Sealed: what waits, and the two passes over it.
#include "pkcs11/sealed.h"

#include <algorithm>

#include "pkcs11/module.h"
#include "pkcs11/session.h"

namespace coffer::pkcs11 {

namespace {

bool encrypts(Activity activity) { return chip_kind(activity) == wire::OperationKind::encrypt; }

Status ask_once(Module& module, Session& session, Activity activity, Bytes octets, const Sink& sink) {
  const Operation& operation = session.operation(activity);
  const auto take = [&sink](const wire::OutputReply& reply) { return sink(reply.output); };
  const std::uint32_t slot = operation.key.slot;
  const wire::ObjectId& id = operation.key.summary.id;
  const wire::Parameters& parameters = operation.parameters.view;
  if (encrypts(activity)) return module.ask(session.link, wire::Encrypt{slot, id, parameters, octets}, take);
  return module.ask(session.link, wire::Decrypt{slot, id, parameters, octets}, take);
}

// Sends all pieces; the last ones may have to be put together.
Status feed_pieces(Module& module, Session& session, std::uint64_t remote, Bytes data, Bytes tag,
                   const Sink& sink) {
  Buffer joined;
  while (!data.empty() || !tag.empty()) {
    Bytes piece = data.first(std::min(data.size(), wire::kSizedPieceBytes));
    data = data.subspan(piece.size());
    const Bytes more = tag.first(std::min(tag.size(), wire::kSizedPieceBytes - piece.size()));
    tag = tag.subspan(more.size());
    if (!more.empty()) {
      joined = to_buffer(piece);
      append(joined, more);
      piece = joined;
    }
    TRY(module.ask(session.link, wire::Update{remote, piece},
                   [&sink](const wire::OutputReply& reply) { return sink(reply.output); }));
  }
  return {};
}

}  // namespace

bool waits(const Operation& operation, Activity activity) {
  if (operation.shape.output != OutputForm::tagged) return false;
  return !encrypts(activity) || operation.parameters.view.mechanism == CKM_AES_CCM;
}

bool is_too_long(const Operation& operation, Activity activity, std::size_t bytes) {
  return operation.shape.output == OutputForm::tagged && encrypts(activity) && bytes > wire::kSealBytesMax;
}

Answer hold_part(Module& module, Session& session, Activity activity, Bytes octets, Output output) {
  Operation& operation = session.operation(activity);
  const auto refuse = [&](CK_RV value) {
    end_operation(module, session, activity);
    return value;
  };
  if (output.octets == nullptr) {
    *output.length = told_for_nothing(octets.size());
    return {};
  }
  if (is_too_long(operation, activity, operation.fed_bytes + octets.size())) {
    return refuse(CKR_DATA_LEN_RANGE);
  }
  if (!operation.waiting.add(octets)) return refuse(CKR_HOST_MEMORY);
  operation.stage = Stage::collecting;
  operation.fed_bytes += octets.size();
  *output.length = 0;
  return {};
}

Status run_sealed(Module& module, Session& session, Activity activity, Bytes data, Bytes tag,
                  const Sink& sink) {
  if (data.size() + tag.size() <= wire::kDataBytesMax) {
    if (tag.empty()) return ask_once(module, session, activity, data, sink);
    Buffer joined = to_buffer(data);
    append(joined, tag);
    return ask_once(module, session, activity, joined, sink);
  }
  Operation& operation = session.operation(activity);
  wire::BeginSized request;
  request.begin = {chip_kind(activity), operation.key.slot, operation.key.summary.id,
                   operation.parameters.view};
  request.bytes = data.size() + tag.size();
  operation.remote = TRY(module.ask(session.link, request)).operation;
  operation.stage = Stage::streaming;
  if (!encrypts(activity)) {
    TRY(feed_pieces(module, session, operation.remote, data, tag, [](Bytes) { return Status{}; }));
  }
  TRY(feed_pieces(module, session, operation.remote, data, tag, sink));
  return finish_remote(module, session, operation, {}, sink);
}

}  // namespace coffer::pkcs11
