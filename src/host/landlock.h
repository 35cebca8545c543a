// Landlock: takes the file system and the network away from a process (landlock(7)).
#pragma once

#include <string>

#include "host/assurance.h"
#include "host/descriptor.h"

namespace coffer::host {

// deny_filesystem takes away every file-system right that landlock of this kernel knows, TCP bind and
// connect, signals to processes outside and their abstract sockets. Descriptors that are already open keep
// working. It covers the calling thread and those it starts later, so it is `off` when others exist already.
Protection deny_filesystem();

// allow_only_directory is deny_filesystem() except for reading and writing ordinary files under `path`;
// nothing under it can be executed, and no device, socket or link can be made there.
Protection allow_only_directory(const std::string& path);

// allow_home_and_programs is for a process that starts others, which are bound by it too: it reads and writes
// ordinary files of a vault and makes a socket there, reads host.key wherever that leads, reads and runs what
// the system has in /usr, reads /proc and /sys, and listens over TCP. It signals only what it has started.
// `program` is what it runs, where that is a file.
Protection allow_home_and_programs(const std::string& home, const Descriptor& program);

// allow_directory_and_connect is allow_only_directory() for a process that connects to servers over TCP.
Protection allow_directory_and_connect(const std::string& path);

}  // namespace coffer::host
