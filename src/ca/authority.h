// Authority: what the chip calls to make an authority's key and to issue SSH certificates with it.
//
// No state: keys and profiles belong to the vault. All functions are safe from many threads at once.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/key.h"
#include "wire/ca_messages.h"

namespace coffer::ca {

// generate_authority_key makes the private key of a new authority.
Result<crypto::PrivateKey> generate_authority_key(wire::AuthorityKeyType type);

// authority_public_blob is the SSH public key blob of an authority's key, as wire::Authority::public_key
// holds it.
Result<Buffer> authority_public_blob(const crypto::PrivateKey& key);

// issue_ssh issues one certificate: it holds the request against the authority's profile, chooses a random
// serial (never 0) and nonce, signs, and reads back and verifies what it made before it hands it out.
//
// `now` is the wall clock. Fails as apply_profile does; with `internal` when `ca_key` is not the key of
// `authority` or the self-check fails. Who may ask (Profile::signers) is the caller's business.
Result<wire::CertificateReply> issue_ssh(const crypto::PrivateKey& ca_key, const wire::Authority& authority,
                                         const wire::CaSignSsh& request, Timestamp now);

}  // namespace coffer::ca
