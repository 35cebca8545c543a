// Inheritance: what a program takes over from whoever starts it, put in order before anything else happens.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace coffer::host {

// kFilesMin is how many files a process must be able to open: what one hands its children, and its own.
inline constexpr unsigned kFilesMin = 64;
// kAddressSpaceBytesMin is how much memory a process with an arena must be able to map.
inline constexpr std::size_t kAddressSpaceBytesMin = std::size_t{1} << 30U;

// mend_inheritance comes first in main(); libraries leave their program's inheritance alone.
//
// Standard streams that are closed stay so for who reads or writes them, but their numbers are taken: the
// next file that is opened would be one of them, and a log line would be written into it. A file that may not
// grow (RLIMIT_FSIZE) is an error like a full disk, not the end of the process. Children are waited for, also
// where whoever starts the program ignored their ends (SIGCHLD). Fails with `limit` where
// fewer than kFilesMin files may be open (RLIMIT_NOFILE), and with `unavailable` where there is no /dev/null.
Status mend_inheritance();

// kFileBytesMin is how far the files of a vault must be able to grow: a file of the audit log, and the log of
// the store. kTasksMin is how many processes and threads a vault may have, on a machine of many processors.
inline constexpr std::uint64_t kFileBytesMin = std::uint64_t{128} << 20U;
inline constexpr std::uint64_t kTasksMin = 128;
// kDataBytesMin is how much memory of its own a process of a vault must be able to have.
inline constexpr std::uint64_t kDataBytesMin = std::uint64_t{256} << 20U;

// check_address_space fails with `limit` where less than kAddressSpaceBytesMin may be mapped (RLIMIT_AS).
Status check_address_space();

// check_vault_limits fails with `limit` where a vault would start half: where files may not grow to
// kFileBytesMin (RLIMIT_FSIZE), a process may not have kDataBytesMin (RLIMIT_DATA), or this user may not have
// kTasksMin processes and threads more than he has now (RLIMIT_NPROC, which binds nobody who may pass it).
Status check_vault_limits();

}  // namespace coffer::host
