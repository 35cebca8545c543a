// Version: what `coffer version` says; packaging/CMakeLists.txt checks that it is the project's.
#pragma once

#include <string_view>

namespace coffer::cli {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace coffer::cli
