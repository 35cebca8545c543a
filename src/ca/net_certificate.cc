// Net certificates: DER, from the inside out (X.690; RFC 5280, 4.1).
#include "ca/net_certificate.h"

#include <ctime>
#include <initializer_list>

#include "crypto/operation.h"

namespace coffer::ca {

namespace {

constexpr std::uint32_t kEcdsaSha256 = 0x1044;  // CKM_ECDSA_SHA256
constexpr std::size_t kWidth = 32;              // of r and of s

// Tags of X.690.
constexpr std::uint8_t kBoolean = 0x01;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kObject = 0x06;
constexpr std::uint8_t kUtf8 = 0x0c;
constexpr std::uint8_t kGeneralizedTime = 0x18;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kSet = 0x31;
constexpr std::uint8_t kVersion = 0xa0;     // [0], of TBSCertificate
constexpr std::uint8_t kExtensions = 0xa3;  // [3]

// element is a tag, the length, and all parts behind one another.
Buffer element(std::uint8_t tag, std::initializer_list<Buffer> parts) {
  std::size_t bytes = 0;
  for (const Buffer& part : parts) bytes += part.size();
  Buffer out{tag};
  if (bytes >= 0x100) {
    out.insert(out.end(), {0x82, static_cast<std::uint8_t>(bytes >> 8U), static_cast<std::uint8_t>(bytes)});
  } else if (bytes >= 0x80) {
    out.insert(out.end(), {0x81, static_cast<std::uint8_t>(bytes)});
  } else {
    out.push_back(static_cast<std::uint8_t>(bytes));
  }
  for (const Buffer& part : parts) append(out, part);
  return out;
}

// integer writes big-endian octets as a positive INTEGER of least length.
Buffer integer(Bytes octets) {
  while (octets.size() > 1 && octets.front() == 0) octets = octets.subspan(1);
  Buffer value;
  if ((octets.front() & 0x80U) != 0) value.push_back(0);
  append(value, octets);
  return element(kInteger, {value});
}

Buffer name(const std::string& common_name) {
  const Buffer attribute{0x55, 0x04, 0x03};  // id-at-commonName
  return element(kSequence,
                 {element(kSet, {element(kSequence, {element(kObject, {attribute}),
                                                     element(kUtf8, {to_buffer(as_bytes(common_name))})})})});
}

Buffer time(Timestamp at) {
  const auto seconds = static_cast<std::time_t>(at);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y%m%d%H%M%SZ", &parts);
  return element(kGeneralizedTime, {to_buffer(as_bytes({text.data(), length}))});
}

// RFC 5280, 4.1.2.5 wants UTCTime up to the year 2049.
Buffer validity_time(Timestamp at) {
  constexpr Timestamp kYear2050 = 2524608000;
  Buffer encoded = time(at);
  if (at >= kYear2050) return encoded;
  constexpr std::uint8_t kUtcTime = 0x17;
  constexpr std::ptrdiff_t kBehindCentury = 4;  // tag, length, two digits
  return element(kUtcTime, {Buffer(encoded.begin() + kBehindCentury, encoded.end())});
}

Buffer extension(const Buffer& object, bool is_critical, const Buffer& value) {
  const Buffer critical = is_critical ? element(kBoolean, {{0xff}}) : Buffer();
  return element(kSequence, {element(kObject, {object}), critical, element(kOctetString, {value})});
}

Buffer extensions(NetPurpose purpose) {
  const Buffer constraints{0x55, 0x1d, 0x13};
  const Buffer key_usage{0x55, 0x1d, 0x0f};
  const Buffer extended_key_usage{0x55, 0x1d, 0x25};
  if (purpose == NetPurpose::authority) {
    const Buffer is_authority = element(kBoolean, {{0xff}});
    const Buffer no_more_below = element(kInteger, {{0x00}});
    const Buffer signs_certificates = element(kBitString, {{0x02, 0x04}});
    return element(kSequence,
                   {extension(constraints, true, element(kSequence, {is_authority, no_more_below})),
                    extension(key_usage, true, signs_certificates)});
  }
  const std::uint8_t last = purpose == NetPurpose::server ? 0x01 : 0x02;
  const Buffer role{0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last};  // id-kp-serverAuth, id-kp-clientAuth
  const Buffer signs_handshakes = element(kBitString, {{0x07, 0x80}});
  return element(
      kSequence,
      {extension(constraints, true, element(kSequence, {})), extension(key_usage, true, signs_handshakes),
       extension(extended_key_usage, true, element(kSequence, {element(kObject, {role})}))});
}

// ECDSA-Sig-Value out of r || s.
Buffer signature_value(Bytes raw) {
  return element(kSequence, {integer(raw.first(kWidth)), integer(raw.subspan(kWidth))});
}

}  // namespace

Result<Buffer> sign_for_net(const crypto::PrivateKey& key, Bytes content) {
  std::array<std::uint8_t, 2 * kWidth> raw{};
  const crypto::Parameters parameters{.mechanism = kEcdsaSha256};
  if (TRY(crypto::sign(key, parameters, content, raw)) != raw.size()) {
    return Error{Code::internal, "a key of the network form is not of P-256"};
  }
  return signature_value(raw);
}

Result<Buffer> issue_net_certificate(const crypto::PrivateKey& key, const NetCertificate& certificate) {
  const Buffer ecdsa_with_sha256 =
      element(kSequence, {element(kObject, {{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}})});
  Buffer serial = to_buffer(certificate.serial);
  serial[0] = (serial[0] & 0x7fU) | 0x40U;  // positive, and always of the same length
  const Buffer body = element(
      kSequence,
      {element(kVersion, {element(kInteger, {{0x02}})}), integer(serial), ecdsa_with_sha256,
       name(certificate.issuer),
       element(kSequence, {validity_time(certificate.not_before), validity_time(certificate.not_after)}),
       name(certificate.subject), certificate.public_key,
       element(kExtensions, {extensions(certificate.purpose)})});
  const Buffer signature = TRY(sign_for_net(key, body));
  return element(kSequence, {body, ecdsa_with_sha256, element(kBitString, {{0x00}, signature})});
}

}  // namespace coffer::ca
