#!/usr/bin/env bash
# While each mechanism of a token runs, over the network, with a key whose octets are known: they are in the memory of no
# other process than the chip, nor in what can be read of the chip's, nor in any file of the vault.
source "$(dirname "$0")/lib.sh"
new_vault
new_token known
"$COFFER" token legacy known on --so-pin-file "$work/so-pin" >/dev/null
"$programs/every_mechanism" "$COFFER_MODULE" 1234 make >"$work/keys"

port=$(free_port)
"$COFFER" net enable --listen "127.0.0.1:$port" >/dev/null
ticket=$("$COFFER" net enroll-token app1 --token known)
export server_home=$COFFER_HOME link_home=$work/link
at_link() { COFFER_HOME=$link_home "$@"; }
at_link "$COFFER" link join "$ticket" >/dev/null
COFFER_HOME=$link_home "$COFFER" link up --foreground >/dev/null &
link=$!
children+=("$link")
eventually 60 at_link "$COFFER" link status >/dev/null || fail "the link does not come up"

processes=()
for role in guard store audit chip; do processes+=("$role=$(role_pid $role)"); done
processes+=("door=$(role_pid net)" "link=$link")
at_link python3 - "$programs/every_mechanism" "$COFFER_MODULE" "$work/keys" "${processes[@]}" <<'PYTHON'
import os, subprocess, sys

program, module, keys_file = sys.argv[1:4]
processes = dict(each.split("=") for each in sys.argv[4:])
keys = {line.split()[0]: [bytes.fromhex(octets) for octets in line.split()[1:]] for line in open(keys_file)}
WINDOW = 16  # octets of a secret that are looked for, at its ends
# What an application may read passes through those that carry its answers.
CARRIERS = {"application", "link", "door", "chip"}

def needles_of(secrets):
    found = set()
    for secret in secrets:
        for part in (secret[:WINDOW], secret[-WINDOW:]):
            found |= {part, part[::-1]}  # numbers are kept in either order
    return found

def writable_memory(pid):
    """The octets of every writable mapping that has any, as far as root may read them."""
    start = end = 0
    with open(f"/proc/{pid}/smaps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            head = line.split()
            if "-" in head[0] and len(head) > 4:
                start, end = (int(x, 16) for x in head[0].split("-"))
                writable = "w" in head[1]
            elif head[0] == "Rss:" and int(head[1]) > 0 and writable:
                try:
                    memory.seek(start)
                    yield memory.read(end - start)
                except OSError:
                    pass  # hidden memory, and devices

def hits(pid, needles):
    octets = count = 0
    for region in writable_memory(pid):
        octets += len(region)
        count += sum(region.count(needle) for needle in needles)
    return count, octets

# The scan finds what is there: this program knows the keys.
if hits(os.getpid(), needles_of(keys["aes"]))[0] == 0:
    sys.exit("the scan finds nothing, not even what is there")

# Nothing is left of the keys' making, when their values were read once.
made_needles = needles_of([secret for each in keys.values() for secret in each])
try:
    left, _ = hits(processes["chip"], made_needles)
except PermissionError:
    left = 0
if left:
    sys.exit(f"after their making keys are {left} times in the memory of the chip")

user = subprocess.Popen([program, module, "1234", "use"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
processes["application"] = user.pid
scans = mechanisms = failures = 0
made = []
for line in user.stdout:
    kind, number, *rest = line.split()
    if kind == "end":
        if int(number) != mechanisms:
            sys.exit(f"{mechanisms} of {number} mechanisms ran")
        break
    mechanisms += 1
    if kind != "bare":
        secrets = keys[rest[0]] if kind == "key" else [bytes.fromhex(rest[0])]
        if kind == "made":
            made += secrets
        needles = needles_of(secrets)
        for name, pid in processes.items():
            if kind == "made" and name in CARRIERS:
                continue
            try:
                count, octets = hits(pid, needles)
            except PermissionError:
                if name != "chip":
                    raise
                continue
            if octets < 1 << 16:
                sys.exit(f"the scan did not see the memory of the {name}")
            scans += 1
            if count:
                print(f"mechanism {int(number):#x}: the key is {count} times in the memory of the {name}")
                failures += 1
    user.stdin.write("\n")
    user.stdin.flush()
else:
    sys.exit("the application ended early")
if user.wait(60) != 0:
    sys.exit("the application failed")

needles = needles_of([secret for each in keys.values() for secret in each] + made)
for home in (os.environ["server_home"], os.environ["link_home"]):
    for directory, _, names in os.walk(home):
        for name in names:
            path = os.path.join(directory, name)
            if not os.path.isfile(path):
                continue
            content = open(path, "rb").read()
            if any(needle in content for needle in needles):
                print(f"a key is in {path}")
                failures += 1
print(f"{mechanisms} mechanisms, {scans} scans, {failures} hits")
sys.exit(1 if failures else 0)
PYTHON
