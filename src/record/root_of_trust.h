// Roots of trust: where the root key of a vault comes from. One provider a kind; the rest of the vault knows
// only this interface. A new kind is a class here, a name in wire::RootOfTrust, and the words of the command
// line.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "record/ladder.h"
#include "record/realm_header.h"
#include "wire/messages.h"

namespace coffer::record {

// RootProvider has no state of its own: what it must remember lies in the realm header.
class RootProvider {
 public:
  RootProvider() = default;
  RootProvider(const RootProvider&) = delete;
  RootProvider& operator=(const RootProvider&) = delete;
  virtual ~RootProvider() = default;

  [[nodiscard]] virtual wire::RootOfTrust kind() const = 0;

  // needs_secret tells whether somebody must say something to open the vault: then it starts locked, and
  // tries are counted before they are checked.
  [[nodiscard]] virtual bool needs_secret() const = 0;

  // prepare checks what a new vault was given, and notes in its header what root() will need.
  virtual Status prepare(const wire::Initialize& request, RealmHeader& header) const = 0;

  // root derives the root key. A wrong secret gives a key that opens nothing.
  [[nodiscard]] virtual Result<RootKey> root(const HostKey& host, const RealmHeader& header,
                                             const SecretBytes& secret) const = 0;
};

// root_provider gives the provider of a kind; Code::unsupported when this version has none.
Result<const RootProvider*> root_provider(wire::RootOfTrust kind);

}  // namespace coffer::record
