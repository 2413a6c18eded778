#!/usr/bin/env python3
"""Makes Tests/TacetPrivacyTests/Vectors/filter-designs.json: mean squared errors of filters, and the least there is.

Errors are computed from their definitions with dense matrices: without a covariance as the squared Frobenius norm of A C^-1 (the
matrix mechanism), with one as the conditional variance of what is asked given all releases so far, each step by itself. The
least error over filters of norm 1 is looked for by scipy's BFGS with differences for gradients, from 12 random starts and the identity.
Shares no code and no formula for gradients with the command.
"""

import json
import pathlib

import numpy as np
import scipy.linalg
import scipy.optimize

TARGET = pathlib.Path(__file__).resolve().parent.parent / "Tests/TacetPrivacyTests/Vectors/filter-designs.json"
RANDOM = np.random.default_rng(7)


def toeplitz(taps, steps):
    column = np.zeros(steps)
    column[: min(len(taps), steps)] = taps[:steps]
    return scipy.linalg.toeplitz(column, np.zeros(steps))


def unbiased(case, taps):
    matrix = np.linalg.inv(toeplitz(taps, case["steps"]))
    return [np.sum((toeplitz(query["weights"], case["steps"]) @ matrix) ** 2) / case["mu"] ** 2 for query in case["queries"]]


def least_squares(case, taps):
    steps = case["steps"]
    lags = np.zeros(steps)
    lags[: len(case["autocovariance"])] = case["autocovariance"]
    counts = scipy.linalg.toeplitz(lags)
    encoder = toeplitz(taps, steps)
    errors = []
    for query in case["queries"]:
        asked = toeplitz(query["weights"], steps)
        error = 0
        for step in range(steps):
            rows = encoder[: step + 1]
            seen = rows @ counts @ rows.T + np.eye(step + 1) / case["mu"] ** 2
            shared = rows @ counts @ asked[step]
            error += asked[step] @ counts @ asked[step] - shared @ np.linalg.inv(seen) @ shared
        errors.append(error)
    return errors


def error(case, taps):
    errors = (least_squares if case["autocovariance"] else unbiased)(case, taps)
    importance = np.array([query["importance"] for query in case["queries"]])
    return float(importance @ errors / importance.sum() / case["steps"])


def loss(shape, case):
    with np.errstate(all="ignore"):
        try:
            value = np.log(error(case, shape / np.linalg.norm(shape)))
        except np.linalg.LinAlgError:
            return 1e9
    return value if np.isfinite(value) else 1e9


def least(case):
    identity = np.eye(case["taps"])[0]
    starts = [identity, *(identity * 2 + RANDOM.normal(size=case["taps"]) for _ in range(12))]
    ends = [scipy.optimize.minimize(loss, start, args=(case,), method="BFGS", options={"gtol": 1e-9}) for start in starts]
    return float(np.exp(min(end.fun for end in ends)))


def query(weights, importance=1.0):
    return {"weights": weights, "importance": importance}


def case(name, taps, steps, queries, mu=1.0, autocovariance=None):
    return {
        "name": name, "taps": taps, "steps": steps, "queries": queries, "mu": mu, "autocovariance": autocovariance,
    }


cases = [
    case("all counts so far", 4, 48, [query([1.0] * 48)]),
    case("all counts so far, eight taps", 8, 32, [query([1.0] * 32)], mu=0.5),
    case("as many taps as steps", 6, 6, [query([1.0] * 6)]),
    case("the last ten", 6, 40, [query([1.0] * 10)]),
    case("each count by itself", 5, 20, [query([1.0])]),
    case("three questions", 5, 30, [query([1.0]), query([1.0] * 6, 2.0), query([0.5, 0.25, 0.125], 0.5)], mu=2.0),
    case("differences", 4, 25, [query([1.0, -1.0])]),
    case("a delay", 3, 20, [query([0.0, 0.0, 1.0])]),
    case("known counts", 4, 16, [query([1.0] * 4)], autocovariance=[4 * 0.8**i for i in range(16)]),
    case("known counts, noisy", 5, 14, [query([1.0]), query([1.0] * 7, 3.0)], mu=0.2, autocovariance=[9.0, 4.0, 1.0]),
    case("independent counts", 3, 12, [query([1.0])], autocovariance=[2.0]),
]
for entry in cases:
    shape = 0.6 ** np.arange(entry["taps"])
    entry["identity"] = error(entry, np.eye(entry["taps"])[0])
    entry["exponential"] = error(entry, shape / np.linalg.norm(shape))
    entry["least"] = least(entry)
TARGET.write_text("[\n" + ",\n".join("  " + json.dumps(entry) for entry in cases) + "\n]\n")
