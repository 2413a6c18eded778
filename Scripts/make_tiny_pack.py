#!/usr/bin/env python3
"""Makes Fixtures/models/tiny, a pack of four hand-written models small enough to check by mental arithmetic.

    pip install onnx==1.23.2 numpy && Scripts/make_tiny_pack.py Fixtures/models/tiny
    Scripts/make_tiny_pack.py Fixtures/models/wide 300
    Scripts/make_tiny_pack.py Fixtures/models/tiny-counts counts

Two sites, a window of 2 bins with 3 features, a history of 2 steps, an embedding of 2, an encoding of 2, a horizon of 2:

  shard-1  embedding = mean over the window of features 0 and 1, plus the site's index
  student  forecast  = last value of feature 2, twice
  shard-2  encoding of a site = sum over the steps of what the *other* sites released, where present
  shard-3  forecast  = student + encoding

With a second argument, embedding and encoding are that long: the values of the short ones, over and over; shard-3 adds their
means. Such a release does not fit the shortest message.

With `counts` there is no shard-1: feature 0 is released, of each of a step's three bins, through the filter [2, 1]. The window has three
bins; an encoding is the sum of what the others released in all bins, and in the last ones. The student also gives the features of a refresh: a one
and the last value of feature 1.
"""
import hashlib
import pathlib
import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

W, F, N, T, K, M, H = 2, 3, 2, 2, 2, 2, 2
COUNTS = sys.argv[2:] == ["counts"]
if COUNTS:
    W = K = 3
elif len(sys.argv) > 2:
    K = M = int(sys.argv[2])
FLOAT = TensorProto.FLOAT
OWN = {"window": [1, W, F], "site": [1, N]}


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.array(values, dtype=dtype), name)


def shard1():
    pick = constant("pick", np.vstack([np.tile(np.eye(2), K // 2), np.zeros((1, K))]))
    index = constant("index", [[0] * K, [1] * K])
    nodes = [
        helper.make_node("ReduceMean", ["window"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "pick"], ["picked"]),
        helper.make_node("MatMul", ["site", "index"], ["offset"]),
        helper.make_node("Add", ["picked", "offset"], ["embedding"]),
    ]
    return nodes, [pick, index], OWN, {"embedding": [1, K]}


def student():
    nodes = [
        helper.make_node("Flatten", ["window"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "last"], ["value"]),
        helper.make_node("MatMul", ["site", "none"], ["nothing"]),
        helper.make_node("Add", ["value", "nothing"], ["forecast"]),
    ]
    last = np.zeros((W * F, H))
    last[-1] = 1
    weights, outputs = [constant("last", last), constant("none", np.zeros((N, H)))], {"forecast": [1, H]}
    if COUNTS:
        pick = np.zeros((W * F, 2))
        pick[-2, 1] = 1
        nodes.append(helper.make_node("Gemm", ["flat", "pick", "one"], ["features"]))
        weights += [constant("pick", pick), constant("one", [1, 0])]
        outputs["features"] = [1, 2]
    return nodes, weights, OWN, outputs


def shard2():
    others = constant("others", 1 - np.eye(N))
    nodes = [
        helper.make_node("Unsqueeze", ["presence", "axis"], ["mask"]),
        helper.make_node("Mul", ["releases", "mask"], ["heard"]),
        helper.make_node("ReduceSum", ["heard", "steps"], ["sum"], keepdims=0),
        helper.make_node("MatMul", ["others", "sum"], ["encoding"]),
    ]
    weights = [others, constant("axis", [3], np.int64), constant("steps", [1], np.int64)]
    if COUNTS:
        nodes[-1] = helper.make_node("MatMul", ["others", "sum"], ["bins"])
        nodes.append(helper.make_node("MatMul", ["bins", "places"], ["encoding"]))
        weights.append(constant("places", [[1, 0], [1, 0], [1, 1]]))
    return nodes, weights, {"releases": [1, T, N, K], "presence": [1, T, N]}, {"encoding": [1, N, M]}


def shard3():
    zero_window, zero_site = constant("zero_window", np.zeros((W * F, H))), constant("zero_site", np.zeros((N, H)))
    nodes = [
        helper.make_node("Flatten", ["window"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "zero_window"], ["a"]),
        helper.make_node("MatMul", ["site", "zero_site"], ["b"]),
    ]
    weights = [zero_window, zero_site]
    if M == H:
        nodes.append(helper.make_node("Sum", ["a", "b", "student", "encoding"], ["forecast"]))
    else:
        weights.append(constant("mean", np.tile(np.eye(2), (M // 2, 1)) * 2 / M))
        nodes.append(helper.make_node("MatMul", ["encoding", "mean"], ["c"]))
        nodes.append(helper.make_node("Sum", ["a", "b", "student", "c"], ["forecast"]))
    return nodes, weights, {**OWN, "student": [1, H], "encoding": [1, M]}, {"forecast": [1, H]}


def shapes(entries):
    return "{" + ", ".join(f"{name}: {shape}" for name, shape in entries.items()) + "}"


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    trained, cut = "{privacy_unit: any-input, radius: 32, scale: 64}", f"{{shard: shard-1, output: embedding, dimension: {K}}}"
    if COUNTS:
        trained, cut = "{privacy_unit: contribution, filter: [2, 1], scale: 8}", f"{{features: [0], dimension: {K}}}"
    text = f"""model: {folder.name}
version: 1
trained_with: {trained}
sites: [site-1, site-2]
step_seconds: 30
bin_seconds: 10
window: {W}
history: {T}
horizon: {H}
target: {{feature: 2, name: occupancy, unit: "%"}}
sensor: {{features: [{{name: vehicles, scale: 4}}, {{name: jam, scale: 10}}, {{name: occupancy, scale: 10}}]}}
cut: {cut}
shards:
"""
    parts = [("shard-1", shard1), ("shard-2", shard2), ("shard-3", shard3), ("student", student)]
    for part, make in parts[1:] if COUNTS else parts:
        nodes, weights, inputs, outputs = make()
        values = [[helper.make_tensor_value_info(n, FLOAT, s) for n, s in side.items()] for side in (inputs, outputs)]
        graph = helper.make_graph(nodes, part, *values, weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        checker.check_model(model, full_check=True)
        data = model.SerializeToString()
        (folder / f"{part}.onnx").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        text += f"  {part}:\n    file: {part}.onnx\n    sha256: {digest}\n"
        text += f"    inputs: {shapes(inputs)}\n    outputs: {shapes(outputs)}\n"
    (folder / "manifest.yaml").write_text(text)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
