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

// HomeStep brings a directory from one format to the next: `move` gives files their new names.
//
// The number is raised before, so an older program finds all files where it looks for them, or is kept out.
// `move` may be killed at any point and is run at every start: it goes on with what has its old name still,
// and replaces nothing.
struct HomeStep {
  std::uint8_t from;
  Status (*move)(const std::string& home);
};

// raise_home_format runs the steps, and writes the number down before each that the directory has not
// reached. The caller holds the directory's lock, and none of the vault's processes runs yet.
Status raise_home_format(const std::string& home, std::span<const HomeStep> steps);

}  // namespace coffer::host
