// PKCS#11: the types, constants and function lists of Cryptoki 2.40, 3.0 and 3.2.
//
// Self-contained; for C and C++. Structures have the platform's own packing, as on every Unix.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// ---- types
// -----------------------------------------------------------------------------------------------------

typedef unsigned char CK_BYTE;
typedef CK_BYTE CK_CHAR;
typedef CK_BYTE CK_UTF8CHAR;
typedef CK_BYTE CK_BBOOL;
typedef unsigned long CK_ULONG;
typedef long CK_LONG;
typedef CK_ULONG CK_FLAGS;
typedef void* CK_VOID_PTR;
typedef CK_VOID_PTR* CK_VOID_PTR_PTR;
typedef CK_BYTE* CK_BYTE_PTR;
typedef CK_CHAR* CK_CHAR_PTR;
typedef CK_UTF8CHAR* CK_UTF8CHAR_PTR;
typedef CK_ULONG* CK_ULONG_PTR;
typedef CK_FLAGS* CK_FLAGS_PTR;

#define CK_TRUE 1
#define CK_FALSE 0
#ifndef NULL_PTR
#define NULL_PTR 0
#endif
#define CK_UNAVAILABLE_INFORMATION (~0UL)
#define CK_EFFECTIVELY_INFINITE 0UL
#define CK_INVALID_HANDLE 0UL

typedef CK_ULONG CK_RV;
typedef CK_ULONG CK_SLOT_ID;
typedef CK_ULONG CK_SESSION_HANDLE;
typedef CK_ULONG CK_OBJECT_HANDLE;
typedef CK_ULONG CK_OBJECT_CLASS;
typedef CK_ULONG CK_KEY_TYPE;
typedef CK_ULONG CK_CERTIFICATE_TYPE;
typedef CK_ULONG CK_HW_FEATURE_TYPE;
typedef CK_ULONG CK_PROFILE_ID;
typedef CK_ULONG CK_ATTRIBUTE_TYPE;
typedef CK_ULONG CK_MECHANISM_TYPE;
typedef CK_ULONG CK_USER_TYPE;
typedef CK_ULONG CK_STATE;
typedef CK_ULONG CK_NOTIFICATION;
typedef CK_ULONG CK_RSA_PKCS_MGF_TYPE;
typedef CK_ULONG CK_RSA_PKCS_OAEP_SOURCE_TYPE;
typedef CK_ULONG CK_EC_KDF_TYPE;
typedef CK_ULONG CK_GENERATOR_FUNCTION;
typedef CK_ULONG CK_SESSION_VALIDATION_FLAGS_TYPE;
typedef CK_ULONG CK_VALIDATION_TYPE;
typedef CK_ULONG CK_VALIDATION_AUTHORITY_TYPE;
typedef CK_SLOT_ID* CK_SLOT_ID_PTR;
typedef CK_SESSION_HANDLE* CK_SESSION_HANDLE_PTR;
typedef CK_OBJECT_HANDLE* CK_OBJECT_HANDLE_PTR;
typedef CK_MECHANISM_TYPE* CK_MECHANISM_TYPE_PTR;

typedef struct CK_VERSION {
  CK_BYTE major;
  CK_BYTE minor;
} CK_VERSION;
typedef CK_VERSION* CK_VERSION_PTR;

typedef struct CK_INFO {
  CK_VERSION cryptokiVersion;
  CK_UTF8CHAR manufacturerID[32];
  CK_FLAGS flags;
  CK_UTF8CHAR libraryDescription[32];
  CK_VERSION libraryVersion;
} CK_INFO;
typedef CK_INFO* CK_INFO_PTR;

typedef struct CK_SLOT_INFO {
  CK_UTF8CHAR slotDescription[64];
  CK_UTF8CHAR manufacturerID[32];
  CK_FLAGS flags;
  CK_VERSION hardwareVersion;
  CK_VERSION firmwareVersion;
} CK_SLOT_INFO;
typedef CK_SLOT_INFO* CK_SLOT_INFO_PTR;

typedef struct CK_TOKEN_INFO {
  CK_UTF8CHAR label[32];
  CK_UTF8CHAR manufacturerID[32];
  CK_UTF8CHAR model[16];
  CK_CHAR serialNumber[16];
  CK_FLAGS flags;
  CK_ULONG ulMaxSessionCount;
  CK_ULONG ulSessionCount;
  CK_ULONG ulMaxRwSessionCount;
  CK_ULONG ulRwSessionCount;
  CK_ULONG ulMaxPinLen;
  CK_ULONG ulMinPinLen;
  CK_ULONG ulTotalPublicMemory;
  CK_ULONG ulFreePublicMemory;
  CK_ULONG ulTotalPrivateMemory;
  CK_ULONG ulFreePrivateMemory;
  CK_VERSION hardwareVersion;
  CK_VERSION firmwareVersion;
  CK_CHAR utcTime[16];
} CK_TOKEN_INFO;
typedef CK_TOKEN_INFO* CK_TOKEN_INFO_PTR;

typedef struct CK_SESSION_INFO {
  CK_SLOT_ID slotID;
  CK_STATE state;
  CK_FLAGS flags;
  CK_ULONG ulDeviceError;
} CK_SESSION_INFO;
typedef CK_SESSION_INFO* CK_SESSION_INFO_PTR;

typedef struct CK_ATTRIBUTE {
  CK_ATTRIBUTE_TYPE type;
  CK_VOID_PTR pValue;
  CK_ULONG ulValueLen;
} CK_ATTRIBUTE;
typedef CK_ATTRIBUTE* CK_ATTRIBUTE_PTR;

typedef struct CK_DATE {
  CK_CHAR year[4];
  CK_CHAR month[2];
  CK_CHAR day[2];
} CK_DATE;

typedef struct CK_MECHANISM {
  CK_MECHANISM_TYPE mechanism;
  CK_VOID_PTR pParameter;
  CK_ULONG ulParameterLen;
} CK_MECHANISM;
typedef CK_MECHANISM* CK_MECHANISM_PTR;

typedef struct CK_MECHANISM_INFO {
  CK_ULONG ulMinKeySize;
  CK_ULONG ulMaxKeySize;
  CK_FLAGS flags;
} CK_MECHANISM_INFO;
typedef CK_MECHANISM_INFO* CK_MECHANISM_INFO_PTR;

typedef CK_RV (*CK_NOTIFY)(CK_SESSION_HANDLE session, CK_NOTIFICATION event, CK_VOID_PTR application);
typedef CK_RV (*CK_CREATEMUTEX)(CK_VOID_PTR_PTR mutex);
typedef CK_RV (*CK_DESTROYMUTEX)(CK_VOID_PTR mutex);
typedef CK_RV (*CK_LOCKMUTEX)(CK_VOID_PTR mutex);
typedef CK_RV (*CK_UNLOCKMUTEX)(CK_VOID_PTR mutex);

typedef struct CK_C_INITIALIZE_ARGS {
  CK_CREATEMUTEX CreateMutex;
  CK_DESTROYMUTEX DestroyMutex;
  CK_LOCKMUTEX LockMutex;
  CK_UNLOCKMUTEX UnlockMutex;
  CK_FLAGS flags;
  CK_VOID_PTR pReserved;
} CK_C_INITIALIZE_ARGS;
typedef CK_C_INITIALIZE_ARGS* CK_C_INITIALIZE_ARGS_PTR;

typedef struct CK_INTERFACE {
  CK_CHAR* pInterfaceName;
  CK_VOID_PTR pFunctionList;
  CK_FLAGS flags;
} CK_INTERFACE;
typedef CK_INTERFACE* CK_INTERFACE_PTR;
typedef CK_INTERFACE_PTR* CK_INTERFACE_PTR_PTR;

typedef struct CK_ASYNC_DATA {
  CK_ULONG ulVersion;
  CK_BYTE_PTR pValue;
  CK_ULONG ulValue;
  CK_OBJECT_HANDLE hObject;
  CK_OBJECT_HANDLE hAdditionalObject;
} CK_ASYNC_DATA;
typedef CK_ASYNC_DATA* CK_ASYNC_DATA_PTR;

// ---- parameters of mechanisms
// ------------------------------------------------------------------------------------

typedef struct CK_RSA_PKCS_PSS_PARAMS {
  CK_MECHANISM_TYPE hashAlg;
  CK_RSA_PKCS_MGF_TYPE mgf;
  CK_ULONG sLen;
} CK_RSA_PKCS_PSS_PARAMS;

typedef struct CK_RSA_PKCS_OAEP_PARAMS {
  CK_MECHANISM_TYPE hashAlg;
  CK_RSA_PKCS_MGF_TYPE mgf;
  CK_RSA_PKCS_OAEP_SOURCE_TYPE source;
  CK_VOID_PTR pSourceData;
  CK_ULONG ulSourceDataLen;
} CK_RSA_PKCS_OAEP_PARAMS;

typedef struct CK_ECDH1_DERIVE_PARAMS {
  CK_EC_KDF_TYPE kdf;
  CK_ULONG ulSharedDataLen;
  CK_BYTE_PTR pSharedData;
  CK_ULONG ulPublicDataLen;
  CK_BYTE_PTR pPublicData;
} CK_ECDH1_DERIVE_PARAMS;

typedef struct CK_AES_CTR_PARAMS {
  CK_ULONG ulCounterBits;
  CK_BYTE cb[16];
} CK_AES_CTR_PARAMS;

typedef struct CK_GCM_PARAMS {
  CK_BYTE_PTR pIv;
  CK_ULONG ulIvLen;
  CK_ULONG ulIvBits;
  CK_BYTE_PTR pAAD;
  CK_ULONG ulAADLen;
  CK_ULONG ulTagBits;
} CK_GCM_PARAMS;

// CK_GCM_PARAMS_V2_30 is the structure as the header of 2.30 printed it, which some clients still pass.
typedef struct CK_GCM_PARAMS_V2_30 {
  CK_BYTE_PTR pIv;
  CK_ULONG ulIvLen;
  CK_BYTE_PTR pAAD;
  CK_ULONG ulAADLen;
  CK_ULONG ulTagBits;
} CK_GCM_PARAMS_V2_30;

typedef struct CK_GCM_MESSAGE_PARAMS {
  CK_BYTE_PTR pIv;
  CK_ULONG ulIvLen;
  CK_ULONG ulIvFixedBits;
  CK_GENERATOR_FUNCTION ivGenerator;
  CK_BYTE_PTR pTag;
  CK_ULONG ulTagBits;
} CK_GCM_MESSAGE_PARAMS;

typedef struct CK_CCM_MESSAGE_PARAMS {
  CK_ULONG ulDataLen;
  CK_BYTE_PTR pNonce;
  CK_ULONG ulNonceLen;
  CK_ULONG ulNonceFixedBits;
  CK_GENERATOR_FUNCTION nonceGenerator;
  CK_BYTE_PTR pMAC;
  CK_ULONG ulMACLen;
} CK_CCM_MESSAGE_PARAMS;

typedef struct CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS {
  CK_BYTE_PTR pNonce;
  CK_ULONG ulNonceLen;
  CK_BYTE_PTR pTag;
} CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS;

typedef struct CK_GCM_WRAP_PARAMS {
  CK_BYTE_PTR pIv;
  CK_ULONG ulIvLen;
  CK_ULONG ulIvFixedBits;
  CK_GENERATOR_FUNCTION ivGenerator;
  CK_BYTE_PTR pAAD;
  CK_ULONG ulAADLen;
  CK_ULONG ulTagBits;
} CK_GCM_WRAP_PARAMS;

typedef struct CK_RSA_AES_KEY_WRAP_PARAMS {
  CK_ULONG ulAESKeyBits;
  CK_RSA_PKCS_OAEP_PARAMS* pOAEPParams;
} CK_RSA_AES_KEY_WRAP_PARAMS;

typedef struct CK_ECDH_AES_KEY_WRAP_PARAMS {
  CK_ULONG ulAESKeyBits;
  CK_EC_KDF_TYPE kdf;
  CK_ULONG ulSharedDataLen;
  CK_BYTE_PTR pSharedData;
} CK_ECDH_AES_KEY_WRAP_PARAMS;

typedef struct CK_EDDSA_PARAMS {
  CK_BBOOL phFlag;
  CK_ULONG ulContextDataLen;
  CK_BYTE_PTR pContextData;
} CK_EDDSA_PARAMS;

typedef CK_ULONG CK_HEDGE_TYPE;

typedef struct CK_SIGN_ADDITIONAL_CONTEXT {
  CK_HEDGE_TYPE hedgeVariant;
  CK_BYTE_PTR pContext;
  CK_ULONG ulContextLen;
} CK_SIGN_ADDITIONAL_CONTEXT;

typedef struct CK_HASH_SIGN_ADDITIONAL_CONTEXT {
  CK_HEDGE_TYPE hedgeVariant;
  CK_BYTE_PTR pContext;
  CK_ULONG ulContextLen;
  CK_MECHANISM_TYPE hash;
} CK_HASH_SIGN_ADDITIONAL_CONTEXT;

typedef struct CK_HKDF_PARAMS {
  CK_BBOOL bExtract;
  CK_BBOOL bExpand;
  CK_MECHANISM_TYPE prfHashMechanism;
  CK_ULONG ulSaltType;
  CK_BYTE_PTR pSalt;
  CK_ULONG ulSaltLen;
  CK_OBJECT_HANDLE hSaltKey;
  CK_BYTE_PTR pInfo;
  CK_ULONG ulInfoLen;
} CK_HKDF_PARAMS;

// ---- flags of CK_SLOT_INFO
// -------------------------------------------------------------------------------------

#define CKF_TOKEN_PRESENT 0x1UL
#define CKF_REMOVABLE_DEVICE 0x2UL
#define CKF_HW_SLOT 0x4UL

// ---- flags of CK_TOKEN_INFO
// ------------------------------------------------------------------------------------

#define CKF_RNG 0x1UL
#define CKF_WRITE_PROTECTED 0x2UL
#define CKF_LOGIN_REQUIRED 0x4UL
#define CKF_USER_PIN_INITIALIZED 0x8UL
#define CKF_RESTORE_KEY_NOT_NEEDED 0x20UL
#define CKF_CLOCK_ON_TOKEN 0x40UL
#define CKF_PROTECTED_AUTHENTICATION_PATH 0x100UL
#define CKF_DUAL_CRYPTO_OPERATIONS 0x200UL
#define CKF_TOKEN_INITIALIZED 0x400UL
#define CKF_USER_PIN_COUNT_LOW 0x10000UL
#define CKF_USER_PIN_FINAL_TRY 0x20000UL
#define CKF_USER_PIN_LOCKED 0x40000UL
#define CKF_USER_PIN_TO_BE_CHANGED 0x80000UL
#define CKF_SO_PIN_COUNT_LOW 0x100000UL
#define CKF_SO_PIN_FINAL_TRY 0x200000UL
#define CKF_SO_PIN_LOCKED 0x400000UL
#define CKF_SO_PIN_TO_BE_CHANGED 0x800000UL
#define CKF_ERROR_STATE 0x1000000UL
#define CKF_SEED_RANDOM_REQUIRED 0x2000000UL
#define CKF_ASYNC_SESSION_SUPPORTED 0x4000000UL

// ---- flags of sessions, interfaces, C_Initialize and C_WaitForSlotEvent
// ----------------------------------------

#define CKF_RW_SESSION 0x2UL
#define CKF_SERIAL_SESSION 0x4UL
#define CKF_ASYNC_SESSION 0x8UL
#define CKF_INTERFACE_FORK_SAFE 0x1UL
#define CKF_LIBRARY_CANT_CREATE_OS_THREADS 0x1UL
#define CKF_OS_LOCKING_OK 0x2UL
#define CKF_DONT_BLOCK 0x1UL

// ---- flags of CK_MECHANISM_INFO and C_SessionCancel
// ------------------------------------------------------------

#define CKF_HW 0x1UL
#define CKF_MESSAGE_ENCRYPT 0x2UL
#define CKF_MESSAGE_DECRYPT 0x4UL
#define CKF_MESSAGE_SIGN 0x8UL
#define CKF_MESSAGE_VERIFY 0x10UL
#define CKF_MULTI_MESSAGE 0x20UL
#define CKF_FIND_OBJECTS 0x40UL
#define CKF_ENCRYPT 0x100UL
#define CKF_DECRYPT 0x200UL
#define CKF_DIGEST 0x400UL
#define CKF_SIGN 0x800UL
#define CKF_SIGN_RECOVER 0x1000UL
#define CKF_VERIFY 0x2000UL
#define CKF_VERIFY_RECOVER 0x4000UL
#define CKF_GENERATE 0x8000UL
#define CKF_GENERATE_KEY_PAIR 0x10000UL
#define CKF_WRAP 0x20000UL
#define CKF_UNWRAP 0x40000UL
#define CKF_DERIVE 0x80000UL
#define CKF_EC_F_P 0x100000UL
#define CKF_EC_F_2M 0x200000UL
#define CKF_EC_ECPARAMETERS 0x400000UL
#define CKF_EC_OID 0x800000UL
#define CKF_EC_NAMEDCURVE 0x800000UL
#define CKF_EC_UNCOMPRESS 0x1000000UL
#define CKF_EC_COMPRESS 0x2000000UL
#define CKF_EC_CURVENAME 0x4000000UL
#define CKF_ENCAPSULATE 0x10000000UL
#define CKF_DECAPSULATE 0x20000000UL
#define CKF_EXTENSION 0x80000000UL
#define CKF_END_OF_MESSAGE 0x1UL

// ---- users and session states
// ----------------------------------------------------------------------------------

#define CKU_SO 0UL
#define CKU_USER 1UL
#define CKU_CONTEXT_SPECIFIC 2UL
#define CKS_RO_PUBLIC_SESSION 0UL
#define CKS_RO_USER_FUNCTIONS 1UL
#define CKS_RW_PUBLIC_SESSION 2UL
#define CKS_RW_USER_FUNCTIONS 3UL
#define CKS_RW_SO_FUNCTIONS 4UL
#define CKS_LAST_VALIDATION_OK 1UL

// ---- object classes
// --------------------------------------------------------------------------------------------

#define CKO_DATA 0x0UL
#define CKO_CERTIFICATE 0x1UL
#define CKO_PUBLIC_KEY 0x2UL
#define CKO_PRIVATE_KEY 0x3UL
#define CKO_SECRET_KEY 0x4UL
#define CKO_HW_FEATURE 0x5UL
#define CKO_DOMAIN_PARAMETERS 0x6UL
#define CKO_MECHANISM 0x7UL
#define CKO_OTP_KEY 0x8UL
#define CKO_PROFILE 0x9UL
#define CKO_VALIDATION 0xaUL
#define CKO_TRUST 0xbUL
#define CKO_VENDOR_DEFINED 0x80000000UL

// ---- key types
// -------------------------------------------------------------------------------------------------

#define CKK_RSA 0x0UL
#define CKK_DSA 0x1UL
#define CKK_DH 0x2UL
#define CKK_EC 0x3UL
#define CKK_GENERIC_SECRET 0x10UL
#define CKK_DES3 0x15UL
#define CKK_AES 0x1fUL
#define CKK_SHA_1_HMAC 0x28UL
#define CKK_SHA256_HMAC 0x2bUL
#define CKK_SHA384_HMAC 0x2cUL
#define CKK_SHA512_HMAC 0x2dUL
#define CKK_SHA224_HMAC 0x2eUL
#define CKK_CHACHA20 0x33UL
#define CKK_SHA3_224_HMAC 0x36UL
#define CKK_SHA3_256_HMAC 0x37UL
#define CKK_SHA3_384_HMAC 0x38UL
#define CKK_SHA3_512_HMAC 0x39UL
#define CKK_EC_EDWARDS 0x40UL
#define CKK_EC_MONTGOMERY 0x41UL
#define CKK_HKDF 0x42UL
#define CKK_ML_KEM 0x49UL
#define CKK_ML_DSA 0x4aUL
#define CKK_SLH_DSA 0x4bUL
#define CKK_VENDOR_DEFINED 0x80000000UL

// ---- certificate types, profiles
// -------------------------------------------------------------------------------

#define CKC_X_509 0x0UL
#define CKC_X_509_ATTR_CERT 0x1UL
#define CKP_INVALID_ID 0x0UL
#define CKP_BASELINE_PROVIDER 0x1UL
#define CKP_EXTENDED_PROVIDER 0x2UL
#define CKP_AUTHENTICATION_TOKEN 0x3UL
#define CKP_PUBLIC_CERTIFICATES_TOKEN 0x4UL

// ---- attributes
// ------------------------------------------------------------------------------------------------

#define CKF_ARRAY_ATTRIBUTE 0x40000000UL
#define CKA_CLASS 0x0UL
#define CKA_TOKEN 0x1UL
#define CKA_PRIVATE 0x2UL
#define CKA_LABEL 0x3UL
#define CKA_UNIQUE_ID 0x4UL
#define CKA_APPLICATION 0x10UL
#define CKA_VALUE 0x11UL
#define CKA_OBJECT_ID 0x12UL
#define CKA_CERTIFICATE_TYPE 0x80UL
#define CKA_ISSUER 0x81UL
#define CKA_SERIAL_NUMBER 0x82UL
#define CKA_AC_ISSUER 0x83UL
#define CKA_OWNER 0x84UL
#define CKA_ATTR_TYPES 0x85UL
#define CKA_TRUSTED 0x86UL
#define CKA_CERTIFICATE_CATEGORY 0x87UL
#define CKA_URL 0x89UL
#define CKA_HASH_OF_SUBJECT_PUBLIC_KEY 0x8aUL
#define CKA_HASH_OF_ISSUER_PUBLIC_KEY 0x8bUL
#define CKA_NAME_HASH_ALGORITHM 0x8cUL
#define CKA_CHECK_VALUE 0x90UL
#define CKA_KEY_TYPE 0x100UL
#define CKA_SUBJECT 0x101UL
#define CKA_ID 0x102UL
#define CKA_SENSITIVE 0x103UL
#define CKA_ENCRYPT 0x104UL
#define CKA_DECRYPT 0x105UL
#define CKA_WRAP 0x106UL
#define CKA_UNWRAP 0x107UL
#define CKA_SIGN 0x108UL
#define CKA_SIGN_RECOVER 0x109UL
#define CKA_VERIFY 0x10aUL
#define CKA_VERIFY_RECOVER 0x10bUL
#define CKA_DERIVE 0x10cUL
#define CKA_START_DATE 0x110UL
#define CKA_END_DATE 0x111UL
#define CKA_MODULUS 0x120UL
#define CKA_MODULUS_BITS 0x121UL
#define CKA_PUBLIC_EXPONENT 0x122UL
#define CKA_PRIVATE_EXPONENT 0x123UL
#define CKA_PRIME_1 0x124UL
#define CKA_PRIME_2 0x125UL
#define CKA_EXPONENT_1 0x126UL
#define CKA_EXPONENT_2 0x127UL
#define CKA_COEFFICIENT 0x128UL
#define CKA_PUBLIC_KEY_INFO 0x129UL
#define CKA_PRIME 0x130UL
#define CKA_SUBPRIME 0x131UL
#define CKA_BASE 0x132UL
#define CKA_VALUE_BITS 0x160UL
#define CKA_VALUE_LEN 0x161UL
#define CKA_EXTRACTABLE 0x162UL
#define CKA_LOCAL 0x163UL
#define CKA_NEVER_EXTRACTABLE 0x164UL
#define CKA_ALWAYS_SENSITIVE 0x165UL
#define CKA_KEY_GEN_MECHANISM 0x166UL
#define CKA_MODIFIABLE 0x170UL
#define CKA_COPYABLE 0x171UL
#define CKA_DESTROYABLE 0x172UL
#define CKA_EC_PARAMS 0x180UL
#define CKA_EC_POINT 0x181UL
#define CKA_ALWAYS_AUTHENTICATE 0x202UL
#define CKA_WRAP_WITH_TRUSTED 0x210UL
#define CKA_WRAP_TEMPLATE (CKF_ARRAY_ATTRIBUTE | 0x211UL)
#define CKA_UNWRAP_TEMPLATE (CKF_ARRAY_ATTRIBUTE | 0x212UL)
// Ours: true for AES keys that were made to wrap keys and can be used for nothing else; read-only.
#define CKA_COFFER_WRAPS_ONLY 0x80434f01UL
#define CKA_DERIVE_TEMPLATE (CKF_ARRAY_ATTRIBUTE | 0x213UL)
#define CKA_MECHANISM_TYPE 0x500UL
#define CKA_ALLOWED_MECHANISMS (CKF_ARRAY_ATTRIBUTE | 0x600UL)
#define CKA_PROFILE_ID 0x601UL
#define CKA_PARAMETER_SET 0x61dUL
#define CKA_OBJECT_VALIDATION_FLAGS 0x61eUL
#define CKA_VALIDATION_TYPE 0x61fUL
#define CKA_VALIDATION_VERSION 0x620UL
#define CKA_VALIDATION_LEVEL 0x621UL
#define CKA_VALIDATION_MODULE_ID 0x622UL
#define CKA_VALIDATION_FLAG 0x623UL
#define CKA_VALIDATION_AUTHORITY_TYPE 0x624UL
#define CKA_VALIDATION_COUNTRY 0x625UL
#define CKA_VALIDATION_CERTIFICATE_IDENTIFIER 0x626UL
#define CKA_VALIDATION_CERTIFICATE_URI 0x627UL
#define CKA_VALIDATION_VENDOR_URI 0x628UL
#define CKA_VALIDATION_PROFILE 0x629UL
#define CKA_ENCAPSULATE 0x633UL
#define CKA_DECAPSULATE 0x634UL
#define CKA_SEED 0x637UL
#define CKA_VENDOR_DEFINED 0x80000000UL

// ---- mechanisms
// ------------------------------------------------------------------------------------------------

#define CKM_RSA_PKCS_KEY_PAIR_GEN 0x0UL
#define CKM_RSA_PKCS 0x1UL
#define CKM_RSA_X_509 0x3UL
#define CKM_SHA1_RSA_PKCS 0x6UL
#define CKM_RSA_PKCS_OAEP 0x9UL
#define CKM_RSA_PKCS_PSS 0xdUL
#define CKM_SHA1_RSA_PKCS_PSS 0xeUL
#define CKM_ML_KEM_KEY_PAIR_GEN 0xfUL
#define CKM_ML_KEM 0x17UL
#define CKM_ML_DSA_KEY_PAIR_GEN 0x1cUL
#define CKM_ML_DSA 0x1dUL
#define CKM_HASH_ML_DSA 0x1fUL
#define CKM_HASH_ML_DSA_SHA224 0x23UL
#define CKM_HASH_ML_DSA_SHA256 0x24UL
#define CKM_HASH_ML_DSA_SHA384 0x25UL
#define CKM_HASH_ML_DSA_SHA512 0x26UL
#define CKM_HASH_ML_DSA_SHA3_224 0x27UL
#define CKM_HASH_ML_DSA_SHA3_256 0x28UL
#define CKM_HASH_ML_DSA_SHA3_384 0x29UL
#define CKM_HASH_ML_DSA_SHA3_512 0x2aUL
#define CKM_HASH_ML_DSA_SHAKE128 0x2bUL
#define CKM_HASH_ML_DSA_SHAKE256 0x2cUL
#define CKM_SLH_DSA_KEY_PAIR_GEN 0x2dUL
#define CKM_SLH_DSA 0x2eUL
#define CKM_HASH_SLH_DSA 0x34UL
#define CKM_HASH_SLH_DSA_SHA224 0x36UL
#define CKM_HASH_SLH_DSA_SHA256 0x37UL
#define CKM_HASH_SLH_DSA_SHA384 0x38UL
#define CKM_HASH_SLH_DSA_SHA512 0x39UL
#define CKM_HASH_SLH_DSA_SHA3_224 0x3aUL
#define CKM_HASH_SLH_DSA_SHA3_256 0x3bUL
#define CKM_HASH_SLH_DSA_SHA3_384 0x3cUL
#define CKM_HASH_SLH_DSA_SHA3_512 0x3dUL
#define CKM_HASH_SLH_DSA_SHAKE128 0x3eUL
#define CKM_HASH_SLH_DSA_SHAKE256 0x3fUL
#define CKM_SHA256_RSA_PKCS 0x40UL
#define CKM_SHA384_RSA_PKCS 0x41UL
#define CKM_SHA512_RSA_PKCS 0x42UL
#define CKM_SHA256_RSA_PKCS_PSS 0x43UL
#define CKM_SHA384_RSA_PKCS_PSS 0x44UL
#define CKM_SHA512_RSA_PKCS_PSS 0x45UL
#define CKM_SHA224_RSA_PKCS 0x46UL
#define CKM_SHA224_RSA_PKCS_PSS 0x47UL
#define CKM_SHA3_256_RSA_PKCS 0x60UL
#define CKM_SHA3_384_RSA_PKCS 0x61UL
#define CKM_SHA3_512_RSA_PKCS 0x62UL
#define CKM_SHA3_256_RSA_PKCS_PSS 0x63UL
#define CKM_SHA3_384_RSA_PKCS_PSS 0x64UL
#define CKM_SHA3_512_RSA_PKCS_PSS 0x65UL
#define CKM_SHA3_224_RSA_PKCS 0x66UL
#define CKM_SHA3_224_RSA_PKCS_PSS 0x67UL
#define CKM_SHA_1 0x220UL
#define CKM_SHA_1_HMAC 0x221UL
#define CKM_SHA256 0x250UL
#define CKM_SHA256_HMAC 0x251UL
#define CKM_SHA224 0x255UL
#define CKM_SHA224_HMAC 0x256UL
#define CKM_SHA384 0x260UL
#define CKM_SHA384_HMAC 0x261UL
#define CKM_SHA512 0x270UL
#define CKM_SHA512_HMAC 0x271UL
#define CKM_SHA3_256 0x2b0UL
#define CKM_SHA3_256_HMAC 0x2b1UL
#define CKM_SHA3_224 0x2b5UL
#define CKM_SHA3_224_HMAC 0x2b6UL
#define CKM_SHA3_384 0x2c0UL
#define CKM_SHA3_384_HMAC 0x2c1UL
#define CKM_SHA3_512 0x2d0UL
#define CKM_SHA3_512_HMAC 0x2d1UL
#define CKM_GENERIC_SECRET_KEY_GEN 0x350UL
#define CKM_EC_KEY_PAIR_GEN 0x1040UL
#define CKM_ECDSA 0x1041UL
#define CKM_ECDSA_SHA1 0x1042UL
#define CKM_ECDSA_SHA224 0x1043UL
#define CKM_ECDSA_SHA256 0x1044UL
#define CKM_ECDSA_SHA384 0x1045UL
#define CKM_ECDSA_SHA512 0x1046UL
#define CKM_ECDSA_SHA3_224 0x1047UL
#define CKM_ECDSA_SHA3_256 0x1048UL
#define CKM_ECDSA_SHA3_384 0x1049UL
#define CKM_ECDSA_SHA3_512 0x104aUL
#define CKM_ECDH1_DERIVE 0x1050UL
#define CKM_ECDH1_COFACTOR_DERIVE 0x1051UL
#define CKM_ECDH_AES_KEY_WRAP 0x1053UL
#define CKM_RSA_AES_KEY_WRAP 0x1054UL
#define CKM_EC_EDWARDS_KEY_PAIR_GEN 0x1055UL
#define CKM_EC_MONTGOMERY_KEY_PAIR_GEN 0x1056UL
#define CKM_EDDSA 0x1057UL
#define CKM_AES_KEY_GEN 0x1080UL
#define CKM_AES_ECB 0x1081UL
#define CKM_AES_CBC 0x1082UL
#define CKM_AES_CBC_PAD 0x1085UL
#define CKM_AES_CTR 0x1086UL
#define CKM_AES_GCM 0x1087UL
#define CKM_AES_CCM 0x1088UL
#define CKM_AES_CMAC 0x108aUL
#define CKM_AES_GMAC 0x108eUL
#define CKM_AES_KEY_WRAP 0x2109UL
#define CKM_AES_KEY_WRAP_PAD 0x210aUL
#define CKM_AES_KEY_WRAP_KWP 0x210bUL
#define CKM_CHACHA20_POLY1305 0x4021UL
#define CKM_HKDF_DERIVE 0x402aUL
#define CKM_HKDF_DATA 0x402bUL
#define CKM_HKDF_KEY_GEN 0x402cUL
#define CKM_VENDOR_DEFINED 0x80000000UL

// ---- values inside parameters
// ----------------------------------------------------------------------------------

#define CKG_NO_GENERATE 0x0UL
#define CKG_GENERATE 0x1UL
#define CKG_GENERATE_COUNTER 0x2UL
#define CKG_GENERATE_RANDOM 0x3UL
#define CKG_GENERATE_COUNTER_XOR 0x4UL
#define CKP_ML_DSA_44 0x1UL
#define CKP_ML_DSA_65 0x2UL
#define CKP_ML_DSA_87 0x3UL
#define CKP_ML_KEM_512 0x1UL
#define CKP_ML_KEM_768 0x2UL
#define CKP_ML_KEM_1024 0x3UL
#define CKP_SLH_DSA_SHA2_128S 0x1UL
#define CKP_SLH_DSA_SHAKE_128S 0x2UL
#define CKP_SLH_DSA_SHA2_128F 0x3UL
#define CKP_SLH_DSA_SHAKE_128F 0x4UL
#define CKP_SLH_DSA_SHA2_192S 0x5UL
#define CKP_SLH_DSA_SHAKE_192S 0x6UL
#define CKP_SLH_DSA_SHA2_192F 0x7UL
#define CKP_SLH_DSA_SHAKE_192F 0x8UL
#define CKP_SLH_DSA_SHA2_256S 0x9UL
#define CKP_SLH_DSA_SHAKE_256S 0xaUL
#define CKP_SLH_DSA_SHA2_256F 0xbUL
#define CKP_SLH_DSA_SHAKE_256F 0xcUL
#define CKH_HEDGE_PREFERRED 0x0UL
#define CKH_HEDGE_REQUIRED 0x1UL
#define CKH_DETERMINISTIC_REQUIRED 0x2UL
#define CKG_MGF1_SHA1 0x1UL
#define CKG_MGF1_SHA256 0x2UL
#define CKG_MGF1_SHA384 0x3UL
#define CKG_MGF1_SHA512 0x4UL
#define CKG_MGF1_SHA224 0x5UL
#define CKG_MGF1_SHA3_224 0x6UL
#define CKG_MGF1_SHA3_256 0x7UL
#define CKG_MGF1_SHA3_384 0x8UL
#define CKG_MGF1_SHA3_512 0x9UL
#define CKZ_DATA_SPECIFIED 0x1UL
#define CKZ_SALT_SPECIFIED 0x1UL
#define CKD_NULL 0x1UL
#define CKD_SHA1_KDF 0x2UL
#define CKD_SHA224_KDF 0x5UL
#define CKD_SHA256_KDF 0x6UL
#define CKD_SHA384_KDF 0x7UL
#define CKD_SHA512_KDF 0x8UL
#define CKD_SHA3_224_KDF 0xaUL
#define CKD_SHA3_256_KDF 0xbUL
#define CKD_SHA3_384_KDF 0xcUL
#define CKD_SHA3_512_KDF 0xdUL
#define CKD_SHA1_KDF_SP800 0xeUL
#define CKD_SHA224_KDF_SP800 0xfUL
#define CKD_SHA256_KDF_SP800 0x10UL
#define CKD_SHA384_KDF_SP800 0x11UL
#define CKD_SHA512_KDF_SP800 0x12UL
#define CKD_SHA3_224_KDF_SP800 0x13UL
#define CKD_SHA3_256_KDF_SP800 0x14UL
#define CKD_SHA3_384_KDF_SP800 0x15UL
#define CKD_SHA3_512_KDF_SP800 0x16UL
#define CKF_HKDF_SALT_NULL 0x1UL
#define CKF_HKDF_SALT_DATA 0x2UL
#define CKF_HKDF_SALT_KEY 0x4UL

// ---- return values
// ---------------------------------------------------------------------------------------------

#define CKR_OK 0x0UL
#define CKR_CANCEL 0x1UL
#define CKR_HOST_MEMORY 0x2UL
#define CKR_SLOT_ID_INVALID 0x3UL
#define CKR_GENERAL_ERROR 0x5UL
#define CKR_FUNCTION_FAILED 0x6UL
#define CKR_ARGUMENTS_BAD 0x7UL
#define CKR_NO_EVENT 0x8UL
#define CKR_CANT_LOCK 0xaUL
#define CKR_ATTRIBUTE_READ_ONLY 0x10UL
#define CKR_ATTRIBUTE_SENSITIVE 0x11UL
#define CKR_ATTRIBUTE_TYPE_INVALID 0x12UL
#define CKR_ATTRIBUTE_VALUE_INVALID 0x13UL
#define CKR_ACTION_PROHIBITED 0x1bUL
#define CKR_DATA_INVALID 0x20UL
#define CKR_DATA_LEN_RANGE 0x21UL
#define CKR_DEVICE_ERROR 0x30UL
#define CKR_DEVICE_MEMORY 0x31UL
#define CKR_DEVICE_REMOVED 0x32UL
#define CKR_ENCRYPTED_DATA_INVALID 0x40UL
#define CKR_ENCRYPTED_DATA_LEN_RANGE 0x41UL
#define CKR_AEAD_DECRYPT_FAILED 0x42UL
#define CKR_FUNCTION_CANCELED 0x50UL
#define CKR_FUNCTION_NOT_PARALLEL 0x51UL
#define CKR_FUNCTION_NOT_SUPPORTED 0x54UL
#define CKR_KEY_HANDLE_INVALID 0x60UL
#define CKR_KEY_SIZE_RANGE 0x62UL
#define CKR_KEY_TYPE_INCONSISTENT 0x63UL
#define CKR_KEY_NOT_NEEDED 0x64UL
#define CKR_KEY_CHANGED 0x65UL
#define CKR_KEY_NEEDED 0x66UL
#define CKR_KEY_INDIGESTIBLE 0x67UL
#define CKR_KEY_FUNCTION_NOT_PERMITTED 0x68UL
#define CKR_KEY_NOT_WRAPPABLE 0x69UL
#define CKR_KEY_UNEXTRACTABLE 0x6aUL
#define CKR_MECHANISM_INVALID 0x70UL
#define CKR_MECHANISM_PARAM_INVALID 0x71UL
#define CKR_OBJECT_HANDLE_INVALID 0x82UL
#define CKR_OPERATION_ACTIVE 0x90UL
#define CKR_OPERATION_NOT_INITIALIZED 0x91UL
#define CKR_PIN_INCORRECT 0xa0UL
#define CKR_PIN_INVALID 0xa1UL
#define CKR_PIN_LEN_RANGE 0xa2UL
#define CKR_PIN_EXPIRED 0xa3UL
#define CKR_PIN_LOCKED 0xa4UL
#define CKR_SESSION_CLOSED 0xb0UL
#define CKR_SESSION_COUNT 0xb1UL
#define CKR_SESSION_HANDLE_INVALID 0xb3UL
#define CKR_SESSION_PARALLEL_NOT_SUPPORTED 0xb4UL
#define CKR_SESSION_READ_ONLY 0xb5UL
#define CKR_SESSION_EXISTS 0xb6UL
#define CKR_SESSION_READ_ONLY_EXISTS 0xb7UL
#define CKR_SESSION_READ_WRITE_SO_EXISTS 0xb8UL
#define CKR_SIGNATURE_INVALID 0xc0UL
#define CKR_SIGNATURE_LEN_RANGE 0xc1UL
#define CKR_TEMPLATE_INCOMPLETE 0xd0UL
#define CKR_TEMPLATE_INCONSISTENT 0xd1UL
#define CKR_TOKEN_NOT_PRESENT 0xe0UL
#define CKR_TOKEN_NOT_RECOGNIZED 0xe1UL
#define CKR_TOKEN_WRITE_PROTECTED 0xe2UL
#define CKR_UNWRAPPING_KEY_HANDLE_INVALID 0xf0UL
#define CKR_UNWRAPPING_KEY_SIZE_RANGE 0xf1UL
#define CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT 0xf2UL
#define CKR_USER_ALREADY_LOGGED_IN 0x100UL
#define CKR_USER_NOT_LOGGED_IN 0x101UL
#define CKR_USER_PIN_NOT_INITIALIZED 0x102UL
#define CKR_USER_TYPE_INVALID 0x103UL
#define CKR_USER_ANOTHER_ALREADY_LOGGED_IN 0x104UL
#define CKR_USER_TOO_MANY_TYPES 0x105UL
#define CKR_WRAPPED_KEY_INVALID 0x110UL
#define CKR_WRAPPED_KEY_LEN_RANGE 0x112UL
#define CKR_WRAPPING_KEY_HANDLE_INVALID 0x113UL
#define CKR_WRAPPING_KEY_SIZE_RANGE 0x114UL
#define CKR_WRAPPING_KEY_TYPE_INCONSISTENT 0x115UL
#define CKR_RANDOM_SEED_NOT_SUPPORTED 0x120UL
#define CKR_RANDOM_NO_RNG 0x121UL
#define CKR_DOMAIN_PARAMS_INVALID 0x130UL
#define CKR_CURVE_NOT_SUPPORTED 0x140UL
#define CKR_BUFFER_TOO_SMALL 0x150UL
#define CKR_SAVED_STATE_INVALID 0x160UL
#define CKR_INFORMATION_SENSITIVE 0x170UL
#define CKR_STATE_UNSAVEABLE 0x180UL
#define CKR_CRYPTOKI_NOT_INITIALIZED 0x190UL
#define CKR_CRYPTOKI_ALREADY_INITIALIZED 0x191UL
#define CKR_MUTEX_BAD 0x1a0UL
#define CKR_MUTEX_NOT_LOCKED 0x1a1UL
#define CKR_FUNCTION_REJECTED 0x200UL
#define CKR_TOKEN_RESOURCE_EXCEEDED 0x201UL
#define CKR_OPERATION_CANCEL_FAILED 0x202UL
#define CKR_KEY_EXHAUSTED 0x203UL
#define CKR_PENDING 0x204UL
#define CKR_SESSION_ASYNC_NOT_SUPPORTED 0x205UL
#define CKR_SEED_RANDOM_REQUIRED 0x206UL
#define CKR_OPERATION_NOT_VALIDATED 0x207UL
#define CKR_TOKEN_NOT_INITIALIZED 0x208UL
#define CKR_PARAMETER_SET_NOT_SUPPORTED 0x209UL
#define CKR_VENDOR_DEFINED 0x80000000UL

// ---- functions
// -------------------------------------------------------------------------------------------------

typedef struct CK_FUNCTION_LIST CK_FUNCTION_LIST;
typedef CK_FUNCTION_LIST* CK_FUNCTION_LIST_PTR;
typedef CK_FUNCTION_LIST_PTR* CK_FUNCTION_LIST_PTR_PTR;
typedef struct CK_FUNCTION_LIST_3_0 CK_FUNCTION_LIST_3_0;
typedef CK_FUNCTION_LIST_3_0* CK_FUNCTION_LIST_3_0_PTR;
typedef struct CK_FUNCTION_LIST_3_2 CK_FUNCTION_LIST_3_2;
typedef CK_FUNCTION_LIST_3_2* CK_FUNCTION_LIST_3_2_PTR;

typedef CK_RV (*CK_C_Initialize)(CK_VOID_PTR arguments);
typedef CK_RV (*CK_C_Finalize)(CK_VOID_PTR reserved);
typedef CK_RV (*CK_C_GetInfo)(CK_INFO_PTR info);
typedef CK_RV (*CK_C_GetFunctionList)(CK_FUNCTION_LIST_PTR_PTR list);
typedef CK_RV (*CK_C_GetSlotList)(CK_BBOOL token_present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count);
typedef CK_RV (*CK_C_GetSlotInfo)(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info);
typedef CK_RV (*CK_C_GetTokenInfo)(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info);
typedef CK_RV (*CK_C_GetMechanismList)(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR mechanisms, CK_ULONG_PTR count);
typedef CK_RV (*CK_C_GetMechanismInfo)(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info);
typedef CK_RV (*CK_C_InitToken)(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes,
                                CK_UTF8CHAR_PTR label);
typedef CK_RV (*CK_C_InitPIN)(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes);
typedef CK_RV (*CK_C_SetPIN)(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin, CK_ULONG old_pin_bytes,
                             CK_UTF8CHAR_PTR new_pin, CK_ULONG new_pin_bytes);
typedef CK_RV (*CK_C_OpenSession)(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                                  CK_SESSION_HANDLE_PTR session);
typedef CK_RV (*CK_C_CloseSession)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_CloseAllSessions)(CK_SLOT_ID slot);
typedef CK_RV (*CK_C_GetSessionInfo)(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info);
typedef CK_RV (*CK_C_GetOperationState)(CK_SESSION_HANDLE session, CK_BYTE_PTR state,
                                        CK_ULONG_PTR state_bytes);
typedef CK_RV (*CK_C_SetOperationState)(CK_SESSION_HANDLE session, CK_BYTE_PTR state, CK_ULONG state_bytes,
                                        CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentication_key);
typedef CK_RV (*CK_C_Login)(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
                            CK_ULONG pin_bytes);
typedef CK_RV (*CK_C_Logout)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_CreateObject)(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                                   CK_OBJECT_HANDLE_PTR object);
typedef CK_RV (*CK_C_CopyObject)(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                 CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR copy);
typedef CK_RV (*CK_C_DestroyObject)(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object);
typedef CK_RV (*CK_C_GetObjectSize)(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG_PTR size);
typedef CK_RV (*CK_C_GetAttributeValue)(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                        CK_ATTRIBUTE_PTR attributes, CK_ULONG count);
typedef CK_RV (*CK_C_SetAttributeValue)(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                        CK_ATTRIBUTE_PTR attributes, CK_ULONG count);
typedef CK_RV (*CK_C_FindObjectsInit)(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count);
typedef CK_RV (*CK_C_FindObjects)(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG count_max,
                                  CK_ULONG_PTR count);
typedef CK_RV (*CK_C_FindObjectsFinal)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_EncryptInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                  CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_Encrypt)(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes,
                              CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
typedef CK_RV (*CK_C_EncryptUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes,
                                    CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
typedef CK_RV (*CK_C_EncryptFinal)(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                                   CK_ULONG_PTR encrypted_bytes);
typedef CK_RV (*CK_C_DecryptInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                  CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_Decrypt)(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                              CK_BYTE_PTR data, CK_ULONG_PTR data_bytes);
typedef CK_RV (*CK_C_DecryptUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                                    CK_ULONG encrypted_bytes, CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);
typedef CK_RV (*CK_C_DecryptFinal)(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);
typedef CK_RV (*CK_C_DigestInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism);
typedef CK_RV (*CK_C_Digest)(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes,
                             CK_BYTE_PTR digest, CK_ULONG_PTR digest_bytes);
typedef CK_RV (*CK_C_DigestUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
typedef CK_RV (*CK_C_DigestKey)(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_DigestFinal)(CK_SESSION_HANDLE session, CK_BYTE_PTR digest, CK_ULONG_PTR digest_bytes);
typedef CK_RV (*CK_C_SignInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_Sign)(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes,
                           CK_BYTE_PTR signature, CK_ULONG_PTR signature_bytes);
typedef CK_RV (*CK_C_SignUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
typedef CK_RV (*CK_C_SignFinal)(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
                                CK_ULONG_PTR signature_bytes);
typedef CK_RV (*CK_C_SignRecoverInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                      CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_SignRecover)(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes,
                                  CK_BYTE_PTR signature, CK_ULONG_PTR signature_bytes);
typedef CK_RV (*CK_C_VerifyInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_Verify)(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes,
                             CK_BYTE_PTR signature, CK_ULONG signature_bytes);
typedef CK_RV (*CK_C_VerifyUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
typedef CK_RV (*CK_C_VerifyFinal)(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_bytes);
typedef CK_RV (*CK_C_VerifyRecoverInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                        CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_VerifyRecover)(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
                                    CK_ULONG signature_bytes, CK_BYTE_PTR data, CK_ULONG_PTR data_bytes);
typedef CK_RV (*CK_C_DigestEncryptUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes,
                                          CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
typedef CK_RV (*CK_C_DecryptDigestUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                                          CK_ULONG encrypted_bytes, CK_BYTE_PTR part,
                                          CK_ULONG_PTR part_bytes);
typedef CK_RV (*CK_C_SignEncryptUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes,
                                        CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
typedef CK_RV (*CK_C_DecryptVerifyUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted,
                                          CK_ULONG encrypted_bytes, CK_BYTE_PTR part,
                                          CK_ULONG_PTR part_bytes);
typedef CK_RV (*CK_C_GenerateKey)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                  CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key);
typedef CK_RV (*CK_C_GenerateKeyPair)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                      CK_ATTRIBUTE_PTR public_attributes, CK_ULONG public_count,
                                      CK_ATTRIBUTE_PTR private_attributes, CK_ULONG private_count,
                                      CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key);
typedef CK_RV (*CK_C_WrapKey)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                              CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped,
                              CK_ULONG_PTR wrapped_bytes);
typedef CK_RV (*CK_C_UnwrapKey)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped, CK_ULONG wrapped_bytes,
                                CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key);
typedef CK_RV (*CK_C_DeriveKey)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                CK_OBJECT_HANDLE base_key, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                                CK_OBJECT_HANDLE_PTR key);
typedef CK_RV (*CK_C_SeedRandom)(CK_SESSION_HANDLE session, CK_BYTE_PTR seed, CK_ULONG seed_bytes);
typedef CK_RV (*CK_C_GenerateRandom)(CK_SESSION_HANDLE session, CK_BYTE_PTR random, CK_ULONG random_bytes);
typedef CK_RV (*CK_C_GetFunctionStatus)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_CancelFunction)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_WaitForSlotEvent)(CK_FLAGS flags, CK_SLOT_ID_PTR slot, CK_VOID_PTR reserved);
typedef CK_RV (*CK_C_GetInterfaceList)(CK_INTERFACE_PTR interfaces, CK_ULONG_PTR count);
typedef CK_RV (*CK_C_GetInterface)(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
                                   CK_INTERFACE_PTR_PTR interface_found, CK_FLAGS flags);
typedef CK_RV (*CK_C_LoginUser)(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
                                CK_ULONG pin_bytes, CK_UTF8CHAR_PTR name, CK_ULONG name_bytes);
typedef CK_RV (*CK_C_SessionCancel)(CK_SESSION_HANDLE session, CK_FLAGS flags);
typedef CK_RV (*CK_C_MessageEncryptInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                         CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_EncryptMessage)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                     CK_ULONG parameter_bytes, CK_BYTE_PTR associated,
                                     CK_ULONG associated_bytes, CK_BYTE_PTR data, CK_ULONG data_bytes,
                                     CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
typedef CK_RV (*CK_C_EncryptMessageBegin)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                          CK_ULONG parameter_bytes, CK_BYTE_PTR associated,
                                          CK_ULONG associated_bytes);
typedef CK_RV (*CK_C_EncryptMessageNext)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                         CK_ULONG parameter_bytes, CK_BYTE_PTR part, CK_ULONG part_bytes,
                                         CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes, CK_FLAGS flags);
typedef CK_RV (*CK_C_MessageEncryptFinal)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_MessageDecryptInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                         CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_DecryptMessage)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                     CK_ULONG parameter_bytes, CK_BYTE_PTR associated,
                                     CK_ULONG associated_bytes, CK_BYTE_PTR encrypted,
                                     CK_ULONG encrypted_bytes, CK_BYTE_PTR data, CK_ULONG_PTR data_bytes);
typedef CK_RV (*CK_C_DecryptMessageBegin)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                          CK_ULONG parameter_bytes, CK_BYTE_PTR associated,
                                          CK_ULONG associated_bytes);
typedef CK_RV (*CK_C_DecryptMessageNext)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                         CK_ULONG parameter_bytes, CK_BYTE_PTR encrypted,
                                         CK_ULONG encrypted_bytes, CK_BYTE_PTR part, CK_ULONG_PTR part_bytes,
                                         CK_FLAGS flags);
typedef CK_RV (*CK_C_MessageDecryptFinal)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_MessageSignInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                      CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_SignMessage)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                                  CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
                                  CK_ULONG_PTR signature_bytes);
typedef CK_RV (*CK_C_SignMessageBegin)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                       CK_ULONG parameter_bytes);
typedef CK_RV (*CK_C_SignMessageNext)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                      CK_ULONG parameter_bytes, CK_BYTE_PTR part, CK_ULONG part_bytes,
                                      CK_BYTE_PTR signature, CK_ULONG_PTR signature_bytes);
typedef CK_RV (*CK_C_MessageSignFinal)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_MessageVerifyInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                        CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_C_VerifyMessage)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                    CK_ULONG parameter_bytes, CK_BYTE_PTR data, CK_ULONG data_bytes,
                                    CK_BYTE_PTR signature, CK_ULONG signature_bytes);
typedef CK_RV (*CK_C_VerifyMessageBegin)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                         CK_ULONG parameter_bytes);
typedef CK_RV (*CK_C_VerifyMessageNext)(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                                        CK_ULONG parameter_bytes, CK_BYTE_PTR part, CK_ULONG part_bytes,
                                        CK_BYTE_PTR signature, CK_ULONG signature_bytes);
typedef CK_RV (*CK_C_MessageVerifyFinal)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_EncapsulateKey)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                     CK_OBJECT_HANDLE public_key, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                                     CK_BYTE_PTR encapsulated, CK_ULONG_PTR encapsulated_bytes,
                                     CK_OBJECT_HANDLE_PTR key);
typedef CK_RV (*CK_C_DecapsulateKey)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                     CK_OBJECT_HANDLE private_key, CK_ATTRIBUTE_PTR attributes,
                                     CK_ULONG count, CK_BYTE_PTR encapsulated, CK_ULONG encapsulated_bytes,
                                     CK_OBJECT_HANDLE_PTR key);
typedef CK_RV (*CK_C_VerifySignatureInit)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                          CK_OBJECT_HANDLE key, CK_BYTE_PTR signature,
                                          CK_ULONG signature_bytes);
typedef CK_RV (*CK_C_VerifySignature)(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes);
typedef CK_RV (*CK_C_VerifySignatureUpdate)(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
typedef CK_RV (*CK_C_VerifySignatureFinal)(CK_SESSION_HANDLE session);
typedef CK_RV (*CK_C_GetSessionValidationFlags)(CK_SESSION_HANDLE session,
                                                CK_SESSION_VALIDATION_FLAGS_TYPE type, CK_FLAGS_PTR flags);
typedef CK_RV (*CK_C_AsyncComplete)(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function,
                                    CK_ASYNC_DATA_PTR result);
typedef CK_RV (*CK_C_AsyncGetID)(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ULONG_PTR id);
typedef CK_RV (*CK_C_AsyncJoin)(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ULONG id,
                                CK_BYTE_PTR data, CK_ULONG data_bytes);
typedef CK_RV (*CK_C_WrapKeyAuthenticated)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                           CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key,
                                           CK_BYTE_PTR associated, CK_ULONG associated_bytes,
                                           CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_bytes);
typedef CK_RV (*CK_C_UnwrapKeyAuthenticated)(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                                             CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped,
                                             CK_ULONG wrapped_bytes, CK_ATTRIBUTE_PTR attributes,
                                             CK_ULONG count, CK_BYTE_PTR associated,
                                             CK_ULONG associated_bytes, CK_OBJECT_HANDLE_PTR key);

// CK_FUNCTION_LIST is the list of 2.40: 68 functions.
struct CK_FUNCTION_LIST {
  CK_VERSION version;
  CK_C_Initialize C_Initialize;
  CK_C_Finalize C_Finalize;
  CK_C_GetInfo C_GetInfo;
  CK_C_GetFunctionList C_GetFunctionList;
  CK_C_GetSlotList C_GetSlotList;
  CK_C_GetSlotInfo C_GetSlotInfo;
  CK_C_GetTokenInfo C_GetTokenInfo;
  CK_C_GetMechanismList C_GetMechanismList;
  CK_C_GetMechanismInfo C_GetMechanismInfo;
  CK_C_InitToken C_InitToken;
  CK_C_InitPIN C_InitPIN;
  CK_C_SetPIN C_SetPIN;
  CK_C_OpenSession C_OpenSession;
  CK_C_CloseSession C_CloseSession;
  CK_C_CloseAllSessions C_CloseAllSessions;
  CK_C_GetSessionInfo C_GetSessionInfo;
  CK_C_GetOperationState C_GetOperationState;
  CK_C_SetOperationState C_SetOperationState;
  CK_C_Login C_Login;
  CK_C_Logout C_Logout;
  CK_C_CreateObject C_CreateObject;
  CK_C_CopyObject C_CopyObject;
  CK_C_DestroyObject C_DestroyObject;
  CK_C_GetObjectSize C_GetObjectSize;
  CK_C_GetAttributeValue C_GetAttributeValue;
  CK_C_SetAttributeValue C_SetAttributeValue;
  CK_C_FindObjectsInit C_FindObjectsInit;
  CK_C_FindObjects C_FindObjects;
  CK_C_FindObjectsFinal C_FindObjectsFinal;
  CK_C_EncryptInit C_EncryptInit;
  CK_C_Encrypt C_Encrypt;
  CK_C_EncryptUpdate C_EncryptUpdate;
  CK_C_EncryptFinal C_EncryptFinal;
  CK_C_DecryptInit C_DecryptInit;
  CK_C_Decrypt C_Decrypt;
  CK_C_DecryptUpdate C_DecryptUpdate;
  CK_C_DecryptFinal C_DecryptFinal;
  CK_C_DigestInit C_DigestInit;
  CK_C_Digest C_Digest;
  CK_C_DigestUpdate C_DigestUpdate;
  CK_C_DigestKey C_DigestKey;
  CK_C_DigestFinal C_DigestFinal;
  CK_C_SignInit C_SignInit;
  CK_C_Sign C_Sign;
  CK_C_SignUpdate C_SignUpdate;
  CK_C_SignFinal C_SignFinal;
  CK_C_SignRecoverInit C_SignRecoverInit;
  CK_C_SignRecover C_SignRecover;
  CK_C_VerifyInit C_VerifyInit;
  CK_C_Verify C_Verify;
  CK_C_VerifyUpdate C_VerifyUpdate;
  CK_C_VerifyFinal C_VerifyFinal;
  CK_C_VerifyRecoverInit C_VerifyRecoverInit;
  CK_C_VerifyRecover C_VerifyRecover;
  CK_C_DigestEncryptUpdate C_DigestEncryptUpdate;
  CK_C_DecryptDigestUpdate C_DecryptDigestUpdate;
  CK_C_SignEncryptUpdate C_SignEncryptUpdate;
  CK_C_DecryptVerifyUpdate C_DecryptVerifyUpdate;
  CK_C_GenerateKey C_GenerateKey;
  CK_C_GenerateKeyPair C_GenerateKeyPair;
  CK_C_WrapKey C_WrapKey;
  CK_C_UnwrapKey C_UnwrapKey;
  CK_C_DeriveKey C_DeriveKey;
  CK_C_SeedRandom C_SeedRandom;
  CK_C_GenerateRandom C_GenerateRandom;
  CK_C_GetFunctionStatus C_GetFunctionStatus;
  CK_C_CancelFunction C_CancelFunction;
  CK_C_WaitForSlotEvent C_WaitForSlotEvent;
};

// CK_FUNCTION_LIST_3_0 is the list of 3.0: the same 68 functions and 24 new ones.
struct CK_FUNCTION_LIST_3_0 {
  CK_VERSION version;
  CK_C_Initialize C_Initialize;
  CK_C_Finalize C_Finalize;
  CK_C_GetInfo C_GetInfo;
  CK_C_GetFunctionList C_GetFunctionList;
  CK_C_GetSlotList C_GetSlotList;
  CK_C_GetSlotInfo C_GetSlotInfo;
  CK_C_GetTokenInfo C_GetTokenInfo;
  CK_C_GetMechanismList C_GetMechanismList;
  CK_C_GetMechanismInfo C_GetMechanismInfo;
  CK_C_InitToken C_InitToken;
  CK_C_InitPIN C_InitPIN;
  CK_C_SetPIN C_SetPIN;
  CK_C_OpenSession C_OpenSession;
  CK_C_CloseSession C_CloseSession;
  CK_C_CloseAllSessions C_CloseAllSessions;
  CK_C_GetSessionInfo C_GetSessionInfo;
  CK_C_GetOperationState C_GetOperationState;
  CK_C_SetOperationState C_SetOperationState;
  CK_C_Login C_Login;
  CK_C_Logout C_Logout;
  CK_C_CreateObject C_CreateObject;
  CK_C_CopyObject C_CopyObject;
  CK_C_DestroyObject C_DestroyObject;
  CK_C_GetObjectSize C_GetObjectSize;
  CK_C_GetAttributeValue C_GetAttributeValue;
  CK_C_SetAttributeValue C_SetAttributeValue;
  CK_C_FindObjectsInit C_FindObjectsInit;
  CK_C_FindObjects C_FindObjects;
  CK_C_FindObjectsFinal C_FindObjectsFinal;
  CK_C_EncryptInit C_EncryptInit;
  CK_C_Encrypt C_Encrypt;
  CK_C_EncryptUpdate C_EncryptUpdate;
  CK_C_EncryptFinal C_EncryptFinal;
  CK_C_DecryptInit C_DecryptInit;
  CK_C_Decrypt C_Decrypt;
  CK_C_DecryptUpdate C_DecryptUpdate;
  CK_C_DecryptFinal C_DecryptFinal;
  CK_C_DigestInit C_DigestInit;
  CK_C_Digest C_Digest;
  CK_C_DigestUpdate C_DigestUpdate;
  CK_C_DigestKey C_DigestKey;
  CK_C_DigestFinal C_DigestFinal;
  CK_C_SignInit C_SignInit;
  CK_C_Sign C_Sign;
  CK_C_SignUpdate C_SignUpdate;
  CK_C_SignFinal C_SignFinal;
  CK_C_SignRecoverInit C_SignRecoverInit;
  CK_C_SignRecover C_SignRecover;
  CK_C_VerifyInit C_VerifyInit;
  CK_C_Verify C_Verify;
  CK_C_VerifyUpdate C_VerifyUpdate;
  CK_C_VerifyFinal C_VerifyFinal;
  CK_C_VerifyRecoverInit C_VerifyRecoverInit;
  CK_C_VerifyRecover C_VerifyRecover;
  CK_C_DigestEncryptUpdate C_DigestEncryptUpdate;
  CK_C_DecryptDigestUpdate C_DecryptDigestUpdate;
  CK_C_SignEncryptUpdate C_SignEncryptUpdate;
  CK_C_DecryptVerifyUpdate C_DecryptVerifyUpdate;
  CK_C_GenerateKey C_GenerateKey;
  CK_C_GenerateKeyPair C_GenerateKeyPair;
  CK_C_WrapKey C_WrapKey;
  CK_C_UnwrapKey C_UnwrapKey;
  CK_C_DeriveKey C_DeriveKey;
  CK_C_SeedRandom C_SeedRandom;
  CK_C_GenerateRandom C_GenerateRandom;
  CK_C_GetFunctionStatus C_GetFunctionStatus;
  CK_C_CancelFunction C_CancelFunction;
  CK_C_WaitForSlotEvent C_WaitForSlotEvent;
  CK_C_GetInterfaceList C_GetInterfaceList;
  CK_C_GetInterface C_GetInterface;
  CK_C_LoginUser C_LoginUser;
  CK_C_SessionCancel C_SessionCancel;
  CK_C_MessageEncryptInit C_MessageEncryptInit;
  CK_C_EncryptMessage C_EncryptMessage;
  CK_C_EncryptMessageBegin C_EncryptMessageBegin;
  CK_C_EncryptMessageNext C_EncryptMessageNext;
  CK_C_MessageEncryptFinal C_MessageEncryptFinal;
  CK_C_MessageDecryptInit C_MessageDecryptInit;
  CK_C_DecryptMessage C_DecryptMessage;
  CK_C_DecryptMessageBegin C_DecryptMessageBegin;
  CK_C_DecryptMessageNext C_DecryptMessageNext;
  CK_C_MessageDecryptFinal C_MessageDecryptFinal;
  CK_C_MessageSignInit C_MessageSignInit;
  CK_C_SignMessage C_SignMessage;
  CK_C_SignMessageBegin C_SignMessageBegin;
  CK_C_SignMessageNext C_SignMessageNext;
  CK_C_MessageSignFinal C_MessageSignFinal;
  CK_C_MessageVerifyInit C_MessageVerifyInit;
  CK_C_VerifyMessage C_VerifyMessage;
  CK_C_VerifyMessageBegin C_VerifyMessageBegin;
  CK_C_VerifyMessageNext C_VerifyMessageNext;
  CK_C_MessageVerifyFinal C_MessageVerifyFinal;
};

// CK_FUNCTION_LIST_3_2 is the list of 3.2: the same 92 functions and 12 new ones.
struct CK_FUNCTION_LIST_3_2 {
  CK_VERSION version;
  CK_C_Initialize C_Initialize;
  CK_C_Finalize C_Finalize;
  CK_C_GetInfo C_GetInfo;
  CK_C_GetFunctionList C_GetFunctionList;
  CK_C_GetSlotList C_GetSlotList;
  CK_C_GetSlotInfo C_GetSlotInfo;
  CK_C_GetTokenInfo C_GetTokenInfo;
  CK_C_GetMechanismList C_GetMechanismList;
  CK_C_GetMechanismInfo C_GetMechanismInfo;
  CK_C_InitToken C_InitToken;
  CK_C_InitPIN C_InitPIN;
  CK_C_SetPIN C_SetPIN;
  CK_C_OpenSession C_OpenSession;
  CK_C_CloseSession C_CloseSession;
  CK_C_CloseAllSessions C_CloseAllSessions;
  CK_C_GetSessionInfo C_GetSessionInfo;
  CK_C_GetOperationState C_GetOperationState;
  CK_C_SetOperationState C_SetOperationState;
  CK_C_Login C_Login;
  CK_C_Logout C_Logout;
  CK_C_CreateObject C_CreateObject;
  CK_C_CopyObject C_CopyObject;
  CK_C_DestroyObject C_DestroyObject;
  CK_C_GetObjectSize C_GetObjectSize;
  CK_C_GetAttributeValue C_GetAttributeValue;
  CK_C_SetAttributeValue C_SetAttributeValue;
  CK_C_FindObjectsInit C_FindObjectsInit;
  CK_C_FindObjects C_FindObjects;
  CK_C_FindObjectsFinal C_FindObjectsFinal;
  CK_C_EncryptInit C_EncryptInit;
  CK_C_Encrypt C_Encrypt;
  CK_C_EncryptUpdate C_EncryptUpdate;
  CK_C_EncryptFinal C_EncryptFinal;
  CK_C_DecryptInit C_DecryptInit;
  CK_C_Decrypt C_Decrypt;
  CK_C_DecryptUpdate C_DecryptUpdate;
  CK_C_DecryptFinal C_DecryptFinal;
  CK_C_DigestInit C_DigestInit;
  CK_C_Digest C_Digest;
  CK_C_DigestUpdate C_DigestUpdate;
  CK_C_DigestKey C_DigestKey;
  CK_C_DigestFinal C_DigestFinal;
  CK_C_SignInit C_SignInit;
  CK_C_Sign C_Sign;
  CK_C_SignUpdate C_SignUpdate;
  CK_C_SignFinal C_SignFinal;
  CK_C_SignRecoverInit C_SignRecoverInit;
  CK_C_SignRecover C_SignRecover;
  CK_C_VerifyInit C_VerifyInit;
  CK_C_Verify C_Verify;
  CK_C_VerifyUpdate C_VerifyUpdate;
  CK_C_VerifyFinal C_VerifyFinal;
  CK_C_VerifyRecoverInit C_VerifyRecoverInit;
  CK_C_VerifyRecover C_VerifyRecover;
  CK_C_DigestEncryptUpdate C_DigestEncryptUpdate;
  CK_C_DecryptDigestUpdate C_DecryptDigestUpdate;
  CK_C_SignEncryptUpdate C_SignEncryptUpdate;
  CK_C_DecryptVerifyUpdate C_DecryptVerifyUpdate;
  CK_C_GenerateKey C_GenerateKey;
  CK_C_GenerateKeyPair C_GenerateKeyPair;
  CK_C_WrapKey C_WrapKey;
  CK_C_UnwrapKey C_UnwrapKey;
  CK_C_DeriveKey C_DeriveKey;
  CK_C_SeedRandom C_SeedRandom;
  CK_C_GenerateRandom C_GenerateRandom;
  CK_C_GetFunctionStatus C_GetFunctionStatus;
  CK_C_CancelFunction C_CancelFunction;
  CK_C_WaitForSlotEvent C_WaitForSlotEvent;
  CK_C_GetInterfaceList C_GetInterfaceList;
  CK_C_GetInterface C_GetInterface;
  CK_C_LoginUser C_LoginUser;
  CK_C_SessionCancel C_SessionCancel;
  CK_C_MessageEncryptInit C_MessageEncryptInit;
  CK_C_EncryptMessage C_EncryptMessage;
  CK_C_EncryptMessageBegin C_EncryptMessageBegin;
  CK_C_EncryptMessageNext C_EncryptMessageNext;
  CK_C_MessageEncryptFinal C_MessageEncryptFinal;
  CK_C_MessageDecryptInit C_MessageDecryptInit;
  CK_C_DecryptMessage C_DecryptMessage;
  CK_C_DecryptMessageBegin C_DecryptMessageBegin;
  CK_C_DecryptMessageNext C_DecryptMessageNext;
  CK_C_MessageDecryptFinal C_MessageDecryptFinal;
  CK_C_MessageSignInit C_MessageSignInit;
  CK_C_SignMessage C_SignMessage;
  CK_C_SignMessageBegin C_SignMessageBegin;
  CK_C_SignMessageNext C_SignMessageNext;
  CK_C_MessageSignFinal C_MessageSignFinal;
  CK_C_MessageVerifyInit C_MessageVerifyInit;
  CK_C_VerifyMessage C_VerifyMessage;
  CK_C_VerifyMessageBegin C_VerifyMessageBegin;
  CK_C_VerifyMessageNext C_VerifyMessageNext;
  CK_C_MessageVerifyFinal C_MessageVerifyFinal;
  CK_C_EncapsulateKey C_EncapsulateKey;
  CK_C_DecapsulateKey C_DecapsulateKey;
  CK_C_VerifySignatureInit C_VerifySignatureInit;
  CK_C_VerifySignature C_VerifySignature;
  CK_C_VerifySignatureUpdate C_VerifySignatureUpdate;
  CK_C_VerifySignatureFinal C_VerifySignatureFinal;
  CK_C_GetSessionValidationFlags C_GetSessionValidationFlags;
  CK_C_AsyncComplete C_AsyncComplete;
  CK_C_AsyncGetID C_AsyncGetID;
  CK_C_AsyncJoin C_AsyncJoin;
  CK_C_WrapKeyAuthenticated C_WrapKeyAuthenticated;
  CK_C_UnwrapKeyAuthenticated C_UnwrapKeyAuthenticated;
};

// The exported functions.
CK_RV C_Initialize(CK_VOID_PTR arguments);
CK_RV C_Finalize(CK_VOID_PTR reserved);
CK_RV C_GetInfo(CK_INFO_PTR info);
CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list);
CK_RV C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count);
CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info);
CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info);
CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR mechanisms, CK_ULONG_PTR count);
CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info);
CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes, CK_UTF8CHAR_PTR label);
CK_RV C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes);
CK_RV C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin, CK_ULONG old_pin_bytes,
               CK_UTF8CHAR_PTR new_pin, CK_ULONG new_pin_bytes);
CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE_PTR session);
CK_RV C_CloseSession(CK_SESSION_HANDLE session);
CK_RV C_CloseAllSessions(CK_SLOT_ID slot);
CK_RV C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info);
CK_RV C_GetOperationState(CK_SESSION_HANDLE session, CK_BYTE_PTR state, CK_ULONG_PTR state_bytes);
CK_RV C_SetOperationState(CK_SESSION_HANDLE session, CK_BYTE_PTR state, CK_ULONG state_bytes,
                          CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentication_key);
CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes);
CK_RV C_Logout(CK_SESSION_HANDLE session);
CK_RV C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                     CK_OBJECT_HANDLE_PTR object);
CK_RV C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                   CK_ULONG count, CK_OBJECT_HANDLE_PTR copy);
CK_RV C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object);
CK_RV C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG_PTR size);
CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                          CK_ULONG count);
CK_RV C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                          CK_ULONG count);
CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count);
CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG count_max,
                    CK_ULONG_PTR count);
CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session);
CK_RV C_EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_Encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR encrypted,
                CK_ULONG_PTR encrypted_bytes);
CK_RV C_EncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR encrypted,
                      CK_ULONG_PTR encrypted_bytes);
CK_RV C_EncryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
CK_RV C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_Decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes, CK_BYTE_PTR data,
                CK_ULONG_PTR data_bytes);
CK_RV C_DecryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                      CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);
CK_RV C_DecryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);
CK_RV C_DigestInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism);
CK_RV C_Digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR digest,
               CK_ULONG_PTR digest_bytes);
CK_RV C_DigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
CK_RV C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);
CK_RV C_DigestFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR digest, CK_ULONG_PTR digest_bytes);
CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
             CK_ULONG_PTR signature_bytes);
CK_RV C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
CK_RV C_SignFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG_PTR signature_bytes);
CK_RV C_SignRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_SignRecover(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
                    CK_ULONG_PTR signature_bytes);
CK_RV C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_Verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
               CK_ULONG signature_bytes);
CK_RV C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
CK_RV C_VerifyFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_bytes);
CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_VerifyRecover(CK_SESSION_HANDLE session, CK_BYTE_PTR signature, CK_ULONG signature_bytes,
                      CK_BYTE_PTR data, CK_ULONG_PTR data_bytes);
CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes,
                            CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                            CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);
CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes,
                          CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes,
                            CK_BYTE_PTR part, CK_ULONG_PTR part_bytes);
CK_RV C_GenerateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR attributes,
                    CK_ULONG count, CK_OBJECT_HANDLE_PTR key);
CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                        CK_ATTRIBUTE_PTR public_attributes, CK_ULONG public_count,
                        CK_ATTRIBUTE_PTR private_attributes, CK_ULONG private_count,
                        CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key);
CK_RV C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE wrapping_key,
                CK_OBJECT_HANDLE key, CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_bytes);
CK_RV C_UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE unwrapping_key,
                  CK_BYTE_PTR wrapped, CK_ULONG wrapped_bytes, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                  CK_OBJECT_HANDLE_PTR key);
CK_RV C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base_key,
                  CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key);
CK_RV C_SeedRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR seed, CK_ULONG seed_bytes);
CK_RV C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR random, CK_ULONG random_bytes);
CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE session);
CK_RV C_CancelFunction(CK_SESSION_HANDLE session);
CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR slot, CK_VOID_PTR reserved);
CK_RV C_GetInterfaceList(CK_INTERFACE_PTR interfaces, CK_ULONG_PTR count);
CK_RV C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version, CK_INTERFACE_PTR_PTR interface_found,
                     CK_FLAGS flags);
CK_RV C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG pin_bytes,
                  CK_UTF8CHAR_PTR name, CK_ULONG name_bytes);
CK_RV C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS flags);
CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_EncryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                       CK_BYTE_PTR associated, CK_ULONG associated_bytes, CK_BYTE_PTR data,
                       CK_ULONG data_bytes, CK_BYTE_PTR encrypted, CK_ULONG_PTR encrypted_bytes);
CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                            CK_BYTE_PTR associated, CK_ULONG associated_bytes);
CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                           CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR encrypted,
                           CK_ULONG_PTR encrypted_bytes, CK_FLAGS flags);
CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE session);
CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_DecryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                       CK_BYTE_PTR associated, CK_ULONG associated_bytes, CK_BYTE_PTR encrypted,
                       CK_ULONG encrypted_bytes, CK_BYTE_PTR data, CK_ULONG_PTR data_bytes);
CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                            CK_BYTE_PTR associated, CK_ULONG associated_bytes);
CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                           CK_BYTE_PTR encrypted, CK_ULONG encrypted_bytes, CK_BYTE_PTR part,
                           CK_ULONG_PTR part_bytes, CK_FLAGS flags);
CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE session);
CK_RV C_MessageSignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_SignMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                    CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature,
                    CK_ULONG_PTR signature_bytes);
CK_RV C_SignMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes);
CK_RV C_SignMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                        CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR signature,
                        CK_ULONG_PTR signature_bytes);
CK_RV C_MessageSignFinal(CK_SESSION_HANDLE session);
CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key);
CK_RV C_VerifyMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                      CK_BYTE_PTR data, CK_ULONG data_bytes, CK_BYTE_PTR signature, CK_ULONG signature_bytes);
CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes);
CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_bytes,
                          CK_BYTE_PTR part, CK_ULONG part_bytes, CK_BYTE_PTR signature,
                          CK_ULONG signature_bytes);
CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE session);
CK_RV C_EncapsulateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE public_key,
                       CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR encapsulated,
                       CK_ULONG_PTR encapsulated_bytes, CK_OBJECT_HANDLE_PTR key);
CK_RV C_DecapsulateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE private_key,
                       CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR encapsulated,
                       CK_ULONG encapsulated_bytes, CK_OBJECT_HANDLE_PTR key);
CK_RV C_VerifySignatureInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key,
                            CK_BYTE_PTR signature, CK_ULONG signature_bytes);
CK_RV C_VerifySignature(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_bytes);
CK_RV C_VerifySignatureUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_bytes);
CK_RV C_VerifySignatureFinal(CK_SESSION_HANDLE session);
CK_RV C_GetSessionValidationFlags(CK_SESSION_HANDLE session, CK_SESSION_VALIDATION_FLAGS_TYPE type,
                                  CK_FLAGS_PTR flags);
CK_RV C_AsyncComplete(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ASYNC_DATA_PTR result);
CK_RV C_AsyncGetID(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ULONG_PTR id);
CK_RV C_AsyncJoin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR function, CK_ULONG id, CK_BYTE_PTR data,
                  CK_ULONG data_bytes);
CK_RV C_WrapKeyAuthenticated(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                             CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key, CK_BYTE_PTR associated,
                             CK_ULONG associated_bytes, CK_BYTE_PTR wrapped, CK_ULONG_PTR wrapped_bytes);
CK_RV C_UnwrapKeyAuthenticated(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                               CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR wrapped, CK_ULONG wrapped_bytes,
                               CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_BYTE_PTR associated,
                               CK_ULONG associated_bytes, CK_OBJECT_HANDLE_PTR key);

#ifdef __cplusplus
}
#endif
