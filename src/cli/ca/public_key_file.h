// Public key files: reading what ssh-keygen writes, and naming the certificate beside it.
#pragma once

#include <string>

#include "base/result.h"
#include "ca/ssh_public_key.h"
#include "cli/invocation.h"

namespace coffer::cli {

// read_public_key reads the first key of a .pub file; empty lines and comments in front are skipped. Says so
// when the file holds a private key or a certificate.
Result<ca::TextLine> read_public_key(Invocation& invocation, const std::string& path);

// certificate_path is where ssh looks for the certificate of a key: X-cert.pub beside X.pub.
std::string certificate_path(const std::string& public_key_path);

}  // namespace coffer::cli
