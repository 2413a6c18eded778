"""The features that a refresh of the student weighs: a second output of student.onnx, beside the forecast.

A refreshed student forecasts `forecast + A features`, A [H,K]. features [1,K] are a one and the first K-1 principal components of what the
student's head reads, the last layer of its encoder, each with mean 0 and mean square 1 over all sites of the training runs: E[features featuresᵀ]
is the identity there. So a step along the gradient goes as far in each of them, and the gradient of a window has a norm that is known beforehand.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from training.runtime import session

FEATURES = "features"
MAP, OFFSET = "features.weight", "features.bias"


def head_input(model):
    """The name of what the student's head reads. Raises ValueError where there is no head."""
    names = [node.input[0] for node in model.graph.node if "head.weight" in node.input]
    if len(names) != 1:
        raise ValueError(f"the student has {len(names)} layers that read head.weight, not one")
    return names[0]


def without_features(model):
    """The model as it was before `add_features`: the forecast alone."""
    parts = [(model.graph.node, FEATURES), (model.graph.output, FEATURES), (model.graph.initializer, MAP), (model.graph.initializer, OFFSET)]
    for part, name in parts:
        for entry in [entry for entry in part if entry.name == name]:
            part.remove(entry)
    return model


def encoded(model, runs):
    """What the head reads, of each site's window at each step of the runs. -> [rows, length of the encoder's last layer] float64"""
    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    name = head_input(model)
    seen.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    student = session(seen.SerializeToString())
    windows = runs.windows[:, runs.steps()].flatten(0, 1).numpy()
    eye = np.eye(windows.shape[1], dtype=np.float32)
    rows = [
        student.run([name], {"window": np.ascontiguousarray(windows[step, site][None]), "site": eye[site][None]})[0][0]
        for step in range(len(windows)) for site in range(len(eye))
    ]
    return np.stack(rows).astype(np.float64)


def whitening(rows, count):
    """The affine map to `count` features. rows [n, m] -> weight [count, m], bias [count]; raises ValueError where the rows vary in fewer directions.

    Of each direction the largest coordinate is positive, so that the same rows give the same features everywhere.
    """
    centred = rows - rows.mean(0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    deviations = lengths[: count - 1] / np.sqrt(len(rows))
    if len(deviations) < count - 1 or not (deviations > 1e-6 * max(deviations, default=0)).all():
        raise ValueError(f"the student's encoder varies in fewer than {count - 1} directions")
    chosen = directions[: count - 1]
    chosen = chosen * np.sign(chosen[np.arange(count - 1), np.abs(chosen).argmax(1)])[:, None]
    weight = np.vstack([np.zeros((1, rows.shape[1])), chosen / deviations[:, None]])
    bias = np.concatenate([[1.0], -weight[1:] @ rows.mean(0)])
    return weight, bias


def add_features(path, runs, count):
    """Give a student's file `count` features, in the place of those it has; its forecasts stay what they are, bit for bit.

    runs: those of training, whose components they are.
    """
    model = without_features(onnx.load(path))
    weight, bias = whitening(encoded(model, runs), count)
    arrays = [numpy_helper.from_array(values.astype(np.float32), name) for values, name in ((weight, MAP), (bias, OFFSET))]
    model.graph.initializer.extend(arrays)
    model.graph.node.append(helper.make_node("Gemm", [head_input(model), MAP, OFFSET], [FEATURES], name=FEATURES, transB=1))
    model.graph.output.append(helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, [1, count]))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
