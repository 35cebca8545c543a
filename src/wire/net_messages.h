// Messages of the network form: the net door's certificates, the enrolment of clients, and their list.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "host/assurance.h"
#include "wire/messages.h"
#include "wire/principal.h"

namespace coffer::wire {

inline constexpr std::size_t kNetClientsMax = 1024;
inline constexpr std::size_t kNetNameBytesMax = 64;
inline constexpr std::size_t kNetTokensMax = 64;  // that one client may see
inline constexpr std::size_t kNetCertificateBytesMax = 2048;
inline constexpr std::size_t kNetPublicKeyBytesMax = 128;  // SubjectPublicKeyInfo of P-256
inline constexpr std::size_t kNetHandshakeBytesMax = 256;

// NetIdentityReply is what the net door shows to the world: both are X.509 certificates in DER.
struct NetIdentityReply {
  Buffer authority;    // signs the certificates of server and clients
  Buffer certificate;  // the server's own

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.authority, kNetCertificateBytesMax));
    return visit(in.certificate, kNetCertificateBytesMax);
  }
};
// NetEnable makes the keys of the network form if there are none yet. Only the owner may.
struct NetEnable : Empty {
  static constexpr Facts kFacts{Op{144},      "net_enable", Holds::nothing,  Again::never,
                                Later::no,    From::here,   Needs::unlocked, Right::owner,
                                "net.enable", Cost::heavy,  Counted::no};
  using Response = NetIdentityReply;
};
// NetIdentity asks for the certificates. Only the net door may.
struct NetIdentity : Empty {
  static constexpr Facts kFacts{Op{148},   "net_identity", Holds::nothing,  Again::yes,
                                Later::no, From::door,     Needs::unlocked, Right::everybody,
                                "",        Cost::large,    Counted::no};
  using Response = NetIdentityReply;
};

// JoinSecret lets whoever shows it first join as one client, once.
struct JoinSecret : BearerSecret<32> {};

// NetEnrol makes a join secret. Only the owner may.
struct NetEnrolReply {
  JoinSecret secret;
  std::uint64_t expires = 0;  // seconds since 1970

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.secret));
    return visit(in.expires);
  }
};
struct NetEnrol {
  static constexpr Facts kFacts{Op{145},     "net_enrol", Holds::secret,   Again::never,
                                Later::no,   From::here,  Needs::unlocked, Right::owner,
                                "net.enrol", Cost::large, Counted::no};
  using Response = NetEnrolReply;
  std::string name;                  // of the client
  std::vector<std::uint32_t> slots;  // of the tokens that it may see
  std::uint32_t lifetime_seconds = 600;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, kNetNameBytesMax));
    TRY(visit(in.slots, kNetTokensMax));
    return visit(in.lifetime_seconds);
  }
};

// NetJoin spends a join secret for a client certificate. Only the net door may, for the one who joins.
struct NetJoin {
  static constexpr Facts kFacts{Op{149},   "net_join",  Holds::secret,   Again::never,
                                Later::no, From::door,  Needs::unlocked, Right::everybody,
                                "",        Cost::heavy, Counted::no};
  using Response = NetIdentityReply;  // `certificate` is the client's
  JoinSecret secret;
  Buffer public_key;  // SubjectPublicKeyInfo in DER

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.secret));
    return visit(in.public_key, kNetPublicKeyBytesMax);
  }
};

// NetClient is one enrolled client.
struct NetClient {
  std::string name;
  PrincipalId id{};                            // in policies of keys and in the audit log
  std::array<std::uint8_t, 32> certificate{};  // SHA-256 of the DER
  std::vector<std::uint32_t> slots;
  std::uint64_t created = 0;  // seconds since 1970
  std::uint64_t expires = 0;
  std::uint32_t connections = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.name, kNetNameBytesMax));
    TRY(visit(in.id));
    TRY(visit(in.certificate));
    TRY(visit(in.slots, kNetTokensMax));
    TRY(visit(in.created));
    TRY(visit(in.expires));
    return visit(in.connections);
  }
};
struct NetListReply {
  std::vector<NetClient> clients;
  static Status fields(auto& visit, auto& in) { return visit(in.clients, kNetClientsMax); }
};
struct NetList : Empty {
  static constexpr Facts kFacts{Op{146},    "net_list",  Holds::nothing,  Again::yes,
                                Later::no,  From::here,  Needs::unlocked, Right::owner,
                                "net.list", Cost::large, Counted::no};
  using Response = NetListReply;
};

// NetRevoke ends a client's certificate: its next request is refused. Only the owner may.
struct NetRevoke {
  static constexpr Facts kFacts{Op{147},      "net_revoke", Holds::nothing,  Again::never,
                                Later::no,    From::here,   Needs::unlocked, Right::owner,
                                "net.revoke", Cost::large,  Counted::no};
  using Response = Empty;
  std::string name;
  static Status fields(auto& visit, auto& in) { return visit(in.name, kNetNameBytesMax); }
};

// NetProtections tells the chip which protections the net door has, for `coffer status --assurance`. Only the
// net door may.
struct NetProtections {
  static constexpr Facts kFacts{Op{171},   "net_protections", Holds::nothing, Again::yes,
                                Later::no, From::door,        Needs::nothing, Right::everybody,
                                "",        Cost::small,       Counted::no};
  using Response = Empty;
  host::Assurance assurance;
  static Status fields(auto& visit, auto& in) { return visit(in.assurance); }
};

// Standing is what becomes of a client's certificate.
enum class Standing : std::uint8_t { good, unknown, revoked, expired };
constexpr bool is_valid(Standing standing) { return standing <= Standing::expired; }

struct NetStandingReply {
  Standing standing = Standing::unknown;
  static Status fields(auto& visit, auto& in) { return visit(in.standing); }
};
// NetStanding asks for it, so that a client that is refused is told so. Only the net door may.
struct NetStanding {
  static constexpr Facts kFacts{Op{180},   "net_standing", Holds::nothing,  Again::yes,
                                Later::no, From::door,     Needs::unlocked, Right::everybody,
                                "",        Cost::small,    Counted::no};
  using Response = NetStandingReply;
  std::array<std::uint8_t, 32> certificate{};  // SHA-256 of the DER
  static Status fields(auto& visit, auto& in) { return visit(in.certificate); }
};

// NetSign signs the server's part of a TLS 1.3 handshake (RFC 8446, 4.4.3), and nothing else. Only the net
// door may.
struct NetSignReply {
  Buffer signature;  // ECDSA-Sig-Value in DER
  static Status fields(auto& visit, auto& in) { return visit(in.signature, kSignatureBytesMax); }
};
struct NetSign {
  static constexpr Facts kFacts{Op{150},   "net_sign",  Holds::nothing,  Again::yes,
                                Later::no, From::door,  Needs::unlocked, Right::everybody,
                                "",        Cost::large, Counted::no};
  using Response = NetSignReply;
  Buffer content;  // what CertificateVerify covers
  static Status fields(auto& visit, auto& in) { return visit(in.content, kNetHandshakeBytesMax); }
};

}  // namespace coffer::wire
