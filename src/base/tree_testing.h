// tree_path: where a test finds a file of the tree, such as its vectors.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace coffer {

// tree_path is the place of a file that is named from the root of the tree ("testdata/crypto/hmac.vec").
// ctest hands the root over in COFFER_TREE; without it the test program ends. (A path that is compiled in
// would keep one clone from using what another compiled.)
inline std::string tree_path(std::string_view name) {
  const char* const tree = std::getenv("COFFER_TREE");
  if (tree == nullptr) {
    std::fputs("set COFFER_TREE to the root of the source tree, or run the test by ctest\n", stderr);
    std::exit(2);
  }
  return std::string(tree) + "/" + std::string(name);
}

}  // namespace coffer
