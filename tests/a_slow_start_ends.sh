#!/usr/bin/env bash
# A vault whose store takes long to be read starts, however slow the disk is, and says meanwhile how far it is; who wants it to
# end need not wait for that.
# usage: a_slow_start_ends.sh [--all]   (tests/power_loss/slow_start.py)
source "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this needs root: it mounts a file system"
[ -e "$programs/recording_fs" ] || fail "recording_fs was not built: apt-get install libfuse3-dev, and build again"
[ -c /dev/fuse ] || fail "there is no /dev/fuse: load the kernel's module fuse"
need unshare util-linux
# The mounts end with the test.
PYTHONDONTWRITEBYTECODE=1 unshare --mount python3 "$(dirname "$0")/power_loss/slow_start.py" "$@"
