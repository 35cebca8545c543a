// SSH public keys: blobs and lines of text that somebody wants certified.
#include "ca/ssh_public_key.h"
#include "crypto/holder_check.h"
#include "fuzz.h"
#include "targets.h"

namespace coffer {

namespace {

Status check_blob(Bytes blob) {
  const ca::SshPublicKey key = TRY(ca::parse_public_key(blob));
  CHECK(equal_public(ca::encode_public_key(key), blob));
  const auto imported = ca::to_crypto_key(key);  // the point may be off its curve
  if (imported.ok()) static_cast<void>(crypto::check_holder(imported.value()).ok());
  if (!imported.ok() || ca::shape_of(key.type).security_key) return {};
  const auto exported = ca::from_crypto_key(imported.value());
  CHECK(exported.ok() && exported.value() == key);
  return {};
}

}  // namespace

// The first octet says what follows: 0 a blob, else a line.
Status fuzz_ssh_public_keys(Bytes input) {
  fuzzing::Input rest(input);
  if (rest.number<std::uint8_t>() == 0) return check_blob(rest.rest());
  const ca::TextLine line = TRY(ca::parse_text_line(as_text(rest.rest())));
  const auto written = ca::text_line(line.blob, line.comment);
  CHECK(written.ok());
  const auto again = ca::parse_text_line(written.value());
  CHECK(again.ok() && again.value().blob == line.blob);
  return check_blob(line.blob);
}

}  // namespace coffer
