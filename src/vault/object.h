// Object: a key, certificate or data object inside the chip, and the rules of PKCS#11 about its attributes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/key.h"
#include "crypto/operation.h"
#include "record/manifest.h"
#include "vault/attribute.h"
#include "vault/object_id.h"
#include "wire/messages.h"
#include "wire/policy_messages.h"

namespace coffer::vault {

// Material is the key of an object; at most one member is there. Shared because an operation in parts keeps
// using the key when the object is destroyed meanwhile.
struct Material {
  std::shared_ptr<const crypto::PrivateKey> private_key;
  std::shared_ptr<const crypto::SecretKey> secret_key;
  std::optional<crypto::PublicKey> public_key;
};

// Object never changes after it was built; a changed object is a new one with the next version.
struct Object {
  ObjectId id{};
  record::PartitionTag partition{};
  std::uint64_t version = 0;  // 0 for session objects
  bool is_token = false;
  std::uint64_t session = 0;  // the owner's session number, for session objects
  AttributeSet attributes;
  Material material;
  std::shared_ptr<const wire::KeyPolicy> policy;  // null: PKCS#11's attributes are all the rules
  wire::ObjectSummary summary;                    // made of the above by finish_object()

  [[nodiscard]] std::uint32_t object_class() const { return summary.object_class; }
  // records_every_use tells the audit level: true for token keys that may leave the vault or wrap others.
  [[nodiscard]] bool records_every_use() const;
  // is_readable tells whether the secret value may be read: not sensitive, extractable, and no token object.
  [[nodiscard]] bool is_readable() const;
};

// Origin says how a new key came to be; it decides CKA_LOCAL, CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE.
enum class Origin : std::uint8_t { imported, generated, derived, unwrapped };

// create_object makes an object of a template (C_CreateObject), with its key.
Result<Object> create_object(const wire::Template& attributes);

// secret_type_of gives the crypto/ type of a secret key's CKK_, none when there are no such keys.
crypto::KeyType secret_type_of(std::uint64_t key_type);

// generate_secret makes a secret key out of random octets, or with PBKDF2 out of a password (C_GenerateKey).
Result<Object> generate_secret(std::uint32_t mechanism, const wire::Template& attributes,
                               const crypto::Parameters& stretching = {}, const SecretBytes& password = {});

// KeyPair is what generate_pair makes.
struct KeyPair {
  Object public_key;
  Object private_key;
};

// generate_pair makes an RSA, EC, Edwards, Montgomery or post-quantum key pair (C_GenerateKeyPair).
Result<KeyPair> generate_pair(std::uint32_t mechanism, const wire::Template& public_attributes,
                              const wire::Template& private_attributes);

// Heritage is what a derived key takes over from its base keys; vault/derivation.h says when.
struct Heritage {
  bool always_sensitive = false;   // all bases always were
  bool never_extractable = false;  // all bases never were
  bool is_sensitive = false;       // the new key must be
  bool is_unextractable = false;
  bool is_private = false;
  bool wraps_with_trusted = false;
  bool is_demanded = false;        // by a base's CKA_DERIVE_TEMPLATE: sensitive or unextractable
  bool stays_protected = false;    // that, or it was made by encryption with a protected base
  bool parts_need_naming = false;  // of types that use their parts: another key of the octets is stronger
  bool type_is_named = false;      // by the template that demands it
  bool whole_blocks = false;       // of 16 octets; see check_inherited_length
  std::uint64_t fixed_bytes = 0;   // the length that CKA_DERIVE_TEMPLATE names; 0: none
};

// derived_secret makes a secret key of octets that a derivation gave (C_DeriveKey). A template that asks for
// less protection than the heritage fails with template_inconsistent.
Result<Object> derived_secret(const Heritage& heritage, Bytes value, const wire::Template& attributes);
// derived_data makes a data object of them (CKM_HKDF_DATA).
Result<Object> derived_data(Bytes value, const wire::Template& attributes);
// derived_public makes the public key that belongs to a private one (CKM_PUB_KEY_FROM_PRIV_KEY).
Result<Object> derived_public(const Object& base, const wire::Template& attributes);
// derived_bytes is how many octets the template wants of a derivation; 0 when it does not say. Code::key_size
// when it is too many.
Result<std::uint32_t> derived_bytes(const wire::Template& attributes);

// begin_unwrapped checks the template of C_UnwrapKey and starts the key, before anything is decrypted;
// finish_unwrapped gives it the octets. Octets that are no such key fail as a wrong ciphertext does.
Result<Object> begin_unwrapped(const Object& unwrapping, const wire::Template& attributes);
Status finish_unwrapped(const Object& unwrapping, Object& object, const SecretBytes& octets,
                        const wire::Template& attributes);

// modified gives `object` with attributes changed (C_SetAttributeValue).
Result<Object> modified(const Object& object, const wire::Template& attributes);

// copied gives a copy of `object` with attributes changed (C_CopyObject).
Result<Object> copied(const Object& object, const wire::Template& attributes);

// allows_mechanism tells whether CKA_ALLOWED_MECHANISMS, if there, lists the mechanism.
bool allows_mechanism(const Object& object, std::uint32_t mechanism);

// finish_object fills the summary and id-dependent parts. Call after id, is_token and attributes are set.
void finish_object(Object& object);

// is_secret_attribute tells whether `type` is a part of this object's secret.
bool is_secret_attribute(const Object& object, std::uint32_t type);

// read_attribute answers C_GetAttributeValue for one type.
wire::AttributeValue read_attribute(const Object& object, std::uint32_t type);

// matches tells whether every attribute of the template equals the object's. Secret values never match.
bool matches(const Object& object, const wire::Template& attributes);

// object_bytes is about what the object takes in the store, the same for all keys of a type and length
// (C_GetObjectSize).
std::size_t object_bytes(const Object& object);

// set_policy gives a key its policy.
void set_policy(Object& object, wire::KeyPolicy policy);

// object_plaintext is what gets sealed; object_of opens it again.
SecretBytes object_plaintext(const Object& object);
Result<Object> object_of(const record::ManifestEntry& entry, const SecretBytes& plaintext);

// summary_of gives the summary of a token's object without opening it.
wire::ObjectSummary summary_of(const record::ManifestEntry& entry);

// matches_summary tells whether an object has the wanted attribute; none when its summary cannot tell.
std::optional<bool> matches_summary(const wire::ObjectSummary& summary, const wire::Attribute& wanted);

// key_mark tells secret and private keys apart by what they are: copies of a key have the same. A keyed hash.
std::uint64_t key_mark(const Object& object, const record::NameKey& names);

// manifest_entry is the object's line in its manifest, blind index included.
record::ManifestEntry manifest_entry(const Object& object, const record::NameKey& names);

}  // namespace coffer::vault
