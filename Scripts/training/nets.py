"""The four networks of a model, as PyTorch modules.

Shapes: B batch, W bins of window, F features, N sites, T steps of history, k coordinates of a release, c channels of
the temporal encoder, m coordinates of an encoding, H bins of horizon.
"""

import torch
from torch import nn

from training.recordings import site_rows


def clip(embedding):
    """Scale every embedding whose L2 norm exceeds 1 back onto the unit ball. [..., k] -> [..., k]"""
    return embedding / embedding.norm(dim=-1, keepdim=True).clamp(min=1.0)


def squeeze(values):
    """Nearly the same below 1, nearly the square root far above it."""
    return values / torch.sqrt(1 + values.abs())


class WindowEncoder(nn.Module):
    """A temporal convolutional network over one site's window, without padding: W bins -> W - 2 -> W - 6 -> 1."""

    def __init__(self, domain, mean, deviation, width, out):
        super().__init__()
        self.register_buffer("gain", 1.0 / deviation)
        self.register_buffer("shift", -mean / deviation)
        self.first = nn.Conv1d(len(domain.features), width, 3)
        self.second = nn.Conv1d(width, width, 3, dilation=2)
        self.third = nn.Conv1d(width, out, domain.window - 6)
        self.place = nn.Linear(domain.sites, width)
        self.late_place = nn.Linear(domain.sites, out, bias=False)

    def forward(self, window, site):
        x = (window * self.gain + self.shift).transpose(1, 2)
        x = torch.relu(self.first(x) + self.place(site).unsqueeze(2))
        x = torch.relu(self.second(x) + x[:, :, 4:])
        return torch.relu(self.third(x).flatten(1) + self.late_place(site))


class Student(nn.Module):
    """The forecast a site makes alone. window [B,W,F], site [B,N] -> forecast [B,H] in the target's unit."""

    def __init__(self, domain, mean, deviation):
        super().__init__()
        self.domain = domain
        width, features = domain.student
        self.encoder = WindowEncoder(domain, mean, deviation, width, features)
        self.head = nn.Linear(features, domain.horizon)
        # What the site's own last bins say directly: one linear map per site over the target's window.
        self.recent = nn.Linear(domain.sites, domain.window * domain.horizon)
        nn.init.zeros_(self.recent.weight)
        nn.init.zeros_(self.recent.bias)
        self.level = float(deviation[domain.target])

    def forward(self, window, site):
        weights = self.recent(site).reshape(-1, self.domain.window, self.domain.horizon)
        direct = torch.matmul(window[:, :, self.domain.target].unsqueeze(1), weights).squeeze(1)
        return direct + self.level * self.head(self.encoder(window, site))


def student_forecasts(student, windows):
    """The student's forecasts, run by run. [runs, P, N, W, F] -> [runs, P, N, H]"""
    with torch.no_grad():
        forecasts = [student(run.flatten(0, 1), site_rows(run.shape[1], len(run))).unflatten(0, run.shape[:2]) for run in windows]
    return torch.stack(forecasts)


class DeviceShard(nn.Module):
    """Shard 1, on the device. window [B,W,F], site [B,N] -> embedding [B,k], not yet clipped."""

    def __init__(self, domain, mean, deviation, width, k):
        super().__init__()
        self.encoder = WindowEncoder(domain, mean, deviation, width, 24)
        self.head = nn.Linear(24, k)

    def forward(self, window, site):
        return self.head(self.encoder(window, site))


class CountSource(nn.Module):
    """In the place of shard 1 under the unit contribution: what a device releases of its counts, before noise. No part of the pack: the
    device does it in whole numbers.

    window [B,W,F], site [B,N] -> [B, bins of a step * counted features], in units of the filter's norm H. There are at most
    W + 1 - bins of a step taps.
    """

    def __init__(self, domain):
        super().__init__()
        self.domain = domain
        taps = torch.tensor(domain.taps, dtype=torch.float32)
        self.register_buffer("taps", taps.flip(0) / taps.square().sum().sqrt().ceil())

    def forward(self, window, site):
        past = window[:, :, self.domain.counted].unfold(1, len(self.taps), 1)[:, -self.domain.step_bins :]
        return torch.matmul(past, self.taps).flatten(1)


class GatewayShard(nn.Module):
    """Shard 2, on the gateway: a temporal filter for each sender, then for each receiver a small network over all others' channels.

    releases [B,T,N,k] in units of the radius, presence [B,T,N] -> encoding [B,N,m] in (-1, 1). Row i does not depend on
    channel i. There is no bias after the mask: where nothing arrived, the encoding is exactly zero. The noise level is
    not an input: the mean square of what arrived tells it, and sets the gain of each filter.
    """

    def __init__(self, sites, history, k, channels, hidden, m, spread=None):
        """Each channel goes on twice, as it is and without its negative part; of `hidden` features every other half is rectified.

        spread: the deviation of each site's releases; where it is given, they come in units of a third of it, and squeezed.
        """
        super().__init__()
        self.register_buffer("unit", None if spread is None else (3 / spread).unsqueeze(1))
        self.k, width, taps = k, 2 * channels, history * (k + 1)
        self.filters = nn.Parameter(torch.randn(sites, taps, channels) / taps**0.5)
        self.pairs = nn.Parameter(torch.randn(sites, sites * width, hidden) / (sites * width) ** 0.5)
        self.merge = nn.Parameter(torch.randn(sites, hidden, m) / hidden**0.5)
        self.gain = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, channels))
        others = 1.0 - torch.eye(sites)
        self.register_buffer("others", others)
        self.register_buffer("pair_mask", others.repeat_interleave(width, 1).unsqueeze(2))

    def forward(self, releases, presence):
        present = presence.unsqueeze(3)
        y = releases * present if self.unit is None else squeeze(releases * present * self.unit)
        power = torch.matmul((y * y).sum((1, 3)), self.others)
        count = self.k * torch.matmul(presence.sum(1), self.others)
        level = torch.log(power / count.clamp(min=1.0) + 0.01).unsqueeze(2)
        taps = torch.cat([y, present], 3).permute(2, 0, 1, 3).flatten(2)
        # What each receiver makes of each sender, [receiver, B, sender, channel]: the gain is the receiver's.
        filtered = torch.matmul(taps, self.filters).transpose(0, 1).unsqueeze(0)
        gated = filtered * torch.exp(self.gain(level)).transpose(0, 1).unsqueeze(2)
        bent = torch.cat([gated, torch.relu(gated)], 3).flatten(2)
        mixed = torch.matmul(bent, self.pairs * self.pair_mask)
        straight, curved = mixed.chunk(2, 2)
        return torch.tanh(torch.matmul(torch.cat([straight, torch.relu(curved)], 2), self.merge)).transpose(0, 1)


class ControllerShard(nn.Module):
    """Shard 3, on the controller: the student's forecast plus a correction that is zero where the encoding is zero.

    window [B,W,F], site [B,N], student [B,H], encoding [B,m] -> forecast [B,H] in the target's unit.
    """

    def __init__(self, domain, mean, deviation, m, width, hidden):
        super().__init__()
        self.encoder = WindowEncoder(domain, mean, deviation, width, 32)
        self.context = nn.Linear(32 + domain.sites + domain.horizon, hidden)
        self.heard = nn.Linear(m, hidden, bias=False)
        self.middle = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, domain.horizon, bias=False)
        self.linear = nn.Linear(domain.sites, m * domain.horizon)
        self.m, self.horizon, self.level = m, domain.horizon, float(deviation[domain.target])
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def known(self, window, site, student):
        """What the controller knows by itself. -> [B,hidden]"""
        return self.context(torch.cat([self.encoder(window, site), site, student / self.level], 1))

    def features(self, state):
        return torch.relu(state + self.middle(torch.relu(state)))

    def correction(self, known, site, encoding):
        """What the encoding adds. -> [B,H], zero where the encoding is zero."""
        curved = self.out(self.features(known + self.heard(encoding)) - self.features(known))
        weights = self.linear(site).reshape(-1, self.m, self.horizon)
        straight = torch.matmul(encoding.unsqueeze(1), weights).squeeze(1)
        return self.level * (curved + straight)

    def forward(self, window, site, student, encoding):
        return student + self.correction(self.known(window, site, student), site, encoding)
