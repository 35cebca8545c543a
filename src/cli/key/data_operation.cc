// Data operations.
#include "cli/key/data_operation.h"

namespace coffer::cli {

namespace {

// One request holds this much; what is longer goes in parts of the same size.
constexpr std::size_t kPartBytes = 1U << 20U;

// feed begins an operation with the part that was read already and feeds it the rest of the input.
Result<std::uint64_t> feed(Invocation& invocation, Chip& chip, wire::OperationKind kind, const KeyUse& use,
                           InputFile& input, Buffer part) {
  const wire::BeginReply begun = TRY(
      chip.call(wire::Begin{.kind = kind, .slot = use.slot, .key = use.key, .parameters = use.parameters}));
  while (!part.empty()) {
    const wire::Update update{.operation = begun.operation, .data = part};
    TRY(chip.call_with(update, [](const wire::OutputReply&) { return Status{}; }));
    part = TRY(input.read(invocation, kPartBytes));
  }
  return begun.operation;
}

Status keep_output(const wire::OutputReply& reply, Buffer& output) {
  output = to_buffer(reply.output);
  return {};
}

}  // namespace

Result<Buffer> sign_data(Invocation& invocation, Chip& chip, const KeyUse& use, InputFile& input) {
  Buffer signature;
  const auto keep = [&signature](const wire::OutputReply& reply) { return keep_output(reply, signature); };
  Buffer part = TRY(input.read(invocation, kPartBytes));
  if (part.size() < kPartBytes) {
    TRY(chip.call_with(
        wire::Sign{.slot = use.slot, .key = use.key, .parameters = use.parameters, .data = part}, keep));
    return signature;
  }
  const std::uint64_t operation =
      TRY(feed(invocation, chip, wire::OperationKind::sign, use, input, std::move(part)));
  TRY(chip.call_with(wire::Finish{.operation = operation}, keep));
  return signature;
}

Status verify_data(Invocation& invocation, Chip& chip, const KeyUse& use, InputFile& input, Bytes signature) {
  Buffer part = TRY(input.read(invocation, kPartBytes));
  if (part.size() < kPartBytes) {
    TRY(chip.tell(wire::Verify{.slot = use.slot,
                               .key = use.key,
                               .parameters = use.parameters,
                               .data = part,
                               .signature = signature}));
    return {};
  }
  const std::uint64_t operation =
      TRY(feed(invocation, chip, wire::OperationKind::verify, use, input, std::move(part)));
  return chip.call_with(wire::Finish{.operation = operation, .signature = signature},
                        [](const wire::OutputReply&) { return Status{}; });
}

}  // namespace coffer::cli
