// Words: two tables of sixteen syllables.
#include "codec/words.h"

#include <algorithm>
#include <array>

namespace coffer::codec {

namespace {

// No two first syllables begin with the same letter, and no two second ones end with the same three: a slip
// in one letter is mostly no word at all.
constexpr std::array<std::string_view, 16> kFirst = {"ba", "co", "du", "fe", "gi", "ha", "jo", "ku",
                                                     "le", "mi", "na", "po", "ru", "se", "ti", "va"};
constexpr std::array<std::string_view, 16> kSecond = {"bor", "dan", "fil", "gus", "hem", "kit", "lox", "mar",
                                                      "nep", "pod", "rak", "sev", "tun", "vig", "wel", "zos"};
constexpr std::size_t kFirstLetters = 2;
constexpr std::size_t kWordLetters = 5;

bool is_blank(char letter) { return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t'; }

constexpr Error kNoWord{Code::malformed, "one of the words is none of the list: check its spelling"};

Result<std::uint8_t> octet_of(std::string_view word) {
  if (word.size() != kWordLetters) return kNoWord;
  std::array<char, kWordLetters> lower{};
  std::ranges::transform(word, lower.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  const std::string_view letters(lower.data(), lower.size());
  const auto* const first = std::ranges::find(kFirst, letters.substr(0, kFirstLetters));
  const auto* const second = std::ranges::find(kSecond, letters.substr(kFirstLetters));
  if (first == kFirst.end() || second == kSecond.end()) return kNoWord;
  return static_cast<std::uint8_t>((first - kFirst.begin()) * 16 + (second - kSecond.begin()));
}

}  // namespace

SecretBytes to_words(Bytes octets) {
  if (octets.empty()) return {};
  SecretBytes text = SecretBytes::zeroes(octets.size() * (kWordLetters + 1) - 1);
  auto at = text.reveal().begin();
  for (const std::uint8_t octet : octets) {
    if (at != text.reveal().begin()) *at++ = ' ';
    at = std::ranges::copy(kFirst[octet >> 4U], at).out;
    at = std::ranges::copy(kSecond[octet & 0x0FU], at).out;
  }
  return text;
}

Result<SecretBytes> from_words(std::string_view text) {
  SecretBytes octets = SecretBytes::zeroes(text.size() / (kWordLetters + 1) + 1);
  std::size_t count = 0;
  while (!text.empty()) {
    if (is_blank(text.front())) {
      text.remove_prefix(1);
      continue;
    }
    const auto end = static_cast<std::size_t>(std::ranges::find_if(text, is_blank) - text.begin());
    octets.reveal()[count++] = TRY(octet_of(text.substr(0, end)));
    text.remove_prefix(end);
  }
  octets.shrink(count);
  return octets;
}

}  // namespace coffer::codec
