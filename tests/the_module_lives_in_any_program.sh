#!/usr/bin/env bash
# The module is a guest in somebody else's process: whatever that does to its descriptors, signals, limits, threads and
# surroundings, calls go on, nothing of the application's is touched, and what is wrong is said where people look.
source "$(dirname "$0")/lib.sh"
need setpriv util-linux
here=$(realpath "$(dirname "$0")")
[ "$(id -u)" -eq 0 ] || fail "only root changes the root directory and makes namespaces: run this story as root"

any_program() { "$programs/any_program" "$COFFER_MODULE" 1234 "$@"; }
holds() { (cd "$work" && any_program "$1") || fail "$1"; }

new_vault
new_token guest
holds makes-the-key

for case in all-closed all-closed-sockets all-closed-without-ring closed-beside-calls closed-beside-calls-without-ring \
  daemon-forks daemon-forks-without-ring everything-blocked no-file-may-grow little-address-space few-descriptors \
  interrupted interrupted-without-ring cancelled cancelled-at-any-time cancelled-without-ring starts-programs elsewhere; do
  holds "$case"
done
(cd "$work" && any_program streams-closed) || fail "streams-closed"
LC_ALL=tr_TR.UTF-8 LANG=xx holds odd-locale

echo "- the module starts the vault"
for case in children-ignored children-counted everything-blocked narrow; do
  "$COFFER" down >/dev/null
  holds "$case"
done
for role in guard chip store audit; do
  pid=$(role_pid "$role")
  # Without the right to it, nobody takes a nice value back.
  [ -n "$(nice -n -1 true 2>&1)" ] || [ "$(ps -o ni= -p "$pid" | tr -d ' ')" = 0 ] || fail "the $role got the application's nice value"
  [ "$(ps -o cls= -p "$pid" | tr -d ' ')" = TS ] || fail "the $role got the application's scheduling"
  [ "$(taskset -pc "$pid" | sed 's/.*: //')" = "$(taskset -pc $$ | sed 's/.*: //')" ] || fail "the $role got the application's processor"
  ionice -p "$pid" | grep -q '^none' || fail "the $role got the application's priority at the disk: $(ionice -p "$pid")"
  [ "$(prlimit --pid "$pid" --stack --noheadings --raw --output SOFT)" -ge 8388608 ] || fail "the $role got the application's small stack"
done
for limit in FSIZE DATA CPU; do
  chip=$(role_pid chip)
  soft=$(prlimit --pid "$chip" --"${limit,,}" --noheadings --output SOFT)
  [ "$soft" = unlimited ] || fail "the vault got the application's RLIMIT_$limit: $soft"
done
"$COFFER" down >/dev/null
LD_PRELOAD=/nonexistent/preloaded.so LD_LIBRARY_PATH=/nonexistent holds signs 2>/dev/null
if tr '\0' '\n' <"/proc/$(role_pid guard)/environ" | grep -q '^LD_'; then fail "the vault got the application's libraries"; fi
# Python, perl and supervisors hand an ignored SIGCHLD on.
"$COFFER" down >/dev/null
(trap '' CHLD && timeout 20 "$COFFER" up >/dev/null) || fail "coffer up with SIGCHLD ignored"

echo "- in namespaces"
unshare -pf --mount-proc "$programs/any_program" "$COFFER_MODULE" 1234 signs || fail "in a namespace of processes"
unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' - "$programs/any_program" "$COFFER_MODULE" 1234 signs ||
  fail "without /proc"

echo "- what is refused is told"
python3 "$here/refusals.py" "$here/../src/pkcs11/function_name.h" guest || fail "refusals are not told as they are"

echo "- no vault is found"
export COFFER_HOME=$work/nowhere
for debug in '' 1; do
  for case in complains-into-a-broken-pipe complains-not-into-files complains-not-to-peers; do
    (cd "$work" && COFFER_DEBUG=$debug any_program "$case") || fail "$case, COFFER_DEBUG=$debug"
  done
done
# Without a system's log the complaint is on standard error, once; with one it is there.
quiet() { unshare -m sh -c 'mount -t tmpfs none /dev && exec "$@" 2>&1' - env "$@" "$programs/any_program" "$COFFER_MODULE" 1234 looks-for-slots; }
[ "$(quiet A=b | grep -c "there is no vault in $work/nowhere")" -eq 1 ] || fail "it is not said once: $(quiet A=b)"
[ -z "$(quiet COFFER_DEBUG=0)" ] || fail "COFFER_DEBUG=0 says: $(quiet COFFER_DEBUG=0)"
[ "$(quiet COFFER_DEBUG=1 | grep -c "there is no vault in $work/nowhere")" -ge 1 ] || fail "COFFER_DEBUG=1 says nothing"
quiet -u COFFER_HOME -u HOME -u XDG_DATA_HOME | grep -q 'neither COFFER_HOME nor XDG_DATA_HOME nor HOME is set' ||
  [ -e /var/lib/coffer/host.key ] || fail "it does not say that nothing is set"
python3 - "$programs/any_program" "$COFFER_MODULE" "$work/nowhere" <<'END' || fail "the system's log"
import os, socket, subprocess, sys
program, module, home = sys.argv[1:]
subprocess.run(["unshare", "-m", sys.executable, "-c", """
import os, socket, subprocess, sys
subprocess.check_call(["mount", "-t", "tmpfs", "none", "/dev"])
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
log.settimeout(20)
said = subprocess.run([*sys.argv[1:3], "1234", "looks-for-slots"], stderr=subprocess.PIPE, check=True).stderr
line = log.recv(4096).decode()
assert line.startswith("<12>coffer-pkcs11[") and sys.argv[3] in line, line
assert not said, said
""", program, module, home], check=True)
END
