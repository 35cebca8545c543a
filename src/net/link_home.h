// Link home: what a link keeps in $COFFER_HOME/link - for each server one directory, in the order in which
// they are tried.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "host/assurance.h"
#include "host/tcp.h"
#include "net/openssl.h"

namespace coffer::net {

inline constexpr std::size_t kServersMax = 16;

// ServerEntry is one server that this link has joined.
struct ServerEntry {
  std::string directory;  // "01", "02", ...
  host::TcpAddress address;
  Buffer certificate;  // the link's own, in DER
  Buffer authority;
  OwnedKey key;
};

// link_exists tells whether `home` has joined a server.
bool link_exists(const std::string& home);

// load_servers reads them all, in order. Fails with `not_found` when there is none and with `corrupt`.
Result<std::vector<ServerEntry>> load_servers(const std::string& home);

// save_server writes one behind the others, or in place of the one with the same address. Fails with `limit`.
Status save_server(const std::string& home, const ServerEntry& server);

// The names of files in a link's home.
inline constexpr const char* kLinkDirectory = "/link";
inline constexpr const char* kLinkStateFile = "/run/link.json";
inline constexpr const char* kLinkProtectionsFile = "/run/protections";

// save_protections writes down what protections the link has; load_protections reads that, and gives nothing
// when there is no such file.
Status save_protections(const std::string& home, const host::Assurance& assurance);
host::Assurance load_protections(const std::string& home);

}  // namespace coffer::net
