// Frame: the envelope of every request and reply (docs/formats.md, "Wire").
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/limits.h"

namespace coffer::wire {

// Op is what a request asks for. Numbers go over the wire: add, never renumber.
enum class Op : std::uint16_t {
  hello = 1,
  status = 2,
  initialize = 3,
  unlock = 4,
  lock = 5,
  accept_rollback = 6,
  grant = 7,
  grants = 8,
  audit_head = 9,
  mechanisms = 10,
  attach_ring = 11,
  shut_down = 12,
  slots = 20,
  init_token = 21,
  login = 22,
  resume = 23,
  logout = 24,
  init_pin = 25,
  set_pin = 26,
  destroy_token = 27,
  create_object = 30,
  copy_object = 31,
  destroy_object = 32,
  get_attributes = 33,
  set_attributes = 34,
  find = 35,
  generate_key = 36,
  generate_key_pair = 37,
  derive_key = 38,
  close_session = 39,
  key_policy_set = 40,
  key_policy_show = 41,
  key_policy_explain = 42,
  sign = 50,
  verify = 51,
  encrypt = 52,
  decrypt = 53,
  digest = 54,
  random = 55,
  seed_random = 56,
  begin = 60,
  update = 61,
  finish = 62,
  cancel = 63,
  ca_create = 70,
  ca_show = 71,
  ca_list = 72,
  ca_sign_ssh = 73,
  make_nonce = 80,
  sign_recover = 81,
  verify_recover = 82,
  digest_key = 83,
  copy_operation = 84,
  start_job = 85,
  take_job = 86,
  wrap_key = 96,
  unwrap_key = 97,
  authorize_use = 98,
  encapsulate = 112,
  decapsulate = 113,
  backup_keep = 128,
  backup_begin = 129,
  backup_read = 130,
  backup_rehearse = 131,
  backup_open = 132,
  backup_write = 133,
  backup_finish = 134,
  tamper_show = 135,
  tamper_set = 136,
  tamper_clear = 137,
  zeroize_prepare = 138,
  zeroize = 139,
  operator_add = 140,
  operators = 141,
  operator_change = 142,
  operator_login = 143,
  net_enable = 0x90,
  net_enrol = 0x91,
  net_list = 0x92,
  net_revoke = 0x93,
  net_identity = 0x94,
  net_join = 0x95,
  net_sign = 0x96,
  token_policy_set = 151,
  token_policy_show = 152,
  key_deleted = 153,
  key_undelete = 154,
  tamper_duress = 155,
  token_mechanisms = 160,
  token_legacy = 161,
  once = 170,
  net_protections = 171,
  token_unlock = 172,
};

// carries_secret tells whether a request or its reply can hold a PIN, a passphrase, a bearer secret or key
// material. Every copy of such a payload is wiped as soon as it is answered, or read. Data to encrypt or to
// sign is the caller's own and is overwritten by the next request.
constexpr bool carries_secret(Op op) {
  switch (op) {
    case Op::hello:
    case Op::initialize:
    case Op::unlock:
    case Op::init_token:
    case Op::login:
    case Op::resume:
    case Op::init_pin:
    case Op::set_pin:
    case Op::create_object:
    case Op::get_attributes:
    case Op::set_attributes:
    case Op::find:
    case Op::generate_key:
    case Op::derive_key:
    case Op::start_job:
    case Op::authorize_use:
    case Op::seed_random:
    case Op::backup_keep:
    case Op::backup_begin:
    case Op::backup_rehearse:
    case Op::backup_open:
    case Op::backup_finish:
    case Op::operator_add:
    case Op::operator_change:
    case Op::operator_login:
    case Op::net_enrol:
    case Op::net_join:
    case Op::tamper_clear:
    case Op::tamper_duress:
    case Op::once: return true;
    default: return false;
  }
}

// lacks_room tells whether a request may hold a secret among so much else that it would not be hidden, since
// the room is scarce (base/secret_room.h); then it is answered with kNoRoom and not looked at.
bool lacks_room(Op op, std::size_t payload_bytes);
// lacks_room_for_reply tells the same of a reply. Those that are bulk hold attributes, or name objects that
// were found.
bool lacks_room_for_reply(Op op, std::size_t payload_bytes);
inline constexpr Error kNoRoom{
    Code::limit, "the vault's hidden memory is full: send less at once, or raise RLIMIT_MEMLOCK"};

// FrameHeader stands in front of every payload. In a request `kind` is the Op; in a reply it is the Code, and
// the payload of a failure is the literal text of the error.
struct FrameHeader {
  static constexpr std::size_t kBytes = 20;

  std::uint32_t payload_bytes = 0;
  std::uint16_t kind = 0;
  std::uint16_t reserved = 0;               // 0
  std::uint64_t request_id = 0;             // chosen by the client; the reply carries it back
  std::uint32_t deadline_milliseconds = 0;  // request: the time it may take (0: the default); reply: 0

  static Status fields(auto& visit, auto& in) {
    TRY(visit(in.payload_bytes));
    TRY(visit(in.kind));
    TRY(visit(in.reserved));
    TRY(visit(in.request_id));
    return visit(in.deadline_milliseconds);
  }
};

// encode_header gives the octets of a header.
std::array<std::uint8_t, FrameHeader::kBytes> encode_header(const FrameHeader& header);

// decode_header reads a header from the first kBytes of `octets`, which must be there. Fails with `malformed`
// when the payload is longer than kPayloadBytesMax or the reserved field is not zero; `request_id` of the
// header is then still in `request_id`, so that the failure can be answered.
Result<FrameHeader> decode_header(Bytes octets, std::uint64_t& request_id);

}  // namespace coffer::wire
