// Shares: words or hexadecimal digits that a custodian typed.
#include <algorithm>

#include "codec/words.h"
#include "fuzz.h"
#include "targets.h"
#include "vault/share.h"

namespace coffer {

Status fuzz_shares(Bytes input) {
  if (const auto octets = codec::from_words(as_text(input)); octets.ok()) {
    const SecretBytes words = codec::to_words(octets.value().reveal());
    CHECK(equal_secret(codec::from_words(as_text(words.reveal())).value(), octets.value()));
  }
  const vault::ReadShare read = TRY(vault::read_share(input));
  vault::ShareSet set{};
  std::copy(read.set.begin(), read.set.end(), set.begin());
  const wire::ShareWords words = vault::write_share(set, read.threshold, read.share);
  const auto again = vault::read_share(words.reveal());
  CHECK(again.ok() && again.value().share.number == read.share.number);
  CHECK(vault::share_check(set, again.value().share) == vault::share_check(set, read.share));
  return {};
}

}  // namespace coffer
