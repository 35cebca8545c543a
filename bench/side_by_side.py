# What the comparing scripts share: scratch vaults and tokens, interleaved runs, and a table of medians and ratios.
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
PIN = "1234"
OFFICER_PIN = "12345678"
START_SECONDS_MAX = 60
LOOK_AGAIN_SECONDS = 0.05
KIB_PER_MB = 1000 * 1000 / 1024
IDLE_SECONDS = 1  # after the last request, so that the workers sleep


def fail(why):
    sys.exit(f"{Path(sys.argv[0]).name}: {why}")


def command(arguments, env=None, **options):
    """Runs a program and gives what it printed; a failure ends the script with what the program said."""
    done = subprocess.run([str(each) for each in arguments], env=env, capture_output=True, text=True, **options)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, arguments))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def need(program, package):
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    return path or fail(f"{program} is missing: apt-get install {package}")


def measured(arguments, env=None):
    """Runs one of the load programs and gives the numbers that it printed."""
    return json.loads(command(arguments, env).splitlines()[-1])


def measured_together(processes, arguments, env=None):
    """Runs a load program several times at once: rates add up, the median is a median of medians, and of the slow
    ends the slowest counts."""
    arguments = [str(each) for each in arguments]
    running = [subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    outputs = [each.communicate()[0] for each in running]
    if any(each.returncode != 0 for each in running):
        fail(f"{' '.join(arguments)} failed")
    results = [json.loads(each.splitlines()[-1]) for each in outputs]
    return results[0] | {"per_second": sum(each["per_second"] for each in results),
                         "p50_microseconds": statistics.median(each["p50_microseconds"] for each in results),
                         "p99_microseconds": max(each["p99_microseconds"] for each in results)}


class Build:
    """The build directory: where the measured programs are."""

    def __init__(self, directory):
        self.directory = Path(directory).resolve()
        self.coffer = self.program("coffer")
        self.module = self.directory / "lib" / "libcoffer-pkcs11.so"

    def program(self, name):
        path = self.directory / "bin" / name
        return path if path.exists() else fail(f"{path} is missing: ninja -C {self.directory} bench")


class Scratch:
    """A temporary directory, gone at the end, with two PIN files."""

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that vaults are stopped all the same
        self.directory = Path(tempfile.mkdtemp(prefix="coffer-bench-"))
        self.pin = self.secret_file("pin", PIN)
        self.officer_pin = self.secret_file("so-pin", OFFICER_PIN)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)

    def secret_file(self, name, text):
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path


class Vault:
    """A running vault with one token, stopped at the end."""

    name = "Coffer"

    def __init__(self, build, scratch):
        self.build = build
        self.module = build.module
        self.home = scratch.directory / "vault"
        self.socket = self.home / "run" / "chip.sock"
        self.env = os.environ | {"COFFER_HOME": str(self.home), "COFFER_BIN": str(build.coffer)}
        self.pins = ["--pin-file", scratch.pin, "--so-pin-file", scratch.officer_pin]

    def coffer(self, *arguments):
        return command([self.build.coffer, *arguments], self.env, timeout=START_SECONDS_MAX)

    def __enter__(self):
        try:
            self.coffer("init", "--root-of-trust", "file")
            self.coffer("token", "create", "bench", *self.pins)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run([self.build.coffer, "down"], env=self.env, capture_output=True, check=False)

    def version(self):
        return self.coffer("--version").splitlines()[0]


class LinkedVault(Vault):
    """A running vault, used from "another machine": through a link and mutual TLS over loopback."""

    def __init__(self, build, scratch):
        super().__init__(build, scratch)
        self.vault_env, self.link_home = self.env, scratch.directory / "link"

    def __enter__(self):
        super().__enter__()
        try:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                address = f"127.0.0.1:{probe.getsockname()[1]}"
            self.coffer("net", "enable", "--listen", address)
            token = self.coffer("net", "enroll-token", "bench", "--token", "bench").split()[-1]
            self.env = self.env | {"COFFER_HOME": str(self.link_home)}
            self.coffer("link", "join", token)
            self.coffer("link", "up")
            deadline = time.monotonic() + START_SECONDS_MAX
            while subprocess.run([self.build.coffer, "link", "status"], env=self.env, capture_output=True,
                                 check=False).returncode != 0:
                if time.monotonic() > deadline:
                    fail("the link does not come up")
                time.sleep(LOOK_AGAIN_SECONDS)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run([self.build.coffer, "link", "down"], env=self.env, capture_output=True, check=False)
        self.env = self.vault_env
        super().__exit__()


class SoftHsm:
    """A SoftHSM token: its key is in the caller's own process, and a creation does not wait for the disk."""

    name = "SoftHSM"
    modules = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
               "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so")

    def __init__(self, scratch):
        self.tool = need("softhsm2-util", "softhsm2")
        self.module = next((each for each in self.modules if Path(each).exists()), None) or fail(
            "libsofthsm2.so is missing: apt-get install softhsm2")
        directory = scratch.directory / "softhsm"
        (directory / "tokens").mkdir(parents=True)
        configuration = directory / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {directory}/tokens\nobjectstore.backend = file\n"
                                 "log.level = ERROR\nslots.removable = false\n")
        self.env = os.environ | {"SOFTHSM2_CONF": str(configuration)}
        command([self.tool, "--init-token", "--free", "--label", "bench", "--pin", PIN, "--so-pin", OFFICER_PIN],
                self.env)

    def version(self):
        return "SoftHSM " + command([self.tool, "--version"]).split()[-1]


def memory_of(pid):
    """RSS and, where the kernel shows it to us, PSS of a process, in MB."""
    fields = {}
    for name in ("status", "smaps_rollup"):
        try:
            lines = Path(f"/proc/{pid}/{name}").read_text().splitlines()
        except PermissionError:
            continue
        fields |= {parts[0]: parts[1] for parts in (line.split() for line in lines) if len(parts) > 2}
    return {"rss": int(fields["VmRSS:"]) / KIB_PER_MB,
            "pss": int(fields["Pss:"]) / KIB_PER_MB if "Pss:" in fields else None}


def vault_memory(vault):
    guard = int((vault.home / "run" / "guard.pid").read_text())
    roles = {"guard": guard}
    for pid in Path(f"/proc/{guard}/task/{guard}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        roles[words[words.index("--role") + 1]] = int(pid)
    time.sleep(IDLE_SECONDS)
    return {role: memory_of(pid) for role, pid in roles.items()}


def machine():
    """The lines that say where these numbers come from."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"processor": f"{model}, {os.cpu_count()} cores", "kernel": platform.release(),
            "distribution": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
            "load": " ".join(f"{each:.1f}" for each in os.getloadavg())}


def print_header(header):
    for name, value in header.items():
        print(f"{name + ':':14}{value}")
    print()


def alternate(rounds, runs):
    """Runs each of `runs` (name: function) once a round, in turning order, and gives the lists of what they gave."""
    results = {name: [] for name in runs}
    for turn in range(rounds):
        names = list(runs) if turn % 2 == 0 else list(reversed(runs))
        for name in names:
            results[name].append(runs[name]())
    return results


def ratio(ours, theirs):
    """The median of the ratios of runs that were neighbours: what else the machine did hits both of a pair."""
    return statistics.median(a / b for a, b in zip(ours, theirs))


def short(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"
