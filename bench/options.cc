// Options: a table of names with defaults, and what the command line changes in it.
#include "bench/options.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace coffer::bench {

Options::Options(int count, char** values, std::initializer_list<Default> defaults) : values_(defaults) {
  const auto usage = [this, values] {
    std::string text = std::string("usage: ") + values[0];
    for (const auto& [name, value] : values_)
      text += " --" + name + " " + (value.empty() ? "(needed)" : value);
    fail(text);
  };
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = values[i];
    if (!name.starts_with("--") || i + 1 == count) usage();
    const auto found = values_.find(std::string(name.substr(2)));
    if (found == values_.end()) usage();
    found->second = values[i + 1];
  }
  for (const auto& [name, value] : values_) {
    if (value.empty()) usage();
  }
}

unsigned Options::number(const std::string& name) const {
  const long value = std::atol(text(name).c_str());
  if (value < 1 || value > 1'000'000'000) fail("--" + name + " is a number from 1");
  return static_cast<unsigned>(value);
}

double Options::real(const std::string& name) const {
  const double value = std::atof(text(name).c_str());
  if (!(value > 0)) fail("--" + name + " is a number above 0");
  return value;
}

std::string beside_program(std::string_view relative) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / relative).lexically_normal();
}

void fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

}  // namespace coffer::bench
