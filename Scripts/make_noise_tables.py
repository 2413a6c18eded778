#!/usr/bin/env python3
"""Makes, or with --check verifies, Sources/CNoise/tables/*.h: the thresholds of the rounded Gaussian.

|Z|, Z = round(N(0, S^2)), has P(|Z| <= j) = erf((j + 1/2) / (S sqrt 2)). The threshold of j is that probability times
2^63 (narrow: one 64-bit word a sample), rounded to nearest, or 2^127 (wide: two words), rounded down or up, whichever
choices leave the least statistical distance; the list ends before the first that rounds to all of it. The statistical
distance between what the table samples and the rounded Gaussian is written beside it, rounded up.

Making uses mpmath's erf at 80 digits. Checking shares nothing with it: a series in the standard library's decimal
arithmetic, all terms positive, compared threshold by threshold with the committed files, and the distance recomputed.
Checking also asserts what the accountant (ImplementationSlack) and the kernels (columns.h) rely on:

- the distance is at most S 2^-62 (narrow), S 2^-126 (wide);
- wide: up to ten standard deviations the mass of every |Z| = j is right to 2^-48, relatively;
- wide: no threshold less one has zeroes for one of its two middle 32-bit parts.
"""

import math
import pathlib
import re
import sys
from decimal import Decimal, getcontext

SCALES = (8, 16, 32, 64)
# Random bits that decide the magnitude, by precision: a word's or two words' bits, less one for the sign.
BITS = {"narrow": 63, "wide": 127}
TARGET = pathlib.Path(__file__).resolve().parent.parent / "Sources" / "CNoise" / "tables"


def thresholds(precision, exact):
    """The table of `precision` for the distribution function `exact`."""
    one = 1 << BITS[precision]
    scaled = [value * one for value in exact]
    nearest = [int(value + 1 / (value * 0 + 2)) for value in scaled]
    count = next(j for j, value in enumerate(nearest) if value >= one)
    return nearest[:count] if precision == "narrow" else least_distance(scaled[:count], one)


def least_distance(scaled, one):
    """Each of `scaled` rounded down or up, never decreasing, below `one`, so that the sum of the masses' errors is least.

    A dynamic programme over the rounding of the latest: value -> (sum of errors so far, the roundings before)."""
    paths = {0: (scaled[0] * 0, None)}
    before = scaled[0] * 0
    for value in scaled:
        extended = {}
        for rounded in (int(value), int(value) + 1):
            options = [
                (total + abs((value * 0 + rounded - last) - (value - before)), (last, history))
                for last, (total, history) in paths.items()
                if last <= rounded < one
            ]
            if options:
                extended[rounded] = min(options, key=lambda option: option[0])
        paths, before = extended, value
    # What is left over is the mass of the first magnitude beyond the table.
    last, (_, history) = min(paths.items(), key=lambda item: item[1][0] + abs((one - item[0]) - (one - before)))
    table = [last]
    while history is not None:
        last, history = history
        table.append(last)
    return table[-2::-1]


def distance(table, one, exact):
    """Total variation between the table's |Z| and the exact one: `exact[j]` is P(|Z| <= j).

    Both laws are symmetric, so the distance of Z is the distance of |Z|."""
    total, below_table, below_exact = exact[0] * 0, 0, exact[0] * 0
    for j, upto_exact in enumerate(exact):
        upto_table = table[j] if j < len(table) else one
        total += abs((upto_exact * 0 + upto_table - below_table) / one - (upto_exact - below_exact))
        below_table, below_exact = upto_table, upto_exact
    return (total + (1 - below_exact)) / 2


def magnitudes(scale):
    """Beyond 16 standard deviations there is less than 1e-56."""
    return range(16 * scale)


def by_mpmath(scale):
    """P(|Z| <= j) for each magnitude."""
    import mpmath

    mpmath.mp.dps = 80
    return [mpmath.erf((mpmath.mpf(2 * j + 1) / 2) / (scale * mpmath.sqrt(2))) for j in magnitudes(scale)]


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
    """P(|Z| <= j) for each magnitude: sqrt(2/pi) exp(-x^2/2) (x + x^3/3 + x^5/(3*5) + ...)."""
    getcontext().prec = 170
    factor = (2 / decimal_pi()).sqrt()

    def exact(j):
        x = Decimal(2 * j + 1) / (2 * scale)
        term, total, n = x, Decimal(0), 1
        while term > Decimal(10) ** -80:
            total += term
            n += 2
            term = term * x * x / n
        return factor * (-x * x / 2).exp() * total

    return [exact(j) for j in magnitudes(scale)]


def path(scale, precision):
    return TARGET / f"{precision}{scale}.h"


def render(scale, precision, table, tv):
    bits, name = BITS[precision], f"{precision.upper()}_{scale}"
    words = [part for value in table for part in (value & (2**64 - 1), value >> 64)[: (bits + 1) // 64]]
    order = "" if precision == "narrow" else ", low word first"
    lines = [
        "// Made by Scripts/make_noise_tables.py; `--check` recomputes every number another way.",
        f"// 2^{bits} P(|Z| <= j), rounded, j = 0, 1, ..., for Z = round(N(0, {scale}^2)){order}.",
        f"#define CNOISE_COUNT_{name} {len(table)}",
        f"// 2^{math.log2(tv):.2f}",
        f"#define CNOISE_DISTANCE_{name} {tv!r}",
        f"static const uint64_t cnoise_{precision}_{scale}[{len(words)}] = {{",
    ]
    for start in range(0, len(words), 6):
        lines.append("  " + " ".join(f"0x{word:016x}," for word in words[start : start + 6]))
    return "\n".join([*lines, "};", ""])


def make():
    TARGET.mkdir(exist_ok=True)
    for scale in SCALES:
        exact = by_mpmath(scale)
        for precision, bits in BITS.items():
            table = thresholds(precision, exact)
            tv = math.nextafter(float(distance(table, 1 << bits, exact)), 1)
            path(scale, precision).write_text(render(scale, precision, table, tv))


def committed(scale, precision):
    """The thresholds and the distance that a committed file states."""
    file = path(scale, precision)
    text, name = file.read_text(), f"{precision.upper()}_{scale}"
    body = re.search(rf"cnoise_{precision}_{scale}\[(\d+)\] = {{(.*?)}};", text, re.S)
    stated = re.search(rf"#define CNOISE_DISTANCE_{name} (\S+)", text)
    count = re.search(rf"#define CNOISE_COUNT_{name} (\d+)", text)
    if not (body and stated and count):
        sys.exit(f"{file}: not a noise table")
    words = [int(value, 16) for value in re.findall(r"0x([0-9a-f]{16})", body[2])]
    size = (BITS[precision] + 1) // 64
    if not len(words) == int(body[1]) == int(count[1]) * size:
        sys.exit(f"{file}: the counts disagree")
    return [sum(word << 64 * i for i, word in enumerate(words[j : j + size])) for j in range(0, len(words), size)], float(
        stated[1]
    )


def worst_mass(table, one, exact, top):
    """The largest relative error of P(|Z| = j), j <= `top`."""
    worst, below_table, below_exact = Decimal(0), 0, Decimal(0)
    for j in range(top + 1):
        mass = exact[j] - below_exact
        worst = max(worst, abs(Decimal(table[j] - below_table) / one / mass - 1))
        below_table, below_exact = table[j], exact[j]
    return worst


def check_table(scale, precision, exact):
    file, one = path(scale, precision), 1 << BITS[precision]
    table, stated = committed(scale, precision)
    if table != thresholds(precision, exact):
        sys.exit(f"{file}: the thresholds are not the rounded Gaussian's")
    tv = distance(table, one, exact)
    if not tv <= Decimal(stated) <= tv * (1 + Decimal("1e-12")):
        sys.exit(f"{file}: states distance {stated}, recomputed {tv:.20}")
    if not Decimal(stated) <= Decimal(2 * scale) / one:
        sys.exit(f"{file}: distance {stated} is above {scale} * 2^-{BITS[precision] - 1}, which the accountant relies on")
    print(f"scale {scale}, {precision}: {len(table)} thresholds, statistical distance {stated:.3e}", end="")
    if precision == "wide":
        worst = worst_mass(table, one, exact, 10 * scale)
        if not worst <= Decimal(2) ** -48:
            sys.exit(f"\n{file}: a mass within ten standard deviations is off by {worst:.3}, above 2^-48")
        if any((value - 1) >> shift & 0xFFFFFFFF == 0 for value in table for shift in (32, 64)):
            sys.exit(f"\n{file}: a threshold less one has a middle part of zero, which the AVX kernels rule out")
        print(f", masses to 2^{math.log2(worst):.2f}", end="")
    print()


def check():
    for scale in SCALES:
        exact = by_decimal(scale)
        for precision in BITS:
            check_table(scale, precision, exact)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:]:
        sys.exit("usage: make_noise_tables.py [--check]")
    else:
        make()
