"""Exchanges of one message size over mTLS: our link and gRPC door beside gRPC C++ and Python's grpcio, in one run.

    make bench-rpc                          a table
    make bench-rpc ARGS=--json              one JSON object
    rpc.py TACET [--json] [--seconds S] [--rounds N] [--awake] [--agents N]

Needs Debian's g++, pkg-config, libgrpc++-dev, libprotobuf-dev, protobuf-compiler and protobuf-compiler-grpc. With --agents N a fleet of
so many devices is measured afterwards. See README.md, beside this file, for how to read it.
"""

import argparse
import contextlib
import json
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BYTES = 4096
MODES = {"unary": "unary, 1 in flight", "stream": "ping-pong on a stream", "flight": "unary, 64 in flight"}
LINK, LINK_64 = "tacet link, 1 in flight", "tacet link, 64 in flight"


def cpp(folder):
    """Builds the C++ client and server, or ends and says what is missing."""
    tools = ["g++", "make", "pkg-config", "protoc", "grpc_cpp_plugin"]
    missing = [tool for tool in tools if shutil.which(tool) is None]
    built = missing or subprocess.run(
        ["make", "--silent", "-C", str(HERE / "grpc_cpp"), f"OUT={folder}"], stdout=subprocess.DEVNULL
    ).returncode
    if built:
        sys.exit(
            f"rpc.py: gRPC C++ could not be built{': no ' + ', '.join(missing) if missing else ''}\n"
            "hint: apt-get install g++ make pkg-config libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc"
        )


def certificates(tacet, folder):
    """The folders of a server and a client, both issued by an authority of their own."""
    (folder / "passphrase").write_text("bench\n")
    (folder / "passphrase").chmod(0o600)
    common = ["--state", str(folder / "authority"), "--passphrase-file", str(folder / "passphrase")]
    run = lambda *arguments: subprocess.run([tacet, "ca", *arguments, *common], check=True, stdout=subprocess.DEVNULL)
    run("init", "--trust-domain", "bench.example")
    run("issue", "--id", "gateway/bench", "--ip", "127.0.0.1", "--out", str(folder / "server"))
    run("issue", "--id", "camera/bench", "--out", str(folder / "client"))


@contextlib.contextmanager
def awake(wanted):
    """Keeps the cores from sleeping while nobody has work: the kernel's own setting for it (PM QoS), which ends with the file."""
    if not wanted:
        yield
        return
    try:
        setting = open("/dev/cpu_dma_latency", "wb", buffering=0)
    except OSError as error:
        sys.exit(f"rpc.py: the cores cannot be kept awake: {error}\nhint: run as root, or without --awake")
    with setting:
        setting.write(struct.pack("i", 0))
        yield


@contextlib.contextmanager
def serving(command):
    """A server that prints its port and ends with its standard input."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


def theirs(name, serve, ask, folder, seconds):
    """Rows of one implementation, in each mode; a server for each, as one that idles takes nothing."""
    rows = {}
    with serving([*serve, str(folder / "server")]) as port:
        for mode, words in MODES.items():
            command = [*ask, str(folder / "client"), port, mode, str(BYTES), str(seconds)]
            rate, p50, p99 = map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
            rows[f"{name}, {words}"] = {"per_second": rate, "p50_us": p50, "p99_us": p99}
    return rows


def ours(tacet, seconds):
    command = [tacet, "bench", "rpc", "--bytes", str(BYTES), "--in-flight", "1,64", "--seconds", str(seconds), "--format", "json"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {f"tacet {row['name']}": row for row in json.loads(output)["results"]}


def measure(tacet, seconds, rounds):
    """In turns, so that whatever else the machine does meets everyone; the median of the rounds."""
    taken = []
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        cpp(folder / "cpp")
        certificates(tacet, folder)
        python = [sys.executable, str(HERE / "rpc_python.py")]
        for _ in range(rounds):
            taken.append(
                {
                    **ours(tacet, seconds),
                    **theirs("gRPC C++", [str(folder / "cpp/server")], [str(folder / "cpp/client")], folder, seconds),
                    **theirs("Python grpcio", [*python, "serve"], [*python, "ask"], folder, seconds),
                }
            )

    def median(name, key):
        return statistics.median(row[name][key] for row in taken)

    def ratio(key, first, second):
        return statistics.median(row[first][key] / row[second][key] for row in taken)

    return {
        "bytes": BYTES,
        "results": [{"name": name, **{key: median(name, key) for key in ("per_second", "p50_us", "p99_us")}} for name in taken[0]],
        "ratios": {
            "ping_pong_of_cpp_to_link": ratio("p50_us", f"gRPC C++, {MODES['stream']}", LINK),
            "link_to_unary_of_cpp": ratio("per_second", LINK_64, f"gRPC C++, {MODES['flight']}"),
            "link_to_unary_of_python": ratio("per_second", LINK_64, f"Python grpcio, {MODES['flight']}"),
        },
        "targets": {"ping_pong_of_cpp_to_link": 1.0, "link_to_unary_of_cpp": 1.5, "link_to_unary_of_python": 8.0},
    }


def fleet(tacet, agents):
    command = [tacet, "bench", "rpc", "--agents", str(agents), "--seconds", "30", "--format", "json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["results"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tacet", help="the command, from a release build")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seconds", type=float, default=2, help="how long each measurement takes")
    parser.add_argument("--rounds", type=int, default=3, help="how often all are measured")
    parser.add_argument("--awake", action="store_true", help="keep the cores from sleeping between messages, for everyone alike")
    parser.add_argument("--agents", type=int, default=0, help="also measure a fleet of so many devices")
    options = parser.parse_args()
    with awake(options.awake):
        outcome = measure(options.tacet, options.seconds, options.rounds)
    if options.agents:
        outcome["fleet"] = fleet(options.tacet, options.agents)
    if options.json:
        json.dump(outcome, sys.stdout, indent=1)
        print()
        return
    for row in outcome["results"]:
        print(f"{row['per_second']:10.0f} /s  p50 {row['p50_us']:8.0f} µs  p99 {row['p99_us']:8.0f} µs  {row['name']}")
    for name, ratio in outcome["ratios"].items():
        print(f"{ratio:10.2f}     {name.replace('_', ' ')} (target: at least {outcome['targets'][name]:.2f})")
    for row in outcome.get("fleet", []):
        core = f", {100 * row['core_share']:.0f} % of a core" if "core_share" in row else ""
        print(f"{row['bytes_per_agent'] / 1000:10.1f} KB each  {row['name']}, {row['agents']}{core}")


if __name__ == "__main__":
    main()
