"""Write a model pack: ONNX export, check against PyTorch, results on the test runs, manifest, vectors."""

import hashlib
import json
import math
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import torch

from training.cuts import MUS, ActivationCut, count_release, filter_norm, release
from training.features import FEATURES, add_features
from training.nets import clip, student_forecasts
from training.runtime import session

NOISE_DRAWS = 5
CONTROL, UNNOISED = "control: trained and tested on releases of noise alone", "another mesh, trained and tested without noise"
START, END = "<!-- results: written by Scripts/train_pack.py -->\n", "<!-- end of results -->\n"


class Models(NamedTuple):
    """What one seed trains. Of these, the student and the shards of the mesh are the pack."""

    student: torch.nn.Module
    mesh: torch.nn.Module
    unnoised: torch.nn.Module
    control: torch.nn.Module
    others: list


def shard_table(plan, models):
    """name -> (module, {input: shape}, {output: shape})"""
    domain, mesh = plan.domain, models.mesh
    window, site = {"window": [1, domain.window, len(domain.features)]}, {"site": [1, domain.sites]}
    heard = {
        "releases": [1, plan.history, domain.sites, plan.dimension], "presence": [1, plan.history, domain.sites],
    }
    merged = {**window, **site, "student": [1, domain.horizon], "encoding": [1, plan.encoding]}
    first = {"shard-1": (mesh.device, {**window, **site}, {"embedding": [1, plan.dimension]})}
    return (first if isinstance(plan.cut, ActivationCut) else {}) | {
        "shard-2": (mesh.gateway, heard, {"encoding": [1, domain.sites, plan.encoding]}),
        "shard-3": (mesh.controller, merged, {"forecast": [1, domain.horizon]}),
        "student": (models.student, *student_shapes(domain)),
    }


def student_shapes(domain):
    """{input: shape}, {output: shape} of the student's file."""
    features = {FEATURES: [1, domain.refresh_features]} if domain.refresh_features else {}
    inputs = {"window": [1, domain.window, len(domain.features)], "site": [1, domain.sites]}
    return inputs, {"forecast": [1, domain.horizon], **features}


def export(module, inputs, outputs, path):
    """Write one module as ONNX: opset 17, IR version 9, float32, fixed shapes. The features of a refresh are added to the file later."""
    example = tuple(torch.zeros(shape) for shape in inputs.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, example, str(path), input_names=list(inputs), output_names=[name for name in outputs if name != FEATURES],
            opset_version=17, dynamo=False,
        )
    model = onnx.load(path)
    model.ir_version = 9
    model.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def examples(name, inputs, test, generator):
    """Plausible inputs for one shard: real windows, releases under heavy noise, random presence."""
    run, position, site = (int(generator.integers(n)) for n in test.windows.shape[:3])
    made = {
        "window": test.windows[run, position, site].numpy()[None],
        "site": np.eye(test.windows.shape[2], dtype=np.float32)[site][None],
        "student": test.targets[run, position, site].numpy()[None],
        "encoding": np.tanh(generator.normal(size=inputs.get("encoding", [1]))),
        "releases": generator.normal(0, 3, size=inputs.get("releases", [1])),
        "presence": generator.random(inputs.get("presence", [1])) < 0.8,
    }
    return {key: np.ascontiguousarray(made[key], dtype=np.float32) for key in inputs}


def verify(name, module, inputs, path, test, count=200, tolerance=1e-5):
    """Compare ONNX Runtime with PyTorch, relative to the size of the output. Returns the largest difference."""
    model, generator, worst = session(path), np.random.default_rng(1), 0.0
    for _ in range(count):
        values = examples(name, inputs, test, generator)
        with torch.no_grad():
            expected = module(*(torch.from_numpy(values[key]) for key in inputs)).numpy()
        got = model.run(None, values)[0]
        worst = max(worst, float(np.max(np.abs(got - expected) / np.maximum(1.0, np.abs(expected)))))
    if not worst <= tolerance:
        raise SystemExit(f"train_pack.py: {path} differs from PyTorch by {worst:.1e}, more than {tolerance}")
    return worst


def check_masks(path, plan):
    """Hold shard 2 to its README: silence encodes as zero; absent values and a row's own site do not count."""
    model, generator, sites = session(path), np.random.default_rng(2), plan.domain.sites
    encode = lambda sent, arrived: model.run(None, {"releases": sent, "presence": arrived})[0][0]
    sent = generator.normal(0, 2, (1, plan.history, sites, plan.dimension)).astype(np.float32)
    everyone = np.ones((1, plan.history, sites), dtype=np.float32)
    plain, holds = encode(sent, everyone), not encode(sent, 0 * everyone).any()
    for site in range(sites):
        other, without = sent.copy(), everyone.copy()
        other[0, :, site] += 50
        without[0, :, site] = 0
        holds &= np.array_equal(encode(other, everyone)[site], plain[site])
        holds &= np.array_equal(encode(other, without), encode(sent, without))
    if not holds:
        raise SystemExit(f"train_pack.py: {path} lets absent releases or a site's own releases into an encoding")


def evaluate(mesh, local, runs, mu, draws, absent=False, deaf=False):
    """MAE by exact whole-number releases, once for each draw of the noise.

    local: the student's forecasts; absent: no release arrives; deaf: releases hold noise alone.
    """
    steps, cut = runs.steps(), mesh.plan.cut
    windows, targets = runs.windows[:, steps], runs.targets[:, steps]
    presence, errors = torch.full(windows.shape[:3], 0.0 if absent else 1.0), []
    silent = cut.heard(mesh, runs, steps, math.inf, np.random.default_rng(0)) if deaf else 0
    for draw in range(draws):
        sent = torch.from_numpy(cut.heard(mesh, runs, steps, mu, np.random.default_rng(1000 + draw)) - silent)
        with torch.no_grad():
            forecast = mesh.correct(windows, local, mesh.encode(sent, presence))
        errors.append((forecast - targets).abs().mean().item())
    return errors


def validation_error(models, runs):
    """What seeds are chosen by."""
    local = student_forecasts(models.student, runs.windows[:, runs.steps()])
    return float(np.mean(evaluate(models.mesh, local, runs, models.mesh.plan.mu, NOISE_DRAWS)))


def results(models, test):
    """The rows of the README: name -> mean absolute errors on the test runs, one for each draw of the noise."""
    steps, plan, mesh = test.steps(), models.mesh.plan, models.mesh
    local = student_forecasts(models.student, test.windows[:, steps])
    of = lambda forecast: [(forecast - test.targets[:, steps]).abs().mean().item()]
    rows = {
        "last value": of(test.last[:, steps].unsqueeze(3)),
        "student": of(local),
        f"mesh, every {plan.domain.device} silent": evaluate(mesh, local, test, plan.mu, 1, absent=True),
        CONTROL: evaluate(models.control, local, test, plan.mu, NOISE_DRAWS, deaf=True),
    }
    for mu in MUS:
        rows[f"mesh, μ = {mu:g} {plan.cut.label(mu)}"] = evaluate(mesh, local, test, mu, NOISE_DRAWS)
    for other in models.others:
        mu = other.plan.mu
        rows[f"mesh trained for μ = {mu:g}, at it"] = evaluate(other, local, test, mu, NOISE_DRAWS)
    rows["mesh, its noise left out"] = evaluate(mesh, local, test, math.inf, 1)
    rows[UNNOISED] = evaluate(models.unnoised, local, test, math.inf, 1)
    return rows


def result_lines(domain, tried):
    """The table of the README. tried: rows of each seed, those of the pack first; means over draws of the noise, and over seeds."""
    seeds = {name: [float(np.mean(rows[name])) for rows in tried] for name in tried[0]}
    mean = {name: float(np.mean(errors)) for name, errors in seeds.items()}
    lines = [f"| forecast | this pack, MAE in {domain.measured} | mean of {len(tried)} seeds | least to most | against the student | gain kept |"]
    lines.append("|---|---|---|---|---|---|")
    for name, errors in seeds.items():
        gain = "" if name == "student" else f"{100 * (mean['student'] - mean[name]) / mean['student']:+.1f} %"
        kept = (mean[CONTROL] - mean[name]) / (mean[CONTROL] - mean[UNNOISED])
        share = f"{100 * kept:.0f} %" if name.startswith("mesh") and "silent" not in name else ""
        lines.append(f"| {name} | {errors[0]:.4f} | {mean[name]:.4f} | {min(errors):.4f}–{max(errors):.4f} | {gain} | {share} |")
    return lines


def write_results(folder, domain, tried, facts):
    """Put the tables into the pack's README, between the markers."""
    lines = result_lines(domain, tried)
    lines += ["", "| file | parameters | bytes | ONNX Runtime against PyTorch, at most |", "|---|---|---|---|"]
    lines += [f"| {name}.onnx | {count} | {size} | {worst:.0e} |" for name, count, size, worst in facts]
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.exists() else f"# The {domain.name} model\n\n"
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    path.write_text(before + START + "\n".join(lines) + "\n" + END + after)


def write_manifest(folder, plan, shards, scale):
    """manifest.yaml: what Tacet reads."""
    domain = plan.domain
    trained, cut = plan.cut.manifest(plan.dimension)
    lines = [f"model: {folder.name}", "version: 1", "trained_with:", *trained, "sites:"]
    lines += [f"  - site-{number}" for number in range(1, domain.sites + 1)]
    lines += [f"step_seconds: {domain.bin_seconds * domain.step_bins}", f"bin_seconds: {domain.bin_seconds}"]
    lines += [f"window: {domain.window}", f"history: {plan.history}"]
    lines += [f"horizon: {domain.horizon}", "target:", f"  feature: {domain.target}"]
    lines += [f"  name: {domain.features[domain.target]}", f'  unit: "{domain.unit}"']
    lines += ["sensor:", "  features:"]
    for name, divisor in zip(domain.features, scale):
        lines += [f"    - name: {name}", f"      scale: {divisor:g}"]
    lines += ["cut:", *cut, "shards:"]
    for name, (_, inputs, outputs) in shards.items():
        lines += shard_lines(folder, name, inputs, outputs)
    (folder / "manifest.yaml").write_text("\n".join(lines) + "\n")


def shard_lines(folder, name, inputs, outputs):
    """A shard's part of the manifest."""
    digest = hashlib.sha256((folder / f"{name}.onnx").read_bytes()).hexdigest()
    lines = [f"  {name}:", f"    file: {name}.onnx", f"    sha256: {digest}"]
    for kind, tensors in (("inputs", inputs), ("outputs", outputs)):
        lines += [f"    {kind}:"] + [f"      {tensor}: {shape}" for tensor, shape in tensors.items()]
    return lines


def tensor(values):
    """A tensor as JSON: shape and flat data, float32 values exact."""
    values = np.asarray(values)
    data = [float(v) for v in values.ravel()] if values.dtype.kind == "f" else values.ravel().tolist()
    return {"shape": list(values.shape), "data": data}


def write_vectors(folder, plan, test, run=0, step=20, site=3, silent=5):
    """vectors.json: one step of one test run through all models by ONNX Runtime, one device silent throughout."""
    domain = plan.domain
    models = {file.stem: session(file) for file in folder.glob("*.onnx")}
    position = lambda s: domain.step_bins * s
    window = lambda s, i: np.ascontiguousarray(test.windows[run, position(s), i].numpy()[None])
    eye = np.eye(domain.sites, dtype=np.float32)
    steps = range(step - plan.history + 1, step + 1)
    if "shard-1" in models:
        inputs = [{"window": window(s, i), "site": eye[i][None]} for s in steps for i in range(domain.sites)]
        embeddings = np.concatenate([models["shard-1"].run(None, values)[0] for values in inputs])
        clipped = clip(torch.from_numpy(embeddings)).numpy().reshape(plan.history, domain.sites, -1)
        sent = release(clipped, plan.cut.radius, plan.cut.scale, np.random.default_rng(5))
        first = {"radius": plan.cut.radius, "embedding": tensor(embeddings.reshape(plan.history, domain.sites, -1)[-1, site][None])}
        grid = plan.cut.radius
    else:
        positions = [position(s) for s in steps]
        sent = count_release(domain, test, positions, plan.cut.scale, np.random.default_rng(5))[run]
        counted = np.rint(window(step, site)[0, -domain.step_bins :, domain.counted].T).astype(np.int64)
        grid = filter_norm(domain.taps)
        filtered = count_release(domain, test, positions, 0, None)[run, :, site] * grid
        first = {"counts": tensor(counted), "filtered": tensor(np.rint(filtered).astype(np.int64))}
    presence = np.ones((1, plan.history, domain.sites), dtype=np.float32)
    presence[0, :, silent] = 0
    sent[:, silent] = 0
    encoding = models["shard-2"].run(None, {"releases": sent[None], "presence": presence})[0]
    local, *features = models["student"].run(None, {"window": window(step, site), "site": eye[site][None]})
    inputs = {"window": window(step, site), "site": eye[site][None], "student": local, "encoding": encoding[:, site]}
    record = {
        "run": run, "step": step, "last_bin": domain.window - 1 + position(step), "site": site, "silent_site": silent,
        **first, "noise_scale": plan.cut.scale, "tolerance": 1e-4,
        "window": tensor(inputs["window"]), "site_one_hot": tensor(inputs["site"]),
        "releases_int": tensor(np.rint(sent * grid).astype(np.int64)[None]),
        "releases": tensor(sent[None]), "presence": tensor(presence), "encoding": tensor(encoding),
        "student_forecast": tensor(local), **{"student_features": tensor(values) for values in features},
        "mesh_forecast": tensor(models["shard-3"].run(None, inputs)[0]),
        "target": tensor(test.targets[run, position(step), site].numpy()[None]),
    }
    write_record(folder / "vectors.json", record)


def write_record(path, record):
    """A line for each entry."""
    rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in record.items())
    path.write_text("{\n" + rows + "\n}\n")


def write_pack(folder, plan, models, train, test, scale, tried):
    """Everything above, in order. tried: the results of each seed, those of `models` first."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shards, facts = shard_table(plan, models), []
    for name, (module, inputs, outputs) in shards.items():
        path = folder / f"{name}.onnx"
        export(module, inputs, outputs, path)
        worst = verify(name, module, inputs, path, test)
        if name == "shard-2":
            check_masks(path, plan)
        if FEATURES in outputs:
            add_features(path, train, plan.domain.refresh_features)
        facts.append((name, sum(p.numel() for p in module.parameters()), path.stat().st_size, worst))
    if facts[-1][2] >= 50_000:
        raise SystemExit(f"train_pack.py: the student has {facts[-1][2]} bytes; it must stay below 50000")
    write_manifest(folder, plan, shards, scale)
    write_vectors(folder, plan, test)
    write_results(folder, plan.domain, tried, facts)
