// Limits of the wire: whatever a peer can make grow has its bound here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace coffer::wire {

inline constexpr std::uint32_t kProtocolVersion = 1;

inline constexpr std::size_t kDataBytesMax = 4U << 20U;                 // data of one cryptographic request
inline constexpr std::size_t kPayloadBytesMax = kDataBytesMax + 65536;  // payload of one frame
inline constexpr std::size_t kSizedPieceBytes = 1U << 20U;     // each piece of a sized operation but the last
inline constexpr std::size_t kSealBytesMax = 64U << 20U;       // GCM, CCM, ChaCha20-Poly1305: one encryption
inline constexpr std::size_t kParameterBytesMax = 8192;        // an IV, a label, associated data, ...
inline constexpr std::size_t kAssociatedBytesMax = 1U << 20U;  // GCM associated data
inline constexpr std::size_t kNonceBytesMax = 256;
inline constexpr std::size_t kJobBytesMax = 1U << 20U;  // a request that is answered later, or its answer
inline constexpr std::size_t kSizesMax = 8;
inline constexpr std::size_t kDataPartsMax = 32;
inline constexpr std::size_t kAdditionalKeysMax = 16;
inline constexpr std::size_t kSignatureBytesMax = 49856;      // SLH-DSA-SHA2-256f
inline constexpr std::size_t kAttributesMax = 64;             // attributes in one template
inline constexpr std::size_t kAttributeBytesMax = 1U << 20U;  // one attribute's value (a certificate, data)
inline constexpr std::size_t kObjectBytesMax = 1536U << 10U;  // all values of an object together
inline constexpr std::size_t kFoundMax = 1024;                // objects in one reply to Find
inline constexpr std::size_t kPinBytesMin = 4;
inline constexpr std::size_t kPinBytesMax = 255;
inline constexpr std::size_t kPassphraseBytesMax = 1024;
inline constexpr std::size_t kLabelBytesMax = 32;  // a token's label (PKCS#11, CK_TOKEN_INFO)
inline constexpr std::size_t kTicketBytesMax = 256;
inline constexpr std::size_t kSlotsMax = 4096;
inline constexpr std::size_t kGrantsMax = 4096;
inline constexpr std::size_t kMechanismsMax = 512;
inline constexpr std::size_t kRandomBytesMax = 1U << 20U;
inline constexpr std::size_t kTextBytesMax = 1024;  // a reason, a version, a name in a status
inline constexpr std::size_t kErrorTextBytesMax = 256;
inline constexpr std::size_t kProtectionsMax = 64;

// Per connection and per application (all connections of one process and its forks).
inline constexpr std::size_t kConnectionsMax = 4096;  // of the whole chip
inline constexpr std::size_t kConnectionsPerUserMax = 1024;
inline constexpr std::size_t kRequestsInFlightMax = 256;  // on one connection
inline constexpr std::size_t kOperationsMax = 1024;       // multi-part operations of one application
inline constexpr std::size_t kCountersMax = 1024;         // counters of nonces of one application
inline constexpr std::size_t kJobsMax = 256;              // requests of one user that are answered later
inline constexpr std::size_t kSessionObjectsMax = 4096;   // of one application

inline constexpr std::uint32_t kDeadlineMillisecondsDefault = 30000;

// Certificate authorities.
inline constexpr std::size_t kAuthorityNameBytesMax = 64;
inline constexpr std::size_t kAuthoritiesMax = 1024;
inline constexpr std::size_t kPrincipalsMax = 64;
inline constexpr std::size_t kPrincipalBytesMax = 256;
inline constexpr std::size_t kOptionsMax = 32;  // critical options or extensions
inline constexpr std::size_t kOptionBytesMax = 4096;
inline constexpr std::size_t kKeyIdBytesMax = 256;
inline constexpr std::size_t kPublicKeyBytesMax = 8192;
inline constexpr std::size_t kCertificateBytesMax = 65536;

}  // namespace coffer::wire
