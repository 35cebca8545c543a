// Mechanism choice: which mechanism a command uses with a key, and its parameters.
#pragma once

#include "base/result.h"
#include "cli/invocation.h"
#include "cli/key/key_object.h"
#include "crypto/mechanism.h"
#include "wire/messages.h"

namespace coffer::cli {

// signing_mechanism gives the mechanism that --mechanism names, or the usual one of the key's type. Fails
// when the name is unknown, does not sign, or needs a digest that somebody else has made.
Result<const crypto::Mechanism*> signing_mechanism(Invocation& invocation, const KeyObject& key);

// parameters_of fills in what a mechanism needs: the hashes and the salt of PSS.
wire::Parameters parameters_of(const crypto::Mechanism& mechanism);

}  // namespace coffer::cli
