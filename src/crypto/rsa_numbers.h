// The numbers of an RSA key: completing them, checking that they belong together, handing them to OpenSSL.
#pragma once

#include "crypto/key.h"
#include "crypto/openssl.h"

namespace coffer::crypto {

// RsaNumbers is an RSA key taken apart. A public key has n and e only.
struct RsaNumbers {
  OwnedNumber n, e, d, p, q, dp, dq, qinv;
};

// check_public wants a modulus of 2047 to 4096 bits, odd, and an odd exponent of at least 3 and at most 64
// bits (key_size, attribute_value).
Status check_public(const RsaNumbers& numbers);

// complete computes p and q from n, e, d when one of them is missing, and what is missing of dp, dq and qinv
// (SP 800-56B, appendix C). Fails with `invalid` when the numbers that are there do not belong together.
Status complete(RsaNumbers& numbers);

// check_private proves n = p q, e d = 1 and the CRT values with arithmetic (well under a millisecond).
Status check_private(const RsaNumbers& numbers);

// check_primes tests p and q for primality, in a few rounds: no mistake passes (a few signatures' time).
Status check_primes(const RsaNumbers& numbers);

// rsa_key makes OpenSSL's object; a private one when d is there, which then needs all the others.
Result<OwnedKey> rsa_key(const RsaNumbers& numbers);

// numbers_of takes OpenSSL's object apart. Members that it lacks stay null.
RsaNumbers numbers_of(const EVP_PKEY& key);

}  // namespace coffer::crypto
