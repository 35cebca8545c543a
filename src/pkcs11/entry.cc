// Entry: the exported C_* symbols. Each forwards to the function of the same name in functions.h.
#include "pkcs11/functions.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/uncancelled.h"

namespace door = coffer::pkcs11;

extern "C" {

[[gnu::visibility("default")]] CK_RV C_Initialize(CK_VOID_PTR arguments) {
  return door::uncancelled<door::initialize>(arguments);
}

[[gnu::visibility("default")]] CK_RV C_Finalize(CK_VOID_PTR reserved) {
  return door::uncancelled<door::finalize>(reserved);
}

[[gnu::visibility("default")]] CK_RV C_GetInfo(CK_INFO_PTR info) {
  return door::uncancelled<door::get_info>(info);
}

[[gnu::visibility("default")]] CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  return door::uncancelled<door::get_function_list>(list);
}

[[gnu::visibility("default")]] CK_RV C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID_PTR slots,
                                                   CK_ULONG_PTR count) {
  return door::uncancelled<door::get_slot_list>(token_present, slots, count);
}

[[gnu::visibility("default")]] CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info) {
  return door::uncancelled<door::get_slot_info>(slot, info);
}

[[gnu::visibility("default")]] CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
  return door::uncancelled<door::get_token_info>(slot, info);
}

[[gnu::visibility("default")]] CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR mechanisms,
                                                        CK_ULONG_PTR count) {
  return door::uncancelled<door::get_mechanism_list>(slot, mechanisms, count);
}

[[gnu::visibility("default")]] CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                                                        CK_MECHANISM_INFO_PTR info) {
  return door::uncancelled<door::get_mechanism_info>(slot, type, info);
}

[[gnu::visibility("default")]] CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes,
                                                 CK_UTF8CHAR_PTR label) {
  return door::uncancelled<door::init_token>(slot, pin, pin_bytes, label);
}

[[gnu::visibility("default")]] CK_RV C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin,
                                               CK_ULONG pin_bytes) {
  return door::uncancelled<door::init_pin>(session, pin, pin_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin,
                                              CK_ULONG old_pin_bytes, CK_UTF8CHAR_PTR new_pin,
                                              CK_ULONG new_pin_bytes) {
  return door::uncancelled<door::set_pin>(session, old_pin, old_pin_bytes, new_pin, new_pin_bytes);
}

[[gnu::visibility("default")]] CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
                                                   CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session) {
  return door::uncancelled<door::open_session>(slot, flags, application, notify, session);
}

[[gnu::visibility("default")]] CK_RV C_CloseSession(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::close_session>(session);
}

[[gnu::visibility("default")]] CK_RV C_CloseAllSessions(CK_SLOT_ID slot) {
  return door::uncancelled<door::close_all_sessions>(slot);
}

[[gnu::visibility("default")]] CK_RV C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info) {
  return door::uncancelled<door::get_session_info>(session, info);
}

[[gnu::visibility("default")]] CK_RV C_GetOperationState(CK_SESSION_HANDLE session, CK_BYTE_PTR state,
                                                         CK_ULONG_PTR state_bytes) {
  return door::uncancelled<door::get_operation_state>(session, state, state_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SetOperationState(CK_SESSION_HANDLE session, CK_BYTE_PTR state,
                                                         CK_ULONG state_bytes,
                                                         CK_OBJECT_HANDLE encryption_key,
                                                         CK_OBJECT_HANDLE authentication_key) {
  return door::uncancelled<door::set_operation_state>(session, state, state_bytes, encryption_key,
                                                      authentication_key);
}

[[gnu::visibility("default")]] CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user,
                                             CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes) {
  return door::uncancelled<door::login>(session, user, pin, pin_bytes);
}

[[gnu::visibility("default")]] CK_RV C_Logout(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::logout>(session);
}

[[gnu::visibility("default")]] CK_RV C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes,
                                                    CK_ULONG count, CK_OBJECT_HANDLE_PTR object) {
  return door::uncancelled<door::create_object>(session, attributes, count, object);
}

[[gnu::visibility("default")]] CK_RV C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                                  CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                                                  CK_OBJECT_HANDLE_PTR copy) {
  return door::uncancelled<door::copy_object>(session, object, attributes, count, copy);
}

[[gnu::visibility("default")]] CK_RV C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
  return door::uncancelled<door::destroy_object>(session, object);
}

[[gnu::visibility("default")]] CK_RV C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                                     CK_ULONG_PTR size) {
  return door::uncancelled<door::get_object_size>(session, object, size);
}

[[gnu::visibility("default")]] CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                                         CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
  return door::uncancelled<door::get_attribute_value>(session, object, attributes, count);
}

[[gnu::visibility("default")]] CK_RV C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                                         CK_ATTRIBUTE_PTR attributes, CK_ULONG count) {
  return door::uncancelled<door::set_attribute_value>(session, object, attributes, count);
}

[[gnu::visibility("default")]] CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes,
                                                       CK_ULONG count) {
  return door::uncancelled<door::find_objects_init>(session, attributes, count);
}

[[gnu::visibility("default")]] CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects,
                                                   CK_ULONG count_max, CK_ULONG_PTR count) {
  return door::uncancelled<door::find_objects>(session, objects, count_max, count);
}

[[gnu::visibility("default")]] CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::find_objects_final>(session);
}

[[gnu::visibility("default")]] CK_RV C_EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                   CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::encrypt_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_Encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                                               CK_ULONG data_bytes, CK_BYTE_PTR encrypted,
                                               CK_ULONG_PTR encrypted_bytes) {
  return door::uncancelled<door::encrypt>(session, data, data_bytes, encrypted, encrypted_bytes);
}

[[gnu::visibility("default")]] CK_RV C_EncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                                                     CK_ULONG part_bytes, CK_BYTE_PTR encrypted,
                                                     CK_ULONG_PTR encrypted_bytes) {
  return door::uncancelled<door::encrypt_update>(session, part, part_bytes, encrypted, encrypted_bytes);
}

[[gnu::visibility("default")]] CK_RV C_EncryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                                                    CK_ULONG_PTR encrypted_bytes) {
  return door::uncancelled<door::encrypt_final>(session, encrypted, encrypted_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                   CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::decrypt_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_Decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                                               CK_ULONG encrypted_bytes, CK_BYTE_PTR data,
                                               CK_ULONG_PTR data_bytes) {
  return door::uncancelled<door::decrypt>(session, encrypted, encrypted_bytes, data, data_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DecryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                                                     CK_ULONG encrypted_bytes, CK_BYTE_PTR part,
                                                     CK_ULONG_PTR part_bytes) {
  return door::uncancelled<door::decrypt_update>(session, encrypted, encrypted_bytes, part, part_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DecryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                                                    CK_ULONG_PTR part_bytes) {
  return door::uncancelled<door::decrypt_final>(session, part, part_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DigestInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism) {
  return door::uncancelled<door::digest_init>(session, mechanism);
}

[[gnu::visibility("default")]] CK_RV C_Digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                                              CK_ULONG data_bytes, CK_BYTE_PTR digest,
                                              CK_ULONG_PTR digest_bytes) {
  return door::uncancelled<door::digest>(session, data, data_bytes, digest, digest_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                                                    CK_ULONG part_bytes) {
  return door::uncancelled<door::digest_update>(session, part, part_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::digest_key>(session, key);
}

[[gnu::visibility("default")]] CK_RV C_DigestFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR digest,
                                                   CK_ULONG_PTR digest_bytes) {
  return door::uncancelled<door::digest_final>(session, digest, digest_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::sign_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes,
                                            CK_BYTE_PTR signature, CK_ULONG_PTR signature_bytes) {
  return door::uncancelled<door::sign>(session, data, data_bytes, signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                                                  CK_ULONG part_bytes) {
  return door::uncancelled<door::sign_update>(session, part, part_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SignFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
                                                 CK_ULONG_PTR signature_bytes) {
  return door::uncancelled<door::sign_final>(session, signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SignRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                       CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::sign_recover_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_SignRecover(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                                                   CK_ULONG data_bytes, CK_BYTE_PTR signature,
                                                   CK_ULONG_PTR signature_bytes) {
  return door::uncancelled<door::sign_recover>(session, data, data_bytes, signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                  CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::verify_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_Verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                                              CK_ULONG data_bytes, CK_BYTE_PTR signature,
                                              CK_ULONG signature_bytes) {
  return door::uncancelled<door::verify>(session, data, data_bytes, signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                                                    CK_ULONG part_bytes) {
  return door::uncancelled<door::verify_update>(session, part, part_bytes);
}

[[gnu::visibility("default")]] CK_RV C_VerifyFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
                                                   CK_ULONG signature_bytes) {
  return door::uncancelled<door::verify_final>(session, signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE session,
                                                         CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::verify_recover_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_VerifyRecover(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
                                                     CK_ULONG signature_bytes, CK_BYTE_PTR data,
                                                     CK_ULONG_PTR data_bytes) {
  return door::uncancelled<door::verify_recover>(session, signature, signature_bytes, data, data_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                                                           CK_ULONG part_bytes, CK_BYTE_PTR encrypted,
                                                           CK_ULONG_PTR encrypted_bytes) {
  return door::uncancelled<door::digest_encrypt_update>(session, part, part_bytes, encrypted,
                                                        encrypted_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                                                           CK_ULONG encrypted_bytes, CK_BYTE_PTR part,
                                                           CK_ULONG_PTR part_bytes) {
  return door::uncancelled<door::decrypt_digest_update>(session, encrypted, encrypted_bytes, part,
                                                        part_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                                                         CK_ULONG part_bytes, CK_BYTE_PTR encrypted,
                                                         CK_ULONG_PTR encrypted_bytes) {
  return door::uncancelled<door::sign_encrypt_update>(session, part, part_bytes, encrypted, encrypted_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                                                           CK_ULONG encrypted_bytes, CK_BYTE_PTR part,
                                                           CK_ULONG_PTR part_bytes) {
  return door::uncancelled<door::decrypt_verify_update>(session, encrypted, encrypted_bytes, part,
                                                        part_bytes);
}

[[gnu::visibility("default")]] CK_RV C_GenerateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                   CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                                                   CK_OBJECT_HANDLE_PTR key) {
  return door::uncancelled<door::generate_key>(session, mechanism, attributes, count, key);
}

[[gnu::visibility("default")]] CK_RV C_GenerateKeyPair(
    CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR public_attributes,
    CK_ULONG public_count, CK_ATTRIBUTE_PTR private_attributes, CK_ULONG private_count,
    CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key) {
  return door::uncancelled<door::generate_key_pair>(session, mechanism, public_attributes, public_count,
                                                    private_attributes, private_count, public_key,
                                                    private_key);
}

[[gnu::visibility("default")]] CK_RV C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                               CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key,
                                               CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_bytes) {
  return door::uncancelled<door::wrap_key>(session, mechanism, wrapping_key, key, wrapped, wrapped_bytes);
}

[[gnu::visibility("default")]] CK_RV C_UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                 CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped,
                                                 CK_ULONG wrapped_bytes, CK_ATTRIBUTE_PTR attributes,
                                                 CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
  return door::uncancelled<door::unwrap_key>(session, mechanism, unwrapping_key, wrapped, wrapped_bytes,
                                             attributes, count, key);
}

[[gnu::visibility("default")]] CK_RV C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                 CK_OBJECT_HANDLE base_key, CK_ATTRIBUTE_PTR attributes,
                                                 CK_ULONG count, CK_OBJECT_HANDLE_PTR key) {
  return door::uncancelled<door::derive_key>(session, mechanism, base_key, attributes, count, key);
}

[[gnu::visibility("default")]] CK_RV C_SeedRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR seed,
                                                  CK_ULONG seed_bytes) {
  return door::uncancelled<door::seed_random>(session, seed, seed_bytes);
}

[[gnu::visibility("default")]] CK_RV C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR random,
                                                      CK_ULONG random_bytes) {
  return door::uncancelled<door::generate_random>(session, random, random_bytes);
}

[[gnu::visibility("default")]] CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::get_function_status>(session);
}

[[gnu::visibility("default")]] CK_RV C_CancelFunction(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::cancel_function>(session);
}

[[gnu::visibility("default")]] CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR slot,
                                                        CK_VOID_PTR reserved) {
  return door::wait_for_slot_event(flags, slot, reserved);
}

[[gnu::visibility("default")]] CK_RV C_GetInterfaceList(CK_INTERFACE_PTR interfaces, CK_ULONG_PTR count) {
  return door::uncancelled<door::get_interface_list>(interfaces, count);
}

[[gnu::visibility("default")]] CK_RV C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
                                                    CK_INTERFACE_PTR_PTR interface_found, CK_FLAGS flags) {
  return door::uncancelled<door::get_interface>(name, version, interface_found, flags);
}

[[gnu::visibility("default")]] CK_RV C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user,
                                                 CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes,
                                                 CK_UTF8CHAR_PTR name, CK_ULONG name_bytes) {
  return door::uncancelled<door::login_user>(session, user, pin, pin_bytes, name, name_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS flags) {
  return door::uncancelled<door::session_cancel>(session, flags);
}

[[gnu::visibility("default")]] CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE session,
                                                          CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::message_encrypt_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_EncryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                      CK_ULONG parameter_bytes, CK_BYTE_PTR associated,
                                                      CK_ULONG associated_bytes, CK_BYTE_PTR data,
                                                      CK_ULONG data_bytes, CK_BYTE_PTR encrypted,
                                                      CK_ULONG_PTR encrypted_bytes) {
  return door::uncancelled<door::encrypt_message>(session, parameter, parameter_bytes, associated,
                                                  associated_bytes, data, data_bytes, encrypted,
                                                  encrypted_bytes);
}

[[gnu::visibility("default")]] CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                           CK_ULONG parameter_bytes, CK_BYTE_PTR associated,
                                                           CK_ULONG associated_bytes) {
  return door::uncancelled<door::encrypt_message_begin>(session, parameter, parameter_bytes, associated,
                                                        associated_bytes);
}

[[gnu::visibility("default")]] CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                          CK_ULONG parameter_bytes, CK_BYTE_PTR part,
                                                          CK_ULONG part_bytes, CK_BYTE_PTR encrypted,
                                                          CK_ULONG_PTR encrypted_bytes, CK_FLAGS flags) {
  return door::uncancelled<door::encrypt_message_next>(session, parameter, parameter_bytes, part, part_bytes,
                                                       encrypted, encrypted_bytes, flags);
}

[[gnu::visibility("default")]] CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::message_encrypt_final>(session);
}

[[gnu::visibility("default")]] CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE session,
                                                          CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::message_decrypt_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_DecryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                      CK_ULONG parameter_bytes, CK_BYTE_PTR associated,
                                                      CK_ULONG associated_bytes, CK_BYTE_PTR encrypted,
                                                      CK_ULONG encrypted_bytes, CK_BYTE_PTR data,
                                                      CK_ULONG_PTR data_bytes) {
  return door::uncancelled<door::decrypt_message>(session, parameter, parameter_bytes, associated,
                                                  associated_bytes, encrypted, encrypted_bytes, data,
                                                  data_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                           CK_ULONG parameter_bytes, CK_BYTE_PTR associated,
                                                           CK_ULONG associated_bytes) {
  return door::uncancelled<door::decrypt_message_begin>(session, parameter, parameter_bytes, associated,
                                                        associated_bytes);
}

[[gnu::visibility("default")]] CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                          CK_ULONG parameter_bytes, CK_BYTE_PTR encrypted,
                                                          CK_ULONG encrypted_bytes, CK_BYTE_PTR part,
                                                          CK_ULONG_PTR part_bytes, CK_FLAGS flags) {
  return door::uncancelled<door::decrypt_message_next>(session, parameter, parameter_bytes, encrypted,
                                                       encrypted_bytes, part, part_bytes, flags);
}

[[gnu::visibility("default")]] CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::message_decrypt_final>(session);
}

[[gnu::visibility("default")]] CK_RV C_MessageSignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                       CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::message_sign_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_SignMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                   CK_ULONG parameter_bytes, CK_BYTE_PTR data,
                                                   CK_ULONG data_bytes, CK_BYTE_PTR signature,
                                                   CK_ULONG_PTR signature_bytes) {
  return door::uncancelled<door::sign_message>(session, parameter, parameter_bytes, data, data_bytes,
                                               signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SignMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                        CK_ULONG parameter_bytes) {
  return door::uncancelled<door::sign_message_begin>(session, parameter, parameter_bytes);
}

[[gnu::visibility("default")]] CK_RV C_SignMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                       CK_ULONG parameter_bytes, CK_BYTE_PTR part,
                                                       CK_ULONG part_bytes, CK_BYTE_PTR signature,
                                                       CK_ULONG_PTR signature_bytes) {
  return door::uncancelled<door::sign_message_next>(session, parameter, parameter_bytes, part, part_bytes,
                                                    signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_MessageSignFinal(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::message_sign_final>(session);
}

[[gnu::visibility("default")]] CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE session,
                                                         CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
  return door::uncancelled<door::message_verify_init>(session, mechanism, key);
}

[[gnu::visibility("default")]] CK_RV C_VerifyMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                     CK_ULONG parameter_bytes, CK_BYTE_PTR data,
                                                     CK_ULONG data_bytes, CK_BYTE_PTR signature,
                                                     CK_ULONG signature_bytes) {
  return door::uncancelled<door::verify_message>(session, parameter, parameter_bytes, data, data_bytes,
                                                 signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                          CK_ULONG parameter_bytes) {
  return door::uncancelled<door::verify_message_begin>(session, parameter, parameter_bytes);
}

[[gnu::visibility("default")]] CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                                         CK_ULONG parameter_bytes, CK_BYTE_PTR part,
                                                         CK_ULONG part_bytes, CK_BYTE_PTR signature,
                                                         CK_ULONG signature_bytes) {
  return door::uncancelled<door::verify_message_next>(session, parameter, parameter_bytes, part, part_bytes,
                                                      signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::message_verify_final>(session);
}

[[gnu::visibility("default")]] CK_RV C_EncapsulateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                      CK_OBJECT_HANDLE public_key,
                                                      CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                                                      CK_BYTE_PTR encapsulated,
                                                      CK_ULONG_PTR encapsulated_bytes,
                                                      CK_OBJECT_HANDLE_PTR key) {
  return door::uncancelled<door::encapsulate_key>(session, mechanism, public_key, attributes, count,
                                                  encapsulated, encapsulated_bytes, key);
}

[[gnu::visibility("default")]] CK_RV C_DecapsulateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                                      CK_OBJECT_HANDLE private_key,
                                                      CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                                                      CK_BYTE_PTR encapsulated, CK_ULONG encapsulated_bytes,
                                                      CK_OBJECT_HANDLE_PTR key) {
  return door::uncancelled<door::decapsulate_key>(session, mechanism, private_key, attributes, count,
                                                  encapsulated, encapsulated_bytes, key);
}

[[gnu::visibility("default")]] CK_RV C_VerifySignatureInit(CK_SESSION_HANDLE session,
                                                           CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key,
                                                           CK_BYTE_PTR signature, CK_ULONG signature_bytes) {
  return door::uncancelled<door::verify_signature_init>(session, mechanism, key, signature, signature_bytes);
}

[[gnu::visibility("default")]] CK_RV C_VerifySignature(CK_SESSION_HANDLE session, CK_BYTE_PTR data,
                                                       CK_ULONG data_bytes) {
  return door::uncancelled<door::verify_signature>(session, data, data_bytes);
}

[[gnu::visibility("default")]] CK_RV C_VerifySignatureUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part,
                                                             CK_ULONG part_bytes) {
  return door::uncancelled<door::verify_signature_update>(session, part, part_bytes);
}

[[gnu::visibility("default")]] CK_RV C_VerifySignatureFinal(CK_SESSION_HANDLE session) {
  return door::uncancelled<door::verify_signature_final>(session);
}

[[gnu::visibility("default")]] CK_RV C_GetSessionValidationFlags(CK_SESSION_HANDLE session,
                                                                 CK_SESSION_VALIDATION_FLAGS_TYPE type,
                                                                 CK_FLAGS_PTR flags) {
  return door::uncancelled<door::get_session_validation_flags>(session, type, flags);
}

[[gnu::visibility("default")]] CK_RV C_AsyncComplete(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function,
                                                     CK_ASYNC_DATA_PTR result) {
  return door::uncancelled<door::async_complete>(session, function, result);
}

[[gnu::visibility("default")]] CK_RV C_AsyncGetID(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function,
                                                  CK_ULONG_PTR id) {
  return door::uncancelled<door::async_get_id>(session, function, id);
}

[[gnu::visibility("default")]] CK_RV C_AsyncJoin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function,
                                                 CK_ULONG id, CK_BYTE_PTR data, CK_ULONG data_bytes) {
  return door::uncancelled<door::async_join>(session, function, id, data, data_bytes);
}

[[gnu::visibility("default")]] CK_RV C_WrapKeyAuthenticated(CK_SESSION_HANDLE session,
                                                            CK_MECHANISM_PTR mechanism,
                                                            CK_OBJECT_HANDLE wrapping_key,
                                                            CK_OBJECT_HANDLE key, CK_BYTE_PTR associated,
                                                            CK_ULONG associated_bytes, CK_BYTE_PTR wrapped,
                                                            CK_ULONG_PTR wrapped_bytes) {
  return door::uncancelled<door::wrap_key_authenticated>(session, mechanism, wrapping_key, key, associated,
                                                         associated_bytes, wrapped, wrapped_bytes);
}

[[gnu::visibility("default")]] CK_RV C_UnwrapKeyAuthenticated(
    CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping_key,
    CK_BYTE_PTR wrapped, CK_ULONG wrapped_bytes, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
    CK_BYTE_PTR associated, CK_ULONG associated_bytes, CK_OBJECT_HANDLE_PTR key) {
  return door::uncancelled<door::unwrap_key_authenticated>(session, mechanism, unwrapping_key, wrapped,
                                                           wrapped_bytes, attributes, count, associated,
                                                           associated_bytes, key);
}

}  // extern "C"
