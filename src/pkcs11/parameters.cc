// Mechanism parameters: one reader a structure of the specification.
#include "pkcs11/parameters.h"

#include <algorithm>
#include <array>
#include <limits>

#include "pkcs11/mechanism.h"
#include "pkcs11/parameter_reader.h"

namespace coffer::pkcs11 {

namespace {

constexpr std::size_t kIvBytes = 16;  // CBC
constexpr CK_ULONG kShortIvBytes = 8;
constexpr CK_ULONG kWrapIvBytes = 8;
constexpr CK_ULONG kWrapPadIvBytes = 4;
constexpr std::size_t kContextBytesMax = 255;  // of a signature
constexpr std::size_t kGcmIvBytesMax = 256;
constexpr std::size_t kGmacIvBytes = 12;
constexpr CK_ULONG kMacBytesMax = 64;
constexpr CK_ULONG kTagBitsMax = 128;
constexpr CK_ULONG kCounterBitsMax = 128;
constexpr CK_ULONG kSaltBytesMax = 512;  // PSS: never longer than the modulus

Error refused() { return refused_parameter(); }

Status read_none(const CK_MECHANISM& mechanism) {
  return mechanism.ulParameterLen == 0 ? Status{} : refused();
}

Status read_iv(const CK_MECHANISM& mechanism, CK_ULONG bytes, OwnedParameters& owned) {
  if (mechanism.ulParameterLen != bytes) return refused();
  const Bytes initial = TRY(octets_at(mechanism.pParameter, mechanism.ulParameterLen, bytes));
  own(owned, {{initial, &owned.view.iv}});
  return {};
}

// "An optional mechanism parameter as the Initialization vector" (PKCS#11 3.2, AES Key Wrap).
Status read_optional_iv(const CK_MECHANISM& mechanism, CK_ULONG bytes, OwnedParameters& owned) {
  return mechanism.ulParameterLen == 0 ? Status{} : read_iv(mechanism, bytes, owned);
}

Status read_ctr(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_AES_CTR_PARAMS>(mechanism));
  if (parameter.ulCounterBits == 0 || parameter.ulCounterBits > kCounterBitsMax) return refused();
  owned.view.counter_bits = static_cast<std::uint32_t>(parameter.ulCounterBits);
  own(owned, {{Bytes{parameter.cb}, &owned.view.iv}});
  return {};
}

Status read_gmac(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  if (mechanism.ulParameterLen != kGmacIvBytes) return refused();
  const Bytes initial = TRY(octets_at(mechanism.pParameter, mechanism.ulParameterLen, kGmacIvBytes));
  own(owned, {{initial, &owned.view.iv}});
  return {};
}

Status read_ccm(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_CCM_PARAMS>(mechanism));
  if (parameter.ulMACLen > kTagBitsMax / 8) return refused();
  const Bytes nonce = TRY(octets_at(parameter.pNonce, parameter.ulNonceLen, kIvBytes));
  const Bytes associated = TRY(octets_at(parameter.pAAD, parameter.ulAADLen, wire::kAssociatedBytesMax));
  owned.view.tag_bits = static_cast<std::uint32_t>(8 * parameter.ulMACLen);
  owned.view.number = parameter.ulDataLen;
  own(owned, {{nonce, &owned.view.iv}, {associated, &owned.view.associated}});
  return {};
}

// The chip takes counter and nonce together, 16 octets: 4 and 12 (RFC 8439), or 8 and 8.
Status read_chacha20(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_CHACHA20_PARAMS>(mechanism));
  const bool is_short = parameter.blockCounterBits == 32 && parameter.ulNonceBits == 96;
  const bool is_long = parameter.blockCounterBits == 64 && parameter.ulNonceBits == 64;
  if (!is_short && !is_long) return refused();
  Buffer block = to_buffer(TRY(octets_at(parameter.pBlockCounter, parameter.blockCounterBits / 8, kIvBytes)));
  append(block, TRY(octets_at(parameter.pNonce, parameter.ulNonceBits / 8, kIvBytes)));
  owned.view.counter_bits = static_cast<std::uint32_t>(parameter.blockCounterBits);
  own(owned, {{block, &owned.view.iv}});
  return {};
}

Status read_poly1305(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_SALSA20_CHACHA20_POLY1305_PARAMS>(mechanism));
  const Bytes nonce = TRY(octets_at(parameter.pNonce, poly1305_nonce_bytes(parameter.ulNonceLen), kIvBytes));
  const Bytes associated = TRY(octets_at(parameter.pAAD, parameter.ulAADLen, wire::kAssociatedBytesMax));
  owned.view.tag_bits = kTagBitsMax;
  own(owned, {{nonce, &owned.view.iv}, {associated, &owned.view.associated}});
  return {};
}

Status read_mac_length(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto bytes = TRY(structure_of<CK_MAC_GENERAL_PARAMS>(mechanism));
  if (bytes == 0 || bytes > kMacBytesMax) return refused();
  owned.view.output_bytes = static_cast<std::uint32_t>(bytes);
  return {};
}

Status read_tls_mac(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_TLS_MAC_PARAMS>(mechanism));
  const HashNumbers* hash = find_hash(parameter.prfHashMechanism);
  const bool is_server = parameter.ulServerOrClient == 1;
  if (hash == nullptr || (!is_server && parameter.ulServerOrClient != 2)) return refused();
  if (parameter.ulMacLength == 0 || parameter.ulMacLength > kMacBytesMax) return refused();
  owned.view.hash = hash->number;
  owned.view.output_bytes = static_cast<std::uint32_t>(parameter.ulMacLength);
  own(owned, {{as_bytes(is_server ? "server finished" : "client finished"), &owned.view.info}});
  return {};
}

Result<CK_GCM_PARAMS> gcm_structure(const CK_MECHANISM& mechanism) {
  if (mechanism.ulParameterLen != sizeof(CK_GCM_PARAMS_V2_30)) return structure_of<CK_GCM_PARAMS>(mechanism);
  const auto old = TRY(structure_of<CK_GCM_PARAMS_V2_30>(mechanism));
  return CK_GCM_PARAMS{old.pIv, old.ulIvLen, 0, old.pAAD, old.ulAADLen, old.ulTagBits};
}

Status read_gcm(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const CK_GCM_PARAMS parameter = TRY(gcm_structure(mechanism));
  if (parameter.ulIvLen == 0 || parameter.ulTagBits > kTagBitsMax || parameter.ulTagBits % 8 != 0)
    return refused();
  const Bytes initial = TRY(octets_at(parameter.pIv, parameter.ulIvLen, kGcmIvBytesMax));
  const Bytes associated = TRY(octets_at(parameter.pAAD, parameter.ulAADLen, wire::kAssociatedBytesMax));
  owned.view.tag_bits = static_cast<std::uint32_t>(parameter.ulTagBits);
  own(owned, {{initial, &owned.view.iv}, {associated, &owned.view.associated}});
  return {};
}

Status read_hashes(CK_MECHANISM_TYPE hash_mechanism, CK_RSA_PKCS_MGF_TYPE mgf, OwnedParameters& owned) {
  const HashNumbers* hash = find_hash(hash_mechanism);
  const HashNumbers* mask_hash = find_hash_of_mgf(mgf);
  if (hash == nullptr || mask_hash == nullptr) return refused();
  owned.view.hash = hash->number;
  owned.view.mask_hash = mask_hash->number;
  return {};
}

Status read_pss(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_RSA_PKCS_PSS_PARAMS>(mechanism));
  if (parameter.sLen > kSaltBytesMax) return refused();
  owned.view.salt_bytes = static_cast<std::uint32_t>(parameter.sLen);
  return read_hashes(parameter.hashAlg, parameter.mgf, owned);
}

Status read_oaep(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_RSA_PKCS_OAEP_PARAMS>(mechanism));
  // Clients without a label leave `source` zero as often as they set it.
  if (parameter.source != CKZ_DATA_SPECIFIED && (parameter.source != 0 || parameter.ulSourceDataLen != 0)) {
    return refused();
  }
  const Bytes label =
      TRY(octets_at(parameter.pSourceData, parameter.ulSourceDataLen, wire::kParameterBytesMax));
  own(owned, {{label, &owned.view.associated}});
  return read_hashes(parameter.hashAlg, parameter.mgf, owned);
}

Status read_ecdh(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_ECDH1_DERIVE_PARAMS>(mechanism));
  if (parameter.ulPublicDataLen == 0) return refused();
  if (parameter.kdf != CKD_NULL) {
    const HashNumbers* hash = find_hash_of_kdf(parameter.kdf);
    if (hash == nullptr) return refused();
    owned.view.hash = hash->number;
    owned.view.variant = parameter.kdf == hash->kdf ? 0 : 1;
  } else if (parameter.ulSharedDataLen != 0) {
    return refused();
  }
  const Bytes shared =
      TRY(octets_at(parameter.pSharedData, parameter.ulSharedDataLen, wire::kParameterBytesMax));
  const Bytes peer =
      TRY(octets_at(parameter.pPublicData, parameter.ulPublicDataLen, wire::kParameterBytesMax));
  own(owned, {{peer, &owned.view.peer}, {shared, &owned.view.salt}});
  return {};
}

Status read_hkdf(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_HKDF_PARAMS>(mechanism));
  const HashNumbers* hash = find_hash(parameter.prfHashMechanism);
  if (hash == nullptr || parameter.bExtract > 1 || parameter.bExpand > 1) return refused();
  if (parameter.bExtract == CK_FALSE && parameter.bExpand == CK_FALSE) return refused();
  Bytes salt;
  if (parameter.bExtract != CK_FALSE && parameter.ulSaltType == CKF_HKDF_SALT_DATA) {
    salt = TRY(octets_at(parameter.pSalt, parameter.ulSaltLen, wire::kParameterBytesMax));
  } else if (parameter.bExtract != CK_FALSE && parameter.ulSaltType != CKF_HKDF_SALT_NULL) {
    return refused();
  }
  const Bytes info = TRY(octets_at(parameter.pInfo, parameter.ulInfoLen, wire::kParameterBytesMax));
  owned.view.hash = hash->number;
  owned.view.extract = parameter.bExtract != CK_FALSE;
  owned.view.expand = parameter.bExpand != CK_FALSE;
  own(owned, {{salt, &owned.view.salt}, {info, &owned.view.info}});
  return {};
}

// Without a parameter, or with an empty context, Ed25519 is pure (PKCS#11 3.0, EC 2.3.14). The clients that
// leave the parameter out for Ed448 mean the empty context too.
Status read_eddsa(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  if (mechanism.ulParameterLen == 0) return {};
  const auto parameter = TRY(structure_of<CK_EDDSA_PARAMS>(mechanism));
  if (parameter.phFlag > CK_TRUE) return refused();
  const Bytes context = TRY(octets_at(parameter.pContextData, parameter.ulContextDataLen, kContextBytesMax));
  owned.view.variant = parameter.phFlag;
  own(owned, {{context, &owned.view.associated}});
  return {};
}

Status read_hedge(CK_ULONG hedge, const CK_BYTE* context, CK_ULONG context_bytes, OwnedParameters& owned) {
  if (hedge > CKH_DETERMINISTIC_REQUIRED) return refused();
  const Bytes octets = TRY(octets_at(context, context_bytes, kContextBytesMax));
  owned.view.variant = static_cast<std::uint8_t>(hedge);
  own(owned, {{octets, &owned.view.associated}});
  return {};
}

Status read_sign_context(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  if (mechanism.ulParameterLen == 0) return {};
  const auto parameter = TRY(structure_of<CK_SIGN_ADDITIONAL_CONTEXT>(mechanism));
  return read_hedge(parameter.hedgeVariant, parameter.pContext, parameter.ulContextLen, owned);
}

Status read_hash_sign_context(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_HASH_SIGN_ADDITIONAL_CONTEXT>(mechanism));
  const HashNumbers* hash = find_hash(parameter.hash);
  if (hash == nullptr) return refused();
  owned.view.hash = hash->number;
  return read_hedge(parameter.hedgeVariant, parameter.pContext, parameter.ulContextLen, owned);
}

Status read_shape(ParameterShape shape, const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  switch (shape) {
    case ParameterShape::none: return read_none(mechanism);
    case ParameterShape::iv: return read_iv(mechanism, kIvBytes, owned);
    case ParameterShape::short_iv: return read_iv(mechanism, kShortIvBytes, owned);
    case ParameterShape::wrap_iv: return read_optional_iv(mechanism, kWrapIvBytes, owned);
    case ParameterShape::wrap_pad_iv: return read_optional_iv(mechanism, kWrapPadIvBytes, owned);
    case ParameterShape::ctr: return read_ctr(mechanism, owned);
    case ParameterShape::gcm: return read_gcm(mechanism, owned);
    case ParameterShape::pss: return read_pss(mechanism, owned);
    case ParameterShape::oaep: return read_oaep(mechanism, owned);
    case ParameterShape::ecdh: return read_ecdh(mechanism, owned);
    case ParameterShape::hkdf: return read_hkdf(mechanism, owned);
    case ParameterShape::eddsa: return read_eddsa(mechanism, owned);
    case ParameterShape::sign_context: return read_sign_context(mechanism, owned);
    case ParameterShape::hash_sign_context: return read_hash_sign_context(mechanism, owned);
    case ParameterShape::gmac: return read_gmac(mechanism, owned);
    case ParameterShape::ccm: return read_ccm(mechanism, owned);
    case ParameterShape::chacha20: return read_chacha20(mechanism, owned);
    case ParameterShape::poly1305: return read_poly1305(mechanism, owned);
    case ParameterShape::mac_length: return read_mac_length(mechanism, owned);
    case ParameterShape::tls_mac: return read_tls_mac(mechanism, owned);
    default: return refused();  // C_DeriveKey reads these: derive_parameters.cc
  }
}

Status read_temporary_key(CK_ULONG bits, OwnedParameters& owned) {
  if (bits != 128 && bits != 192 && bits != 256) return refused();
  owned.view.output_bytes = static_cast<std::uint32_t>(bits / 8);
  return {};
}

Status read_rsa_aes_wrap(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_RSA_AES_KEY_WRAP_PARAMS>(mechanism));
  TRY(read_temporary_key(parameter.ulAESKeyBits, owned));
  return read_oaep({CKM_RSA_PKCS_OAEP, parameter.pOAEPParams, sizeof(CK_RSA_PKCS_OAEP_PARAMS)}, owned);
}

Status read_ecdh_aes_wrap(const CK_MECHANISM& mechanism, OwnedParameters& owned) {
  const auto parameter = TRY(structure_of<CK_ECDH_AES_KEY_WRAP_PARAMS>(mechanism));
  TRY(read_temporary_key(parameter.ulAESKeyBits, owned));
  if (parameter.kdf != CKD_NULL) {
    const HashNumbers* hash = find_hash_of_kdf(parameter.kdf);
    if (hash == nullptr) return refused();
    owned.view.hash = hash->number;
  } else if (parameter.ulSharedDataLen != 0) {
    return refused();
  }
  const Bytes shared =
      TRY(octets_at(parameter.pSharedData, parameter.ulSharedDataLen, wire::kParameterBytesMax));
  own(owned, {{shared, &owned.view.salt}});
  return {};
}

// GCM for wrapping: associated data comes as an argument or in the structure, and the nonce may be the
// chip's, which then is random throughout.
Status read_gcm_wrap(const CK_MECHANISM& mechanism, Wrapping wrapping, Bytes associated,
                     WrapParameters& result) {
  const auto parameter = TRY(structure_of<CK_GCM_WRAP_PARAMS>(mechanism));
  if (parameter.ulTagBits > kTagBitsMax || parameter.ulTagBits % 8 != 0 || parameter.ulIvLen == 0) {
    return refused();
  }
  const Bytes nonce = TRY(octets_at(parameter.pIv, parameter.ulIvLen, kGcmIvBytesMax));
  const Bytes inside = TRY(octets_at(parameter.pAAD, parameter.ulAADLen, wire::kAssociatedBytesMax));
  if (!associated.empty() && !inside.empty()) return refused();
  wire::Parameters& view = result.owned.view;
  view.tag_bits = static_cast<std::uint32_t>(parameter.ulTagBits);
  const bool is_chips = wrapping == Wrapping::wrap && parameter.ivGenerator != CKG_NO_GENERATE;
  if (is_chips) {
    const bool is_random =
        parameter.ivGenerator == CKG_GENERATE || parameter.ivGenerator == CKG_GENERATE_RANDOM;
    if (!is_random || parameter.ulIvFixedBits != 0) return refused();
    result.nonce_bytes = static_cast<std::uint32_t>(parameter.ulIvLen);
    result.nonce = parameter.pIv;
  }
  own(result.owned,
      {{is_chips ? Bytes{} : nonce, &view.iv}, {inside.empty() ? associated : inside, &view.associated}});
  return {};
}

// GCM with the structure of encryption: the nonce is the application's.
Status read_gcm_for_wrap(const CK_MECHANISM& mechanism, Bytes associated, OwnedParameters& owned) {
  CK_GCM_PARAMS parameter = TRY(gcm_structure(mechanism));
  if (!associated.empty()) {
    if (parameter.ulAADLen != 0) return refused();
    parameter.pAAD = const_cast<CK_BYTE_PTR>(associated.data());
    parameter.ulAADLen = associated.size();
  }
  return read_gcm({mechanism.mechanism, &parameter, sizeof(parameter)}, owned);
}

}  // namespace

Result<WrapParameters> read_wrap_parameters(const CK_MECHANISM& mechanism, Wrapping wrapping,
                                            Bytes associated) {
  WrapParameters result;
  switch (mechanism.mechanism) {
    case CKM_RSA_AES_KEY_WRAP: TRY(read_rsa_aes_wrap(mechanism, result.owned)); break;
    case CKM_ECDH_AES_KEY_WRAP: TRY(read_ecdh_aes_wrap(mechanism, result.owned)); break;
    case CKM_AES_GCM:
      if (mechanism.ulParameterLen == sizeof(CK_GCM_WRAP_PARAMS)) {
        TRY(read_gcm_wrap(mechanism, wrapping, associated, result));
      } else {
        TRY(read_gcm_for_wrap(mechanism, associated, result.owned));
      }
      break;
    default: result.owned = TRY(read_parameters(mechanism));
  }
  result.owned.view.mechanism = static_cast<std::uint32_t>(mechanism.mechanism);
  return result;
}

Result<OwnedParameters> read_parameters(const CK_MECHANISM& mechanism) {
  if (mechanism.mechanism > std::numeric_limits<std::uint32_t>::max()) {
    return Error{Code::mechanism_invalid, "no such mechanism"};
  }
  OwnedParameters owned;
  owned.view.mechanism = static_cast<std::uint32_t>(mechanism.mechanism);
  TRY(read_shape(mechanism_shape(mechanism.mechanism).parameter, mechanism, owned));
  return owned;
}

}  // namespace coffer::pkcs11
