// Link home: four small files a server.
#include "net/link_home.h"

#include <algorithm>

#include "base/secret.h"
#include "codec/binary.h"
#include "host/file.h"

namespace coffer::net {

namespace {

constexpr std::size_t kFileBytesMax = 4096;
constexpr std::size_t kProtectionsBytesMax = 32768;
constexpr const char* kAddressFile = "/address";
constexpr const char* kCertificateFile = "/certificate.der";
constexpr const char* kAuthorityFile = "/authority.der";
constexpr const char* kKeyFile = "/key.der";

// The directories of servers, in order. One without an address was never finished.
std::vector<std::string> directories(const std::string& home) {
  std::vector<std::string> names;
  auto listed = host::list_directory(home + kLinkDirectory);
  if (!listed.ok()) return names;
  for (std::string& name : listed.value()) {
    if (host::file_exists(home + kLinkDirectory + '/' + name + kAddressFile))
      names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

Result<ServerEntry> load_server(const std::string& home, const std::string& name) {
  constexpr Error kBroken{Code::corrupt, "a file of the link is damaged: 'coffer link join' again"};
  const std::string path = home + kLinkDirectory + '/' + name;
  ServerEntry server{.directory = name};
  const Buffer address = TRY(host::read_file(path + kAddressFile, kFileBytesMax));
  auto parsed = host::parse_tcp_address(as_text(address));
  if (!parsed.ok()) return kBroken;
  server.address = std::move(parsed).value();
  server.certificate = TRY(host::read_file(path + kCertificateFile, kFileBytesMax));
  server.authority = TRY(host::read_file(path + kAuthorityFile, kFileBytesMax));
  Buffer key = TRY(host::read_file(path + kKeyFile, kFileBytesMax));
  auto read = key_from(key);
  wipe(key);
  if (!read.ok()) return kBroken;
  server.key = std::move(read).value();
  return server;
}

std::string two_digits(std::size_t number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

bool link_exists(const std::string& home) { return !directories(home).empty(); }

Result<std::vector<ServerEntry>> load_servers(const std::string& home) {
  std::vector<ServerEntry> servers;
  for (const std::string& name : directories(home)) servers.push_back(TRY(load_server(home, name)));
  if (servers.empty())
    return Error{Code::not_found, "this link has joined no server: run 'coffer link join'"};
  if (servers.size() > kServersMax) return Error{Code::limit, "this link has joined too many servers"};
  return servers;
}

Status save_server(const std::string& home, const ServerEntry& server) {
  const std::vector<std::string> names = directories(home);
  std::string chosen;
  for (const std::string& name : names) {
    const auto address = host::read_file(home + kLinkDirectory + '/' + name + kAddressFile, kFileBytesMax);
    if (address.ok() && as_text(address.value()) == server.address.text()) chosen = name;
  }
  for (std::size_t i = 1; i <= kServersMax && chosen.empty(); ++i) {
    if (std::ranges::find(names, two_digits(i)) == names.end()) chosen = two_digits(i);
  }
  if (chosen.empty()) return Error{Code::limit, "this link has joined too many servers"};
  const std::string path = home + kLinkDirectory + '/' + chosen;
  TRY(host::create_directory(home + kLinkDirectory));
  TRY(host::create_directory(path));
  // The address comes last: a directory without one does not count.
  TRY(host::remove_file(path + kAddressFile));
  Buffer key = key_der(server.key.get());
  const Status written = host::write_file_durably(path + kKeyFile, key);
  wipe(key);
  TRY(written);
  TRY(host::write_file_durably(path + kCertificateFile, server.certificate));
  TRY(host::write_file_durably(path + kAuthorityFile, server.authority));
  return host::write_file_durably(path + kAddressFile, as_bytes(server.address.text()));
}

Status save_protections(const std::string& home, const host::Assurance& assurance) {
  return host::write_file_durably(home + kLinkProtectionsFile, codec::encode(assurance));
}

host::Assurance load_protections(const std::string& home) {
  const auto file = host::read_file(home + kLinkProtectionsFile, kProtectionsBytesMax);
  if (!file.ok()) return {};
  auto assurance = codec::decode<host::Assurance>(file.value());
  return assurance.ok() ? std::move(assurance).value() : host::Assurance{};
}

}  // namespace coffer::net
