// Attributes: the vault's object model is PKCS#11's, so attribute and class numbers are the CKA_, CKO_ and
// CKK_ values (PKCS#11 3.0, 4). One table says which attribute belongs to which class and who may set it
// when.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/messages.h"
#include "wire/wrap_messages.h"

namespace coffer::vault {

// Classes of objects (CKO_). The vault's own records use numbers of the vendor range.
namespace object_class {
inline constexpr std::uint32_t kData = 0;
inline constexpr std::uint32_t kCertificate = 1;
inline constexpr std::uint32_t kPublicKey = 2;
inline constexpr std::uint32_t kPrivateKey = 3;
inline constexpr std::uint32_t kSecretKey = 4;
inline constexpr std::uint32_t kMechanism = 7;
inline constexpr std::uint32_t kProfile = 9;
inline constexpr std::uint32_t kToken = 0x80000001;        // a partition: PINs, label, partition key
inline constexpr std::uint32_t kAuthority = 0x80000002;    // a certificate authority with its key and profile
inline constexpr std::uint32_t kGrant = 0x80000003;        // a user who may connect
inline constexpr std::uint32_t kTokenPolicy = 0x80000004;  // what a token's tenant may take
inline constexpr std::uint32_t kDeleted = 0x80000005;      // a token's object that can come back
inline constexpr std::uint32_t kGuestToken = 0x80000006;   // a token that a guest made
inline constexpr std::uint32_t kPinTries = 0x80000007;     // wrong PINs of a principal at a token
inline constexpr std::uint32_t kNetKeys = 0x80000030;      // keys and certificates of the network form
inline constexpr std::uint32_t kNetClient = 0x80000031;    // a client that joined it
inline constexpr std::uint32_t kBackupLock = 0x80000082;   // what backups are sealed for
inline constexpr std::uint32_t kOperator = 0x8000008C;     // a person with a name and a PIN at a token
inline constexpr std::uint32_t kLegacy = 0x800000A0;       // a token permits outdated mechanisms
inline constexpr std::uint32_t kTamperPolicy = 0x80000081;  // what is done about tampering
}  // namespace object_class

// Key types (CKK_).
namespace key_type {
inline constexpr std::uint32_t kRsa = 0;
inline constexpr std::uint32_t kEc = 3;
inline constexpr std::uint32_t kGenericSecret = 0x10;
inline constexpr std::uint32_t kDes3 = 0x15;
inline constexpr std::uint32_t kAes = 0x1F;
inline constexpr std::uint32_t kMd5Hmac = 0x27;
inline constexpr std::uint32_t kSha1Hmac = 0x28;
inline constexpr std::uint32_t kSha256Hmac = 0x2B;
inline constexpr std::uint32_t kSha384Hmac = 0x2C;
inline constexpr std::uint32_t kSha512Hmac = 0x2D;
inline constexpr std::uint32_t kSha224Hmac = 0x2E;
inline constexpr std::uint32_t kChaCha20 = 0x33;
inline constexpr std::uint32_t kAesXts = 0x35;
inline constexpr std::uint32_t kSha3224Hmac = 0x36;
inline constexpr std::uint32_t kSha3256Hmac = 0x37;
inline constexpr std::uint32_t kSha3384Hmac = 0x38;
inline constexpr std::uint32_t kSha3512Hmac = 0x39;
inline constexpr std::uint32_t kEdwards = 0x40;
inline constexpr std::uint32_t kMontgomery = 0x41;
inline constexpr std::uint32_t kHkdf = 0x42;
inline constexpr std::uint32_t kSha512224Hmac = 0x43;
inline constexpr std::uint32_t kSha512256Hmac = 0x44;
inline constexpr std::uint32_t kMlKem = 0x49;
inline constexpr std::uint32_t kMlDsa = 0x4A;
inline constexpr std::uint32_t kSlhDsa = 0x4B;
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;
}  // namespace key_type

// Attribute numbers (CKA_) that the vault's code mentions.
namespace attribute {
inline constexpr std::uint32_t kClass = 0x0;
inline constexpr std::uint32_t kToken = 0x1;
inline constexpr std::uint32_t kPrivate = 0x2;
inline constexpr std::uint32_t kLabel = 0x3;
inline constexpr std::uint32_t kUniqueId = 0x4;
inline constexpr std::uint32_t kValue = 0x11;
inline constexpr std::uint32_t kCertificateType = 0x80;
inline constexpr std::uint32_t kTrusted = 0x86;
inline constexpr std::uint32_t kUrl = 0x89;
inline constexpr std::uint32_t kHashOfSubjectKey = 0x8A;
inline constexpr std::uint32_t kHashOfIssuerKey = 0x8B;
inline constexpr std::uint32_t kNameHashAlgorithm = 0x8C;
inline constexpr std::uint32_t kCheckValue = 0x90;
inline constexpr std::uint32_t kKeyType = 0x100;
inline constexpr std::uint32_t kSubject = 0x101;
inline constexpr std::uint32_t kId = 0x102;
inline constexpr std::uint32_t kSensitive = 0x103;
inline constexpr std::uint32_t kEncrypt = 0x104;
inline constexpr std::uint32_t kDecrypt = 0x105;
inline constexpr std::uint32_t kWrap = 0x106;
inline constexpr std::uint32_t kUnwrap = 0x107;
inline constexpr std::uint32_t kSign = 0x108;
inline constexpr std::uint32_t kSignRecover = 0x109;
inline constexpr std::uint32_t kVerify = 0x10A;
inline constexpr std::uint32_t kVerifyRecover = 0x10B;
inline constexpr std::uint32_t kDerive = 0x10C;
inline constexpr std::uint32_t kModulus = 0x120;
inline constexpr std::uint32_t kModulusBits = 0x121;
inline constexpr std::uint32_t kPublicExponent = 0x122;
inline constexpr std::uint32_t kPrivateExponent = 0x123;
inline constexpr std::uint32_t kPrime1 = 0x124;
inline constexpr std::uint32_t kPrime2 = 0x125;
inline constexpr std::uint32_t kExponent1 = 0x126;
inline constexpr std::uint32_t kExponent2 = 0x127;
inline constexpr std::uint32_t kCoefficient = 0x128;
inline constexpr std::uint32_t kPublicKeyInfo = 0x129;
inline constexpr std::uint32_t kValueLen = 0x161;
inline constexpr std::uint32_t kExtractable = 0x162;
inline constexpr std::uint32_t kLocal = 0x163;
inline constexpr std::uint32_t kNeverExtractable = 0x164;
inline constexpr std::uint32_t kAlwaysSensitive = 0x165;
inline constexpr std::uint32_t kKeyGenMechanism = 0x166;
inline constexpr std::uint32_t kModifiable = 0x170;
inline constexpr std::uint32_t kCopyable = 0x171;
inline constexpr std::uint32_t kDestroyable = 0x172;
inline constexpr std::uint32_t kEcParams = 0x180;
inline constexpr std::uint32_t kEcPoint = 0x181;
inline constexpr std::uint32_t kAlwaysAuthenticate = 0x202;
inline constexpr std::uint32_t kWrapWithTrusted = 0x210;
inline constexpr std::uint32_t kMechanismType = 0x500;
inline constexpr std::uint32_t kProfileId = 0x601;
inline constexpr std::uint32_t kParameterSet = 0x61D;
inline constexpr std::uint32_t kEncapsulate = 0x633;
inline constexpr std::uint32_t kDecapsulate = 0x634;
inline constexpr std::uint32_t kSeed = 0x637;
inline constexpr std::uint32_t kWrapTemplate = 0x40000211;
inline constexpr std::uint32_t kUnwrapTemplate = 0x40000212;
inline constexpr std::uint32_t kDeriveTemplate = 0x40000213;
inline constexpr std::uint32_t kAllowedMechanisms = 0x40000600;
inline constexpr std::uint32_t kEncapsulateTemplate = 0x4000062A;
inline constexpr std::uint32_t kDecapsulateTemplate = 0x4000062B;
inline constexpr std::uint32_t kWrapsOnly = 0x80434F01;  // ours: see wrap_rules.h
inline constexpr std::uint32_t kCuttable = 0x80434F03;   // ours: see protection.h
// The vault's own, of the vendor range; no template may name them.
inline constexpr std::uint32_t kPolicy = 0xC0FFE001;      // wire::KeyPolicy, encoded
inline constexpr std::uint32_t kUses = 0xC0FFE002;        // made so far, while the policy counts them
inline constexpr std::uint32_t kUseCeiling = 0xC0FFE003;  // see protection.h
}  // namespace attribute

// Shape says how an attribute's value must look.
enum class Shape : std::uint8_t { truth, number, octets, date, numbers, nested };

// Bits of AttributeRow::classes.
namespace in_class {
inline constexpr std::uint8_t kData = 1;
inline constexpr std::uint8_t kCertificate = 2;
inline constexpr std::uint8_t kPublic = 4;
inline constexpr std::uint8_t kPrivate = 8;
inline constexpr std::uint8_t kSecret = 16;
inline constexpr std::uint8_t kKeys = kPublic | kPrivate | kSecret;
inline constexpr std::uint8_t kAny = kData | kCertificate | kKeys;
}  // namespace in_class

// Bits of AttributeRow::rights. Without a bit the answer is no.
namespace right {
inline constexpr std::uint8_t kCreate = 1;    // may stand in a template of C_CreateObject
inline constexpr std::uint8_t kGenerate = 2;  // may stand in a template of generate or derive
inline constexpr std::uint8_t kModify = 4;    // C_SetAttributeValue may change it
inline constexpr std::uint8_t kCopy = 8;      // C_CopyObject may change it
inline constexpr std::uint8_t kSecret =
    16;  // a part of the key's secret: kept with the key, never as an attribute
inline constexpr std::uint8_t kComputed = 32;  // made up from the key when asked, never stored
}  // namespace right

// Otherwise is the value of an attribute that an object was not given: what the specification says for it, or
// none.
enum class Otherwise : std::uint8_t { none, empty, no, zero, sha_1 };

// AttributeRow is one line of the attribute table.
struct AttributeRow {
  std::uint32_t type;
  Shape shape;
  std::uint8_t classes;
  std::uint8_t rights;
  Otherwise otherwise = Otherwise::none;
};

// find_attribute looks an attribute up; null when the vault does not know it.
const AttributeRow* find_attribute(std::uint32_t type);

// default_value gives what an object of a class has where neither its template nor its key says it: "default
// empty", "default CK_FALSE" and their like (PKCS#11 3.2, 4.5 to 4.10). None where the class has no such
// attribute, or the attribute no default.
std::optional<Buffer> default_value(std::uint32_t type, std::uint32_t object_class);

// class_bit gives the in_class bit of an object class, 0 for a class that clients cannot make.
std::uint8_t class_bit(std::uint32_t object_class);

// AttributeSet is an object's attributes, sorted by type, without duplicates. It holds nothing secret.
class AttributeSet {
 public:
  // Entry is one attribute as it is stored.
  struct Entry {
    std::uint32_t type = 0;
    Buffer value;

    static Status fields(auto& visit, auto& in) {
      TRY(visit(in.type));
      return visit(in.value, wire::kAttributeBytesMax);
    }
  };

  // find gives the value of `type`, or nothing.
  [[nodiscard]] std::optional<Bytes> find(std::uint32_t type) const;
  [[nodiscard]] bool truth(std::uint32_t type, bool otherwise = false) const;
  [[nodiscard]] std::optional<std::uint64_t> number(std::uint32_t type) const;
  // octets gives the value, empty when absent.
  [[nodiscard]] Bytes octets(std::uint32_t type) const;

  void set(std::uint32_t type, Bytes value);
  void set_truth(std::uint32_t type, bool value);
  void set_number(std::uint32_t type, std::uint64_t value);
  void remove(std::uint32_t type);
  // set_default sets a truth value that is not there yet.
  void set_default(std::uint32_t type, bool value);

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  // value_bytes is what all values together take.
  [[nodiscard]] std::size_t value_bytes() const;
  // is_in_order tells whether a set that was decoded is one: sorted, and nothing twice.
  [[nodiscard]] bool is_in_order() const;

  static Status fields(auto& visit, auto& in) { return visit(in.entries_, wire::kAttributesMax); }

 private:
  std::vector<Entry> entries_;
};

// Purpose says which kind of request a template came with.
enum class Purpose : std::uint8_t { create, generate, modify, copy };

// check_template refuses attributes that are unknown, of a wrong shape, given twice, not of this class, or
// not for this purpose.
Status check_template(const wire::Template& attributes, std::uint32_t object_class, Purpose purpose);

// check_shapes refuses values of a wrong shape, and nothing else: for requests that look at some before they
// know the class.
Status check_shapes(const wire::Template& attributes);

// number_of and truth_of read a value; none when it has not the size of a CK_ULONG (8 octets) or CK_BBOOL.
std::optional<std::uint64_t> number_of(Bytes value);
std::optional<bool> truth_of(Bytes value);

// template_number reads a number (CK_ULONG) of a template that was not checked yet.
std::optional<std::uint64_t> template_number(const wire::Template& attributes, std::uint32_t type);

// template_value finds an attribute in a template.
std::optional<Bytes> template_value(const wire::Template& attributes, std::uint32_t type);

}  // namespace coffer::vault
