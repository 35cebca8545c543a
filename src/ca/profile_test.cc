// Tests of profiles: what they may say, and what an authority refuses to sign.
#include "ca/profile.h"

#include <gtest/gtest.h>

#include "ca/ssh_keygen_testing.h"

namespace coffer::ca {
namespace {

using testing::key_blob;
using wire::AuthorityKind;

constexpr Timestamp kNow = 1750000000;

wire::Profile profile_for(AuthorityKind kind) {
  wire::Profile profile = default_profile(kind);
  profile.principals = {"alice", "deploy-*", "*.example.com"};
  return profile;
}

wire::Authority authority_of(AuthorityKind kind) {
  wire::Authority authority;
  authority.name = "office";
  authority.kind = kind;
  authority.key_type = wire::AuthorityKeyType::ed25519;
  authority.public_key = key_blob("ca_ed25519");
  authority.profile = profile_for(kind);
  return authority;
}

wire::CaSignSsh request_for(std::string_view principal) {
  wire::CaSignSsh request;
  request.name = "office";
  request.public_key = key_blob("ed25519");
  request.key_id = "alice@laptop";
  request.principals = {std::string(principal)};
  request.lifetime_seconds = 300;
  return request;
}

Issuance issuance() {
  Issuance chosen;
  chosen.now = kNow;
  chosen.serial = 42;
  chosen.nonce.fill(7);
  return chosen;
}

Result<CertificateBody> apply(const wire::Authority& authority, const wire::CaSignSsh& request) {
  return apply_profile(authority, request, issuance());
}

Code refusal(const wire::Authority& authority, const wire::CaSignSsh& request) {
  const Result<CertificateBody> body = apply(authority, request);
  return body.ok() ? Code::ok : body.error().code;
}

Code user_refusal(const wire::CaSignSsh& request) {
  return refusal(authority_of(AuthorityKind::ssh_user), request);
}

Code verdict(const wire::Profile& profile, AuthorityKind kind = AuthorityKind::ssh_user) {
  const Status checked = check_profile(profile, kind);
  return checked.ok() ? Code::ok : checked.error().code;
}

std::vector<std::pair<std::string, std::string>> texts(const std::vector<CertificateOption>& options) {
  std::vector<std::pair<std::string, std::string>> list;
  for (const CertificateOption& option : options)
    list.emplace_back(option.name, option_value(option).value());
  return list;
}
using Texts = std::vector<std::pair<std::string, std::string>>;

// ---- check_profile
// ---------------------------------------------------------------------------------------------

TEST(DefaultProfile, IsGoodOnceItNamesPrincipals) {
  for (const AuthorityKind kind : {AuthorityKind::ssh_user, AuthorityKind::ssh_host}) {
    EXPECT_EQ(verdict(profile_for(kind), kind), Code::ok);
    EXPECT_EQ(verdict(default_profile(kind), kind), Code::invalid);
  }
}

TEST(DefaultProfile, GivesATerminalAndNoForwarding) {
  const wire::Profile profile = default_profile(AuthorityKind::ssh_user);
  EXPECT_EQ(profile.lifetime_max_seconds, 86400U);
  ASSERT_EQ(profile.extensions_default.size(), 1U);
  EXPECT_EQ(profile.extensions_default[0].name, "permit-pty");
}

TEST(CheckProfile, RefusesLifetimesOfZeroAndAboveTheConstants) {
  wire::Profile profile = profile_for(AuthorityKind::ssh_user);
  profile.lifetime_max_seconds = 0;
  EXPECT_EQ(verdict(profile), Code::invalid);
  profile.lifetime_max_seconds = kUserLifetimeSecondsMax;
  EXPECT_EQ(verdict(profile), Code::ok);
  profile.lifetime_max_seconds = kUserLifetimeSecondsMax + 1;
  EXPECT_EQ(verdict(profile), Code::invalid);
}

TEST(CheckProfile, LetsHostsLiveForTenYears) {
  wire::Profile profile = profile_for(AuthorityKind::ssh_host);
  profile.lifetime_max_seconds = kHostLifetimeSecondsMax;
  EXPECT_EQ(verdict(profile, AuthorityKind::ssh_host), Code::ok);
  profile.lifetime_max_seconds = kHostLifetimeSecondsMax + 1;
  EXPECT_EQ(verdict(profile, AuthorityKind::ssh_host), Code::invalid);
}

TEST(CheckProfile, RefusesToBackdateByMoreThanAnHour) {
  wire::Profile profile = profile_for(AuthorityKind::ssh_user);
  profile.backdate_seconds = kBackdateSecondsMax + 1;
  EXPECT_EQ(verdict(profile), Code::invalid);
}

TEST(CheckProfile, RefusesOddPrincipals) {
  for (const std::string& principal :
       {std::string(), std::string("a b"), std::string("a,b"), std::string("a?"), std::string("a\n"),
        std::string("a\0", 2), std::string("r\xd0\xbe\xd0\xbet"),
        std::string(wire::kPrincipalBytesMax + 1, 'a')}) {
    wire::Profile profile = profile_for(AuthorityKind::ssh_user);
    profile.principals.push_back(principal);
    EXPECT_EQ(verdict(profile), Code::invalid) << principal;
  }
}

TEST(CheckProfile, RefusesTooManyPrincipals) {
  wire::Profile profile = profile_for(AuthorityKind::ssh_user);
  profile.principals.assign(wire::kPrincipalsMax + 1, "a");
  EXPECT_EQ(verdict(profile), Code::limit);
}

TEST(CheckProfile, RefusesUnknownOptions) {
  for (const std::string name : {"", "permit-everything", "force-command", "a@", "@a", "a b@c", "a@b,c"}) {
    wire::Profile profile = profile_for(AuthorityKind::ssh_user);
    profile.extensions.push_back(name);
    EXPECT_EQ(verdict(profile), Code::invalid) << name;
  }
  wire::Profile profile = profile_for(AuthorityKind::ssh_user);
  profile.critical_options.push_back("permit-pty");
  EXPECT_EQ(verdict(profile), Code::invalid);
}

TEST(CheckProfile, AcceptsOptionsOfOnesOwn) {
  wire::Profile profile = profile_for(AuthorityKind::ssh_user);
  profile.extensions.push_back("session@example.com");
  profile.extensions_default.push_back({"session@example.com", "42"});
  profile.critical_options.push_back("approval@example.com");
  EXPECT_EQ(verdict(profile), Code::ok);
}

TEST(CheckProfile, RefusesDefaultsThatAreNotAllowedOrTwice) {
  wire::Profile profile = profile_for(AuthorityKind::ssh_user);
  profile.extensions_default.push_back({"no-touch-required", ""});
  EXPECT_EQ(verdict(profile), Code::invalid);
  profile.extensions_default.back().name = "permit-pty";
  EXPECT_EQ(verdict(profile), Code::invalid);
}

TEST(CheckProfile, RefusesFlagsWithValuesAndValuesThatLack) {
  wire::Profile profile = profile_for(AuthorityKind::ssh_user);
  profile.extensions_default = {{"permit-pty", "yes"}};
  EXPECT_EQ(verdict(profile), Code::invalid);
  profile = profile_for(AuthorityKind::ssh_user);
  profile.critical_options_forced = {{"force-command", ""}};
  EXPECT_EQ(verdict(profile), Code::invalid);
  profile.critical_options_forced = {{"force-command", "/bin/true\n"}};
  EXPECT_EQ(verdict(profile), Code::invalid);
  profile.critical_options_forced = {{"force-command", "/bin/true"}};
  EXPECT_EQ(verdict(profile), Code::ok);
}

TEST(CheckProfile, RefusesNetworksThatDoNotParse) {
  wire::Profile profile = profile_for(AuthorityKind::ssh_user);
  profile.source_addresses = {"10.0.0.0/8", "2001:db8::/32"};
  EXPECT_EQ(verdict(profile), Code::ok);
  for (const std::string network : {"", "10.0.0.1/8", "10.0.0.0/8,::/0", "everywhere"}) {
    profile.source_addresses = {network};
    EXPECT_EQ(verdict(profile), Code::invalid) << network;
  }
}

TEST(CheckProfile, RefusesToForceSourceAddressByHand) {
  wire::Profile profile = profile_for(AuthorityKind::ssh_user);
  profile.critical_options_forced = {{"source-address", "10.0.0.0/8"}};
  EXPECT_EQ(verdict(profile), Code::invalid);
}

TEST(CheckProfile, RefusesOptionsOfHosts) {
  const wire::Profile good = profile_for(AuthorityKind::ssh_host);
  std::vector<wire::Profile> bad(5, good);
  bad[0].extensions = {"permit-pty"};
  bad[1].extensions_default = {{"permit-pty", ""}};
  bad[2].critical_options = {"force-command"};
  bad[3].critical_options_forced = {{"force-command", "x"}};
  bad[4].source_addresses = {"10.0.0.0/8"};
  for (const wire::Profile& profile : bad)
    EXPECT_EQ(verdict(profile, AuthorityKind::ssh_host), Code::invalid);
}

TEST(CheckProfile, RefusesTooManyOptions) {
  const wire::Profile good = profile_for(AuthorityKind::ssh_user);
  std::vector<wire::Profile> bad(4, good);
  bad[0].extensions.assign(wire::kOptionsMax + 1, "permit-pty");
  bad[1].extensions_default.assign(wire::kOptionsMax + 1, {"permit-pty", ""});
  bad[2].critical_options.assign(wire::kOptionsMax + 1, "force-command");
  bad[3].source_addresses.assign(wire::kOptionsMax + 1, "::1");
  for (const wire::Profile& profile : bad) EXPECT_EQ(verdict(profile), Code::limit);
}

// ---- apply_profile
// ---------------------------------------------------------------------------------------------

TEST(ApplyProfile, FillsEveryField) {
  const CertificateBody body = apply(authority_of(AuthorityKind::ssh_user), request_for("alice")).value();
  EXPECT_EQ(body.nonce, Buffer(32, 7));
  EXPECT_EQ(body.key, testing::key("ed25519"));
  EXPECT_EQ(body.serial, 42U);
  EXPECT_EQ(body.type, CertificateType::user);
  EXPECT_EQ(body.key_id, "alice@laptop");
  EXPECT_EQ(body.principals, (std::vector<std::string>{"alice"}));
  EXPECT_EQ(body.valid_after, kNow - 60);
  EXPECT_EQ(body.valid_before, kNow + 300);
  EXPECT_TRUE(body.critical_options.empty());
  EXPECT_EQ(texts(body.extensions), (Texts{{"permit-pty", ""}}));
  EXPECT_EQ(body.authority, testing::key("ca_ed25519"));
}

TEST(ApplyProfile, FillsHostCertificates) {
  const CertificateBody body =
      apply(authority_of(AuthorityKind::ssh_host), request_for("web.example.com")).value();
  EXPECT_EQ(body.type, CertificateType::host);
  EXPECT_TRUE(body.extensions.empty());
}

TEST(ApplyProfile, NamesThePrincipalWhenThereIsNoKeyId) {
  wire::CaSignSsh request = request_for("alice");
  request.key_id.clear();
  EXPECT_EQ(apply(authority_of(AuthorityKind::ssh_user), request).value().key_id, "alice");
}

TEST(ApplyProfile, DoesNotBackdateBeforeTheBeginningOfTime) {
  Issuance chosen = issuance();
  chosen.now = 10;
  const CertificateBody body =
      apply_profile(authority_of(AuthorityKind::ssh_user), request_for("alice"), chosen).value();
  EXPECT_EQ(body.valid_after, 0U);
}

TEST(ApplyProfile, RefusesAClockBeyondReason) {
  Issuance chosen = issuance();
  chosen.now = kTimestampMax + 1;
  const Result<CertificateBody> body =
      apply_profile(authority_of(AuthorityKind::ssh_user), request_for("alice"), chosen);
  EXPECT_EQ(body.error().code, Code::unavailable);
}

TEST(ApplyProfile, RefusesACertificateWithoutPrincipals) {
  wire::CaSignSsh request = request_for("alice");
  request.principals.clear();
  EXPECT_EQ(user_refusal(request), Code::invalid);
}

TEST(ApplyProfile, RefusesLifetimesOfZeroAndOverTheProfile) {
  wire::CaSignSsh request = request_for("alice");
  request.lifetime_seconds = 0;
  EXPECT_EQ(user_refusal(request), Code::invalid);
  request.lifetime_seconds = kUserLifetimeSecondsDefault;
  EXPECT_EQ(user_refusal(request), Code::ok);
  request.lifetime_seconds = kUserLifetimeSecondsDefault + 1;
  EXPECT_EQ(user_refusal(request), Code::denied);
  request.lifetime_seconds = ~std::uint64_t{0};
  EXPECT_EQ(user_refusal(request), Code::denied);
}

TEST(ApplyProfile, RefusesPrincipalsOutsideTheProfile) {
  for (const std::string_view principal : {"root", "alicea", "xalice", "Alice", "deploy", "xdeploy-web"}) {
    EXPECT_EQ(user_refusal(request_for(principal)), Code::denied) << principal;
  }
  EXPECT_EQ(user_refusal(request_for("deploy-web")), Code::ok);
}

TEST(ApplyProfile, RefusesAllWhenOnePrincipalIsOutside) {
  wire::CaSignSsh request = request_for("alice");
  request.principals.push_back("root");
  EXPECT_EQ(user_refusal(request), Code::denied);
}

TEST(ApplyProfile, RefusesEveryPrincipalOfAProfileWithoutPrincipals) {
  wire::Authority authority = authority_of(AuthorityKind::ssh_user);
  authority.profile.principals.clear();
  EXPECT_EQ(refusal(authority, request_for("alice")), Code::denied);
}

TEST(ApplyProfile, RefusesPrincipalsThatAreMoreThanOneName) {
  for (const std::string& principal :
       {std::string(), std::string("*"), std::string("deploy-*"), std::string("deploy-?"),
        std::string("deploy-a,root"), std::string("deploy-a b"), std::string("deploy-\t"),
        std::string("deploy-\n"), std::string("deploy-\x7f"), std::string("deploy-a\0b", 10),
        std::string("deploy-\xc3\xbc"),
        std::string("deploy-") + std::string(wire::kPrincipalBytesMax, 'a')}) {
    EXPECT_EQ(user_refusal(request_for(principal)), Code::invalid) << principal;
  }
}

TEST(ApplyProfile, RefusesAPrincipalTwiceAndTooManyOfThem) {
  wire::CaSignSsh request = request_for("alice");
  request.principals.push_back("alice");
  EXPECT_EQ(user_refusal(request), Code::invalid);
  request.principals.clear();
  for (std::size_t i = 0; i <= wire::kPrincipalsMax; ++i)
    request.principals.push_back("deploy-" + std::to_string(i));
  EXPECT_EQ(user_refusal(request), Code::limit);
}

TEST(ApplyProfile, RefusesKeyIdsThatWouldBreakALog) {
  for (const std::string& key_id : {std::string("a\nb"), std::string("a\x1b[2J"), std::string("\xff"),
                                    std::string(wire::kKeyIdBytesMax + 1, 'a')}) {
    wire::CaSignSsh request = request_for("alice");
    request.key_id = key_id;
    EXPECT_EQ(user_refusal(request), Code::invalid) << key_id;
  }
}

TEST(ApplyProfile, SortsTheExtensionsThatAreAskedFor) {
  wire::CaSignSsh request = request_for("alice");
  request.extensions_given = true;
  request.extensions = {{"permit-user-rc", ""}, {"permit-X11-forwarding", ""}, {"permit-pty", ""}};
  EXPECT_EQ(texts(apply(authority_of(AuthorityKind::ssh_user), request).value().extensions),
            (Texts{{"permit-X11-forwarding", ""}, {"permit-pty", ""}, {"permit-user-rc", ""}}));
}

TEST(ApplyProfile, GivesNoExtensionsWhenNoneAreAskedFor) {
  wire::CaSignSsh request = request_for("alice");
  request.extensions_given = true;
  EXPECT_TRUE(apply(authority_of(AuthorityKind::ssh_user), request).value().extensions.empty());
}

TEST(ApplyProfile, RefusesExtensionsOutsideTheProfile) {
  for (const std::string name : {"no-touch-required", "login@example.com"}) {
    wire::CaSignSsh request = request_for("alice");
    request.extensions_given = true;
    request.extensions = {{name, ""}};
    EXPECT_EQ(user_refusal(request), Code::denied) << name;
  }
}

TEST(ApplyProfile, RefusesExtensionsThatMakeNoSense) {
  const std::vector<std::vector<wire::Option>> bad{{{"permit-pty", "yes"}},
                                                   {{"permit-pty", ""}, {"permit-pty", ""}},
                                                   {{"", ""}},
                                                   {{"permit-all", ""}},
                                                   {{"force-command", "x"}}};
  for (const std::vector<wire::Option>& extensions : bad) {
    wire::CaSignSsh request = request_for("alice");
    request.extensions_given = true;
    request.extensions = extensions;
    EXPECT_EQ(user_refusal(request), Code::invalid) << extensions[0].name;
  }
}

TEST(ApplyProfile, RefusesExtensionsThatAreGivenAndNot) {
  wire::CaSignSsh request = request_for("alice");
  request.extensions = {{"permit-pty", ""}};
  EXPECT_EQ(user_refusal(request), Code::invalid);
}

TEST(ApplyProfile, GivesTheCriticalOptionsThatAreAskedFor) {
  wire::CaSignSsh request = request_for("alice");
  request.critical_options = {
      {"verify-required", ""}, {"source-address", "10.0.0.1"}, {"force-command", "/bin/true"}};
  EXPECT_EQ(texts(apply(authority_of(AuthorityKind::ssh_user), request).value().critical_options),
            (Texts{{"force-command", "/bin/true"}, {"source-address", "10.0.0.1"}, {"verify-required", ""}}));
}

TEST(ApplyProfile, RefusesCriticalOptionsOutsideTheProfile) {
  wire::Authority authority = authority_of(AuthorityKind::ssh_user);
  authority.profile.critical_options = {"verify-required"};
  for (const wire::Option& option : std::vector<wire::Option>{
           {"force-command", "x"}, {"source-address", "10.0.0.1"}, {"mine@example.com", ""}}) {
    wire::CaSignSsh request = request_for("alice");
    request.critical_options = {option};
    EXPECT_EQ(refusal(authority, request), Code::denied) << option.name;
  }
}

TEST(ApplyProfile, RefusesCriticalOptionsThatMakeNoSense) {
  const std::vector<std::vector<wire::Option>> bad{{{"force-command", ""}},
                                                   {{"force-command", "a\n"}},
                                                   {{"force-command", "a"}, {"force-command", "b"}},
                                                   {{"source-address", "everywhere"}},
                                                   {{"source-address", ""}},
                                                   {{"verify-required", "yes"}},
                                                   {{"permit-pty", ""}}};
  for (const std::vector<wire::Option>& options : bad) {
    wire::CaSignSsh request = request_for("alice");
    request.critical_options = options;
    EXPECT_EQ(user_refusal(request), Code::invalid) << options[0].name;
  }
}

TEST(ApplyProfile, PutsForcedOptionsIn) {
  wire::Authority authority = authority_of(AuthorityKind::ssh_user);
  authority.profile.critical_options = {};
  authority.profile.critical_options_forced = {{"force-command", "/usr/bin/backup"}};
  wire::CaSignSsh request = request_for("alice");
  const Texts forced{{"force-command", "/usr/bin/backup"}};
  EXPECT_EQ(texts(apply(authority, request).value().critical_options), forced);
  request.critical_options = {{"force-command", "/usr/bin/backup"}};
  EXPECT_EQ(texts(apply(authority, request).value().critical_options), forced);
}

TEST(ApplyProfile, RefusesAnotherValueOfAForcedOption) {
  wire::Authority authority = authority_of(AuthorityKind::ssh_user);
  authority.profile.critical_options_forced = {{"force-command", "/usr/bin/backup"}};
  wire::CaSignSsh request = request_for("alice");
  request.critical_options = {{"force-command", "/bin/sh"}};
  EXPECT_EQ(refusal(authority, request), Code::denied);
}

wire::Authority pinned_authority() {
  wire::Authority authority = authority_of(AuthorityKind::ssh_user);
  authority.profile.critical_options = {};
  authority.profile.source_addresses = {"10.0.0.0/8", "2001:db8::/32"};
  return authority;
}

TEST(ApplyProfile, PinsToTheNetworksOfTheProfile) {
  EXPECT_EQ(texts(apply(pinned_authority(), request_for("alice")).value().critical_options),
            (Texts{{"source-address", "10.0.0.0/8,2001:db8::/32"}}));
}

TEST(ApplyProfile, PinsToNarrowerNetworksThatAreAskedFor) {
  wire::CaSignSsh request = request_for("alice");
  request.critical_options = {{"source-address", "10.1.0.0/16,2001:db8::1"}};
  EXPECT_EQ(texts(apply(pinned_authority(), request).value().critical_options),
            (Texts{{"source-address", "10.1.0.0/16,2001:db8::1"}}));
}

TEST(ApplyProfile, RefusesNetworksOutsideTheProfile) {
  for (const std::string networks :
       {"10.0.0.0/7", "11.0.0.0/8", "10.0.0.0/8,192.168.0.1", "0.0.0.0/0", "::/0"}) {
    wire::CaSignSsh request = request_for("alice");
    request.critical_options = {{"source-address", networks}};
    EXPECT_EQ(refusal(pinned_authority(), request), Code::denied) << networks;
  }
}

TEST(ApplyProfile, RefusesOptionsOfHosts) {
  wire::CaSignSsh request = request_for("web.example.com");
  request.extensions_given = true;
  request.extensions = {{"permit-pty", ""}};
  EXPECT_EQ(refusal(authority_of(AuthorityKind::ssh_host), request), Code::denied);
  request.extensions.clear();
  EXPECT_EQ(refusal(authority_of(AuthorityKind::ssh_host), request), Code::ok);
  request.critical_options = {{"force-command", "x"}};
  EXPECT_EQ(refusal(authority_of(AuthorityKind::ssh_host), request), Code::denied);
}

TEST(ApplyProfile, RefusesOptionsOfHostsWhateverTheProfileSays) {
  wire::Authority authority = authority_of(AuthorityKind::ssh_host);
  authority.profile.critical_options = {"force-command"};
  wire::CaSignSsh request = request_for("web.example.com");
  request.critical_options = {{"force-command", "x"}};
  EXPECT_EQ(refusal(authority, request), Code::denied);
}

TEST(ApplyProfile, RefusesTheAuthoritysOwnKey) {
  wire::CaSignSsh request = request_for("alice");
  request.public_key = key_blob("ca_ed25519");
  EXPECT_EQ(user_refusal(request), Code::denied);
}

TEST(ApplyProfile, RefusesKeysThatItDoesNotCertify) {
  wire::CaSignSsh request = request_for("alice");
  request.public_key = key_blob("rsa1024");
  EXPECT_EQ(user_refusal(request), Code::key_size);
  request.public_key = key_blob("dsa");
  EXPECT_EQ(user_refusal(request), Code::unsupported);
  request.public_key = testing::certificate_blob("user_ed25519_by_ed25519");
  EXPECT_EQ(user_refusal(request), Code::unsupported);
  request.public_key.clear();
  EXPECT_EQ(user_refusal(request), Code::malformed);
}

TEST(ApplyProfile, RefusesAPointBesideItsCurve) {
  wire::CaSignSsh request = request_for("alice");
  request.public_key = key_blob("ecdsa_p256");
  EXPECT_EQ(user_refusal(request), Code::ok);
  request.public_key.back() ^= 1U;
  EXPECT_NE(user_refusal(request), Code::ok);
}

// ---- matches_pattern
// -------------------------------------------------------------------------------------------

TEST(MatchesPattern, MatchesTheWholeText) {
  EXPECT_TRUE(matches_pattern("alice", "alice"));
  EXPECT_FALSE(matches_pattern("alice", "alic"));
  EXPECT_FALSE(matches_pattern("alice", "alicea"));
  EXPECT_FALSE(matches_pattern("alice", "xalice"));
  EXPECT_TRUE(matches_pattern("", ""));
  EXPECT_FALSE(matches_pattern("", "a"));
}

TEST(MatchesPattern, AStarMatchesAnyRun) {
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("*", "anything"));
  EXPECT_TRUE(matches_pattern("a*", "a"));
  EXPECT_TRUE(matches_pattern("*.example.com", "web.eu.example.com"));
  EXPECT_FALSE(matches_pattern("*.example.com", "example.com"));
  EXPECT_FALSE(matches_pattern("*.example.com", "web.example.com.evil"));
  EXPECT_TRUE(matches_pattern("a*b*c", "aXbXbXc"));
  EXPECT_TRUE(matches_pattern("**a**", "bab"));
  EXPECT_FALSE(matches_pattern("a*b*c", "aXcXb"));
}

TEST(MatchesPattern, KnowsNoOtherWildcards) {
  EXPECT_FALSE(matches_pattern("a.c", "abc"));
  EXPECT_FALSE(matches_pattern("a?c", "abc"));
  EXPECT_FALSE(matches_pattern("[a]", "a"));
}

TEST(MatchesPattern, EndsSoonOnHostilePatterns) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(matches_pattern(pattern + "b", std::string(wire::kPrincipalBytesMax, 'a')));
}

}  // namespace
}  // namespace coffer::ca
