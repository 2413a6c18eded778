"""Write the traffic model pack: ONNX export, check against PyTorch, results on the test hours, manifest, vectors."""

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from traffic_data import BINS_PER_STEP, FEATURE_NAMES, count_release, filter_norm, release, site_rows
from traffic_nets import COUNTED, FEATURES, HORIZON, SITES, TARGET, WINDOW, clip

NOISE_DRAWS = 5
START, END = "<!-- results: written by Scripts/train_traffic.py -->\n", "<!-- end of results -->\n"


class ActivationCut:
    """Unit any-input: activations, clipped to `radius` and noised at `scale`, in grid units; any two are up to 2 radii apart."""

    unit, radius, scale, distance = "any-input", 32, 64, 2.0
    radii = {0.25: 8, 0.5: 16, 1.0: 32, 2.0: 64, 4.0: 128}

    def heard(self, mesh, test, steps, mu, generator):
        """What arrives at the gateways at an exact integer release of privacy mu (inf: without noise), in units of the release."""
        with torch.no_grad():
            embeddings = mesh.embed(test.windows[:, steps]).numpy()
        noise = mu != float("inf")
        return release(embeddings, self.radii[mu] if noise else self.radius, self.scale if noise else 0, generator)

    def label(self, mu):
        return f"(R = {self.radii[mu]}, S = {self.scale})"

    def manifest(self, dimension):
        trained = [f"  privacy_unit: {self.unit}", f"  radius: {self.radius}", f"  scale: {self.scale}"]
        return trained, ["  shard: shard-1", "  output: embedding", f"  dimension: {dimension}"]


class CountCut:
    """Unit contribution: counts of vehicles through a filter over the bins, noised at `scale`, in the taps' units; one vehicle moves a
    window by at most the filter's norm, 64."""

    unit, taps, scale, distance = "contribution", [46, 32, 22, 15, 11, 8, 5, 4, 3, 2], 64, 1.0
    scales = {0.25: 256, 0.5: 128, 1.0: 64, 2.0: 32, 4.0: 16}

    def heard(self, mesh, test, steps, mu, generator):
        return count_release(test, steps, self.taps, self.scales.get(mu, 0), generator)

    def label(self, mu):
        return f"(S = {self.scales[mu]})"

    def manifest(self, dimension):
        trained = [f"  privacy_unit: {self.unit}", f"  filter: {self.taps}", f"  scale: {self.scale}"]
        return trained, [f"  features: {COUNTED}", f"  dimension: {dimension}"]


def shard_table(plan, mesh, student):
    """name -> (module, {input: shape}, {output: shape})"""
    window, site = {"window": [1, WINDOW, FEATURES]}, {"site": [1, SITES]}
    heard = {"releases": [1, plan.history, SITES, plan.dimension], "presence": [1, plan.history, SITES]}
    merged = {**window, **site, "student": [1, HORIZON], "encoding": [1, plan.encoding]}
    first = {"shard-1": (mesh.camera, {**window, **site}, {"embedding": [1, plan.dimension]})}
    return (first if isinstance(plan.cut, ActivationCut) else {}) | {
        "shard-2": (mesh.gateway, heard, {"encoding": [1, SITES, plan.encoding]}),
        "shard-3": (mesh.controller, merged, {"forecast": [1, HORIZON]}),
        "student": (student, {**window, **site}, {"forecast": [1, HORIZON]}),
    }


def export(module, inputs, outputs, path):
    """Write one module as ONNX: opset 17, IR version 9, float32, fixed shapes."""
    example = tuple(torch.zeros(shape) for shape in inputs.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, example, str(path), input_names=list(inputs), output_names=list(outputs), opset_version=17,
            dynamo=False,
        )
    model = onnx.load(path)
    model.ir_version = 9
    model.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def examples(name, inputs, test, generator):
    """Plausible inputs for one shard: real windows, releases under heavy noise, random presence."""
    hour, position, site = (int(generator.integers(n)) for n in (*test.windows.shape[:2], SITES))
    made = {
        "window": test.windows[hour, position, site].numpy()[None],
        "site": np.eye(SITES, dtype=np.float32)[site][None],
        "student": test.targets[hour, position, site].numpy()[None],
        "encoding": np.tanh(generator.normal(size=inputs.get("encoding", [1]))),
        "releases": generator.normal(0, 3, size=inputs.get("releases", [1])),
        "presence": generator.random(inputs.get("presence", [1])) < 0.8,
    }
    return {key: np.ascontiguousarray(made[key], dtype=np.float32) for key in inputs}


def verify(name, module, inputs, path, test, count=200, tolerance=1e-5):
    """Compare ONNX Runtime with PyTorch, relative to the size of the output. Returns the largest difference."""
    run, generator, worst = session(path), np.random.default_rng(1), 0.0
    for _ in range(count):
        values = examples(name, inputs, test, generator)
        with torch.no_grad():
            expected = module(*(torch.from_numpy(values[key]) for key in inputs)).numpy()
        got = run.run(None, values)[0]
        worst = max(worst, float(np.max(np.abs(got - expected) / np.maximum(1.0, np.abs(expected)))))
    if not worst <= tolerance:
        raise SystemExit(f"train_traffic.py: {path} differs from PyTorch by {worst:.1e}, more than {tolerance}")
    return worst


def check_masks(path, plan):
    """Hold shard 2 to its README: silence encodes as zero; absent values and a row's own site do not count."""
    run, generator = session(path), np.random.default_rng(2)
    encode = lambda sent, arrived: run.run(None, {"releases": sent, "presence": arrived})[0][0]
    sent = generator.normal(0, 2, (1, plan.history, SITES, plan.dimension)).astype(np.float32)
    everyone = np.ones((1, plan.history, SITES), dtype=np.float32)
    plain, holds = encode(sent, everyone), not encode(sent, 0 * everyone).any()
    for site in range(SITES):
        other, without = sent.copy(), everyone.copy()
        other[0, :, site] += 50
        without[0, :, site] = 0
        holds &= np.array_equal(encode(other, everyone)[site], plain[site])
        holds &= np.array_equal(encode(other, without), encode(sent, without))
    if not holds:
        raise SystemExit(f"train_traffic.py: {path} lets absent releases or a site's own releases into an encoding")


def evaluate(mesh, student, control, test, mu, draws, absent=False):
    """MAE on the test hours by exact integer release. Returns (mean over noise draws, largest minus smallest)."""
    steps = test.steps()
    windows, targets = test.windows[:, steps], test.targets[:, steps]
    hours, count = windows.shape[:2]
    errors = []
    with torch.no_grad():
        local = torch.stack([student(w.reshape(-1, WINDOW, FEATURES), site_rows(count)) for w in windows])
        local = local.reshape(targets.shape)
        for draw in range(draws):
            sent = torch.from_numpy(mesh.plan.cut.heard(mesh, test, steps, mu, np.random.default_rng(1000 + draw)))
            if control:
                silent = mesh.plan.cut.heard(mesh, test, steps, float("inf"), np.random.default_rng(0))
                sent = sent - torch.from_numpy(silent)
            presence = torch.full((hours, count, SITES), 0.0 if absent else 1.0)
            forecast = (control or mesh).correct(windows, local, (control or mesh).encode(sent, presence))
            errors.append((forecast - targets).abs().mean().item())
    return float(np.mean(errors)), max(errors) - min(errors)


def results(mesh, student, control, test):
    """The table of the README, as a list of (row, mean absolute error, spread over noise draws)."""
    steps = test.steps()
    targets = test.targets[:, steps]
    rows = [("last value", (test.last[:, steps].unsqueeze(3) - targets).abs().mean().item(), 0.0)]
    with torch.no_grad():
        windows = test.windows[:, steps]
        local = student(windows.reshape(-1, WINDOW, FEATURES), site_rows(windows.shape[0] * windows.shape[1]))
    rows.append(("student", (local.reshape(targets.shape) - targets).abs().mean().item(), 0.0))
    rows.append(("mesh, every camera silent", *evaluate(mesh, student, None, test, 1.0, 1, absent=True)))
    if control is not None:
        deaf = evaluate(mesh, student, control, test, 1.0, NOISE_DRAWS)
        rows.append(("control: trained and tested on releases of noise alone", *deaf))
    for mu in (0.25, 0.5, 1.0, 2.0, 4.0):
        noised = evaluate(mesh, student, None, test, mu, NOISE_DRAWS)
        rows.append((f"mesh, μ = {mu:g} {mesh.plan.cut.label(mu)}", *noised))
    rows.append(("mesh, no noise", *evaluate(mesh, student, None, test, float("inf"), 1)))
    return rows


def write_results(folder, rows, facts):
    """Put the tables into the pack's README, between the markers."""
    student = dict((name, error) for name, error, _ in rows)["student"]
    lines = ["| forecast | MAE, % occupancy | against the student | spread over noise draws |", "|---|---|---|---|"]
    for name, error, spread in rows:
        gain = "" if name == "student" else f"{100 * (student - error) / student:+.2f} %"
        lines.append(f"| {name} | {error:.4f} | {gain} | {f'{spread:.4f}' if spread else ''} |")
    lines += ["", "| file | parameters | bytes | ONNX Runtime against PyTorch, at most |", "|---|---|---|---|"]
    lines += [f"| {name}.onnx | {count} | {size} | {worst:.0e} |" for name, count, size, worst in facts]
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.exists() else "# The traffic model\n\n"
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    path.write_text(before + START + "\n".join(lines) + "\n" + END + after)


def write_manifest(folder, plan, shards, scale):
    """manifest.yaml: what Tacet reads."""
    trained, cut = plan.cut.manifest(plan.dimension)
    lines = [f"model: {folder.name}", "version: 1", "trained_with:", *trained, "sites:"]
    lines += [f"  - site-{number}" for number in range(1, SITES + 1)]
    lines += [f"step_seconds: {10 * BINS_PER_STEP}", "bin_seconds: 10"]
    lines += [f"window: {WINDOW}", f"history: {plan.history}"]
    lines += [f"horizon: {HORIZON}", "target:", f"  feature: {TARGET}"]
    lines += [f"  name: {FEATURE_NAMES[TARGET]}", '  unit: "%"']
    lines += ["sensor:", "  features:"]
    for name, divisor in zip(FEATURE_NAMES, scale):
        lines += [f"    - name: {name}", f"      scale: {divisor:g}"]
    lines += ["cut:", *cut, "shards:"]
    for name, (_, inputs, outputs) in shards.items():
        digest = hashlib.sha256((folder / f"{name}.onnx").read_bytes()).hexdigest()
        lines += [f"  {name}:", f"    file: {name}.onnx", f"    sha256: {digest}"]
        for kind, tensors in (("inputs", inputs), ("outputs", outputs)):
            lines += [f"    {kind}:"] + [f"      {tensor}: {shape}" for tensor, shape in tensors.items()]
    (folder / "manifest.yaml").write_text("\n".join(lines) + "\n")


def tensor(values):
    """A tensor as JSON: shape and flat data, float32 values exact."""
    values = np.asarray(values)
    data = [float(v) for v in values.ravel()] if values.dtype.kind == "f" else values.ravel().tolist()
    return {"shape": list(values.shape), "data": data}


def write_vectors(folder, plan, test, hour=0, step=20, site=3, silent=5):
    """vectors.json: one step of one test hour through all four models by ONNX Runtime, one camera silent throughout."""
    run = {file.stem: session(file) for file in folder.glob("*.onnx")}
    position = lambda s: BINS_PER_STEP * s
    window = lambda s, i: np.ascontiguousarray(test.windows[hour, position(s), i].numpy()[None])
    eye = np.eye(SITES, dtype=np.float32)
    steps = range(step - plan.history + 1, step + 1)
    if "shard-1" in run:
        inputs = [{"window": window(s, i), "site": eye[i][None]} for s in steps for i in range(SITES)]
        embeddings = np.concatenate([run["shard-1"].run(None, values)[0] for values in inputs])
        clipped = clip(torch.from_numpy(embeddings)).numpy().reshape(plan.history, SITES, -1)
        sent = release(clipped, plan.cut.radius, plan.cut.scale, np.random.default_rng(5))
        first = {"radius": plan.cut.radius, "embedding": tensor(embeddings.reshape(plan.history, SITES, -1)[-1, site][None])}
        grid = plan.cut.radius
    else:
        sent = count_release(test, [position(s) for s in steps], plan.cut.taps, plan.cut.scale, np.random.default_rng(5))[hour]
        counted = np.rint(window(step, site)[0, -BINS_PER_STEP:, COUNTED].T).astype(np.int64)
        first, grid = {"counts": tensor(counted)}, filter_norm(plan.cut.taps)
    presence = np.ones((1, plan.history, SITES), dtype=np.float32)
    presence[0, :, silent] = 0
    sent[:, silent] = 0
    encoding = run["shard-2"].run(None, {"releases": sent[None], "presence": presence})[0]
    local = run["student"].run(None, {"window": window(step, site), "site": eye[site][None]})[0]
    inputs = {"window": window(step, site), "site": eye[site][None], "student": local, "encoding": encoding[:, site]}
    record = {
        "hour": hour, "step": step, "last_bin": WINDOW - 1 + position(step), "site": site, "silent_site": silent,
        **first, "noise_scale": plan.cut.scale, "tolerance": 1e-4,
        "window": tensor(inputs["window"]), "site_one_hot": tensor(inputs["site"]),
        "releases_int": tensor(np.rint(sent * grid).astype(np.int64)[None]),
        "releases": tensor(sent[None]), "presence": tensor(presence), "encoding": tensor(encoding),
        "student_forecast": tensor(local), "mesh_forecast": tensor(run["shard-3"].run(None, inputs)[0]),
        "target": tensor(test.targets[hour, position(step), site].numpy()[None]),
    }
    rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in record.items())
    (folder / "vectors.json").write_text("{\n" + rows + "\n}\n")


def write_pack(folder, plan, mesh, student, control, test, scale):
    """Everything above, in order."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shards, facts = shard_table(plan, mesh, student), []
    for name, (module, inputs, outputs) in shards.items():
        path = folder / f"{name}.onnx"
        export(module, inputs, outputs, path)
        worst = verify(name, module, inputs, path, test)
        if name == "shard-2":
            check_masks(path, plan)
        facts.append((name, sum(p.numel() for p in module.parameters()), path.stat().st_size, worst))
    if facts[-1][2] >= 50_000:
        raise SystemExit(f"train_traffic.py: the student has {facts[-1][2]} bytes; it must stay below 50000")
    write_manifest(folder, plan, shards, scale)
    write_vectors(folder, plan, test)
    write_results(folder, results(mesh, student, control, test), facts)
