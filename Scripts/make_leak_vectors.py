#!/usr/bin/env python3
"""Makes Tests/TacetAuditTests/Vectors/leak-statistics.json: what SciPy says of the statistics of `tacet verify wire`.

Needs numpy and scipy (1.17 made the file there). Deterministic: made again, the file is the same.
"""

import json
import math
import pathlib
from fractions import Fraction

import numpy as np
from scipy import stats

TARGET = pathlib.Path(__file__).resolve().parent.parent / "Tests/TacetAuditTests/Vectors/leak-statistics.json"


def tails():
    binomial = [
        (k, n, p, stats.binom.sf(k - 1, n, p))
        for n, p in ((20, 0.5), (750, 1 / 6), (4500, 1 / 6), (15000, 0.5), (45000, 1 / 6))
        for k in (int(n * p + z * (n * p * (1 - p)) ** 0.5) for z in (-6, -2, 0, 1, 3, 6.5, 9))
        if 0 < k <= n
    ]
    student = [(t, d, 2 * stats.t.sf(t, d)) for t in (0.01, 0.5, 2, 4.5, 7.4, 12) for d in (1, 2.5, 30, 198.7, 4000, 19998)]
    chi = [(x, d, stats.chi2.sf(x, d)) for d in (1, 2, 5, 23, 115) for x in (0.05 * d, 0.7 * d, d, 1.5 * d, 3 * d + 40)]
    kolmogorov = []
    for n in (5, 40, 500, 2500):
        for steps in sorted({1, 2, n // 10, n // 5, int(2.2 * n**0.5)}):
            if 0 < steps <= n:
                first = np.arange(n)
                result = stats.ks_2samp(first, first + steps - 0.5, method="exact")
                assert round(result.statistic * n) == steps
                # Beyond this SciPy falls back to the asymptotic formula: whole numbers do not.
                kolmogorov.append((steps, n, result.pvalue if n <= 500 else reflected(steps, n)))
    return {
        "binomial": [dict(k=k, n=n, p=p, tail=float(q)) for k, n, p, q in binomial],
        "student": [dict(t=t, degrees=d, tail=float(q)) for t, d, q in student],
        "chi_squared": [dict(x=x, degrees=d, tail=float(q)) for x, d, q in chi],
        "kolmogorov": [dict(steps=k, n=n, tail=float(q)) for k, n, q in kolmogorov],
    }


def reflected(steps, n):
    shifts = range(steps, n + 1, steps)
    paths = sum((-1) ** index * math.comb(2 * n, n + shift) for index, shift in enumerate(shifts))
    return Fraction(2 * paths, math.comb(2 * n, n))


def intervals():
    rows = []
    for k, n in ((0, 10), (10, 10), (3, 20), (760, 4500), (7600, 15000), (44990, 45000)):
        for confidence in (0.95, 0.999):
            ci = stats.binomtest(k, n).proportion_ci(confidence, method="exact")
            rows.append(dict(k=k, n=n, confidence=confidence, low=float(ci.low), high=float(ci.high)))
    return rows


def samples():
    generator = np.random.default_rng(5)
    rows = []
    for shift, spread, digits in ((0, 1, 6), (0.3, 1, 6), (0, 2.5, 6), (0.2, 1, 0)):
        first = np.round(generator.normal(20, 1, 150), digits)
        second = np.round(generator.normal(20 + shift, spread, 150), digits)
        welch = stats.ttest_ind(first, second, equal_var=False)
        row = dict(
            first=first.tolist(), second=second.tolist(), t=float(welch.statistic), degrees=float(welch.df),
            t_p=float(welch.pvalue), distance=float(stats.ks_2samp(first, second).statistic),
        )
        rows.append(row)
    return rows


def tables():
    rows = []
    for counts in ([[30, 10], [20, 40]], [[5, 0, 7], [11, 3, 2], [0, 9, 9], [100, 90, 110]], [[500, 500], [500, 501]]):
        table = np.array(counts)
        chi = stats.chi2_contingency(table, correction=False)
        share = table / table.sum()
        plug_in = stats.entropy(share.sum(0)) + stats.entropy(share.sum(1)) - stats.entropy(share.ravel())
        used = [np.count_nonzero(cells) - 1 for cells in (table.sum(0), table.sum(1), table)]
        corrected = plug_in + (used[0] + used[1] - used[2]) / (2 * table.sum())
        rows.append(
            dict(counts=counts, bits=float(corrected / np.log(2)), statistic=float(chi.statistic), p=float(chi.pvalue)))
    return rows


TARGET.parent.mkdir(parents=True, exist_ok=True)
document = dict(tails=tails(), intervals=intervals(), samples=samples(), tables=tables())
TARGET.write_text(json.dumps(document, indent=1) + "\n")
