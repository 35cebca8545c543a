// Functions: what the C_* symbols do, under the same name in snake_case; one file a chapter of the
// specification.
//
// Each takes exactly the arguments of its C_ function and checks them all: whatever an application passes is
// answered with a CKR_ value. Pointers must point where PKCS#11 says; nothing else is trusted. All are safe
// from many threads at once, and in the child of a fork.
#pragma once

#include "pkcs11/pkcs11.h"

namespace coffer::pkcs11 {

// general.cc
CK_RV initialize(CK_VOID_PTR arguments);
CK_RV finalize(CK_VOID_PTR reserved);
CK_RV get_info(CK_INFO_PTR info);
CK_RV get_function_list(CK_FUNCTION_LIST_PTR_PTR list);
CK_RV get_interface_list(CK_INTERFACE_PTR interfaces, CK_ULONG_PTR count);
CK_RV get_interface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version, CK_INTERFACE_PTR_PTR interface_found,
                    CK_FLAGS flags);

// slot.cc
CK_RV get_slot_list(CK_BBOOL token_present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count);
CK_RV get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info);
CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info);
CK_RV get_mechanism_list(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR mechanisms, CK_ULONG_PTR count);
CK_RV get_mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info);
CK_RV init_token(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes, CK_UTF8CHAR_PTR label);
CK_RV init_pin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes);
CK_RV set_pin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin, CK_ULONG old_pin_bytes,
              CK_UTF8CHAR_PTR new_pin, CK_ULONG new_pin_bytes);

// slot_event.cc
CK_RV wait_for_slot_event(CK_FLAGS flags, CK_SLOT_ID_PTR slot, CK_VOID_PTR reserved);

// session.cc
CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                   CK_SESSION_HANDLE_PTR session);
CK_RV close_session(CK_SESSION_HANDLE session);
CK_RV close_all_sessions(CK_SLOT_ID slot);
CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info);
CK_RV get_operation_state(CK_SESSION_HANDLE session, CK_BYTE_PTR state, CK_ULONG_PTR state_bytes);
CK_RV set_operation_state(CK_SESSION_HANDLE session, CK_BYTE_PTR state, CK_ULONG state_bytes,
                          CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentication_key);
CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes);
CK_RV logout(CK_SESSION_HANDLE session);
CK_RV get_function_status(CK_SESSION_HANDLE session);
CK_RV cancel_function(CK_SESSION_HANDLE session);
CK_RV login_user(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes,
                 CK_UTF8CHAR_PTR name, CK_ULONG name_bytes);
CK_RV session_cancel(CK_SESSION_HANDLE session, CK_FLAGS flags);
CK_RV get_session_validation_flags(CK_SESSION_HANDLE session, CK_SESSION_VALIDATION_FLAGS_TYPE type,
                                   CK_FLAGS_PTR flags);

// object.cc
CK_RV create_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                    CK_OBJECT_HANDLE_PTR object);
CK_RV copy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                  CK_ULONG count, CK_OBJECT_HANDLE_PTR copy);
CK_RV destroy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object);
CK_RV get_object_size(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG_PTR size);
CK_RV get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                          CK_ULONG count);
CK_RV set_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                          CK_ULONG count);
CK_RV find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count);
CK_RV find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG count_max,
                   CK_ULONG_PTR count);
CK_RV find_objects_final(CK_SESSION_HANDLE session);

// encrypt.cc
CK_RV encrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR encrypted,
              CK_ULONG_PTR encrypted_bytes);
CK_RV encrypt_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR encrypted,
                     CK_ULONG_PTR encrypted_bytes);
CK_RV encrypt_final(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);

// decrypt.cc
CK_RV decrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes, CK_BYTE_PTR data,
              CK_ULONG_PTR data_bytes);
CK_RV decrypt_update(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                     CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);
CK_RV decrypt_final(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);

// digest.cc
CK_RV digest_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism);
CK_RV digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR digest,
             CK_ULONG_PTR digest_bytes);
CK_RV digest_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
CK_RV digest_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);
CK_RV digest_final(CK_SESSION_HANDLE session, CK_BYTE_PTR digest, CK_ULONG_PTR digest_bytes);

// sign.cc
CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
           CK_ULONG_PTR signature_bytes);
CK_RV sign_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
CK_RV sign_final(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG_PTR signature_bytes);
CK_RV sign_recover_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV sign_recover(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
                   CK_ULONG_PTR signature_bytes);

// verify.cc
CK_RV verify_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
             CK_ULONG signature_bytes);
CK_RV verify_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
CK_RV verify_final(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_bytes);
CK_RV verify_recover_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV verify_recover(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_bytes,
                     CK_BYTE_PTR data, CK_ULONG_PTR data_bytes);

// dual.cc
CK_RV digest_encrypt_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes,
                            CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
CK_RV decrypt_digest_update(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                            CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);
CK_RV sign_encrypt_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes,
                          CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
CK_RV decrypt_verify_update(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                            CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);

// key.cc
CK_RV generate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR attributes,
                   CK_ULONG count, CK_OBJECT_HANDLE_PTR key);
CK_RV generate_key_pair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                        CK_ATTRIBUTE_PTR public_attributes, CK_ULONG public_count,
                        CK_ATTRIBUTE_PTR private_attributes, CK_ULONG private_count,
                        CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key);
CK_RV derive_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base_key,
                 CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key);

// wrap.cc
CK_RV wrap_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping_key,
               CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_bytes);
CK_RV unwrap_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping_key,
                 CK_BYTE_PTR wrapped, CK_ULONG wrapped_bytes, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                 CK_OBJECT_HANDLE_PTR key);
CK_RV wrap_key_authenticated(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                             CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key, CK_BYTE_PTR associated,
                             CK_ULONG associated_bytes, CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_bytes);
CK_RV unwrap_key_authenticated(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                               CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped, CK_ULONG wrapped_bytes,
                               CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR associated,
                               CK_ULONG associated_bytes, CK_OBJECT_HANDLE_PTR key);

// random.cc
CK_RV seed_random(CK_SESSION_HANDLE session, CK_BYTE_PTR seed, CK_ULONG seed_bytes);
CK_RV generate_random(CK_SESSION_HANDLE session, CK_BYTE_PTR random, CK_ULONG random_bytes);

// message.cc
CK_RV message_encrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV encrypt_message(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                      CK_BYTE_PTR associated, CK_ULONG associated_bytes, CK_BYTE_PTR data,
                      CK_ULONG data_bytes, CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
CK_RV encrypt_message_begin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                            CK_BYTE_PTR associated, CK_ULONG associated_bytes);
CK_RV encrypt_message_next(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                           CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR encrypted,
                           CK_ULONG_PTR encrypted_bytes, CK_FLAGS flags);
CK_RV message_encrypt_final(CK_SESSION_HANDLE session);
CK_RV message_decrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV decrypt_message(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                      CK_BYTE_PTR associated, CK_ULONG associated_bytes, CK_BYTE_PTR encrypted,
                      CK_ULONG encrypted_bytes, CK_BYTE_PTR data, CK_ULONG_PTR data_bytes);
CK_RV decrypt_message_begin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                            CK_BYTE_PTR associated, CK_ULONG associated_bytes);
CK_RV decrypt_message_next(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                           CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes, CK_BYTE_PTR part,
                           CK_ULONG_PTR part_bytes, CK_FLAGS flags);
CK_RV message_decrypt_final(CK_SESSION_HANDLE session);
CK_RV message_sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV sign_message(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                   CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
                   CK_ULONG_PTR signature_bytes);
CK_RV sign_message_begin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes);
CK_RV sign_message_next(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                        CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR signature,
                        CK_ULONG_PTR signature_bytes);
CK_RV message_sign_final(CK_SESSION_HANDLE session);
CK_RV message_verify_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV verify_message(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                     CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature, CK_ULONG signature_bytes);
CK_RV verify_message_begin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes);
CK_RV verify_message_next(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                          CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR signature,
                          CK_ULONG signature_bytes);
CK_RV message_verify_final(CK_SESSION_HANDLE session);

// encapsulate.cc
CK_RV encapsulate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE public_key,
                      CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR encapsulated,
                      CK_ULONG_PTR encapsulated_bytes, CK_OBJECT_HANDLE_PTR key);
CK_RV decapsulate_key(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE private_key,
                      CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR encapsulated,
                      CK_ULONG encapsulated_bytes, CK_OBJECT_HANDLE_PTR key);

// verify_signature.cc
CK_RV verify_signature_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key,
                            CK_BYTE_PTR signature, CK_ULONG signature_bytes);
CK_RV verify_signature(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes);
CK_RV verify_signature_update(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
CK_RV verify_signature_final(CK_SESSION_HANDLE session);

// async.cc
CK_RV async_complete(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ASYNC_DATA_PTR result);
CK_RV async_get_id(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ULONG_PTR id);
CK_RV async_join(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ULONG id, CK_BYTE_PTR data,
                 CK_ULONG data_bytes);

}  // namespace coffer::pkcs11
