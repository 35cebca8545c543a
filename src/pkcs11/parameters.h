// Mechanism parameters: CK_MECHANISM of an application, checked and read into wire::Parameters.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "pkcs11/pkcs11.h"
#include "wire/messages.h"

namespace coffer::pkcs11 {

// OwnedParameters are parameters with the octets that they point to, for an operation that outlives the call
// it began in. It moves; the views stay valid.
struct OwnedParameters {
  OwnedParameters() = default;
  OwnedParameters(OwnedParameters&&) noexcept = default;
  OwnedParameters& operator=(OwnedParameters&&) noexcept = default;
  OwnedParameters(const OwnedParameters&) = delete;
  OwnedParameters& operator=(const OwnedParameters&) = delete;
  ~OwnedParameters() = default;

  Buffer octets;
  wire::Parameters view;
};

// read_parameters reads the parameter that belongs to mechanism.mechanism, checking every length. Fails with
// `mechanism_parameter`, or `mechanism_invalid` when the number has more than 32 bits.
Result<OwnedParameters> read_parameters(const CK_MECHANISM& mechanism);

// poly1305_nonce_bytes is the size of a nonce for ChaCha20-Poly1305. The specification counts it in bits
// (PKCS#11 3.2, CK_SALSA20_CHACHA20_POLY1305_PARAMS and _MSG_PARAMS), many programs in octets; no nonce of 96
// octets is used.
constexpr CK_ULONG poly1305_nonce_bytes(CK_ULONG told) { return told == 96 ? 12 : told; }

// Wrapping says which way a key goes: out or back in.
enum class Wrapping : std::uint8_t { wrap, unwrap };

// WrapParameters are the parameters of C_WrapKey and C_UnwrapKey. When `nonce` is not null the chip chooses
// a nonce of `nonce_bytes` octets and the application gets it there.
struct WrapParameters {
  OwnedParameters owned;
  std::uint32_t nonce_bytes = 0;
  CK_BYTE* nonce = nullptr;
};

// read_wrap_parameters does the same for wrapping; `associated` is what C_WrapKeyAuthenticated was given.
// Unwrapping, a nonce is always the one that came with the ciphertext.
Result<WrapParameters> read_wrap_parameters(const CK_MECHANISM& mechanism, Wrapping wrapping,
                                            Bytes associated);

}  // namespace coffer::pkcs11
