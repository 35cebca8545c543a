// Door keeper: one child, one listener.
#include "apps/door_keeper.h"

#include <array>
#include <csignal>

#include "base/log.h"
#include "host/file.h"
#include "host/socket.h"
#include "host/tcp.h"

namespace coffer::apps {

namespace {

constexpr std::chrono::milliseconds kRestartDelay{500};
constexpr std::chrono::seconds kEndTimeMax{5};
constexpr std::size_t kConfigBytesMax = 4096;
constexpr std::string_view kListen = "listen = ";

// The address to listen at; nothing when the network form is off.
std::optional<host::TcpAddress> configured(const std::string& home) {
  const auto config = host::read_file(home + kNetConfigFile, kConfigBytesMax);
  if (!config.ok()) return std::nullopt;
  std::string_view text = as_text(config.value());
  if (!text.starts_with(kListen)) return std::nullopt;
  text.remove_prefix(kListen.size());
  auto address = host::parse_tcp_address(text.substr(0, text.find('\n')));
  if (!address.ok()) {
    log_line("guard", "net.conf names no address: 'coffer net enable' turns it on");
    return std::nullopt;
  }
  return std::move(address).value();
}

}  // namespace

void DoorKeeper::begin(const host::Descriptor& handover) {
  handover_ = &handover;
  reload();
}

void DoorKeeper::end() {
  again_at_.reset();
  handover_ = nullptr;
  if (!child_) return;
  static_cast<void>(host::kill_child(*child_, SIGKILL).ok());
  const std::array<int, 1> waited{child_->pidfd.get()};
  static_cast<void>(host::wait_readable(waited, host::Deadline::after(kEndTimeMax)).ok());
  static_cast<void>(host::try_reap(*child_));
  child_.reset();
}

void DoorKeeper::reload() {
  if (handover_ == nullptr) return;
  const host::Descriptor* const handover = handover_;
  const auto address = configured(home_);
  const std::string wanted = address ? address->text() : std::string();
  if (wanted != listening_at_) {
    end();
    handover_ = handover;
    listener_.close();
    listening_at_.clear();
  }
  if (!address) return;
  if (!listener_.is_open()) {
    auto listener = host::listen_tcp(*address);
    if (!listener.ok()) {
      log_line("guard", listener.error().text);
      again_at_ = host::Deadline::after(kRestartDelay);
      return;
    }
    listener_ = std::move(listener).value();
    listening_at_ = wanted;
  }
  if (!child_) start();
}

void DoorKeeper::start() {
  auto child = host::spawn({.image = image_,
                            .arguments = {"coffer", "--role", "net"},
                            .inherited = {listener_.get(), handover_->get()}});
  if (child.ok()) {
    child_ = std::move(child).value();
    return;
  }
  log_line("guard", child.error().text);
  again_at_ = host::Deadline::after(kRestartDelay);
}

void DoorKeeper::look() {
  if (child_) {
    if (!host::try_reap(*child_)) return;
    child_.reset();
    log_line("guard", "the net door ended: starting anew");
    again_at_ = host::Deadline::after(kRestartDelay);
  }
  if (!again_at_ || again_at_->remaining().count() != 0) return;
  again_at_.reset();
  reload();
}

host::Deadline DoorKeeper::next_look() const { return again_at_ ? *again_at_ : host::Deadline::never(); }

}  // namespace coffer::apps
