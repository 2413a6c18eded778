#!/usr/bin/env python3
"""Make the clinic fixtures anew: seasons of a made-up epidemic in eight towns, as the towns' clinics would count their patients.

A stochastic SEIR model in each town, coupled by commuting. Nobody in it is real; Fixtures/clinics/README.md has the assumptions. Needs
`pip install numpy`. One run is one season of 120 days and takes a fraction of a second. The same seed gives the same run.

    make_clinic_data.py --out DIR                            all 64 runs, as train.npz, validation.npz and test.npy
    make_clinic_data.py --runs 1-2 --compare DIR             two runs, compared with the fixtures in DIR
    make_clinic_data.py --more FILE                          387 runs more to train with, as train.npz
"""

import sys

from fixture_files import command, make_all, np

DAYS, SHIFTS = 120, 3
PEOPLE = np.array([16_000, 11_000, 8_000, 6_500, 5_000, 4_000, 3_000, 2_500])
PLACES = np.array([[0, 0], [9, 3], [4, 12], [-8, 6], [-5, -9], [13, -6], [2, -15], [16, 9]], dtype=float)
# The share of contacts in other towns, and mean days: from infection to infectious and ill, to well again, to a bed, in it.
AWAY, INCUBATION, INFECTIOUS, TO_BED, IN_BED = 0.22, 2.0, 3.0, 2.0, 6.0
REPRODUCTION, SUSCEPTIBLE, BROUGHT_IN = (1.15, 1.7), (0.6, 0.9), (8, 30)
# Of the ill: who sees the clinic, and who of these needs a bed. Of patients: who is a child. Of all people: fevers of other causes a day.
SEEN, ADMITTED, CHILDREN, OTHER_FEVERS = 0.3, 0.11, 0.4, 1 / 4000
# Of the ill who will come, this share comes in a shift: night, day, evening.
SHIFT = [0.1, 0.6, 0.3]
SCALE = np.ones(5, dtype=np.float32)


def mixing():
    """Where the people of a town (row) have their contacts: mostly at home, else by a gravity law. Rows sum to 1."""
    distance = np.linalg.norm(PLACES[:, None] - PLACES[None], axis=2)
    pull = PEOPLE[None] / (1.0 + distance) ** 2 * (1 - np.eye(len(PEOPLE)))
    return (1 - AWAY) * np.eye(len(PEOPLE)) + AWAY * pull / pull.sum(1, keepdims=True)


def leaving(mean_days):
    """The chance to leave within a shift a state that lasts so long on average."""
    return 1 - np.exp(-1 / (SHIFTS * mean_days))


def season(seed):
    """One season. Returns [DAYS * SHIFTS, towns, 5] uint16."""
    draw, contacts, towns = np.random.default_rng(seed), mixing(), len(PEOPLE)
    share = draw.uniform(*SUSCEPTIBLE)
    rate = draw.uniform(*REPRODUCTION) / (share * INFECTIOUS * SHIFTS)
    susceptible = np.rint(PEOPLE * share).astype(np.int64)
    exposed, infectious, coming, waiting, beds, so_far = (np.zeros(towns, np.int64) for _ in range(6))
    for town in draw.choice(towns, 2, replace=False, p=PEOPLE / PEOPLE.sum()):
        infectious[town] += draw.integers(*BROUGHT_IN)
    seen, rows = [], []
    for shift in range(DAYS * SHIFTS):
        if shift % SHIFTS == 0:
            spread = draw.gamma(40, 1 / 40, towns)
        pressure = contacts @ (contacts.T @ infectious / (contacts.T @ PEOPLE))
        caught = draw.binomial(susceptible, 1 - np.exp(-rate * spread * pressure))
        fell_ill, recovered = draw.binomial(exposed, leaving(INCUBATION)), draw.binomial(infectious, leaving(INFECTIOUS))
        susceptible, exposed, infectious = susceptible - caught, exposed + caught - fell_ill, infectious + fell_ill - recovered
        coming = coming + draw.binomial(fell_ill, SEEN)
        came = draw.binomial(coming, SHIFT[shift % SHIFTS])
        patients = came + draw.poisson(PEOPLE * OTHER_FEVERS * SHIFT[shift % SHIFTS])
        children = draw.binomial(patients, CHILDREN)
        waiting = waiting + draw.binomial(came, ADMITTED)
        admitted = draw.binomial(waiting, leaving(TO_BED))
        coming, waiting = coming - came, waiting - admitted
        beds, so_far = beds + admitted - draw.binomial(beds, leaving(IN_BED)), so_far + patients
        seen.append(patients)
        rows.append(np.stack([children, patients - children, beds, sum(seen[-SHIFTS:]), so_far], axis=1))
    return (np.stack(rows) * SCALE).astype(np.uint16)


def make(numbers):
    """Simulate the given runs. Returns {number: [DAYS * SHIFTS, towns, 5]}."""
    return make_all(season, numbers)


if __name__ == "__main__":
    sys.exit(command(__doc__.split("\n\n")[0], make, SCALE))
