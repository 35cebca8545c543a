// EchoServer: a server with a service that tests can steer, in this process.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "wire/client.h"
#include "wire/server.h"

namespace coffer::wire {

// Asked is what EchoService does with a request; the numbers are of no real Op.
enum class Asked : std::uint16_t {
  echo = 54,    // answers with the payload; the number is one of a request that holds no secret
  late = 1001,  // as echo, a little later, from another thread
  never,        // keeps the request until release_kept()
  drop,         // does not answer
  fail,         // fails with `conflict` and the text kFailText
  stretch,      // answers with as many octets as the payload's u32 says
  who,          // answers with the uid of the peer
  slow,         // as echo, after some 200 us; is_long
  join,         // makes the connection one of the share that the payload's octet says
  hold,         // holds its worker up until let_go()
  twice,        // adds the payload up twice, and fails when the sums differ
  costly,       // as echo, and the server's clock goes on by a second
  heavy,        // as echo; is_heavy
};
inline constexpr Op kEcho = static_cast<Op>(Asked::echo);
inline constexpr Op kLate = static_cast<Op>(Asked::late);
inline constexpr Op kNever = static_cast<Op>(Asked::never);
inline constexpr Op kDrop = static_cast<Op>(Asked::drop);
inline constexpr Op kFail = static_cast<Op>(Asked::fail);
inline constexpr Op kStretch = static_cast<Op>(Asked::stretch);
inline constexpr Op kWho = static_cast<Op>(Asked::who);
inline constexpr Op kTwice = static_cast<Op>(Asked::twice);
inline constexpr Op kJoin = static_cast<Op>(Asked::join);
inline constexpr Op kHold = static_cast<Op>(Asked::hold);
inline constexpr Op kSlow = static_cast<Op>(Asked::slow);
inline constexpr Op kCostly = static_cast<Op>(Asked::costly);
inline constexpr Op kHeavy = static_cast<Op>(Asked::heavy);
inline constexpr std::string_view kFailText = "the test asked for a failure";

// EchoContext is what EchoService keeps for a connection.
struct EchoContext final : ConnectionContext {
  using ConnectionContext::ConnectionContext;
  std::uint32_t uid = 0;
  std::atomic<int> inside = 0;  // how many handle() calls are at work for it
};

// EchoService answers from several threads at once.
class EchoService final : public Service {
 public:
  EchoService();
  ~EchoService() override;

  Result<std::shared_ptr<ConnectionContext>> connected(const host::Peer& peer) override;
  void disconnected(const std::shared_ptr<ConnectionContext>& context) override;
  [[nodiscard]] bool is_long(Op op, Bytes payload) const override;
  [[nodiscard]] bool is_heavy(Op op) const override { return op == kHeavy; }
  void handle(std::span<Incoming> batch) override;

  // wait_until_held returns true when so many workers are held up, false after a minute; let_go lets them go
  // on.
  bool wait_until_held(int count = 1);
  void let_go();
  // served tells whose echoes were answered, by share, in order; those of share 0 are left out.
  [[nodiscard]] std::vector<std::uint64_t> served();
  // wait_until_served returns true when there are so many of them, false after ten seconds.
  bool wait_until_served(std::size_t count);

  // release_kept answers what kNever kept.
  void release_kept();
  [[nodiscard]] std::size_t kept_count();
  // wait_until_connected returns true when so many connections were admitted, false after ten seconds.
  bool wait_until_connected(int count);
  // wait_until_answered returns true when handle() is done with so many requests, false after a minute.
  bool wait_until_answered(std::size_t count);
  // wait_until_disconnected returns true when every connection has ended, false after ten seconds.
  bool wait_until_disconnected();

  std::atomic<bool> refuses = false;              // connected() fails with `denied`
  std::atomic<bool> waits_for_hello = false;      // who says none is cut off after 20 milliseconds
  std::atomic<std::uint64_t> next_principal = 0;  // of those that connect from now on
  std::atomic<std::uint64_t> nanoseconds = 0;     // the server's clock for costs
  std::atomic<int> connected_count = 0;
  std::atomic<int> disconnected_count = 0;
  std::atomic<int> misplaced_count = 0;  // disconnected() while handle() was at work
  std::atomic<std::size_t> batch_count = 0;
  std::atomic<std::size_t> request_count = 0;
  std::atomic<std::size_t> answered_count = 0;  // changes under the lock

 private:
  void handle_one(Incoming& incoming);
  void note_served(std::uint64_t share);
  void answer_late();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  int held_ = 0;
  std::vector<std::uint64_t> served_;
  std::vector<std::pair<Reply, Buffer>> late_;
  std::vector<std::pair<Reply, Buffer>> kept_;
  std::thread late_thread_;
};

// EchoServer listens in a directory of its own and runs until it dies.
class EchoServer final {
 public:
  // With `control` it answers each octet that comes there with the same one.
  explicit EchoServer(unsigned worker_count = 2, const host::Descriptor* control = nullptr);
  ~EchoServer();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] EchoService& service() { return service_; }
  [[nodiscard]] Server& server() { return *server_; }

  // connect makes a client, over a ring or over the socket only; the test ends when that fails.
  [[nodiscard]] std::unique_ptr<Client> connect(bool use_ring) const;

 private:
  std::string directory_;
  std::string path_;
  EchoService service_;
  std::unique_ptr<Server> server_;
  std::thread runner_;
};

// EchoProcess is an EchoServer in a process of its own, which can be killed. Make it before any thread.
class EchoProcess final {
 public:
  // With `descriptors_max` the process can have no more descriptors than that.
  explicit EchoProcess(unsigned descriptors_max = 0);
  ~EchoProcess();

  void kill_now();
  [[nodiscard]] const std::string& path() const { return path_; }
  // processor_seconds is how much processor time the process has used.
  [[nodiscard]] double processor_seconds() const;

 private:
  std::string directory_;
  std::string path_;
  int pid_ = -1;
};

// echo sends a payload and tells whether the same came back.
bool echo(Client& client, Op op, Bytes payload);

}  // namespace coffer::wire
