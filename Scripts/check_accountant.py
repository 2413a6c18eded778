#!/usr/bin/env python3
"""Checks `tacet privacy epsilon` against 50-digit arithmetic and against Google's dp-accounting.

Usage: check_accountant.py path/to/tacet

Random heterogeneous histories over mu 1e-4 ... 60 and delta 1e-15 ... 1e-2, three in ten of them with a delta just below
delta(0), where epsilon is close to zero. Epsilon must not be below the truth, and above it by no more than 1e-9 of it.
dp-accounting solves the same equation in doubles, and so at times lands below the truth: it must agree to 1e-6.
"""

import json
import math
import random
import subprocess
import sys

import mpmath
from dp_accounting import gaussian_mechanism
from mpmath import mpf

mpmath.mp.dps = 50
SEED = 20261123


def delta_of(epsilon, mu):
    def phi(x):
        return mpmath.erfc(-x / mpmath.sqrt(2)) / 2

    return phi(mu / 2 - epsilon / mu) - mpmath.exp(epsilon) * phi(-mu / 2 - epsilon / mu)


def epsilon_of(mu, delta):
    if delta_of(mpf(0), mu) <= delta:
        return mpf(0)
    low, high = mpf(0), mu * (mu / 2 + 40)
    for _ in range(170):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(middle, mu) > delta else (low, middle)
    return high


def history(source):
    """Some releases, and the mu they come to, from the doubles that they are written as."""
    mu = mpf(10) ** source.uniform(-4, math.log10(60))
    shares = [source.random() + 1e-3 for _ in range(source.randint(1, 6))]
    releases, square = [], mpf(0)
    for share in shares:
        count = source.choice([1, 1, 2, 7, 1000])
        sigma = 10 ** source.uniform(-3, 6)
        sensitivity = float(mpmath.sqrt(mu**2 * share / sum(shares) / count) * sigma)
        releases.append({"sensitivity": sensitivity, "sigma": sigma, "count": count})
        square += count * (mpf(sensitivity) / mpf(sigma)) ** 2
    return releases, mpmath.sqrt(square)


def main(tacet):
    source = random.Random(SEED)
    cases = []
    for _ in range(400):
        releases, mu = history(source)
        delta = 10 ** source.uniform(-15, -2)
        if source.random() < 0.3:  # just below delta(0), where epsilon is close to zero
            delta = float(delta_of(mpf(0), mu) * (1 - mpf(10) ** source.uniform(-15, -0.5)))
        if 1e-15 <= delta <= 1e-2:
            cases.append((releases, mu, delta))
    lines = "".join(json.dumps({"releases": releases, "delta": delta}) + "\n" for releases, _, delta in cases)
    run = subprocess.run(
        [tacet, "privacy", "epsilon", "--input", "-"], input=lines, capture_output=True, text=True, check=True
    )
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(cases), "an answer a line"
    worst, peers = mpf(0), 0
    for (releases, mu, delta), answer in zip(cases, answers):
        true, found = epsilon_of(mu, mpf(delta)), mpf(answer["epsilon"])
        where = f"mu {mpmath.nstr(mu, 17)}, delta {delta}: {answer['epsilon']}, true {mpmath.nstr(true, 17)}"
        assert mu <= mpf(answer["mu"]) <= mu * (1 + mpf("1e-14")), f"mu {answer['mu']} at {where}"
        assert found >= true, f"below the truth at {where}"
        assert found <= true * (1 + mpf("1e-9")), f"more than 1e-9 above at {where}"
        if true:
            worst = max(worst, found / true - 1)
        if 1e-12 < delta and true > 1e-3:
            peer = gaussian_mechanism.get_epsilon_gaussian(float(1 / mu), delta)
            assert abs(peer - answer["epsilon"]) <= 1e-6 * max(1, peer), f"dp-accounting says {peer} at {where}"
            peers += 1
    print(f"accountant: {len(cases)} histories, at most {mpmath.nstr(worst, 3)} above the truth; dp-accounting agrees on {peers}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: check_accountant.py path/to/tacet")
    main(sys.argv[1])
