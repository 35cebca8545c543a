// Operation: beginning, delivering outputs, collecting and streaming parts, ending.
#include "pkcs11/operation.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/secret.h"
#include "pkcs11/given.h"
#include "pkcs11/module.h"
#include "pkcs11/sealed.h"
#include "pkcs11/session.h"
#include "wire/operation_messages.h"

namespace coffer::pkcs11 {

namespace {

// kPieceBytes is how much of a long input travels in one request when it is streamed.
constexpr std::size_t kPieceBytes = 1U << 20U;

constexpr CK_FLAGS use_of(Activity activity) {
  if (activity == Activity::sign_recover) return CKF_SIGN_RECOVER;
  if (activity == Activity::verify_recover) return CKF_VERIFY_RECOVER;
  switch (chip_kind(activity)) {
    case wire::OperationKind::sign: return CKF_SIGN;
    case wire::OperationKind::verify: return CKF_VERIFY;
    case wire::OperationKind::encrypt: return CKF_ENCRYPT;
    case wire::OperationKind::decrypt: return CKF_DECRYPT;
    case wire::OperationKind::digest: return CKF_DIGEST;
  }
  return 0;
}

bool is_key(const Object& object) {
  return object.summary.object_class == CKO_PUBLIC_KEY || object.summary.object_class == CKO_PRIVATE_KEY ||
         object.summary.object_class == CKO_SECRET_KEY;
}

constexpr bool is_message_cipher(Activity activity) {
  return activity == Activity::message_encrypt || activity == Activity::message_decrypt;
}

// Ends what was done: the activity, or the message of one that serves many. One that is idle stays so.
void conclude(Operation& operation, Activity activity) {
  if (serves_many(activity) && operation.is_active()) {
    operation.rewind();
  } else {
    operation.forget();
  }
}

// Delivery is the sink of deliver(): it writes into the caller's buffer as long as everything fits, and then
// keeps the whole output for later.
class Delivery final {
 public:
  Delivery(Output output, KeptOutput& kept, Part part, std::size_t bound_bytes)
      : output_(output), room_(*output.length), kept_(kept), part_(part), bound_bytes_(bound_bytes) {}

  Status take(Bytes octets) {
    if (kept_.part == Part::none && octets.size() <= room_ - written_) {
      if (!octets.empty()) std::memcpy(output_.octets + written_, octets.data(), octets.size());
      written_ += octets.size();
      return {};
    }
    if (kept_.part == Part::none) {
      kept_.part = part_;
      kept_.reserve(std::max(bound_bytes_, written_ + octets.size()));
      kept_.append(Bytes{output_.octets, written_});
    }
    kept_.append(octets);
    return {};
  }

  [[nodiscard]] std::size_t written() const { return written_; }
  void wipe_written() { wipe({output_.octets, written_}); }

 private:
  Output output_;
  std::size_t room_;
  KeptOutput& kept_;
  Part part_;
  std::size_t bound_bytes_;
  std::size_t written_ = 0;
};

// Gives out an output that was kept, or tells its length again.
bool hand_out(const Operation& operation, Output output) {
  const Bytes octets = operation.kept.octets();
  const bool fits = output.octets != nullptr && *output.length >= octets.size();
  if (fits && !octets.empty()) std::memcpy(output.octets, octets.data(), octets.size());
  *output.length = octets.size();
  return fits;
}

template <typename Request>
Status ask_with_key(Module& module, Session& session, const Operation& operation, Bytes octets,
                    const Sink& sink) {
  const Request request{operation.key.slot, operation.key.summary.id, operation.parameters.view, octets};
  return module.ask(session.link, request,
                    [&sink](const wire::OutputReply& reply) { return sink(reply.output); });
}

// Does the whole operation in one request.
Status ask_whole(Module& module, Session& session, Activity activity, Bytes octets, const Sink& sink) {
  const Operation& operation = session.operation(activity);
  if (activity == Activity::sign_recover) {
    return ask_with_key<wire::SignRecover>(module, session, operation, octets, sink);
  }
  if (activity == Activity::verify_recover) {
    return ask_with_key<wire::VerifyRecover>(module, session, operation, octets, sink);
  }
  switch (chip_kind(activity)) {
    case wire::OperationKind::sign: return ask_with_key<wire::Sign>(module, session, operation, octets, sink);
    case wire::OperationKind::encrypt:
      return ask_with_key<wire::Encrypt>(module, session, operation, octets, sink);
    case wire::OperationKind::decrypt:
      return ask_with_key<wire::Decrypt>(module, session, operation, octets, sink);
    case wire::OperationKind::digest:
      // A request for a whole digest names no token, and so permits nothing outdated.
      if (operation.parameters.view.mechanism == CKM_MD5) {
        return ask_streamed(module, session, activity, octets, {}, sink);
      }
      return module.ask(session.link, wire::DigestRequest{operation.parameters.view.mechanism, octets},
                        [&sink](const wire::OutputReply& reply) { return sink(reply.output); });
    case wire::OperationKind::verify: break;  // It has no output: verify.cc.
  }
  return Error{Code::internal, "this operation has no output"};
}

// How long the output of the operation is for an input in one part.
Bound whole_bound(const Operation& operation, Activity activity, std::size_t input_bytes) {
  const std::size_t bits = operation.key.summary.bits;
  // What a signature gives back is shorter than the modulus.
  if (activity == Activity::verify_recover) return decrypt_bound(operation.shape, bits, 0, input_bytes);
  switch (chip_kind(activity)) {
    case wire::OperationKind::encrypt:
      return encrypt_bound(operation.shape, bits, operation.tag_bytes(), input_bytes);
    case wire::OperationKind::decrypt:
      return decrypt_bound(operation.shape, bits, operation.tag_bytes(), input_bytes);
    default: return signature_bound(operation.shape, bits);
  }
}

// Whether an input that is too long for one request can be streamed.
bool can_stream(const Operation& operation, Activity activity) {
  const OutputForm form = operation.shape.output;
  switch (chip_kind(activity)) {
    case wire::OperationKind::encrypt:
      return form == OutputForm::same || form == OutputForm::padded || form == OutputForm::tagged;
    case wire::OperationKind::decrypt: return form == OutputForm::same || form == OutputForm::padded;
    default: return true;
  }
}

}  // namespace

KeptOutput& KeptOutput::operator=(KeptOutput&& other) noexcept {
  if (this != &other) {
    clear();
    octets_ = std::move(other.octets_);
    part = std::exchange(other.part, Part::none);
  }
  return *this;
}

void KeptOutput::reserve(std::size_t bytes) { octets_.reserve(bytes); }

void KeptOutput::append(Bytes octets) { coffer::append(octets_, octets); }

void KeptOutput::clear() {
  wipe(octets_);
  octets_.clear();
  part = Part::none;
}

void Operation::forget() {
  wipe(collected);
  Buffer room = std::move(collected);
  room.clear();
  *this = Operation{};
  collected = std::move(room);
}

void Operation::rewind() {
  wipe(collected);
  collected.clear();
  waiting.clear();
  kept.clear();
  remote = fed_bytes = produced_bytes = 0;
  awaits_login = key.summary.always_authenticate;
  stage = Stage::ready;
}

Answer check_key(Module& module, const Session& session, const wire::MechanismInfo& mechanism, CK_FLAGS use,
                 CK_OBJECT_HANDLE handle, Object& key) {
  const std::optional<Object> found = module.objects().find(handle);
  if (!found || found->slot != session.slot || !is_key(*found)) return CKR_KEY_HANDLE_INVALID;
  if (!module.can_use(found->slot, found->summary)) return CKR_USER_NOT_LOGGED_IN;
  if (!key_type_fits(mechanism.key_type, mechanism.number, found->summary.key_type)) {
    return CKR_KEY_TYPE_INCONSISTENT;
  }
  if (use != 0 && (found->summary.uses & use) == 0) return CKR_KEY_FUNCTION_NOT_PERMITTED;
  key = *found;
  return {};
}

Answer begin_operation(Module& module, Session& session, Activity activity, const CK_MECHANISM* mechanism,
                       CK_OBJECT_HANDLE key) {
  Operation& operation = session.operation(activity);
  if (mechanism == nullptr) {
    if (!operation.is_active()) return CKR_ARGUMENTS_BAD;
    quit_operation(module, session, activity);
    return {};
  }
  if (operation.is_active()) return CKR_OPERATION_ACTIVE;
  const auto info = TRY(module.mechanism(session.link, session.slot, mechanism->mechanism, use_of(activity)));
  operation.shape = mechanism_shape(mechanism->mechanism);
  if (is_message_cipher(activity)) {
    // Nonce and tag come with each message.
    if (operation.shape.output != OutputForm::tagged) return CKR_MECHANISM_INVALID;
    operation.parameters.view.mechanism = info.number;
  } else {
    operation.parameters = TRY(read_parameters(*mechanism));
    if (operation.shape.output == OutputForm::general) {
      operation.shape.output = OutputForm::fixed;
      operation.shape.bytes = operation.parameters.view.output_bytes;
    }
  }
  operation.key = Object{};
  operation.key.slot = session.slot;
  if (activity != Activity::digest) {
    TRY(check_key(module, session, info, use_of(activity), key, operation.key));
    operation.awaits_login = operation.key.summary.always_authenticate;
  }
  operation.stage = Stage::ready;
  return {};
}

void end_operation(Module& module, Session& session, Activity activity) {
  Operation& operation = session.operation(activity);
  if (operation.stage == Stage::streaming) {
    // If the chip does not hear it, it has forgotten the operation already.
    static_cast<void>(module.tell(session.link, wire::Cancel{operation.remote}).ok());
  }
  conclude(operation, activity);
}

void quit_operation(Module& module, Session& session, Activity activity) {
  end_operation(module, session, activity);
  Operation& operation = session.operation(activity);
  // The forks of the process that began to count may go on; the counter lasts as long as that process uses
  // it.
  if (operation.nonces != 0 && session.opener == ::getpid()) {
    static_cast<void>(module.tell(session.link, wire::Cancel{operation.nonces}).ok());
  }
  operation.forget();
}

Answer deliver(Module& module, Session& session, Activity activity, Part part, Output output, Bound bound,
               const std::function<Status(const Sink& sink)>& run) {
  Operation& operation = session.operation(activity);
  if (operation.kept.part == part) {
    if (!hand_out(operation, output))
      return output.octets == nullptr ? Answer{} : Answer{CKR_BUFFER_TOO_SMALL};
    operation.produced_bytes += *output.length;
    operation.kept.clear();
    if (part != Part::update) conclude(operation, activity);
    return {};
  }
  if (operation.kept.part != Part::none) {
    end_operation(module, session, activity);
    return CKR_FUNCTION_FAILED;
  }
  if (output.octets == nullptr) {
    *output.length = bound.bytes == 0 && waits(operation, activity) ? told_for_nothing(0) : bound.bytes;
    return {};
  }
  if (bound.exact && *output.length < bound.bytes) {
    *output.length = bound.bytes;
    return CKR_BUFFER_TOO_SMALL;
  }
  Delivery delivery(output, operation.kept, part, bound.bytes);
  const Status done = run([&delivery](Bytes octets) { return delivery.take(octets); });
  if (!done.ok()) {
    delivery.wipe_written();
    end_operation(module, session, activity);
    return key_answer(done);
  }
  if (operation.kept.part != Part::none) {
    *output.length = operation.kept.octets().size();
    return CKR_BUFFER_TOO_SMALL;
  }
  *output.length = delivery.written();
  operation.produced_bytes += delivery.written();
  if (part != Part::update) conclude(operation, activity);
  return {};
}

Status start_remote(Module& module, Session& session, Activity activity) {
  Operation& operation = session.operation(activity);
  const wire::Begin request{chip_kind(activity), operation.key.slot, operation.key.summary.id,
                            operation.parameters.view};
  operation.remote = TRY(module.ask(session.link, request)).operation;
  operation.stage = Stage::streaming;
  return {};
}

Status move_to_chip(Module& module, Session& session, Activity activity) {
  Operation& operation = session.operation(activity);
  if (operation.stage == Stage::streaming) return {};
  TRY(start_remote(module, session, activity));
  const Status fed =
      feed_remote(module, session, operation, operation.collected, [](Bytes) { return Status{}; });
  wipe(operation.collected);
  operation.collected.clear();
  return fed;
}

Status feed_remote(Module& module, Session& session, Operation& operation, Bytes octets, const Sink& sink) {
  while (!octets.empty()) {
    const Bytes piece = octets.first(std::min(octets.size(), kPieceBytes));
    octets = octets.subspan(piece.size());
    TRY(module.ask(session.link, wire::Update{operation.remote, piece},
                   [&sink](const wire::OutputReply& reply) { return sink(reply.output); }));
  }
  return {};
}

Status finish_remote(Module& module, Session& session, Operation& operation, Bytes signature,
                     const Sink& sink) {
  const Status finished = module.ask(session.link, wire::Finish{operation.remote, signature},
                                     [&sink](const wire::OutputReply& reply) { return sink(reply.output); });
  // One that was refused may be there still: not logged in any more, too much that waits.
  if (finished.ok()) operation.stage = Stage::ready;
  return finished;
}

Status ask_streamed(Module& module, Session& session, Activity activity, Bytes octets, Bytes signature,
                    const Sink& sink) {
  Operation& operation = session.operation(activity);
  TRY(start_remote(module, session, activity));
  TRY(feed_remote(module, session, operation, octets, sink));
  return finish_remote(module, session, operation, signature, sink);
}

Answer run_whole(Module& module, Session& session, Activity activity, const CK_BYTE* input,
                 CK_ULONG input_bytes, Output output) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  const auto refuse = [&](CK_RV value) {
    end_operation(module, session, activity);
    return value;
  };
  // "A call to C_Digest always terminates the active digest operation" (PKCS#11 3.2, 5.11.2, and alike for
  // its siblings), also when it comes in the middle of parts.
  if (operation.stage != Stage::ready) return refuse(CKR_OPERATION_ACTIVE);
  if (output.length == nullptr || is_missing(input, input_bytes)) return refuse(CKR_ARGUMENTS_BAD);
  if (operation.awaits_login && output.octets != nullptr) return refuse(CKR_USER_NOT_LOGGED_IN);
  const Bytes octets{input, input_bytes};
  const bool is_sealed = waits(operation, activity);
  const bool is_long = !is_sealed && octets.size() > wire::kDataBytesMax;
  if (is_too_long(operation, activity, octets.size()) || (is_long && !can_stream(operation, activity))) {
    return refuse(activity == Activity::decrypt ? CKR_ENCRYPTED_DATA_LEN_RANGE : CKR_DATA_LEN_RANGE);
  }
  return deliver(module, session, activity, Part::whole, output,
                 whole_bound(operation, activity, octets.size()), [&](const Sink& sink) {
                   if (is_sealed) return run_sealed(module, session, activity, octets, {}, sink);
                   return is_long ? ask_streamed(module, session, activity, octets, {}, sink)
                                  : ask_whole(module, session, activity, octets, sink);
                 });
}

Answer collect(Module& module, Session& session, Activity activity, const CK_BYTE* part,
               CK_ULONG part_bytes) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  const auto refuse = [&](Answer answer) {
    end_operation(module, session, activity);
    return answer;
  };
  if (is_missing(part, part_bytes)) return refuse(CKR_ARGUMENTS_BAD);
  if (operation.awaits_login) return refuse(CKR_USER_NOT_LOGGED_IN);
  const Bytes octets{part, part_bytes};
  if (operation.stage != Stage::streaming) {
    operation.stage = Stage::collecting;
    if (octets.size() <= kCollectBytesMax - operation.collected.size()) {
      append(operation.collected, octets);
      return {};
    }
  }
  Status fed = move_to_chip(module, session, activity);
  if (fed.ok()) fed = feed_remote(module, session, operation, octets, [](Bytes) { return Status{}; });
  return fed.ok() ? Answer{} : refuse(key_answer(fed));
}

Answer run_collected(Module& module, Session& session, Activity activity, Output output) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  const bool is_refused = output.length == nullptr || (operation.awaits_login && output.octets != nullptr);
  if (is_refused) {
    end_operation(module, session, activity);
    return output.length == nullptr ? CKR_ARGUMENTS_BAD : CKR_USER_NOT_LOGGED_IN;
  }
  return deliver(module, session, activity, Part::final, output, whole_bound(operation, activity, 0),
                 [&](const Sink& sink) {
                   return operation.stage == Stage::streaming
                              ? finish_remote(module, session, operation, {}, sink)
                              : ask_whole(module, session, activity, operation.collected, sink);
                 });
}

Answer cipher_update(Module& module, Session& session, Activity activity, const CK_BYTE* part,
                     CK_ULONG part_bytes, Output output) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  const auto refuse = [&](CK_RV value) {
    end_operation(module, session, activity);
    return value;
  };
  if (output.length == nullptr || is_missing(part, part_bytes)) return refuse(CKR_ARGUMENTS_BAD);
  if (operation.awaits_login && output.octets != nullptr) return refuse(CKR_USER_NOT_LOGGED_IN);
  const Bytes octets{part, part_bytes};
  if (waits(operation, activity)) return hold_part(module, session, activity, octets, output);
  return deliver(module, session, activity, Part::update, output,
                 update_bound(operation.shape, operation.held_bytes(), octets.size()),
                 [&](const Sink& sink) -> Status {
                   if (operation.stage != Stage::streaming) TRY(start_remote(module, session, activity));
                   operation.fed_bytes += octets.size();
                   return feed_remote(module, session, operation, octets, sink);
                 });
}

Answer cipher_final(Module& module, Session& session, Activity activity, Output output) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  if (output.length == nullptr) {
    end_operation(module, session, activity);
    return CKR_ARGUMENTS_BAD;
  }
  const Bound bound =
      activity == Activity::encrypt
          ? encrypt_final_bound(operation.shape, operation.tag_bytes(), operation.held_bytes())
          : decrypt_final_bound(operation.shape, operation.tag_bytes(), operation.held_bytes());
  return deliver(module, session, activity, Part::final, output, bound, [&](const Sink& sink) {
    if (waits(operation, activity)) {
      return run_sealed(module, session, activity, operation.waiting.octets(), {}, sink);
    }
    return operation.stage == Stage::streaming ? finish_remote(module, session, operation, {}, sink)
                                               : ask_whole(module, session, activity, {}, sink);
  });
}

}  // namespace coffer::pkcs11
