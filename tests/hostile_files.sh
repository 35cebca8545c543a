#!/usr/bin/env bash
# Whoever owns the disk changes the files of a stopped vault - store, audit log, mark, host.key - in every way that we could
# think of: what the vault says then is true, or it refuses.
# usage: hostile_files.sh [--seconds N | --states N]   (tests/power_loss/hostile_files.py)
source "$(dirname "$0")/lib.sh"
PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/power_loss/hostile_files.py" \
  ${COFFER_STORY_SEED:+--seed "$COFFER_STORY_SEED"} "$@"
