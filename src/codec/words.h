// Words: octets as pronounceable words of two syllables, for people who write them down or read them aloud.
//
// They stand for secrets, and are as secret. One word an octet: its high half chooses the first syllable, its
// low half the second (docs/formats.md).
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace coffer::codec {

// to_words writes one word an octet, separated by blanks.
SecretBytes to_words(Bytes octets);

// from_words reads words separated by blanks or line ends, in upper or lower case. Fails with `malformed` at
// a word that is none.
Result<SecretBytes> from_words(std::string_view text);

}  // namespace coffer::codec
