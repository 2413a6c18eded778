"""Gaussian noise, samples a second on one thread: ours, numpy's and OpenDP's, measured in turn in one run.

    make bench-noise                   a table
    make bench-noise ARGS=--json       one JSON object
    noise.py TACET [--json] [--seconds S]

See README.md, beside this file, for how to read it.
"""

import argparse
import json
import os
import subprocess
import sys
import time

# Before numpy is loaded: one thread for everyone.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy  # noqa: E402
import opendp.prelude as opendp  # noqa: E402

SCALE = 8


def rate(draw, count, seconds):
    """Samples a second of draw(), which makes `count`, by the wall clock."""
    draw()
    calls, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        draw()
        calls += 1
    return count * calls / elapsed


def numpy_rate(seconds):
    """The fastest normal of numpy: insecure (PCG64), and continuous."""
    count = 1 << 16
    generator = numpy.random.default_rng()
    target = numpy.empty(count, dtype=numpy.float32)
    return rate(lambda: generator.standard_normal(dtype=numpy.float32, out=target), count, seconds)


def opendp_rate(seconds):
    """OpenDP's discrete Gaussian (Canonne, Kamath, Steinke 2020) on a vector of integers."""
    opendp.enable_features("contrib")
    count = 1000
    space = opendp.vector_domain(opendp.atom_domain(T="i32")), opendp.l2_distance(T="f64")
    measurement = opendp.m.make_gaussian(*space, scale=float(SCALE))
    zeros = [0] * count
    return rate(lambda: measurement(zeros), count, seconds)


def our_results(tacet, seconds):
    arguments = [tacet, "bench", "noise", "--scale", str(SCALE), "--scale", "64", "--seconds", str(seconds), "--format", "json"]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)["results"]


def measure(tacet, seconds):
    ours = our_results(tacet, seconds)
    peers = [
        {"name": "numpy standard_normal(float32), insecure", "per_second": numpy_rate(seconds)},
        {"name": "OpenDP discrete Gaussian, i32", "per_second": opendp_rate(seconds)},
    ]
    narrow = [row for row in ours if row["scale"] == SCALE and row["bits"] == 64]
    best = max(row["per_second"] for row in narrow if "kernel" in row)
    release = next(row["per_second"] for row in narrow if "kernel" not in row)
    ratios = {
        "sampling_to_numpy": best / peers[0]["per_second"],
        "sampling_to_opendp": best / peers[1]["per_second"],
        "release_to_sampling": release / best,
    }
    return {"results": ours + peers, "ratios": ratios, "targets": dict(zip(ratios, (2, 3000, 0.6)))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tacet", help="the command, from a release build")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seconds", type=float, default=1, help="how long each measurement takes")
    options = parser.parse_args()
    outcome = measure(options.tacet, options.seconds)
    if options.json:
        json.dump(outcome, sys.stdout, indent=1)
        print()
        return
    for row in outcome["results"]:
        print(f"{row['per_second'] / 1e6:10.3f} M/s  {row['name']}")
    for name, ratio in outcome["ratios"].items():
        print(f"{ratio:10.2f}      {name.replace('_', ' ')} (target: at least {outcome['targets'][name]})")


if __name__ == "__main__":
    main()
