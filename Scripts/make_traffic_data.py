#!/usr/bin/env python3
"""Make the traffic fixtures anew: simulate the road network cologne8 with SUMO and count what its cameras would see.

Needs `pip install numpy eclipse-sumo==1.28.0` and `pip install --no-deps sumo-rl==1.4.5` (only its scenario files are
read). One run is one simulated hour and takes a few seconds. The same seed gives the same run.

    make_traffic_data.py --out DIR                           all 64 runs, as train.npz, validation.npz and test.npy
    make_traffic_data.py --runs 1-2 --compare DIR            two runs, compared with the fixtures in DIR
"""

import argparse
import hashlib
import importlib.util
import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

try:
    import numpy as np
except ImportError:
    sys.exit("make_traffic_data.py: Python package numpy is not installed: run `pip install numpy`")

BEGIN, END, BIN = 25200, 28800, 10
BINS = (END - BEGIN) // BIN
APPROACH_METRES, EXIT_METRES, MARGIN = 60.0, 40.0, 0.1
EMPTY_SPEED = 14.0
DEMAND = [0.6, 0.8, 1.0, 1.2, 1.4, 1.1, 0.9, 1.3]
RUNS = {"train": range(1, 44), "validation": range(44, 51), "test": range(51, 65)}
SCALE = np.array([4] * 4 + [10] * 4 + [4] * 4 + [10, 10], dtype=np.float32)
QUANTITIES = ["nVehSeen", "nVehEntered", "meanMaxJamLengthInVehicles", "meanOccupancy", "meanSpeed"]


class Trouble(Exception):
    """What went wrong and what to do about it, in one line."""


def package_folder(module, hint):
    """The folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise Trouble(f"Python package {module} is not installed: run `{hint}`")
    return Path(next(iter(spec.submodule_search_locations)))


def scenario():
    """Paths of the simulator, the network and the demand."""
    sumo = package_folder("sumo", "pip install eclipse-sumo==1.28.0") / "bin" / "sumo"
    folder = package_folder("sumo_rl", "pip install --no-deps sumo-rl==1.4.5") / "nets" / "RESCO" / "cologne8"
    paths = sumo, folder / "cologne8.net.xml", folder / "cologne8.rou.xml"
    for path in paths:
        if not path.exists():
            raise Trouble(f"{path} is missing: reinstall eclipse-sumo==1.28.0 and sumo-rl==1.4.5")
    return paths


def intersections(network):
    """For each signal in order of its id: (approaches, exits), each a list of up to 4 edges.

    An edge is a list of (lane id, length in metres). Edges with more lanes come first, then by id.
    """
    root = ElementTree.parse(network).getroot()
    lanes = {
        edge.get("id"): [(lane.get("id"), float(lane.get("length"))) for lane in edge.iter("lane")]
        for edge in root.iter("edge")
    }
    approaches, exits = {}, {}
    for connection in root.iter("connection"):
        signal = connection.get("tl")
        if signal is not None:
            approaches.setdefault(signal, set()).add(connection.get("from"))
            exits.setdefault(signal, set()).add(connection.get("to"))

    def chosen(edges):
        return [lanes[edge] for edge in sorted(edges, key=lambda edge: (-len(lanes[edge]), edge))[:4]]

    return [(chosen(approaches[signal]), chosen(exits[signal])) for signal in sorted(approaches)]


def detectors(sites):
    """Lane-area detectors: id -> (lane, first metre, last metre). Ids are kind, site, edge, lane."""
    table = {}
    for site, (approaches, exits) in enumerate(sites):
        for edge, lanes in enumerate(approaches):
            for number, (lane, length) in enumerate(lanes):
                end = length - MARGIN
                table[("in", site, edge, number)] = (lane, max(MARGIN, end - APPROACH_METRES), end)
        for edge, lanes in enumerate(exits):
            for number, (lane, length) in enumerate(lanes):
                table[("out", site, edge, number)] = (lane, MARGIN, min(EXIT_METRES, length - MARGIN))
    return table


def simulate(paths, table, seed, demand, folder):
    """Run SUMO for one hour. Returns detector id -> {quantity: [BINS]}."""
    sumo, network, routes = paths
    root = ElementTree.Element("additional")
    for key, (lane, first, last) in table.items():
        place = {"id": "_".join(map(str, key)), "lane": lane, "pos": f"{first:.2f}", "endPos": f"{last:.2f}"}
        ElementTree.SubElement(root, "laneAreaDetector", {**place, "period": str(BIN), "file": "detectors.xml"})
    ElementTree.ElementTree(root).write(folder / "detectors.add.xml")
    command = [sumo, "-n", network, "-r", routes, "-a", folder / "detectors.add.xml", "-b", BEGIN, "-e", END]
    command += ["--seed", seed, "--scale", demand, "--random-depart-offset", 240, "--no-step-log", "--no-warnings"]
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        reason = (result.stderr.strip() or result.stdout.strip() or "no message").splitlines()[-1]
        raise Trouble(f"sumo ended with status {result.returncode} on seed {seed}: {reason}")
    seen = {}
    for _, row in ElementTree.iterparse(folder / "detectors.xml"):
        index = int(float(row.get("begin", END)) - BEGIN) // BIN if row.tag == "interval" else BINS
        if index < BINS:
            series = seen.setdefault(row.get("id"), {name: np.zeros(BINS) for name in QUANTITIES})
            for name in QUANTITIES:
                series[name][index] = float(row.get(name))
        row.clear()
    return seen


def features(seen, sites):
    """The 14 features of every site. detector readings -> [BINS, sites, 14] uint16, value times SCALE."""
    values = np.zeros((BINS, len(sites), len(SCALE)))
    for site, (approaches, exits) in enumerate(sites):
        lanes = []
        for edge, members in enumerate(approaches):
            of_edge = [seen[f"in_{site}_{edge}_{number}"] for number in range(len(members))]
            values[:, site, edge] = sum(lane["nVehSeen"] for lane in of_edge)
            values[:, site, 4 + edge] = sum(lane["meanMaxJamLengthInVehicles"] for lane in of_edge)
            lanes += of_edge
        for edge, members in enumerate(exits):
            of_edge = [seen[f"out_{site}_{edge}_{number}"] for number in range(len(members))]
            values[:, site, 8 + edge] = sum(lane["nVehEntered"] for lane in of_edge)
        values[:, site, 12] = np.mean([lane["meanOccupancy"] for lane in lanes], axis=0)
        speed = np.array([lane["meanSpeed"] for lane in lanes])
        weight = np.array([lane["nVehSeen"] for lane in lanes]) * (speed >= 0)
        total = weight.sum(0)
        values[:, site, 13] = np.where(total > 0, (speed * weight).sum(0) / np.maximum(total, 1), EMPTY_SPEED)
    return np.clip(np.rint(values.astype(np.float32) * SCALE), 0, 65535).astype(np.uint16)


def make(numbers):
    """Simulate the given runs. Returns {number: [BINS, sites, 14]}."""
    paths = scenario()
    sites = intersections(paths[1])
    table = detectors(sites)
    made = {}
    for position, number in enumerate(numbers, start=1):
        with tempfile.TemporaryDirectory() as folder:
            seen = simulate(paths, table, number, DEMAND[(number - 1) % len(DEMAND)], Path(folder))
        made[number] = features(seen, sites)
        print(f"\rrun {number} ({position} of {len(numbers)})", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return made


def write(made, folder):
    """Write the parts of the split whose runs are all there, and SHA256SUMS."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, numbers in RUNS.items():
        if not all(number in made for number in numbers):
            raise Trouble(f"part {part} needs the runs {numbers[0]}-{numbers[-1]}: leave --runs out when using --out")
        hours = np.stack([made[number] for number in numbers])
        if part == "test":
            np.save(folder / "test.npy", hours)
        else:
            np.savez_compressed(folder / f"{part}.npz", q=hours, scale=SCALE)
    names = ["test.npy", "train.npz", "validation.npz"]
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(sums))


def committed(folder):
    """The fixtures in a folder, as {number: [BINS, sites, 14]}."""
    runs = {}
    for part, numbers in RUNS.items():
        path = folder / ("test.npy" if part == "test" else f"{part}.npz")
        if not path.exists():
            raise Trouble(f"{path} is missing: --compare needs the folder with the committed fixtures")
        hours = np.load(path) if part == "test" else np.load(path)["q"]
        runs.update(zip(numbers, hours))
    return runs


def compare(made, old):
    """How alike each run made is to the committed one. Returns one dictionary for each run."""
    report = []
    for number, hours in made.items():
        difference = np.abs(hours.astype(np.int64) - old[number].astype(np.int64))
        report.append(
            {
                "run": number,
                "values": int(difference.size),
                "differing": int((difference > 0).sum()),
                "largest_difference_by_feature": (difference.max((0, 1)) / SCALE).round(2).tolist(),
            }
        )
    return report


def run_numbers(text):
    """Parse `3`, `1-5` or `1,4-6`."""
    numbers = []
    for piece in text.split(","):
        first, _, last = piece.partition("-")
        try:
            numbers += range(int(first), int(last or first) + 1)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{piece!r} is not a run number or a range such as 1-5") from None
    if not numbers or min(numbers) < 1 or max(numbers) > 64:
        raise argparse.ArgumentTypeError("runs are numbered 1 to 64")
    return sorted(set(numbers))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=run_numbers, default="1-64", help="for instance 1-5 (default: 1-64)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write train.npz, validation.npz, test.npy, SHA256SUMS")
    parser.add_argument("--compare", type=Path, metavar="DIR", help="compare with the fixtures in DIR")
    arguments = parser.parse_args()
    if arguments.out is None and arguments.compare is None:
        parser.error("nothing to do: give --out DIR, --compare DIR or both")
    if arguments.out is not None and len(arguments.runs) != 64:
        parser.error("--out writes the whole split and needs all 64 runs: leave --runs out")
    try:
        old = committed(arguments.compare) if arguments.compare is not None else None
        made = make(arguments.runs)
        if arguments.out is not None:
            write(made, arguments.out)
        report = compare(made, old) if old is not None else []
    except (Trouble, OSError) as trouble:
        print(f"make_traffic_data.py: {trouble}", file=sys.stderr)
        return 70
    for line in report:
        print(json.dumps(line))
    return 1 if any(line["differing"] for line in report) else 0


if __name__ == "__main__":
    sys.exit(main())
