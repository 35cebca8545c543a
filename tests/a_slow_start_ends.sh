#!/usr/bin/env bash
# A vault whose store takes long to be checked starts, however slow the disk is, and says meanwhile what it is at. The disk is
# slow because its process seldom runs.
source "$(dirname "$0")/lib.sh"
need script bsdutils
new_vault
"$COFFER" down >/dev/null

# Much to read: a table that nobody asks for.
python3 - "$COFFER_HOME/store/store.db" <<'END'
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute('CREATE TABLE filling(octets BLOB)')
database.execute('INSERT INTO filling WITH RECURSIVE row(number) AS '
                 '(SELECT 1 UNION ALL SELECT number + 1 FROM row WHERE number < 3000000) SELECT zeroblob(40) FROM row')
database.commit()
database.close()
END
"$COFFER" up >/dev/null
new_token web
guard=$(role_pid guard)
kill -9 "$guard"
eventually 20 test ! -e "/proc/$guard" || fail "the guard does not die"
[ -s "$COFFER_HOME/store/store.db-wal" ] || fail "the store was closed"

# slow FILE: until the file is there the store broker runs a few milliseconds a second, whoever it is at the moment.
slow() {
  python3 - "$1" "$COFFER_HOME" <<'END'
import os, signal, subprocess, sys, time
def brokers():
    found = subprocess.run(['pgrep', '-f', '--', '--role store ' + sys.argv[2]], capture_output=True, text=True).stdout
    return [int(each) for each in found.split()]
def tell(processes, number):
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass
while not os.path.exists(sys.argv[1]):
    found = brokers()
    tell(found, signal.SIGSTOP)
    if found:
        time.sleep(1)
    tell(found, signal.SIGCONT)
    time.sleep(0.003)
    tell(found, signal.SIGSTOP)
tell(brokers(), signal.SIGCONT)
END
}
slow "$work/enough" &
children+=("$!")
began=$SECONDS
script -qec "$COFFER up" "$work/terminal" >/dev/null &
up=$!
eventually 120 status_says '"state":"starting","guard_pid":[0-9]*,"progress":"store broker' || fail "status must say what it is at"
refuses env COFFER_AUTOSTART=0 "$COFFER" token list
grep -q 'is being started: the store broker' "$work/refusal" || fail "a command must say so: $(cat "$work/refusal")"
takes_long() { [ "$((SECONDS - began))" -gt 22 ]; }
eventually 60 takes_long
touch "$work/enough"
wait "$up" || fail "the vault does not start: $(cat "$work/terminal")"
grep -q 'starting: the store broker' "$work/terminal" || fail "up must show what it waits for: $(cat "$work/terminal")"
if grep -q 'starting anew' "$COFFER_HOME/log"; then fail "the store broker was not left in peace"; fi
"$COFFER" token list | grep -q web || fail "the token is gone"
status_says '"state":"unlocked"' || fail "the vault must serve"

echo "- an end that is asked for meanwhile"
"$COFFER" down >/dev/null
slow "$work/enough-again" &
children+=("$!")
"$COFFER" up >"$work/up" 2>&1 &
up=$!
eventually 120 status_says '"state":"starting"' || fail "status must say that it starts"
timeout 60 "$COFFER" down >/dev/null || fail "a vault that starts does not end"
touch "$work/enough-again"
if wait "$up"; then fail "up must say that it failed"; fi
