// Options of a measuring program: --name value, each with a default.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace coffer::bench {

// Options are what the command line says; a name that is not among the defaults ends the program with the
// list. An option whose default is empty must be given.
class Options {
 public:
  using Default = std::pair<const std::string, std::string>;
  Options(int count, char** values, std::initializer_list<Default> defaults);

  [[nodiscard]] const std::string& text(const std::string& name) const { return values_.at(name); }
  [[nodiscard]] unsigned number(const std::string& name) const;  // at least 1
  [[nodiscard]] double real(const std::string& name) const;      // more than 0

 private:
  std::map<std::string, std::string> values_;
};

// beside_program gives the path of a file that the build put at `relative` from this program's directory.
std::string beside_program(std::string_view relative);

// fail prints why and ends the program.
[[noreturn]] void fail(const std::string& why);

}  // namespace coffer::bench
