// Call text: a sequence as lines that people read and programs run again.
//
//   0 victim CKA_CLASS=secret CKA_KEY_TYPE=aes CKA_VALUE=00015a... CKA_SENSITIVE=yes
//   1 generate mechanism=aes-generate CKA_VALUE_LEN=32 CKA_WRAP=yes CKA_UNWRAP=yes
//   2 wrap key=%1 target=%0 mechanism=aes-key-wrap-kwp
//   3 unwrap key=%1 mechanism=aes-key-wrap-kwp data=%2 CKA_CLASS=secret CKA_VALUE_LEN=1
//
// `%2.1` is the second result of call 2; `%2[8+16]` its 16 octets behind the first 8; `%2^0:01` those with
// octet 0 changed by XOR. Lines that begin with `#` say something to people only.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tests/extraction_search/call.h"

namespace coffer::extraction {

// operation_name and who_name are the words of the text.
std::string_view operation_name(Operation operation);
std::string_view who_name(Who who);

// text_of prints a sequence, a line a call.
std::string text_of(const Sequence& sequence);

// sequence_of reads one; `malformed` when a line says what nobody understands.
Result<Sequence> sequence_of(std::string_view text);

}  // namespace coffer::extraction
