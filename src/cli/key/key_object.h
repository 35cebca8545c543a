// Key objects: finding keys in a token and telling what they are.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/chip.h"
#include "cli/key/attributes.h"
#include "wire/messages.h"

namespace coffer::cli {

// KeyObject is an object of a token with what people know it by.
struct KeyObject {
  wire::ObjectSummary summary;
  std::string label;
  Buffer id;                        // CKA_ID
  Buffer ec_params;                 // CKA_EC_PARAMS, empty when there are none
  std::uint64_t parameter_set = 0;  // CKP_, 0 when there is none
};

// Selection is what --label and --id ask for; empty members match everything.
struct Selection {
  std::string label;
  Buffer id;
};

// selection_of reads --label and --id. Fails when an id is not hexadecimal.
Result<Selection> selection_of(Invocation& invocation);

// selected gives the objects of a token that match, of one CKO_ class when that is given. Private ones are
// found after a login only.
Result<std::vector<KeyObject>> selected(Chip& chip, std::uint32_t slot, const Selection& selection,
                                        std::optional<std::uint32_t> object_class = std::nullopt);

// only_one gives the only element. Fails with `not_found` when there is none, and with `invalid` when there
// are more.
Result<KeyObject> only_one(Invocation& invocation, const std::vector<KeyObject>& found,
                           const Selection& selection);

// class_word, type_word and uses_text put a key's numbers into words: "private", "p256", "sign derive".
std::string_view class_word(std::uint32_t object_class);
std::string type_word(const KeyObject& key);
std::vector<std::string_view> use_words(std::uint32_t uses);
std::string uses_text(std::uint32_t uses);

}  // namespace coffer::cli
