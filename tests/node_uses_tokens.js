// pkcs11js makes and uses keys of a token. usage: node node_uses_tokens.js MODULE PIN
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const pkcs11js = require('pkcs11js');

const [module_path, pin] = process.argv.slice(2);
const token = new pkcs11js.PKCS11();
token.load(module_path);
token.C_Initialize();
const slot = token.C_GetSlotList(true)[0];
const session = token.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
assert.throws(() => token.C_Login(session, pkcs11js.CKU_USER, '9999'), { code: pkcs11js.CKR_PIN_INCORRECT });
token.C_Login(session, pkcs11js.CKU_USER, pin);

const id = Buffer.from([7]);
const keys = token.C_GenerateKeyPair(
  session,
  { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN },
  [
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_VERIFY, value: true },
    { type: pkcs11js.CKA_ID, value: id },
    { type: pkcs11js.CKA_EC_PARAMS, value: Buffer.from('06082A8648CE3D030107', 'hex') },
  ],
  [
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_SIGN, value: true },
    { type: pkcs11js.CKA_ID, value: id },
  ],
);
const digest = crypto.createHash('sha256').update('what was agreed').digest();
token.C_SignInit(session, { mechanism: pkcs11js.CKM_ECDSA }, keys.privateKey);
const signature = token.C_Sign(session, digest, Buffer.alloc(128));
assert.strictEqual(signature.length, 64);
token.C_VerifyInit(session, { mechanism: pkcs11js.CKM_ECDSA }, keys.publicKey);
assert.ok(token.C_Verify(session, digest, signature));

// Node's own OpenSSL has the last word about the signature.
const point = token.C_GetAttributeValue(session, keys.publicKey, [{ type: pkcs11js.CKA_EC_POINT }])[0].value;
const spki = Buffer.concat([
  Buffer.from('3059301306072A8648CE3D020106082A8648CE3D030107034200', 'hex'),
  point.subarray(2),
]);
const public_key = crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' });
const verified = (text) =>
  crypto.verify('sha256', Buffer.from(text), { key: public_key, dsaEncoding: 'ieee-p1363' }, signature);
assert.ok(verified('what was agreed'));
assert.ok(!verified('what was not agreed'));

const secret = token.C_GenerateKey(session, { mechanism: pkcs11js.CKM_AES_KEY_GEN }, [
  { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
  { type: pkcs11js.CKA_TOKEN, value: false },
  { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
  { type: pkcs11js.CKA_ENCRYPT, value: true },
  { type: pkcs11js.CKA_DECRYPT, value: true },
]);
assert.throws(() => token.C_GetAttributeValue(session, secret, [{ type: pkcs11js.CKA_VALUE }]), {
  code: pkcs11js.CKR_ATTRIBUTE_SENSITIVE,
});
const cbc = { mechanism: pkcs11js.CKM_AES_CBC_PAD, parameter: crypto.randomBytes(16) };

async function main() {
  // The asynchronous functions run in threads of libuv.
  token.C_EncryptInit(session, cbc, secret);
  const sealed = await token.C_EncryptAsync(session, Buffer.from('secret'), Buffer.alloc(64));
  token.C_DecryptInit(session, cbc, secret);
  const opened = await token.C_DecryptAsync(session, sealed, Buffer.alloc(64));
  assert.strictEqual(opened.toString(), 'secret');

  token.C_DestroyObject(session, keys.privateKey);
  token.C_DestroyObject(session, keys.publicKey);
  token.C_Logout(session);
  token.C_CloseSession(session);
  token.C_Finalize();
  token.close();
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
