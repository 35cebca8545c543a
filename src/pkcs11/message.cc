// Messages: beginning, ending, and reading the parameter of each.
#include "pkcs11/message.h"

#include <cstring>

#include "pkcs11/module.h"
#include "pkcs11/parameters.h"
#include "pkcs11/session.h"

namespace coffer::pkcs11 {

namespace {

constexpr CK_ULONG kNonceBytesMax = 256;
constexpr CK_ULONG kTagBytesMax = 16;

Error refused() { return Error{Code::mechanism_parameter, "the message's parameter makes no sense"}; }

template <typename Structure>
Result<Structure> structure_at(const void* parameter, CK_ULONG parameter_bytes) {
  if (parameter == nullptr || parameter_bytes != sizeof(Structure)) return refused();
  Structure structure{};
  std::memcpy(&structure, parameter, sizeof(structure));
  return structure;
}

Result<MutableBytes> room_at(CK_BYTE* octets, CK_ULONG bytes, CK_ULONG bytes_max) {
  if (octets == nullptr || bytes == 0 || bytes > bytes_max) return refused();
  return MutableBytes{octets, bytes};
}

Status check_generator(const MessageParameter& parameter) {
  if (parameter.generator > CKG_GENERATE_COUNTER_XOR) return refused();
  return parameter.fixed_bits <= 8 * parameter.nonce.size() ? Status{} : refused();
}

Result<MessageParameter> read_gcm(const void* parameter, CK_ULONG parameter_bytes) {
  const auto gcm = TRY(structure_at<CK_GCM_MESSAGE_PARAMS>(parameter, parameter_bytes));
  if (gcm.ulTagBits % 8 != 0 || gcm.ulIvFixedBits > 8 * kNonceBytesMax) return refused();
  MessageParameter read;
  read.nonce = TRY(room_at(gcm.pIv, gcm.ulIvLen, kNonceBytesMax));
  read.tag = TRY(room_at(gcm.pTag, gcm.ulTagBits / 8, kTagBytesMax));
  read.generator = gcm.ivGenerator;
  read.fixed_bits = static_cast<std::uint32_t>(gcm.ulIvFixedBits);
  TRY(check_generator(read));
  return read;
}

Result<MessageParameter> read_ccm(const void* parameter, CK_ULONG parameter_bytes) {
  const auto ccm = TRY(structure_at<CK_CCM_MESSAGE_PARAMS>(parameter, parameter_bytes));
  if (ccm.ulNonceFixedBits > 8 * kNonceBytesMax) return refused();
  MessageParameter read;
  read.nonce = TRY(room_at(ccm.pNonce, ccm.ulNonceLen, kNonceBytesMax));
  read.data_bytes = ccm.ulDataLen;
  read.tag = TRY(room_at(ccm.pMAC, ccm.ulMACLen, kTagBytesMax));
  read.generator = ccm.nonceGenerator;
  read.fixed_bits = static_cast<std::uint32_t>(ccm.ulNonceFixedBits);
  TRY(check_generator(read));
  return read;
}

Result<MessageParameter> read_chacha(const void* parameter, CK_ULONG parameter_bytes) {
  const auto chacha = TRY(structure_at<CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS>(parameter, parameter_bytes));
  MessageParameter read;
  read.nonce = TRY(room_at(chacha.pNonce, poly1305_nonce_bytes(chacha.ulNonceLen), kNonceBytesMax));
  read.tag = TRY(room_at(chacha.pTag, kTagBytesMax, kTagBytesMax));
  return read;
}

}  // namespace

Answer check_no_parameter(const Operation& operation, const void* parameter, CK_ULONG parameter_bytes) {
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  return parameter == nullptr && parameter_bytes == 0 ? Answer{} : Answer{CKR_MECHANISM_PARAM_INVALID};
}

Answer need_no_parameter(Module& module, Session& session, Activity activity, const void* parameter,
                         CK_ULONG parameter_bytes) {
  const Answer checked = check_no_parameter(session.operation(activity), parameter, parameter_bytes);
  if (!checked.ok()) end_operation(module, session, activity);
  return checked;
}

Answer begin_message(Operation& operation) {
  if (!operation.is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  if (operation.stage != Stage::ready) return CKR_OPERATION_ACTIVE;
  operation.stage = Stage::collecting;
  return {};
}

Answer check_in_message(const Operation& operation) {
  const bool is_begun = operation.stage == Stage::collecting || operation.stage == Stage::streaming;
  return is_begun ? Answer{} : Answer{CKR_OPERATION_NOT_INITIALIZED};
}

Answer end_messages(Module& module, Session& session, Activity activity) {
  if (!session.operation(activity).is_active()) return CKR_OPERATION_NOT_INITIALIZED;
  quit_operation(module, session, activity);
  return {};
}

Result<MessageParameter> read_message_parameter(CK_MECHANISM_TYPE mechanism, const void* parameter,
                                                CK_ULONG parameter_bytes) {
  switch (mechanism) {
    case CKM_AES_GCM: return read_gcm(parameter, parameter_bytes);
    case CKM_AES_CCM: return read_ccm(parameter, parameter_bytes);
    case CKM_CHACHA20_POLY1305: return read_chacha(parameter, parameter_bytes);
    default: return refused();
  }
}

}  // namespace coffer::pkcs11
