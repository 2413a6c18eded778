#!/usr/bin/env python3
"""How much of a camera's window can be read off its releases: the R² of a decoder trained for it, beside one that has public knowledge alone.

A decoder (two hidden layers) sees which site it is, where in the signals' cycle of 90 s the step lies, and the last one or six releases of that site,
and is trained on the training and validation hours to give back the site's whole window: every bin and feature, each in units of its
deviation. R² is over the test hours, against the mean of each bin and feature. The excess over the decoder without releases is what releases
gave away on average, of this model, to this attacker: it is a measurement and no bound. The bound is ε.

    measure_inversion.py [--pack DIR] [--mu MU ...]          needs the packages of Scripts/requirements-train.txt
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn

from training.cuts import MUS, ActivationCut, release
from training.domains import TRAFFIC
from training.recordings import history, load
from training.runtime import session

ROOT = Path(__file__).resolve().parent.parent
CYCLE_BINS, SEEN = 9, (1, 6)


def embeddings(pack, windows):
    """What the pack's shard-1 makes of every window. [runs, steps, N, W, F] -> [runs, steps, N, k]"""
    model, eye = session(pack / "shard-1.onnx"), np.eye(TRAFFIC.sites, dtype=np.float32)
    made = [
        model.run(None, {"window": np.ascontiguousarray(window.numpy())[None], "site": eye[site % TRAFFIC.sites][None]})[0][0]
        for site, window in enumerate(windows.flatten(0, 2))
    ]
    return np.stack(made).reshape(*windows.shape[:3], -1)


def public(windows):
    """Site and place in the cycle, one-hot. -> [runs, steps, N, N + places]"""
    runs, steps, sites = windows.shape[:3]
    place = nn.functional.one_hot(torch.arange(steps) * TRAFFIC.step_bins % CYCLE_BINS, CYCLE_BINS).float()
    site = torch.eye(sites)
    return torch.cat([site.expand(runs, steps, -1, -1), place.view(1, steps, 1, -1).expand(runs, -1, sites, -1)], 3)


def decoder_r2(known, wanted, epochs=30):
    """R² on the last of (training, test) of a decoder trained on the first. Each [rows, inputs], [rows, outputs]."""
    torch.manual_seed(1)
    (inputs, test_inputs), (outputs, test_outputs) = known, wanted
    model = nn.Sequential(
        nn.Linear(inputs.shape[1], 128), nn.ReLU(), nn.Dropout(0.1), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, outputs.shape[1])
    )
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=1e-2)
    total = epochs * math.ceil(len(inputs) / 512)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=total, pct_start=0.1)
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(512):
            loss = (model(inputs[rows]) - outputs[rows]).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        left = (model(test_inputs) - test_outputs).square().sum()
    return 1 - (left / (test_outputs - outputs.mean(0)).square().sum()).item()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--pack", type=Path, default=ROOT / "Fixtures/models/traffic", metavar="DIR")
    parser.add_argument("--mu", type=float, nargs="+", default=[*MUS, math.inf])
    parser.add_argument("--runs", type=int, metavar="N", help="train the decoder with the first N hours alone")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    (train, validation, test), _ = load(TRAFFIC, ROOT / "Fixtures/traffic", count=arguments.runs)
    parts = [torch.cat([train.windows, validation.windows])[:, train.steps()], test.windows[:, test.steps()]]
    rows = lambda values: values.flatten(0, 2)
    wanted = [rows((part - train.mean) / train.deviation).flatten(1) for part in parts]
    known = [public(part) for part in parts]
    sent = [embeddings(arguments.pack, part) for part in parts]
    base = decoder_r2([rows(part) for part in known], wanted)
    print(json.dumps({"releases": 0, "r2": round(base, 4)}), flush=True)
    for mu in arguments.mu:
        cut = ActivationCut(1.0 if mu == math.inf else mu)
        generator = np.random.default_rng(3)
        heard = [torch.from_numpy(release(part, cut.radius, cut.scale if mu < math.inf else 0, generator)) for part in sent]
        for count in SEEN:
            seen = [torch.cat([part, history(one, count).movedim(2, 3).flatten(3)], 3) for part, one in zip(known, heard)]
            r2 = decoder_r2([rows(part) for part in seen], wanted)
            print(json.dumps({"mu": mu, "releases": count, "r2": round(r2, 4), "excess": round(r2 - base, 4)}), flush=True)


if __name__ == "__main__":
    main()
