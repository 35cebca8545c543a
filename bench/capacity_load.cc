// Fills a token with objects and measures what their number costs.
//
// usage: capacity_load --step fill|find|list|use|cold --objects N [--module PATH] [--pin PIN] [--threads N]
// fill makes what is missing up to N objects: AES keys, and every thousandth is a certificate. Object n has
// the label "object-n" and n in eight octets as its id; a certificate's subject holds n too. find looks up
// random objects, list reads all handles by pages, use encrypts with random keys
// and cold with one. Prints one line of JSON.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bench/load.h"
#include "bench/options.h"
#include "pkcs11/pkcs11.h"
#include "tests/module.h"

namespace {

using namespace coffer::bench;
using coffer::story::Module;
using coffer::story::must;

constexpr std::uint32_t kCertificateEvery = 1000;
constexpr std::size_t kFindCount = 4000;
constexpr CK_ULONG kPageObjects = 1000;
constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kKeyBytes = 32;

using Id = std::array<CK_BYTE, 8>;

Id id_of(std::uint32_t number) {
  Id id{};
  for (std::size_t i = 0; i < sizeof number; ++i) id[i] = static_cast<CK_BYTE>(number >> (8U * i));
  return id;
}

std::string label_of(std::uint32_t number) { return "object-" + std::to_string(number); }

// subject_of is a Name with one common name (X.501).
std::vector<CK_BYTE> subject_of(std::uint32_t number) {
  const std::string name = label_of(number);
  const auto bytes = static_cast<CK_BYTE>(name.size());
  std::vector<CK_BYTE> subject{0x30, static_cast<CK_BYTE>(bytes + 11),
                               0x31, static_cast<CK_BYTE>(bytes + 9),
                               0x30, static_cast<CK_BYTE>(bytes + 7),
                               0x06, 0x03,
                               0x55, 0x04,
                               0x03, 0x0c,
                               bytes};
  subject.insert(subject.end(), name.begin(), name.end());
  return subject;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// ---- filling

void make_object(const Module& module, CK_SESSION_HANDLE session, std::uint32_t number) {
  CK_BBOOL yes = CK_TRUE;
  Id id = id_of(number);
  std::string label = label_of(number);
  CK_OBJECT_HANDLE object = 0;
  if (number % kCertificateEvery == 0) {
    CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    std::vector<CK_BYTE> subject = subject_of(number);
    std::array attributes{CK_ATTRIBUTE{CKA_CLASS, &object_class, sizeof object_class},
                          CK_ATTRIBUTE{CKA_CERTIFICATE_TYPE, &type, sizeof type},
                          CK_ATTRIBUTE{CKA_TOKEN, &yes, sizeof yes},
                          CK_ATTRIBUTE{CKA_ID, id.data(), id.size()},
                          CK_ATTRIBUTE{CKA_LABEL, label.data(), label.size()},
                          CK_ATTRIBUTE{CKA_SUBJECT, subject.data(), subject.size()},
                          CK_ATTRIBUTE{CKA_VALUE, subject.data(), subject.size()}};
    must("C_CreateObject", module->C_CreateObject(session, attributes.data(), attributes.size(), &object));
    return;
  }
  CK_ULONG bytes = kKeyBytes;
  std::array attributes{
      CK_ATTRIBUTE{CKA_TOKEN, &yes, sizeof yes}, CK_ATTRIBUTE{CKA_ENCRYPT, &yes, sizeof yes},
      CK_ATTRIBUTE{CKA_VALUE_LEN, &bytes, sizeof bytes}, CK_ATTRIBUTE{CKA_ID, id.data(), id.size()},
      CK_ATTRIBUTE{CKA_LABEL, label.data(), label.size()}};
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  must("C_GenerateKey",
       module->C_GenerateKey(session, &mechanism, attributes.data(), attributes.size(), &object));
}

std::vector<CK_OBJECT_HANDLE> find(const Module& module, CK_SESSION_HANDLE session, CK_ATTRIBUTE wanted) {
  std::vector<CK_OBJECT_HANDLE> found(2);
  CK_ULONG count = 0;
  must("C_FindObjectsInit", module->C_FindObjectsInit(session, &wanted, 1));
  must("C_FindObjects", module->C_FindObjects(session, found.data(), found.size(), &count));
  must("C_FindObjectsFinal", module->C_FindObjectsFinal(session));
  found.resize(count);
  return found;
}

bool is_there(const Module& module, CK_SESSION_HANDLE session, std::uint32_t number) {
  Id id = id_of(number);
  return !find(module, session, {CKA_ID, id.data(), id.size()}).empty();
}

// first_missing tells how many objects earlier runs have made.
std::uint32_t first_missing(const Module& module, CK_SESSION_HANDLE session, std::uint32_t objects) {
  std::uint32_t low = 0;
  std::uint32_t high = objects;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (is_there(module, session, middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void fill(const Module& module, CK_SESSION_HANDLE session, std::uint32_t objects, unsigned thread_count) {
  const std::uint32_t begin = first_missing(module, session, objects);
  std::atomic<std::uint32_t> next = begin;
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < thread_count; ++i) {
    threads.emplace_back([&] {
      const CK_SESSION_HANDLE own = module.session();
      for (std::uint32_t number = next++; number < objects; number = next++) make_object(module, own, number);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = seconds_since(start);
  std::printf("{\"made\": %u, \"seconds\": %.3f, \"per_second\": %.1f}\n", objects - begin, seconds,
              (objects - begin) / seconds);
}

// ---- finding

// Search measures lookups of random objects by one attribute; exactly one object must be found each time.
template <typename Value>
Latencies search(const Module& module, CK_SESSION_HANDLE session, CK_ATTRIBUTE_TYPE type, std::uint32_t step,
                 std::uint32_t objects, Value value_of) {
  std::mt19937 random{1};
  std::uniform_int_distribution<std::uint32_t> numbers{0, (objects - 1) / step};
  Latencies latencies;
  for (std::size_t i = 0; i < kFindCount; ++i) {
    auto value = value_of(numbers(random) * step);
    const auto start = std::chrono::steady_clock::now();
    const auto found = find(module, session, {type, value.data(), value.size()});
    latencies.add(static_cast<std::uint64_t>(seconds_since(start) * 1e9));
    if (found.size() != 1) fail("a lookup gave " + std::to_string(found.size()) + " objects");
  }
  return latencies;
}

void print_quantiles(const char* name, const Latencies& latencies, const char* end) {
  std::printf("\"%s_p50\": %.1f, \"%s_p99\": %.1f%s", name, latencies.quantile(0.5), name,
              latencies.quantile(0.99), end);
}

void find_all_ways(const Module& module, CK_SESSION_HANDLE session, std::uint32_t objects) {
  std::printf("{");
  print_quantiles("id", search(module, session, CKA_ID, 1, objects, id_of), ", ");
  print_quantiles("label", search(module, session, CKA_LABEL, 1, objects, label_of), ", ");
  print_quantiles("subject", search(module, session, CKA_SUBJECT, kCertificateEvery, objects, subject_of),
                  "}\n");
}

void list(const Module& module, CK_SESSION_HANDLE session, std::uint32_t objects) {
  std::vector<CK_OBJECT_HANDLE> page(kPageObjects);
  Latencies latencies;
  std::size_t total = 0;
  const auto start = std::chrono::steady_clock::now();
  must("C_FindObjectsInit", module->C_FindObjectsInit(session, nullptr, 0));
  for (CK_ULONG count = 1; count != 0; total += count) {
    const auto begin = std::chrono::steady_clock::now();
    must("C_FindObjects", module->C_FindObjects(session, page.data(), page.size(), &count));
    latencies.add(static_cast<std::uint64_t>(seconds_since(begin) * 1e9));
  }
  must("C_FindObjectsFinal", module->C_FindObjectsFinal(session));
  if (total < objects) fail("the list has " + std::to_string(total) + " objects only");
  std::printf("{\"listed\": %zu, \"seconds\": %.3f, ", total, seconds_since(start));
  print_quantiles("page", latencies, "}\n");
}

// ---- using

void use(const Module& module, CK_SESSION_HANDLE session, std::uint32_t objects, std::size_t times) {
  std::mt19937 random{2};
  std::uniform_int_distribution<std::uint32_t> numbers{0, objects - 1};
  std::array<CK_BYTE, kBlockBytes> block{};
  Latencies latencies;
  const auto start = std::chrono::steady_clock::now();
  while (latencies.count() < times) {
    const std::uint32_t number = numbers(random);
    if (number % kCertificateEvery == 0) continue;
    Id id = id_of(number);
    const auto keys = find(module, session, {CKA_ID, id.data(), id.size()});
    if (keys.size() != 1) fail("a key is missing");
    const auto begin = std::chrono::steady_clock::now();
    CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
    must("C_EncryptInit", module->C_EncryptInit(session, &mechanism, keys.front()));
    CK_ULONG size = block.size();
    must("C_Encrypt", module->C_Encrypt(session, block.data(), block.size(), block.data(), &size));
    latencies.add(static_cast<std::uint64_t>(seconds_since(begin) * 1e9));
  }
  std::printf("{\"per_second\": %.1f, ", static_cast<double>(times) / seconds_since(start));
  print_quantiles("use", latencies, "}\n");
}

}  // namespace

int main(int count, char** values) {
  const Options options(count, values,
                        {{"module", beside_program("../lib/libcoffer-pkcs11.so")},
                         {"pin", "1234"},
                         {"step", ""},
                         {"objects", ""},
                         {"threads", "16"}});
  const Module module(options.text("module"));
  const CK_SESSION_HANDLE session = module.session();
  module.login(session, options.text("pin"));
  const std::uint32_t objects = options.number("objects");
  const std::string& step = options.text("step");
  if (step == "fill") {
    fill(module, session, objects, options.number("threads"));
  } else if (step == "find") {
    find_all_ways(module, session, objects);
  } else if (step == "list") {
    list(module, session, objects);
  } else if (step == "use") {
    use(module, session, objects, kFindCount);
  } else if (step == "cold") {
    use(module, session, objects, 1);
  } else {
    fail("--step is one of: fill find list use cold");
  }
  return 0;
}
