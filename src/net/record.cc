// Record: written and read.
#include "net/record.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "codec/binary.h"

namespace coffer::net {

void append_record(Buffer& output, RecordKind kind, std::uint32_t channel, Bytes payload) {
  CHECK(payload.size() <= kRecordPayloadBytesMax);
  codec::encode_into(
      RecordHeader{
          .payload_bytes = static_cast<std::uint32_t>(payload.size()), .kind = kind, .channel = channel},
      output);
  append(output, payload);
}

RecordReader& RecordReader::operator=(RecordReader&& other) noexcept {
  octets_.swap(other.octets_);
  std::swap(taken_, other.taken_);
  return *this;
}

void RecordReader::received(Bytes octets) {
  const std::size_t left = octets_.size() - taken_;
  if (left + octets.size() > octets_.capacity()) {
    // Growing by itself would leave a copy.
    Buffer fresh;
    const std::size_t wanted = left + octets.size();
    fresh.reserve(std::max({kReserveBytes, wanted, std::min(2 * wanted, kIdleBytesMax)}));
    append(fresh, Bytes(octets_).subspan(taken_));
    wipe(octets_);
    octets_ = std::move(fresh);
  } else {
    std::ranges::copy(Bytes(octets_).subspan(taken_), octets_.begin());
    wipe(MutableBytes(octets_).subspan(left));
    octets_.resize(left);
  }
  taken_ = 0;
  append(octets_, octets);
}

Result<std::optional<Record>> RecordReader::next() {
  const Bytes rest = Bytes(octets_).subspan(taken_);
  if (rest.size() < RecordHeader::kBytes) return std::optional<Record>();
  const auto header = TRY(codec::decode<RecordHeader>(rest.first(RecordHeader::kBytes)));
  if (header.payload_bytes > kRecordPayloadBytesMax) {
    return Error{Code::malformed, "a record of the network is too long"};
  }
  const std::size_t bytes = RecordHeader::kBytes + header.payload_bytes;
  if (rest.size() < bytes) return std::optional<Record>();
  taken_ += bytes;
  return std::optional<Record>(Record{header, rest.subspan(RecordHeader::kBytes, header.payload_bytes)});
}

}  // namespace coffer::net
