// Messages: every request that the chip answers, with its reply. Each lists its fields once (codec/binary.h).
//
// A request type names its Op as kOp and its reply type as Response. Requests may carry secrets into the
// chip; no reply can carry one out but what is made to be handed out (BearerSecret): replies are written by
// BinaryWriter, which has no function for other secret types. `Bytes` and `string_view` fields are views into
// the frame they were decoded from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "host/assurance.h"
#include "wire/frame.h"
#include "wire/limits.h"

namespace coffer::wire {

// ObjectId names an object for ever: 16 random octets.
using ObjectId = std::array<std::uint8_t, 16>;

// ApplicationId names a process (and its forks) to the chip: 32 random octets that let a second connection
// share the logins and session objects of the first.
struct ApplicationId : BearerSecret<32> {};

// LoginTicket is a MACed statement of the chip that this user of this host logged in to this token. A new
// connection (after a fork, after a restart of the chip) resumes the login with it.
struct LoginTicket : BearerBytes {};

// Empty is a message without fields.
struct Empty {
  static Status fields(auto& /*visit*/, auto& /*in*/) { return {}; }
};

// ---- the vault itself
// ------------------------------------------------------------------------------------------

// VaultState is what the chip can do at the moment.
enum class VaultState : std::uint8_t { uninitialized = 0, locked = 1, unlocked = 2, rollback = 3, error = 4 };
constexpr bool is_valid(VaultState state) { return state <= VaultState::error; }

// RootOfTrust says what the vault's root key comes from.
enum class RootOfTrust : std::uint8_t { none = 0, file = 1, passphrase = 2 };
constexpr bool is_valid(RootOfTrust root) { return root <= RootOfTrust::passphrase; }

// Hello opens every connection.
struct HelloReply {
  std::uint32_t version = kProtocolVersion;
  ApplicationId application{};
  VaultState state = VaultState::uninitialized;
  std::uint64_t incarnation = 0;  // random, new at every start of the chip

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.version));
    TRY(visit(in.application));
    TRY(visit(in.state));
    return visit(in.incarnation);
  }
};
struct Hello {
  static constexpr Op kOp = Op::hello;
  using Response = HelloReply;
  std::uint32_t version = kProtocolVersion;
  bool joins = false;  // true: `application` came from an earlier Hello of this process or its parent
  ApplicationId application{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.version));
    TRY(visit(in.joins));
    return visit(in.application);
  }
};

struct StatusReply {
  VaultState state = VaultState::uninitialized;
  RootOfTrust root_of_trust = RootOfTrust::none;
  std::array<std::uint8_t, 16> realm{};
  std::uint64_t object_count = 0;
  std::uint32_t token_count = 0;
  std::uint32_t authority_count = 0;
  std::uint32_t connection_count = 0;
  std::uint32_t unlock_failures = 0;
  std::uint32_t retry_after_seconds = 0;  // until the next passphrase may be tried
  std::uint64_t commits = 0;              // the store's commit counter
  std::uint64_t audit_sequence = 0;
  std::string library;      // OpenSSL's version
  std::string accelerator;  // the multi-buffer code in use, or why none
  std::vector<std::string> disabled_mechanisms;
  host::Assurance assurance;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.state));
    TRY(visit(in.root_of_trust));
    TRY(visit(in.realm));
    TRY(visit(in.object_count));
    TRY(visit(in.token_count));
    TRY(visit(in.authority_count));
    TRY(visit(in.connection_count));
    TRY(visit(in.unlock_failures));
    TRY(visit(in.retry_after_seconds));
    TRY(visit(in.commits));
    TRY(visit(in.audit_sequence));
    TRY(visit(in.library, kTextBytesMax));
    TRY(visit(in.accelerator, kTextBytesMax));
    TRY(visit(in.disabled_mechanisms, kMechanismsMax, kTextBytesMax));
    return visit(in.assurance);
  }
};
struct StatusRequest : Empty {
  static constexpr Op kOp = Op::status;
  using Response = StatusReply;
};

// Initialize makes a new vault in an empty store. Only the owner may.
struct Initialize {
  static constexpr Op kOp = Op::initialize;
  using Response = Empty;
  RootOfTrust root_of_trust = RootOfTrust::file;
  SecretBytes passphrase;                    // for RootOfTrust::passphrase
  std::uint32_t stretch_milliseconds = 250;  // how long one try of the passphrase shall take here

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.root_of_trust));
    TRY(visit(in.passphrase, kPassphraseBytesMax));
    return visit(in.stretch_milliseconds);
  }
};

struct Unlock {
  static constexpr Op kOp = Op::unlock;
  using Response = Empty;
  SecretBytes passphrase;  // empty when the root of trust needs none

  static Status fields(auto& visit, auto& in) { return visit(in.passphrase, kPassphraseBytesMax); }
};

struct Lock : Empty {
  static constexpr Op kOp = Op::lock;
  using Response = Empty;
};

// AcceptRollback opens a store that is older than its high-water mark, deliberately. Only the owner may.
struct AcceptRollback : Empty {
  static constexpr Op kOp = Op::accept_rollback;
  using Response = Empty;
};

// ShutDown makes the chip finish what is running, write its marks and end. Only the owner may.
struct ShutDown : Empty {
  static constexpr Op kOp = Op::shut_down;
  using Response = Empty;
};

// AuditHead writes a signed checkpoint and tells where the chain stands.
struct AuditHeadReply {
  std::array<std::uint8_t, 32> public_key{};  // Ed25519
  std::uint64_t sequence = 0;
  std::array<std::uint8_t, 32> hash{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.public_key));
    TRY(visit(in.sequence));
    return visit(in.hash);
  }
};
struct AuditHead : Empty {
  static constexpr Op kOp = Op::audit_head;
  using Response = AuditHeadReply;
};

// MechanismInfo is one row of the chip's mechanism table, as C_GetMechanismInfo wants it.
struct MechanismInfo {
  std::uint32_t number = 0;  // CKM_
  std::uint32_t uses = 0;    // CKF_ENCRYPT, CKF_SIGN, ...
  std::uint32_t size_min = 0;
  std::uint32_t size_max = 0;
  std::uint8_t key_type = 0;  // crypto::KeyType

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.number));
    TRY(visit(in.uses));
    TRY(visit(in.size_min));
    TRY(visit(in.size_max));
    return visit(in.key_type);
  }
};
struct MechanismsReply {
  std::vector<MechanismInfo> mechanisms;
  static Status fields(auto& visit, auto& in) { return visit(in.mechanisms, kMechanismsMax); }
};
struct Mechanisms : Empty {
  static constexpr Op kOp = Op::mechanisms;
  using Response = MechanismsReply;
};

// AttachRing hands a sealed memfd to the chip, as the one descriptor that comes with its frame; the reply
// comes with one descriptor too, the eventfd that wakes the chip (wire/ring.h). Only over the socket, once on
// a connection.
struct AttachRing {
  static constexpr Op kOp = Op::attach_ring;
  using Response = Empty;
  std::uint64_t bytes = 0;  // size of the memfd

  static Status fields(auto& visit, auto& in) { return visit(in.bytes); }
};

// ---- tokens
// ----------------------------------------------------------------------------------------------------

enum class UserType : std::uint8_t { security_officer = 0, user = 1 };
constexpr bool is_valid(UserType type) { return type <= UserType::user; }

// TokenInfo is a slot and, when initialised, its token.
struct TokenInfo {
  std::uint32_t slot = 0;
  bool initialized = false;
  std::string label;  // UTF-8, without the padding blanks
  std::array<std::uint8_t, 8> serial{};
  bool user_pin_set = false;
  std::uint8_t user_tries_left = 0;
  std::uint8_t officer_tries_left = 0;
  std::uint8_t tries_max = 0;
  std::uint64_t created = 0;  // seconds since 1970
  std::uint64_t object_count = 0;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.initialized));
    TRY(visit(in.label, kLabelBytesMax));
    TRY(visit(in.serial));
    TRY(visit(in.user_pin_set));
    TRY(visit(in.user_tries_left));
    TRY(visit(in.officer_tries_left));
    TRY(visit(in.tries_max));
    TRY(visit(in.created));
    return visit(in.object_count);
  }
};
struct SlotsReply {
  std::vector<TokenInfo> slots;
  static Status fields(auto& visit, auto& in) { return visit(in.slots, kSlotsMax); }
};
// Slots lists the tokens and the one uninitialised slot behind them.
struct Slots : Empty {
  static constexpr Op kOp = Op::slots;
  using Response = SlotsReply;
};

// InitToken makes a token in the uninitialised slot, or, given the right officer PIN, empties an existing
// one. With `user_pin` the user's PIN is set at once.
struct InitToken {
  static constexpr Op kOp = Op::init_token;
  using Response = Empty;
  std::uint32_t slot = 0;
  SecretBytes officer_pin;
  std::string label;
  SecretBytes user_pin{};  // empty: the officer sets it later (InitPin)

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.officer_pin, kPinBytesMax));
    TRY(visit(in.label, kLabelBytesMax));
    return visit(in.user_pin, kPinBytesMax);
  }
};

struct LoginReply {
  LoginTicket ticket;
  static Status fields(auto& visit, auto& in) { return visit(in.ticket, kTicketBytesMax); }
};
struct Login {
  static constexpr Op kOp = Op::login;
  using Response = LoginReply;
  std::uint32_t slot = 0;
  UserType user = UserType::user;
  SecretBytes pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.user));
    return visit(in.pin, kPinBytesMax);
  }
};
struct Resume {
  static constexpr Op kOp = Op::resume;
  using Response = Empty;
  LoginTicket ticket;
  static Status fields(auto& visit, auto& in) { return visit(in.ticket, kTicketBytesMax); }
};
struct Logout {
  static constexpr Op kOp = Op::logout;
  using Response = Empty;
  std::uint32_t slot = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.slot); }
};
// InitPin sets the user's PIN; the officer must be logged in.
struct InitPin {
  static constexpr Op kOp = Op::init_pin;
  using Response = Empty;
  std::uint32_t slot = 0;
  SecretBytes pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    return visit(in.pin, kPinBytesMax);
  }
};
// SetPin changes the PIN of whoever is logged in, or the user's when nobody is.
struct SetPin {
  static constexpr Op kOp = Op::set_pin;
  using Response = Empty;
  std::uint32_t slot = 0;
  SecretBytes old_pin;
  SecretBytes new_pin;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.old_pin, kPinBytesMax));
    return visit(in.new_pin, kPinBytesMax);
  }
};
// DestroyToken shreds a token's partition key and with it everything in the token. Only the owner may.
struct DestroyToken {
  static constexpr Op kOp = Op::destroy_token;
  using Response = Empty;
  std::uint32_t slot = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.slot); }
};

// ---- objects
// ---------------------------------------------------------------------------------------------------

// Attribute is one attribute of a template or object. `type` is the CKA_ value. CK_ULONG values are 8 octets
// little-endian, CK_BBOOL one octet, everything else as PKCS#11 defines it.
struct Attribute {
  std::uint32_t type = 0;
  Bytes value;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.type));
    return visit(in.value, kAttributeBytesMax);
  }
};
using Template = std::vector<Attribute>;

// ObjectSummary is what a client may keep about an object to answer early; the chip decides again at each
// use.
struct ObjectSummary {
  ObjectId id{};
  std::uint32_t object_class = 0;  // CKO_
  std::uint32_t key_type = 0;      // CKK_, or ~0 when it is no key
  bool is_token = false;
  bool is_private = false;
  bool always_authenticate = false;
  std::uint32_t uses = 0;  // CKF_ENCRYPT | CKF_SIGN | ... that its attributes allow
  std::uint32_t bits = 0;  // modulus bits, field bits of the curve, 8 * value octets

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.id));
    TRY(visit(in.object_class));
    TRY(visit(in.key_type));
    TRY(visit(in.is_token));
    TRY(visit(in.is_private));
    TRY(visit(in.always_authenticate));
    TRY(visit(in.uses));
    return visit(in.bits);
  }
};

struct ObjectReply {
  ObjectSummary object;
  static Status fields(auto& visit, auto& in) { return visit(in.object); }
};

// CreateObject makes an object of a template. `session` owns it when CKA_TOKEN is false.
struct CreateObject {
  static constexpr Op kOp = Op::create_object;
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;  // the client's own number
  Template attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    return visit(in.attributes, kAttributesMax);
  }
};
struct CopyObject {
  static constexpr Op kOp = Op::copy_object;
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  ObjectId id{};
  Template attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.id));
    return visit(in.attributes, kAttributesMax);
  }
};
struct DestroyObject {
  static constexpr Op kOp = Op::destroy_object;
  using Response = Empty;
  std::uint32_t slot = 0;
  ObjectId id{};

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    return visit(in.id);
  }
};

enum class AttributeState : std::uint8_t { present = 0, sensitive = 1, unknown = 2 };
constexpr bool is_valid(AttributeState state) { return state <= AttributeState::unknown; }

struct AttributeValue {
  std::uint32_t type = 0;
  AttributeState state = AttributeState::unknown;
  Buffer value;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.type));
    TRY(visit(in.state));
    return visit(in.value, kAttributeBytesMax);
  }
};
struct GetAttributesReply {
  std::vector<AttributeValue> attributes;  // one for each type asked for, in that order
  bool holds_secret = false;               // not sent: a value is part of a key, to be wiped afterwards
  std::uint64_t size_bytes = 0;            // what the object takes in the store (C_GetObjectSize)

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.attributes, kAttributesMax));
    return visit(in.size_bytes);
  }
};
struct GetAttributes {
  static constexpr Op kOp = Op::get_attributes;
  using Response = GetAttributesReply;
  std::uint32_t slot = 0;
  ObjectId id{};
  std::vector<std::uint32_t> types;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.id));
    return visit(in.types, kAttributesMax);
  }
};
struct SetAttributes {
  static constexpr Op kOp = Op::set_attributes;
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  ObjectId id{};
  Template attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.id));
    return visit(in.attributes, kAttributesMax);
  }
};
struct FindReply {
  std::vector<ObjectSummary> objects;
  bool more = false;  // ask again with `after` = the last id

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.objects, kFoundMax));
    return visit(in.more);
  }
};
struct Find {
  static constexpr Op kOp = Op::find;
  using Response = FindReply;
  std::uint32_t slot = 0;
  Template attributes;  // all must match; empty: every object
  std::uint32_t count_max = kFoundMax;
  std::optional<ObjectId> after;  // continue behind this object (objects come in order of their id)

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.attributes, kAttributesMax));
    TRY(visit(in.count_max));
    return visit(in.after);
  }
};

// DataPart is one piece of what a key derivation function takes in (crypto::DataPart).
struct DataPart {
  std::uint8_t kind = 0;
  bool little_endian = false;
  std::uint32_t bits = 0;
  Bytes octets;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.kind));
    TRY(visit(in.little_endian));
    TRY(visit(in.bits));
    return visit(in.octets, kParameterBytesMax);
  }
};

// Parameters of one cryptographic operation; the fields are those of crypto::Parameters, hashes by their
// number in crypto::Hash.
struct Parameters {
  std::uint32_t mechanism = 0;
  Bytes iv;
  Bytes associated;
  std::uint32_t tag_bits = 0;
  std::uint32_t counter_bits = 0;
  std::uint8_t hash = 0;
  std::uint8_t mask_hash = 0;
  std::uint32_t salt_bytes = 0;
  Bytes peer;
  Bytes salt;
  Bytes info;
  bool extract = false;
  bool expand = false;
  std::uint32_t output_bytes = 0;
  std::uint8_t variant = 0;
  std::optional<ObjectId> other_key;
  std::uint64_t number = 0;
  std::vector<std::uint32_t> sizes;
  std::vector<DataPart> parts;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.mechanism));
    TRY(visit(in.iv, kParameterBytesMax));
    TRY(visit(in.associated, kAssociatedBytesMax));
    TRY(visit(in.tag_bits));
    TRY(visit(in.counter_bits));
    TRY(visit(in.hash));
    TRY(visit(in.mask_hash));
    TRY(visit(in.salt_bytes));
    TRY(visit(in.peer, kParameterBytesMax));
    TRY(visit(in.salt, kParameterBytesMax));
    TRY(visit(in.info, kParameterBytesMax));
    TRY(visit(in.extract));
    TRY(visit(in.expand));
    TRY(visit(in.output_bytes));
    TRY(visit(in.variant));
    TRY(visit(in.other_key));
    TRY(visit(in.number));
    TRY(visit(in.sizes, kSizesMax));
    return visit(in.parts, kDataPartsMax);
  }
};

struct GenerateKey {
  static constexpr Op kOp = Op::generate_key;
  using Response = ObjectReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  std::uint32_t mechanism = 0;
  Template attributes;
  Parameters parameters;  // PBKDF2: hash, salt, number (iterations); otherwise as they start out
  SecretBytes password;   // PBKDF2

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.mechanism));
    TRY(visit(in.attributes, kAttributesMax));
    TRY(visit(in.parameters));
    return visit(in.password, kPassphraseBytesMax);
  }
};
struct KeyPairReply {
  ObjectSummary public_key;
  ObjectSummary private_key;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.public_key));
    return visit(in.private_key);
  }
};
struct GenerateKeyPair {
  static constexpr Op kOp = Op::generate_key_pair;
  using Response = KeyPairReply;
  std::uint32_t slot = 0;
  std::uint64_t session = 0;
  std::uint32_t mechanism = 0;
  Template public_attributes;
  Template private_attributes;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.session));
    TRY(visit(in.mechanism));
    TRY(visit(in.public_attributes, kAttributesMax));
    return visit(in.private_attributes, kAttributesMax);
  }
};
// CloseSession destroys the session objects of one session of this application.
struct CloseSession {
  static constexpr Op kOp = Op::close_session;
  using Response = Empty;
  std::uint64_t session = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.session); }
};

// ---- using keys
// ------------------------------------------------------------------------------------------------

// OutputReply carries a signature, a ciphertext, a plaintext, a digest or random octets.
struct OutputReply {
  Bytes output;
  static Status fields(auto& visit, auto& in) { return visit(in.output, kPayloadBytesMax); }
};

struct Sign {
  static constexpr Op kOp = Op::sign;
  using Response = OutputReply;
  std::uint32_t slot = 0;
  ObjectId key{};
  Parameters parameters;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    return visit(in.data, kDataBytesMax);
  }
};
struct Verify {
  static constexpr Op kOp = Op::verify;
  using Response = Empty;
  std::uint32_t slot = 0;
  ObjectId key{};
  Parameters parameters;
  Bytes data;
  Bytes signature;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    TRY(visit(in.data, kDataBytesMax));
    return visit(in.signature, kSignatureBytesMax);
  }
};
struct Encrypt {
  static constexpr Op kOp = Op::encrypt;
  using Response = OutputReply;
  std::uint32_t slot = 0;
  ObjectId key{};
  Parameters parameters;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    return visit(in.data, kDataBytesMax);
  }
};
struct Decrypt {
  static constexpr Op kOp = Op::decrypt;
  using Response = OutputReply;
  std::uint32_t slot = 0;
  ObjectId key{};
  Parameters parameters;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.slot));
    TRY(visit(in.key));
    TRY(visit(in.parameters));
    return visit(in.data, kDataBytesMax + 4096);
  }
};
struct DigestRequest {
  static constexpr Op kOp = Op::digest;
  using Response = OutputReply;
  std::uint32_t mechanism = 0;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.mechanism));
    return visit(in.data, kDataBytesMax);
  }
};
struct Random {
  static constexpr Op kOp = Op::random;
  using Response = OutputReply;
  std::uint32_t bytes = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.bytes); }
};
struct SeedRandom {
  static constexpr Op kOp = Op::seed_random;
  using Response = Empty;
  Bytes seed;
  static Status fields(auto& visit, auto& in) { return visit(in.seed, kParameterBytesMax); }
};

// ---- operations in parts
// -----------------------------------------------------------------------------------

enum class OperationKind : std::uint8_t { sign = 0, verify = 1, encrypt = 2, decrypt = 3, digest = 4 };
constexpr bool is_valid(OperationKind kind) { return kind <= OperationKind::digest; }

struct BeginReply {
  std::uint64_t operation = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.operation); }
};
// Begin starts an operation that is fed by Update. It belongs to the application and dies with it.
struct Begin {
  static constexpr Op kOp = Op::begin;
  using Response = BeginReply;
  OperationKind kind = OperationKind::digest;
  std::uint32_t slot = 0;
  ObjectId key{};  // zeros for digest
  Parameters parameters;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.kind));
    TRY(visit(in.slot));
    TRY(visit(in.key));
    return visit(in.parameters);
  }
};
struct Update {
  static constexpr Op kOp = Op::update;
  using Response = OutputReply;
  std::uint64_t operation = 0;
  Bytes data;

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.operation));
    return visit(in.data, kDataBytesMax);
  }
};
struct Finish {
  static constexpr Op kOp = Op::finish;
  using Response = OutputReply;
  std::uint64_t operation = 0;
  Bytes signature;  // verify only

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.operation));
    return visit(in.signature, kSignatureBytesMax);
  }
};
struct Cancel {
  static constexpr Op kOp = Op::cancel;
  using Response = Empty;
  std::uint64_t operation = 0;
  static Status fields(auto& visit, auto& in) { return visit(in.operation); }
};

}  // namespace coffer::wire
