// Door keeper: the guard's hand on the net door - starts it when net.conf says so, and again when it dies.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "host/deadline.h"
#include "host/descriptor.h"
#include "host/process.h"

namespace coffer::apps {

// kNetConfigFile holds one line, "listen = ADDRESS:PORT". `coffer net enable` writes it and sends the guard
// SIGUSR1.
inline constexpr const char* kNetConfigFile = "/net.conf";

// DoorKeeper belongs to the guard's thread. A net door that cannot start is logged, never fatal.
class DoorKeeper final {
 public:
  // `image` is the program that the net door runs; it outlives this.
  DoorKeeper(std::string home, int image) : home_(std::move(home)), image_(image) {}

  // begin starts the net door of a new chip, if there is to be one. `handover` outlives it.
  void begin(const host::Descriptor& handover);
  // end kills the net door.
  void end();
  // reload reads the configuration anew.
  void reload();

  // look starts a net door that has ended anew, after a pause. pidfd and next_look say when to call it.
  void look();
  [[nodiscard]] int pidfd() const { return child_ ? child_->pidfd.get() : -1; }
  [[nodiscard]] host::Deadline next_look() const;

 private:
  void start();

  std::string home_;
  int image_;
  const host::Descriptor* handover_ = nullptr;
  std::string listening_at_;
  host::Descriptor listener_;  // kept: connections wait while a new net door or chip starts
  std::optional<host::Child> child_;
  std::optional<host::Deadline> again_at_;
};

}  // namespace coffer::apps
