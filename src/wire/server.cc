// Server: makes the parts, starts the threads, ends them.
#include "wire/server.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "base/secret_stack.h"
#include "host/errno_error.h"
#include "wire/admission.h"
#include "wire/charges.h"
#include "wire/connection_table.h"
#include "wire/event_set.h"
#include "wire/ring_watch.h"
#include "wire/turns.h"
#include "wire/worker.h"

namespace coffer::wire {

namespace {

constexpr unsigned kWorkersMax = 64;

std::uint64_t now_nanoseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

class SocketServer final : public Server {
 public:
  SocketServer(EventSet events, ServerOptions options, host::Descriptor wake, host::Descriptor stop,
               Service& service, unsigned worker_count)
      : events_(std::move(events)),
        wake_(std::move(wake)),
        stop_(std::move(stop)),
        service_(service),
        control_(options.control),
        on_control_(std::move(options.on_control)),
        charges_(worker_count),
        nanoseconds_(options.nanoseconds ? std::move(options.nanoseconds) : now_nanoseconds),
        admission_(std::move(options.listener), std::move(options.door), options.hello_milliseconds, table_,
                   events_, service) {}
  ~SocketServer() override {
    stop();
    run();
  }

  Status start(unsigned worker_count);
  void run() override;
  void stop() override;
  [[nodiscard]] std::size_t connection_count() const override { return table_.count(); }

 private:
  void work();

  EventSet events_;
  host::Descriptor wake_;
  host::Descriptor stop_;
  Service& service_;
  const host::Descriptor* const control_;
  const std::function<void()> on_control_;
  ConnectionTable table_;
  Charges charges_;
  RingWatch watch_{charges_};
  Turns turns_{charges_};
  const std::function<std::uint64_t()> nanoseconds_;
  Admission admission_;
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;  // guards released_
  std::condition_variable release_;
  bool released_ = false;
  std::vector<std::thread> threads_;
};

Status SocketServer::start(unsigned worker_count) {
  TRY(admission_.start());
  // An event of `wake_` wakes one worker, once; `stop_` keeps waking until all have ended.
  TRY(events_.add(wake_, EPOLLIN | EPOLLET, Source::wake));
  TRY(events_.add(stop_, EPOLLIN, Source::stop));
  if (control_ != nullptr) TRY(events_.add(*control_, EPOLLIN | EPOLLET, Source::control));
  for (unsigned i = 0; i < worker_count; ++i)
    threads_.emplace_back([this] { on_secret_stack([this] { work(); }); });
  return {};
}

void SocketServer::work() {
  {
    std::unique_lock lock(mutex_);
    release_.wait(lock, [this] { return released_; });
  }
  Worker worker({.service = service_,
                 .events = events_,
                 .table = table_,
                 .admission = admission_,
                 .watch = watch_,
                 .charges = charges_,
                 .turns = turns_,
                 .nanoseconds = nanoseconds_,
                 .wake = wake_,
                 .on_control = on_control_,
                 .stopping = stopping_});
  worker.run();
}

void SocketServer::run() {
  {
    const std::lock_guard lock(mutex_);
    released_ = true;
  }
  release_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  turns_.clear();
  table_.close_all();
}

void SocketServer::stop() {
  stopping_.store(true);
  const std::uint64_t one = 1;
  // A full counter means that it was stopped already.
  if (::write(stop_.get(), &one, sizeof(one)) < 0) return;
}

}  // namespace

Result<std::shared_ptr<ConnectionContext>> Service::handed_over(Bytes /*identity*/) {
  return Error{Code::denied, "nothing is handed over to this service"};
}

Result<std::unique_ptr<Server>> Server::create(ServerOptions options, Service& service) {
  EventSet events = TRY(EventSet::create());
  host::Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  host::Descriptor stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open() || !stop.is_open()) return host::errno_error("cannot make the server's eventfds");
  const unsigned worker_count = std::clamp(options.worker_count, 1U, kWorkersMax);
  auto server = std::make_unique<SocketServer>(std::move(events), std::move(options), std::move(wake),
                                               std::move(stop), service, worker_count);
  TRY(server->start(worker_count));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace coffer::wire
