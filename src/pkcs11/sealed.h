// Sealed: authenticated encryption and decryption (GCM, CCM, ChaCha20-Poly1305) of data of any size. No
// plaintext leaves the chip before the tag was right, and the chip holds none of it: what was encrypted waits
// here, in the application's memory, and when it is long the chip sees it twice.
#pragma once

#include "pkcs11/operation.h"

namespace coffer::pkcs11 {

// waits says whether the parts of an activity wait here until all have come: decryption, and encryption with
// CCM, which begins with the size.
bool waits(const Operation& operation, Activity activity);

// told_for_nothing is the length that is told for an output of nothing: some pass a null pointer again for a
// size of 0, which asks for the length again. The part would be lost, and a tag not looked at.
constexpr std::size_t told_for_nothing(std::size_t part_bytes) { return part_bytes == 0 ? 1 : part_bytes; }

// is_too_long says whether an authenticated encryption of so much is refused (CKR_DATA_LEN_RANGE).
bool is_too_long(const Operation& operation, Activity activity, std::size_t bytes);

// hold_part is C_EncryptUpdate and C_DecryptUpdate of what waits: it keeps the part and gives nothing.
Answer hold_part(Module& module, Session& session, Activity activity, Bytes octets, Output output);

// run_sealed does the whole operation on `data` and the tag behind it, which may be part of the data. The
// output is of the same size, piece by piece, so that it may go where the data was.
Status run_sealed(Module& module, Session& session, Activity activity, Bytes data, Bytes tag,
                  const Sink& sink);

}  // namespace coffer::pkcs11
