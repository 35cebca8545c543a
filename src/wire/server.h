// Server: the chip's end of the wire - connections, frames, rings and worker threads. What a request means is
// the Service's business.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "host/descriptor.h"
#include "host/socket.h"
#include "wire/budget.h"
#include "wire/frame.h"

namespace coffer::wire {

// kIdentityBytes is what a door sends with each connection that it hands over: zeros for its own, else the
// SHA-256 of the certificate that the peer has proved to own.
inline constexpr std::size_t kIdentityBytes = 32;

// Line is the server's end of one connection, as its context knows it.
class Line {
 public:
  virtual ~Line() = default;
  virtual void cut_off() = 0;
};

// A connection that said no Hello after so long is closed.
inline constexpr std::uint64_t kHelloMilliseconds = 10000;

// ConnectionContext is what the Service keeps for one connection (who it is, its application).
//
// Turns are taken by principals: who has used least of the workers' time is served next, however many
// connections it has. Among the connections of one principal their shares take turns likewise; the Service
// may change a share at any time, from any thread. A principal never has all workers at once; 0 is nobody in
// particular, who may.
class ConnectionContext {
 public:
  explicit ConnectionContext(std::uint64_t principal = 0) : principal_(principal) {}
  virtual ~ConnectionContext() = default;
  // budget is its user's; null before the server has taken the connection.
  [[nodiscard]] const std::shared_ptr<Budget>& budget() const { return budget_; }
  void set_budget(std::shared_ptr<Budget> budget) { budget_ = std::move(budget); }
  // has_introduced_itself tells whether its Hello was answered. One that says none is closed after
  // kHelloMilliseconds.
  [[nodiscard]] bool has_introduced_itself() const { return introduced_.load(); }
  void set_introduced() { introduced_.store(true); }
  [[nodiscard]] std::uint64_t principal() const { return principal_; }
  [[nodiscard]] std::uint64_t share() const { return share_.load(std::memory_order_relaxed); }
  void set_share(std::uint64_t share) {
    if (share_.load(std::memory_order_relaxed) != share) share_.store(share, std::memory_order_relaxed);
  }
  // end cuts the connection off, from any thread: the peer finds it closed, and what is under way is not
  // answered.
  void end() {
    has_ended_.store(true);
    if (const auto line = line_.load().lock()) line->cut_off();
  }
  // set_line is the server's, once, before any request. One that was ended before is cut off now.
  void set_line(const std::weak_ptr<Line>& line) {
    line_.store(line);
    if (!has_ended_.load()) return;
    if (const auto cut = line.lock()) cut->cut_off();
  }

 private:
  const std::uint64_t principal_;
  std::shared_ptr<Budget> budget_;  // shared: of all that the user has
  std::atomic<bool> introduced_ = false;
  std::atomic<bool> has_ended_ = false;
  std::atomic<std::uint64_t> share_ = 0;
  std::atomic<std::weak_ptr<Line>> line_;
};

// ReplySink is where a reply goes; the server implements it for the stream and for a ring's slot.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void deliver(Code code, Bytes payload) = 0;
  // deliver_parts delivers a payload of two parts; the server's own sinks put them together in place.
  virtual void deliver_parts(Code code, Bytes head, Bytes body) {
    Buffer whole = to_buffer(head);
    append(whole, body);
    deliver(code, whole);
  }
};

// Reply answers one request, once, from any thread, now or later. A Reply that dies unanswered answers
// `internal`. It outlives its connection safely: an answer to a dead connection is dropped.
class Reply {
 public:
  Reply() = default;
  explicit Reply(std::shared_ptr<ReplySink> sink) : sink_(std::move(sink)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept {
    if (this != &other) {
      drop();
      sink_ = std::move(other.sink_);
    }
    return *this;
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() { drop(); }

  void send(Bytes payload) {
    if (auto sink = std::move(sink_)) sink->deliver(Code::ok, payload);
  }
  // send_parts sends `head` and `body` one behind the other: a large output needs no copy into an encoded
  // message.
  void send_parts(Bytes head, Bytes body) {
    if (auto sink = std::move(sink_)) sink->deliver_parts(Code::ok, head, body);
  }
  void fail(Error error) {
    if (auto sink = std::move(sink_)) sink->deliver(error.code, as_bytes(error.text));
  }
  // fail_with hands on a failure that was on its way somewhere else, with its text.
  void fail_with(Code code, Bytes text) {
    if (auto sink = std::move(sink_)) sink->deliver(code, text);
  }

 private:
  void drop() {
    if (sink_) fail(Error{Code::internal, "the request was dropped"});
  }

  std::shared_ptr<ReplySink>
      sink_;  // shared: the sink is a part of a connection or ring that others hold too
};

// Incoming is one request as the Service sees it. `payload` is a private copy that the peer cannot change; it
// lives until handle() returns and is wiped afterwards when it carries_secret() (wire/frame.h). `reply` may
// be moved away to be answered later; one that stays unanswered is answered `internal` when handle() returns.
struct Incoming {
  Op op{};
  Bytes payload;
  std::shared_ptr<ConnectionContext> context;
  std::uint64_t deadline_boot_milliseconds = 0;
  Reply reply;
};

// kBatchMax is how many requests a worker takes at a time (the width of the multi-buffer code).
inline constexpr std::size_t kBatchMax = 8;

// Service answers requests. All functions are called from several worker threads at once.
class Service {
 public:
  virtual ~Service() = default;

  // connected admits a peer or refuses it (the error goes to the peer, then the connection is closed).
  virtual Result<std::shared_ptr<ConnectionContext>> connected(const host::Peer& peer) = 0;

  // handed_over admits a peer whose connection came through the door, which says who it is: kIdentityBytes
  // octets. A service without a door refuses.
  virtual Result<std::shared_ptr<ConnectionContext>> handed_over(Bytes identity);

  // disconnected tells that the peer is gone. Called once for each connected(), after the last handle() with
  // this context has returned.
  virtual void disconnected(const std::shared_ptr<ConnectionContext>& context) = 0;

  // is_long says whether a request takes longer than about 10 us, so that the server wakes another worker to
  // watch the rings meanwhile. A hint; it must be cheap.
  [[nodiscard]] virtual bool is_long(Op op, Bytes payload) const = 0;

  // is_heavy says whether a request may take many milliseconds, so that it is handled alone, behind what was
  // taken with it.
  [[nodiscard]] virtual bool is_heavy(Op /*op*/) const { return false; }

  // handle answers every request of the batch (at least one, at most kBatchMax), now or later through its
  // Reply.
  virtual void handle(std::span<Incoming> batch) = 0;
};

// ServerOptions are the server's resources.
struct ServerOptions {
  host::Descriptor listener;  // a listening Unix stream socket
  unsigned worker_count = 2;
  std::uint64_t hello_milliseconds = kHelloMilliseconds;
  // The clock that tells how long requests take; null: the machine's.
  std::function<std::uint64_t()> nanoseconds = nullptr;
  host::Descriptor door;  // a socket pair's end through which a door hands connections over; may be missing
  // When set, `on_control` is called by a worker that is free when `control`, which outlives the server, has
  // something to read. It takes all of it and never blocks; two may be inside at once. So whoever writes
  // there learns whether requests are still taken.
  const host::Descriptor* control = nullptr;
  std::function<void()> on_control = nullptr;
};

// Server runs the workers. create() starts the worker threads parked, so that the caller can load its seccomp
// filter for all of them; run() lets them go and returns when stop() was called and all have ended, and every
// connection is closed. The filter must allow accept4, getsockopt, recvmsg, sendmsg, epoll_ctl, epoll_wait,
// write, fcntl, fstat, fstatfs, mmap, munmap, poll, futex, sched_yield, shutdown, close,
// clock_gettime and what malloc needs.
class Server {
 public:
  static Result<std::unique_ptr<Server>> create(ServerOptions options, Service& service);
  virtual ~Server() = default;
  virtual void run() = 0;
  virtual void stop() = 0;  // from any thread, also from a Service function
  [[nodiscard]] virtual std::size_t connection_count() const = 0;
};

}  // namespace coffer::wire
