// Roots of trust: the key of the host alone, or together with a passphrase.
#include "record/root_of_trust.h"

#include <algorithm>
#include <array>

#include "crypto/primitives.h"

namespace coffer::record {

namespace {

// Room for an Argon2 pass on a small machine; raised by calibration in passes, not in memory.
constexpr std::uint32_t kPassphraseMemoryKib = 64 * 1024;
// A passphrase guards everything, so its minimum is higher than a PIN's.
constexpr std::size_t kPassphraseBytesMin = 8;

class FileProvider final : public RootProvider {
 public:
  [[nodiscard]] wire::RootOfTrust kind() const override { return wire::RootOfTrust::file; }
  [[nodiscard]] bool needs_secret() const override { return false; }
  Status prepare(const wire::Initialize& /*request*/, RealmHeader& /*header*/) const override { return {}; }
  [[nodiscard]] Result<RootKey> root(const HostKey& host, const RealmHeader& header,
                                     const SecretBytes& /*secret*/) const override {
    return root_from_host(host, header.id);
  }
};

class PassphraseProvider final : public RootProvider {
 public:
  [[nodiscard]] wire::RootOfTrust kind() const override { return wire::RootOfTrust::passphrase; }
  [[nodiscard]] bool needs_secret() const override { return true; }
  Status prepare(const wire::Initialize& request, RealmHeader& header) const override {
    if (request.passphrase.size() < kPassphraseBytesMin) {
      return Error{Code::pin_length, "a passphrase has at least 8 characters"};
    }
    header.cost = TRY(crypto::calibrate_argon2(kPassphraseMemoryKib, request.stretch_milliseconds));
    return {};
  }
  [[nodiscard]] Result<RootKey> root(const HostKey& host, const RealmHeader& header,
                                     const SecretBytes& secret) const override {
    if (header.cost.memory_kib > crypto::kArgon2MemoryKibMax ||
        header.cost.passes > crypto::kArgon2PassesMax) {
      return Error{Code::corrupt, "the realm header asks for unreasonable work"};
    }
    return root_from_passphrase(host, header.id, secret, header.salt, header.cost);
  }
};

const FileProvider kFile;
const PassphraseProvider kPassphrase;
const std::array<const RootProvider*, 2> kProviders{&kFile, &kPassphrase};

}  // namespace

Result<const RootProvider*> root_provider(wire::RootOfTrust kind) {
  const auto* const found =
      std::ranges::find(kProviders, kind, [](const RootProvider* each) { return each->kind(); });
  if (found == kProviders.end())
    return Error{Code::unsupported, "choose a root of trust that this version has"};
  return *found;
}

}  // namespace coffer::record
