#!/usr/bin/env python3
"""Checks the numbers of Sources/TacetPrivacy/Noise/NoiseScale.md, with the standard library's decimals.

1. Every pair of draws that NoiseScale may choose for S = 65 ... 2048 has s2 >= 2a and z below 1.1e-32, and the choice is
   never a tie between two pairs with the same variance, weight and factor.
2. The lemma itself, for a = 4, s1 = s2 = 8 and others: the conditional density of frac(N1), computed as a sum of
   Gaussians, is within [1 - z, 1 + z] of uniform, and comes within a tenth of z of both ends.
3. The condition is needed: for s2 = 2, a = 4 the density is off by more than 1 %, and the exact masses of a Z1 + Z2
   differ by that much from those of the mechanism it is said to stand for.
"""

import math
import sys
from decimal import Decimal, getcontext

getcontext().prec = 60
TABLES = (8, 16, 32, 64)
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def conditional_variance(a, s1, s2):
    return Decimal(s1 * s1 * s2 * s2) / (a * a * s1 * s1 + s2 * s2)


def z_of(v):
    """2 sum_j exp(-2 pi^2 v j^2)."""
    return 2 * sum((-2 * PI * PI * v * j * j).exp() for j in range(1, 40))


def density(v, mean, u):
    """Of frac(N(mean, v)) at u: a Gaussian wrapped round the circle of length one."""
    span = range(-60, 61)
    return sum((-((u + k - mean) ** 2) / (2 * v)).exp() for k in span) / (2 * PI * v).sqrt()


def check_density(a, s1, s2):
    v = conditional_variance(a, s1, s2)
    z = z_of(v)
    errors = [density(v, Decimal(m) / 8, Decimal(u) / 16) - 1 for m in range(8) for u in range(16)]
    slack = Decimal(10) ** -50
    if not (max(map(abs, errors)) <= z + slack and max(errors) >= z * 9 / 10 and min(errors) <= -z * 9 / 10):
        sys.exit(f"a={a} s1={s1} s2={s2}: densities off by {min(errors):.3e} ... {max(errors):.3e}, z = {z:.3e}")
    print(f"a={a} s1={s1} s2={s2}: densities off by {min(errors):.3e} ... {max(errors):.3e}, z = {z:.3e}")
    return z


def chosen(nominal, pairs):
    """NoiseScale's choice: the least variance from S^2 on, then the least weight, then the least factor."""
    keys = [(v, s1 + s2, a) for a, s1, s2 in pairs if (v := a * a * s1 * s1 + s2 * s2) >= nominal * nominal]
    best = min(keys)
    if keys.count(best) != 1:
        sys.exit(f"S = {nominal}: two pairs of draws are equal in variance, weight and factor")
    return best


def check_choices():
    pairs = [(a, s1, s2) for s1 in TABLES for s2 in TABLES for a in range(1, s2 // 2 + 1)]
    worst = max(z_of(conditional_variance(*pair)) for pair in pairs)
    if not worst < Decimal("1.1e-32"):
        sys.exit(f"the worst z is {worst:.3e}, not below 1.1e-32")
    excess = max(math.sqrt(chosen(nominal, pairs)[0]) / nominal for nominal in range(65, 2049))
    print(f"{len(pairs)} pairs of draws, worst z {worst:.3e}; noise at most {100 * (excess - 1):.1f} % above nominal")


def rounded_mass(scale, j):
    unit = scale * math.sqrt(2)
    return (math.erf((j + 0.5) / unit) - math.erf((j - 0.5) / unit)) / 2


def modelled_mass(a, s1, s2, y):
    """P(h_G(U) = y), G ~ N(0, a^2 s1^2 + s2^2), U uniform: the post-processing that the lemma speaks of, by midpoints."""
    sigma, steps, total = math.sqrt(a * a * s1 * s1 + s2 * s2), 256, 0.0
    for step in range(steps):
        u = (step + 0.5) / steps - 0.5
        # |u| < 1/2, so that h_g(u) = round(g - a u), which is y for g in [y - 1/2, y + 1/2) + a u.
        low, high = (y - 0.5 + a * u) / sigma, (y + 0.5 + a * u) / sigma
        total += (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2))) / 2
    return total / steps


def worst_ratio(a, s1, s2):
    """How far exact masses of a Z1 + Z2 are from the model's, relatively, within a standard deviation."""
    top = a * s1
    return max(
        abs(sum(rounded_mass(s1, i) * rounded_mass(s2, y - a * i) for i in range(-9 * s1, 9 * s1 + 1))
            / modelled_mass(a, s1, s2, y) - 1)
        for y in range(-top, top + 1)
    )


def check_condition():
    good, bad = worst_ratio(4, 8, 8), worst_ratio(4, 8, 2)
    print(f"masses off by {good:.1e} with s2 = 2a (double precision) and by {bad:.1e} with s2 = a/2")
    if not (good < 1e-5 and bad > 1e-3):
        sys.exit("the condition s2 >= 2a does not tell good draws from bad ones")
    if not z_of(conditional_variance(4, 8, 2)) > Decimal("0.01"):
        sys.exit("a = 4, s2 = 2 should have z above 1 %")


if __name__ == "__main__":
    check_choices()
    for pair in ((4, 8, 8), (4, 64, 8), (32, 64, 64), (8, 16, 16), (4, 8, 2)):
        check_density(*pair)
    check_condition()
