// Message ciphers: splitting and joining ciphertext and tag, and asking the chip for nonces.
#include "pkcs11/message_cipher.h"

#include <algorithm>
#include <cstring>

#include "pkcs11/given.h"
#include "pkcs11/module.h"
#include "pkcs11/sealed.h"
#include "pkcs11/session.h"
#include "wire/operation_messages.h"

namespace coffer::pkcs11 {

namespace {

// Splitter is a sink: what comes goes into the first span until it is full, then into the second.
class Splitter final {
 public:
  Splitter(MutableBytes first, MutableBytes second) : whole_(first), first_(first), second_(second) {}

  Status take(Bytes octets) {
    octets = fill(first_, octets);
    octets = fill(second_, octets);
    return octets.empty() ? Status{} : Status{Error{Code::malformed, "the chip gave too many octets"}};
  }
  [[nodiscard]] std::size_t room_left() const { return first_.size(); }
  [[nodiscard]] bool is_full() const { return first_.empty() && second_.empty(); }
  void wipe_written() { wipe(whole_.first(whole_.size() - first_.size())); }

 private:
  static Bytes fill(MutableBytes& room, Bytes octets) {
    const std::size_t count = std::min(room.size(), octets.size());
    if (count != 0) std::memcpy(room.data(), octets.data(), count);
    room = room.subspan(count);
    return octets.subspan(count);
  }

  MutableBytes whole_;
  MutableBytes first_;
  MutableBytes second_;
};

wire::NonceSource source_of(CK_GENERATOR_FUNCTION generator) {
  switch (generator) {
    case CKG_GENERATE_COUNTER: return wire::NonceSource::counter;
    case CKG_GENERATE_COUNTER_XOR: return wire::NonceSource::counter_xor;
    default: return wire::NonceSource::random;
  }
}

// Lets the chip make the nonce where the application wants that, and writes it to the parameter.
Status make_nonce(Module& module, Session& session, Operation& operation, MessageParameter& parameter) {
  if (parameter.generator == CKG_NO_GENERATE) return {};
  wire::MakeNonce request;
  request.source = source_of(parameter.generator);
  request.counter = request.source == wire::NonceSource::random ? 0 : operation.nonces;
  request.fixed_bits = parameter.fixed_bits;
  request.nonce = parameter.nonce;
  const auto reply = TRY(module.ask(session.link, request));
  if (reply.nonce.size() != parameter.nonce.size()) {
    return Error{Code::malformed, "the chip gave a nonce of another length"};
  }
  if (reply.counter != 0) operation.nonces = reply.counter;
  std::ranges::copy(reply.nonce, parameter.nonce.begin());
  return {};
}

// Points the operation's parameters to the message's, for as long as the call lasts.
void set_parameters(Operation& operation, const MessageParameter& parameter, const Message& message) {
  operation.parameters.view.iv = parameter.nonce;
  operation.parameters.view.associated = {message.associated, message.associated_bytes};
  operation.parameters.view.tag_bits = static_cast<std::uint32_t>(8 * parameter.tag.size());
  operation.parameters.view.number = parameter.data_bytes;
}

void clear_parameters(Operation& operation) {
  operation.parameters.view.iv = {};
  operation.parameters.view.associated = {};
  operation.parameters.view.number = 0;
}

// Keeps copies of what the parameters point to, for a message whose parts wait here.
void keep_parameters(OwnedParameters& parameters) {
  const std::size_t nonce_bytes = parameters.view.iv.size();
  parameters.octets = to_buffer(parameters.view.iv);
  append(parameters.octets, parameters.view.associated);
  parameters.view.iv = Bytes(parameters.octets).first(nonce_bytes);
  parameters.view.associated = Bytes(parameters.octets).subspan(nonce_bytes);
}

Answer check(const Operation& operation, const Message& message) {
  if (is_missing(message.data, message.data_bytes)) return CKR_ARGUMENTS_BAD;
  if (is_missing(message.associated, message.associated_bytes)) return CKR_ARGUMENTS_BAD;
  if (message.associated_bytes > wire::kAssociatedBytesMax) return CKR_ARGUMENTS_BAD;
  return operation.awaits_login ? Answer{CKR_USER_NOT_LOGGED_IN} : Answer{};
}

// Whether the output fits; if not, `answer` is what to say. `part_bytes` came in, for which there is no room
// to be asked for when it waits.
bool has_room(Output output, std::size_t bytes, std::size_t part_bytes, Answer& answer) {
  if (output.octets == nullptr) {
    *output.length = bytes == 0 ? told_for_nothing(part_bytes) : bytes;
    return false;
  }
  const bool fits = *output.length >= bytes;
  if (!fits) answer = CKR_BUFFER_TOO_SMALL;
  *output.length = bytes;
  return fits;
}

// `tag` is the one that came with a message to decrypt.
Status run_message(Module& module, Session& session, Activity activity, Bytes data, Bytes tag,
                   Splitter& splitter) {
  const Operation& operation = session.operation(activity);
  const Sink sink = [&splitter](Bytes octets) { return splitter.take(octets); };
  if (waits(operation, activity)) return run_sealed(module, session, activity, data, tag, sink);
  if (data.size() > wire::kDataBytesMax) return ask_streamed(module, session, activity, data, {}, sink);
  const wire::Encrypt request{operation.key.slot, operation.key.summary.id, operation.parameters.view, data};
  return module.ask(session.link, request,
                    [&sink](const wire::OutputReply& reply) { return sink(reply.output); });
}

// A message that was refused because of its tag.
Answer message_answer(Activity activity, const Status& status) {
  if (activity == Activity::message_decrypt && !status.ok() &&
      status.error().code == Code::ciphertext_invalid) {
    return CKR_AEAD_DECRYPT_FAILED;
  }
  return key_answer(status);
}

Answer conclude(Module& module, Session& session, Activity activity, const Status& status,
                Splitter& splitter) {
  if (!status.ok()) splitter.wipe_written();
  end_operation(module, session, activity);
  clear_parameters(session.operation(activity));
  if (status.ok() && !splitter.is_full()) return CKR_DEVICE_ERROR;
  return message_answer(activity, status);
}

}  // namespace

Answer cipher_message(Module& module, Session& session, Activity activity, const Message& message,
                      Output output) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  if (operation.stage != Stage::ready) {
    end_operation(module, session, activity);
    return CKR_OPERATION_ACTIVE;
  }
  if (output.length == nullptr) return CKR_ARGUMENTS_BAD;
  TRY(check(operation, message));
  MessageParameter parameter = TRY(read_message_parameter(operation.parameters.view.mechanism,
                                                          message.parameter, message.parameter_bytes));
  Answer answer;
  if (!has_room(output, message.data_bytes, message.data_bytes, answer)) return answer;
  if (is_too_long(operation, activity, message.data_bytes)) return CKR_DATA_LEN_RANGE;
  const Bytes data{message.data, message.data_bytes};
  const MutableBytes room{output.octets, message.data_bytes};
  const bool encrypts = activity == Activity::message_encrypt;
  if (encrypts) TRY(make_nonce(module, session, operation, parameter));
  set_parameters(operation, parameter, message);
  Splitter splitter(room, encrypts ? parameter.tag : MutableBytes{});
  const Status done =
      run_message(module, session, activity, data, encrypts ? Bytes{} : Bytes{parameter.tag}, splitter);
  return conclude(module, session, activity, done, splitter);
}

Answer cipher_message_begin(Module& module, Session& session, Activity activity, const Message& message) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  if (operation.stage != Stage::ready) return CKR_OPERATION_ACTIVE;
  TRY(check(operation, message));
  MessageParameter parameter = TRY(read_message_parameter(operation.parameters.view.mechanism,
                                                          message.parameter, message.parameter_bytes));
  if (activity == Activity::message_encrypt) TRY(make_nonce(module, session, operation, parameter));
  set_parameters(operation, parameter, message);
  if (waits(operation, activity)) {
    keep_parameters(operation.parameters);
    operation.stage = Stage::collecting;
    return {};
  }
  const Status started = start_remote(module, session, activity);
  clear_parameters(operation);
  return key_answer(started);
}

Answer cipher_message_next(Module& module, Session& session, Activity activity, const Message& message,
                           Output output, bool is_last) {
  Operation& operation = session.operation(activity);
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  TRY(check_in_message(operation));
  if (output.length == nullptr) return CKR_ARGUMENTS_BAD;
  TRY(check(operation, message));
  const MessageParameter parameter = TRY(read_message_parameter(operation.parameters.view.mechanism,
                                                                message.parameter, message.parameter_bytes));
  if (8 * parameter.tag.size() != operation.parameters.view.tag_bits) return CKR_MECHANISM_PARAM_INVALID;

  const bool encrypts = activity == Activity::message_encrypt;
  const bool holds = waits(operation, activity);
  const Bytes data{message.data, message.data_bytes};
  const std::size_t held = operation.held_bytes() + data.size();
  const std::size_t ready = !holds || is_last ? held : 0;
  Answer answer;
  if (!has_room(output, ready, data.size(), answer)) return answer;
  const MutableBytes room{output.octets, ready};
  if (holds) TRY(hold_part(module, session, activity, data, output));
  Splitter splitter(room, encrypts && is_last ? parameter.tag : MutableBytes{});
  const Sink sink = [&splitter](Bytes octets) { return splitter.take(octets); };
  Status done;
  if (holds) {
    const Bytes tag = encrypts ? Bytes{} : Bytes{parameter.tag};
    if (is_last) done = run_message(module, session, activity, operation.waiting.octets(), tag, splitter);
  } else {
    operation.fed_bytes += data.size();
    done = feed_remote(module, session, operation, data, sink);
    if (is_last && done.ok()) done = finish_remote(module, session, operation, {}, sink);
  }
  *output.length = ready - splitter.room_left();
  if (is_last) return conclude(module, session, activity, done, splitter);
  operation.produced_bytes += *output.length;
  if (!done.ok()) end_operation(module, session, activity);
  return message_answer(activity, done);
}

}  // namespace coffer::pkcs11
