// KeptParameters: parameters of an operation that outlives the request it began in.
#pragma once

#include "crypto/operation.h"

namespace coffer::crypto {

// KeptParameters copies what the views of Parameters point to, of what a signature or a cipher reads.
class KeptParameters final {
 public:
  explicit KeptParameters(const Parameters& parameters)
      : parameters_(parameters),
        iv_(to_buffer(parameters.iv)),
        associated_(to_buffer(parameters.associated)) {
    parameters_.iv = iv_;
    parameters_.associated = associated_;
    parameters_.peer = {};
    parameters_.salt = {};
    parameters_.info = {};
  }
  KeptParameters(const KeptParameters&) = delete;
  KeptParameters& operator=(const KeptParameters&) = delete;
  [[nodiscard]] const Parameters& get() const { return parameters_; }
  [[nodiscard]] std::size_t kept_bytes() const { return iv_.capacity() + associated_.capacity(); }

 private:
  Parameters parameters_;
  Buffer iv_;
  Buffer associated_;
};

}  // namespace coffer::crypto
