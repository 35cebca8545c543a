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

}  // namespace coffer::pkcs11
