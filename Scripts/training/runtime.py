"""Models run by ONNX Runtime, as Tacet runs them."""

import onnxruntime


def session(model):
    """A session on one thread. model: a path, or the bytes of a file."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"])
