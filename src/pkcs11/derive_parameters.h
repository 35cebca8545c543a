// Parameters of C_DeriveKey, and of C_GenerateKey with PBKDF2: CK_MECHANISM of an application, checked and
// read.
#pragma once

#include <vector>

#include "base/secret.h"
#include "pkcs11/parameters.h"

namespace coffer::pkcs11 {

// DeriveParameters are parameters with what points back into the application's memory: handles that are to be
// looked up, and places for results. It is good for one call.
struct DeriveParameters {
  OwnedParameters parameters;
  CK_OBJECT_HANDLE other_key = CK_INVALID_HANDLE;  // a second key
  std::vector<CK_DERIVED_KEY> additional;          // SP 800-108
  CK_VERSION* version = nullptr;                   // TLS master secrets
  CK_SSL3_KEY_MAT_OUT* material = nullptr;         // TLS connections
};

// read_derive_parameters reads the parameter of any mechanism that derives (mechanism_parameter).
Result<DeriveParameters> read_derive_parameters(const CK_MECHANISM& mechanism);

// PasswordParameters are those of CKM_PKCS5_PBKD2.
struct PasswordParameters {
  OwnedParameters parameters;
  SecretBytes password;
};

// read_password_parameters reads CK_PKCS5_PBKD2_PARAMS and CK_PKCS5_PBKD2_PARAMS2 (mechanism_parameter).
Result<PasswordParameters> read_password_parameters(const CK_MECHANISM& mechanism);

}  // namespace coffer::pkcs11
