// C_SeedRandom, C_GenerateRandom (PKCS#11 3.0, 5.19).
#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "pkcs11/call.h"
#include "pkcs11/functions.h"
#include "pkcs11/given.h"

namespace coffer::pkcs11 {

namespace {

Answer seed(Module& module, Session& session, Bytes octets) {
  while (!octets.empty()) {
    const Bytes piece = octets.first(std::min(octets.size(), wire::kParameterBytesMax));
    octets = octets.subspan(piece.size());
    TRY(module.tell(session.link, wire::SeedRandom{piece}));
  }
  return {};
}

Answer fill(Module& module, Session& session, MutableBytes octets) {
  while (!octets.empty()) {
    const MutableBytes piece = octets.first(std::min(octets.size(), wire::kRandomBytesMax));
    octets = octets.subspan(piece.size());
    const wire::Random request{static_cast<std::uint32_t>(piece.size())};
    TRY(module.ask(session.link, request, [piece](const wire::OutputReply& reply) -> Status {
      if (reply.output.size() != piece.size())
        return Error{Code::malformed, "the chip gave too few random octets"};
      std::memcpy(piece.data(), reply.output.data(), piece.size());
      return {};
    }));
  }
  return {};
}

// fill_small takes a few octets from the session's pool, which is filled first when it holds too few.
Answer fill_small(Module& module, Session& session, MutableBytes octets) {
  if (session.random.take(octets)) return {};
  const MutableBytes room = session.random.room();
  if (room.empty()) return fill(module, session, octets);
  TRY(fill(module, session, room));
  session.random.filled();
  return session.random.take(octets) ? Answer{} : Answer{CKR_GENERAL_ERROR};
}

}  // namespace

CK_RV seed_random(CK_SESSION_HANDLE session, CK_BYTE_PTR seed_octets, CK_ULONG seed_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (is_missing(seed_octets, seed_bytes)) return CKR_ARGUMENTS_BAD;
    held.random.forget();  // What comes next shall be made with the seed.
    return seed(module, held, {seed_octets, seed_bytes});
  });
}

CK_RV generate_random(CK_SESSION_HANDLE session, CK_BYTE_PTR random, CK_ULONG random_bytes) {
  return with_session(session, [&](Module& module, Session& held) -> Answer {
    if (is_missing(random, random_bytes)) return CKR_ARGUMENTS_BAD;
    const MutableBytes wanted{random, random_bytes};
    return wanted.size() <= RandomPool::kRequestBytesMax ? fill_small(module, held, wanted)
                                                         : fill(module, held, wanted);
  });
}

}  // namespace coffer::pkcs11
