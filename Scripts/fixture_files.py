"""The files of a fixture of 64 simulated runs: written, read again and compared. What the make_*_data.py scripts share."""

import argparse
import hashlib
import json
import sys
from pathlib import Path

try:
    import numpy as np
except ImportError:
    sys.exit(f"{Path(sys.argv[0]).name}: Python package numpy is not installed: run `pip install numpy`")

RUNS = {"train": range(1, 44), "validation": range(44, 51), "test": range(51, 65)}
# More runs to train with, which are not stored with the fixtures.
MORE = range(65, 452)
# Runs after a change of the domain, for a refresh of what was trained before it. The first eight are the devices', two are an aggregator's hold-out, and
# the last two are the test.
GROWN = range(501, 513)


class Trouble(Exception):
    """What went wrong and what to do about it, in one line."""


def make_all(simulate, numbers):
    """Simulate the given runs, and say how far it is. Returns {number: [bins, sites, features]}."""
    made = {}
    for position, number in enumerate(numbers, start=1):
        made[number] = simulate(number)
        print(f"\rrun {number} ({position} of {len(numbers)})", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return made


def write(made, scale, folder):
    """Write the parts of the split whose runs are all there, and SHA256SUMS."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, numbers in RUNS.items():
        if not all(number in made for number in numbers):
            raise Trouble(f"part {part} needs the runs {numbers[0]}-{numbers[-1]}: leave --runs out when using --out")
        runs = np.stack([made[number] for number in numbers])
        if part == "test":
            np.save(folder / "test.npy", runs)
        else:
            np.savez_compressed(folder / f"{part}.npz", q=runs, scale=scale)
    write_sums(folder)


def write_sums(folder):
    """SHA256SUMS of the recordings in a folder."""
    files = sorted([*folder.glob("*.npy"), *folder.glob("*.npz")])
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (folder / "SHA256SUMS").write_text("".join(sums))


def write_whole(path, save):
    """Write a file by `save`, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        save(file)
    partial.replace(path)


def write_more(runs, scale, path):
    """Write runs that are for training alone, as train.npz is."""
    write_whole(path, lambda file: np.savez_compressed(file, q=np.stack([runs[number] for number in MORE]), scale=scale))


def write_grown(runs, path):
    """Write the runs after a change, as test.npy is, and SHA256SUMS where there is one beside them."""
    write_whole(path, lambda file: np.save(file, np.stack([runs[number] for number in GROWN])))
    if (path.parent / "SHA256SUMS").exists():
        write_sums(path.parent)


def committed(folder):
    """The fixtures in a folder, as {number: [bins, sites, features]}."""
    found = {}
    for part, numbers in RUNS.items():
        path = folder / ("test.npy" if part == "test" else f"{part}.npz")
        if not path.exists():
            raise Trouble(f"{path} is missing: --compare needs the folder with the committed fixtures")
        runs = np.load(path) if part == "test" else np.load(path)["q"]
        found.update(zip(numbers, runs))
    return found


def compare(made, old, scale):
    """How alike each run made is to the committed one. Returns one dictionary for each run."""
    report = []
    for number, run in made.items():
        difference = np.abs(run.astype(np.int64) - old[number].astype(np.int64))
        report.append(
            {
                "run": number,
                "values": int(difference.size),
                "differing": int((difference > 0).sum()),
                "largest_difference_by_feature": (difference.max((0, 1)) / scale).round(2).tolist(),
            }
        )
    return report


def run_numbers(text):
    """Parse `3`, `1-5` or `1,4-6`."""
    numbers = []
    for piece in text.split(","):
        first, _, last = piece.partition("-")
        try:
            numbers += range(int(first), int(last or first) + 1)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{piece!r} is not a run number or a range such as 1-5") from None
    if not numbers or min(numbers) < 1 or max(numbers) > 64:
        raise argparse.ArgumentTypeError("runs are numbered 1 to 64")
    return sorted(set(numbers))


def command(description, make, scale, make_grown=None):
    """The script's command line. make: run numbers -> {number: [bins, sites, features]}; make_grown: the same after a change, if the domain has one.
    Returns the exit status."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", type=run_numbers, default="1-64", help="for instance 1-5 (default: 1-64)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write train.npz, validation.npz, test.npy, SHA256SUMS")
    parser.add_argument("--more", type=Path, metavar="FILE", help=f"write the runs {MORE[0]}-{MORE[-1]}, for training alone")
    if make_grown is not None:
        parser.add_argument("--grown", type=Path, metavar="FILE", help=f"write the runs {GROWN[0]}-{GROWN[-1]}, with half as much traffic again")
    parser.add_argument("--compare", type=Path, metavar="DIR", help="compare with the fixtures in DIR")
    arguments = parser.parse_args()
    grown = vars(arguments).get("grown")
    alone = [name for name, path in (("--more", arguments.more), ("--grown", grown)) if path is not None]
    if len(alone) > 1 or alone and (arguments.out is not None or arguments.compare is not None):
        parser.error(f"{alone[0]} stands alone")
    if not alone and arguments.out is None and arguments.compare is None:
        parser.error("nothing to do: give --out DIR, --compare DIR or both, or --more FILE")
    if arguments.out is not None and len(arguments.runs) != 64:
        parser.error("--out writes the whole split and needs all 64 runs: leave --runs out")
    try:
        if arguments.more is not None:
            write_more(make(MORE), scale, arguments.more)
            return 0
        if grown is not None:
            write_grown(make_grown(GROWN), grown)
            return 0
        old = committed(arguments.compare) if arguments.compare is not None else None
        made = make(arguments.runs)
        if arguments.out is not None:
            write(made, scale, arguments.out)
        report = compare(made, old, scale) if old is not None else []
    except (Trouble, OSError) as trouble:
        print(f"{parser.prog}: {trouble}", file=sys.stderr)
        return 70
    for line in report:
        print(json.dumps(line))
    return 1 if any(line["differing"] for line in report) else 0
