// Function names: what a function of functions.h is called outside.
#pragma once

#include <string_view>

#include "pkcs11/functions.h"

namespace coffer::pkcs11 {

// kFunctionName is the exported name of one. A function that has none here cannot be called by an
// application.
template <auto kFunction>
extern const std::string_view kFunctionName;

template <>
inline constexpr std::string_view kFunctionName<initialize> = "C_Initialize";
template <>
inline constexpr std::string_view kFunctionName<finalize> = "C_Finalize";
template <>
inline constexpr std::string_view kFunctionName<get_info> = "C_GetInfo";
template <>
inline constexpr std::string_view kFunctionName<get_function_list> = "C_GetFunctionList";
template <>
inline constexpr std::string_view kFunctionName<get_slot_list> = "C_GetSlotList";
template <>
inline constexpr std::string_view kFunctionName<get_slot_info> = "C_GetSlotInfo";
template <>
inline constexpr std::string_view kFunctionName<get_token_info> = "C_GetTokenInfo";
template <>
inline constexpr std::string_view kFunctionName<get_mechanism_list> = "C_GetMechanismList";
template <>
inline constexpr std::string_view kFunctionName<get_mechanism_info> = "C_GetMechanismInfo";
template <>
inline constexpr std::string_view kFunctionName<init_token> = "C_InitToken";
template <>
inline constexpr std::string_view kFunctionName<init_pin> = "C_InitPIN";
template <>
inline constexpr std::string_view kFunctionName<set_pin> = "C_SetPIN";
template <>
inline constexpr std::string_view kFunctionName<open_session> = "C_OpenSession";
template <>
inline constexpr std::string_view kFunctionName<close_session> = "C_CloseSession";
template <>
inline constexpr std::string_view kFunctionName<close_all_sessions> = "C_CloseAllSessions";
template <>
inline constexpr std::string_view kFunctionName<get_session_info> = "C_GetSessionInfo";
template <>
inline constexpr std::string_view kFunctionName<get_operation_state> = "C_GetOperationState";
template <>
inline constexpr std::string_view kFunctionName<set_operation_state> = "C_SetOperationState";
template <>
inline constexpr std::string_view kFunctionName<login> = "C_Login";
template <>
inline constexpr std::string_view kFunctionName<logout> = "C_Logout";
template <>
inline constexpr std::string_view kFunctionName<create_object> = "C_CreateObject";
template <>
inline constexpr std::string_view kFunctionName<copy_object> = "C_CopyObject";
template <>
inline constexpr std::string_view kFunctionName<destroy_object> = "C_DestroyObject";
template <>
inline constexpr std::string_view kFunctionName<get_object_size> = "C_GetObjectSize";
template <>
inline constexpr std::string_view kFunctionName<get_attribute_value> = "C_GetAttributeValue";
template <>
inline constexpr std::string_view kFunctionName<set_attribute_value> = "C_SetAttributeValue";
template <>
inline constexpr std::string_view kFunctionName<find_objects_init> = "C_FindObjectsInit";
template <>
inline constexpr std::string_view kFunctionName<find_objects> = "C_FindObjects";
template <>
inline constexpr std::string_view kFunctionName<find_objects_final> = "C_FindObjectsFinal";
template <>
inline constexpr std::string_view kFunctionName<encrypt_init> = "C_EncryptInit";
template <>
inline constexpr std::string_view kFunctionName<encrypt> = "C_Encrypt";
template <>
inline constexpr std::string_view kFunctionName<encrypt_update> = "C_EncryptUpdate";
template <>
inline constexpr std::string_view kFunctionName<encrypt_final> = "C_EncryptFinal";
template <>
inline constexpr std::string_view kFunctionName<decrypt_init> = "C_DecryptInit";
template <>
inline constexpr std::string_view kFunctionName<decrypt> = "C_Decrypt";
template <>
inline constexpr std::string_view kFunctionName<decrypt_update> = "C_DecryptUpdate";
template <>
inline constexpr std::string_view kFunctionName<decrypt_final> = "C_DecryptFinal";
template <>
inline constexpr std::string_view kFunctionName<digest_init> = "C_DigestInit";
template <>
inline constexpr std::string_view kFunctionName<digest> = "C_Digest";
template <>
inline constexpr std::string_view kFunctionName<digest_update> = "C_DigestUpdate";
template <>
inline constexpr std::string_view kFunctionName<digest_key> = "C_DigestKey";
template <>
inline constexpr std::string_view kFunctionName<digest_final> = "C_DigestFinal";
template <>
inline constexpr std::string_view kFunctionName<sign_init> = "C_SignInit";
template <>
inline constexpr std::string_view kFunctionName<sign> = "C_Sign";
template <>
inline constexpr std::string_view kFunctionName<sign_update> = "C_SignUpdate";
template <>
inline constexpr std::string_view kFunctionName<sign_final> = "C_SignFinal";
template <>
inline constexpr std::string_view kFunctionName<sign_recover_init> = "C_SignRecoverInit";
template <>
inline constexpr std::string_view kFunctionName<sign_recover> = "C_SignRecover";
template <>
inline constexpr std::string_view kFunctionName<verify_init> = "C_VerifyInit";
template <>
inline constexpr std::string_view kFunctionName<verify> = "C_Verify";
template <>
inline constexpr std::string_view kFunctionName<verify_update> = "C_VerifyUpdate";
template <>
inline constexpr std::string_view kFunctionName<verify_final> = "C_VerifyFinal";
template <>
inline constexpr std::string_view kFunctionName<verify_recover_init> = "C_VerifyRecoverInit";
template <>
inline constexpr std::string_view kFunctionName<verify_recover> = "C_VerifyRecover";
template <>
inline constexpr std::string_view kFunctionName<digest_encrypt_update> = "C_DigestEncryptUpdate";
template <>
inline constexpr std::string_view kFunctionName<decrypt_digest_update> = "C_DecryptDigestUpdate";
template <>
inline constexpr std::string_view kFunctionName<sign_encrypt_update> = "C_SignEncryptUpdate";
template <>
inline constexpr std::string_view kFunctionName<decrypt_verify_update> = "C_DecryptVerifyUpdate";
template <>
inline constexpr std::string_view kFunctionName<generate_key> = "C_GenerateKey";
template <>
inline constexpr std::string_view kFunctionName<generate_key_pair> = "C_GenerateKeyPair";
template <>
inline constexpr std::string_view kFunctionName<wrap_key> = "C_WrapKey";
template <>
inline constexpr std::string_view kFunctionName<unwrap_key> = "C_UnwrapKey";
template <>
inline constexpr std::string_view kFunctionName<derive_key> = "C_DeriveKey";
template <>
inline constexpr std::string_view kFunctionName<seed_random> = "C_SeedRandom";
template <>
inline constexpr std::string_view kFunctionName<generate_random> = "C_GenerateRandom";
template <>
inline constexpr std::string_view kFunctionName<get_function_status> = "C_GetFunctionStatus";
template <>
inline constexpr std::string_view kFunctionName<cancel_function> = "C_CancelFunction";
template <>
inline constexpr std::string_view kFunctionName<wait_for_slot_event> = "C_WaitForSlotEvent";
template <>
inline constexpr std::string_view kFunctionName<get_interface_list> = "C_GetInterfaceList";
template <>
inline constexpr std::string_view kFunctionName<get_interface> = "C_GetInterface";
template <>
inline constexpr std::string_view kFunctionName<login_user> = "C_LoginUser";
template <>
inline constexpr std::string_view kFunctionName<session_cancel> = "C_SessionCancel";
template <>
inline constexpr std::string_view kFunctionName<message_encrypt_init> = "C_MessageEncryptInit";
template <>
inline constexpr std::string_view kFunctionName<encrypt_message> = "C_EncryptMessage";
template <>
inline constexpr std::string_view kFunctionName<encrypt_message_begin> = "C_EncryptMessageBegin";
template <>
inline constexpr std::string_view kFunctionName<encrypt_message_next> = "C_EncryptMessageNext";
template <>
inline constexpr std::string_view kFunctionName<message_encrypt_final> = "C_MessageEncryptFinal";
template <>
inline constexpr std::string_view kFunctionName<message_decrypt_init> = "C_MessageDecryptInit";
template <>
inline constexpr std::string_view kFunctionName<decrypt_message> = "C_DecryptMessage";
template <>
inline constexpr std::string_view kFunctionName<decrypt_message_begin> = "C_DecryptMessageBegin";
template <>
inline constexpr std::string_view kFunctionName<decrypt_message_next> = "C_DecryptMessageNext";
template <>
inline constexpr std::string_view kFunctionName<message_decrypt_final> = "C_MessageDecryptFinal";
template <>
inline constexpr std::string_view kFunctionName<message_sign_init> = "C_MessageSignInit";
template <>
inline constexpr std::string_view kFunctionName<sign_message> = "C_SignMessage";
template <>
inline constexpr std::string_view kFunctionName<sign_message_begin> = "C_SignMessageBegin";
template <>
inline constexpr std::string_view kFunctionName<sign_message_next> = "C_SignMessageNext";
template <>
inline constexpr std::string_view kFunctionName<message_sign_final> = "C_MessageSignFinal";
template <>
inline constexpr std::string_view kFunctionName<message_verify_init> = "C_MessageVerifyInit";
template <>
inline constexpr std::string_view kFunctionName<verify_message> = "C_VerifyMessage";
template <>
inline constexpr std::string_view kFunctionName<verify_message_begin> = "C_VerifyMessageBegin";
template <>
inline constexpr std::string_view kFunctionName<verify_message_next> = "C_VerifyMessageNext";
template <>
inline constexpr std::string_view kFunctionName<message_verify_final> = "C_MessageVerifyFinal";
template <>
inline constexpr std::string_view kFunctionName<encapsulate_key> = "C_EncapsulateKey";
template <>
inline constexpr std::string_view kFunctionName<decapsulate_key> = "C_DecapsulateKey";
template <>
inline constexpr std::string_view kFunctionName<verify_signature_init> = "C_VerifySignatureInit";
template <>
inline constexpr std::string_view kFunctionName<verify_signature> = "C_VerifySignature";
template <>
inline constexpr std::string_view kFunctionName<verify_signature_update> = "C_VerifySignatureUpdate";
template <>
inline constexpr std::string_view kFunctionName<verify_signature_final> = "C_VerifySignatureFinal";
template <>
inline constexpr std::string_view kFunctionName<get_session_validation_flags> = "C_GetSessionValidationFlags";
template <>
inline constexpr std::string_view kFunctionName<async_complete> = "C_AsyncComplete";
template <>
inline constexpr std::string_view kFunctionName<async_get_id> = "C_AsyncGetID";
template <>
inline constexpr std::string_view kFunctionName<async_join> = "C_AsyncJoin";
template <>
inline constexpr std::string_view kFunctionName<wrap_key_authenticated> = "C_WrapKeyAuthenticated";
template <>
inline constexpr std::string_view kFunctionName<unwrap_key_authenticated> = "C_UnwrapKeyAuthenticated";

}  // namespace coffer::pkcs11
