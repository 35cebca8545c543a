// Shares: words or hexadecimal digits that a custodian typed.
#include <algorithm>
#include <string>

#include "codec/words.h"
#include "fuzz.h"
#include "targets.h"
#include "vault/share.h"

namespace coffer {

Status fuzz_shares(Bytes input) {
  if (const auto octets = codec::from_words(as_text(input)); octets.ok()) {
    CHECK(codec::from_words(codec::to_words(octets.value())).value() == octets.value());
  }
  const vault::ReadShare read = TRY(vault::read_share(input));
  vault::ShareSet set{};
  std::copy(read.set.begin(), read.set.end(), set.begin());
  const std::string words = vault::write_share(set, read.threshold, read.share);
  const auto again = vault::read_share(as_bytes(words));
  CHECK(again.ok() && again.value().share.number == read.share.number);
  CHECK(vault::share_check(set, again.value().share) == vault::share_check(set, read.share));
  return {};
}

}  // namespace coffer
