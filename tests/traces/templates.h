// Templates of objects, for requests that make keys.
#pragma once

#include "vault/vault_fixture.h"

namespace coffer::traces {

inline const Buffer kBytes16 = vault::number(16);
inline const Buffer kBytes32 = vault::number(32);
inline const Buffer kBits2048 = vault::number(2048);
inline const Buffer kDataClass = vault::number(vault::object_class::kData);
inline const Buffer kSecretClass = vault::number(vault::object_class::kSecretKey);
inline const Buffer kAesType = vault::number(vault::key_type::kAes);
inline const Buffer kGenericType = vault::number(vault::key_type::kGenericSecret);
inline const Buffer kOctets16(16, 0x5a);
inline const Buffer kNonce12(12, 0x07);
inline const Buffer kDigest32(32, 0x33);
inline constexpr std::uint8_t kP256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
inline constexpr std::uint8_t kEd25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

// text is an attribute's value.
inline Bytes text(std::string_view characters) { return as_bytes(characters); }

// yes and no are attributes that are true or false.
inline wire::Attribute yes(std::uint32_t type) { return vault::truth(type, true); }
inline wire::Attribute no(std::uint32_t type) { return vault::truth(type, false); }

// p256_pair makes a session's pair that may sign and verify; more goes to the private key.
inline wire::GenerateKeyPair p256_pair(std::uint32_t slot, const wire::Template& more = {}) {
  return {.slot = slot,
          .mechanism = 0x1040,  // CKM_EC_KEY_PAIR_GEN
          .public_attributes = {{vault::attribute::kEcParams, kP256}},
          .private_attributes = more};
}

// aes_key makes a session's AES-256 key with further attributes.
inline wire::GenerateKey aes_key(std::uint32_t slot, const wire::Template& more) {
  wire::GenerateKey request{.slot = slot,
                            .mechanism = 0x1080,  // CKM_AES_KEY_GEN
                            .attributes = {{vault::attribute::kValueLen, kBytes32}}};
  request.attributes.insert(request.attributes.end(), more.begin(), more.end());
  return request;
}

}  // namespace coffer::traces
