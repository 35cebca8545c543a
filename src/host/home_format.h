// Home format: the number in $COFFER_HOME/format, which says what programs may touch the directory.
//
// The file never moves. Whoever meets a number that is larger than kFormat touches nothing: no file, no time
// stamp, no lock. It is raised before anything of the new format is written, so that an older program is
// kept out of what it cannot read.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace coffer::host {

// read_home_format gives the number: kFormatOldest where there is no such file, or no directory. Fails with
// `corrupt` when the file holds no number.
Result<std::uint32_t> read_home_format(const std::string& home);

// check_home_format fails with `unsupported` when a newer program wrote the directory, and as
// read_home_format().
Status check_home_format(const std::string& home);

// found_home puts kFormat into a directory that holds nothing yet. One that holds something has its number
// already, or is as old as having none, and is brought up to date by raise_home_format().
Status found_home(const std::string& home);

// HomeStep brings a directory from one format to the next: it moves and renames files. It may be killed at
// any point and is then run again from its beginning, so it first looks at what is done already.
struct HomeStep {
  std::uint8_t from;
  Status (*run)(const std::string& home);
};

// raise_home_format runs the steps from the directory's number on, and writes the number down after each. The
// caller holds the directory's lock, and none of the vault's processes runs yet.
Status raise_home_format(const std::string& home, std::span<const HomeStep> steps);

}  // namespace coffer::host
