# The ledger of a vault's life: what was tried, what was acknowledged, and so what may be in the vault afterwards.
#
# A thing is a name ("object web first", "pin web", "wrong web" for the count of wrong PINs) with one value; "gone" is that of
# a thing that nobody made, 0 that of a count. A change is tried with the values that the thing may have until the answer
# comes, and acknowledged with the one that it has from then on.
import json
import os


def unmade(thing):
    return "0" if thing.split()[0].startswith("wrong") else "gone"


class Ledger:
    def __init__(self, path):
        self.path = path
        self.now = {}  # thing -> value, as far as it is known
        self.failures = []

    def _write(self, **line):
        # One write a line, so that it stands among the changes of the vault where it belongs.
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, (json.dumps(line) + "\n").encode())
        os.close(file)

    def value(self, thing):
        return self.now.get(thing, unmade(thing))

    def change(self, work, changes, meanwhile=None):
        """Runs `work`, which gives each thing in `changes` its value. A failure leaves open whether it did."""
        values = {thing: [value] for thing, value in changes.items()}
        for thing, others in (meanwhile or {}).items():
            values[thing] = [*values.get(thing, []), *others]
        self._write(word="try", values=values)
        try:
            work()
        except Exception as failure:  # pylint: disable=broad-except  # Whatever it is, it is no acknowledgement.
            self.failures.append(f"{list(changes)}: {failure}")
            return False
        self.now.update(changes)
        self._write(word="ack", values=changes)
        return True


def possible(octets):
    """thing -> the values that it may have, after the complete lines of a ledger."""
    values = {}
    for line in octets.decode().split("\n")[:-1]:
        entry = json.loads(line)
        for thing, value in entry["values"].items():
            if entry["word"] == "ack":
                values[thing] = {value}
            else:
                values.setdefault(thing, {unmade(thing)}).update(value)
    return values


def at_backup(octets):
    """What `possible` said when the backup was acknowledged: what a vault that is made out of it holds."""
    end = octets.find(b'{"word": "ack", "values": {"backup": ')
    return possible(octets[:max(end, 0)])


OF_A_TOKEN = ("object", "operator", "pin", "wrong", "wrong-officer")


def faults(values, facts):
    """What is in an open vault that may not be, and what is not in it that must be."""
    if facts.get("state") != "unlocked":
        return [f"the vault is {facts.get('state', 'silent')}"]
    found = []
    values = {**values, "state": {"unlocked"}, "audit": {"right"}}
    for thing in sorted({*values, *facts} - {"vault", "backup", "restored"}):
        kind, *of = thing.split(" ")
        if kind in OF_A_TOKEN and f"token {of[0]}" not in facts:
            continue  # that the token is gone is right, or said already
        if kind == "object" and facts.get(f"pin {of[0]}") not in values.get(f"pin {of[0]}", ()):
            continue  # nobody could look
        fact, may_be = facts.get(thing, unmade(thing)), values.get(thing, {unmade(thing)})
        if fact not in may_be:
            found.append(f"{thing}: {fact}, not {' or '.join(sorted(may_be))}")
    return found
