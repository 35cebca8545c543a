// Man page: coffer(1), made of the command table.
#pragma once

#include <string>

namespace coffer::cli {

// man_page gives coffer(1) in roff with the man macros.
std::string man_page();

}  // namespace coffer::cli
