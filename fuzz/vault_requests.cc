// Vault requests: any sequence of requests to a chip. Each is answered once, and no answer holds a secret.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "fuzz.h"
#include "targets.h"
#include "vault_world.h"
#include "wire/frame.h"

namespace coffer {

namespace {

using fuzzing::Answer;
using fuzzing::VaultWorld;

constexpr std::size_t kRequestsMax = 64;  // in one input

// A request cannot know the ids that the chip chooses. So wherever these octets stand, one more octet behind
// them names an object by the order in which the chip told of it.
constexpr std::string_view kIdPlace = "OBJECT-NUMBER: ";
static_assert(kIdPlace.size() + 1 == std::tuple_size_v<wire::ObjectId>);

// Nor can it know the numbers of operations and counters of nonces, which an application counts from a random
// one on: a small number stands for the n-th.
constexpr std::uint64_t kSmallNumberMax = 64;

// number_place says where such a number stands in a request.
std::optional<std::size_t> number_place(wire::Op op) {
  if (op == wire::kOp<wire::MakeNonce>) return 1;  // behind the source
  const bool begins = op == wire::kOp<wire::Update> || op == wire::kOp<wire::Finish> ||
                      op == wire::kOp<wire::Cancel> || op == wire::kOp<wire::DigestKey> ||
                      op == wire::kOp<wire::CopyOperation>;
  return begins ? std::optional<std::size_t>(0) : std::nullopt;
}

// The value of a sensitive key in the token, which may be wrapped. No sequence of requests may make the chip
// say it.
constexpr std::string_view kCanary = "canary: no answer may hold this!";
constexpr std::size_t kCanaryPartBytes = 16;

template <typename Number>
Buffer number(Number value) {
  Buffer octets;
  for (std::size_t i = 0; i < 8; ++i)
    octets.push_back(static_cast<std::uint8_t>(std::uint64_t{value} >> (8 * i)));
  return octets;
}

// Start is what every input begins with: a vault with a token whose user has a PIN, the canary inside, and
// the ticket of a login, since a login itself takes its time.
struct Start {
  fuzzing::Image image;
  wire::LoginTicket ticket;
};

Start make_start() {
  VaultWorld world;
  world.must(wire::Initialize());
  wire::InitToken init{
      .slot = 0, .officer_pin = SecretBytes::copy_of(as_bytes(fuzzing::kOfficerPin)), .label = "fuzz"};
  world.must(init);
  const auto log_in = [&](wire::UserType user, std::string_view pin) {
    return world.must(wire::Login{.slot = 0, .user = user, .pin = SecretBytes::copy_of(as_bytes(pin))});
  };
  log_in(wire::UserType::security_officer, fuzzing::kOfficerPin);
  world.must(wire::InitPin{.slot = 0, .pin = SecretBytes::copy_of(as_bytes(fuzzing::kUserPin))});
  world.must(wire::Logout{.slot = 0});
  auto login = codec::decode<wire::LoginReply>(log_in(wire::UserType::user, fuzzing::kUserPin));
  CHECK(login.ok());
  const Buffer is_true{1};
  const Buffer object_class = number(vault::object_class::kSecretKey);
  const Buffer key_type = number(vault::key_type::kAes);
  world.must(wire::CreateObject{.slot = 0,
                                .attributes = {{vault::attribute::kClass, object_class},
                                               {vault::attribute::kKeyType, key_type},
                                               {vault::attribute::kToken, is_true},
                                               {vault::attribute::kSensitive, is_true},
                                               {vault::attribute::kExtractable, is_true},
                                               {vault::attribute::kLabel, as_bytes("canary")},
                                               {vault::attribute::kValue, as_bytes(kCanary)}}});
  return {world.image(), std::move(login.value().ticket)};
}

class Sequence {
 public:
  explicit Sequence(const Start& start) : world_(start.image) {
    world_.must(wire::Resume{clone(start.ticket)});
    const auto reply = codec::decode<wire::FindReply>(world_.must(wire::Find{}));
    CHECK(reply.ok());
    for (const wire::ObjectSummary& object : reply.value().objects) ids_.push_back(object.id);
  }

  void add(wire::Op op, Bytes payload, std::size_t connection) {
    payloads_.push_back(with_ids(payload));
    if (const auto place = number_place(op)) put_number(payloads_.back(), *place, first_numbers_[connection]);
    batch_.push_back({op, {}, connection});
  }

  // run sends what was added since the last run, as one batch.
  void run() {
    if (batch_.empty()) return;
    for (std::size_t i = 0; i < batch_.size(); ++i) batch_[i].payload = payloads_[i];
    const std::vector<Answer> answers = world_.ask(batch_);
    for (std::size_t i = 0; i < answers.size(); ++i) look_at(batch_[i], answers[i]);
    world_.pass(1);
    batch_.clear();
    payloads_.clear();
  }

  [[nodiscard]] bool full() const { return batch_.size() == wire::kBatchMax; }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  [[nodiscard]] Buffer with_ids(Bytes payload) const {
    Buffer octets = to_buffer(payload);
    auto place = octets.begin();
    while (!ids_.empty()) {
      place = std::search(place, octets.end(), kIdPlace.begin(), kIdPlace.end());
      if (octets.end() - place < static_cast<std::ptrdiff_t>(ids_[0].size())) break;
      const std::size_t index = place[static_cast<std::ptrdiff_t>(kIdPlace.size())] % ids_.size();
      place = std::ranges::copy(ids_[index], place).out;
    }
    return octets;
  }

  static void put_number(Buffer& payload, std::size_t place, std::uint64_t first) {
    if (first == 0 || payload.size() < place + sizeof first) return;
    std::uint64_t given = 0;
    for (std::size_t i = sizeof given; i > 0; --i) given = (given << 8U) | payload[place + i - 1];
    if (given == 0 || given > kSmallNumberMax) return;
    std::ranges::copy(number(first + given - 1), payload.begin() + static_cast<std::ptrdiff_t>(place));
  }

  void look_at(const fuzzing::Request& request, const Answer& answer) {
    const wire::Op op = request.op;
    for (std::size_t i = 0; i + kCanaryPartBytes <= kCanary.size(); i += kCanaryPartBytes) {
      const Bytes part = as_bytes(kCanary.substr(i, kCanaryPartBytes));
      CHECK(std::ranges::search(answer.payload, part).empty());
    }
    if (answer.code != Code::ok) {
      status_ = Error::received(answer.code, "a request was refused");
      return;
    }
    if (op == wire::kOp<wire::GenerateKeyPair>) {
      const auto reply = codec::decode<wire::KeyPairReply>(answer.payload);
      ids_.push_back(reply.value().public_key.id);
      ids_.push_back(reply.value().private_key.id);
    } else if (op == wire::kOp<wire::CreateObject> || op == wire::kOp<wire::CopyObject> ||
               op == wire::kOp<wire::GenerateKey>) {
      ids_.push_back(codec::decode<wire::ObjectReply>(answer.payload).value().object.id);
    } else if (op == wire::kOp<wire::DeriveKey>) {
      const auto reply = codec::decode<wire::DeriveKeyReply>(answer.payload);
      ids_.push_back(reply.value().object.id);
      for (const wire::ObjectSummary& each : reply.value().additional) ids_.push_back(each.id);
    } else if (op == wire::kOp<wire::Begin> || op == wire::kOp<wire::BeginSized>) {
      note_number(request.connection, codec::decode<wire::BeginReply>(answer.payload).value().operation);
    } else if (op == wire::kOp<wire::MakeNonce>) {
      note_number(request.connection, codec::decode<wire::NonceReply>(answer.payload).value().counter);
    }
  }

  void note_number(std::size_t connection, std::uint64_t number) {
    if (first_numbers_[connection] == 0) first_numbers_[connection] = number;
  }

  VaultWorld world_;
  std::vector<wire::ObjectId> ids_;
  std::array<std::uint64_t, VaultWorld::kConnections> first_numbers_{};
  std::vector<fuzzing::Request> batch_;
  std::vector<Buffer> payloads_;
  Status status_;
};

}  // namespace

// The input is a row of frames as on the wire. Connection 0 is logged in. The lowest bit of the request's id
// chooses the connection; a `reserved` other than 0 puts the request into one batch with the next.
Status fuzz_vault_requests(Bytes input) {
  static const Start start = make_start();
  Sequence sequence(start);
  fuzzing::Input rest(input);
  for (std::size_t count = 0; !rest.empty() && count < kRequestsMax; ++count) {
    const auto header = codec::decode<wire::FrameHeader>(rest.take(wire::FrameHeader::kBytes));
    if (!header.ok()) break;
    const Bytes payload = rest.take(header.value().payload_bytes);
    sequence.add(static_cast<wire::Op>(header.value().kind), payload,
                 header.value().request_id % VaultWorld::kConnections);
    if (header.value().reserved == 0 || sequence.full()) sequence.run();
  }
  sequence.run();
  return sequence.status();
}

}  // namespace coffer
