// Sessions, logins and handles survive a fork and a restart of the chip.
//
// usage: sessions_survive MODULE PIN; the environment has COFFER_HOME. Exits 0 when everything holds.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/module.h"

namespace {

using namespace coffer::story;

void must_sign(const char* what, const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  std::vector<CK_BYTE> signature;
  must(what, module.sign(session, key, signature));
}

// chip_pid finds the chip among the guard's children.
pid_t chip_pid() {
  std::ifstream lock(std::string(std::getenv("COFFER_HOME")) + "/run/guard.pid");
  int guard = 0;
  lock >> guard;
  std::ifstream children("/proc/" + std::to_string(guard) + "/task/" + std::to_string(guard) + "/children");
  for (int child = 0; children >> child;) {
    std::ifstream command("/proc/" + std::to_string(child) + "/cmdline");
    const std::string line((std::istreambuf_iterator<char>(command)), {});
    if (line.find(std::string("--role\0chip", 11)) != std::string::npos) return child;
  }
  die("the chip was not found");
}

void fork_while_other_threads_sign(const Module& module, CK_OBJECT_HANDLE key) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      const CK_SESSION_HANDLE session = module.session();
      while (!stop) must_sign("C_Sign beside a fork", module, session, key);
    });
  }
  const CK_SESSION_HANDLE session = module.session();
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      for (int i = 0; i < 10; ++i) must_sign("C_Sign in the child", module, session, key);
      _exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0)
      die("the child failed", static_cast<CK_RV>(status));
    must_sign("C_Sign in the parent", module, session, key);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

int main(int count, char** values) {
  if (count != 3) die("usage: sessions_survive MODULE PIN");
  alarm(120);  // A deadlock after fork must end the story.
  const Module module(values[1]);
  const CK_SESSION_HANDLE session = module.session();
  module.login(session, values[2]);
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  must("C_GenerateKeyPair", module.generate(session, "survivor", public_key, private_key));
  must_sign("C_Sign", module, session, private_key);

  fork_while_other_threads_sign(module, private_key);
  std::puts("sessions survive fork()");

  for (int round = 0; round < 5; ++round) {
    if (kill(chip_pid(), SIGKILL) != 0) die("the chip cannot be killed");
    must_sign("C_Sign after the chip was killed", module, session, private_key);
  }
  std::puts("sessions survive a restart of the chip");

  const std::string pin = values[2];
  const std::string changed = pin + "0";
  must("C_SetPIN",
       module->C_SetPIN(session, Module::bytes(pin), pin.size(), Module::bytes(changed), changed.size()));
  if (kill(chip_pid(), SIGKILL) != 0) die("the chip cannot be killed");
  must_sign("C_Sign after C_SetPIN and a restart", module, session, private_key);
  must("C_SetPIN",
       module->C_SetPIN(session, Module::bytes(changed), changed.size(), Module::bytes(pin), pin.size()));
  std::puts("a login survives the change of its PIN");

  const std::string down = std::string(std::getenv("COFFER_BIN")) + " down";
  if (std::system(down.c_str()) != 0) die("the vault cannot be stopped");
  must_sign("C_Sign after the vault was stopped", module, session, private_key);
  std::puts("the module starts the vault again");
  return 0;
}
