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

// send_wiped sends a reply with a secret in it, and leaves no octet of it behind.
template <typename Response>
void send_wiped(const Response& response, wire::Reply& reply) {
  Buffer octets;
  octets.reserve(wire::encoded_bytes(response));  // growing would leave copies
  codec::encode_into(response, octets);
  reply.send(octets);
  wipe(octets);
}

// Dispatch reaches the vault's private handlers. A request is admitted, then opened, then handled, then
// settled. What the gates ask is written in its facts (wire/facts.h).
struct Dispatch {
  // Handler answers an encoded request.
  using Handler = void (*)(Vault& vault, Caller& caller, Bytes payload, wire::Reply reply);

  struct Row {
    const wire::Facts* facts = nullptr;
    Handler handler = nullptr;
    Handler job = nullptr;  // answers that a job was started, and then lets the job have the answer
  };

  // Admitted is a request that passed the gates which need no look inside it.
  struct Admitted {
    const Row* row = nullptr;
    Connection* connection = nullptr;  // the request's context, which outlives this
    std::shared_ptr<Application> application;

    [[nodiscard]] Caller caller() const { return {*connection, *application}; }
  };

  // admit asks whether a request may be answered: its deadline, whether the connection said Hello, where it
  // comes from, the state of the vault, whether its certificate is still good, and whether it is for the
  // owner alone. `world` is what world_of() gave: it is taken when the request needs it and was not taken for
  // an earlier one, and must be held until the request is settled.
  static Result<Admitted> admit(Vault& vault, const wire::Incoming& incoming,
                                std::shared_lock<FairSharedMutex>& world);

  static std::shared_lock<FairSharedMutex> world_of(Vault& vault) {
    return std::shared_lock(vault.world_, std::defer_lock);
  }

  // open decodes an admitted request and asks whether its caller may name that slot now, and has the right
  // that it takes there.
  template <typename Request>
  static Result<Request> open(Vault& vault, Caller& caller, Bytes payload) {
    auto request = codec::decode<Request>(payload);
    if constexpr (requires { request.value().slot; }) {
      if (!request.ok()) return request;
      TRY(vault.need_slot(caller, request.value().slot));
      if constexpr (Request::kFacts.counted == wire::Counted::yes)
        TRY(vault.count_request(caller, request.value().slot));
      if constexpr (Request::kFacts.right == wire::Right::officer)
        caller.token = TRY(vault.need_officer(caller, request.value().slot, Request::kFacts.event));
    }
    return request;
  }

  // settle is called once an admitted request was handled under world_.
  static void settle(Vault& vault, const Admitted& admitted);

  // run opens a request and has it handled; start_job does so behind the asker's back (vault_job.cc).
  template <typename Request>
  static void run(Vault& vault, Caller& caller, Bytes payload, wire::Reply reply);
  template <typename Request>
  static void start_job(Vault& vault, Caller& caller, Bytes payload, wire::Reply reply);

  template <typename Request>
  static constexpr Row row();

  // find gives the row of a request that is admitted, or null. Hello comes before that, and AttachRing never
  // gets here.
  static const Row* find(std::uint32_t number);
};

// AskedSignature is a Sign request of a batch, admitted and opened.
struct AskedSignature {
  Dispatch::Admitted admitted;
  wire::Incoming* incoming = nullptr;  // null once it is answered
  wire::Sign request;                  // views into the payload
};

}  // namespace coffer::vault
