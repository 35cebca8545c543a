#!/usr/bin/env bash
# Debuggers, core files, the memory of the chip and the files of the vault give nothing away, not even to root.
source "$(dirname "$0")/lib.sh"
need gcore gdb
need strace strace
need strings binutils
need pkcs11-tool opensc
new_vault
new_token secretlabel
pkcs11-tool --module "$COFFER_MODULE" --login --pin 1234 --keypairgen --key-type EC:prime256v1 --label hiddenlabel --id 4869646465 >/dev/null
"$COFFER" ca create hiddenauthority --kind ssh-user --principal hiddenprincipal >/dev/null
chip=$(role_pid chip)

refuses gcore -o "$work/core" "$chip"
if compgen -G "$work/core*" >/dev/null; then fail "gcore wrote a core file"; fi
refuses timeout 10 strace -p "$chip" -o "$work/trace"
refuses gdb --batch -p "$chip" -ex 'info threads' -ex 'quit 1'
kill -0 "$chip" || fail "the chip must still run"

# The arena is hidden memory: not even root reads it through /proc/PID/mem.
python3 - "$chip" <<'PYTHON'
import re, sys
pid = sys.argv[1]
regions = []
try:
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            if "secretmem" in line:
                start, end = (int(x, 16) for x in line.split()[0].split("-"))
                regions.append((start, end))
except PermissionError:
    print("the maps of the chip cannot be read at all")
    sys.exit(0)
if not regions:
    sys.exit("the chip has no hidden memory: see 'coffer status --assurance'")
read = 0
try:
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for start, end in regions:
            try:
                memory.seek(start)
                read += len(memory.read(4096))
            except OSError:
                pass
except PermissionError:
    print("the memory of the chip cannot be opened at all")
sys.exit(f"{read} octets of the arena could be read" if read else 0)
PYTHON

# A crash leaves no core file, and the guard starts a new chip.
(cd "$work" && kill -SEGV "$chip")
eventually 60 sh -c "! kill -0 $chip 2>/dev/null" || fail "the chip must be gone"
if compgen -G "$work/core*" >/dev/null || compgen -G "$COFFER_HOME/core*" >/dev/null; then fail "there is a core file"; fi
eventually 60 "$COFFER" ca list >/dev/null 2>&1 || fail "the guard must start a new chip"

# Killing the guard takes the chip along.
chip=$(role_pid chip)
kill -9 "$(role_pid guard)"
eventually 60 sh -c "! kill -0 $chip 2>/dev/null" || fail "the chip must die with its guard"
"$COFFER" up

# Neither database nor log holds a label, an id, a name or a key.
"$COFFER" down
cat "$COFFER_HOME"/store/* "$COFFER_HOME/audit/mark" "$COFFER_HOME/log" | strings -n 4 >"$work/strings"
for word in secretlabel hiddenlabel Hidde hiddenauthority hiddenprincipal 1234 12345678; do
  if grep -q -- "$word" "$work/strings"; then fail "the files of the vault contain '$word'"; fi
done
if grep -qhE 'secretlabel|hiddenlabel' "$COFFER_HOME"/audit/*.log; then fail "the audit log contains a label"; fi
