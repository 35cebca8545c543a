// Broker: the table of requests that the store broker answers.
#include "store/broker.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "store/channel_server.h"
#include "store/messages.h"

namespace coffer::store {
namespace {

Status answer_commit(Store& store, Bytes request, Buffer& payload) {
  return answer_with<Transaction>(request, payload, [&](const Transaction& in) -> Result<RevisionMessage> {
    return RevisionMessage{TRY(store.commit(in))};
  });
}

Status answer_get(Store& store, Bytes request, Buffer& payload) {
  return answer_with<KeyMessage>(request, payload, [&](const KeyMessage& in) -> Result<RecordMessage> {
    return RecordMessage{TRY(store.get(in.key))};
  });
}

Status answer_range(Store& store, Bytes request, Buffer& payload) {
  return answer_with<RangeMessage>(request, payload, [&](const RangeMessage& in) {
    return store.range(in.prefix, in.after, in.count_max);
  });
}

Status answer_revision(Store& store, Bytes request, Buffer& payload) {
  return answer_with<EmptyMessage>(request, payload, [&](const EmptyMessage&) -> Result<RevisionMessage> {
    return RevisionMessage{TRY(store.revision())};
  });
}

Status answer_changes(Store& store, Bytes request, Buffer& payload) {
  return answer_with<RevisionMessage>(request, payload,
                                      [&](const RevisionMessage& in) -> Result<ChangesMessage> {
                                        return ChangesMessage{TRY(store.changes(in.revision))};
                                      });
}

struct Row {
  StoreRequest kind;
  Status (*answer)(Store& store, Bytes request, Buffer& payload);
};

constexpr auto kRows = std::to_array<Row>({
    {StoreRequest::commit, answer_commit},
    {StoreRequest::get, answer_get},
    {StoreRequest::range, answer_range},
    {StoreRequest::revision, answer_revision},
    {StoreRequest::changes, answer_changes},
});

class StoreAnswerer final : public Answerer {
 public:
  explicit StoreAnswerer(Store& store) : store_(store) {}

  Status answer(std::uint8_t kind, Bytes request, Buffer& payload) override {
    const auto* row = std::ranges::find(kRows, static_cast<StoreRequest>(kind), &Row::kind);
    if (row == kRows.end()) return Error{Code::malformed, "the store broker does not know this request"};
    return row->answer(store_, request, payload);
  }

 private:
  Store& store_;
};

}  // namespace

Broker::Broker(std::unique_ptr<Answerer> answerer, std::unique_ptr<ChannelServer> server)
    : answerer_(std::move(answerer)), server_(std::move(server)) {}

Broker::~Broker() = default;

Result<std::unique_ptr<Broker>> Broker::start(Store& store, std::vector<host::Descriptor> channels) {
  std::unique_ptr<Answerer> answerer = std::make_unique<StoreAnswerer>(store);
  auto server = TRY(ChannelServer::start(*answerer, std::move(channels)));
  return std::unique_ptr<Broker>(new Broker(std::move(answerer), std::move(server)));
}

void Broker::wait() { server_->wait(); }

}  // namespace coffer::store
