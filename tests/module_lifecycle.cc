// The module comes and goes as applications make it: finalised and initialised again, unloaded and loaded
// again, used by hundreds of threads and by forks of forks, and left behind by a process that simply exits.
//
// usage: module_lifecycle MODULE PIN; the environment has COFFER_HOME. Exits 0 when everything holds.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/module.h"

namespace {

using namespace coffer::story;

constexpr int kThreads = 200;
constexpr int kProcesses = 8;

std::string path;
std::string pin;

// Library is the module as dlopen gave it.
struct Library {
  Library() : handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle == nullptr) die(dlerror());
    auto get = reinterpret_cast<CK_RV (*)(CK_FUNCTION_LIST**)>(dlsym(handle, "C_GetFunctionList"));
    must("C_GetFunctionList", get(&functions));
  }
  void* handle;
  CK_FUNCTION_LIST* functions = nullptr;
};

// Runs `body` in a forked process, which must end with 0.
template <typename Body>
void in_child(const char* what, Body body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    body();
    std::exit(0);  // with what atexit() does
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) die(what, static_cast<CK_RV>(status));
}

CK_SESSION_HANDLE open(CK_FUNCTION_LIST* functions) {
  CK_SESSION_HANDLE session = 0;
  must("C_OpenSession", functions->C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session));
  return session;
}

CK_OBJECT_HANDLE find_key(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session) {
  CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE wanted{CKA_CLASS, &object_class, sizeof object_class};
  CK_OBJECT_HANDLE key = 0;
  CK_ULONG count = 0;
  must("C_FindObjectsInit", functions->C_FindObjectsInit(session, &wanted, 1));
  must("C_FindObjects", functions->C_FindObjects(session, &key, 1, &count));
  must("C_FindObjectsFinal", functions->C_FindObjectsFinal(session));
  if (count != 1) die("there is no key");
  return key;
}

void sign(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  CK_BYTE digest[32] = {1};
  CK_BYTE signature[64];
  CK_ULONG bytes = sizeof signature;
  must("C_SignInit", functions->C_SignInit(session, &mechanism, key));
  must("C_Sign", functions->C_Sign(session, digest, sizeof digest, signature, &bytes));
}

// Initialises, logs in and signs, once.
void use(CK_FUNCTION_LIST* functions) {
  must("C_Initialize", functions->C_Initialize(nullptr));
  const CK_SESSION_HANDLE session = open(functions);
  must("C_Login", functions->C_Login(session, CKU_USER, Module::bytes(pin), pin.size()));
  sign(functions, session, find_key(functions, session));
}

void many_threads_sign(CK_FUNCTION_LIST* functions, int threads) {
  const CK_SESSION_HANDLE first = open(functions);
  const CK_OBJECT_HANDLE key = find_key(functions, first);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([=] {
      for (int round = 0; round < 5; ++round) {
        const CK_SESSION_HANDLE session = open(functions);
        sign(functions, session, key);
        must("C_CloseSession", functions->C_CloseSession(session));
      }
    });
  }
  for (std::thread& thread : running) thread.join();
}

void initialized_again_and_again() {
  const Library library;
  for (int i = 0; i < 5; ++i) {
    use(library.functions);
    must("C_Finalize", library.functions->C_Finalize(nullptr));
  }
}

void loaded_again_and_again() {
  for (int i = 0; i < 5; ++i) {
    const Library library;
    use(library.functions);
    must("C_Finalize", library.functions->C_Finalize(nullptr));
    if (dlclose(library.handle) != 0) die("dlclose");
  }
}

void unloaded_without_finalizing() {
  const Library library;
  use(library.functions);
  if (dlclose(library.handle) != 0) die("dlclose");
}

// exit() while other threads are in the middle of calls.
void left_behind_by_exit() {
  const Library library;
  use(library.functions);
  std::atomic<int> signed_count = 0;
  for (int i = 0; i < 4; ++i) {
    std::thread([&library, &signed_count] {
      const CK_SESSION_HANDLE session = open(library.functions);
      const CK_OBJECT_HANDLE key = find_key(library.functions, session);
      for (;;) {
        sign(library.functions, session, key);
        ++signed_count;
      }
    }).detach();
  }
  while (signed_count < 8) std::this_thread::yield();
  std::exit(0);
}

// C_Finalize while other threads are in the middle of calls: they get an answer, and the library can be used
// again.
void finalized_under_load() {
  const Library library;
  use(library.functions);
  std::vector<std::thread> running;
  std::atomic<int> signed_count = 0;
  for (int i = 0; i < 4; ++i) {
    running.emplace_back([&] {
      CK_SESSION_HANDLE session = 0;
      CK_MECHANISM mechanism{CKM_SHA256, nullptr, 0};
      CK_BYTE digest[32];
      CK_BYTE octet = 1;
      library.functions->C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session);
      for (;;) {
        CK_ULONG bytes = sizeof digest;
        CK_RV value = library.functions->C_DigestInit(session, &mechanism);
        if (value == CKR_OK) value = library.functions->C_Digest(session, &octet, 1, digest, &bytes);
        if (value == CKR_CRYPTOKI_NOT_INITIALIZED || value == CKR_SESSION_HANDLE_INVALID) return;
        must("C_Digest", value);
        ++signed_count;
      }
    });
  }
  while (signed_count < 100) std::this_thread::yield();
  must("C_Finalize", library.functions->C_Finalize(nullptr));
  for (std::thread& thread : running) thread.join();
  use(library.functions);
}

// Processes that were forked with live sessions, each with threads of its own, and their children.
void used_by_forks_of_forks() {
  const Library library;
  use(library.functions);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      many_threads_sign(library.functions, 10);
      in_child("a grandchild signs", [&] { many_threads_sign(library.functions, 3); });
      std::exit(0);
    }
    children.push_back(child);
  }
  many_threads_sign(library.functions, 10);
  for (const pid_t child : children) {
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) die("a child failed", static_cast<CK_RV>(status));
  }
}

void used_by_hundreds_of_threads() {
  const Library library;
  use(library.functions);
  many_threads_sign(library.functions, kThreads);
  CK_TOKEN_INFO info{};
  must("C_GetTokenInfo", library.functions->C_GetTokenInfo(0, &info));
  if (info.ulSessionCount != 2) die("sessions were lost", info.ulSessionCount);
}

// C_Initialize takes what it can serve and refuses the rest.
void initialized_with_arguments() {
  const Library library;
  CK_C_INITIALIZE_ARGS arguments{};
  const auto initialize = [&] { return library.functions->C_Initialize(&arguments); };
  const auto create = [](CK_VOID_PTR_PTR) -> CK_RV { return CKR_OK; };
  const auto use_mutex = [](CK_VOID_PTR) -> CK_RV { return CKR_OK; };
  arguments.pReserved = &arguments;
  if (initialize() != CKR_ARGUMENTS_BAD) die("pReserved is not refused");
  arguments.pReserved = nullptr;
  arguments.CreateMutex = create;
  if (initialize() != CKR_ARGUMENTS_BAD) die("some mutex functions without the others are not refused");
  arguments.DestroyMutex = arguments.LockMutex = arguments.UnlockMutex = use_mutex;
  if (initialize() != CKR_CANT_LOCK) die("the application's own mutexes only are not refused");
  arguments.flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS;
  must("C_Initialize with both kinds of mutex and without threads", initialize());
  if (initialize() != CKR_CRYPTOKI_ALREADY_INITIALIZED) die("a second C_Initialize is not refused");
  if (library.functions->C_Finalize(&arguments) != CKR_ARGUMENTS_BAD) die("C_Finalize takes an argument");
  must("C_Finalize", library.functions->C_Finalize(nullptr));
  if (library.functions->C_Finalize(nullptr) != CKR_CRYPTOKI_NOT_INITIALIZED) die("a second C_Finalize");
}

}  // namespace

int main(int count, char** values) {
  if (count != 3) die("usage: module_lifecycle MODULE PIN");
  alarm(240);  // A deadlock must end the story.
  path = values[1];
  pin = values[2];
  in_child("initialised with arguments", initialized_with_arguments);
  in_child("initialised again and again", initialized_again_and_again);
  in_child("loaded again and again", loaded_again_and_again);
  in_child("unloaded without finalising", unloaded_without_finalizing);
  in_child("left behind by exit()", left_behind_by_exit);
  in_child("finalised under load", finalized_under_load);
  std::puts("the module is initialised, finalised, loaded and unloaded at any time");
  in_child("used by forks of forks", used_by_forks_of_forks);
  in_child("used by hundreds of threads", used_by_hundreds_of_threads);
  std::puts("forks of forks and hundreds of threads sign");
  return 0;
}
