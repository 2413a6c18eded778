#!/usr/bin/env python3
"""Makes, or with --check verifies, Sources/CNoise/tables.h: the thresholds of the rounded Gaussian.

|Z|, Z = round(N(0, S^2)), has P(|Z| <= j) = erf((j + 1/2) / (S sqrt 2)). The threshold of j is that probability times
2^63, rounded to nearest; the list ends before the first that rounds to 2^63. The statistical distance between what
the table samples and the rounded Gaussian is written beside it, rounded up.

Making uses mpmath's erf at 80 digits. Checking shares nothing with it: a series in the standard library's decimal
arithmetic, all terms positive, compared threshold by threshold with the committed file, and the distance recomputed.
"""

import math
import pathlib
import re
import sys
from decimal import ROUND_HALF_EVEN, Decimal, getcontext

SCALES = (8, 16, 32, 64)
TARGET = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "CNoise" / "tables.h"
ONE = 1 << 63


def thresholds(scale, within):
    """Thresholds for `scale`; `within(j)` is 2^63 P(|Z| <= j), rounded to nearest."""
    table = []
    while (value := within(len(table))) < ONE:
        table.append(value)
    return table


def distance(table, exact, top):
    """Total variation between the table's |Z| and the exact one: `exact(j)` is P(|Z| <= j), `top` ends the sum.

    Both laws are symmetric, so the distance of Z is the distance of |Z|."""
    total, below_table, below_exact = exact(0) * 0, 0, exact(0) * 0
    for j in range(top):
        upto_table = table[j] if j < len(table) else ONE
        upto_exact = exact(j)
        total += abs((upto_exact * 0 + upto_table - below_table) / ONE - (upto_exact - below_exact))
        below_table, below_exact = upto_table, upto_exact
    return (total + (1 - below_exact)) / 2


def top(scale):
    """Beyond 16 standard deviations there is less than 1e-56."""
    return 16 * scale


def by_mpmath(scale):
    import mpmath

    mpmath.mp.dps = 80

    def exact(j):
        return mpmath.erf((mpmath.mpf(2 * j + 1) / 2) / (scale * mpmath.sqrt(2)))

    table = thresholds(scale, lambda j: int(mpmath.nint(exact(j) * ONE)))
    return table, float(distance(table, exact, top(scale)))


def decimal_pi():
    """Machin: pi = 16 arctan(1/5) - 4 arctan(1/239)."""

    def arctan_inverse(n):
        total, power, k = Decimal(0), Decimal(1) / n, 0
        while abs(power) > Decimal(10) ** -160:
            total += power / (2 * k + 1) * (-1) ** k
            power, k = power / (n * n), k + 1
        return total

    return 16 * arctan_inverse(5) - 4 * arctan_inverse(239)


def by_decimal(scale):
    getcontext().prec = 170
    factor = (2 / decimal_pi()).sqrt()

    def exact(j):
        # P(|N(0,1)| <= x) = sqrt(2/pi) exp(-x^2/2) (x + x^3/3 + x^5/(3*5) + ...)
        x = Decimal(2 * j + 1) / (2 * scale)
        term, total, n = x, Decimal(0), 1
        while term > Decimal(10) ** -80:
            total += term
            n += 2
            term = term * x * x / n
        return factor * (-x * x / 2).exp() * total

    table = thresholds(scale, lambda j: int((exact(j) * ONE).to_integral_value(ROUND_HALF_EVEN)))
    return table, float(distance(table, exact, top(scale)))


def render():
    lines = [
        "// Made by Scripts/make_noise_tables.py; `--check` recomputes every number another way.",
        "// Thresholds: round(2^63 P(|Z| <= j)), j = 0, 1, ..., for Z the rounded Gaussian of that scale.",
        "#include <stdint.h>",
        "",
    ]
    for scale in SCALES:
        table, tv = by_mpmath(scale)
        tv = math.nextafter(tv, 1)
        lines.append(f"#define CNOISE_COUNT_{scale} {len(table)}")
        lines.append(f"// 2^{math.log2(tv):.2f}")
        lines.append(f"#define CNOISE_DISTANCE_{scale} {tv!r}")
        lines.append(f"static const uint64_t cnoise_thresholds_{scale}[CNOISE_COUNT_{scale}] = {{")
        for start in range(0, len(table), 4):
            lines.append("  " + " ".join(f"0x{value:016x}," for value in table[start : start + 4]))
        lines += ["};", ""]
    return "\n".join(lines)


def check():
    text = TARGET.read_text()
    for scale in SCALES:
        body = re.search(rf"cnoise_thresholds_{scale}\[[^]]*\] = {{(.*?)}};", text, re.S)
        stated = re.search(rf"#define CNOISE_DISTANCE_{scale} (\S+)", text)
        count = re.search(rf"#define CNOISE_COUNT_{scale} (\d+)", text)
        if not (body and stated and count):
            sys.exit(f"{TARGET}: scale {scale} is missing")
        committed = [int(value, 16) for value in re.findall(r"0x([0-9a-f]{16})", body[1])]
        table, tv = by_decimal(scale)
        if committed != table or int(count[1]) != len(table):
            sys.exit(f"{TARGET}: the thresholds of scale {scale} are not the rounded Gaussian's")
        if not tv <= float(stated[1]) <= tv * (1 + 1e-12):
            sys.exit(f"{TARGET}: scale {scale} states distance {stated[1]}, recomputed {tv!r}")
        print(f"scale {scale}: {len(table)} thresholds, statistical distance {tv:.3e}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:]:
        sys.exit("usage: make_noise_tables.py [--check]")
    else:
        TARGET.write_text(render())
