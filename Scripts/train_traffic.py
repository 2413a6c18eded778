#!/usr/bin/env python3
"""Train the traffic model and write its model pack: four ONNX shards, a manifest, vectors and the results table.

The student (own sensor only) is trained first and frozen. Shards 1, 2 and 3 are then trained end to end as a correction on
top of it, with the camera's clip and noise in the loop and with cameras missing at random. The noise is brought in
slowly: it starts at zero and reaches its full range part of the way through.
Needs `pip install -r Scripts/requirements-train.txt`. Fixed seeds: the same machine and versions give the same weights.
"""

import argparse
import copy
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from traffic_data import history, load, site_rows
from traffic_nets import (
    FEATURES, HORIZON, SITES, WINDOW, CameraShard, ControllerShard, GatewayShard, Student, clip,
)

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Plan:
    """Sizes and schedule. mu is the privacy parameter of one release; its noise is 2/mu in units of the radius."""

    history: int = 8
    dimension: int = 4
    channels: int = 6
    encoding: int = 12
    student_epochs: int = 60
    mesh_epochs: int = 60
    student_rate: float = 3e-3
    mesh_rate: float = 3e-3
    hours_per_batch: int = 2
    noise_copies: int = 2
    anneal: float = 0.4
    mu: float = 1.0
    mu_share: float = 0.7
    mu_range: tuple = (0.5, 4.0)


class Mesh(nn.Module):
    """The three shards as they work together, on whole hours at once."""

    def __init__(self, plan, mean, deviation):
        super().__init__()
        self.plan = plan
        self.camera = CameraShard(mean, deviation, 16, plan.dimension)
        self.gateway = GatewayShard(plan.history, plan.dimension, plan.channels, plan.encoding)
        self.controller = ControllerShard(mean, deviation, plan.encoding)

    def embed(self, windows):
        """Clipped embeddings. [hours, P, N, W, F] -> [hours, P, N, k]"""
        hours, positions = windows.shape[:2]
        flat = self.camera(windows.reshape(-1, WINDOW, FEATURES), site_rows(hours * positions))
        return clip(flat).reshape(hours, positions, SITES, -1)

    def encode(self, releases, presence):
        """Encodings at every position. [hours, P, N, k], [hours, P, N] -> [hours, P, N, m]"""
        hours, positions = releases.shape[:2]
        past = history(releases, self.plan.history).flatten(0, 1)
        arrived = history(presence, self.plan.history).flatten(0, 1)
        return self.gateway(past, arrived).reshape(hours, positions, SITES, -1)

    def correct(self, windows, student, encoding):
        """Forecasts. [hours, P, N, W, F], [hours, P, N, H], [hours, P, N, m] -> [hours, P, N, H]"""
        sites = site_rows(windows.shape[0] * windows.shape[1])
        forecast = self.controller(
            windows.reshape(-1, WINDOW, FEATURES), sites, student.reshape(-1, HORIZON), encoding.flatten(0, 2)
        )
        return forecast.reshape(student.shape)

    def forward(self, windows, student, sigma, presence):
        """Forecasts under fresh noise. sigma [hours] is in units of the radius; presence [hours, P, N]."""
        embeddings = self.embed(windows)
        noise = sigma.view(-1, 1, 1, 1) * torch.randn_like(embeddings)
        return self.correct(windows, student, self.encode(embeddings + noise, presence))


def average_into(averaged, model, decay):
    """Move the averaged weights a little towards the model's."""
    with torch.no_grad():
        for slow, fast in zip(averaged.parameters(), model.parameters()):
            slow.lerp_(fast, 1 - decay)


def say(text):
    print(f"{time.process_time():6.0f} s  {text}", file=sys.stderr, flush=True)


def student_forecasts(student, hours):
    """The student's forecast at every position of every hour. -> [hours, P, N, H]"""
    with torch.no_grad():
        return torch.stack(
            [
                student(hour.reshape(-1, WINDOW, FEATURES), site_rows(len(hour))).reshape(-1, SITES, HORIZON)
                for hour in hours.windows
            ]
        )


def train_student(plan, train, validation, mean, deviation):
    """Adam on the absolute error, weights averaged over the last few hundred batches."""
    student = Student(mean, deviation)
    averaged = copy.deepcopy(student)
    windows = train.windows.reshape(-1, WINDOW, FEATURES).contiguous()
    targets = train.targets.reshape(-1, HORIZON).contiguous()
    sites = site_rows(len(windows) // SITES)
    size, batches = 1024, len(windows) // 1024
    optimiser = torch.optim.AdamW(student.parameters(), lr=plan.student_rate, weight_decay=1e-3)
    total = plan.student_epochs * batches
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.student_rate, total_steps=total, pct_start=0.1)
    for epoch in range(plan.student_epochs):
        order = torch.randperm(len(windows))
        for batch in range(batches):
            rows = order[batch * size : (batch + 1) * size]
            loss = (student(windows[rows], sites[rows]) - targets[rows]).abs().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            average_into(averaged, student, 0.995)
        if epoch % 10 == 9 or epoch == plan.student_epochs - 1:
            error = (student_forecasts(averaged, validation) - validation.targets)[:, validation.steps()].abs().mean()
            say(f"student epoch {epoch + 1}: validation MAE {error:.4f}")
    return averaged.eval().requires_grad_(False)


def draw_noise(plan, count, progress):
    """Noise levels of a batch, in units of the radius: mostly that of plan.mu, else log-uniform over plan.mu_range."""
    low, high = plan.mu_range
    spread = torch.exp(torch.empty(count).uniform_(math.log(low), math.log(high)))
    mu = torch.where(torch.rand(count) < plan.mu_share, torch.tensor(plan.mu), spread)
    return 2.0 / mu * min(1.0, progress / plan.anneal)


def draw_presence(count, positions):
    """Which releases arrive. 30 % of the hours lose whole cameras from some position on, 15 % lose single releases."""
    kind = torch.rand(count, 1, 1)
    silent = (torch.rand(count, 1, SITES) < 0.6 * torch.rand(count, 1, 1)) & (kind < 0.3)
    after = torch.arange(positions).view(1, -1, 1) >= torch.rand(count, 1, SITES) * positions
    lost = (torch.rand(count, positions, SITES) < 0.15) & (kind > 0.85)
    return torch.where((silent & after) | lost, 0.0, 1.0)


def mesh_batches(plan, train, forecasts):
    """One epoch: every hour at each of the three offsets, shuffled. Yields (windows, student, targets), noise copies in."""
    offsets = 3
    order = torch.randperm(len(train.windows) * offsets).split(plan.hours_per_batch)
    for chosen in order:
        if len(chosen) == plan.hours_per_batch:
            picks = [divmod(index, offsets) for index in chosen.tolist()]
            yield tuple(
                torch.stack([source[hour, offset::offsets] for hour, offset in picks]).repeat(
                    plan.noise_copies, *[1] * (source.dim() - 1)
                )
                for source in (train.windows, forecasts, train.targets)
            )


def train_mesh(plan, student, train, validation, mean, deviation, deaf=False):
    """Train the three shards on top of the frozen student. deaf: the control, whose releases are noise alone."""
    mesh = Mesh(plan, mean, deviation)
    averaged = copy.deepcopy(mesh)
    forecasts, held_out = student_forecasts(student, train), student_forecasts(student, validation)
    total = plan.mesh_epochs * (len(train.windows) * 3 // plan.hours_per_batch)
    optimiser = torch.optim.AdamW(mesh.parameters(), lr=plan.mesh_rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.mesh_rate, total_steps=total, pct_start=0.1)
    for epoch in range(plan.mesh_epochs):
        for windows, local, targets in mesh_batches(plan, train, forecasts):
            sigma = draw_noise(plan, len(windows), schedule.last_epoch / total)
            presence = draw_presence(len(windows), windows.shape[1])
            if deaf:
                noise = sigma.view(-1, 1, 1, 1) * torch.randn(*windows.shape[:3], plan.dimension)
                forecast = mesh.correct(windows, local, mesh.encode(noise, presence))
            else:
                forecast = mesh(windows, local, sigma, presence)
            loss = (forecast - targets).abs().mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(mesh.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            average_into(averaged, mesh, 0.99)
        if epoch % 5 == 4 or epoch == plan.mesh_epochs - 1:
            say(f"{'control' if deaf else 'mesh'} epoch {epoch + 1}: " + check(averaged, validation, held_out))
    return averaged.eval().requires_grad_(False)


def check(mesh, hours, forecasts):
    """Validation MAE at three noise levels, in words. Leaves the generator as it was."""
    state, words = torch.get_rng_state(), []
    torch.manual_seed(7)
    steps = hours.steps()
    windows, local, targets = hours.windows[:, steps], forecasts[:, steps], hours.targets[:, steps]
    for mu in (0.5, 1.0, 2.0, math.inf):
        with torch.no_grad():
            everyone = torch.ones(windows.shape[:3])
            forecast = mesh(windows, local, torch.full((len(windows),), 2.0 / mu), everyone)
        words.append(f"mu {mu}: {(forecast - targets).abs().mean():.4f}")
    torch.set_rng_state(state)
    return "validation MAE " + ", ".join(words)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT / "Fixtures/traffic", metavar="DIR")
    parser.add_argument("--out", type=Path, default=ROOT / "Fixtures/models/traffic", metavar="DIR")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--student-epochs", type=int, default=Plan.student_epochs)
    parser.add_argument("--mesh-epochs", type=int, default=Plan.mesh_epochs)
    parser.add_argument("--no-control", action="store_true", help="do not train the control (it takes as long as the mesh)")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    plan = Plan(student_epochs=arguments.student_epochs, mesh_epochs=arguments.mesh_epochs)
    (train, validation, test), scale = load(arguments.data)
    mean, deviation = train.values.mean((0, 1, 2)), train.values.std((0, 1, 2))

    torch.manual_seed(arguments.seed)
    student = train_student(plan, train, validation, mean, deviation)
    torch.manual_seed(arguments.seed + 1)
    mesh = train_mesh(plan, student, train, validation, mean, deviation)
    control = None
    if not arguments.no_control:
        torch.manual_seed(arguments.seed + 1)
        control = train_mesh(plan, student, train, validation, mean, deviation, deaf=True)

    from traffic_pack import write_pack

    write_pack(arguments.out, plan, mesh, student, control, test, scale)
    say(f"wrote {arguments.out}")


if __name__ == "__main__":
    main()
