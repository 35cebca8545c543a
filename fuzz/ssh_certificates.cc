// SSH certificates: blobs that a client shows.
#include "ca/ssh_certificate.h"
#include "fuzz.h"
#include "targets.h"

namespace coffer {

Status fuzz_ssh_certificates(Bytes input) {
  const ca::Certificate certificate = TRY(ca::parse_certificate(input));
  CHECK(equal_public(ca::encode_certificate(certificate), input));
  const Buffer body = ca::encode_body(certificate.body);
  CHECK(body.size() < input.size() && equal_public(body, input.first(body.size())));

  for (const ca::CertificateOption& option : certificate.body.critical_options) {
    static_cast<void>(ca::option_value(option));
  }
  static_cast<void>(ca::check_source_address(certificate, "192.0.2.1"));
  static_cast<void>(ca::check_source_address(certificate, "2001:db8::1"));
  // Whoever trusts the key inside needs a valid signature all the same.
  const ca::Expectation expected{.authority = certificate.body.authority,
                                 .type = certificate.body.type,
                                 .principal = "alice",
                                 .now = certificate.body.valid_after};
  const Status verified = ca::verify_certificate(certificate, expected);
  const auto authority = ca::to_crypto_key(certificate.body.authority);
  CHECK(!verified.ok() || (authority.ok() && ca::verify_signature(certificate, authority.value()).ok()));
  return {};
}

}  // namespace coffer
