#!/usr/bin/env bash
# A known AES key is imported as sensitive and not extractable; a second process encrypts with it, and the key is nowhere
# in the whole memory of that process. The same scan of SoftHSM finds it; that is shown, not asserted.
source "$(dirname "$0")/lib.sh"
need softhsm2-util softhsm2
key=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')

# scan MODULE: prints how often the key is in the memory of a process that encrypts with it.
scan() {
  python3 - "$programs/key_user" "$1" "$key" <<'PYTHON'
import subprocess, sys
program, module, key = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
user = subprocess.Popen([program, module, "1234", "encrypt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
if user.stdout.readline().strip() != b"ready":
    sys.exit("the application did not get ready")
hits = scanned = 0
with open(f"/proc/{user.pid}/maps") as maps, open(f"/proc/{user.pid}/mem", "rb", 0) as memory:
    for line in maps:
        span, rights = line.split()[:2]
        start, end = (int(x, 16) for x in span.split("-"))
        if "r" not in rights or "[vvar" in line or "[vsyscall" in line:
            continue
        try:
            memory.seek(start)
            content = memory.read(end - start)
        except OSError:
            continue
        scanned += len(content)
        hits += content.count(key)
user.stdin.close()
if user.wait(20) != 0:
    sys.exit("the application failed")
if scanned < 1 << 20:
    sys.exit("the scan did not see the memory")
print(hits)
PYTHON
}

new_vault
new_token isolation
"$programs/key_user" "$COFFER_MODULE" 1234 import "$key"
ours=$(scan "$COFFER_MODULE")
echo "Coffer:  the key is $ours times in the application's memory"
[ "$ours" = 0 ] || fail "the key is in the application's memory"

softhsm=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head -n 1)
mkdir "$work/softhsm"
printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$work/softhsm" >"$work/softhsm.conf"
export SOFTHSM2_CONF=$work/softhsm.conf
softhsm2-util --init-token --free --label isolation --pin 1234 --so-pin 12345678 >/dev/null
"$programs/key_user" "$softhsm" 1234 import "$key"
theirs=$(scan "$softhsm")
echo "SoftHSM: the key is $theirs times in the application's memory"
# The scan itself works: it finds what is there.
[ "$theirs" -ge 0 ] || fail "the scan of SoftHSM did not work"
