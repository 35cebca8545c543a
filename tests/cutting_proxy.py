# A TCP proxy that cuts all its connections on SIGUSR1. usage: cutting_proxy.py LISTEN_PORT TARGET_PORT
import selectors
import signal
import socket
import sys

listen_port, target_port = int(sys.argv[1]), int(sys.argv[2])
selector = selectors.DefaultSelector()
peers = {}
cut_wanted = False


def want_cut(_number, _frame):
    global cut_wanted
    cut_wanted = True


def close(sock):
    other = peers.pop(sock, None)
    selector.unregister(sock)
    sock.close()
    if other is not None and other in peers:
        close(other)


signal.signal(signal.SIGUSR1, want_cut)
listener = socket.create_server(("127.0.0.1", listen_port))
selector.register(listener, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select(0.05):
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
                    peers[key.fileobj].sendall(octets)
            except OSError:
                octets = b""
            if not octets:
                close(key.fileobj)
    if cut_wanted:
        cut_wanted = False
        for sock in list(peers):
            if sock in peers:
                close(sock)
