// Encryption of `key encrypt` and `key decrypt`: AES-GCM with its IV in front, or RSA-OAEP.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "cli/invocation.h"
#include "cli/key/key_object.h"
#include "wire/messages.h"

namespace coffer::cli {

inline constexpr std::size_t kIvBytes = 12;
inline constexpr std::size_t kTagBytes = 16;

// gcm_parameters are AES-GCM with a tag of 16 octets; `iv` must outlive them.
wire::Parameters gcm_parameters(Bytes iv);

// oaep_parameters are RSA-OAEP with SHA-256, also inside MGF1, and no label.
wire::Parameters oaep_parameters();

// check_encrypts fails when a key is neither AES nor RSA.
Status check_encrypts(Invocation& invocation, const KeyObject& key);

}  // namespace coffer::cli
