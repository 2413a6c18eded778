"""gRPC in Python over mTLS, for rpc.py: an echo of bytes, without any decoding.

    rpc_python.py serve FOLDER                        prints its port; ends with standard input
    rpc_python.py ask FOLDER PORT MODE BYTES SECONDS  prints exchanges a second, p50 and p99 in microseconds

MODE: unary (one after the other), stream (ping-pong on one stream), flight (64 unary at once).
"""

import concurrent.futures
import pathlib
import queue
import sys
import threading
import time

import grpc

IN_FLIGHT = 64


def identity(folder):
    return [(pathlib.Path(folder) / name).read_bytes() for name in ("key.pem", "cert.pem", "bundle.pem")]


def serve(folder):
    key, chain, roots = identity(folder)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=8))
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(lambda cell, _: cell),
        "Stream": grpc.stream_stream_rpc_method_handler(lambda cells, _: cells),
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("bench.Echo", handlers)])
    credentials = grpc.ssl_server_credentials([(key, chain)], root_certificates=roots, require_client_auth=True)
    print(server.add_secure_port("127.0.0.1:0", credentials), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(None)


def repeated(exchange, seconds):
    for _ in range(20):
        exchange()
    latencies, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        exchange()
        latencies.append(time.perf_counter() - begin)
    return latencies, time.perf_counter() - start


def unary(channel, cell, seconds):
    ask = channel.unary_unary("/bench.Echo/Unary")
    return repeated(lambda: ask(cell), seconds)


def stream(channel, cell, seconds):
    cells = queue.SimpleQueue()
    answers = channel.stream_stream("/bench.Echo/Stream")(iter(cells.get, None))

    def exchange():
        cells.put(cell)
        next(answers)

    outcome = repeated(exchange, seconds)
    cells.put(None)
    return outcome


def flight(channel, cell, seconds):
    ask = channel.unary_unary("/bench.Echo/Unary")
    ask(cell)
    latencies, done = [], threading.Semaphore(0)
    start = time.perf_counter()

    def send():
        begin = time.perf_counter()

        def answered(call):
            call.result()
            latencies.append(time.perf_counter() - begin)
            send() if time.perf_counter() - start < seconds else done.release()

        ask.future(cell).add_done_callback(answered)

    for _ in range(IN_FLIGHT):
        send()
    for _ in range(IN_FLIGHT):
        done.acquire()
    return latencies, time.perf_counter() - start


def ask(folder, port, mode, size, seconds):
    key, chain, roots = identity(folder)
    credentials = grpc.ssl_channel_credentials(roots, key, chain)
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials) as channel:
        run = {"unary": unary, "stream": stream, "flight": flight}[mode]
        latencies, elapsed = run(channel, bytes(int(size)), float(seconds))
    latencies.sort()
    p50, p99 = (1e6 * latencies[int(share * (len(latencies) - 1))] for share in (0.5, 0.99))
    print(len(latencies) / elapsed, p50, p99)


if __name__ == "__main__":
    serve(*sys.argv[2:]) if sys.argv[1] == "serve" else ask(*sys.argv[2:])
