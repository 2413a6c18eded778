"""What leaves a device under each privacy unit, exactly as Tacet releases it: whole numbers, rounded noise, 16 bits."""

import math

import numpy as np
import torch

MUS = (0.25, 0.5, 1.0, 2.0, 4.0)


class ActivationCut:
    """Unit any-input: activations, clipped to `radius` and noised at `scale`, in grid units; any two are up to 2 radii apart."""

    unit, scale, distance = "any-input", 64, 2.0

    def __init__(self, mu=1.0):
        self.radius = whole(self.scale * mu / 2)

    def at(self, mu):
        return ActivationCut(mu)

    def heard(self, mesh, test, steps, mu, generator):
        """What arrives at the gateways at an exact integer release of privacy mu (inf: without noise), in units of the release."""
        with torch.no_grad():
            embeddings = mesh.embed(test.windows[:, steps]).numpy()
        noise = mu != math.inf
        return release(embeddings, self.at(mu).radius if noise else self.radius, self.scale if noise else 0, generator)

    def label(self, mu):
        return f"(R = {self.at(mu).radius}, S = {self.scale})"

    def manifest(self, dimension):
        trained = [f"  privacy_unit: {self.unit}", f"  radius: {self.radius}", f"  scale: {self.scale}"]
        return trained, ["  shard: shard-1", "  output: embedding", f"  dimension: {dimension}"]


class CountCut:
    """Unit contribution: counts of individuals through a filter over the bins, noised at `scale`, in the taps' units; one individual moves
    a window by at most the filter's norm."""

    unit, distance = "contribution", 1.0

    def __init__(self, domain, mu=1.0):
        self.domain, self.scale = domain, whole(filter_norm(domain.taps) / mu)

    def at(self, mu):
        return CountCut(self.domain, mu)

    def heard(self, mesh, test, steps, mu, generator):
        return count_release(self.domain, test, steps, self.at(mu).scale, generator)

    def label(self, mu):
        return f"(S = {self.at(mu).scale})"

    def manifest(self, dimension):
        trained = [f"  privacy_unit: {self.unit}", f"  filter: {self.domain.taps}", f"  scale: {self.scale}"]
        return trained, [f"  features: {self.domain.counted}", f"  dimension: {dimension}"]


def whole(value):
    """A radius or a noise scale; raises ValueError where it is no whole number."""
    if value != int(value) or value < 0:
        raise ValueError(f"a radius or noise scale of {value:g} is not a whole number")
    return int(value)


def quantise(embeddings, radius):
    """Clip to norm 1, times the radius, rounded so that the integer vector's norm is at most the radius. -> int64"""
    length = np.linalg.norm(embeddings, axis=-1, keepdims=True)
    scaled = embeddings / np.maximum(length, 1.0) * radius
    rounded = np.rint(scaled).astype(np.int64)
    over = (rounded**2).sum(-1) > radius**2
    rounded[over] = np.trunc(scaled[over]).astype(np.int64)
    return rounded


def release(embeddings, radius, scale, generator):
    """What a device sends: the quantised embedding plus the rounded Gaussian, in int16, in units of the radius.

    scale 0 leaves the noise out (for comparison only: a device never does).
    """
    values = quantise(embeddings, radius)
    if scale:
        values = values + np.rint(generator.normal(0.0, scale, values.shape)).astype(np.int64)
    return np.clip(values, -32768, 32767).astype(np.float32) / radius


def filter_norm(taps):
    """The least whole number that is not below the filter's L2 norm."""
    return math.isqrt(sum(tap * tap for tap in taps) - 1) + 1


def count_release(domain, runs, steps, scale, generator):
    """What devices send of their counts: a stream window for each run, which begins with the first step's bins and an empty filter.

    Whole numbers: counts, taps, the rounded Gaussian of standard deviation `scale` (0 leaves it out), held to 16 bits; then in units of
    the filter's norm. -> [runs, steps, N, bins of a step * counted features] float32
    """
    first = domain.window - domain.step_bins
    counts = np.rint(runs.values[..., domain.counted].numpy()).astype(np.int64)
    counts[:, :first] = 0
    filtered = sum(
        tap * np.pad(counts, ((0, 0), (age, 0), (0, 0), (0, 0)))[:, : counts.shape[1]] for age, tap in enumerate(domain.taps)
    )
    if scale:
        filtered = filtered + np.rint(generator.normal(0.0, scale, filtered.shape)).astype(np.int64)
    bins = np.array([[first + position + bin for bin in range(domain.step_bins)] for position in steps])
    sent = np.clip(filtered, -32768, 32767)[:, bins].swapaxes(2, 3)
    return sent.reshape(*sent.shape[:3], -1).astype(np.float32) / filter_norm(domain.taps)
