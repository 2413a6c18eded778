"""What sets one domain apart from another: its sensor, what of it is counted, its time, and the sizes of its networks' inputs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Domain:
    """A fixture, as training sees it. Its recordings are in Fixtures/NAME.

    features: the sensor's, in order; target: which of them is forecast, in `unit`; counted: which of them count individuals;
    window, horizon: in bins; a step has step_bins of them, each with a release of its own; taps: the filter over the bins that counts go
    through; device: what stands at a site, in words; packs: the pack's name for each privacy unit.
    """

    name: str
    device: str
    features: tuple
    target: int
    unit: str
    counted: list
    window: int
    horizon: int
    step_bins: int
    bin_seconds: int
    taps: list
    packs: dict
    sites: int = 8


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
    counted=[8, 9, 10, 11],
    window=12,
    horizon=4,
    step_bins=3,
    bin_seconds=10,
    taps=[46, 32, 22, 15, 11, 8, 5, 4, 3, 2],
    packs={"any-input": "traffic", "contribution": "traffic-counts"},
)

DOMAINS = {domain.name: domain for domain in (TRAFFIC,)}
