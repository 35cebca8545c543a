// Keys: the protected keys that are searched for, the caller's own keys, and templates for what calls make.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/mechanism.h"
#include "tests/extraction_search/call.h"
#include "tests/extraction_search/dice.h"
#include "tests/extraction_search/run.h"
#include "wire/messages.h"

namespace coffer::extraction {

// VictimShape is one kind of protected key.
struct VictimShape {
  std::uint32_t key_type;  // CKK_
  std::size_t bytes;       // of its CKA_VALUE; RSA: 0
  bool is_base;            // protected is what one-way derivations make of it (VictimKind::stream)
  unsigned weight;         // in a random choice
};
std::span<const VictimShape> victim_shapes();

// VictimOctets says which octets of a victim runs change.
struct VictimOctets {
  std::size_t first = 0;
  std::size_t count = 0;
  std::span<const std::uint8_t> masks;
};
VictimOctets victim_octets(const Call& victim);

// random_victim chooses one, random_shape a shape; victim_of makes a shape's with everything permitted that
// its type can, sensitive and not extractable unless `is_extractable`; a base derives only.
Call random_victim(Dice& dice);
const VictimShape& random_shape(Dice& dice);
Call victim_of(const VictimShape& shape, bool is_extractable, Dice& dice);

// all_uses gives every use that keys of a type and class can have, as attributes that are true.
Settings all_uses(std::uint32_t key_type, std::uint32_t object_class);

// own_key imports a secret key whose octets the caller knows; `born_for` names a mechanism at its birth,
// where that is asked for.
Call own_key(std::uint32_t key_type, std::size_t bytes, const crypto::Mechanism* born_for, Dice& dice);
// own_pair generates a pair; RSA is imported instead, in two calls of which `is_private` is the second.
Call own_pair(std::uint32_t key_type);
Call own_rsa(bool is_private);
// wrapping_key makes a key that a sensitive key may leave under.
Call wrapping_key(Dice& dice);

// length_for gives a length that keys of the type can have.
std::size_t length_for(std::uint32_t key_type, Dice& dice);
// derived_settings is a template for what a derivation makes.
Settings derived_settings(const crypto::Mechanism& mechanism, const wire::ObjectSummary& base, const How& how,
                          Dice& dice);
// unwrapped_settings is a template for what comes out of a wrapped key.
Settings unwrapped_settings(const wire::ObjectSummary& wrapped, Dice& dice);
// encapsulated_settings is a template for what an encapsulation gives.
Settings encapsulated_settings(Dice& dice);
// generated is a call that generates what the mechanism makes.
Call generated(const crypto::Mechanism& mechanism, Dice& dice);
// changed_settings is what a copy or C_SetAttributeValue changes.
Settings changed_settings(std::uint32_t key_type, std::uint32_t object_class, Dice& dice);

}  // namespace coffer::extraction
