"""Every rule of `tacet aggregate` beside ByzFL's (EPFL), on random and on adversarial vectors; and, where ByzFL is wrong, that ours is right.

    Scripts/check_aggregation.py TACET

Exit status 0 when all agree, 1 with the first that does not. Input: numpy's generator, from a printed seed.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from aggregation_peers import aggregators, attacks, preaggregators  # noqa: E402

SEED = 20261127
# Of the largest number among the vectors: theirs is 32-bit arithmetic.
TOLERANCE = 2e-5


class Ours:
    """`tacet aggregate`, by files."""

    def __init__(self, tacet, folder):
        self.tacet, self.folder = tacet, folder

    def run(self, vectors, *arguments):
        """(exit status, result or None, report or None)."""
        source, target = self.folder / "x.npy", self.folder / "y.npy"
        target.unlink(missing_ok=True)
        numpy.save(source, vectors)
        command = [self.tacet, "aggregate", "--input", source, "--out", target, "--format", "json", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            return done.returncode, None, None
        return 0, numpy.load(target), json.loads(done.stdout)


def rules(f, start):
    """(name, ours, theirs) for f liars. Geometric median and centred clipping of theirs begin at zero, ours at the coordinate
    median: the one is compared where both have converged, the other is told to begin there."""
    clipping = aggregators.CenteredClipping(L=5, tau=3.0)
    clipping.m = start  # Its constructor takes no start (0.0.11 refuses every type).
    converged = ("geometric-median", "--smoothing", 0.1, "--iterations", 500)
    return [
        ("mean", ("mean",), aggregators.Average()),
        ("median", ("median",), aggregators.Median()),
        ("trimmed mean", ("trimmed-mean", "--trim", f), aggregators.TrMean(f)),
        ("Krum", ("krum",), aggregators.Krum(f)),
        ("multi-Krum", ("multi-krum",), aggregators.MultiKrum(f)),
        ("geometric median", converged, aggregators.GeometricMedian(nu=0.1, T=500)),
        ("centred clipping", ("centred-clipping", "--radius", 3, "--iterations", 5), clipping),
    ]


def liars(name, honest, f, generator):
    """f lies, as ByzFL's attacks have them; none for f = 0."""
    if name == "none":
        return honest[:0]
    kinds = {
        "sign flip": attacks.SignFlipping(),
        "inner product": attacks.InnerProductManipulation(tau=3.0),
        "a little is enough": attacks.ALittleIsEnough(tau=1.5),
        "mimic": attacks.Mimic(epsilon=0),
    }
    if name == "far":
        return generator.normal(0, 300, (f, honest.shape[1])).astype(numpy.float32)
    return numpy.repeat(kinds[name](honest)[None].astype(numpy.float32), f, axis=0)


def compare(ours, n, d, f, attack, generator):
    """How many comparisons were made; ends the process at a difference."""
    honest = (generator.normal(0, 1, (n - f, d)) + generator.normal(0, 1, d)).astype(numpy.float32)
    vectors = numpy.concatenate([honest, liars(attack, honest, f, generator)])
    count = 0
    for mix in (False, True):
        mixed = preaggregators.NNM(f)(vectors) if mix else vectors
        for name, arguments, theirs in rules(f, numpy.median(mixed, axis=0)):
            if attack == "mimic" and "rum" in name:
                continue  # Equal vectors have equal scores: which of them is taken is left open.
            flags = ["--byzantine", f] if name != "mean" else ["--byzantine", 0]
            if mix and name == "mean":
                continue  # The number of liars to mix for comes with the promise to stand them, which no mean can make.
            status, result, _ = ours.run(vectors, "--rule", *arguments, *flags, *(["--mix"] if mix else []))
            wanted = theirs(mixed)
            scale = numpy.abs(vectors).max()
            where = f"{name}{' after mixing' if mix else ''}, n = {n}, d = {d}, f = {f}, {attack}"
            if status != 0:
                sys.exit(f"check_aggregation: {where}: exit status {status}")
            if result.shape != wanted.shape or numpy.abs(result - wanted).max() > TOLERANCE * scale:
                sys.exit(f"check_aggregation: {where}: differs from ByzFL by {numpy.abs(result - wanted).max()}")
            count += 1
    return count


def right_where_they_are_wrong(ours, generator):
    """NaN and infinities, and differences that cancel in 32 bits. Each first shows that the other is wrong, or that there is
    something to be wrong about."""
    x = generator.normal(0, 1, (10, 50)).astype(numpy.float32)
    x[4, 7] = numpy.nan
    honest = numpy.delete(x, 4, axis=0)
    for name, arguments, theirs in rules(1, numpy.zeros(50, numpy.float32)):
        if name in ("Krum", "multi-Krum"):
            wanted = theirs.__class__(0)(honest)
        elif name == "trimmed mean":
            wanted = honest.mean(axis=0)
        elif name in ("mean", "median"):
            wanted = theirs(honest)
        else:
            wanted = ours.run(honest, "--rule", *arguments)[1]
        status, result, report = ours.run(x, "--rule", *arguments, "--byzantine", 0 if name == "mean" else 1)
        assert status == 0 and [row["row"] for row in report["excluded"]] == [4], name
        assert numpy.abs(result - wanted).max() < 1e-5, f"one NaN changed the {name}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert numpy.isnan(aggregators.Median()(x)).any(), "ByzFL's median no longer lets NaN through: say so in the documentation"

    common = generator.uniform(9990, 10010, 2000)
    near = common + generator.uniform(-0.01, 0.01, (100, 2000))
    near[[17, 63]] = common + generator.uniform(-0.02, 0.02, (2, 2000))
    near = near.astype(numpy.float32)
    exact = near.astype(numpy.float64)
    largest = max(((exact - row) ** 2).sum(axis=1).max() for row in exact)
    step = numpy.spacing((exact**2).sum(axis=1).max().astype(numpy.float32))
    assert step > 1000 * largest, "32-bit products tell these apart: choose harder ones"
    status, result, _ = ours.run(near, "--rule", "multi-krum", "--byzantine", 2)
    wanted = numpy.delete(near.astype(numpy.float64), [17, 63], axis=0).mean(axis=0)
    assert status == 0 and numpy.abs(result - wanted).max() < 1e-3, "multi-Krum kept a liar among nearly equal updates"

    huge = numpy.full((5, 3), 3e38, numpy.float32)
    for rule in ("mean", "median", "trimmed-mean", "krum", "geometric-median"):
        assert (ours.run(huge, "--rule", rule)[1] == huge[0]).all(), f"{rule} of numbers near the largest"
    return 14


def refused(ours):
    """What must not be aggregated, by exit status."""
    x = numpy.ones((10, 5), numpy.float32)
    for arguments, wanted in [
        (("mean", "--byzantine", 1), 65),
        (("median", "--byzantine", 5), 65),
        (("krum", "--byzantine", 4), 65),
        (("multi-krum", "--byzantine", 2, "--selected", 9), 65),
        (("trimmed-mean", "--trim", 2, "--byzantine", 3), 65),
        (("centred-clipping",), 64),
        (("average",), 64),
    ]:
        status = ours.run(x, "--rule", *arguments)[0]
        assert status == wanted, f"{arguments}: exit status {status}, not {wanted}"
    for array in (numpy.asfortranarray(x), x.astype(numpy.float64), x[None], numpy.float32(1)):
        assert ours.run(array, "--rule", "median")[0] == 65, f"{array.dtype} {array.shape} was taken"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(f"check_aggregation: seed {SEED}")
    numpy.seterr(divide="ignore")  # ByzFL's centred clipping divides by the distance of a vector that is its own centre.
    generator = numpy.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(sys.argv[1], pathlib.Path(folder))
        count = 0
        for n, d, f in ((5, 3, 1), (11, 40, 2), (20, 300, 4), (30, 1000, 9), (51, 70, 12)):
            for attack in ("none", "sign flip", "inner product", "a little is enough", "mimic", "far"):
                count += compare(ours, n, d, f if attack != "none" else 0, attack, generator)
        count += right_where_they_are_wrong(ours, generator)
        refused(ours)
    print(f"check_aggregation: {count} results agree with ByzFL's, or are right where those are not")


if __name__ == "__main__":
    main()
