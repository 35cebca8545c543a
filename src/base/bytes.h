// Bytes: how a run of octets is passed and owned everywhere in Coffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coffer {

// Bytes is a view of octets that somebody else owns; it is valid as long as its owner is.
using Bytes = std::span<const std::uint8_t>;

// MutableBytes is a view of octets that the callee may write.
using MutableBytes = std::span<std::uint8_t>;

// Buffer owns octets that are not secret. Secrets live in SecretBytes (base/secret.h).
using Buffer = std::vector<std::uint8_t>;

// as_bytes views the characters of `text` as octets.
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// as_text views octets as characters; it does not check any encoding.
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// to_buffer copies a view into an owned buffer.
inline Buffer to_buffer(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// append adds the octets of `tail` to `buffer`.
inline void append(Buffer& buffer, Bytes tail) { buffer.insert(buffer.end(), tail.begin(), tail.end()); }

// without_leading_zeros gives a big-endian number without the zeros in front of it; zero is empty.
Bytes without_leading_zeros(Bytes number);

// equal_public compares two views that are not secret. Secrets are compared with equal_secret().
bool equal_public(Bytes a, Bytes b);

// to_hex writes octets as lower-case hexadecimal digits.
std::string to_hex(Bytes bytes);

}  // namespace coffer
