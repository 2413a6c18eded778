#!/usr/bin/env python3
"""Asks the gRPC door of a Tacet node one question, with nothing but grpcio and the .proto file.

Prints the answer as one JSON object. Exit status: 0 the answer is OK, 1 it is a refusal, 2 no connection or no answer. With --repeat
it asks again and again, and prints how many calls there were and what failed.

After the first call of a channel each request leaves as one TLS record of one size, as long as all are asked as here: a single
tensor as a unary call (one write; a stream of one is three), no deadline and no metadata in the call (both are headers of
their own), no probing pings, no retries (they add a header), one message size.

Needs: pip install grpcio grpcio-tools
"""

import argparse
import importlib
import json
import pathlib
import struct
import sys
import tempfile
import time

import grpc
from grpc_tools import protoc

# Nothing but requests leaves the channel.
OPTIONS = [
    ("grpc.http2.bdp_probe", 0),  # no pings that measure the bandwidth
    ("grpc.keepalive_time_ms", 2**31 - 1),  # none that ask whether the peer is there
    ("grpc.enable_retries", 0),
]
PROTO = pathlib.Path(__file__).resolve().parents[2] / "Proto"


def stubs(folder):
    """Generates the Python module of the protocol into a folder and imports it."""
    status = protoc.main(["protoc", f"-I{PROTO}", f"--python_out={folder}", "inference.proto"])
    if status != 0:
        raise SystemExit(2)
    sys.path.insert(0, folder)
    return importlib.import_module("inference_pb2")


def padded(tensor, size):
    """Fills a tensor up so that it is serialised to exactly `size` bytes."""
    for filler in (0, 1, 128, 16384):  # the field takes 0, 2, 3 or 4 bytes
        tensor.filler = filler
        tensor.padding = b""
        gap = size - tensor.ByteSize()
        if gap == 0:
            return tensor
        for prefix in (2, 3, 4, 5):  # tag and length of the padding
            if gap > prefix:
                tensor.padding = bytes(gap - prefix)
                if tensor.ByteSize() == size:
                    return tensor
    raise SystemExit(f"encode_client: the content does not fit {size} bytes")


def request(pb, arguments):
    tensor = pb.Tensor(kind=pb.Kind.Value("KIND_" + arguments.kind.upper()), id=arguments.id, step=arguments.step)
    tensor.site = arguments.site
    tensor.detail = arguments.detail
    if arguments.values:
        values = [int(value) for value in arguments.values.split(",")]
        tensor.data = struct.pack(f"<{len(values)}h", *values)
        tensor.shape.append(len(values))
        tensor.dtype = "int16"
        tensor.scale = arguments.scale
    return tensor if arguments.unpadded else padded(tensor, arguments.message_bytes)


def values(tensor):
    if tensor.dtype == "int16":
        return list(struct.unpack(f"<{len(tensor.data) // 2}h", tensor.data))
    if tensor.dtype == "float32":
        return list(struct.unpack(f"<{len(tensor.data) // 4}f", tensor.data))
    return []


def channel(arguments):
    def read(path):
        return pathlib.Path(path).read_bytes() if path else None

    credentials = grpc.ssl_channel_credentials(read(arguments.root), read(arguments.key), read(arguments.cert))
    return grpc.secure_channel(arguments.target, credentials, options=OPTIONS)


def method(connection, name, single, pb):
    """A method of the service. One tensor is sent as by a unary call, which looks the same to the server."""
    call = connection.unary_unary if single else connection.stream_unary
    return call(
        "/tacet.v1.Inference/" + name,
        request_serializer=pb.Tensor.SerializeToString,
        response_deserializer=lambda data: (len(data), pb.Tensor.FromString(data)),
    )


def answer(ask, asked, seconds):
    """Waits for the answer on this side alone: a deadline of the call's own would be a header, and show."""
    call = ask.future(asked)
    try:
        return call.result(timeout=seconds)
    except grpc.FutureTimeoutError:
        call.cancel()
        raise


def repeated(ask, tensor, arguments):
    """Asks one question after the other; what failed is listed."""
    end, calls, failed = time.monotonic() + arguments.repeat, 0, []
    while time.monotonic() < end:
        calls += 1
        try:
            answer(ask, tensor, arguments.timeout)
        except grpc.RpcError as error:
            failed.append(f"{error.code().name}: {error.details()}")
        except grpc.FutureTimeoutError:
            failed.append(f"no answer within {arguments.timeout} s")
    print(json.dumps({"calls": calls, "failed": failed}))
    return 2 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", required=True, help="host:port; the host must be in the server's certificate")
    parser.add_argument("--root", required=True, help="bundle.pem")
    parser.add_argument("--cert", help="cert.pem")
    parser.add_argument("--key", help="key.pem")
    parser.add_argument("--message-bytes", type=int, required=True)
    parser.add_argument("--kind", default="cover")
    parser.add_argument("--id", type=int, default=1)
    parser.add_argument("--site", default="")
    parser.add_argument("--step", type=int, default=0)
    parser.add_argument("--detail", default="")
    parser.add_argument("--values", help="int16 values, separated by commas")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--count", type=int, default=1, help="tensors in the call")
    parser.add_argument("--audit", action="store_true", help="call Audit, with one tensor, in place of Encode")
    parser.add_argument("--unpadded", action="store_true", help="send a message of a wrong size")
    parser.add_argument("--repeat", type=float, default=0.0, help="ask again and again over one channel, for so many seconds")
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds to wait for an answer")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        pb = stubs(folder)
        tensor = request(pb, arguments)
        with channel(arguments) as connection:
            single = arguments.audit or arguments.count == 1
            ask = method(connection, "Audit" if arguments.audit else "Encode", single, pb)
            if arguments.repeat:
                return repeated(ask, tensor, arguments)
            try:
                asked = tensor if single else iter([tensor] * arguments.count)
                size, reply = answer(ask, asked, arguments.timeout)
            except grpc.RpcError as error:
                print(json.dumps({"error": error.code().name, "details": error.details()}))
                return 2
            except grpc.FutureTimeoutError:
                print(json.dumps({"error": "DEADLINE_EXCEEDED", "details": f"no answer within {arguments.timeout} s"}))
                return 2
        status = pb.Status.Name(reply.status).removeprefix("STATUS_").lower()
        print(
            json.dumps(
                {
                    "status": status,
                    "kind": pb.Kind.Name(reply.kind).removeprefix("KIND_").lower(),
                    "id": reply.id,
                    "step": reply.step,
                    "site": reply.site,
                    "detail": reply.detail,
                    "shape": list(reply.shape),
                    "values": values(reply),
                    "checkpoint": reply.checkpoint.note,
                    "bytes": size,
                }
            )
        )
        return 0 if status == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
