#!/usr/bin/env bash
# Chip, store broker, audit writer or guard is killed at random moments while four threads make 1,000 keys: every
# acknowledged key is there and usable, nothing is there by half, and the audit chain verifies.
source "$(dirname "$0")/lib.sh"
count=${COFFER_STORY_KEYS:-1000}
seed=${COFFER_STORY_SEED:-$RANDOM}
echo "seed $seed"
new_vault
new_token durable

"$programs/key_maker" "$COFFER_MODULE" 1234 make 4 "$count" "$work/keys" &
maker=$!
python3 - "$seed" "$maker" "$COFFER_HOME" "$work/keys" "$count" <<'PYTHON'
import os, random, signal, subprocess, sys, time
random.seed(int(sys.argv[1]))
maker, home, log, count = int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5])
kills = {"chip": 0, "store": 0, "audit": 0, "guard": 0}
def running():
    try:
        with open(f"/proc/{maker}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
def lines(word):
    try:
        with open(log, "rb") as file:
            return file.read().count(word)
    except FileNotFoundError:
        return 0
# A slow machine shall get somewhere between the kills: after two that let no key be made, one is awaited.
KILLS_WITHOUT_A_KEY, KILLS_MAX = 2, 60
in_vain, made = 0, 0
while running() and sum(kills.values()) < KILLS_MAX:
    while running() and in_vain >= KILLS_WITHOUT_A_KEY and lines(b"ack ") == made:
        time.sleep(0.01)
    if lines(b"ack ") != made:
        in_vain, made = 0, lines(b"ack ")
    # The moments are random on purpose, and each lies somewhere in a creation: after some more keys, so that a fast
    # disk makes no difference, or after some time, so that a vault is also killed while it starts.
    goal, end = lines(b"try ") + random.randint(1, count // 10), time.monotonic() + random.uniform(0.02, 0.4)
    while running() and lines(b"try ") < goal and time.monotonic() < end:
        time.sleep(0.001)
    role = random.choice(["chip", "chip", "store", "store", "audit", "guard"])
    try:
        with open(home + "/run/guard.pid") as file:
            guard = int(file.read())
        if role == "guard":
            target = guard
        else:
            target = int(subprocess.run(["pgrep", "-P", str(guard), "-f", "--", f"--role {role}"],
                                        capture_output=True, text=True).stdout.split()[0])
        with open(f"/proc/{target}/cmdline", "rb") as file:
            if b"coffer" not in file.read():
                continue
        os.kill(target, signal.SIGKILL)
        kills[role] += 1
        in_vain += 1
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        continue
print("killed:", ", ".join(f"{role} {number} times" for role, number in kills.items()))
if sum(kills.values()) < 5:
    sys.exit("too few kills to prove anything")
PYTHON
wait "$maker" || fail "the keys could not be made"
"$COFFER" up >/dev/null 2>&1 || true
"$programs/key_maker" "$COFFER_MODULE" 1234 check "$work/keys"
"$COFFER" audit verify
status_says '"state":"unlocked"' || fail "the vault is not well"
