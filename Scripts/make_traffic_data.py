#!/usr/bin/env python3
"""Make the traffic fixtures anew: simulate the road network cologne8 with SUMO and count what its cameras would see.

Needs `pip install numpy eclipse-sumo==1.28.0` and `pip install --no-deps sumo-rl==1.4.5` (only its scenario files are
read). One run is one simulated hour and takes a few seconds. The same seed gives the same run.

    make_traffic_data.py --out DIR                           all 64 runs, as train.npz, validation.npz and test.npy
    make_traffic_data.py --runs 1-2 --compare DIR            two runs, compared with the fixtures in DIR
    make_traffic_data.py --more FILE                         387 runs more to train with, as train.npz
    make_traffic_data.py --grown FILE                        12 runs after the traffic has grown by half, as test.npy
"""

import importlib.util
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from functools import partial
from pathlib import Path

from fixture_files import Trouble, command, make_all, np

BEGIN, END, BIN = 25200, 28800, 10
BINS = (END - BEGIN) // BIN
APPROACH_METRES, EXIT_METRES, MARGIN = 60.0, 40.0, 0.1
EMPTY_SPEED = 14.0
DEMAND = [0.6, 0.8, 1.0, 1.2, 1.4, 1.1, 0.9, 1.3]
GROWTH = 1.5
SCALE = np.array([4] * 4 + [10] * 4 + [4] * 4 + [10, 10], dtype=np.float32)
QUANTITIES = ["nVehSeen", "nVehEntered", "meanMaxJamLengthInVehicles", "meanOccupancy", "meanSpeed"]


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


def make(numbers, growth=1.0):
    """Simulate the given runs, with the demand of each multiplied by `growth`. Returns {number: [BINS, sites, 14]}."""
    paths = scenario()
    sites = intersections(paths[1])
    table = detectors(sites)

    def run(number):
        with tempfile.TemporaryDirectory() as folder:
            seen = simulate(paths, table, number, growth * DEMAND[(number - 1) % len(DEMAND)], Path(folder))
        return features(seen, sites)

    return make_all(run, numbers)


if __name__ == "__main__":
    sys.exit(command(__doc__.split("\n\n")[0], make, SCALE, make_grown=partial(make, growth=GROWTH)))
