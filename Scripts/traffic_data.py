"""Windows, targets and releases of the traffic model: what training, evaluation and export share.

A *position* is the last bin of a window. Position p of an hour holds the W bins p-W+1 … p and is followed by the H
target bins p+1 … p+H. Step s of an hour is position W-1 + 3s.
"""

import math
from pathlib import Path

import numpy as np
import torch

from traffic_nets import COUNTED, HORIZON, SITES, STEP_BINS as BINS_PER_STEP, TARGET, WINDOW

FEATURE_NAMES = (
    [f"approach_{i}_vehicles" for i in range(1, 5)]
    + [f"approach_{i}_jam" for i in range(1, 5)]
    + [f"exit_{i}_vehicles" for i in range(1, 5)]
    + ["occupancy", "speed"]
)


class Hours:
    """Windows and targets of a stack of simulated hours, at every position that has a full window and a full target."""

    def __init__(self, values):
        """values: [hours, bins, N, F] float32, physical."""
        positions = values.shape[1] - WINDOW - HORIZON + 1
        self.values = values
        self.windows = values.unfold(1, WINDOW, 1)[:, :positions].transpose(3, 4)
        self.targets = values[..., TARGET].unfold(1, HORIZON, 1)[:, WINDOW : WINDOW + positions]
        self.last = values[:, WINDOW - 1 : WINDOW - 1 + positions, :, TARGET]

    def steps(self, offset=0):
        """Indices of the positions of one pass through the hour, a step apart; offset 0 is what a deployment sees."""
        return range(offset, self.windows.shape[1], BINS_PER_STEP)


def load(folder):
    """The three parts of the split and the feature scales. Raises SystemExit with one line if a file is missing."""
    folder = Path(folder)
    try:
        train, validation = np.load(folder / "train.npz"), np.load(folder / "validation.npz")
        test, scale = np.load(folder / "test.npy"), train["scale"]
    except (OSError, KeyError, ValueError) as error:
        raise SystemExit(f"train_traffic.py: cannot read the fixtures in {folder}: {error}") from None
    parts = [torch.from_numpy(q.astype(np.float32) / scale) for q in (train["q"], validation["q"], test)]
    return [Hours(part) for part in parts], scale


def site_rows(count):
    """One-hot rows of all sites, repeated. -> [count * N, N]"""
    return torch.eye(SITES).repeat(count, 1)


def history(values, length):
    """Sliding history, zeros before the start of the hour. [hours, P, ...] -> [hours, P, length, ...], oldest first."""
    before = values.new_zeros(values.shape[0], length - 1, *values.shape[2:])
    return torch.cat([before, values], 1).unfold(1, length, 1).movedim(-1, 2)


def quantise(embeddings, radius):
    """Clip to norm 1, times the radius, rounded so that the integer vector's norm is at most the radius. -> int64"""
    length = np.linalg.norm(embeddings, axis=-1, keepdims=True)
    scaled = embeddings / np.maximum(length, 1.0) * radius
    rounded = np.rint(scaled).astype(np.int64)
    over = (rounded**2).sum(-1) > radius**2
    rounded[over] = np.trunc(scaled[over]).astype(np.int64)
    return rounded


def filter_norm(taps):
    """The least whole number that is not below the filter's L2 norm."""
    return math.isqrt(sum(tap * tap for tap in taps) - 1) + 1


def count_release(hours, steps, taps, scale, generator):
    """What cameras send of their counts: a stream window for each hour, which begins with the first step's bins and an empty filter.

    Whole numbers: counts, taps, the rounded Gaussian of standard deviation `scale` (0 leaves it out), held to 16 bits; then in units of
    the filter's norm. -> [hours, steps, N, bins of a step * exits] float32
    """
    counts = np.rint(hours.values[..., COUNTED].numpy()).astype(np.int64)
    counts[:, : WINDOW - BINS_PER_STEP] = 0
    filtered = sum(tap * np.pad(counts, ((0, 0), (age, 0), (0, 0), (0, 0)))[:, : counts.shape[1]] for age, tap in enumerate(taps))
    if scale:
        filtered = filtered + np.rint(generator.normal(0.0, scale, filtered.shape)).astype(np.int64)
    bins = np.array([[WINDOW - BINS_PER_STEP + position + bin for bin in range(BINS_PER_STEP)] for position in steps])
    sent = np.clip(filtered, -32768, 32767)[:, bins].swapaxes(2, 3)
    return sent.reshape(*sent.shape[:3], -1).astype(np.float32) / filter_norm(taps)


def release(embeddings, radius, scale, generator):
    """What a camera sends: the quantised embedding plus the rounded Gaussian, in int16, in units of the radius.

    scale 0 leaves the noise out (for comparison only: a camera never does).
    """
    values = quantise(embeddings, radius)
    if scale:
        values = values + np.rint(generator.normal(0.0, scale, values.shape)).astype(np.int64)
    return np.clip(values, -32768, 32767).astype(np.float32) / radius
