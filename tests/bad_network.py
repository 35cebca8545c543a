# A bad network: everything takes DELAY milliseconds, LOSS percent of it is lost, and SIGUSR1 cuts it silently until
# SIGUSR2. From SIGHUP on it is fast and loses nothing. Prints "ready", "cut" and "restored", and what it has done when it is
# ended.
# usage: bad_network.py DELAY LOSS SEED namespaces NAME=ADDRESS...   hosts are network namespaces; this is the wire between
#                                                                    them, made of TUN devices: real TCP, real loss
#        bad_network.py DELAY LOSS SEED loopback LISTEN_PORT TARGET_PORT   a proxy, for where namespaces are forbidden: what
#                                                                          would be lost comes late, as TCP would send it again
import ctypes
import fcntl
import heapq
import os
import random
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
RETRANSMISSION = 0.3  # seconds
HELD_MAX = 1 << 20  # octets of one connection on their way

delay, loss = int(sys.argv[1]) / 1000, float(sys.argv[2]) / 100
chance = random.Random(int(sys.argv[3]))
selector = selectors.DefaultSelector()
is_cut = False
on_the_way = []  # (when, number, what to do)
number = 0
counts = {"delivered": 0, "lost": 0, "cut": 0}


def later(seconds, action):
    global number
    number += 1
    heapq.heappush(on_the_way, (time.monotonic() + seconds, number, action))


def set_cut(value):
    global is_cut
    is_cut = value
    print("cut" if value else "restored", flush=True)


def heal():
    global delay, loss
    delay, loss = 0, 0


def end():
    print(", ".join(f"{count} {what}" for what, count in counts.items()), flush=True)
    sys.exit(0)


# ---- hosts are network namespaces

ports = {}  # by address: the descriptor of the host's device


def plug_in(name, address):
    """Gives a host its device, whose other end stays here."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net") as own, open(f"/run/netns/{name}") as theirs:
        if libc.setns(theirs.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"net0", IFF_TUN | IFF_NO_PI))
        libc.setns(own.fileno(), CLONE_NEWNET)
    for command in (f"addr add {address}/24 dev net0", "link set net0 up", "link set lo up"):
        subprocess.run(["ip", "-n", name, *command.split()], check=True)
    ports[socket.inet_aton(address)] = device
    selector.register(device, selectors.EVENT_READ, lambda: carry_packet(device))


def carry_packet(device):
    try:
        packet = os.read(device, 65536)
    except OSError:
        return  # the device is down
    target = ports.get(packet[16:20])
    if target is None:
        return  # not IPv4, or nobody's
    if is_cut:
        counts["cut"] += 1
    elif chance.random() < loss:
        counts["lost"] += 1
    else:
        later(delay, lambda: deliver_packet(target, packet))


def deliver_packet(device, packet):
    try:
        os.write(device, packet)
        counts["delivered"] += 1
    except OSError:
        counts["cut"] += 1  # the device is down


# ---- a proxy on the loopback

peers, held, latest = {}, {}, {}


def accept(listener, target_port):
    near, _ = listener.accept()
    try:
        far = socket.create_connection(("127.0.0.1", target_port))
    except OSError:
        near.close()
        return
    for one, other in ((near, far), (far, near)):
        peers[one], held[one], latest[one] = other, 0, 0
        selector.register(one, selectors.EVENT_READ, lambda one=one: carry_octets(one))


def carry_octets(source):
    if is_cut or held[source] > HELD_MAX:
        selector.unregister(source)  # what comes waits in the kernel
        later(0.05, lambda: listen_again(source))
        return
    try:
        octets = source.recv(65536)
    except OSError:
        octets = b""
    held[source] += len(octets)
    extra = 0
    if chance.random() < loss:
        counts["lost"] += 1
        extra = RETRANSMISSION
    # In order, as a stream is.
    latest[source] = max(latest[source], time.monotonic() + delay + extra)
    later(latest[source] - time.monotonic(), lambda: deliver_octets(source, octets))
    if not octets:
        selector.unregister(source)


def listen_again(source):
    if source in peers:
        selector.register(source, selectors.EVENT_READ, lambda: carry_octets(source))


def deliver_octets(source, octets):
    if source not in peers:
        return
    if is_cut:
        later(0.05, lambda: deliver_octets(source, octets))
        return
    held[source] -= len(octets)
    try:
        if octets:
            peers[source].sendall(octets)
            counts["delivered"] += 1
            return
    except OSError:
        pass
    for one in (source, peers[source]):
        if one in selector.get_map():
            selector.unregister(one)
        peers.pop(one, None)
        one.close()


signal.signal(signal.SIGUSR1, lambda *_: set_cut(True))
signal.signal(signal.SIGUSR2, lambda *_: set_cut(False))
signal.signal(signal.SIGHUP, lambda *_: heal())
signal.signal(signal.SIGTERM, lambda *_: end())
if sys.argv[4] == "namespaces":
    for host in sys.argv[5:]:
        plug_in(*host.split("="))
else:
    door = socket.create_server(("127.0.0.1", int(sys.argv[5])))
    selector.register(door, selectors.EVENT_READ, lambda: accept(door, int(sys.argv[6])))
print("ready", flush=True)
while True:
    wait = max(0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
    for key, _ in selector.select(wait):
        key.data()
    while on_the_way and on_the_way[0][0] <= time.monotonic():
        heapq.heappop(on_the_way)[2]()
