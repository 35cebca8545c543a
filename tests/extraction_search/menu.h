// Menu: what a mechanism of the table can be asked, with which keys and parameters. A new row of a family
// that is known here needs nothing more.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crypto/mechanism.h"
#include "tests/extraction_search/call.h"
#include "tests/extraction_search/dice.h"
#include "wire/messages.h"

namespace coffer::extraction {

// kFew are the values of most octets, keys' and callers': so guesses come true often.
inline constexpr std::uint8_t kFew[] = {0x00, 0x01, 0x5a};

// kLengths are the lengths that are asked for.
inline constexpr std::size_t kLengths[] = {1, 2, 8, 15, 16, 17, 24, 31, 32, 33, 48, 64};

// few_octets gives octets of kFew, often all alike.
Buffer few_octets(std::size_t bytes, Dice& dice);

// UseRow says which attribute permits a use, and which operation it is.
struct UseRow {
  std::uint32_t use;        // crypto::use
  std::uint32_t attribute;  // CKA_, 0: none
  Operation operation;
};
std::span<const UseRow> use_rows();
const UseRow* find_use(Operation operation);

// key_type_for gives the CKK_ that a mechanism likes best.
std::uint32_t key_type_for(const crypto::Mechanism& mechanism);
// is_pair tells whether a CKK_ is a private and a public key.
bool is_pair(std::uint32_t key_type);
// class_for is the CKO_ of the key that one use of a mechanism takes.
std::uint32_t class_for(std::uint32_t key_type, std::uint32_t use);

// fits tells whether a key is of a type and class that the mechanism takes for this use.
bool fits(const wire::ObjectSummary& key, const crypto::Mechanism& mechanism, std::uint32_t use);

// cost says about how many times as much as an HMAC one use of the mechanism takes.
unsigned cost(const crypto::Mechanism& mechanism);

// how_for gives parameters for a use with this key.
How how_for(const crypto::Mechanism& mechanism, std::uint32_t use, const wire::ObjectSummary& key,
            Dice& dice);
// mac_inputs are what MACs are asked of: a zero, and what the derivations of how_for ask their PRF.
std::span<const Buffer> mac_inputs();
// input_for gives data that the mechanism takes.
Buffer input_for(const crypto::Mechanism& mechanism, Dice& dice);

// is_linear tells the derivations that leave octets of their base where they can be found.
bool is_linear(crypto::Family family);

}  // namespace coffer::extraction
