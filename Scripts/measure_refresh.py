#!/usr/bin/env python3
"""What a federated refresh of the student is worth, with noise and among liars: a reference in Python for what devices and an aggregator do.

The refreshed student forecasts `forecast + A features`, A [H,K] at first zero. In each round a device adds up the clipped gradients of its windows'
absolute error, sign(y - forecast) featuresᵀ / √(HK), on a grid of 16 units, and releases the sum under noise. The aggregator takes the trimmed mean of the
devices and the step along it that gains most for certain on hours of its own, or none: A += step * mean / (16 * windows). The unit of privacy is whatever
happens within 120 s of a sensor: it changes 10 windows at most, and the sum by at most 2 * 16 * 10.

    measure_refresh.py --model PACK --recordings FILE        needs the packages of Scripts/requirements-train.txt

One JSON line for each noise and attack: the mean absolute error of the test hours before and after, over the seeds, and how many seeds made it worse.
"""

import argparse
import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from training.cuts import quantise
from training.domains import TRAFFIC
from training.recordings import read
from training.runtime import session

ROOT = Path(__file__).resolve().parent.parent
# Which hours of the recordings are whose.
DEVICES, HOLD_OUT, TEST = range(0, 8), range(8, 10), range(10, 12)
ROUND_HOURS, GRID, TRIM, LIARS, EVENT_SECONDS = 2, 16, 2, 2, 120
STEPS = [2.0**power for power in range(-5, 4)]
# By how many standard errors a gain is discounted, so that it is not by chance.
SIGNIFICANCE = 3


class Part(NamedTuple):
    """Some windows: the student's forecasts [rows, H], its features [rows, K], and the truth [rows, H]."""

    forecasts: np.ndarray
    features: np.ndarray
    targets: np.ndarray

    def residuals(self, head):
        return self.targets - self.forecasts - self.features @ head.T

    def error(self, head):
        return float(np.abs(self.residuals(head)).mean())


def reach(domain, seconds):
    """How many windows, with what they forecast, an event of that length can touch: it may begin and end within a bin."""
    bins = math.ceil(seconds / domain.bin_seconds) + 1
    return math.ceil((domain.window + domain.horizon + bins - 1) / domain.step_bins)


def part(student, runs, site, hours):
    """One site's windows at every step of these hours."""
    eye = np.eye(runs.windows.shape[2], dtype=np.float32)[site][None]
    windows = runs.windows[list(hours)][:, runs.steps(), site].flatten(0, 1).numpy()
    made = [student.run(["forecast", "features"], {"window": np.ascontiguousarray(window[None]), "site": eye}) for window in windows]
    forecasts, features = (np.concatenate([outputs[number] for outputs in made]).astype(np.float64) for number in (0, 1))
    return Part(forecasts, features, runs.targets[list(hours)][:, runs.steps(), site].flatten(0, 1).numpy().astype(np.float64))


def gradient(data, head):
    """What a device adds up, before noise, in units of the grid. -> [H * K] integers"""
    each = np.sign(data.residuals(head))[:, :, None] * data.features[:, None, :]
    return quantise(each.reshape(len(each), -1) / math.sqrt(head.size), GRID).sum(0)


def sign_flip(honest, generator):
    """Three times the opposite of what the honest devices release on average."""
    return np.tile(-3 * honest.mean(0), (LIARS, 1))


def gaussian(honest, generator):
    """Noise, ten times as large as what the honest devices release."""
    return generator.normal(0, 10 * np.abs(honest).mean(), (LIARS, honest.shape[1]))


def little_is_enough(honest, generator):
    """Both liars 1.5 deviations of the honest devices from their mean, backwards (Baruch et al., 2019)."""
    mean = honest.mean(0)
    return np.tile(mean - 1.5 * np.sign(mean) * honest.std(0), (LIARS, 1))


ATTACKS = {"none": None, "sign-flip": sign_flip, "gaussian": gaussian, "a-little-is-enough": little_is_enough}


def trimmed_mean(rows):
    """Without the two largest and the two smallest of each coordinate."""
    return np.sort(rows, axis=0)[TRIM:-TRIM].mean(0)


def certain_gain(sensors, head, other):
    """By how much the error of `other` is smaller, less some standard errors of that: windows as near as an event reaches say much the same, and so
    do all sensors at a moment."""
    each = np.mean([np.abs(data.residuals(head)).mean(1) - np.abs(data.residuals(other)).mean(1) for data in sensors], axis=0)
    length = reach(TRAFFIC, EVENT_SECONDS)
    gains = [each[start : start + length].mean() for start in range(0, len(each), length)]
    return float(np.mean(gains) - SIGNIFICANCE * np.std(gains, ddof=1) / math.sqrt(len(gains)))


def step(head, direction, hold_out):
    """The head after the step with the largest certain gain on the hold-out; where none has any, the head as it is."""
    scale = joined(hold_out).error(head) * math.sqrt(head.size)
    moved = [head + scale * size * direction for size in STEPS]
    gains = [certain_gain(hold_out, head, other) for other in moved]
    return moved[int(np.argmax(gains))] if max(gains) > 0 else head


def refresh(devices, hold_out, noise, attack, generator):
    """All rounds. devices: for each round, a part for each device; hold_out: a part for each sensor; noise: the deviation on a sum, 0 for none.
    -> A [H, K]"""
    head = zero_head(hold_out)
    for parts in devices:
        sums = np.stack([gradient(data, head) for data in parts])
        sent = sums + np.rint(generator.normal(0.0, noise, sums.shape)) if noise else sums
        if attack is not None:
            sent = np.concatenate([sent[:-LIARS], attack(sent[:-LIARS], generator)])
        windows = len(parts[0].targets)
        head = step(head, trimmed_mean(sent).reshape(head.shape) / (GRID * windows), hold_out)
    return head


def joined(parts):
    return Part(*(np.concatenate(values) for values in zip(*parts)))


def zero_head(parts):
    return np.zeros((parts[0].targets.shape[1], parts[0].features.shape[1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--model", type=Path, default=ROOT / "Fixtures/models/traffic-counts", metavar="PACK")
    parser.add_argument("--recordings", type=Path, default=ROOT / "Fixtures/traffic/grown.npy", metavar="FILE")
    parser.add_argument("--mu", type=float, nargs="+", default=[math.inf, 2.0, 1.0, 0.5], help="of a round, for each event; inf: without noise")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="with each noise")
    arguments = parser.parse_args()
    runs, student = read(TRAFFIC, arguments.recordings), session(arguments.model / "student.onnx")
    sites = range(TRAFFIC.sites)
    starts = range(DEVICES.start, DEVICES.stop, ROUND_HOURS)
    devices = [[part(student, runs, site, range(start, start + ROUND_HOURS)) for site in sites] for start in starts]
    hold_out, tested = ([part(student, runs, site, hours) for site in sites] for hours in (HOLD_OUT, TEST))
    test = joined(tested)
    before = test.error(zero_head(hold_out))
    for mu in arguments.mu:
        noise = 2 * GRID * reach(TRAFFIC, EVENT_SECONDS) / mu
        for name, attack in ATTACKS.items():
            seeds = range(arguments.seeds if noise or attack is gaussian else 1)
            after = [test.error(refresh(devices, hold_out, noise, attack, np.random.default_rng(seed))) for seed in seeds]
            line = {"mu": mu if noise else None, "noise": noise, "attack": name, "seeds": len(seeds), "before": round(before, 4)}
            line |= {"after": round(float(np.mean(after)), 4), "least": round(min(after), 4), "most": round(max(after), 4), "worse": sum(error > before for error in after)}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
