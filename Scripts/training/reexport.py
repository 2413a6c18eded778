"""The features of a refresh for the student of a pack that is trained already."""

import json
import re

import numpy as np

from training.features import FEATURES, add_features
from training.pack import shard_lines, student_shapes, tensor, write_record
from training.runtime import session


def re_export(folder, domain, train):
    """Give the pack's student its domain's features, in the place of any it has: student.onnx, manifest, vectors, and its size in the README.

    Its forecasts and the other shards stay what they are. train: runs of the domain, whose components the features are.
    """
    path = folder / "student.onnx"
    try:
        manifest = (folder / "manifest.yaml").read_text()
        vectors = json.loads((folder / "vectors.json").read_text())
        add_features(path, train, domain.refresh_features)
    except (OSError, ValueError) as error:
        raise SystemExit(f"train_pack.py: {folder} is no pack of {domain.name}: {error}") from None
    before, _, _ = manifest.partition("  student:\n")
    lines = shard_lines(folder, "student", *student_shapes(domain))
    (folder / "manifest.yaml").write_text(before + "\n".join(lines) + "\n")
    write_record(folder / "vectors.json", with_features(vectors, session(path)))
    readme = folder / "README.md"
    if readme.exists():
        size = path.stat().st_size
        readme.write_text(re.sub(r"(?m)^(\| student\.onnx \| \d+ \|) \d+", rf"\1 {size}", readme.read_text()))


def with_features(vectors, student):
    """The vectors, with the features of their window behind the student's forecast. Raises SystemExit where that is another."""
    values = {name: np.array(vectors[key]["data"], np.float32).reshape(vectors[key]["shape"]) for name, key in INPUTS.items()}
    forecast, features = student.run(["forecast", FEATURES], values)
    if tensor(forecast) != vectors["student_forecast"]:
        raise SystemExit("train_pack.py: the student forecasts something else than in vectors.json")
    record = {}
    for key, value in vectors.items():
        if key != "student_features":
            record[key] = value
        if key == "student_forecast":
            record["student_features"] = tensor(features)
    return record


INPUTS = {"window": "window", "site": "site_one_hot"}
