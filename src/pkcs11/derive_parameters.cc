// Parameters of derivations: one reader a structure of the specification
// (PKCS#11 3.0, 2.31, 2.39, 2.42, 2.43).
#include "pkcs11/derive_parameters.h"

#include <limits>

#include "pkcs11/mechanism.h"
#include "pkcs11/parameter_reader.h"
#include "wire/derive_messages.h"

namespace coffer::pkcs11 {

namespace {

constexpr std::size_t kRandomBytesMax = 256;
constexpr std::size_t kContextBytesMax = 0xFFFF;  // RFC 5705: two octets of length

// Reading is one parameter on its way: the octets gathered so far, and the views to be pointed at them.
class Reading {
 public:
  explicit Reading(const CK_MECHANISM& mechanism) : mechanism_(mechanism) {}

  Result<DeriveParameters> read();

 private:
  [[nodiscard]] wire::Parameters& view() { return result_.parameters.view; }

  Status read_shape(ParameterShape shape);
  Status read_plain();
  Status read_hkdf();
  Status read_other_key();
  Status read_data();
  Status read_cbc_data();
  Status read_first_bit();
  Status read_sp800_108();
  Status read_sp800_108_feedback();
  Status read_tls_master();
  Status read_tls_extended_master();
  Status read_tls_keys();
  Status read_tls_kdf();

  Status read_prf(CK_SP800_108_PRF_TYPE prf);
  Status read_parts(const CK_PRF_DATA_PARAM* parts, CK_ULONG count);
  Result<wire::DataPart> part_of(const CK_PRF_DATA_PARAM& part);
  Status read_additional(const CK_DERIVED_KEY* keys, CK_ULONG count);
  Status read_hash(CK_MECHANISM_TYPE mechanism);
  Result<Buffer> randoms(const CK_SSL3_RANDOM_DATA& data, bool client_first);
  void own_salt(Bytes salt) { own(result_.parameters, {{salt, &view().salt}}); }

  const CK_MECHANISM& mechanism_;
  DeriveParameters result_;
};

Status Reading::read_plain() {
  result_.parameters = TRY(read_parameters(mechanism_));
  return {};
}

// A salt that is a key is looked up later; for the rest the parameter is read as if it had none.
Status Reading::read_hkdf() {
  auto parameter = TRY(structure_of<CK_HKDF_PARAMS>(mechanism_));
  if (parameter.ulSaltType != CKF_HKDF_SALT_KEY || parameter.bExtract == CK_FALSE) return read_plain();
  if (parameter.hSaltKey == CK_INVALID_HANDLE) return refused_parameter();
  result_.other_key = parameter.hSaltKey;
  parameter.ulSaltType = CKF_HKDF_SALT_NULL;
  result_.parameters =
      TRY(read_parameters({mechanism_.mechanism, &parameter, static_cast<CK_ULONG>(sizeof(parameter))}));
  return {};
}

Status Reading::read_other_key() {
  result_.other_key = TRY(structure_of<CK_OBJECT_HANDLE>(mechanism_));
  return result_.other_key == CK_INVALID_HANDLE ? refused_parameter() : Status{};
}

Status Reading::read_data() {
  const auto parameter = TRY(structure_of<CK_KEY_DERIVATION_STRING_DATA>(mechanism_));
  const Bytes data = TRY(octets_at(parameter.pData, parameter.ulLen, wire::kParameterBytesMax));
  own(result_.parameters, {{data, &view().info}});
  return {};
}

Status Reading::read_cbc_data() {
  const auto parameter = TRY(structure_of<CK_AES_CBC_ENCRYPT_DATA_PARAMS>(mechanism_));
  const Bytes data = TRY(octets_at(parameter.pData, parameter.length, wire::kParameterBytesMax));
  own(result_.parameters, {{Bytes{parameter.iv}, &view().iv}, {data, &view().info}});
  return {};
}

Status Reading::read_first_bit() {
  view().number = TRY(structure_of<CK_EXTRACT_PARAMS>(mechanism_));
  return {};
}

// HMAC mechanisms follow their digest's number.
Status Reading::read_prf(CK_SP800_108_PRF_TYPE prf) {
  if (prf == CKM_AES_CMAC) return {};
  const HashNumbers* hash = prf == 0 ? nullptr : find_hash(prf - 1);
  if (hash == nullptr) return refused_parameter();
  view().hash = hash->number;
  return {};
}

Result<wire::DataPart> Reading::part_of(const CK_PRF_DATA_PARAM& part) {
  wire::DataPart result;
  result.kind = static_cast<std::uint8_t>(part.type);
  const auto set_width = [&result](CK_ULONG bits, CK_BBOOL little_endian) -> Status {
    constexpr CK_ULONG kWidthMax = 64;
    if (bits == 0 || bits > kWidthMax || little_endian > CK_TRUE) return refused_parameter();
    result.bits = static_cast<std::uint32_t>(bits);
    result.little_endian = little_endian != CK_FALSE;
    return {};
  };
  switch (part.type) {
    case CK_SP800_108_ITERATION_VARIABLE:
      if (mechanism_.mechanism != CKM_SP800_108_COUNTER_KDF) {
        if (part.ulValueLen != 0) return refused_parameter();
        break;
      }
      [[fallthrough]];
    case CK_SP800_108_OPTIONAL_COUNTER: {
      const auto format = TRY(structure_at<CK_SP800_108_COUNTER_FORMAT>(part.pValue, part.ulValueLen));
      TRY(set_width(format.ulWidthInBits, format.bLittleEndian));
      break;
    }
    case CK_SP800_108_DKM_LENGTH: {
      constexpr std::uint8_t kLengthOfBlocks = 5;
      const auto format = TRY(structure_at<CK_SP800_108_DKM_LENGTH_FORMAT>(part.pValue, part.ulValueLen));
      TRY(set_width(format.ulWidthInBits, format.bLittleEndian));
      if (format.dkmLengthMethod == CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS) {
        result.kind = kLengthOfBlocks;
      } else if (format.dkmLengthMethod != CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS) {
        return refused_parameter();
      }
      break;
    }
    case CK_SP800_108_BYTE_ARRAY:
      result.octets = TRY(octets_at(part.pValue, part.ulValueLen, wire::kParameterBytesMax));
      break;
    default: return refused_parameter();
  }
  return result;
}

// The octets of the parts stay in the application's memory: the parameters are sent before the call returns.
Status Reading::read_parts(const CK_PRF_DATA_PARAM* parts, CK_ULONG count) {
  if (parts == nullptr || count == 0 || count > wire::kDataPartsMax) return refused_parameter();
  for (CK_ULONG i = 0; i < count; ++i) view().parts.push_back(TRY(part_of(parts[i])));
  return {};
}

Status Reading::read_additional(const CK_DERIVED_KEY* keys, CK_ULONG count) {
  if (count > wire::kAdditionalKeysMax || (keys == nullptr && count != 0)) return refused_parameter();
  for (CK_ULONG i = 0; i < count; ++i) {
    if (keys[i].phKey == nullptr) return refused_parameter();
    result_.additional.push_back(keys[i]);
  }
  return {};
}

Status Reading::read_sp800_108() {
  const auto parameter = TRY(structure_of<CK_SP800_108_KDF_PARAMS>(mechanism_));
  TRY(read_prf(parameter.prfType));
  TRY(read_parts(parameter.pDataParams, parameter.ulNumberOfDataParams));
  return read_additional(parameter.pAdditionalDerivedKeys, parameter.ulAdditionalDerivedKeys);
}

Status Reading::read_sp800_108_feedback() {
  const auto parameter = TRY(structure_of<CK_SP800_108_FEEDBACK_KDF_PARAMS>(mechanism_));
  TRY(read_prf(parameter.prfType));
  const Bytes initial = TRY(octets_at(parameter.pIV, parameter.ulIVLen, wire::kParameterBytesMax));
  own(result_.parameters, {{initial, &view().iv}});
  TRY(read_parts(parameter.pDataParams, parameter.ulNumberOfDataParams));
  return read_additional(parameter.pAdditionalDerivedKeys, parameter.ulAdditionalDerivedKeys);
}

Status Reading::read_hash(CK_MECHANISM_TYPE mechanism) {
  const HashNumbers* hash = find_hash(mechanism);
  if (hash == nullptr) return refused_parameter();
  view().hash = hash->number;
  return {};
}

Result<Buffer> Reading::randoms(const CK_SSL3_RANDOM_DATA& data, bool client_first) {
  const Bytes client = TRY(octets_at(data.pClientRandom, data.ulClientRandomLen, kRandomBytesMax));
  const Bytes server = TRY(octets_at(data.pServerRandom, data.ulServerRandomLen, kRandomBytesMax));
  if (client.empty() || server.empty()) return refused_parameter();
  Buffer both = to_buffer(client_first ? client : server);
  append(both, client_first ? server : client);
  return both;
}

Status Reading::read_tls_master() {
  const auto parameter = TRY(structure_of<CK_TLS12_MASTER_KEY_DERIVE_PARAMS>(mechanism_));
  TRY(read_hash(parameter.prfHashMechanism));
  result_.version = parameter.pVersion;
  own_salt(TRY(randoms(parameter.RandomInfo, true)));
  return {};
}

Status Reading::read_tls_extended_master() {
  const auto parameter = TRY(structure_of<CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS>(mechanism_));
  TRY(read_hash(parameter.prfHashMechanism));
  if (parameter.ulSessionHashLen == 0) return refused_parameter();
  result_.version = parameter.pVersion;
  own_salt(TRY(octets_at(parameter.pSessionHash, parameter.ulSessionHashLen, kRandomBytesMax)));
  return {};
}

Status Reading::read_tls_keys() {
  const auto parameter = TRY(structure_of<CK_TLS12_KEY_MAT_PARAMS>(mechanism_));
  TRY(read_hash(parameter.prfHashMechanism));
  if (parameter.pReturnedKeyMaterial == nullptr || parameter.bIsExport != CK_FALSE)
    return refused_parameter();
  for (const CK_ULONG bits :
       {parameter.ulMacSizeInBits, parameter.ulKeySizeInBits, parameter.ulIVSizeInBits}) {
    constexpr CK_ULONG kBitsMax = 4096;
    if (bits % 8 != 0 || bits > kBitsMax) return refused_parameter();
    view().sizes.push_back(static_cast<std::uint32_t>(bits / 8));
  }
  const CK_SSL3_KEY_MAT_OUT& material = *parameter.pReturnedKeyMaterial;
  const bool gives_ivs =
      mechanism_.mechanism == CKM_TLS12_KEY_AND_MAC_DERIVE && parameter.ulIVSizeInBits != 0;
  if (gives_ivs && (material.pIVClient == nullptr || material.pIVServer == nullptr)) {
    return refused_parameter();
  }
  result_.material = parameter.pReturnedKeyMaterial;
  own_salt(TRY(randoms(parameter.RandomInfo, false)));
  return {};
}

// RFC 5705, 4: client random, server random, and the context with its length in front, if there is one.
Status Reading::read_tls_kdf() {
  const auto parameter = TRY(structure_of<CK_TLS_KDF_PARAMS>(mechanism_));
  TRY(read_hash(parameter.prfMechanism));
  const Bytes label = TRY(octets_at(parameter.pLabel, parameter.ulLabelLength, kRandomBytesMax));
  const Bytes context =
      TRY(octets_at(parameter.pContextData, parameter.ulContextDataLength, kContextBytesMax));
  Buffer seed = TRY(randoms(parameter.RandomInfo, true));
  if (parameter.pContextData != nullptr) {
    seed.push_back(static_cast<std::uint8_t>(context.size() >> 8U));
    seed.push_back(static_cast<std::uint8_t>(context.size()));
    append(seed, context);
  }
  if (label.empty() || seed.size() > wire::kParameterBytesMax) return refused_parameter();
  own(result_.parameters, {{label, &view().info}, {seed, &view().salt}});
  return {};
}

Status Reading::read_shape(ParameterShape shape) {
  switch (shape) {
    case ParameterShape::hkdf: return read_hkdf();
    case ParameterShape::other_key: return read_other_key();
    case ParameterShape::data: return read_data();
    case ParameterShape::cbc_data: return read_cbc_data();
    case ParameterShape::first_bit: return read_first_bit();
    case ParameterShape::sp800_108: return read_sp800_108();
    case ParameterShape::sp800_108_feedback: return read_sp800_108_feedback();
    case ParameterShape::tls_master: return read_tls_master();
    case ParameterShape::tls_extended_master: return read_tls_extended_master();
    case ParameterShape::tls_keys: return read_tls_keys();
    case ParameterShape::tls_kdf: return read_tls_kdf();
    default: return read_plain();
  }
}

Result<DeriveParameters> Reading::read() {
  if (mechanism_.mechanism > std::numeric_limits<std::uint32_t>::max()) {
    return Error{Code::mechanism_invalid, "no such mechanism"};
  }
  TRY(read_shape(mechanism_shape(mechanism_.mechanism).parameter));
  view().mechanism = static_cast<std::uint32_t>(mechanism_.mechanism);
  return std::move(result_);
}

// The pseudo-random functions of PBKDF2 by their numbers in PKCS#11, as hashes of the wire.
Result<std::uint8_t> hash_of_prf(CK_ULONG prf) {
  switch (prf) {
    case CKP_PKCS5_PBKD2_HMAC_SHA1: return find_hash(CKM_SHA_1)->number;
    case CKP_PKCS5_PBKD2_HMAC_SHA224: return find_hash(CKM_SHA224)->number;
    case CKP_PKCS5_PBKD2_HMAC_SHA256: return find_hash(CKM_SHA256)->number;
    case CKP_PKCS5_PBKD2_HMAC_SHA384: return find_hash(CKM_SHA384)->number;
    case CKP_PKCS5_PBKD2_HMAC_SHA512: return find_hash(CKM_SHA512)->number;
    case CKP_PKCS5_PBKD2_HMAC_SHA512_224: return find_hash(CKM_SHA512_224)->number;
    case CKP_PKCS5_PBKD2_HMAC_SHA512_256: return find_hash(CKM_SHA512_256)->number;
    default: return refused_parameter();
  }
}

// The older structure points to the length, the newer one holds it. No memory lies below the first 64 KiB of
// an address space, and no password is as long.
CK_ULONG password_bytes(CK_ULONG length_or_pointer) {
  constexpr CK_ULONG kLowestAddress = 65536;
  if (length_or_pointer < kLowestAddress) return length_or_pointer;
  CK_ULONG length = 0;
  std::memcpy(&length, reinterpret_cast<const void*>(length_or_pointer), sizeof(length));
  return length;
}

}  // namespace

Result<DeriveParameters> read_derive_parameters(const CK_MECHANISM& mechanism) {
  return Reading(mechanism).read();
}

Result<PasswordParameters> read_password_parameters(const CK_MECHANISM& mechanism) {
  const auto parameter = TRY(structure_of<CK_PKCS5_PBKD2_PARAMS2>(mechanism));
  if (parameter.saltSource != CKZ_SALT_SPECIFIED || parameter.ulPrfDataLen != 0) return refused_parameter();
  const Bytes password =
      TRY(octets_at(parameter.pPassword, password_bytes(parameter.ulPasswordLen), wire::kPassphraseBytesMax));
  const Bytes salt =
      TRY(octets_at(parameter.pSaltSourceData, parameter.ulSaltSourceDataLen, wire::kParameterBytesMax));
  PasswordParameters result;
  result.parameters.view.mechanism = static_cast<std::uint32_t>(mechanism.mechanism);
  result.parameters.view.hash = TRY(hash_of_prf(parameter.prf));
  result.parameters.view.number = parameter.iterations;
  own(result.parameters, {{salt, &result.parameters.view.salt}});
  result.password = SecretBytes::copy_of(password);
  return result;
}

}  // namespace coffer::pkcs11
