// Guard: starting a generation of processes, watching them, and ending them in the right order.
#include "apps/guard.h"

#include <grp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "apps/door_keeper.h"
#include "apps/erasure.h"
#include "apps/home_steps.h"
#include "apps/pulse.h"
#include "apps/roles.h"
#include "base/log.h"
#include "codec/binary.h"
#include "crypto/primitives.h"
#include "host/deadline.h"
#include "host/file.h"
#include "host/inheritance.h"
#include "host/log_file.h"
#include "host/program_image.h"
#include "host/sandbox.h"
#include "host/socket.h"
#include "host/system_calls.h"
#include "host/vault_home.h"
#include "record/ladder.h"

namespace coffer::apps {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kFrameTimeMax = seconds(20);  // for the rest of a frame that has begun
constexpr auto kEndTimeMax = seconds(15);
constexpr int kStartsMax = 3;  // tries of the first start
constexpr auto kChipFollowsTime = seconds(5);
constexpr milliseconds kRestartDelayMin{20};
constexpr milliseconds kRestartDelayMax{5000};
// A generation that lived this long ends the growth of the delay.
constexpr auto kHealthyTime = seconds(10);
constexpr mode_t kSocketMode = 0666;  // the chip admits by user, not by file mode
constexpr mode_t kRunMode = 0755;

// CofferGroup is the group coffer, and the subordinate users whom it does not admit.
struct CofferGroup {
  gid_t gid;
  std::vector<UserRange> subordinate_users;
};

// The group coffer, when the system has it. Asked before the sandbox: who knows groups may be a service.
std::optional<CofferGroup> coffer_group() {
  std::array<char, 16384> room{};
  group entry{};
  group* found = nullptr;
  if (getgrnam_r("coffer", &entry, room.data(), room.size(), &found) != 0 || found == nullptr)
    return std::nullopt;
  auto subordinate_users = host::read_subordinate_users();
  if (!subordinate_users.ok()) {
    log_line("guard",
             "the group coffer admits nobody: which users of /etc/subuid are subordinate cannot be told");
    return std::nullopt;
  }
  return CofferGroup{found->gr_gid, std::move(subordinate_users).value()};
}

// raise_descriptor_limit gives the chip room for its connections: each takes its socket, and one more
// while it attaches a ring.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log_line("guard", "the limit on open files could not be raised");
}

// confine_guard gives up what neither this process needs nor one that it starts: they are bound by it too.
std::vector<host::Protection> confine_guard(const std::string& home, const host::Descriptor& image) {
  return {host::forbid_core_dumps(), host::forbid_new_privileges(),
          host::allow_home_and_programs(home, image), host::deny_executable_memory(),
          host::lower_privileges_to_start()};
}

// Pairs makes `count` socket pairs.
Result<std::vector<host::SocketPair>> make_pairs(std::size_t count) {
  std::vector<host::SocketPair> pairs;
  for (std::size_t i = 0; i < count; ++i) pairs.push_back(TRY(host::make_socket_pair()));
  return pairs;
}

constexpr Error kHangs{Code::timed_out, "a process of the vault hangs while it starts"};
constexpr Error kToldToEnd{Code::unavailable, "the vault was told to end while it started"};

constexpr Error kKilled{Code::unavailable,
                        "a process of the vault was killed while it started: by somebody, or because there "
                        "is too little memory (a container's limit?)"};

constexpr Error kErased{Code::not_initialized,
                        "the vault was destroyed, and is erased now: 'coffer init' makes a new one"};

constexpr Error kUnknownFormat{
    Code::unsupported,
    "the vault is of a format that this program does not know: use the Coffer that wrote it"};

constexpr Error kOtherHostKey{
    Code::denied, "the store is not sealed to this host.key: bring back the one that it was made with"};

// open_host_key opens the key for the chip. The guard never reads it.
Result<host::Descriptor> open_host_key(const std::string& home) {
  auto file = host::open_key_file(host::vault_host_key(home), record::HostKey::kBytes);
  if (file.ok()) return file;
  switch (file.error().code) {
    case Code::corrupt: return Error{Code::corrupt, "host.key does not hold 32 octets"};
    case Code::not_found: return Error{Code::not_found, "host.key is missing: bring it back"};
    case Code::denied: return Error{Code::denied, "host.key cannot be opened: look at its owner and mode"};
    default: return file;
  }
}

std::string number_text(const host::Exit& exit) {
  if (!exit.is_known) return "ended, nobody knows how";
  return (exit.by_signal ? "ended by signal " : "ended with code ") + std::to_string(exit.number);
}

}  // namespace

// Member is one child with its control socket.
struct Member {
  std::string name;
  std::optional<host::Child> child;
  host::Descriptor control;
  Pulse pulse{Pulse::kRealWork};
  bool is_asked = false;  // and has not answered yet

  // take_answer takes an answer off the control socket, and asks again when there is no question on its way.
  bool take_answer() {
    const auto at_once = host::Deadline::after(milliseconds(0));
    std::array<std::uint8_t, 1> octet{};
    const bool has_answered = host::read_exactly(control, octet, at_once).ok() && octet[0] == kAlive;
    if (!has_answered && is_asked) return false;
    octet[0] = kAsk;
    is_asked = host::write_exactly(control, octet, at_once).ok();
    return has_answered;
  }
};

struct Guard::Family {
  Member store{.name = "store broker"};
  Member audit{.name = "audit writer"};
  Member chip{.name = "chip"};
  host::SocketPair door;  // kept, so that a new net door can use it

  std::array<Member*, 3> members() { return {&store, &audit, &chip}; }
};

struct Guard::Parts {
  std::string home;
  host::Descriptor image;  // of the program that the children run
  std::optional<CofferGroup> group;
  std::vector<host::Protection> protections;  // of the guard itself
  host::LockFile lock;
  host::Descriptor listener;
  host::Descriptor signals;
  host::DebugSlots debug_slots;
  DoorKeeper door_keeper;
  bool stop_requested = false;
  bool is_erased = false;         // the chip said that the vault was destroyed
  std::optional<Error> hopeless;  // ... why it will never start
  bool was_debugged = false;      // the debug slot of a chip was taken; the next chip that starts is told
  std::function<void(std::string_view text)> tell_progress = nullptr;

  // note_exit looks at how a chip ended.
  void note_exit(const host::Exit& exit) {
    if (exit.by_signal || !exit.is_known) return;
    if (exit.number == kExitErased) is_erased = true;
    if (exit.number == kExitFormat) hopeless = kUnknownFormat;
    if (exit.number == kExitHostKey) hopeless = kOtherHostKey;
  }
};

Guard::Guard(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Guard::~Guard() = default;

Result<std::unique_ptr<Guard>> Guard::create(const std::string& home, host::Descriptor image) {
  TRY(host::check_home_format(home));
  TRY(host::check_vault_limits());
  const bool was_erasing = is_erasing(home);
  if (!was_erasing && !host::file_exists(host::vault_host_key(home))) {
    return Error{Code::not_initialized, "there is no vault here: run 'coffer init'"};
  }
  std::optional<CofferGroup> group = coffer_group();
  auto protections = confine_guard(home, image);
  TRY(host::create_directory(host::vault_run(home), kRunMode));
  auto lock = TRY(host::LockFile::acquire(host::vault_guard_lock(home)));
  if (was_erasing) {
    TRY(erase_home(home));
    return kErased;
  }
  TRY(host::raise_home_format(home, home_steps()));
  // Store broker and audit writer are confined to these, and can make no directory beside them.
  for (const std::string& directory : {host::vault_store_directory(home), host::vault_audit(home)})
    TRY(host::create_directory(directory));
  auto listener = TRY(host::listen_unix(host::vault_socket(home), kSocketMode));
  auto signals = TRY(host::watch_signals({SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1}));
  protections.push_back(host::load_seccomp(host::Role::guard));  // from here on nobody connects to anything
  for (host::Protection& each : protections) each.name = "guard: " + each.name;
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  const int program = image.get();
  auto parts = std::unique_ptr<Parts>(
      new Parts{home, std::move(image), std::move(group), std::move(protections), std::move(lock),
                std::move(listener), std::move(signals), host::DebugSlots{}, DoorKeeper(home, program)});
  return std::unique_ptr<Guard>(new Guard(std::move(parts)));
}

Status Guard::start_family(Family& family) {
  auto control = TRY(make_pairs(3));
  auto store_channels = TRY(make_pairs(1 + kReadChannels));
  auto audit_channels = TRY(make_pairs(kAuditChannels));

  const auto spawn = [&](Member& member, std::vector<std::string> arguments, std::vector<int> inherited,
                         host::DebugSlots* slots) -> Status {
    host::SpawnRequest request{
        .image = parts_->image.get(), .arguments = {"coffer", "--role"}, .inherited = std::move(inherited)};
    std::ranges::move(arguments, std::back_inserter(request.arguments));
    request.debug_slots = slots;
    member.child = TRY(host::spawn(request));
    return {};
  };
  const auto theirs = [](host::SocketPair& pair) { return pair.theirs.get(); };

  std::vector<int> inherited{theirs(control[0])};
  for (auto& pair : store_channels) inherited.push_back(theirs(pair));
  TRY(spawn(family.store, {"store", parts_->home}, inherited, nullptr));

  inherited = {theirs(control[1])};
  for (auto& pair : audit_channels) inherited.push_back(theirs(pair));
  TRY(spawn(family.audit, {"audit", parts_->home}, inherited, nullptr));

  inherited = {theirs(control[2]), parts_->listener.get(), store_channels[0].ours.get()};
  for (auto& pair : audit_channels) inherited.push_back(pair.ours.get());
  for (unsigned i = 0; i < kReadChannels; ++i) inherited.push_back(store_channels[1 + i].ours.get());
  family.door = TRY(host::make_socket_pair());
  inherited.push_back(family.door.ours.get());
  const host::Descriptor host_key = TRY(open_host_key(parts_->home));
  inherited.push_back(host_key.get());
  const Status chip = spawn(family.chip, {"chip"}, inherited, &parts_->debug_slots);
  if (!chip.ok() && chip.error().code == Code::conflict) parts_->was_debugged = true;
  TRY(chip);

  family.store.control = std::move(control[0].ours);
  family.audit.control = std::move(control[1].ours);
  family.chip.control = std::move(control[2].ours);
  return {};
}

// announce tells what takes long, to whoever started the vault and to `coffer status`.
void Guard::announce(const std::string& text) {
  if (parts_->tell_progress) parts_->tell_progress(text);
  // Without room on the disk `coffer status` says less.
  static_cast<void>(host::write_note(host::vault_progress(parts_->home), text + '\n').ok());
}

Result<host::Assurance> Guard::await_start(Member& member) {
  Pulse pulse(Pulse::kAnyWork);
  std::string progress = "starts";
  bool has_spoken = false;
  auto next_look = host::Deadline::after(Pulse::kEvery);
  for (;;) {
    const std::array<int, 2> waited{member.control.get(), parts_->signals.get()};
    const auto readable = host::wait_readable(waited, next_look);
    if (!readable.ok() && readable.error().code != Code::timed_out) return readable.error();
    if (stop_requested()) return kToldToEnd;
    if (readable.ok() && readable.value().front() == 0) {
      const Buffer octets = TRY(receive_control(member.control, host::Deadline::after(kFrameTimeMax)));
      auto word = TRY(codec::decode<StartWord>(octets));
      if (word.serves) return std::move(word.assurance);
      has_spoken = true;
      progress = std::move(word.progress);
      announce(member.name + ' ' + progress);
    }
    if (next_look.remaining().count() != 0) continue;
    if (!pulse.look(std::exchange(has_spoken, false), host::processor_time(*member.child))) return kHangs;
    announce(member.name + ' ' + progress);
    next_look = host::Deadline::after(Pulse::kEvery);
  }
}

Status Guard::await_ready(Family& family) {
  ChipConfig config;
  for (Member* member : {&family.store, &family.audit}) {
    auto assurance = TRY(await_start(*member));
    std::ranges::move(assurance.protections, std::back_inserter(config.assurance.protections));
  }
  std::ranges::copy(parts_->protections, std::back_inserter(config.assurance.protections));
  const bool is_held = family.chip.child->is_held;
  config.assurance.protections.push_back(
      {.name = "debug slot",
       .state = is_held ? host::State::on : host::State::unavailable,
       .reason = is_held ? "the guard holds the chip's ptrace slot; if it dies, so does the chip"
                         : "the system permits no debugger, and so none that keeps others out"});
  config.owner_uid = getuid();
  if (const auto& group = parts_->group) {
    config.has_group = true;
    config.group_gid = group->gid;
    config.subordinate_users = group->subordinate_users;
  }
  config.binary = crypto::sha256(TRY(host::program_octets(parts_->image)));
  config.was_debugged = parts_->was_debugged;
  TRY(send_control(family.chip.control, codec::encode(config)));
  const auto served = await_start(family.chip);
  if (!served.ok()) return served.error();
  parts_->was_debugged = false;
  static_cast<void>(host::remove_file(host::vault_progress(parts_->home)).ok());
  return {};
}

bool Guard::stop_requested() {
  for (;;) {
    const auto signal = host::next_signal(parts_->signals);
    if (!signal.ok() || !signal.value().has_value()) break;
    if (*signal.value() == SIGUSR1) {
      parts_->door_keeper.reload();
    } else if (*signal.value() != SIGCHLD) {
      parts_->stop_requested = true;
    }
  }
  parts_->debug_slots.service();
  return parts_->stop_requested;
}

std::optional<host::Exit> Guard::reap(Member& member, host::Deadline deadline) {
  for (;;) {
    stop_requested();
    if (const auto exit = host::try_reap(*member.child)) {
      parts_->debug_slots.forget(member.child->pid);
      member.child.reset();
      if (member.name == "chip") parts_->note_exit(*exit);
      return exit;
    }
    if (deadline.remaining().count() == 0) return std::nullopt;
    const std::array<int, 2> waited{member.child->pidfd.get(), parts_->signals.get()};
    static_cast<void>(host::wait_readable(waited, deadline).ok());
  }
}

void Guard::feel_pulses(Family& family) {
  for (Member* member : family.members()) {
    if (member->pulse.look(member->take_answer(), host::processor_time(*member->child))) continue;
    log_line("guard", member->name + " does not answer: ending it");
    // Its end is seen as any other.
    if (!host::kill_child(*member->child, SIGKILL).ok()) log_line("guard", "a child cannot be killed");
  }
}

bool Guard::watch(Family& family) {
  parts_->door_keeper.begin(family.door.theirs);
  auto next_look = host::Deadline::after(Pulse::kEvery);
  for (;;) {
    if (stop_requested()) return true;
    parts_->door_keeper.look();
    if (next_look.remaining().count() == 0) {
      feel_pulses(family);
      // What cannot be cut now is tried again.
      static_cast<void>(host::limit_log(host::vault_log(parts_->home)).ok());
      next_look = host::Deadline::after(Pulse::kEvery);
    }
    std::array<int, 5> waited{parts_->signals.get()};
    waited[4] = parts_->door_keeper.pidfd();
    for (std::size_t i = 0; i < 3; ++i) waited[1 + i] = family.members()[i]->child->pidfd.get();
    for (Member* member : family.members()) {
      const auto exit = host::try_reap(*member->child);
      if (!exit) continue;
      parts_->debug_slots.forget(member->child->pid);
      member->child.reset();
      std::string name = member->name;
      host::Exit reason = *exit;
      if (member == &family.chip) parts_->note_exit(reason);
      // Store broker and audit writer end by themselves when the chip ends, and may be seen first: the chip
      // decides.
      if (member != &family.chip && reason.is_well()) {
        const auto chip = reap(family.chip, host::Deadline::after(kChipFollowsTime));
        if (chip) {
          name = family.chip.name;
          reason = *chip;
        }
      }
      const bool in_good_order = name == family.chip.name && reason.is_well();
      if (!in_good_order) log_line("guard", name + ' ' + number_text(reason) + ": starting anew");
      return in_good_order;
    }
    const auto happened =
        host::wait_readable(waited, host::Deadline::sooner_of(next_look, parts_->door_keeper.next_look()));
    if (!happened.ok() && happened.error().code != Code::timed_out) return true;
  }
}

// why_not_ready says more than a closed connection does, of a child that has ended by itself.
Status Guard::why_not_ready(Family& family, Status ready) {
  std::vector<int> ends;
  for (Member* member : family.members())
    if (member->child) ends.push_back(member->child->pidfd.get());
  // Who ends closes his socket a moment earlier.
  static_cast<void>(host::wait_readable(ends, host::Deadline::after(milliseconds(100))).ok());
  for (Member* member : family.members()) {
    if (!member->child) continue;
    const auto exit = reap(*member, host::Deadline::after(milliseconds(0)));
    if (exit && exit->is_known && exit->by_signal && exit->number == SIGKILL) return kKilled;
  }
  return ready;
}

void Guard::end_family(Family& family, bool in_good_order) {
  parts_->door_keeper.end();
  if (in_good_order && family.chip.child) {
    const std::array<std::uint8_t, 1> stop{kStop};
    const Status asked = host::write_exactly(family.chip.control, stop, host::Deadline::after(seconds(1)));
    if (!asked.ok()) log_line("guard", "the chip does not listen any more");
  }
  const host::Deadline deadline = host::Deadline::after(kEndTimeMax);
  // The chip first: store broker and audit writer end by themselves when their channels close.
  for (Member* member : {&family.chip, &family.store, &family.audit}) {
    if (!member->child) continue;
    if (in_good_order && reap(*member, deadline)) continue;
    if (!host::kill_child(*member->child, SIGKILL).ok()) log_line("guard", "a child cannot be killed");
    if (!reap(*member, host::Deadline::after(kEndTimeMax))) log_line("guard", "a child does not die");
  }
}

Status Guard::run(const Announce& announce_to) {
  parts_->tell_progress = announce_to.progress;
  milliseconds delay = kRestartDelayMin;
  bool was_ready = false;
  int failed_starts = 0;
  for (;;) {
    const auto started = std::chrono::steady_clock::now();
    Family family;
    Status ready = start_family(family);
    if (ready.ok()) ready = await_ready(family);
    if (!ready.ok()) {
      ready = why_not_ready(family, ready);
      end_family(family, false);
      if (parts_->is_erased) {
        TRY(erase_home(parts_->home));
        return kErased;
      }
      if (parts_->hopeless) return *parts_->hopeless;
      if (parts_->stop_requested) return {};
      // A child may be killed while it starts, or be debugged; what is wrong with the vault itself fails each
      // time.
      if (!was_ready && ++failed_starts == kStartsMax) return ready;
      log_line("guard", ready.error().text);
    } else {
      if (!was_ready) announce_to.ready();
      parts_->tell_progress = nullptr;
      was_ready = true;
      const bool asked_to_end = watch(family);
      end_family(family, asked_to_end);
      if (asked_to_end && !parts_->is_erased) return {};
    }
    if (parts_->is_erased) {
      TRY(erase_home(parts_->home));
      log_line("guard", kErased.text);
      return was_ready ? Status{} : Status(kErased);
    }
    if (parts_->stop_requested) return {};
    const bool healthy = std::chrono::steady_clock::now() - started > kHealthyTime;
    delay = healthy ? kRestartDelayMin : std::min(delay * 2, kRestartDelayMax);
    std::this_thread::sleep_for(delay);
  }
}

int guard_main(const std::vector<std::string>& arguments) {
  return serve_role("guard", arguments, [](const std::string& home, const Announce& announce) -> Status {
    const auto guard = TRY(Guard::create(home, host::Descriptor(kProgram)));
    return guard->run(announce);
  });
}

}  // namespace coffer::apps
