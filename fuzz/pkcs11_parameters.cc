// PKCS#11 mechanism parameters: CK_MECHANISM of an application, structures with pointers included.
#include "pkcs11/parameters.h"

#include <cstring>
#include <vector>

#include "fuzz.h"
#include "pkcs11/mechanism.h"

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

}  // namespace

Status fuzz(Bytes input) {
  fuzzing::Input rest(input);
  CK_MECHANISM mechanism{};
  mechanism.mechanism = rest.number<std::uint64_t>();
  // A one in front of a mechanism's number says that it is for wrapping.
  if (mechanism.mechanism >> 32U == 1) return fuzz_wrapping(mechanism.mechanism & 0xFFFFFFFFU, rest);
  Application application(rest);
  fill(application, mechanism);
  const auto owned = TRY(pkcs11::read_parameters(mechanism));
  for (const Bytes& view :
       {owned.view.iv, owned.view.associated, owned.view.peer, owned.view.salt, owned.view.info}) {
    CHECK(lies_in(view, owned.octets));
  }
  // What the module makes of it, the chip can read.
  const auto decoded = codec::decode<wire::Parameters>(codec::encode(owned.view));
  CHECK(decoded.ok());
  return {};
}

}  // namespace coffer
