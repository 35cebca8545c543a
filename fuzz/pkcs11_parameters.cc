// PKCS#11 mechanism parameters: CK_MECHANISM of an application, structures with pointers included.
#include "pkcs11/parameters.h"

#include <cstring>
#include <vector>

#include "fuzz.h"
#include "pkcs11/derive_parameters.h"
#include "pkcs11/mechanism.h"
#include "targets.h"

namespace coffer {

namespace {

// Application is the memory of an application: pieces of exactly the size that it says.
class Application {
 public:
  explicit Application(fuzzing::Input& input) : input_(input) {}

  // piece gives a pointer and a length that belong together, or null with a length.
  void* piece(CK_ULONG& bytes) {
    const bool missing = input_.number<std::uint8_t>() == 1;
    pieces_.push_back(to_buffer(input_.piece()));
    bytes = pieces_.back().size();
    return missing ? nullptr : pieces_.back().data();
  }

  template <typename Structure>
  void parameter(CK_MECHANISM& mechanism, const Structure& structure) {
    Buffer octets(sizeof(structure));
    std::memcpy(octets.data(), &structure, sizeof(structure));
    if (input_.number<std::uint8_t>() == 1) octets.pop_back();
    pieces_.push_back(std::move(octets));
    mechanism.pParameter = pieces_.back().data();
    mechanism.ulParameterLen = pieces_.back().size();
  }

  // places gives room for results, or for structures to be filled; place gives one.
  template <typename Structure>
  Structure* places(CK_ULONG count) {
    pieces_.emplace_back(sizeof(Structure) * count);
    return count == 0 ? nullptr : reinterpret_cast<Structure*>(pieces_.back().data());
  }
  template <typename Structure>
  Structure* place() {
    return places<Structure>(1);
  }

  CK_ULONG number() { return input_.number<std::uint64_t>(); }
  CK_BYTE octet() { return input_.number<std::uint8_t>(); }

 private:
  fuzzing::Input& input_;
  std::vector<Buffer> pieces_;
};

void fill_gcm(Application& application, CK_MECHANISM& mechanism) {
  CK_GCM_PARAMS gcm{};
  gcm.pIv = static_cast<CK_BYTE*>(application.piece(gcm.ulIvLen));
  gcm.pAAD = static_cast<CK_BYTE*>(application.piece(gcm.ulAADLen));
  gcm.ulTagBits = application.number();
  application.parameter(mechanism, gcm);
}

void fill_pss(Application& application, CK_MECHANISM& mechanism) {
  application.parameter(
      mechanism, CK_RSA_PKCS_PSS_PARAMS{application.number(), application.number(), application.number()});
}

void fill_oaep(Application& application, CK_MECHANISM& mechanism) {
  CK_RSA_PKCS_OAEP_PARAMS oaep{};
  oaep.hashAlg = application.number();
  oaep.mgf = application.number();
  oaep.source = application.number();
  oaep.pSourceData = application.piece(oaep.ulSourceDataLen);
  application.parameter(mechanism, oaep);
}

void fill_ecdh(Application& application, CK_MECHANISM& mechanism) {
  CK_ECDH1_DERIVE_PARAMS ecdh{};
  ecdh.kdf = application.number();
  ecdh.pSharedData = static_cast<CK_BYTE*>(application.piece(ecdh.ulSharedDataLen));
  ecdh.pPublicData = static_cast<CK_BYTE*>(application.piece(ecdh.ulPublicDataLen));
  application.parameter(mechanism, ecdh);
}

void fill_hkdf(Application& application, CK_MECHANISM& mechanism) {
  CK_HKDF_PARAMS hkdf{};
  hkdf.bExtract = application.octet();
  hkdf.bExpand = application.octet();
  hkdf.prfHashMechanism = application.number();
  hkdf.ulSaltType = application.number();
  hkdf.pSalt = static_cast<CK_BYTE*>(application.piece(hkdf.ulSaltLen));
  hkdf.pInfo = static_cast<CK_BYTE*>(application.piece(hkdf.ulInfoLen));
  application.parameter(mechanism, hkdf);
}

void fill_rsa_aes(Application& application, CK_MECHANISM& mechanism, CK_RSA_PKCS_OAEP_PARAMS& oaep) {
  oaep.hashAlg = application.number();
  oaep.mgf = application.number();
  oaep.source = application.number();
  oaep.pSourceData = application.piece(oaep.ulSourceDataLen);
  const CK_ULONG bits = application.number();
  application.parameter(mechanism, CK_RSA_AES_KEY_WRAP_PARAMS{bits, bits == 0 ? nullptr : &oaep});
}

void fill_ecdh_aes(Application& application, CK_MECHANISM& mechanism) {
  CK_ECDH_AES_KEY_WRAP_PARAMS ecdh{};
  ecdh.ulAESKeyBits = application.number();
  ecdh.kdf = application.number();
  ecdh.pSharedData = static_cast<CK_BYTE*>(application.piece(ecdh.ulSharedDataLen));
  application.parameter(mechanism, ecdh);
}

void fill_gcm_wrap(Application& application, CK_MECHANISM& mechanism) {
  CK_GCM_WRAP_PARAMS gcm{};
  gcm.pIv = static_cast<CK_BYTE*>(application.piece(gcm.ulIvLen));
  gcm.ulIvFixedBits = application.number();
  gcm.ivGenerator = application.number();
  gcm.pAAD = static_cast<CK_BYTE*>(application.piece(gcm.ulAADLen));
  gcm.ulTagBits = application.number();
  application.parameter(mechanism, gcm);
}

void fill_eddsa(Application& application, CK_MECHANISM& mechanism) {
  if (application.octet() == 0) return;
  CK_EDDSA_PARAMS eddsa{};
  eddsa.phFlag = application.octet();
  eddsa.pContextData = static_cast<CK_BYTE*>(application.piece(eddsa.ulContextDataLen));
  application.parameter(mechanism, eddsa);
}

void fill_sign_context(Application& application, CK_MECHANISM& mechanism) {
  if (application.octet() == 0) return;
  CK_SIGN_ADDITIONAL_CONTEXT context{};
  context.hedgeVariant = application.number();
  context.pContext = static_cast<CK_BYTE*>(application.piece(context.ulContextLen));
  application.parameter(mechanism, context);
}

void fill_hash_sign_context(Application& application, CK_MECHANISM& mechanism) {
  CK_HASH_SIGN_ADDITIONAL_CONTEXT context{};
  context.hedgeVariant = application.number();
  context.pContext = static_cast<CK_BYTE*>(application.piece(context.ulContextLen));
  context.hash = application.number();
  application.parameter(mechanism, context);
}

void fill_ccm(Application& application, CK_MECHANISM& mechanism) {
  CK_CCM_PARAMS ccm{};
  ccm.ulDataLen = application.number();
  ccm.pNonce = static_cast<CK_BYTE*>(application.piece(ccm.ulNonceLen));
  ccm.pAAD = static_cast<CK_BYTE*>(application.piece(ccm.ulAADLen));
  ccm.ulMACLen = application.number();
  application.parameter(mechanism, ccm);
}

void fill_chacha20(Application& application, CK_MECHANISM& mechanism) {
  CK_CHACHA20_PARAMS chacha{};
  CK_ULONG bytes = 0;
  chacha.pBlockCounter = static_cast<CK_BYTE*>(application.piece(bytes));
  chacha.blockCounterBits = 8 * bytes;
  chacha.pNonce = static_cast<CK_BYTE*>(application.piece(bytes));
  chacha.ulNonceBits = 8 * bytes;
  application.parameter(mechanism, chacha);
}

void fill_poly1305(Application& application, CK_MECHANISM& mechanism) {
  CK_SALSA20_CHACHA20_POLY1305_PARAMS poly{};
  poly.pNonce = static_cast<CK_BYTE*>(application.piece(poly.ulNonceLen));
  poly.pAAD = static_cast<CK_BYTE*>(application.piece(poly.ulAADLen));
  application.parameter(mechanism, poly);
}

void fill_tls_mac(Application& application, CK_MECHANISM& mechanism) {
  application.parameter(mechanism,
                        CK_TLS_MAC_PARAMS{application.number(), application.number(), application.number()});
}

void fill_data(Application& application, CK_MECHANISM& mechanism) {
  CK_KEY_DERIVATION_STRING_DATA data{};
  data.pData = static_cast<CK_BYTE*>(application.piece(data.ulLen));
  application.parameter(mechanism, data);
}

void fill_cbc_data(Application& application, CK_MECHANISM& mechanism) {
  CK_AES_CBC_ENCRYPT_DATA_PARAMS data{};
  data.pData = static_cast<CK_BYTE*>(application.piece(data.length));
  application.parameter(mechanism, data);
}

CK_SSL3_RANDOM_DATA randoms(Application& application) {
  CK_SSL3_RANDOM_DATA data{};
  data.pClientRandom = static_cast<CK_BYTE*>(application.piece(data.ulClientRandomLen));
  data.pServerRandom = static_cast<CK_BYTE*>(application.piece(data.ulServerRandomLen));
  return data;
}

void fill_tls_master(Application& application, CK_MECHANISM& mechanism) {
  const CK_SSL3_RANDOM_DATA data = randoms(application);
  application.parameter(mechanism, CK_TLS12_MASTER_KEY_DERIVE_PARAMS{data, nullptr, application.number()});
}

void fill_tls_extended_master(Application& application, CK_MECHANISM& mechanism) {
  CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS master{};
  master.prfHashMechanism = application.number();
  master.pSessionHash = static_cast<CK_BYTE*>(application.piece(master.ulSessionHashLen));
  application.parameter(mechanism, master);
}

void fill_tls_keys(Application& application, CK_MECHANISM& mechanism) {
  CK_TLS12_KEY_MAT_PARAMS keys{};
  keys.ulMacSizeInBits = application.number();
  keys.ulKeySizeInBits = application.number();
  keys.ulIVSizeInBits = application.number();
  keys.bIsExport = application.octet();
  keys.RandomInfo = randoms(application);
  keys.pReturnedKeyMaterial = application.place<CK_SSL3_KEY_MAT_OUT>();
  keys.prfHashMechanism = application.number();
  application.parameter(mechanism, keys);
}

void fill_tls_kdf(Application& application, CK_MECHANISM& mechanism) {
  CK_TLS_KDF_PARAMS kdf{};
  kdf.prfMechanism = application.number();
  kdf.pLabel = static_cast<CK_BYTE*>(application.piece(kdf.ulLabelLength));
  kdf.RandomInfo = randoms(application);
  kdf.pContextData = static_cast<CK_BYTE*>(application.piece(kdf.ulContextDataLength));
  application.parameter(mechanism, kdf);
}

template <typename Structure>
void fill_sp800_108(Application& application, CK_MECHANISM& mechanism) {
  Structure kdf{};
  kdf.prfType = application.number();
  // One more than is taken.
  kdf.ulNumberOfDataParams = application.octet() % (wire::kDataPartsMax + 2);
  kdf.pDataParams = application.places<CK_PRF_DATA_PARAM>(kdf.ulNumberOfDataParams);
  for (CK_ULONG i = 0; i < kdf.ulNumberOfDataParams; ++i) {
    kdf.pDataParams[i].type = application.octet();
    kdf.pDataParams[i].pValue = application.piece(kdf.pDataParams[i].ulValueLen);
  }
  if constexpr (requires { kdf.pIV; }) {
    kdf.pIV = static_cast<CK_BYTE*>(application.piece(kdf.ulIVLen));
  }
  kdf.ulAdditionalDerivedKeys = application.octet() % (wire::kAdditionalKeysMax + 2);
  kdf.pAdditionalDerivedKeys = application.places<CK_DERIVED_KEY>(kdf.ulAdditionalDerivedKeys);
  for (CK_ULONG i = 0; i < kdf.ulAdditionalDerivedKeys; ++i) {
    if (application.octet() != 0) {
      kdf.pAdditionalDerivedKeys[i].phKey = application.place<CK_OBJECT_HANDLE>();
    }
  }
  application.parameter(mechanism, kdf);
}

// The last member is the length, or points to it as in the older structure.
void fill_password(Application& application, CK_MECHANISM& mechanism) {
  CK_PKCS5_PBKD2_PARAMS2 password{};
  password.saltSource = application.number();
  password.pSaltSourceData = application.piece(password.ulSaltSourceDataLen);
  password.iterations = application.number();
  password.prf = application.number();
  password.pPassword = static_cast<CK_UTF8CHAR*>(application.piece(password.ulPasswordLen));
  password.ulPasswordLen %= 65536;  // beyond that it would be taken for a pointer
  if (application.octet() == 1) {
    auto* length = application.place<CK_ULONG>();
    *length = password.ulPasswordLen;
    password.ulPasswordLen = reinterpret_cast<CK_ULONG>(length);
  }
  application.parameter(mechanism, password);
}

// What has no pointers inside is given as octets.
void fill_plain(Application& application, CK_MECHANISM& mechanism) {
  mechanism.pParameter = application.piece(mechanism.ulParameterLen);
}

void fill(Application& application, CK_MECHANISM& mechanism) {
  switch (pkcs11::mechanism_shape(mechanism.mechanism).parameter) {
    case pkcs11::ParameterShape::gcm: return fill_gcm(application, mechanism);
    case pkcs11::ParameterShape::pss: return fill_pss(application, mechanism);
    case pkcs11::ParameterShape::oaep: return fill_oaep(application, mechanism);
    case pkcs11::ParameterShape::ecdh: return fill_ecdh(application, mechanism);
    case pkcs11::ParameterShape::hkdf: return fill_hkdf(application, mechanism);
    case pkcs11::ParameterShape::eddsa: return fill_eddsa(application, mechanism);
    case pkcs11::ParameterShape::sign_context: return fill_sign_context(application, mechanism);
    case pkcs11::ParameterShape::hash_sign_context: return fill_hash_sign_context(application, mechanism);
    case pkcs11::ParameterShape::ccm: return fill_ccm(application, mechanism);
    case pkcs11::ParameterShape::chacha20: return fill_chacha20(application, mechanism);
    case pkcs11::ParameterShape::poly1305: return fill_poly1305(application, mechanism);
    case pkcs11::ParameterShape::tls_mac: return fill_tls_mac(application, mechanism);
    case pkcs11::ParameterShape::data: return fill_data(application, mechanism);
    case pkcs11::ParameterShape::cbc_data: return fill_cbc_data(application, mechanism);
    case pkcs11::ParameterShape::tls_master: return fill_tls_master(application, mechanism);
    case pkcs11::ParameterShape::tls_extended_master: return fill_tls_extended_master(application, mechanism);
    case pkcs11::ParameterShape::tls_keys: return fill_tls_keys(application, mechanism);
    case pkcs11::ParameterShape::tls_kdf: return fill_tls_kdf(application, mechanism);
    case pkcs11::ParameterShape::sp800_108:
      return fill_sp800_108<CK_SP800_108_KDF_PARAMS>(application, mechanism);
    case pkcs11::ParameterShape::sp800_108_feedback:
      return fill_sp800_108<CK_SP800_108_FEEDBACK_KDF_PARAMS>(application, mechanism);
    case pkcs11::ParameterShape::password: return fill_password(application, mechanism);
    default: return fill_plain(application, mechanism);
  }
}

bool lies_in(Bytes part, const Buffer& whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// What C_WrapKey makes of the rest of the input.
Status fuzz_wrapping(CK_MECHANISM_TYPE type, fuzzing::Input& rest) {
  CK_MECHANISM mechanism{};
  mechanism.mechanism = type;
  Application application(rest);
  CK_RSA_PKCS_OAEP_PARAMS oaep{};
  CK_ULONG associated_bytes = 0;
  const auto* associated = static_cast<const CK_BYTE*>(application.piece(associated_bytes));
  if (associated == nullptr) associated_bytes = 0;
  const auto wrapping = application.octet() == 0 ? pkcs11::Wrapping::wrap : pkcs11::Wrapping::unwrap;
  switch (type) {
    case CKM_RSA_AES_KEY_WRAP: fill_rsa_aes(application, mechanism, oaep); break;
    case CKM_ECDH_AES_KEY_WRAP: fill_ecdh_aes(application, mechanism); break;
    default: fill_gcm_wrap(application, mechanism);
  }
  const auto read = TRY(pkcs11::read_wrap_parameters(mechanism, wrapping, {associated, associated_bytes}));
  for (const Bytes& view : {read.owned.view.iv, read.owned.view.associated, read.owned.view.salt}) {
    CHECK(lies_in(view, read.owned.octets));
  }
  CHECK((read.nonce == nullptr) == (read.nonce_bytes == 0));
  CHECK(wrapping == pkcs11::Wrapping::wrap || read.nonce == nullptr);
  return {};
}

// What the module makes of a parameter lies in its own octets, and the chip can read it.
Status check(const pkcs11::OwnedParameters& owned) {
  for (const Bytes& view :
       {owned.view.iv, owned.view.associated, owned.view.peer, owned.view.salt, owned.view.info}) {
    CHECK(lies_in(view, owned.octets));
  }
  const auto decoded = codec::decode<wire::Parameters>(codec::encode(owned.view));
  CHECK(decoded.ok());
  return {};
}

}  // namespace

Status fuzz_pkcs11_parameters(Bytes input) {
  fuzzing::Input rest(input);
  CK_MECHANISM mechanism{};
  mechanism.mechanism = rest.number<std::uint64_t>();
  // A one in front of a mechanism's number says that it is for wrapping.
  if (mechanism.mechanism >> 32U == 1) return fuzz_wrapping(mechanism.mechanism & 0xFFFFFFFFU, rest);
  Application application(rest);
  fill(application, mechanism);
  if (mechanism.mechanism == CKM_PKCS5_PBKD2) {
    const auto password = TRY(pkcs11::read_password_parameters(mechanism));
    return check(password.parameters);
  }
  // This reads the parameters of the other functions, too.
  const auto derivation = TRY(pkcs11::read_derive_parameters(mechanism));
  return check(derivation.parameters);
}

}  // namespace coffer
