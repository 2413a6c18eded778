#!/usr/bin/env python3
"""Train a domain's model and write its model pack: ONNX shards, a manifest, vectors and the results table.

The student (own sensor only) is trained first and frozen; then a mesh without noise, which is what gains are measured by. Shards 1, 2 and 3 are
then trained end to end as a correction on top of the student, with the device's clip and noise in the loop and with devices missing at random, on
the truth and on what the mesh without noise forecasts. The noise is brought in slowly: it starts at zero and is whole part of the way through.
Last, the gateway's gains alone learn from a range of noise levels, so that a pack made for one does less harm at another.

The traffic student also gives the features that a federated refresh weighs; --re-export PACK gives them to one that is trained already.
With --unit contribution devices release counts of individuals through a fixed filter, and there is no shard 1; all else is the same.
Needs `pip install -r Scripts/requirements-train.txt`. Fixed seeds: the same machine and versions give the same weights.
"""

import argparse
import copy
import math
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Callable

import torch
from torch import nn

from training.cuts import MUS, ActivationCut, CountCut
from training.domains import DOMAINS, Domain
from training.nets import ControllerShard, CountSource, DeviceShard, GatewayShard, Student, clip, student_forecasts
from training.pack import Models, results, validation_error, write_pack
from training.recordings import history, load, site_rows
from training.reexport import re_export

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Stage:
    """One stage of training the mesh.

    mu_share: how often the plan's mu is drawn; mu_range: what else is, in units of it; anneal: the share of the stage over which the noise
    grows from zero; part: which module of the mesh learns.
    """

    name: str
    epochs: int
    mu_share: float
    mu_range: tuple
    unnoised_share: float
    anneal: float
    part: Callable


@dataclass
class Plan:
    """Sizes and schedule.

    mu: the privacy parameter of what is charged at a time, whose noise is distance/mu in units of the release; inf for none;
    mu_share: how often it is drawn while the gains learn; teacher_share: the weight, beside the truth, of what the mesh without noise forecasts.
    """

    domain: Domain
    cut: object
    mu: float
    history: int = 8
    dimension: int = 6
    channels: int = 16
    hidden: int = 64
    encoding: int = 32
    student_epochs: int = 36
    mesh_epochs: int = 36
    student_rate: float = 3e-3
    mesh_rate: float = 3e-3
    runs_per_batch: int = 2
    mu_share: float = 0.8
    silent_share: float = 0.1
    teacher_share: float = 0.7

    def stages(self):
        """All shards at the plan's mu, then the gateway's gains alone over a wide range."""
        gains = Stage("gains", 1 + self.mesh_epochs // 10, self.mu_share, (0.2, 8.0), 0.1, 0.0, lambda mesh: mesh.gateway.gain)
        return [self.main_stage(), gains]

    def main_stage(self, anneal=0.4):
        return Stage("all shards", self.mesh_epochs, 1.0, (1.0, 1.0), 0.0, anneal, lambda mesh: mesh)

    def without_noise(self):
        """The same for releases without noise: what the mesh is measured by, and learns from."""
        return replace(self, mu=math.inf, silent_share=0.0)

    def of_the_control(self):
        return replace(self, mesh_epochs=1 + self.mesh_epochs // 4)

    def at(self, mu):
        """The same for another noise, for a mesh that is trained already."""
        return replace(self, cut=self.cut.at(mu), mu=mu, mesh_epochs=1 + self.mesh_epochs // 3)


def plan_for(domain, unit, mu):
    """The sizes of a domain's model. For releases of counts: more numbers, a longer history, and a gateway that has room for them."""
    if unit == "any-input":
        return Plan(domain, ActivationCut(mu), mu, mu_share=0.3)
    dimension = domain.step_bins * len(domain.counted)
    channels, hidden = domain.gateway
    return Plan(domain, CountCut(domain, mu), mu, history=12, dimension=dimension, channels=channels * dimension, hidden=hidden)


class Mesh(nn.Module):
    """The three shards as they work together, on whole runs at once."""

    def __init__(self, plan, train):
        super().__init__()
        self.plan, domain, scales = plan, plan.domain, (train.mean, train.deviation)
        counts = isinstance(plan.cut, CountCut)
        self.device = CountSource(domain) if counts else DeviceShard(domain, *scales, 24, plan.dimension)
        spread = None if domain.even else self.embed(train.windows).std((0, 1, 3))
        self.gateway = GatewayShard(
            domain.sites, plan.history, plan.dimension, plan.channels, plan.hidden, plan.encoding, spread
        )
        self.controller = ControllerShard(domain, *scales, plan.encoding, *domain.controller)

    def embed(self, windows):
        """What is released, before noise: clipped embeddings, or filtered counts. [runs, P, N, W, F] -> [runs, P, N, k]"""
        runs, positions, sites = windows.shape[:3]
        flat = self.device(windows.flatten(0, 2), site_rows(sites, runs * positions))
        bounded = flat if isinstance(self.device, CountSource) else clip(flat)
        return bounded.reshape(runs, positions, sites, -1)

    def encode(self, releases, presence):
        """Encodings at every position. [runs, P, N, k], [runs, P, N] -> [runs, P, N, m]"""
        runs, positions, sites = releases.shape[:3]
        past = history(releases, self.plan.history).flatten(0, 1)
        arrived = history(presence, self.plan.history).flatten(0, 1)
        return self.gateway(past, arrived).reshape(runs, positions, sites, -1)

    def correct(self, windows, student, encoding):
        """Forecasts. windows [runs, P, N, W, F], student [runs, P, N, H], encoding [runs, P, N, m] -> [runs, P, N, H]"""
        sites = site_rows(windows.shape[2], windows.shape[0] * windows.shape[1])
        forecast = self.controller(windows.flatten(0, 2), sites, student.flatten(0, 2), encoding.flatten(0, 2))
        return forecast.reshape(student.shape)

    def forward(self, windows, student, sigma, presence, deaf=False):
        """Forecasts under fresh noise. sigma [runs] in units of the release; presence [runs, P, N].

        deaf: the control, in which nothing but noise is sent.
        """
        if deaf:
            sent = torch.zeros(*windows.shape[:3], self.plan.dimension)
        else:
            sent = self.embed(windows)
        heard = sent + sigma.view(-1, 1, 1, 1) * torch.randn_like(sent)
        return self.correct(windows, student, self.encode(heard, presence))


def one_cycle(optimiser, rate, steps):
    """A learning rate that rises for a tenth of the steps, at least two of them, and falls for the rest."""
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=max(steps, 3), pct_start=max(0.1, 2 / max(steps, 3)))


def average_into(averaged, model, decay):
    """Move the averaged weights a little towards the model's."""
    with torch.no_grad():
        for slow, fast in zip(averaged.parameters(), model.parameters()):
            slow.lerp_(fast, 1 - decay)


def say(text):
    print(f"{time.process_time():6.0f} s  {text}", file=sys.stderr, flush=True)


def train_student(plan, train, validation):
    """Adam on the absolute error, weights averaged over the last few hundred batches."""
    student = Student(plan.domain, train.mean, train.deviation)
    averaged = copy.deepcopy(student)
    windows, targets = train.windows.flatten(0, 2).contiguous(), train.targets.flatten(0, 2).contiguous()
    sites = site_rows(plan.domain.sites, len(windows) // plan.domain.sites)
    size, batches = 1024, len(windows) // 1024
    optimiser = torch.optim.AdamW(student.parameters(), lr=plan.student_rate, weight_decay=1e-3)
    total = plan.student_epochs * batches
    schedule = one_cycle(optimiser, plan.student_rate, total)
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
            error = (student_forecasts(averaged, validation.windows) - validation.targets)[:, validation.steps()].abs().mean()
            say(f"student epoch {epoch + 1}: validation MAE {error:.4f}")
    return averaged.eval().requires_grad_(False)


def draw_noise(plan, stage, count, progress):
    """Noise levels of a batch, in units of the release, of which neighbours are a distance apart: mostly that of the plan's mu, else
    log-uniform in mu, else none."""
    low, high = stage.mu_range
    kind = torch.rand(count)
    factor = torch.exp(torch.empty(count).uniform_(math.log(low), math.log(high)))
    mu = plan.mu * torch.where(kind < stage.mu_share, torch.tensor(1.0), factor)
    sigma = torch.where(kind > 1 - stage.unnoised_share, 0.0, plan.cut.distance / mu)
    return sigma * (min(1.0, progress / stage.anneal) if stage.anneal else 1.0)


def draw_presence(count, positions, sites, share):
    """Which releases arrive. This share of the runs lose whole devices from some position on, half as many lose single releases."""
    kind = torch.rand(count, 1, 1)
    silent = (torch.rand(count, 1, sites) < 0.6 * torch.rand(count, 1, 1)) & (kind < share)
    after = torch.arange(positions).view(1, -1, 1) >= torch.rand(count, 1, sites) * positions
    lost = (torch.rand(count, positions, sites) < 0.15) & (kind > 1 - share / 2)
    return torch.where((silent & after) | lost, 0.0, 1.0)


def at_every_offset(mesh, windows, student):
    """What a mesh without noise forecasts, at every position. [runs, P, N, W, F], [runs, P, N, H] -> [runs, P, N, H]"""
    forecasts, offsets = torch.empty_like(student), mesh.plan.domain.step_bins
    with torch.no_grad():
        for run in range(len(windows)):
            for offset in range(offsets):
                steps = windows[run : run + 1, offset::offsets]
                arrived = torch.ones(steps.shape[:3])
                forecasts[run, offset::offsets] = mesh(steps, student[run : run + 1, offset::offsets], torch.zeros(1), arrived)[0]
    return forecasts


def mesh_batches(plan, *sources):
    """One epoch: every run at each offset of a step, shuffled. sources: [runs, P, ...]. Yields them, [runs of a batch, steps, ...]."""
    offsets = plan.domain.step_bins
    end = sources[0].shape[1] // offsets * offsets
    for chosen in torch.randperm(len(sources[0]) * offsets).split(plan.runs_per_batch):
        picks = [divmod(index, offsets) for index in chosen.tolist()]
        if len(picks) == plan.runs_per_batch:
            yield tuple(torch.stack([source[run, offset:end:offsets] for run, offset in picks]) for source in sources)


def fit(plan, stage, mesh, sources, deaf, report):
    """Adam on the absolute error over one stage. Returns the mesh with its weights averaged over the last batches.

    sources: windows, the student's forecasts, the truth, the teacher's forecasts.
    """
    averaged = copy.deepcopy(mesh)
    total = stage.epochs * (len(sources[0]) * plan.domain.step_bins // plan.runs_per_batch)
    parameters = list(stage.part(mesh).parameters())
    optimiser = torch.optim.AdamW(parameters, lr=plan.mesh_rate, weight_decay=1e-3)
    schedule = one_cycle(optimiser, plan.mesh_rate, total)
    for epoch in range(stage.epochs):
        for windows, local, targets, taught in mesh_batches(plan, *sources):
            sigma = draw_noise(plan, stage, len(windows), schedule.last_epoch / total)
            presence = draw_presence(*windows.shape[:3], plan.silent_share)
            forecast = mesh(windows, local, sigma, presence, deaf)
            loss = torch.lerp((forecast - targets).abs().mean(), (forecast - taught).abs().mean(), plan.teacher_share)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()
            average_into(averaged, mesh, 0.99)
        if epoch % 5 == 4 or epoch == stage.epochs - 1:
            report(epoch + 1, averaged)
    return averaged


def train_mesh(name, plan, stages, train, validation, mesh=None, taught=None, deaf=False):
    """Train the shards on top of the frozen student, stage by stage.

    train, validation: the runs, and the student's forecasts for them; mesh: one to go on from; taught: the teacher's forecasts for the training runs; deaf: the control, whose releases are noise alone.
    """
    runs, forecasts = train
    mesh = Mesh(plan, runs) if mesh is None else copy.deepcopy(mesh)
    mesh.plan = plan
    sources = runs.windows, forecasts, runs.targets, runs.targets if taught is None else taught
    for stage in stages:
        mesh.requires_grad_(False)
        stage.part(mesh).requires_grad_(True)
        mesh = fit(
            plan, stage, mesh, sources, deaf,
            lambda epoch, averaged: say(f"{name}, {stage.name}, epoch {epoch}: " + check(averaged, *validation)),
        )
    return mesh.eval().requires_grad_(False)


def train_models(plan, mus, seed, train, validation):
    """All models of one seed: the student; the mesh without noise, which teaches the others; the control; the mesh; the same for other mu."""
    torch.manual_seed(seed)
    student = train_student(plan, train, validation)
    parts = [(runs, student_forecasts(student, runs.windows)) for runs in (train, validation)]
    torch.manual_seed(seed + 1)
    still, deaf = plan.without_noise(), plan.of_the_control()
    unnoised = train_mesh(f"seed {seed}, without noise", still, [still.main_stage()], *parts)
    taught = at_every_offset(unnoised, train.windows, parts[0][1])
    torch.manual_seed(seed + 1)
    control = train_mesh(f"seed {seed}, control", deaf, deaf.stages(), *parts, deaf=True)
    torch.manual_seed(seed + 1)
    main, gains = plan.stages()
    mesh = train_mesh(f"seed {seed}, mesh", plan, [main], *parts, taught=taught)
    others = []
    for other in map(plan.at, mus):
        others.append(train_mesh(f"seed {seed}, mesh for mu {other.mu:g}", other, [other.main_stage(anneal=0)], *parts, mesh=mesh, taught=taught))
    return Models(student, train_mesh(f"seed {seed}, mesh", plan, [gains], *parts, mesh=mesh, taught=taught), unnoised, control, others)


def check(mesh, runs, forecasts):
    """Validation MAE at several noise levels, in words. Leaves the generator as it was."""
    state, words = torch.get_rng_state(), []
    torch.manual_seed(7)
    steps = runs.steps()
    windows, local, targets = runs.windows[:, steps], forecasts[:, steps], runs.targets[:, steps]
    for mu in (*MUS, math.inf):
        with torch.no_grad():
            everyone = torch.ones(windows.shape[:3])
            forecast = mesh(windows, local, torch.full((len(windows),), mesh.plan.cut.distance / mu), everyone)
        words.append(f"mu {mu}: {(forecast - targets).abs().mean():.4f}")
    torch.set_rng_state(state)
    return "validation MAE " + ", ".join(words)


def one_seed(plan, mus, train, validation, test, seed):
    """Trains a seed's models. Returns what it is chosen by, the models, and their results."""
    models = train_models(plan, mus, seed, train, validation)
    error = validation_error(models, validation)
    say(f"seed {seed}: validation MAE {error:.4f} by exact releases")
    return error, models, results(models, test)


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--domain", choices=DOMAINS, default="traffic")
    parser.add_argument("--data", type=Path, metavar="DIR", help="default: the domain's recordings in Fixtures")
    parser.add_argument("--more", type=Path, metavar="FILE", help="more runs to train with, from the domain's make_*_data.py --more")
    parser.add_argument("--runs", type=int, metavar="N", help="train with the first N runs alone, to try the script out")
    parser.add_argument("--unit", choices=["any-input", "contribution"], default="any-input", help="the privacy unit")
    parser.add_argument("--mu", type=float, default=1.0, help="of what is charged at a time: the noise trained for")
    parser.add_argument("--also-mu", type=float, nargs="*", default=[], metavar="MU", help="train for these too, for the results alone")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: the unit's pack in Fixtures/models")
    parser.add_argument("--re-export", type=Path, metavar="PACK", help="train nothing: give this pack's student the features of a refresh")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="N", help="the pack is of the one best on validation")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many seeds at a time, a thread each")
    parser.add_argument("--student-epochs", type=int, default=Plan.student_epochs)
    parser.add_argument("--mesh-epochs", type=int, default=Plan.mesh_epochs)
    return parser


def main():
    parser = options()
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    domain = DOMAINS[arguments.domain]
    if arguments.re_export is not None and not domain.refresh_features:
        parser.error(f"--re-export: the student of {domain.name} has no features of a refresh")
    if arguments.unit not in domain.packs:
        parser.error(f"there is no pack of {domain.name} for the unit {arguments.unit}")
    try:
        plan = plan_for(domain, arguments.unit, arguments.mu)
        for mu in arguments.also_mu:
            plan.at(mu)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        parser.error(f"--mu or --also-mu: {error}")
    plan.student_epochs, plan.mesh_epochs = arguments.student_epochs, arguments.mesh_epochs
    data = arguments.data or ROOT / "Fixtures" / domain.name
    (train, validation, test), scale = load(domain, data, arguments.more, arguments.runs)
    if arguments.re_export is not None:
        re_export(arguments.re_export, domain, train)
        return

    train_seed = partial(one_seed, plan, arguments.also_mu, train, validation, test)
    with ProcessPoolExecutor(arguments.jobs, get_context("fork")) as pool:
        tried = sorted(pool.map(train_seed, arguments.seeds), key=lambda one: one[0])
    out = arguments.out or ROOT / "Fixtures/models" / domain.packs[arguments.unit]
    write_pack(out, plan, tried[0][1], train, test, scale, [made for *_, made in tried])
    say(f"wrote {out}")


if __name__ == "__main__":
    main()
