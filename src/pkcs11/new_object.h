// New objects: what C_CreateObject, C_CopyObject, C_GenerateKey, C_GenerateKeyPair and C_DeriveKey have in
// common.
#pragma once

#include "pkcs11/module.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/return_value.h"
#include "pkcs11/session.h"
#include "pkcs11/template.h"
#include "wire/messages.h"

namespace coffer::pkcs11 {

// check_new_object refuses a token object in a read-only session, and a private object when the user is not
// logged in.
Answer check_new_object(Module& module, const Session& session, bool is_token, bool is_private);

// set_answer is what to say when the chip refused a new object of a key type: it knows one word for a curve
// and a parameter set that it does not support.
Answer set_answer(const Error& error, std::uint64_t key_type);

// read_new_object reads the template of a new key and checks it against the session.
Answer read_new_object(Module& module, const Session& session, const CK_ATTRIBUTE* attributes, CK_ULONG count,
                       OwnedTemplate& wanted, bool& is_token);

// hand_out_new gives the application a handle to an object that the chip has made, and notes session objects
// with their session.
Answer hand_out_new(Module& module, Session& session, const wire::ObjectSummary& summary,
                    CK_OBJECT_HANDLE& handle);

}  // namespace coffer::pkcs11
