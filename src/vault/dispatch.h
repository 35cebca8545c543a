// Dispatch: the gates between a request and its handler. They are the same for a request that comes alone, in
// a batch, or inside another one.
#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <type_traits>

#include "codec/binary.h"
#include "vault/vault.h"
#include "wire/field_writer.h"

namespace coffer::vault {

// kIsOneOf tells whether a type is in a list.
template <typename T, typename... List>
inline constexpr bool kIsOneOf = (std::is_same_v<T, List> || ...);

// kIsCounted tells whether a request is counted against its token's rate. What logs in or administers a token
// is not: a flood must not keep its officer out.
template <typename Request>
inline constexpr bool kIsCounted =
    !kIsOneOf<Request, wire::InitToken, wire::Login, wire::Logout, wire::InitPin, wire::SetPin,
              wire::TokenUnlock, wire::DestroyToken, wire::TokenPolicySet, wire::TokenPolicyShow,
              wire::KeyDeleted, wire::KeyUndelete>;

// send_wiped sends a reply with a secret in it, and leaves no octet of it behind.
template <typename Response>
void send_wiped(const Response& response, wire::Reply& reply) {
  Buffer octets;
  octets.reserve(wire::encoded_bytes(response));  // growing would leave copies
  codec::encode_into(response, octets);
  reply.send(octets);
  wipe(octets);
}

// Needs says when a request is answered.
enum class Needs : std::uint8_t {
  nothing,   // in every state; the handler takes world_ itself
  unlocked,  // only while unlocked; world_ is held shared during the call
};

// Dispatch reaches the vault's private handlers. A request is admitted, then opened, then handled, then
// settled.
struct Dispatch {
  struct Row;

  // Admitted is a request that passed the gates which need no look inside it.
  struct Admitted {
    const Row* row = nullptr;
    Connection* connection = nullptr;  // the request's context, which outlives this
    std::shared_ptr<Application> application;

    [[nodiscard]] Caller caller() const { return {*connection, *application}; }
  };

  // admit asks whether a request may be answered: its deadline, whether the connection said Hello, where it
  // comes from, the state of the vault, and whether its certificate is still good. `world` is of
  // Vault::world_: it is taken when the request needs it and was not taken for an earlier one, and must be
  // held until the request is settled.
  static Result<Admitted> admit(Vault& vault, const wire::Incoming& incoming,
                                std::shared_lock<std::shared_mutex>& world);

  // open decodes an admitted request and asks whether its caller may name that slot now.
  template <typename Request>
  static Result<Request> open(Vault& vault, const Caller& caller, Bytes payload) {
    auto request = codec::decode<Request>(payload);
    if constexpr (requires { request.value().slot; }) {
      if (!request.ok()) return request;
      TRY(vault.check_slot(caller.connection, request.value().slot));
      if constexpr (kIsCounted<Request>) TRY(vault.count_request(caller, request.value().slot));
    }
    return request;
  }

  // settle is called once an admitted request was handled under world_.
  static void settle(Vault& vault, const Admitted& admitted);

  // run opens a request and has it handled.
  template <typename Request>
  static void run(Vault& vault, Caller& caller, wire::Incoming& incoming);

  template <typename Request>
  static constexpr Row row(Needs needs, bool is_long);

  static const Row* find(wire::Op op);
};

// AskedSignature is a Sign request of a batch, admitted and opened.
struct AskedSignature {
  Dispatch::Admitted admitted;
  wire::Incoming* incoming = nullptr;  // null once it is answered
  wire::Sign request;                  // views into the payload
};

}  // namespace coffer::vault
