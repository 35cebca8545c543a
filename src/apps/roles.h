// Roles: the processes of a vault, and what each finds at its inherited descriptors.
//
// The command line becomes the guard, or a link; the guard starts the others. All are `coffer --role NAME
// ...`, run from an image of the program (host/program_image.h), so that none of them can ever be read.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/assurance.h"
#include "host/daemon.h"
#include "host/deadline.h"
#include "host/descriptor.h"
#include "host/process.h"
#include "host/secret_arena.h"
#include "host/subordinate_users.h"

namespace coffer::apps {

// How many channels join the chip with the others. One read channel a worker; two audit channels, so that
// writing the high-water mark does not wait behind audit lines.
inline constexpr unsigned kReadChannels = 4;
inline constexpr unsigned kAuditChannels = 2;

// Descriptors of the chip, in order: control, listener, commit channel, audit channels, read channels, door,
// key.
inline constexpr int kControl = host::kInheritedFirst;
inline constexpr int kChipListener = kControl + 1;
inline constexpr int kChipCommit = kChipListener + 1;
inline constexpr int kChipAudit = kChipCommit + 1;
inline constexpr int kChipRead = kChipAudit + static_cast<int>(kAuditChannels);

// The chip's end of the socket pair through which the net door hands connections over; the door has the other
// end, behind its TCP listener.
inline constexpr int kChipDoor = kChipRead + static_cast<int>(kReadChannels);
// host.key, which the chip reads: the guard only opens it.
inline constexpr int kChipHostKey = kChipDoor + 1;
inline constexpr int kDoorListener = host::kInheritedFirst;
inline constexpr int kDoorHandover = kDoorListener + 1;

// Descriptors of guard and link: the program's image, and where to say that it works, in the background only.
inline constexpr int kProgram = host::kInheritedFirst;
inline constexpr int kReadiness = kProgram + 1;
inline constexpr const char* kInBackground = "background";

// Descriptors of the store broker: control, commit channel, read channels. Of the audit writer: control,
// channels.
inline constexpr int kServerChannels = kControl + 1;

// ChipConfig is what the guard sends the chip over the control socket, once.
struct ChipConfig {
  std::uint32_t owner_uid = 0;
  bool has_group = false;
  std::uint32_t group_gid = 0;
  std::vector<UserRange> subordinate_users;  // whom the group does not admit
  std::array<std::uint8_t, 32> binary{};     // SHA-256 of the program
  bool was_debugged = false;                 // the chip before had a debugger
  host::Assurance assurance;                 // of guard, store broker and audit writer

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.owner_uid));
    TRY(visit(in.has_group));
    TRY(visit(in.group_gid));
    TRY(visit(in.subordinate_users, host::kUserRangesMax));
    TRY(visit(in.binary));
    TRY(visit(in.was_debugged));
    return visit(in.assurance);
  }
};

// StartWord is what a child says over its control socket while it starts: how far it is, as often as it
// likes, and at last that it serves.
struct StartWord {
  bool serves = false;
  std::string progress;       // for people
  host::Assurance assurance;  // of store broker and audit writer, once they serve

  static constexpr std::size_t kProgressBytesMax = 200;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.serves));
    TRY(visit(in.progress, kProgressBytesMax));
    return visit(in.assurance);
  }
};

// What travels over a control socket until the child serves: frames of a u32 length and octets.
inline constexpr std::size_t kControlBytesMax = 65536;
// Afterwards, single octets. By kStop the guard asks the chip to finish; kAsk is a question that whoever
// works answers with kAlive (apps/pulse.h).
inline constexpr std::uint8_t kStop = 'Q';
inline constexpr std::uint8_t kAsk = '?';
inline constexpr std::uint8_t kAlive = '!';
// kExitErased is the chip's exit code when the vault was destroyed: the guard erases its files.
inline constexpr int kExitErased = 9;
// kExitFormat is the chip's exit code when header or mark are of a format that it does not know. It has
// written nothing, and starting it anew does not help.
inline constexpr int kExitFormat = 10;
// kExitHostKey is the chip's exit code when the store is sealed to another host.key.
inline constexpr int kExitHostKey = 11;

Status send_control(const host::Descriptor& control, Bytes octets);
Result<Buffer> receive_control(const host::Descriptor& control, host::Deadline deadline);

// answer_guard answers the guard's questions in a thread of its own, before which no system call filter may
// be loaded. It says that the process runs; whether it answers requests, the chip finds out. `control` lives
// as long as the process.
void answer_guard(const host::Descriptor& control);

// become_role replaces this process by guard or link, from an image: nothing of what it knows is left. It
// returns only when that failed. `readiness` is set in the background.
Error become_role(const std::string& role, const std::string& home, const host::Descriptor& image,
                  host::Readiness* readiness);

// Announce is how guard and link tell whoever started them what they are at, and that they work.
struct Announce {
  std::function<void(std::string_view text)> progress;
  std::function<void()> ready;
};

// serve_role is what guard_main and link_main have in common: `serve` runs until it ends, and calls
// `announce.ready` when it works. The value is the exit code.
int serve_role(const std::string& role, const std::vector<std::string>& arguments,
               const std::function<Status(const std::string& home, const Announce& announce)>& serve);

// A role's main: `arguments` are those behind the role's name. The value is the process's exit code.
int guard_main(const std::vector<std::string>& arguments);
int link_main(const std::vector<std::string>& arguments);
int chip_main(const std::vector<std::string>& arguments);
int store_broker_main(const std::vector<std::string>& arguments);
int audit_writer_main(const std::vector<std::string>& arguments);
int net_door_main(const std::vector<std::string>& arguments);

// run_hidden runs a role's work where nobody else can read it: the heap, and the stack that `body` runs on.
// It comes first in the role's main. `stacks` is how many stacks there will be. `assurance` gets what was
// obtained, but for the arena's own protection, which changes: `body` asks it when it is asked.
Status run_hidden(std::size_t heap_bytes, std::size_t stacks, host::Assurance& assurance,
                  const std::function<Status(const host::SecretArena& arena)>& body);

// ignore_terminal makes a role deaf to what a terminal sends: the guard decides when it ends, and Control-Z
// stops the guard alone.
void ignore_terminal();

// confine_server gives up what store broker and audit writer do not need: everything but the files of their
// directory. Neither opens host.key, or what the other has.
host::Assurance confine_server(const std::string& directory);

// describe_server is what store broker and audit writer say once they serve: the protections that they
// obtained.
Status describe_server(const host::Descriptor& control, host::Assurance assurance, const std::string& role);

}  // namespace coffer::apps
