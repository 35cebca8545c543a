// The chapter "socket": whole frames over a socket - what the chip's server answers itself, a ring, and how a
// request looks on its way.
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "host/shared_memory.h"
#include "host/socket.h"
#include "tests/traces/chapters.h"
#include "tests/traces/scene.h"
#include "wire/ring.h"
#include "wire/server.h"

namespace coffer::traces {
namespace {

constexpr std::chrono::seconds kAnswerTimeMax{60};

// Gate takes everybody for the owner: who runs this test may be anybody.
class Gate final : public wire::Service {
 public:
  explicit Gate(vault::Vault& vault) : vault_(vault) {}
  Result<std::shared_ptr<wire::ConnectionContext>> connected(const host::Peer& /*peer*/) override {
    return vault_.connected({.uid = vault::kOwner, .gid = vault::kOwner, .pid = 1, .groups = {}});
  }
  void disconnected(const std::shared_ptr<wire::ConnectionContext>& context) override {
    vault_.disconnected(context);
  }
  [[nodiscard]] bool is_long(wire::Op op, Bytes payload) const override {
    return vault_.is_long(op, payload);
  }
  [[nodiscard]] bool is_heavy(wire::Op op) const override { return vault_.is_heavy(op); }
  void handle(std::span<wire::Incoming> batch) override {
    // The server's deadlines are of the machine's clock, and the vault's clock stands still.
    for (wire::Incoming& each : batch) each.deadline_boot_milliseconds = 0;
    vault_.handle(batch);
  }

 private:
  vault::Vault& vault_;
};

// Running is a server over a vault, and one client.
class Running {
 public:
  explicit Running(vault::Vault& vault) : gate_(vault) {
    std::string folder = std::filesystem::temp_directory_path() / "coffer-traces-XXXXXX";
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    auto listener = host::listen_unix((folder_ / "chip.sock").string(), 0600);
    EXPECT_TRUE(listener.ok());
    auto server =
        wire::Server::create({.listener = std::move(listener).value(), .worker_count = 1, .door = {}}, gate_);
    EXPECT_TRUE(server.ok());
    server_ = std::move(server).value();
    thread_ = std::thread([this] { server_->run(); });
  }
  ~Running() {
    server_->stop();
    thread_.join();
    std::filesystem::remove_all(folder_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  host::Descriptor connect() {
    auto socket = host::connect_unix((folder_ / "chip.sock").string(), host::Deadline::after(kAnswerTimeMax));
    EXPECT_TRUE(socket.ok());
    return std::move(socket).value();
  }

 private:
  Gate gate_;
  std::filesystem::path folder_;
  std::unique_ptr<wire::Server> server_;
  std::thread thread_;
};

// exchange sends a frame with a request and writes its payload and that of the reply down.
template <typename Request>
void exchange(Scene& scene, const host::Descriptor& socket, std::string_view name, const Request& request,
              Code expected, std::span<const int> descriptors = {}) {
  scene.seed(name);
  const Buffer payload = codec::encode(request);
  constexpr std::uint64_t kRequest = 7;
  Buffer frame = codec::encode(wire::FrameHeader{.payload_bytes = static_cast<std::uint32_t>(payload.size()),
                                                 .kind = static_cast<std::uint16_t>(wire::kOp<Request>),
                                                 .request_id = kRequest});
  append(frame, payload);
  const auto deadline = host::Deadline::after(kAnswerTimeMax);
  EXPECT_TRUE(host::send_with_descriptors(socket, frame, descriptors, deadline).ok());
  Buffer header(wire::FrameHeader::kBytes);
  const auto received = host::receive_with_descriptors(socket, header, 1, deadline);
  ASSERT_TRUE(received.ok() && received.value().bytes == header.size()) << name;
  const auto decoded = codec::decode<wire::FrameHeader>(header);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded.value().request_id, kRequest);
  EXPECT_EQ(decoded.value().kind, static_cast<std::uint16_t>(expected)) << name;
  Buffer reply(decoded.value().payload_bytes);
  EXPECT_TRUE(reply.empty() || host::read_exactly(socket, reply, deadline).ok());
  scene.note({.name = std::string(name),
              .place = "socket",
              .op = static_cast<std::uint16_t>(wire::kOp<Request>),
              .request = payload,
              .code = static_cast<Code>(decoded.value().kind),
              .reply = reply});
}

}  // namespace

Chapter socket_chapter() {
  Scene scene("socket");
  scene.start("start");
  scene.seed("initialize");
  EXPECT_EQ(scene.world().initialize(), Code::ok);
  scene.settle();
  {
    Running running(*scene.world().vault);
    const host::Descriptor socket = running.connect();
    exchange(scene, socket, "hello in a frame", wire::Hello{}, Code::ok);
    exchange(scene, socket, "slots in a frame", wire::Slots{}, Code::ok);
    const wire::AttachRing attach{.bytes = wire::kRingBytes};
    exchange(scene, socket, "a ring without its memory", attach, Code::invalid);
    auto memory = host::SharedMemory::create(wire::kRingBytes);
    EXPECT_TRUE(memory.ok());
    const std::array<int, 1> descriptors{memory.value().descriptor().get()};
    exchange(scene, socket, "a ring of another size", wire::AttachRing{.bytes = 1}, Code::denied,
             descriptors);
    exchange(scene, socket, "a ring of another form", attach, Code::denied, descriptors);
    wire::RingHeader& header = wire::RingView(memory.value().octets()).header();
    header.magic = wire::kRingMagic;
    header.version = wire::kRingVersion;
    header.slot_count = wire::kSlotCount;
    exchange(scene, socket, "a ring", attach, Code::ok, descriptors);
    exchange(scene, socket, "a second ring", attach, Code::exists, descriptors);
  }
  return scene.take();
}

}  // namespace coffer::traces
