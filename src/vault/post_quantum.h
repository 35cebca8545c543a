// Post-quantum keys as PKCS#11 3.2 writes them (6.67 ML-DSA, 6.68 ML-KEM, 6.69 SLH-DSA): CKA_PARAMETER_SET,
// CKA_SEED and CKA_VALUE.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/key.h"
#include "vault/attribute.h"
#include "vault/object.h"

namespace coffer::vault {

// post_quantum_type gives the type of a CKK_, or none.
crypto::KeyType post_quantum_type(std::uint64_t key_type);

// template_parameter_set reads CKA_PARAMETER_SET. Fails with `template_incomplete` when it is not there, and
// with `attribute_value` when keys of this type have no such set.
Result<crypto::ParameterSet> template_parameter_set(const wire::Template& attributes, crypto::KeyType type);

// check_private_set refuses a private template that names another set than the public one.
Status check_private_set(const wire::Template& attributes, crypto::ParameterSet set);

// import_post_quantum_public and import_post_quantum_private make the key of a template. A private key comes
// as its seed, as its value, or as both, which must then belong together.
Result<crypto::PublicKey> import_post_quantum_public(const wire::Template& attributes, crypto::KeyType type);
Result<crypto::PrivateKey> import_post_quantum_private(const wire::Template& attributes,
                                                       crypto::KeyType type);

// post_quantum_attribute gives what of a public key can be read: CKA_PARAMETER_SET and CKA_VALUE.
std::optional<Buffer> post_quantum_attribute(const crypto::PublicKey& key, bool is_public_object,
                                             std::uint32_t type);

// encapsulated_secret makes a secret key of a shared secret (C_EncapsulateKey, C_DecapsulateKey). It was
// never sensitive before it was here, and it is extractable unless the template says otherwise
// (PKCS#11 3.2, 5.18.8). `which` is the template of `key` for such secrets (CKA_DECAPSULATE_TEMPLATE ...),
// which may demand protection.
Result<Object> encapsulated_secret(const SecretBytes& secret, const wire::Template& attributes,
                                   const Object& key, std::uint32_t which);

}  // namespace coffer::vault
