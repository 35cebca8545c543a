// Owned: an object of a C library with one owner, freed by the library's own function.
#pragma once

#include <memory>

namespace coffer {

// Releaser calls the library's function when an Owned dies.
template <auto kRelease>
struct Releaser {
  template <typename T>
  void operator()(T* object) const {
    kRelease(object);
  }
};

template <typename T, auto kRelease>
using Owned = std::unique_ptr<T, Releaser<kRelease>>;

}  // namespace coffer
