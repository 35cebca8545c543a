// Wire form: templates and parameters.
#include "tests/extraction_search/wire_form.h"

#include "base/check.h"
#include "codec/binary.h"
#include "wire/wrap_messages.h"

namespace coffer::extraction {

WireTemplate::WireTemplate(const Settings& settings) {
  for (const Setting& each : settings) {
    if (each.inner.empty()) {
      values_.push_back(each.value);
    } else {
      const WireTemplate inner(each.inner);
      values_.push_back(codec::encode(wire::NestedTemplate{inner.attributes()}));
    }
    attributes_.push_back({each.type, values_.back()});
  }
}

void WireTemplate::flip(std::uint32_t type, std::size_t position, std::uint8_t by) {
  for (std::size_t i = 0; i < attributes_.size(); ++i) {
    if (attributes_[i].type == type && position < values_[i].size()) values_[i][position] ^= by;
  }
}

wire::Parameters wire_parameters(const How& how, Bytes iv) {
  wire::Parameters made{.mechanism = how.mechanism,
                        .iv = iv,
                        .associated = how.associated,
                        .tag_bits = how.tag_bits,
                        .counter_bits = how.counter_bits,
                        .hash = how.hash,
                        .mask_hash = how.mask_hash,
                        .salt_bytes = how.salt_bytes,
                        .peer = how.peer,
                        .salt = how.salt,
                        .info = how.info,
                        .extract = how.extract,
                        .expand = how.expand,
                        .output_bytes = how.output_bytes,
                        .variant = how.variant,
                        .other_key = std::nullopt,
                        .number = how.number,
                        .sizes = how.sizes,
                        .parts = {}};
  for (const Part& each : how.parts) {
    made.parts.push_back(
        {.kind = each.kind, .little_endian = false, .bits = each.bits, .octets = each.octets});
  }
  return made;
}

}  // namespace coffer::extraction
