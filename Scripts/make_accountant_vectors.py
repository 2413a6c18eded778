#!/usr/bin/env python3
"""Makes Tests/TacetPrivacyTests/Vectors/gaussian-accountant.json: epsilon of the Gaussian mechanism, by mpmath.

Solves delta = Phi(mu/2 - e/mu) - exp(e) Phi(-mu/2 - e/mu) by bisection at 60 digits, in the textbook form (not the
rearranged one that the accountant uses). mu^2 is a whole number of units of 2^-40; delta is the double it prints as.
"""

import json
import pathlib

import mpmath
from mpmath import mpf

mpmath.mp.dps = 60
TARGET = pathlib.Path(__file__).resolve().parent.parent / "Tests/TacetPrivacyTests/Vectors/gaussian-accountant.json"
MUS = ("1e-4", "1e-3", "0.01", "0.025", "0.1", "0.25", "0.499", "0.501", "1", "2", "4", "8", "20", "60")
NEAR_ZERO = ("1e-4", "1e-3", "0.01", "0.025")
DELTAS = (1e-2, 1e-3, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12, 1e-15)


def phi(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def delta_of(epsilon, mu):
    return phi(mu / 2 - epsilon / mu) - mpmath.exp(epsilon) * phi(-mu / 2 - epsilon / mu)


def epsilon_of(units, delta):
    mu = mpmath.sqrt(mpf(units) / 2**40)
    if delta_of(mpf(0), mu) <= delta:
        return mpf(0)
    low, high = mpf(0), mu * (mu / 2 + 40)
    for _ in range(170):
        middle = (low + high) / 2
        if delta_of(middle, mu) > delta:
            low = middle
        else:
            high = middle
    return high


def near_zero(units):
    """Deltas just below delta(0), down to the last double: there epsilon is next to nothing."""
    most = delta_of(mpf(0), mpmath.sqrt(mpf(units) / 2**40))
    return [float(most * (1 - mpf(10) ** -digits)) for digits in (1, 2, 4, 6, 9, 12, 15)]


vectors = []
for mu in MUS:
    units = int(mpmath.nint(mpf(mu) ** 2 * 2**40))
    for delta in (*DELTAS, *(near_zero(units) if mu in NEAR_ZERO else ())):
        epsilon = mpmath.nstr(epsilon_of(units, mpf(delta)), 25)
        vectors.append({"units": units, "delta": delta, "epsilon": float(epsilon)})
TARGET.parent.mkdir(parents=True, exist_ok=True)
TARGET.write_text("[\n" + ",\n".join("  " + json.dumps(vector) for vector in vectors) + "\n]\n")
