#!/usr/bin/env python3
"""Make the clinic fixtures anew: seasons of a made-up epidemic in eight towns that people travel between.

A stochastic SEIR model in each town, coupled by commuting; one clinic a town counts its patients of the day, each patient once, and how
full its ward is. Nobody in it is real. Needs numpy; the same seed gives the same seasons.

    make_clinic_data.py --out DIR            64 seasons, as train.npz, validation.npz and test.npy
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np

TOWNS, DAYS, SEASONS = 8, 180, 64
POPULATION = np.array([61_000, 38_000, 24_000, 17_000, 12_000, 9_000, 7_000, 5_000])
PLACES = np.array([[0, 0], [9, 3], [4, 12], [-8, 6], [-5, -9], [13, -6], [2, -15], [16, 9]], dtype=float)
BEDS = np.maximum(8, POPULATION // 1000)
INCUBATION, INFECTIOUS, STAY, ADMISSION_LAG = 2.0, 3.0, 6.0, 4
AWAY, VISITS, ADMITTED = 0.22, 0.35, 0.11
RUNS = {"train": range(0, 43), "validation": range(43, 50), "test": range(50, 64)}
# young and old patients, their visits for other reasons, mean days with symptoms, the ward's occupancy in %.
SCALE = np.array([1, 1, 1, 10, 10], dtype=np.float32)


def mixing():
    """Whom the people of a town meet: mostly their own, else by a gravity law. Rows sum to 1."""
    distance = np.linalg.norm(PLACES[:, None] - PLACES[None], axis=2)
    pull = POPULATION[None] / (1.0 + distance) ** 2 * (1 - np.eye(TOWNS))
    return (1 - AWAY) * np.eye(TOWNS) + AWAY * pull / pull.sum(1, keepdims=True)


def season(seed):
    """One season: [DAYS, TOWNS, 5], physical values."""
    draw = np.random.default_rng(seed)
    contacts = mixing()
    reproduction = draw.uniform(1.35, 2.1)
    susceptible = (POPULATION * draw.uniform(0.55, 0.9)).astype(np.int64)
    exposed, infectious = np.zeros(TOWNS, np.int64), np.zeros(TOWNS, np.int64)
    for town in draw.choice(TOWNS, 2, replace=False, p=POPULATION / POPULATION.sum()):
        infectious[town] += draw.integers(8, 30)
    weekday = np.array([1.25, 1.1, 1.0, 1.0, 1.1, 0.55, 0.35])
    ward = np.zeros(TOWNS, np.int64)
    sick, rows = np.zeros((ADMISSION_LAG, TOWNS), np.int64), []
    for day in range(DAYS):
        pressure = contacts @ (contacts.T @ infectious / (contacts.T @ POPULATION))
        chance = 1 - np.exp(-reproduction / INFECTIOUS * pressure * draw.gamma(40, 1 / 40, TOWNS))
        caught = draw.binomial(susceptible, np.clip(chance, 0, 1))
        broke_out = draw.binomial(exposed, 1 - np.exp(-1 / INCUBATION))
        recovered = draw.binomial(infectious, 1 - np.exp(-1 / INFECTIOUS))
        susceptible, exposed, infectious = susceptible - caught, exposed + caught - broke_out, infectious + broke_out - recovered
        patients = draw.binomial(broke_out, min(1.0, VISITS * weekday[day % 7]))
        young = draw.binomial(patients, 0.4)
        others = draw.poisson(POPULATION / 900 * weekday[day % 7])
        delay = 1.5 + draw.gamma(np.maximum(patients, 1) * 2.0, 0.5 / np.maximum(patients, 1)) * (patients > 0)
        admitted = draw.binomial(sick[day % ADMISSION_LAG], ADMITTED)
        sick[day % ADMISSION_LAG] = broke_out
        ward = ward - draw.binomial(ward, 1 / STAY) + admitted
        rows.append(np.stack([young, patients - young, others, delay, np.minimum(100.0, 100.0 * ward / BEDS)], 1))
    return np.stack(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    q = np.stack([np.rint(season(seed) * SCALE).astype(np.uint16) for seed in range(1, SEASONS + 1)])
    for part in ("train", "validation"):
        np.savez_compressed(folder / f"{part}.npz", q=q[list(RUNS[part])], scale=SCALE)
    np.save(folder / "test.npy", q[list(RUNS["test"])])
    names = ("test.npy", "train.npz", "validation.npz")
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    main()
