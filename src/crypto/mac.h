// HMAC and CMAC over a prepared key state (FIPS 198-1, SP 800-38B), and AES-GMAC (SP 800-38D). No gate:
// operation.h is the public door.
#pragma once

#include "crypto/operation.h"
#include "crypto/secret_contexts.h"

namespace coffer::crypto {

// RunningMac is one MAC in parts. `hash` is none for CMAC. The key must outlive it.
class RunningMac final {
 public:
  static Result<RunningMac> start(const SecretKey& key, Hash hash);
  // start takes the MAC that a mechanism names, at its full length or as long as the parameters ask
  // (mechanism_parameter).
  static Result<RunningMac> start(const SecretKey& key, const Mechanism& mechanism,
                                  const Parameters& parameters);
  Status update(Bytes data);
  // finish writes the tag and returns its size; once. The prepared state goes back to the key.
  Result<std::size_t> finish(MutableBytes tag);

 private:
  static Result<RunningMac> start_gmac(const SecretKey& key, Bytes nonce);
  RunningMac(MacContextPool* pool, OwnedMacContext context, std::size_t bytes)
      : pool_(pool), context_(std::move(context)), bytes_(bytes) {}

  MacContextPool* pool_;  // null for GMAC: its state is good for one nonce
  OwnedMacContext context_;
  std::size_t bytes_;
};

// mac_into is RunningMac in one call.
Result<std::size_t> mac_into(const SecretKey& key, Hash hash, Bytes data, MutableBytes tag);
Result<std::size_t> mac_into(const SecretKey& key, const Mechanism& mechanism, const Parameters& parameters,
                             Bytes data, MutableBytes tag);

// check_tag compares a computed tag with a received one (signature_length, signature_invalid).
Status check_tag(Bytes computed, Bytes received);

}  // namespace coffer::crypto
