// Wire form: what a call's settings and parameters are in the chip's messages.
#pragma once

#include <deque>
#include <vector>

#include "tests/extraction_search/call.h"
#include "wire/messages.h"

namespace coffer::extraction {

// WireTemplate is a template and what it views into; `flip` changes octets of one attribute by XOR.
class WireTemplate {
 public:
  explicit WireTemplate(const Settings& settings);
  WireTemplate(const WireTemplate&) = delete;
  WireTemplate& operator=(const WireTemplate&) = delete;

  void flip(std::uint32_t type, std::size_t position, std::uint8_t by);
  [[nodiscard]] const wire::Template& attributes() const { return attributes_; }

 private:
  std::deque<Buffer> values_;
  wire::Template attributes_;
};

// wire_parameters gives the parameters; `iv` and `how` must outlive them.
wire::Parameters wire_parameters(const How& how, Bytes iv);

}  // namespace coffer::extraction
