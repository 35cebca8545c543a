// Connection: the chip's end of one socket, and of the ring that may belong to it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "host/descriptor.h"
#include "wire/budget.h"
#include "wire/charges.h"
#include "wire/event_set.h"
#include "wire/frame_reader.h"
#include "wire/output_queue.h"
#include "wire/server.h"
#include "wire/server_ring.h"

namespace coffer::wire {

// Owner is whose a connection is: a user, and the process that made it. Of one that the door handed over the
// process is 0.
struct Owner {
  uid_t uid = 0;
  pid_t pid = 0;
};

// Connection is read by one worker at a time (begin_events, end_events) and answered from any thread. A Reply
// keeps it alive; answering one that is closed does nothing.
class Connection final : public FrameSink, public Line, public std::enable_shared_from_this<Connection> {
 public:
  // `budget` is the user's.
  Connection(std::uint64_t id, const Owner& owner, std::shared_ptr<Budget> budget, host::Descriptor socket,
             std::shared_ptr<ConnectionContext> context, EventSet& events, Service& service);

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] const Owner& owner() const { return owner_; }
  // ring is null until the client has attached one.
  [[nodiscard]] ServerRing* ring() const { return ring_view_.load(std::memory_order_acquire); }

  // start makes the events of the socket come.
  Status start();
  // close sends nothing more. disconnected() is called when the last worker has left. Closing twice is
  // harmless.
  void close();

  // has_introduced_itself tells whether it said Hello (ConnectionContext).
  [[nodiscard]] bool has_introduced_itself() const { return context_ && context_->has_introduced_itself(); }

  // enter keeps disconnected() from being called until leave(); it tells false when the connection has ended.
  bool enter();
  void leave();

  // turn is whose turns it takes (ConnectionContext); no service: nobody's.
  [[nodiscard]] TurnOf turn() const {
    return context_ ? TurnOf{context_->principal(), context_->share()} : TurnOf{};
  }

  // begin_events notes that something happened, and tells whether the caller now owns the reading side.
  bool begin_events(std::uint32_t flags);
  // hear_bells takes the bells from the socket of a connection that has a ring, for the owner of the reading
  // side. False when something else happened, or may have: then it takes a turn, as every request does.
  bool hear_bells();
  // has_events tells the owner whether anything happened that take_events() did not give yet.
  [[nodiscard]] bool has_events() const;
  // take_events gives the owner what has happened, and lets take() read again.
  std::uint32_t take_events();
  // end_events gives the reading side up, and tells false when something has happened meanwhile.
  bool end_events();

  // take moves the next requests into `batch` and tells how many. `ended` becomes true when the peer is gone
  // or does not speak our protocol. Payloads live until settle(), which must follow, and lie in `inbox` where
  // they fit. has_more tells that nothing was taken only because it was somebody else's turn. For the owner.
  std::size_t take(std::span<Incoming> batch, MutableBytes inbox, std::uint64_t now_boot_milliseconds,
                   bool& ended);
  void settle();
  [[nodiscard]] bool has_more() const { return has_more_; }

  // hold_output keeps replies back until flush(), so that those of one batch share a system call.
  void hold_output();
  // flush sends what waits. Fails when the peer is gone.
  Status flush();

  void send_frame(std::uint64_t request_id, Code code, Bytes head, Bytes body) override;
  // cut_off ends the stream, so that the owner of the reading side closes.
  void cut_off() override;

 private:
  // Sink is the reply of one request. Sinks are used again and again.
  class Sink final : public ReplySink {
   public:
    explicit Sink(Connection& connection) : connection_(connection) {}
    void deliver(Code code, Bytes payload) override { connection_.answer(*this, code, payload, {}); }
    void deliver_parts(Code code, Bytes head, Bytes body) override {
      connection_.answer(*this, code, head, body);
    }
    std::uint64_t request_id = 0;
    Op op{};

   private:
    Connection& connection_;  // which it is a part of
  };

  std::size_t room_for_requests();
  Result<std::size_t> read_frames(std::span<Incoming> batch, std::uint64_t now_boot_milliseconds);
  void refuse_awaited();
  void refuse(std::uint64_t request_id);
  Result<bool> receive();
  void attach_ring(const Frame& frame);
  Status try_attach_ring(const Frame& frame);
  Reply reply_to(const FrameHeader& header);
  void answer(Sink& sink, Code code, Bytes head, Bytes body);
  void put(std::uint64_t request_id, Code code, Bytes head, Bytes body);
  Result<bool> try_put(std::uint64_t request_id, Code code, Bytes head, Bytes body);
  void cut();
  void ask_for_attention(bool wanted);

  const std::uint64_t id_;
  const Owner owner_;
  const std::shared_ptr<Budget> budget_;  // shared by the connections of the user
  host::Descriptor socket_;
  std::shared_ptr<ConnectionContext> context_;  // shared: the service's state, as its contract says
  EventSet& events_;
  Service& service_;

  std::atomic<std::uint32_t> uses_ = 1;  // the open connection itself, and each worker inside
  std::atomic<std::uint32_t> happened_ = 0;

  // The reading side.
  FrameReader reader_{budget_->backlog()};
  std::vector<host::Descriptor> descriptors_;  // that came and were not asked for yet; at most one
  bool drained_ = false;                       // the socket had nothing more
  bool ending_ = false;                        // the peer has closed, after what can still be read
  bool has_more_ = false;

  std::mutex mutex_;  // guards what follows
  bool closed_ = false;
  bool cut_ = false;
  bool held_ = false;
  bool paused_ = false;  // take() found too much going on; the next reply makes it look again
  bool wants_attention_ = false;
  OutputQueue output_{budget_->backlog()};
  std::vector<std::unique_ptr<Sink>> sinks_;  // at most kRequestsInFlightMax
  std::vector<Sink*> free_sinks_;
  std::shared_ptr<ServerRing> ring_;  // shared: replies keep it too
  std::atomic<ServerRing*> ring_view_ = nullptr;
};

}  // namespace coffer::wire
