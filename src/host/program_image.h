// ProgramImage: the running program as a file in memory that its owner may run and not read.
//
// A process that executes a file which its user may not read is not dumpable from its first instruction on
// (execve(2), prctl(2): PR_SET_DUMPABLE): no other process of that user can ever attach to it or open its
// /proc/PID/mem. The program on disk may be read, so a process that is started from there can be opened
// between execve() and prctl(), and what was opened stays open. Where the program on disk is another user's
// and may not be read (root's, mode 0711), it is used itself, without a copy.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "host/descriptor.h"

namespace coffer::host {

// make_program_image copies what the loader needs of this program into sealed memory, mode 0100. Fails with
// `unavailable` where the kernel does not run memory (sysctl vm.memfd_noexec).
Result<Descriptor> make_program_image();

// own_program_image gives the image that this process runs from, where become_unreadable() left it open, or
// makes one; the program on disk, where the kernel runs no memory or nobody but its owner may read it. Fails
// with `denied` where the user of this process could change that.
Result<Descriptor> own_program_image();

// program_octets gives the octets of this program's image; of a program on disk that may not be read, those
// of its code and constants, as they are loaded.
Result<Buffer> program_octets(const Descriptor& image);

// become_unreadable runs this program anew from an image, with the same arguments, environment and process
// id, and returns in the new one; first thing in main(), before anything is read. Where that cannot be, and
// for root, whom nothing keeps out, it returns in the old one, which is not dumpable from now on.
void become_unreadable(char* const* arguments);

// name_process gives this process the name that ps(1) shows: of one that runs from an image it would be the
// name of the memory file.
void name_process();

// was_unreadable_from_start tells whether this process was born so. Ask before forbid_core_dumps().
bool was_unreadable_from_start();

}  // namespace coffer::host
