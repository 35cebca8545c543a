# A TCP proxy that breaks its connections. From SIGUSR1 on it cuts all of them after every EVERY octets, in the middle of
# what it forwards, CUTS times in all, and prints "cut" each time.
# usage: cutting_proxy.py LISTEN_PORT TARGET_PORT EVERY CUTS
import selectors
import signal
import socket
import sys

listen_port, target_port, every, cuts = map(int, sys.argv[1:])
selector = selectors.DefaultSelector()
peers = {}
cuts_left = 0
octets_left = 0


def start_cutting(_number, _frame):
    global cuts_left, octets_left
    cuts_left, octets_left = cuts, every


def close(sock):
    other = peers.pop(sock, None)
    selector.unregister(sock)
    sock.close()
    if other is not None and other in peers:
        close(other)


def forward(sock, octets):
    global cuts_left, octets_left
    octets_left -= len(octets)
    if cuts_left == 0 or octets_left > 0:
        peers[sock].sendall(octets)
        return
    peers[sock].sendall(octets[: len(octets) // 2])
    cuts_left, octets_left = cuts_left - 1, every
    for each in list(peers):
        if each in peers:
            close(each)
    print("cut", flush=True)


signal.signal(signal.SIGUSR1, start_cutting)
listener = socket.create_server(("127.0.0.1", listen_port))
selector.register(listener, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            near, _ = listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", target_port))
            except OSError:
                near.close()
                continue
            peers[near], peers[far] = far, near
            selector.register(near, selectors.EVENT_READ)
            selector.register(far, selectors.EVENT_READ)
        elif key.fileobj in peers:
            try:
                octets = key.fileobj.recv(65536)
                if octets:
                    forward(key.fileobj, octets)
            except OSError:
                octets = b""
            if not octets and key.fileobj in peers:
                close(key.fileobj)
