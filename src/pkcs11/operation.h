// Operation: what a session remembers between C_XxxInit and the end of the operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/bytes.h"
#include "base/result.h"
#include "pkcs11/held_input.h"
#include "pkcs11/mechanism.h"
#include "pkcs11/object_table.h"
#include "pkcs11/parameters.h"
#include "pkcs11/pkcs11.h"
#include "pkcs11/return_value.h"
#include "wire/messages.h"

namespace coffer::pkcs11 {

class Module;
struct Session;

// Activity is what a session can be in the middle of; of each there is at most one at a time.
enum class Activity : std::uint8_t {
  sign,
  verify,
  encrypt,
  decrypt,
  digest,
  sign_recover,
  verify_recover,
  verify_signature,
  message_sign,
  message_verify,
  message_encrypt,
  message_decrypt,
};
inline constexpr std::size_t kActivityCount = 12;

// chip_kind says what the chip calls an activity that it does in parts.
constexpr wire::OperationKind chip_kind(Activity activity) {
  switch (activity) {
    case Activity::sign:
    case Activity::sign_recover:
    case Activity::message_sign: return wire::OperationKind::sign;
    case Activity::verify:
    case Activity::verify_recover:
    case Activity::verify_signature:
    case Activity::message_verify: return wire::OperationKind::verify;
    case Activity::encrypt:
    case Activity::message_encrypt: return wire::OperationKind::encrypt;
    case Activity::decrypt:
    case Activity::message_decrypt: return wire::OperationKind::decrypt;
    case Activity::digest: return wire::OperationKind::digest;
  }
  return wire::OperationKind::digest;
}

// serves_many says whether an activity goes on to the next message after each.
constexpr bool serves_many(Activity activity) { return activity >= Activity::message_sign; }

// kCollectBytesMax is how much of a message in parts is kept here, to be sent as one request at the end. More
// than that is streamed to the chip.
inline constexpr std::size_t kCollectBytesMax = 32U * 1024U;

// Part says which of its functions an output belongs to: C_Sign, C_EncryptUpdate, C_SignFinal, ...
enum class Part : std::uint8_t { none, whole, update, final };

// KeptOutput is an output that did not fit into the caller's buffer. It waits for the next call, because the
// chip has done its work already and would not do it twice. It may be plaintext, so it wipes itself.
class KeptOutput final {
 public:
  KeptOutput() = default;
  KeptOutput(KeptOutput&&) noexcept = default;
  KeptOutput& operator=(KeptOutput&& other) noexcept;
  KeptOutput(const KeptOutput&) = delete;
  KeptOutput& operator=(const KeptOutput&) = delete;
  ~KeptOutput() { clear(); }

  void reserve(std::size_t bytes);
  void append(Bytes octets);
  void clear();
  [[nodiscard]] Bytes octets() const { return octets_; }

  Part part = Part::none;  // none: there is no output

 private:
  Buffer octets_;
};

// Stage is how far an operation has come.
enum class Stage : std::uint8_t {
  idle,        // not initialised
  ready,       // initialised, nothing fed yet
  collecting,  // parts are kept in `collected`, or in `waiting`
  streaming,   // the chip holds the state, under `remote`
};

// Operation is one activity of a session.
struct Operation {
  Stage stage = Stage::idle;
  bool awaits_login = false;  // CKA_ALWAYS_AUTHENTICATE: C_Login(CKU_CONTEXT_SPECIFIC) must come first
  OwnedParameters parameters;
  MechanismShape shape;
  Object key;  // nothing for digests
  Buffer collected;
  HeldInput waiting;  // parts of an authenticated encryption or decryption: pkcs11/sealed.h
  std::uint64_t remote = 0;
  std::size_t fed_bytes = 0;       // encrypt, decrypt in parts: what went in
  std::size_t produced_bytes = 0;  // and what came out
  Buffer signature;                // verify_signature: what C_VerifySignatureInit was given
  std::uint64_t nonces = 0;        // message_encrypt: the chip's counter of nonces, 0: none yet
  KeptOutput kept;

  [[nodiscard]] bool is_active() const { return stage != Stage::idle; }
  [[nodiscard]] std::size_t held_bytes() const {
    return fed_bytes > produced_bytes ? fed_bytes - produced_bytes : 0;
  }
  [[nodiscard]] std::size_t tag_bytes() const { return parameters.view.tag_bits / 8; }

  // forget ends the operation on this side, wiping what it held. rewind makes it ready for the next message.
  void forget();
  void rewind();
};

// Output is where the caller wants an output: null `octets` asks only for its length.
struct Output {
  CK_BYTE* octets = nullptr;
  CK_ULONG* length = nullptr;
};

// Sink takes the octets that the chip answered, piece by piece.
using Sink = std::function<Status(Bytes octets)>;

// begin_operation is C_XxxInit: checks mechanism, parameter and key against what is known here, without
// asking the chip. A null mechanism ends an operation that is active (PKCS#11 3.0, 5.8). `key` is not looked
// at for digests.
Answer begin_operation(Module& module, Session& session, Activity activity, const CK_MECHANISM* mechanism,
                       CK_OBJECT_HANDLE key);

// check_key checks that a session may use a key with a mechanism, and gives what is known about it.
Answer check_key(Module& module, const Session& session, const wire::MechanismInfo& mechanism, CK_FLAGS use,
                 CK_OBJECT_HANDLE handle, Object& key);

// end_operation forgets the operation here, and in the chip if it is known there. Of an activity that serves
// many messages it ends only the message.
void end_operation(Module& module, Session& session, Activity activity);

// quit_operation ends the activity altogether.
void quit_operation(Module& module, Session& session, Activity activity);

// deliver gives an output to the caller by the convention of PKCS#11 (3.0, 5.2): asked for the length it
// tells `bound`; when the buffer is too small it tells the length and the operation goes on; anything else
// ends it, except a part that succeeded; what a failure has written already is wiped. `run` asks the chip and
// feeds the sink.
Answer deliver(Module& module, Session& session, Activity activity, Part part, Output output, Bound bound,
               const std::function<Status(const Sink& sink)>& run);

// start_remote begins the operation in the chip.
Status start_remote(Module& module, Session& session, Activity activity);

// move_to_chip makes the chip go on with what was collected here, if it does not already.
Status move_to_chip(Module& module, Session& session, Activity activity);

// feed_remote sends octets to the operation in the chip, in pieces that fit a request.
Status feed_remote(Module& module, Session& session, Operation& operation, Bytes octets, const Sink& sink);

// finish_remote ends the operation in the chip.
Status finish_remote(Module& module, Session& session, Operation& operation, Bytes signature,
                     const Sink& sink);

// ask_streamed does the whole operation on octets that are too long for one request.
Status ask_streamed(Module& module, Session& session, Activity activity, Bytes octets, Bytes signature,
                    const Sink& sink);

// run_whole is C_Sign, C_Digest, C_Encrypt, C_Decrypt: one request, or a stream when the input is too long
// for that.
Answer run_whole(Module& module, Session& session, Activity activity, const CK_BYTE* input,
                 CK_ULONG input_bytes, Output output);

// collect takes a part of a message that is signed, verified or digested.
Answer collect(Module& module, Session& session, Activity activity, const CK_BYTE* part, CK_ULONG part_bytes);

// run_collected is C_SignFinal, C_DigestFinal: what was collected is sent as one request.
Answer run_collected(Module& module, Session& session, Activity activity, Output output);

// cipher_update is C_EncryptUpdate, C_DecryptUpdate: what is ready comes out at once.
Answer cipher_update(Module& module, Session& session, Activity activity, const CK_BYTE* part,
                     CK_ULONG part_bytes, Output output);

// cipher_final is C_EncryptFinal, C_DecryptFinal.
Answer cipher_final(Module& module, Session& session, Activity activity, Output output);

}  // namespace coffer::pkcs11
