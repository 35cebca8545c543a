// Public key files.
#include "cli/ca/public_key_file.h"

#include "ca/ssh_certificate.h"
#include "cli/data_file.h"

namespace coffer::cli {

namespace {

constexpr std::string_view kSuffix = ".pub";

std::string_view first_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos && !line.starts_with('#')) return line;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

Result<ca::TextLine> read_public_key(Invocation& invocation, const std::string& path) {
  const Buffer content = TRY(read_whole(invocation, path, ca::kTextLineBytesMax));
  const std::string_view line = first_line(as_text(content));
  if (line.find("PRIVATE KEY") != std::string_view::npos) {
    return invocation.fail(Code::invalid, path + " is a private key", "give the file that ends in .pub");
  }
  auto parsed = ca::parse_text_line(line);
  if (!parsed.ok()) {
    return invocation.fail(Code::malformed, path + " is no SSH public key",
                           "give a file that ssh-keygen wrote");
  }
  if (ca::parse_certificate(parsed.value().blob).ok()) {
    return invocation.fail(Code::invalid, path + " is a certificate", "give the key's own .pub file");
  }
  const auto key = ca::parse_public_key(parsed.value().blob);
  if (key.ok()) return parsed;
  return invocation.fail(key.error().code, path + ": " + std::string(key.error().text),
                         "use ed25519, ecdsa, a security key, or rsa of 2048 to 16384 bits");
}

std::string certificate_path(const std::string& public_key_path) {
  std::string_view stem = public_key_path;
  if (stem.ends_with(kSuffix)) stem.remove_suffix(kSuffix.size());
  return std::string(stem) + "-cert.pub";
}

}  // namespace coffer::cli
