# A vault of another user, what is running of it, and that user's ways to look into it.
# usage: source unreadable.sh; `under` may name a program, with its arguments, that each coffer is started by.
source "$(dirname "$0")/lib.sh"
need gcore gdb
need strace strace
reader=$programs/process_reader
under=()

# Root can look into everything; the vault of these stories belongs to somebody else.
as_user() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  need setpriv util-linux
  chown 65533:65533 "$work"
  as_user() { setpriv --reuid 65533 --regid 65533 --clear-groups -- "$@"; }
fi
trap 'code=$?; set +e; at_link coffer link down >/dev/null 2>&1 || true; coffer down >/dev/null 2>&1 || true; (exit $code); finish' EXIT
coffer() { as_user "${under[@]}" "$COFFER" "$@"; }
guard() { cat "$COFFER_HOME/run/guard.pid"; }
link() { cat "$link_home/run/guard.pid"; }
processes() { pgrep -P "$(guard)" -f "$1"; }
answers() { { coffer status --json || true; } | grep -q '"state"'; }

# new_unreadable_vault: with all roles, and a link to it.
new_unreadable_vault() {
  as_user bash -c 'umask 077; mkdir "$0/cores"; cd "$0"; mkfifo typing
    echo "correct horse battery staple" >passphrase; printf 1234 >pin; printf 12345678 >so-pin' "$work"
  coffer init --root-of-trust passphrase --passphrase-file "$work/passphrase" >/dev/null
  coffer token create kept --pin-file "$work/pin" --so-pin-file "$work/so-pin" >/dev/null
  coffer net enable --listen "127.0.0.1:$(free_port)" >/dev/null
  eventually 10 processes 'role net' >/dev/null || fail "the net door did not start"
  local ticket
  ticket=$(coffer net enroll-token app --token kept)
  at_link coffer link join "$ticket" >/dev/null
  at_link coffer link up >/dev/null
}

# look PROCESS...: every process of the vault and of the link, and these, in every way.
look() {
  # shellcheck disable=SC2046 # One number a word.
  as_user "$reader" now "$(guard)" $(pgrep -P "$(guard)") "$(link)" "$@" >"$work/now" ||
    { grep WORKS "$work/now"; fail "a process of the vault can be looked into"; }
  local role
  for role in guard chip store audit net link; do
    grep -q -- "--role $role" "$work/now" || fail "nobody looked at the $role"
  done
}

# dump PROCESS...: a debugger writes no core file of any process of the vault and of the link, or of these.
dump() {
  local process
  # shellcheck disable=SC2046 # One number a word.
  for process in "$(guard)" $(pgrep -P "$(guard)") "$(link)" "$@"; do
    refuses as_user gcore -o "$work/cores/of" "$process"
    grep -q 'not permitted' "$work/refusal" || { cat "$work/refusal"; fail "gcore of $process failed strangely"; }
  done
  if compgen -G "$work/cores/*" >/dev/null; then fail "there is a core file: $(ls "$work/cores")"; fi
}

# what_waits_is_unreadable: a command line that has read the beginning of a passphrase.
is_read() {
  python3 -c 'import array, fcntl, sys, termios
left = array.array("i", [0])
fcntl.ioctl(9, termios.FIONREAD, left)
sys.exit(left[0] != 0)'
}
what_waits_is_unreadable() {
  coffer lock >/dev/null
  exec 9<>"$work/typing"
  printf 'correct horse ' >&9
  coffer unlock --passphrase-file "$work/typing" >/dev/null 9>&- &
  local waiting=$! process
  children+=("$waiting")
  eventually 20 is_read || fail "coffer unlock reads no passphrase"
  process=$(pgrep -f -- "^$COFFER unlock --passphrase-file $work/typing")
  look "$process"
  grep -q -- "$process (.*unlock" "$work/now" || fail "nobody looked at the command line"
  dump "$process"
  echo 'battery staple' >&9
  exec 9>&-
  wait "$waiting" || fail "the passphrase of a command that somebody looked at was wrong"
}

# traced WORD...: a coffer that strace starts and follows. Whoever does that stays its debugger; it must notice.
traced() { as_user "${under[@]}" timeout 30 strace -f -qq -o "$work/cores/trace" "$COFFER" "$@"; }
debuggers_are_refused() {
  local words
  # Nobody writes a passphrase there: who asked for it would wait.
  for words in "unlock --passphrase-file $work/typing" "token create more --pin-file $work/typing --so-pin-file $work/so-pin" \
    "up --foreground" "up" "link up" "--role guard $COFFER_HOME" "--role net"; do
    # shellcheck disable=SC2086 # They are words.
    refuses traced $words
    grep -q 'a debugger is attached to this process (process [0-9]*): end it' "$work/refusal" ||
      { cat "$work/refusal"; fail "strange words for a debugger of: $words"; }
  done
  traced status | grep -q '^state: ' || fail "status is no secret"
  rm -f "$work/cores/trace"
}

# race ROUNDS: he kills what he may, and is there when it starts anew; and when the command line has the passphrase.
race() {
  local round role process racer
  as_user "$reader" race "$work/end" >"$work/race" &
  racer=$!
  children+=("$racer")
  for ((round = 1; round <= $1; ++round)); do
    for role in chip net store; do
      for process in $(processes "role $role"); do as_user kill -9 "$process" || true; done
      eventually 20 answers || fail "the vault did not come back"
      eventually 20 processes 'role chip' >/dev/null || fail "the chip did not come back"
    done
    coffer unlock --passphrase-file "$work/passphrase" >/dev/null
    if [ $((round % 2)) -eq 0 ]; then
      coffer down >/dev/null
      coffer up >/dev/null
      coffer unlock --passphrase-file "$work/passphrase" >/dev/null
    fi
  done
  touch "$work/end"
  wait "$racer" || { cat "$work/race"; fail "what was opened while a process started shows it now"; }
  cat "$work/race"
  eventually 10 processes 'role net' >/dev/null || fail "the net door did not come back"
}
