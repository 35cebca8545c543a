# What every story needs: a vault of its own in a temporary directory, which is stopped and removed at the end.
# usage: source lib.sh; the environment has COFFER_BUILD (the absolute path of a build, such as build/release).
set -euo pipefail

: "${COFFER_BUILD:?the absolute path of the build directory}"
programs=$COFFER_BUILD/bin
COFFER=$programs/coffer
COFFER_MODULE=$COFFER_BUILD/lib/libcoffer-pkcs11.so
story=$(basename "$0" .sh)
work=$(mktemp -d "${TMPDIR:-/tmp}/coffer-$story-XXXXXX")
chmod 755 "$work"
export COFFER_HOME=$work/vault COFFER_BIN=$COFFER COFFER COFFER_MODULE
children=()

finish() {
  local code=$?
  trap - EXIT
  local child
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  "$COFFER" down >/dev/null 2>&1 || true
  # A story may have made more vaults than the last that it named.
  local running
  while IFS= read -r -d '' running; do
    COFFER_HOME=${running%/run/guard.pid} "$COFFER" down >/dev/null 2>&1 || true
  done < <(find "$work" -path '*/run/guard.pid' -print0 2>/dev/null)
  if [ "$code" -ne 0 ] && [ -s "$COFFER_HOME/log" ]; then
    echo "--- the vault's log" >&2
    tail -n 20 "$COFFER_HOME/log" >&2
  fi
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# need PROGRAM PACKAGE: a peer that is missing fails the story; it is never skipped.
need() { PATH=$PATH:/usr/sbin command -v "$1" >/dev/null || fail "$1 is missing: apt-get install $2"; }

# refuses COMMAND...: succeeds when the command fails; its output is in $work/refusal.
refuses() {
  if "$@" >"$work/refusal" 2>&1; then fail "this must be refused: $*"; fi
}

# eventually SECONDS COMMAND...: waits until the command succeeds.
eventually() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    read -rt 0.05 <> <(:) || true
  done
}

# status_says PATTERN: what `coffer status` says; its exit code tells the same (locked, stopped ...) and is not asked.
status_says() { { "$COFFER" status --json || true; } | grep -qE -- "$1"; }

# flip FILE OCTET: turns the octet's lowest bit over. Writing a fixed value would change nothing once in 256 runs.
flip() {
  python3 - "$@" <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    octet = file.read(1)[0]
    file.seek(int(sys.argv[2]))
    file.write(bytes([octet ^ 1]))
END
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

new_vault() { "$COFFER" init --root-of-trust file >/dev/null; }

# new_token LABEL: a token with user PIN 1234 and officer PIN 12345678.
new_token() {
  # Moved into place: a story may make several vaults at once.
  (umask 077 && printf 1234 >"$work/pin.$BASHPID" && printf 12345678 >"$work/so-pin.$BASHPID" &&
    mv "$work/pin.$BASHPID" "$work/pin" && mv "$work/so-pin.$BASHPID" "$work/so-pin")
  "$COFFER" token create "$1" --pin-file "$work/pin" --so-pin-file "$work/so-pin" >/dev/null
}

# role_pid NAME: the process of one role of this vault (chip, store, audit), or the guard's.
role_pid() {
  local guard
  guard=$(cat "$COFFER_HOME/run/guard.pid")
  if [ "$1" = guard ]; then echo "$guard"; else pgrep -P "$guard" -f -- "--role $1"; fi
}

# at_link COMMAND...: runs a command as on a client's machine, with a link of its own. stop_link, first in a trap, ends that
# link and keeps the story's exit code.
link_home=$work/link
at_link() { COFFER_HOME=$link_home "$@"; }
stop_link() {
  local code=$?
  at_link "$COFFER" link down >/dev/null 2>&1 || true
  return "$code"
}
