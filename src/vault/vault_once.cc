// Vault: creations that may be delivered twice (wire/once_messages.h). Nothing is kept about a request: the
// id of the object says what it was made for, and is as durable as the object.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "codec/binary.h"
#include "crypto/primitives.h"
#include "vault/dispatch.h"

namespace coffer::vault {

namespace {

// What the id of an object is the keyed hash of. The principal is in it, so that nobody meets the objects of
// another one.
struct NewName {
  std::array<std::uint8_t, 4> purpose{'o', 'n', 'c', 'e'};
  record::PartitionTag partition{};
  Entrance entrance = Entrance::socket;
  std::uint32_t uid = 0;
  wire::RequestId request{};
  std::uint8_t index = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.purpose));
    TRY(visit(in.partition));
    TRY(visit(in.entrance));
    TRY(visit(in.uid));
    TRY(visit(in.request));
    return visit(in.index);
  }
};

// EnclosedReply puts the answer of the request inside into the answer of Once.
class EnclosedReply final : public wire::ReplySink {
 public:
  explicit EnclosedReply(wire::Reply outer) : outer_(std::move(outer)) {}

  void deliver(Code code, Bytes payload) override {
    if (code != Code::ok) return outer_.fail_with(code, payload);
    Buffer length;
    codec::BinaryWriter writer(length);
    CHECK(writer(static_cast<std::uint32_t>(payload.size())).ok());
    outer_.send_parts(length, payload);
  }

 private:
  wire::Reply outer_;
};

}  // namespace

void Vault::name_new(const Caller& caller, const Token& token, Object& object, std::uint8_t index) const {
  if (caller.request == nullptr || !object.is_token) return;
  const NewName name{.partition = token.partition()->tag,
                     .entrance = caller.connection.entrance,
                     .uid = caller.uid(),
                     .request = *caller.request,
                     .index = index};
  const crypto::Digest32 digest = crypto::hmac_sha256(realm_->names(), codec::encode(name));
  std::ranges::copy_n(digest.begin(), static_cast<std::ptrdiff_t>(object.id.size()), object.id.begin());
  finish_object(object);
}

bool Vault::was_made_before(const Caller& caller, const record::Submission& submission) const {
  if (caller.request == nullptr) return false;
  return std::ranges::any_of(submission.changes, [this](const record::RecordChange& change) {
    return realm_->manifests().find(change.entry.id).has_value();
  });
}

void Vault::on(Caller& caller, const wire::Once& request, wire::Reply reply) {
  const Dispatch::Row* const row = Dispatch::find(request.op);
  if (row == nullptr || row->facts->again != wire::Again::once)
    return reply.fail(Error{Code::unsupported, "only what makes objects can be asked for once"});
  Caller once{caller.connection, caller.application, &request.id};
  row->handler(*this, once, request.request, wire::Reply(std::make_shared<EnclosedReply>(std::move(reply))));
}

}  // namespace coffer::vault
