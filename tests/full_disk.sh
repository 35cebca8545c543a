#!/usr/bin/env bash
# The disk gets full while people log in, sign, certify, make keys and backups, start and unlock the vault. When there is room
# again, nobody is locked out, nothing that was acknowledged is lost, every use is in the audit log, and the log verifies.
# usage: full_disk.sh [--seconds N | --all]   (tests/power_loss/full_disk.py)
source "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || fail "this needs root: it mounts file systems"
need unshare util-linux
# The mounts end with the test.
PYTHONDONTWRITEBYTECODE=1 unshare --mount python3 "$(dirname "$0")/power_loss/full_disk.py" \
  ${COFFER_STORY_SEED:+--seed "$COFFER_STORY_SEED"} "$@"
