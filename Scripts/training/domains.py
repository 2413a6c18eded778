"""What sets one domain apart from another: its sensor, what of it is counted, its time, and the sizes of its networks' inputs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Domain:
    """A fixture, as training sees it. Its recordings are in Fixtures/NAME."""

    name: str
    # What stands at a site, in words.
    device: str
    # The sensor's features, in order; which of them is forecast, and what its errors are measured in.
    features: tuple
    target: int
    unit: str
    measured: str
    # The features that count individuals, and the filter over the bins that they go through.
    counted: list
    taps: list
    # In bins; each bin of a step has a release of its own.
    window: int
    horizon: int
    step_bins: int
    bin_seconds: int
    # The pack's name for each privacy unit.
    packs: dict
    sites: int = 8
    # Width and features of the student's encoder.
    student: tuple = (24, 32)
    # Channels of the gateway for each number of a release, and its hidden features; width and hidden features of the controller.
    gateway: tuple = (2, 64)
    controller: tuple = (24, 64)
    # Features that the student gives for a federated refresh; 0: it gives none, and cannot be refreshed. The unit of a refresh is whatever happens
    # within some seconds of a sensor, so a window must forget: where a feature adds up from the beginning, an individual stays in all later windows.
    refresh_features: int = 0
    # Whether the gateway hears all sites in units of the release, or each in units of its own deviation, large releases squeezed.
    even: bool = True


TRAFFIC = Domain(
    name="traffic",
    device="camera",
    features=(
        *(f"approach_{i}_vehicles" for i in range(1, 5)),
        *(f"approach_{i}_jam" for i in range(1, 5)),
        *(f"exit_{i}_vehicles" for i in range(1, 5)),
        "occupancy",
        "speed",
    ),
    target=12,
    unit="%",
    measured="% occupancy",
    counted=[8, 9, 10, 11],
    window=12,
    horizon=4,
    step_bins=3,
    bin_seconds=10,
    taps=[46, 32, 22, 15, 11, 8, 5, 4, 3, 2],
    packs={"any-input": "traffic", "contribution": "traffic-counts"},
    refresh_features=2,
)

# No refresh: patients_so_far counts from the first day.
CLINICS = Domain(
    name="clinics",
    device="clinic",
    features=("children", "adults", "beds", "patients_24h", "patients_so_far"),
    target=3,
    unit="patients",
    measured="patients a day",
    counted=[0, 1],
    window=21,
    horizon=21,
    step_bins=3,
    bin_seconds=28800,
    taps=[53, 24, 17, 6, 8, 8, 6, 6, 6, 5, 5, 5, 4, 4, 4, 3, 3, 3],
    packs={"contribution": "clinics"},
    student=(16, 22),
    gateway=(1, 32),
    controller=(12, 32),
    even=False,
)

DOMAINS = {domain.name: domain for domain in (TRAFFIC, CLINICS)}
