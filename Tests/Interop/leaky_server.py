#!/usr/bin/env python3
"""A server that gives away, by size or time, what it answers: a control for `tacet verify wire`, which must see it.

    leaky_server.py MODE --exchanges N --labels FILE

Makes both ends of one TLS connection on the loopback interface and writes the hidden class of each exchange as a label: an answer that
was computed, one that was known, an error. Modes:

    raw      replies are as long as what they say
    padded   answers have one length, errors another; computing takes time
    jitter   all replies have one length, and up to 5 ms at random are added to the time that they take
    grid     all replies have one length and leave 10 ms after their request, by a thread that computes nothing

It prints its port, waits for a line on standard input, and begins.
"""

import argparse
import json
import pathlib
import queue
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

CLASSES = ["computed", "known", "error"]
REQUEST = bytes(512)
LENGTH = 2048
GRID = 0.010


def certificate(folder):
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=leaky", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )
    return cert, key


def compute():
    """Takes its time, but not the processor's: on a busy machine the two ends would feel that, and what is meant to hold would leak."""
    time.sleep(0.003)


def reply(mode, kind):
    """What is sent for an exchange of a class."""
    if mode == "raw":
        return bytes({"computed": 1800, "known": 1400, "error": 60}[kind])
    if mode == "padded" and kind == "error":
        return bytes(80)
    return bytes(LENGTH)


def receive(connection, count):
    while count > 0:
        data = connection.recv(count)
        if not data:
            return False
        count -= len(data)
    return True


def emit(connection, slots):
    """Sends each cell at its moment, whatever else goes on: awake before it, for how fast a thread wakes up tells what was before."""
    while (slot := slots.get()) is not None:
        moment, cell = slot
        time.sleep(max(0, moment - 0.003 - time.monotonic()))
        while time.monotonic() < moment:
            pass
        connection.sendall(cell)


def serve(listener, context, mode, classes):
    connection = context.wrap_socket(listener.accept()[0], server_side=True)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    slots = queue.Queue()
    emitter = threading.Thread(target=emit, args=(connection, slots))
    emitter.start()
    for kind in classes:
        if not receive(connection, len(REQUEST)):
            break
        arrival = time.monotonic()
        cell = reply(mode, kind)
        if mode == "grid":
            slots.put((arrival + GRID, cell))
        if kind == "computed":
            compute()
        if mode == "jitter":
            time.sleep(random.SystemRandom().uniform(0, 0.005))
        if mode != "grid":
            connection.sendall(cell)
    slots.put(None)
    emitter.join()
    time.sleep(0.3)
    connection.close()


def ask(connection, mode, classes):
    for kind in classes:
        connection.sendall(REQUEST)
        receive(connection, len(reply(mode, kind)))
        time.sleep(random.uniform(0.0005, 0.0015))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["raw", "padded", "jitter", "grid"])
    parser.add_argument("--exchanges", type=int, default=300, help="of each class")
    parser.add_argument("--labels", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    classes = [kind for kind in CLASSES for _ in range(arguments.exchanges)]
    random.SystemRandom().shuffle(classes)
    with tempfile.TemporaryDirectory() as temporary:
        server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        server.load_cert_chain(*certificate(pathlib.Path(temporary)))
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        server.minimum_version = client.minimum_version = ssl.TLSVersion.TLSv1_3
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        print(port, flush=True)
        sys.stdin.readline()
        thread = threading.Thread(target=serve, args=(listener, server, arguments.mode, classes))
        thread.start()
        connection = client.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = "127.0.0.1:%d" % connection.getsockname()[1]
        time.sleep(0.2)
        ask(connection, arguments.mode, classes)
        thread.join()
    with open(arguments.labels, "w") as file:
        for number, kind in enumerate(classes):
            line = {"client": address, "server": f"127.0.0.1:{port}", "door": "link", "request": number, "reply": number}
            file.write(json.dumps(line | {"class": kind}) + "\n")


if __name__ == "__main__":
    main()
