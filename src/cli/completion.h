// Completion: what the shells bash, zsh and fish need to complete coffer's commands and options.
#pragma once

#include <string>

namespace coffer::cli {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace coffer::cli
