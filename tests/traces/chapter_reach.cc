// The chapter "reach": every request at every entrance before a hello, and while the vault is locked. So each
// entrance says which requests it is closed to.
#include <algorithm>
#include <array>

#include "tests/traces/chapters.h"
#include "tests/traces/message_table.h"
#include "tests/traces/scene.h"
#include "wire/message_list.h"

namespace coffer::traces {
namespace {

using wire::Op;

// What a locked vault answers on the local socket as an open one does, or what would open or destroy it.
constexpr auto kInEveryState = std::to_array<Op>(
    {wire::kOp<wire::StatusRequest>, wire::kOp<wire::Initialize>, wire::kOp<wire::Unlock>,
     wire::kOp<wire::Lock>, wire::kOp<wire::AcceptRollback>, wire::kOp<wire::AuditHead>,
     wire::kOp<wire::Mechanisms>, wire::kOp<wire::ShutDown>, wire::kOp<wire::BackupRehearse>,
     wire::kOp<wire::BackupOpen>, wire::kOp<wire::BackupWrite>, wire::kOp<wire::BackupFinish>,
     wire::kOp<wire::TamperShow>, wire::kOp<wire::TamperClear>, wire::kOp<wire::ZeroizePrepare>,
     wire::kOp<wire::Zeroize>});

template <typename Request>
void sweep_one(Speaker& speaker, const std::string& when) {
  if (wire::kOp<Request> == wire::kOp<wire::Hello>) return;
  const bool everywhere = std::ranges::find(kInEveryState, wire::kOp<Request>) != kInEveryState.end();
  if (when == "locked" && everywhere && speaker.place() == "socket") return;
  Buffer payload;
  codec::encode_secret_into(Request{}, payload);
  const auto name =
      std::string(find_message(speaker.place(), static_cast<std::uint16_t>(wire::kOp<Request>))->name);
  speaker.ask_octets(name + ", " + when, wire::kOp<Request>, payload);
}

template <typename... Request>
void sweep(wire::MessageList<Request...> /*list*/, Speaker& speaker, const std::string& when) {
  (sweep_one<Request>(speaker, when), ...);
}

}  // namespace

Chapter reach_chapter() {
  House house("reach");
  for (const auto& fresh : {std::make_shared<Speaker>(house.scene, vault::kOwner),
                            std::make_shared<Speaker>(house.scene, house.certificate()),
                            std::make_shared<Speaker>(house.scene, crypto::Digest32{})}) {
    sweep(wire::AllMessages(), *fresh, "before hello");
  }
  house.scene.prepare(wire::Lock{});
  for (Speaker* speaker : {house.owner.get(), house.net.get(), house.door.get()}) {
    sweep(wire::AllMessages(), *speaker, "locked");
  }
  return house.take();
}

}  // namespace coffer::traces
