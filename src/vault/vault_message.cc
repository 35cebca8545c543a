// Vault: what the rarer functions of PKCS#11 ask for - nonces for many messages (C_EncryptMessage),
// signatures with recovery (C_SignRecover, C_VerifyRecover).
#include <algorithm>
#include <array>

#include "codec/binary.h"
#include "crypto/operation.h"
#include "crypto/primitives.h"
#include "vault/vault.h"

namespace coffer::vault {

namespace {

constexpr std::uint32_t kRandomBitsMin = 64;  // fewer would meet each other too soon
constexpr std::uint32_t kCounterBitsMax = 64;

// The mask of one bit, counted from the first of the nonce.
std::uint8_t bit(std::size_t index) { return static_cast<std::uint8_t>(0x80U >> (index % 8)); }

// Clears the bits from `first` to before `end`.
void clear_bits(MutableBytes octets, std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; ++i) {
    octets[i / 8] = static_cast<std::uint8_t>(octets[i / 8] & ~bit(i));
  }
}

Result<wire::NonceReply> random_nonce(const wire::MakeNonce& request) {
  const std::size_t bits = 8 * request.nonce.size();
  if (bits - request.fixed_bits < kRandomBitsMin) {
    return Error{Code::mechanism_parameter, "a random nonce needs at least 64 bits that are not fixed"};
  }
  wire::NonceReply reply{.counter = 0, .nonce = to_buffer(request.nonce)};
  Buffer random(request.nonce.size());
  TRY(crypto::random_bytes(random));
  clear_bits(reply.nonce, request.fixed_bits, bits);
  clear_bits(random, 0, request.fixed_bits);
  for (std::size_t i = 0; i < random.size(); ++i) reply.nonce[i] |= random[i];
  return reply;
}

// A counter that starts at random does not meet the one of an earlier session that used the same fixed part.
Result<NonceCounter> new_counter(const wire::MakeNonce& request) {
  const std::size_t bits = 8 * request.nonce.size();
  const auto count_bits = std::min<std::size_t>(bits - request.fixed_bits, kCounterBitsMax);
  if (count_bits == 0) return Error{Code::mechanism_parameter, "all bits of the nonce are fixed"};
  NonceCounter counter;
  counter.base = to_buffer(request.nonce);
  counter.left = count_bits == kCounterBitsMax ? ~std::uint64_t{0} : std::uint64_t{1} << count_bits;
  counter.mask = count_bits == kCounterBitsMax ? ~std::uint64_t{0} : counter.left - 1;
  if (request.source == wire::NonceSource::counter) {
    clear_bits(counter.base, request.fixed_bits, bits);
    std::array<std::uint8_t, sizeof(counter.next)> random{};
    TRY(crypto::random_bytes(random));
    for (const std::uint8_t octet : random) counter.next = (counter.next << 8U) | octet;
  }
  return counter;
}

}  // namespace

Result<wire::NonceReply> Vault::on(Caller& caller, const wire::MakeNonce& request) {
  if (request.fixed_bits > 8 * request.nonce.size()) {
    return Error{Code::mechanism_parameter, "more bits of the nonce are fixed than it has"};
  }
  if (request.source == wire::NonceSource::random) return random_nonce(request);
  std::uint64_t number = request.counter;
  if (number == 0) {
    auto counter = TRY(new_counter(request));
    number = TRY(caller.application.add_counter(std::move(counter)));
  }
  Buffer nonce = TRY(caller.application.next_nonce(number));
  if (nonce.size() != request.nonce.size()) {
    return Error{Code::mechanism_parameter, "the nonces of one operation are of one length"};
  }
  return wire::NonceReply{number, std::move(nonce)};
}

void Vault::on(Caller& caller, const wire::SignRecover& request, wire::Reply reply) {
  auto object = permitted(caller, request.slot, request.key, request.parameters.mechanism,
                          crypto::use::kSignRecover, reply);
  if (!object.ok()) return reply.fail(object.error());
  const Material& material = object.value()->material;
  if (!material.private_key) return reply.fail(Error{Code::key_type, "this key signs nothing"});
  std::array<std::uint8_t, crypto::kSignatureBytesMax> signature;
  const auto size = crypto::sign(*material.private_key,
                                 parameters_of(request.slot, request.parameters, crypto::use::kSignRecover),
                                 request.data, signature);
  if (!size.ok()) return reply.fail(size.error());
  note_use(caller, request.slot, *object.value(), "key.sign", request.parameters.mechanism, Code::ok,
           Bytes(signature).first(size.value()), std::move(reply));
}

void Vault::on(Caller& caller, const wire::VerifyRecover& request, wire::Reply reply) {
  auto object = permitted(caller, request.slot, request.key, request.parameters.mechanism,
                          crypto::use::kVerifyRecover, reply);
  if (!object.ok()) return reply.fail(object.error());
  const Material& material = object.value()->material;
  if (!material.public_key) return reply.fail(Error{Code::key_type, "this key verifies nothing"});
  std::array<std::uint8_t, crypto::kSignatureBytesMax> data;
  const auto size = crypto::recover(
      *material.public_key, parameters_of(request.slot, request.parameters, crypto::use::kVerifyRecover),
      request.signature, data);
  if (!size.ok()) return reply.fail(size.error());
  reply.send(codec::encode(wire::OutputReply{Bytes(data).first(size.value())}));
}

}  // namespace coffer::vault
