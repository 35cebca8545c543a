// What objects answer about attributes that their templates did not name, and what C_CreateObject answers to
// values that are none: over all classes and types of keys.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "crypto/key.h"
#include "vault/curve.h"
#include "vault/vault_fixture.h"

namespace coffer::vault {
namespace {

using crypto::Curve;
using crypto::KeyType;
using crypto::ParameterSet;

// Value is an attribute that owns its octets.
struct Value {
  std::uint32_t type;
  Buffer octets;
};
using Values = std::vector<Value>;

// Kind is an object that can be imported, with its right values.
struct Kind {
  std::string name;
  Values values;
};

Buffer octets_of(const SecretBytes& secret) { return to_buffer(secret.reveal()); }

Kind key(std::string name, std::uint32_t object_class, std::uint32_t type, Values values) {
  Kind kind{std::move(name), std::move(values)};
  kind.values.push_back({attribute::kClass, number(object_class)});
  kind.values.push_back({attribute::kKeyType, number(type)});
  return kind;
}

void add_curve(std::vector<Kind>& kinds, const std::string& name, Curve curve, std::uint32_t type) {
  const auto pair = crypto::PrivateKey::generate({.type = crypto::key_type_of(curve), .curve = curve});
  const Buffer params = to_buffer(ec_params_of(curve));
  kinds.push_back(
      key(name + " private", object_class::kPrivateKey, type,
          {{attribute::kEcParams, params}, {attribute::kValue, octets_of(pair.value().scalar())}}));
  kinds.push_back(key(name + " public", object_class::kPublicKey, type,
                      {{attribute::kEcParams, params},
                       {attribute::kEcPoint, octet_string(pair.value().public_key().point())}}));
}

void add_set(std::vector<Kind>& kinds, const std::string& name, ParameterSet set, KeyType kind,
             std::uint32_t type) {
  const auto pair = crypto::PrivateKey::generate({.type = kind, .set = set});
  const Buffer number_of_set = number(crypto::facts_of(set)->number);
  kinds.push_back(key(
      name + " private", object_class::kPrivateKey, type,
      {{attribute::kParameterSet, number_of_set}, {attribute::kValue, octets_of(pair.value().expanded())}}));
  kinds.push_back(key(
      name + " public", object_class::kPublicKey, type,
      {{attribute::kParameterSet, number_of_set}, {attribute::kValue, pair.value().public_key().octets()}}));
}

void add_rsa(std::vector<Kind>& kinds) {
  const auto pair = crypto::PrivateKey::generate({.type = KeyType::rsa, .bits = 2048});
  const crypto::RsaParts parts = pair.value().rsa_parts();
  kinds.push_back(key("rsa private", object_class::kPrivateKey, key_type::kRsa,
                      {{attribute::kModulus, parts.n},
                       {attribute::kPublicExponent, parts.e},
                       {attribute::kPrivateExponent, octets_of(parts.d)},
                       {attribute::kPrime1, octets_of(parts.p)},
                       {attribute::kPrime2, octets_of(parts.q)},
                       {attribute::kExponent1, octets_of(parts.dp)},
                       {attribute::kExponent2, octets_of(parts.dq)},
                       {attribute::kCoefficient, octets_of(parts.qinv)}}));
  kinds.push_back(key("rsa public", object_class::kPublicKey, key_type::kRsa,
                      {{attribute::kModulus, parts.n}, {attribute::kPublicExponent, parts.e}}));
}

// all_keys has one key of each class and type, and of each curve.
const std::vector<Kind>& all_keys() {
  static const std::vector<Kind> kKinds = [] {
    std::vector<Kind> kinds;
    add_rsa(kinds);
    for (const auto& [name, curve] :
         std::initializer_list<std::pair<std::string, Curve>>{{"p256", Curve::p256},
                                                              {"p384", Curve::p384},
                                                              {"p521", Curve::p521},
                                                              {"secp256k1", Curve::secp256k1},
                                                              {"brainpoolP256r1", Curve::brainpoolp256r1},
                                                              {"brainpoolP384r1", Curve::brainpoolp384r1},
                                                              {"brainpoolP512r1", Curve::brainpoolp512r1}}) {
      add_curve(kinds, name, curve, key_type::kEc);
    }
    add_curve(kinds, "ed25519", Curve::ed25519, key_type::kEdwards);
    add_curve(kinds, "ed448", Curve::ed448, key_type::kEdwards);
    add_curve(kinds, "x25519", Curve::x25519, key_type::kMontgomery);
    add_curve(kinds, "x448", Curve::x448, key_type::kMontgomery);
    add_set(kinds, "ml-kem-768", ParameterSet::ml_kem_768, KeyType::ml_kem, key_type::kMlKem);
    add_set(kinds, "ml-dsa-44", ParameterSet::ml_dsa_44, KeyType::ml_dsa, key_type::kMlDsa);
    add_set(kinds, "slh-dsa-sha2-128f", ParameterSet::slh_dsa_sha2_128f, KeyType::slh_dsa, key_type::kSlhDsa);
    const auto add_secret = [&kinds](const std::string& name, std::uint32_t type, std::size_t bytes) {
      Buffer value(bytes);
      for (std::size_t i = 0; i < bytes; ++i) value[i] = static_cast<std::uint8_t>(i + i / 8);
      if (type == key_type::kDes3) crypto::set_odd_parity(value);
      kinds.push_back(key(name, object_class::kSecretKey, type, {{attribute::kValue, value}}));
    };
    add_secret("aes", key_type::kAes, 16);
    add_secret("aes-xts", key_type::kAesXts, 64);
    add_secret("chacha20", key_type::kChaCha20, 32);
    add_secret("des3", key_type::kDes3, 24);
    for (const std::uint32_t type :
         {key_type::kGenericSecret, key_type::kSha1Hmac, key_type::kSha256Hmac, key_type::kSha512Hmac,
          key_type::kSha3256Hmac, key_type::kSha512256Hmac, key_type::kHkdf, key_type::kMd5Hmac}) {
      add_secret("generic " + std::to_string(type), type, 20);
    }
    return kinds;
  }();
  return kKinds;
}

const Buffer kThirtyTwo = number(32);

bool is_part(std::uint32_t type) {
  return type != attribute::kClass && type != attribute::kKeyType && type != attribute::kEcParams &&
         type != attribute::kParameterSet;
}

bool is_big_number(const Kind& kind, const Value& value) {
  const bool is_rsa = kind.name.starts_with("rsa");
  const bool is_scalar =
      value.type == attribute::kValue && kind.name.ends_with("private") &&
      (kind.name.starts_with("p") || kind.name.starts_with("sec") || kind.name.starts_with("brain"));
  return is_part(value.type) && (is_rsa || is_scalar);
}

class AttributeValuesTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.start().ok());
    ASSERT_EQ(world.initialize(), Code::ok);
    ASSERT_EQ(world.create_token(), Code::ok);
  }

  Answer<wire::CreateObject> create(const Values& values) {
    wire::CreateObject request;
    for (const Value& each : values) request.attributes.push_back({each.type, each.octets});
    return world.owner->call(request);
  }

  wire::AttributeValue read(const wire::ObjectId& id, std::uint32_t type) {
    const auto answer = world.owner->call(wire::GetAttributes{.id = id, .types = {type}});
    return answer.ok() ? answer.reply.attributes[0] : wire::AttributeValue{};
  }

  World world;
};

TEST_F(AttributeValuesTest, TakesTheRightValues) {
  for (const Kind& kind : all_keys()) EXPECT_EQ(create(kind.values).code, Code::ok) << kind.name;
}

// A "Big integer" is of arbitrary size, most significant octet first.
TEST_F(AttributeValuesTest, TakesNumbersWithZerosInFront) {
  for (const Kind& kind : all_keys()) {
    for (std::size_t i = 0; i < kind.values.size(); ++i) {
      if (!is_big_number(kind, kind.values[i])) continue;
      for (const std::size_t zeros : {1U, 2U, 40U, 700U}) {
        Values changed = kind.values;
        changed[i].octets.insert(changed[i].octets.begin(), zeros, 0);
        const auto made = create(changed);
        EXPECT_EQ(made.code, Code::ok) << kind.name << " " << std::hex << kind.values[i].type;
      }
    }
  }
}

// What can be wrong with the octets of a part of a key, whatever it is.
struct Wrong {
  std::string name;
  std::function<void(Buffer& octets)> change;
};

TEST_F(AttributeValuesTest, RefusesWrongValuesAsWrongValues) {
  const std::vector<Wrong> wrongs = {
      {"empty", [](Buffer& octets) { octets.clear(); }},
      {"zero", [](Buffer& octets) { std::ranges::fill(octets, 0); }},
      {"all ones", [](Buffer& octets) { std::ranges::fill(octets, 0xFF); }},
      {"one octet in front", [](Buffer& octets) { octets.insert(octets.begin(), 1); }},
      {"twice", [](Buffer& octets) { append(octets, Buffer(octets)); }},
      {"very long", [](Buffer& octets) { octets.assign(20000, 0x5B); }},
  };
  for (const Kind& kind : all_keys()) {
    const bool is_any = kind.name.starts_with("generic");
    for (std::size_t i = 0; i < kind.values.size(); ++i) {
      if (!is_part(kind.values[i].type)) continue;
      for (const Wrong& wrong : wrongs) {
        const bool is_long = wrong.name == "very long" || wrong.name == "empty";
        const bool has_any_octets = kind.name.starts_with("x") || kind.name.starts_with("ed") ||
                                    kind.name.starts_with("ml") || kind.name.starts_with("slh") ||
                                    kind.name == "aes" || kind.name == "chacha20";
        if (is_any && !is_long) continue;
        Values changed = kind.values;
        wrong.change(changed[i].octets);
        const Code code = create(changed).code;
        const bool may_be_right = has_any_octets && (wrong.name == "zero" || wrong.name == "all ones");
        const bool may_lack = wrong.name == "empty" && kind.values[i].type >= attribute::kPrime1 &&
                              kind.values[i].type <= attribute::kCoefficient;
        const bool is_number = kind.name == "rsa public" && wrong.name != "zero" && !is_long;
        const bool may_fit = (kind.name == "aes" && wrong.name == "twice") || is_number;
        if ((may_be_right || may_lack || may_fit) && code == Code::ok) continue;
        EXPECT_EQ(code, Code::attribute_value)
            << kind.name << " " << std::hex << kind.values[i].type << ": " << wrong.name;
      }
    }
  }
}

TEST_F(AttributeValuesTest, RefusesPointsInFormsThatAreNone) {
  for (const Kind& kind : all_keys()) {
    for (std::size_t i = 0; i < kind.values.size(); ++i) {
      if (kind.values[i].type != attribute::kEcPoint || kind.name.starts_with("x") ||
          kind.name.starts_with("ed")) {
        continue;
      }
      Values changed = kind.values;
      Buffer& point = changed[i].octets;
      const std::size_t at = point[1] == 0x81 ? 3 : 2;
      for (const std::uint8_t form : std::initializer_list<std::uint8_t>{0, 1, 2, 3, 5, 6, 7, 255}) {
        point[at] = form;
        EXPECT_EQ(create(changed).code, Code::attribute_value) << kind.name << " form " << int{form};
      }
      point[at] = 4;
      point.back() ^= 1U;
      EXPECT_EQ(create(changed).code, Code::attribute_value) << kind.name << " not on the curve";
    }
  }
}

// libsodium's form of a private key, the seed and the point behind it, is not PKCS#11's.
TEST_F(AttributeValuesTest, RefusesASeedWithItsPoint) {
  for (const Kind& kind : all_keys()) {
    if (kind.name != "ed25519 private") continue;
    Values changed = kind.values;
    append(changed[1].octets, Buffer(32, 7));
    EXPECT_EQ(create(changed).code, Code::attribute_value);
  }
}

// A CK_ULONG of a program that has shorter ones, or none.
TEST_F(AttributeValuesTest, ANumberOfAnotherSizeIsAWrongValue) {
  const auto aes = world.owner->call(
      wire::GenerateKey{.mechanism = 0x1080,
                        .attributes = {{attribute::kValueLen, kThirtyTwo}, truth(attribute::kUnwrap, true)}});
  ASSERT_EQ(aes.code, Code::ok);
  const auto generates = [&](const Values& values) {
    wire::GenerateKey request{.mechanism = 0x1080};
    for (const Value& each : values) request.attributes.push_back({each.type, each.octets});
    return world.owner->call(request).code;
  };
  const auto pairs = [&](std::uint32_t mechanism, const Values& values) {
    wire::GenerateKeyPair request{.mechanism = mechanism};
    for (const Value& each : values) request.public_attributes.push_back({each.type, each.octets});
    return world.owner->call(request).code;
  };
  const auto unwraps = [&](const Values& values) {
    wire::UnwrapKey request{.unwrapping_key = aes.reply.object.id,
                            .parameters = {.mechanism = 0x2109},
                            .wrapped = kThirtyTwo,
                            .attributes = {}};
    for (const Value& each : values) request.attributes.push_back({each.type, each.octets});
    return world.owner->call(request).code;
  };
  const Value secret_class{attribute::kClass, number(object_class::kSecretKey)};
  const Value aes_type{attribute::kKeyType, number(key_type::kAes)};
  for (const std::size_t bytes : {0U, 1U, 4U, 7U, 9U, 16U}) {
    SCOPED_TRACE(bytes);
    const Buffer other(bytes, 0);
    for (const Kind& kind : all_keys()) {
      for (std::size_t i = 0; i < kind.values.size(); ++i) {
        const std::uint32_t type = kind.values[i].type;
        if (is_part(type) || type == attribute::kEcParams) continue;
        Values changed = kind.values;
        changed[i].octets = other;
        EXPECT_EQ(create(changed).code, Code::attribute_value) << kind.name << std::hex << type;
      }
    }
    EXPECT_EQ(generates({{attribute::kValueLen, other}}), Code::attribute_value);
    EXPECT_EQ(generates({{attribute::kValueLen, kThirtyTwo}, {attribute::kKeyType, other}}),
              Code::attribute_value);
    EXPECT_EQ(pairs(0x0, {{attribute::kModulusBits, other}}), Code::attribute_value);
    EXPECT_EQ(pairs(0xF, {{attribute::kParameterSet, other}}), Code::attribute_value);
    EXPECT_EQ(unwraps({{attribute::kClass, other}, aes_type}), Code::attribute_value);
    EXPECT_EQ(unwraps({secret_class, {attribute::kKeyType, other}}), Code::attribute_value);
    EXPECT_EQ(unwraps({secret_class, aes_type, {attribute::kValueLen, other}}), Code::attribute_value);
  }
}

TEST_F(AttributeValuesTest, AValueThatIsMissingIsIncomplete) {
  for (const Kind& kind : all_keys()) {
    for (std::size_t i = 0; i < kind.values.size(); ++i) {
      const std::uint32_t type = kind.values[i].type;
      if (type >= attribute::kPrime1 && type <= attribute::kCoefficient) continue;  // these are computed
      Values changed = kind.values;
      changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_EQ(create(changed).code, Code::template_incomplete) << kind.name << " " << std::hex << type;
    }
  }
}

// Default is what the specification says of an attribute that a template leaves out (PKCS#11 3.2, 4.4 to
// 4.10, and 4.6 for certificates).
struct Default {
  std::uint32_t type;
  std::uint8_t classes;
  Buffer value;
};

const Buffer kNone;
const Buffer kNo{0};
const Buffer kYes{1};
const Buffer kNothingInside(4, 0);  // a template without attributes, as the wire has it

const std::vector<Default>& defaults() {
  using namespace in_class;
  static const std::vector<Default> kDefaults = {
      {0x001 /*TOKEN*/, kAny, kNo},
      {0x003 /*LABEL*/, kAny, kNone},
      {0x170 /*MODIFIABLE*/, kAny, kYes},
      {0x171 /*COPYABLE*/, kAny, kYes},
      {0x172 /*DESTROYABLE*/, kAny, kYes},
      {0x010 /*APPLICATION*/, kData, kNone},
      {0x012 /*OBJECT_ID*/, kData, kNone},
      {0x011 /*VALUE*/, kData, kNone},
      {0x086 /*TRUSTED*/, kCertificate | kPublic | kSecret, kNo},
      {0x087 /*CERTIFICATE_CATEGORY*/, kCertificate, number(0)},
      {0x110 /*START_DATE*/, kCertificate | kKeys, kNone},
      {0x111 /*END_DATE*/, kCertificate | kKeys, kNone},
      {0x101 /*SUBJECT*/, kCertificate | kPublic | kPrivate, kNone},
      {0x102 /*ID*/, kCertificate | kKeys, kNone},
      {0x081 /*ISSUER*/, kCertificate, kNone},
      {0x082 /*SERIAL_NUMBER*/, kCertificate, kNone},
      {0x089 /*URL*/, kCertificate, kNone},
      {0x08A /*HASH_OF_SUBJECT_PUBLIC_KEY*/, kCertificate, kNone},
      {0x08B /*HASH_OF_ISSUER_PUBLIC_KEY*/, kCertificate, kNone},
      {0x088 /*JAVA_MIDP_SECURITY_DOMAIN*/, kCertificate, number(0)},
      {0x08C /*NAME_HASH_ALGORITHM*/, kCertificate, number(0x220)},
      {0x129 /*PUBLIC_KEY_INFO*/, kCertificate, kNone},
      {0x163 /*LOCAL*/, kKeys, kNo},
      {0x61E /*OBJECT_VALIDATION_FLAGS*/, kKeys, number(0)},
      {0x40000600 /*ALLOWED_MECHANISMS*/, kKeys, kNone},
      {0x106 /*WRAP*/, kPublic | kSecret, kNo},
      {0x107 /*UNWRAP*/, kPrivate | kSecret, kNo},
      {0x109 /*SIGN_RECOVER*/, kPrivate, kNo},
      {0x10B /*VERIFY_RECOVER*/, kPublic, kNo},
      {0x202 /*ALWAYS_AUTHENTICATE*/, kPrivate, kNo},
      {0x210 /*WRAP_WITH_TRUSTED*/, kPrivate | kSecret, kNo},
      {0x164 /*NEVER_EXTRACTABLE*/, kPrivate | kSecret, kNo},
      {0x165 /*ALWAYS_SENSITIVE*/, kPrivate | kSecret, kNo},
      {0x40000211 /*WRAP_TEMPLATE*/, kPublic | kSecret, kNothingInside},
      {0x40000212 /*UNWRAP_TEMPLATE*/, kPrivate | kSecret, kNothingInside},
      {0x40000213 /*DERIVE_TEMPLATE*/, kPrivate | kSecret, kNothingInside},
      {0x4000062A /*ENCAPSULATE_TEMPLATE*/, kPublic, kNothingInside},
      {0x4000062B /*DECAPSULATE_TEMPLATE*/, kPrivate, kNothingInside},
  };
  return kDefaults;
}

TEST_F(AttributeValuesTest, HasTheDefaultsOfTheSpecification) {
  std::vector<Kind> kinds = all_keys();
  kinds.push_back({"data", {{attribute::kClass, number(object_class::kData)}}});
  kinds.push_back({"certificate",
                   {{attribute::kClass, number(object_class::kCertificate)},
                    {attribute::kCertificateType, number(0)},
                    {attribute::kValue, to_buffer(as_bytes("abc"))}}});
  for (const Kind& kind : kinds) {
    const auto made = create(kind.values);
    ASSERT_EQ(made.code, Code::ok) << kind.name;
    const wire::ObjectId id = made.reply.object.id;
    const std::uint8_t bit = class_bit(made.reply.object.object_class);
    for (const Default& each : defaults()) {
      const wire::AttributeValue value = read(id, each.type);
      if ((each.classes & bit) == 0) {
        const bool is_other = each.type == attribute::kValue || each.type == attribute::kPublicKeyInfo;
        if (is_other) continue;
        EXPECT_EQ(value.state, wire::AttributeState::unknown) << kind.name << each.type;
        continue;
      }
      EXPECT_EQ(value.state, wire::AttributeState::present) << kind.name << std::hex << " " << each.type;
      EXPECT_EQ(value.value, each.value) << kind.name << std::hex << " " << each.type;
    }
  }
}

// What an object is read as, it is found as.
TEST_F(AttributeValuesTest, FindsByADefault) {
  const auto made = create(all_keys().front().values);
  ASSERT_EQ(made.code, Code::ok);
  const wire::Find dated{.slot = 0, .attributes = {{0x110, {}}}, .count_max = 10, .after = std::nullopt};
  EXPECT_EQ(world.owner->call(dated).reply.objects.size(), 1U);
}

TEST_F(AttributeValuesTest, ACertificatesCheckValueIsOfItsDigest) {
  const auto made = create({{attribute::kClass, number(object_class::kCertificate)},
                            {attribute::kCertificateType, number(0)},
                            {attribute::kValue, to_buffer(as_bytes("abc"))}});
  ASSERT_EQ(made.code, Code::ok);
  // FIPS 180-4: SHA-1 of "abc" begins so.
  EXPECT_EQ(read(made.reply.object.id, attribute::kCheckValue).value, (Buffer{0xa9, 0x99, 0x3e}));
}

// PKCS#11 3.2, 4.6.3: a certificate is here, or lies at an URL and is named by the hashes of two public keys.
TEST_F(AttributeValuesTest, TakesACertificateByItsPlace) {
  constexpr std::uint64_t kSha256 = 0x250;
  constexpr std::uint64_t kUnknownDigest = 0x80001234;
  struct Case {
    const char* name;
    Buffer value;
    Buffer url;
    Buffer subject_hash;
    Buffer issuer_hash;
    std::optional<std::uint64_t> algorithm;
    Code code;
  };
  const Buffer place = to_buffer(as_bytes("https://ca.example/1.crt"));
  const Buffer content = to_buffer(as_bytes("abc"));
  const std::vector<Case> cases = {
      {"value", content, {}, {}, {}, {}, Code::ok},
      {"url and hashes", {}, place, Buffer(20, 1), Buffer(20, 2), {}, Code::ok},
      {"url and hashes by SHA-256", {}, place, Buffer(32, 1), Buffer(32, 2), kSha256, Code::ok},
      {"url and hashes of some other digest",
       {},
       place,
       Buffer(7, 1),
       Buffer(7, 2),
       kUnknownDigest,
       Code::ok},
      {"all", content, place, Buffer(20, 1), Buffer(20, 2), {}, Code::ok},
      {"value and hashes", content, {}, Buffer(20, 1), Buffer(20, 2), {}, Code::ok},
      {"nothing", {}, {}, {}, {}, {}, Code::template_incomplete},
      {"hashes alone", {}, {}, Buffer(20, 1), Buffer(20, 2), {}, Code::template_incomplete},
      {"url alone", {}, place, {}, {}, {}, Code::template_incomplete},
      {"no subject's hash", {}, place, {}, Buffer(20, 2), {}, Code::template_incomplete},
      {"no issuer's hash", {}, place, Buffer(20, 1), {}, {}, Code::template_incomplete},
      {"value and url", content, place, {}, {}, {}, Code::template_incomplete},
      {"SHA-1 of 32 octets", {}, place, Buffer(32, 1), Buffer(20, 2), {}, Code::attribute_value},
      {"SHA-256 of 20 octets", {}, place, Buffer(32, 1), Buffer(20, 2), kSha256, Code::attribute_value},
  };
  for (const Case& each : cases) {
    Values values = {{attribute::kClass, number(object_class::kCertificate)},
                     {attribute::kCertificateType, number(0)},
                     {attribute::kSubject, to_buffer(as_bytes("subject"))}};
    if (!each.value.empty()) values.push_back({attribute::kValue, each.value});
    if (!each.url.empty()) values.push_back({attribute::kUrl, each.url});
    if (!each.subject_hash.empty()) values.push_back({attribute::kHashOfSubjectKey, each.subject_hash});
    if (!each.issuer_hash.empty()) values.push_back({attribute::kHashOfIssuerKey, each.issuer_hash});
    if (each.algorithm) values.push_back({attribute::kNameHashAlgorithm, number(*each.algorithm)});
    const auto made = create(values);
    EXPECT_EQ(made.code, each.code) << each.name;
    if (made.code != Code::ok) continue;
    for (const auto& [type, octets] : values)
      EXPECT_EQ(read(made.reply.object.id, type).value, octets) << each.name << std::hex << " " << type;
    EXPECT_EQ(read(made.reply.object.id, attribute::kValue).value, each.value) << each.name;
  }
}

// A validation is the token's to tell.
TEST_F(AttributeValuesTest, TakesNoValidationFromATemplate) {
  for (Kind kind : all_keys()) {
    kind.values.push_back({0x61E, number(1)});
    EXPECT_EQ(create(kind.values).code, Code::attribute_read_only) << kind.name;
  }
}

// A list without mechanisms is what a key has that was made without a list.
TEST_F(AttributeValuesTest, AnEmptyListOfMechanismsRestrictsNothing) {
  Values values = {{attribute::kClass, number(object_class::kSecretKey)},
                   {attribute::kKeyType, number(key_type::kAes)},
                   {attribute::kValue, Buffer(16, 1)},
                   {attribute::kAllowedMechanisms, {}}};
  const auto open = create(values);
  ASSERT_EQ(open.code, Code::ok);
  values.back().octets = number(0x1082);
  const auto bound = create(values);
  ASSERT_EQ(bound.code, Code::ok);
  EXPECT_EQ(read(open.reply.object.id, attribute::kAllowedMechanisms).value, Buffer());
  EXPECT_EQ(read(bound.reply.object.id, attribute::kAllowedMechanisms).value, number(0x1082));
  const Buffer iv(16);
  wire::Encrypt request{
      .key = open.reply.object.id, .parameters = {.mechanism = 0x1085, .iv = iv}, .data = iv};
  EXPECT_EQ(world.owner->call(request).code, Code::ok);
  request.key = bound.reply.object.id;
  EXPECT_EQ(world.owner->call(request).code, Code::mechanism_invalid);
}

TEST_F(AttributeValuesTest, NoCheckValueIsToldWhereNoneIsWanted) {
  Values values = {{attribute::kClass, number(object_class::kSecretKey)},
                   {attribute::kKeyType, number(key_type::kAes)},
                   {attribute::kValue, Buffer(16, 0)},
                   {attribute::kCheckValue, {}}};
  const auto silent = create(values);
  ASSERT_EQ(silent.code, Code::ok);
  const wire::ObjectId id = silent.reply.object.id;
  const auto set = [&](Bytes value) {
    return world.owner->call(wire::SetAttributes{.id = id, .attributes = {{attribute::kCheckValue, value}}})
        .code;
  };
  EXPECT_EQ(read(id, attribute::kCheckValue).value, Buffer());
  const Buffer right{0x66, 0xe9, 0x4b};
  const Buffer wrong{0x66, 0xe9, 0x4c};
  EXPECT_EQ(set(wrong), Code::attribute_value);
  EXPECT_EQ(read(id, attribute::kCheckValue).value, Buffer());
  EXPECT_EQ(set(right), Code::ok);
  EXPECT_EQ(read(id, attribute::kCheckValue).value, right);
  EXPECT_EQ(set({}), Code::ok);
  EXPECT_EQ(read(id, attribute::kCheckValue).value, Buffer());
}

}  // namespace
}  // namespace coffer::vault
