// SshCertificate: parser, encoder, signer and verifier.
#include "ca/ssh_certificate.h"

#include <algorithm>
#include <array>

#include "ca/network.h"
#include "ca/option_names.h"
#include "crypto/operation.h"

namespace coffer::ca {
namespace {

using crypto::Curve;

// SignatureAlgorithm is how an authority of one kind signs. Where a key has two rows, we sign with the first.
// "ssh-rsa", which signs a SHA-1 digest, is missing on purpose.
struct SignatureAlgorithm {
  std::string_view name;
  Curve curve;              // none for RSA
  std::uint32_t mechanism;  // CKM_ number
  std::size_t half_bytes;   // ECDSA: octets of r and of s; 0: the signature is one run of octets
};

constexpr auto kSignatureAlgorithms = std::to_array<SignatureAlgorithm>({
    {"ssh-ed25519", Curve::ed25519, 0x1057, 0},        // CKM_EDDSA; RFC 8709, 6
    {"ecdsa-sha2-nistp256", Curve::p256, 0x1044, 32},  // CKM_ECDSA_SHA256; RFC 5656, 3.1.2
    {"ecdsa-sha2-nistp384", Curve::p384, 0x1045, 48},  // CKM_ECDSA_SHA384
    {"ecdsa-sha2-nistp521", Curve::p521, 0x1046, 66},  // CKM_ECDSA_SHA512
    {"rsa-sha2-512", Curve::none, 0x42, 0},            // CKM_SHA512_RSA_PKCS; RFC 8332, 3
    {"rsa-sha2-256", Curve::none, 0x40, 0},            // CKM_SHA256_RSA_PKCS
});

// EcdsaSignature is the blob of an ECDSA signature (RFC 5656, 3.1.2).
struct EcdsaSignature {
  Buffer r, s;

  static Status fields(auto& visit, auto& in) {
    TRY(visit.mpint(in.r, crypto::kSignatureBytesMax));
    return visit.mpint(in.s, crypto::kSignatureBytesMax);
  }
};

const SignatureAlgorithm* find_algorithm(crypto::KeyType type, Curve curve) {
  const Curve wanted = type == crypto::KeyType::rsa ? Curve::none : curve;
  if (type != crypto::KeyType::rsa && curve == Curve::none) return nullptr;
  const auto* row = std::ranges::find(kSignatureAlgorithms, wanted, &SignatureAlgorithm::curve);
  return row == kSignatureAlgorithms.end() ? nullptr : &*row;
}

crypto::Parameters parameters_of(const SignatureAlgorithm& algorithm) {
  crypto::Parameters parameters;
  parameters.mechanism = algorithm.mechanism;
  return parameters;
}

Buffer blob_of_signature(const SignatureAlgorithm& algorithm, Bytes signature) {
  if (algorithm.half_bytes == 0) return to_buffer(signature);
  return codec::encode_ssh(EcdsaSignature{to_buffer(signature.first(algorithm.half_bytes)),
                                          to_buffer(signature.last(algorithm.half_bytes))});
}

Result<Buffer> signature_of_blob(const SignatureAlgorithm& algorithm, Bytes blob) {
  if (algorithm.half_bytes == 0) return to_buffer(blob);
  const EcdsaSignature halves = TRY(codec::decode_ssh<EcdsaSignature>(blob));
  Buffer signature;
  for (const Buffer& half : {halves.r, halves.s}) {
    if (half.size() > algorithm.half_bytes) return Error{Code::malformed, "half a signature is too long"};
    signature.insert(signature.end(), algorithm.half_bytes - half.size(), 0);
    append(signature, half);
  }
  return signature;
}

Status refuse_zero_octets(std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return {};
  return Error{Code::malformed, "a name in a certificate holds a zero octet"};
}

// "These options must be lexically ordered by name if they appear in the sequence. Each named option may only
// appear once in a certificate."
Status check_order(const std::vector<CertificateOption>& options) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i].name.empty()) return Error{Code::malformed, "an option has no name"};
    TRY(refuse_zero_octets(options[i].name));
    if (i > 0 && options[i - 1].name >= options[i].name) {
      return Error{Code::malformed, "options of a certificate are not sorted"};
    }
  }
  return {};
}

Status check_body(const CertificateBody& body) {
  TRY(check_key(body.key));
  TRY(check_key(body.authority));
  TRY(refuse_zero_octets(body.key_id));
  for (const std::string& principal : body.principals) TRY(refuse_zero_octets(principal));
  TRY(check_order(body.critical_options));
  return check_order(body.extensions);
}

Status check_critical_options(const CertificateBody& body) {
  for (const CertificateOption& option : body.critical_options) {
    const OptionName* known = find_option_name(OptionKind::critical, option.name);
    if (known == nullptr || body.type != CertificateType::user) {
      return Error{Code::denied, "the certificate has a critical option that is unknown"};
    }
    const Result<std::string> value = option_value(option);
    if (!value.ok() || value.value().empty() == known->has_value) {
      return Error{Code::denied, "a critical option of the certificate cannot be read"};
    }
    if (option.name == kSourceAddress && !parse_networks(value.value()).ok()) {
      return Error{Code::denied, "the networks of the certificate cannot be read"};
    }
  }
  return {};
}

Status check_expectation(const CertificateBody& body, const Expectation& expected) {
  if (body.type != expected.type) return Error{Code::denied, "the certificate is of the wrong type"};
  if (expected.now < body.valid_after) return Error{Code::denied, "the certificate is not yet valid"};
  if (expected.now >= body.valid_before) return Error{Code::denied, "the certificate has expired"};
  if (std::ranges::find(body.principals, expected.principal) == body.principals.end()) {
    return Error{Code::denied, "the certificate does not name this principal"};
  }
  return check_critical_options(body);
}

}  // namespace

CertificateOption make_option(std::string_view name, std::string_view value) {
  CertificateOption option{std::string(name), {}};
  if (value.empty()) return option;
  codec::SshWriter writer(option.data);
  const Status written = writer.literal(value);
  static_cast<void>(written.ok());  // Writing never fails.
  return option;
}

Result<std::string> option_value(const CertificateOption& option) {
  if (option.data.empty()) return std::string();
  codec::SshReader reader(option.data);
  std::string value;
  TRY(reader(value, kCertificateOptionDataBytesMax));
  TRY(reader.finish());
  return value;
}

const CertificateOption* find_option(const std::vector<CertificateOption>& options, std::string_view name) {
  const auto option = std::ranges::find(options, name, &CertificateOption::name);
  return option == options.end() ? nullptr : &*option;
}

Result<Certificate> parse_certificate(Bytes blob) {
  if (blob.size() > kCertificateBytesMax) return Error{Code::malformed, "a certificate is too long"};
  Certificate certificate = TRY(codec::decode_ssh<Certificate>(blob));
  TRY(check_body(certificate.body));
  return certificate;
}

Buffer encode_certificate(const Certificate& certificate) { return codec::encode_ssh(certificate); }

Buffer encode_body(const CertificateBody& body) { return codec::encode_ssh(body); }

Result<Certificate> sign_body(const crypto::PrivateKey& ca_key, CertificateBody body) {
  const SignatureAlgorithm* algorithm = find_algorithm(ca_key.type(), ca_key.curve());
  if (algorithm == nullptr) return Error{Code::key_type, "SSH has no signatures by keys of this type"};
  TRY(check_body(body));
  std::array<std::uint8_t, crypto::kSignatureBytesMax> signature{};
  const std::size_t bytes =
      TRY(crypto::sign(ca_key, parameters_of(*algorithm), encode_body(body), signature));
  Buffer blob = blob_of_signature(*algorithm, Bytes(signature).first(bytes));
  return Certificate{std::move(body), {std::string(algorithm->name), std::move(blob)}};
}

Status verify_signature(const Certificate& certificate, const crypto::PublicKey& authority) {
  constexpr Error kRefusal{Code::signature_invalid, "the certificate is not signed by this authority"};
  const SshSignature& signature = certificate.signature;
  const auto* algorithm =
      std::ranges::find(kSignatureAlgorithms, signature.algorithm, &SignatureAlgorithm::name);
  if (algorithm == kSignatureAlgorithms.end()) return kRefusal;
  const bool is_rsa = authority.type() == crypto::KeyType::rsa;
  if (algorithm->curve != (is_rsa ? Curve::none : authority.curve())) return kRefusal;
  const Result<Buffer> octets = signature_of_blob(*algorithm, signature.blob);
  if (!octets.ok()) return kRefusal;
  if (is_rsa && octets.value().size() != (authority.bits() + 7) / 8) return kRefusal;
  const Buffer body = encode_body(certificate.body);
  if (!crypto::verify(authority, parameters_of(*algorithm), body, octets.value()).ok()) return kRefusal;
  return {};
}

Status verify_certificate(const Certificate& certificate, const Expectation& expected) {
  if (shape_of(expected.authority.type).security_key) {
    return Error{Code::denied, "a security key cannot be an authority"};
  }
  if (certificate.body.authority != expected.authority) {
    return Error{Code::denied, "the certificate is of another authority"};
  }
  const crypto::PublicKey authority = TRY(to_crypto_key(expected.authority));
  TRY(verify_signature(certificate, authority));
  return check_expectation(certificate.body, expected);
}

Status check_source_address(const Certificate& certificate, std::string_view client_address) {
  const CertificateOption* option = find_option(certificate.body.critical_options, kSourceAddress);
  if (option == nullptr) return {};
  const Result<std::string> value = option_value(*option);
  if (!value.ok()) return Error{Code::denied, "the networks of the certificate cannot be read"};
  const Result<std::vector<Network>> allowed = parse_networks(value.value());
  const Result<Network> client = parse_peer_address(client_address);
  if (!allowed.ok() || !client.ok()) return Error{Code::denied, "an address cannot be read"};
  const auto holds_client = [&](const Network& network) { return contains(network, client.value()); };
  if (std::ranges::any_of(allowed.value(), holds_client)) return {};
  return Error{Code::denied, "the certificate is not good from this address"};
}

}  // namespace coffer::ca
