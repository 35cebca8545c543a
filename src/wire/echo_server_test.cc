// EchoServer: what the tests of the wire talk to.
#include "wire/echo_server_test.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>

#include "base/check.h"
#include "codec/binary.h"
#include "host/socket.h"

namespace coffer::wire {

namespace {

std::string make_directory() {
  std::string path = "/tmp/coffer-wire.XXXXXX";
  CHECK(::mkdtemp(path.data()) != nullptr);
  return path;
}

void answer_control(const host::Descriptor& control) {
  std::array<std::uint8_t, 1> octet{};
  const auto at_once = host::Deadline::after(std::chrono::milliseconds(0));
  while (host::read_exactly(control, octet, at_once).ok()) {
    CHECK(host::write_exactly(control, octet, at_once).ok());
  }
}

std::unique_ptr<Server> make_server(const std::string& path, unsigned worker_count, EchoService& service,
                                    const host::Descriptor* control = nullptr) {
  ServerOptions options;
  options.control = control;
  options.on_control = [control] { answer_control(*control); };
  auto listener = host::listen_unix(path, 0600);
  CHECK(listener.ok());
  options.listener = std::move(listener).value();
  options.worker_count = worker_count;
  options.hello_milliseconds = 20;
  options.nanoseconds = [&service] { return service.nanoseconds.load(); };
  auto server = Server::create(std::move(options), service);
  CHECK(server.ok());
  return std::move(server).value();
}

// Works for about so long, as a signature would.
void work_for(std::chrono::microseconds span) {
  const auto end = std::chrono::steady_clock::now() + span;
  while (std::chrono::steady_clock::now() < end) {
  }
}

// Reads every octet, really.
int sum_of(Bytes octets) {
  int sum = 0;
  for (const std::uint8_t& octet : octets) sum += *const_cast<const volatile std::uint8_t*>(&octet);
  return sum;
}

}  // namespace

EchoService::EchoService() : late_thread_([this] { answer_late(); }) {}

EchoService::~EchoService() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  late_thread_.join();
}

Result<std::shared_ptr<ConnectionContext>> EchoService::connected(const host::Peer& peer) {
  if (refuses) return Error{Code::denied, "the test refuses everybody"};
  {
    const std::lock_guard lock(mutex_);
    ++connected_count;
    changed_.notify_all();
  }
  auto context = std::make_shared<EchoContext>(next_principal.load());
  if (!waits_for_hello) context->set_introduced();
  context->uid = peer.uid;
  return std::shared_ptr<ConnectionContext>(std::move(context));
}

void EchoService::disconnected(const std::shared_ptr<ConnectionContext>& context) {
  if (static_cast<EchoContext&>(*context).inside != 0) ++misplaced_count;
  const std::lock_guard lock(mutex_);
  ++disconnected_count;
  changed_.notify_all();
}

bool EchoService::wait_until_connected(int count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(60),
                           [this, count] { return connected_count >= count; });
}

bool EchoService::wait_until_answered(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(60), [this, count] { return answered_count >= count; });
}

bool EchoService::wait_until_disconnected() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(60),
                           [this] { return disconnected_count == connected_count; });
}

bool EchoService::is_long(Op op, Bytes /*payload*/) const { return op == kSlow; }

void EchoService::handle(std::span<Incoming> batch) {
  ++batch_count;
  request_count += batch.size();
  CHECK(!batch.empty() && batch.size() <= kBatchMax);
  for (Incoming& incoming : batch) ++static_cast<EchoContext&>(*incoming.context).inside;
  for (Incoming& incoming : batch) handle_one(incoming);
  for (Incoming& incoming : batch) --static_cast<EchoContext&>(*incoming.context).inside;
  {
    const std::lock_guard lock(mutex_);
    answered_count += batch.size();
  }
  changed_.notify_all();
}

void EchoService::handle_one(Incoming& incoming) {
  const Bytes payload = incoming.payload;
  if (incoming.op == kOp<Hello>) {
    incoming.context->set_introduced();
    return incoming.reply.send(codec::encode(HelloReply{}));
  }
  switch (static_cast<Asked>(incoming.op)) {
    case Asked::slow: work_for(std::chrono::microseconds(200)); return incoming.reply.send(payload);
    case Asked::twice: {
      const int first = sum_of(payload);
      work_for(std::chrono::microseconds(2));
      if (first != sum_of(payload))
        return incoming.reply.fail(Error{Code::internal, "the payload has changed"});
      return incoming.reply.send({});
    }
    case Asked::join: incoming.context->set_share(payload[0]); return incoming.reply.send({});
    case Asked::hold: {
      std::unique_lock lock(mutex_);
      ++held_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return held_ == 0; });
      return incoming.reply.send({});
    }
    case Asked::costly: nanoseconds += 1'000'000'000; [[fallthrough]];
    case Asked::heavy:
    case Asked::echo:
      note_served(incoming.context->share());
      return incoming.reply.send_parts(payload.first(payload.size() / 2),
                                       payload.subspan(payload.size() / 2));
    case Asked::late: {
      const std::lock_guard lock(mutex_);
      late_.emplace_back(std::move(incoming.reply), to_buffer(payload));
      changed_.notify_all();
      return;
    }
    case Asked::never: {
      const std::lock_guard lock(mutex_);
      kept_.emplace_back(std::move(incoming.reply), to_buffer(payload));
      changed_.notify_all();
      return;
    }
    case Asked::drop: return;
    case Asked::stretch: {
      std::uint32_t bytes = 0;
      codec::BinaryReader reader(payload);
      if (!reader(bytes).ok()) return incoming.reply.fail(Error{Code::malformed, "no size"});
      return incoming.reply.send(Buffer(bytes, 0x5a));
    }
    case Asked::who: {
      Buffer uid;
      codec::BinaryWriter writer(uid);
      CHECK(writer(static_cast<EchoContext&>(*incoming.context).uid).ok());
      return incoming.reply.send(uid);
    }
    case Asked::fail: return incoming.reply.fail(Error{Code::conflict, "the test asked for a failure"});
  }
  incoming.reply.fail(Error{Code::unsupported, "no such request"});
}

void EchoService::note_served(std::uint64_t share) {
  if (share == 0) return;
  const std::lock_guard lock(mutex_);
  served_.push_back(share);
  changed_.notify_all();
}

bool EchoService::wait_until_held(int count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return held_ >= count; });
}

void EchoService::let_go() {
  const std::lock_guard lock(mutex_);
  held_ = 0;
  changed_.notify_all();
}

std::vector<std::uint64_t> EchoService::served() {
  const std::lock_guard lock(mutex_);
  return served_;
}

bool EchoService::wait_until_served(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return served_.size() >= count; });
}

void EchoService::answer_late() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !late_.empty(); });
    if (ending_) return;
    auto late = std::exchange(late_, {});
    lock.unlock();
    for (auto& [reply, payload] : late) reply.send(payload);
    late.clear();
    lock.lock();
  }
}

void EchoService::release_kept() {
  std::unique_lock lock(mutex_);
  auto kept = std::exchange(kept_, {});
  lock.unlock();
  for (auto& [reply, payload] : kept) reply.send(payload);
}

std::size_t EchoService::kept_count() {
  const std::lock_guard lock(mutex_);
  return kept_.size();
}

EchoServer::EchoServer(unsigned worker_count, const host::Descriptor* control)
    : directory_(make_directory()),
      path_(directory_ + "/chip.sock"),
      server_(make_server(path_, worker_count, service_, control)),
      runner_([this] { server_->run(); }) {}

EchoServer::~EchoServer() {
  server_->stop();
  runner_.join();
  service_.release_kept();
  std::filesystem::remove_all(directory_);
}

std::unique_ptr<Client> EchoServer::connect(bool use_ring) const {
  auto client = Client::connect({.socket_path = path_, .use_ring = use_ring});
  CHECK(client.ok());
  CHECK(client.value()->has_ring() == use_ring);
  return std::move(client).value();
}

EchoProcess::EchoProcess(unsigned descriptors_max)
    : directory_(make_directory()), path_(directory_ + "/chip.sock") {
  std::array<int, 2> ready{};
  CHECK(::pipe(ready.data()) == 0);
  pid_ = ::fork();
  CHECK(pid_ >= 0);
  if (pid_ == 0) {
    const rlimit limit{descriptors_max, descriptors_max};
    if (descriptors_max > 0) CHECK(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
    EchoService service;
    auto server = make_server(path_, 2, service);
    CHECK(::write(ready[1], "", 1) == 1);
    server->run();
    ::_exit(0);
  }
  char octet = 0;
  CHECK(::read(ready[0], &octet, 1) == 1);
  ::close(ready[0]);
  ::close(ready[1]);
}

double EchoProcess::processor_seconds() const {
  clockid_t clock{};
  timespec time{};
  CHECK(::clock_getcpuclockid(pid_, &clock) == 0 && ::clock_gettime(clock, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void EchoProcess::kill_now() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

EchoProcess::~EchoProcess() {
  kill_now();
  std::filesystem::remove_all(directory_);
}

bool echo(Client& client, Op op, Bytes payload) {
  bool same = false;
  const Status done = client.exchange(op, payload, 0, [&](Bytes reply) {
    same = equal_public(reply, payload);
    return Status{};
  });
  return done.ok() && same;
}

}  // namespace coffer::wire
