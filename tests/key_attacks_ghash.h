// Ferguson's attack on GCM with short tags ("Authentication weaknesses in GCM", 2005), by unwrapping.
#pragma once

#include "tests/key_attacks.h"

namespace coffer::story {

// wraps_only_key makes an AES key that wraps and unwraps and nothing else.
CK_OBJECT_HANDLE wraps_only_key(Attacker& attacker);

// forge_short_tags recovers the hash key of a key that wraps only, in minutes, and reads a key that it
// wrapped.
void forge_short_tags(Attacker& attacker);

// read_by_gmac reads a key that `wrapping` wraps, if it also signs with AES-GMAC: two MACs under the nonce of
// the wrapping give the hash key, and with it the right tag of each beginning of the ciphertext.
[[noreturn]] void read_by_gmac(Attacker& attacker, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE victim);

}  // namespace coffer::story
