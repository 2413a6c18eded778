"""Windows and targets of a domain's recordings: what training, evaluation and export share.

A *run* is a stretch without a gap. A *position* is the last bin of a window. Position p of a run holds the W bins p-W+1 … p and is
followed by the H target bins p+1 … p+H. Step s of a run is position W-1 + s * (bins of a step).
"""

import sys
from pathlib import Path

import numpy as np
import torch


class Runs:
    """Windows and targets of a stack of runs, at every position that has a full window and a full target."""

    def __init__(self, domain, values):
        """values: [runs, bins, N, F] float32, physical."""
        window, horizon = domain.window, domain.horizon
        positions = values.shape[1] - window - horizon + 1
        self.values, self.step_bins = values, domain.step_bins
        self.mean, self.deviation = values.mean((0, 1, 2)), values.std((0, 1, 2))
        self.windows = values.unfold(1, window, 1)[:, :positions].transpose(3, 4)
        self.targets = values[..., domain.target].unfold(1, horizon, 1)[:, window : window + positions]
        self.last = values[:, window - 1 : window - 1 + positions, :, domain.target]

    def steps(self, offset=0):
        """Indices of the positions of one pass through the run, a step apart; offset 0 is what a deployment sees."""
        return range(offset, self.windows.shape[1], self.step_bins)


def read(domain, path):
    """The recordings of a plain NumPy file, such as test.npy; its scales are those of train.npz beside it. Raises SystemExit with one line."""
    try:
        with np.load(path.parent / "train.npz") as train:
            return Runs(domain, torch.from_numpy(np.load(path).astype(np.float32) / train["scale"]))
    except (OSError, KeyError, ValueError) as error:
        raise SystemExit(f"{Path(sys.argv[0]).name}: cannot read the recordings in {path}: {error}") from None


def load(domain, folder, more=None, count=None):
    """The three parts of the split and the feature scales. Raises SystemExit with one line if a file is missing.

    more: a file of more runs to train with; count: how many of the runs to train with are used, all by default.
    """
    folder = Path(folder)
    try:
        train, validation = np.load(folder / "train.npz"), np.load(folder / "validation.npz")
        test, scale = np.load(folder / "test.npy"), train["scale"]
        training = np.concatenate([train["q"], *([np.load(more)["q"]] if more else [])])[:count]
    except (OSError, KeyError, ValueError) as error:
        raise SystemExit(f"train_pack.py: cannot read the recordings in {folder}{f' or {more}' if more else ''}: {error}") from None
    parts = [torch.from_numpy(q.astype(np.float32) / scale) for q in (training, validation["q"], test)]
    return [Runs(domain, part) for part in parts], scale


def site_rows(sites, count):
    """One-hot rows of all sites, repeated. -> [count * N, N]"""
    return torch.eye(sites).repeat(count, 1)


def history(values, length):
    """Sliding history, zeros before the start of the run. [runs, P, ...] -> [runs, P, length, ...], oldest first."""
    before = values.new_zeros(values.shape[0], length - 1, *values.shape[2:])
    return torch.cat([before, values], 1).unfold(1, length, 1).movedim(-1, 2)
