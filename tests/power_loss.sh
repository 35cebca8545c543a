#!/usr/bin/env bash
# Power is lost at any moment of a vault's life, and unsynced data and names are dropped, kept or torn: whatever is found
# afterwards opens without a false alarm, nothing that was acknowledged is missing, no PIN has more tries than before, and the
# audit log verifies.
# usage: power_loss.sh [--seconds N | --states N | ...]   (tests/power_loss/power_loss.py)
#        power_loss.sh --every-call PART PARTS            (tests/power_loss/every_call.py)
source "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this needs root: it mounts a file system"
[ -e "$programs/recording_fs" ] || fail "recording_fs was not built: apt-get install libfuse3-dev, and build again"
[ -c /dev/fuse ] || fail "there is no /dev/fuse: load the kernel's module fuse"
need unshare util-linux
what=power_loss
if [ "${1:-}" = --every-call ]; then
  what=every_call
  shift
elif [ -n "${COFFER_STORY_SEED:-}" ]; then
  set -- --seed "$COFFER_STORY_SEED" "$@"
fi
# The mounts end with the test.
PYTHONDONTWRITEBYTECODE=1 unshare --mount python3 "$(dirname "$0")/power_loss/$what.py" "$@"
