// Digests: SHA-1, SHA-2 and SHA-3 (FIPS 180-4, FIPS 202). No gate: operation.h is the public door.
#pragma once

#include "crypto/mechanism.h"
#include "crypto/openssl.h"

namespace coffer::crypto {

inline constexpr std::size_t kDigestBytesMax = 64;

// digest_into writes digest_bytes(hash) octets to `out`, which has room for them.
Status digest_into(Hash hash, Bytes data, MutableBytes out);

// RunningDigest digests parts.
class RunningDigest final {
 public:
  static Result<RunningDigest> start(Hash hash);
  Status update(Bytes data);
  // copy makes a second one that was fed the same.
  [[nodiscard]] Result<RunningDigest> copy() const;
  // finish writes the digest to `out` and returns its size; once.
  Result<std::size_t> finish(MutableBytes out);

 private:
  RunningDigest(Hash hash, OwnedDigestContext context) : hash_(hash), context_(std::move(context)) {}

  Hash hash_;
  OwnedDigestContext context_;
};

}  // namespace coffer::crypto
