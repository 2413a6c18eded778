"""Aggregation rules on float32 vectors: ours, ByzFL's, Flower's and plain numpy, in turn in one run.

    make bench-aggregate                       a table
    make bench-aggregate ARGS=--json           one JSON object
    aggregate.py TACET [--json] [--n N] [--d D] [--rounds R] [--slow]

--slow also measures those of the others that take more than about a second. See README.md, beside this file, for how to read it.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Scripts"))
from aggregation_peers import aggregators, flower  # noqa: E402


def numpy_sorted(x, body):
    """The fastest of plain numpy here: sort blocks of columns, transposed, and let `body` make something of each."""
    return numpy.concatenate(
        [body(numpy.sort(numpy.ascontiguousarray(x[:, first : first + 2048].T), axis=1)) for first in range(0, x.shape[1], 2048)]
    )


def trimmed_mean(rows, f):
    return rows[:, f : rows.shape[1] - f].mean(axis=1)


def median(rows):
    n = rows.shape[1]
    return (rows[:, (n - 1) // 2] + rows[:, n // 2]) / 2


def both(rows, f):
    return numpy.stack([trimmed_mean(rows, f), median(rows)], axis=1)


def numpy_geometric_median(x, steps=3):
    """Smoothed Weiszfeld by matrix products."""
    squares = numpy.einsum("ij,ij->i", x, x)
    z = x.mean(axis=0)
    for _ in range(steps):
        distances = numpy.sqrt(numpy.maximum(squares - 2 * (x @ z) + z @ z, 0.01))
        weights = 1 / distances
        z = (weights / weights.sum()).astype(numpy.float32) @ x
    return z


def peers(x, f, slow):
    """(rule, name, call) of everybody else."""
    tensor = torch.from_numpy(x)
    results = [([row], 1) for row in x]
    flwr = flower()
    share = f / len(x)
    rows = [
        ("trimmed-mean and median", "numpy, sorted blocks", lambda: numpy_sorted(x, lambda rows: both(rows, f))),
        ("trimmed-mean", "numpy, sorted blocks", lambda: numpy_sorted(x, lambda rows: trimmed_mean(rows, f))),
        ("trimmed-mean", "ByzFL, numpy", lambda: aggregators.TrMean(f)(x)),
        ("median", "numpy, sorted blocks", lambda: numpy_sorted(x, median)),
        ("krum", "numpy, Gram matrix alone", lambda: x @ x.T),
        ("krum", "ByzFL, torch", lambda: aggregators.Krum(f)(tensor)),
        ("geometric-median", "numpy, 3 steps", lambda: numpy_geometric_median(x)),
        ("geometric-median", "ByzFL, numpy", lambda: aggregators.GeometricMedian()(x)),
    ]
    if slow:
        rows += [
            ("trimmed-mean", "ByzFL, torch", lambda: aggregators.TrMean(f)(tensor)),
            ("trimmed-mean", "Flower", lambda: flwr.aggregate_trimmed_avg(results, share)),
            ("median", "ByzFL, numpy", lambda: aggregators.Median()(x)),
            ("median", "ByzFL, torch", lambda: aggregators.Median()(tensor)),
            ("median", "Flower", lambda: flwr.aggregate_median(results)),
            ("krum", "ByzFL, numpy", lambda: aggregators.Krum(f)(x)),
            ("krum", "Flower", lambda: flwr.aggregate_krum(results, f, 0)),
            ("geometric-median", "ByzFL, torch", lambda: aggregators.GeometricMedian()(tensor)),
        ]
    return rows


def seconds_of(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def our_results(tacet, n, d, threads):
    arguments = [tacet, "bench", "aggregate", "--n", str(n), "--d", str(d), "--rounds", "3", "--format", "json"]
    arguments += ["--rules", "trimmed-mean,median,krum,geometric-median"] + (["--threads", str(threads)] if threads else [])
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)["results"]


def measure(tacet, n, d, rounds, slow):
    """Rounds in turn, the fastest of each; theirs use all cores where they can."""
    f = n // 5
    x = numpy.random.default_rng(1).standard_normal((n, d), dtype=numpy.float32)
    others = peers(x, f, slow)
    best = {}

    def keep(rule, name, seconds):
        best[rule, name] = min(seconds, best.get((rule, name), seconds))

    for _ in range(rounds):
        for threads in (None, 1):
            for row in our_results(tacet, n, d, threads):
                keep(row["rule"], "tacet, one thread" if threads else "tacet", row["seconds"])
        for rule, name, call in others:
            keep(rule, name, seconds_of(call))
    results = [{"rule": rule, "name": name, "n": n, "d": d, "seconds": seconds} for (rule, name), seconds in best.items()]
    middles = {name: seconds for (rule, name), seconds in best.items() if rule == "trimmed-mean and median"}
    ratios = {
        "both_middles_to_reading": (middles["tacet"] / best["read", "tacet"], 3),
        "both_middles_to_numpy_one_thread": (middles["tacet, one thread"] / middles["numpy, sorted blocks"], 0.5),
        "krum_to_gram_matrix": (best["krum", "tacet"] / best["krum", "numpy, Gram matrix alone"], 1.5),
        "geometric_median_to_numpy": (best["geometric-median", "tacet"] / best["geometric-median", "numpy, 3 steps"], 1),
    }
    return {
        "cores": os.cpu_count(),
        "results": sorted(results, key=lambda row: (row["rule"], row["seconds"])),
        "ratios": {name: {"value": value, "at_most": most} for name, (value, most) in ratios.items()},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tacet", help="the command, from a release build")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--n", type=int, default=100, help="vectors")
    parser.add_argument("--d", type=int, default=1_000_000, help="numbers of each")
    parser.add_argument("--rounds", type=int, default=3, help="rounds")
    parser.add_argument("--slow", action="store_true", help="the slow ones too")
    options = parser.parse_args()
    outcome = measure(options.tacet, options.n, options.d, options.rounds, options.slow)
    if options.json:
        json.dump(outcome, sys.stdout, indent=1)
        print()
        return
    for row in outcome["results"]:
        print(f"{1000 * row['seconds']:10.1f} ms  {row['rule']:24} {row['name']}")
    for name, ratio in outcome["ratios"].items():
        print(f"{ratio['value']:10.2f}     {name.replace('_', ' ')} (target: at most {ratio['at_most']})")


if __name__ == "__main__":
    main()
