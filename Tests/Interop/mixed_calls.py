#!/usr/bin/env python3
"""Asks the gRPC door of a Tacet node for all kinds of things that it answers, and does not, over one connection, in random order.

Prints one JSON list, an element for each call: what it was, and the status in its answer, or gRPC's own where there was no answer.
What a good client asks for goes out as encode_client.py says; for the others every request may look as it likes, but their
answers may not.

Needs: pip install grpcio grpcio-tools
"""

import argparse
import json
import random
import sys
import tempfile

import grpc

import encode_client

# Requests that leave as records of one size, whatever they ask.
LEVEL = ["cover", "query", "refused", "malformed", "audit_kind"]


def raw(data):
    return data


class Calls:
    """The calls by name; each returns the answer's bytes."""

    def __init__(self, connection, pb, size):
        self.pb, self.size = pb, size
        self.connection = connection
        self.encode = self.unary("/tacet.v1.Inference/Encode")
        self.audit_method = self.unary("/tacet.v1.Inference/Audit")
        self.stream = connection.stream_unary("/tacet.v1.Inference/Encode", request_serializer=raw, response_deserializer=raw)

    def unary(self, path):
        return self.connection.unary_unary(path, request_serializer=raw, response_deserializer=raw)

    def tensor(self, kind, **fields):
        tensor = self.pb.Tensor(kind=self.pb.Kind.Value("KIND_" + kind), **fields)
        return encode_client.padded(tensor, self.size).SerializeToString()

    def cover(self):
        return self.encode(self.tensor("COVER"))

    def query(self):
        return self.encode(self.tensor("QUERY", step=3, site="site-1", detail="a" * 200))

    def refused(self):
        return self.encode(self.tensor("FALLBACK"))

    def malformed(self):
        return self.encode(bytes(self.size))

    def audit_kind(self):
        return self.encode(self.tensor("AUDIT"))

    def audit(self):
        return self.audit_method(self.tensor("AUDIT"))

    def not_an_audit(self):
        return self.audit_method(self.tensor("COVER"))

    def unknown_method(self):
        return self.unary("/tacet.v1.Inference/Decode")(self.tensor("COVER"))

    def unknown_service(self):
        return self.unary("/other.v1.Service/Encode")(self.tensor("COVER"))

    def unpadded(self):
        return self.encode(self.pb.Tensor(kind=self.pb.Kind.Value("KIND_COVER")).SerializeToString())

    def oversized(self):
        return self.encode(bytes(70_000))

    def far_oversized(self):
        return self.encode(bytes(300_000))

    def empty(self):
        return self.encode(b"")

    def no_tensor(self):
        return self.stream(iter([]))

    def three_tensors(self):
        return self.stream(iter([self.tensor("COVER")] * 3))

    def too_many_tensors(self):
        return self.stream(iter([self.tensor("COVER")] * 70))

    def compressed(self):
        return self.encode(self.tensor("COVER"), compression=grpc.Compression.Gzip)

    def deadline(self):
        return self.encode(self.tensor("COVER"), timeout=random.uniform(20, 40))

    def metadata(self):
        return self.encode(self.tensor("COVER"), metadata=(("x-request-id", str(random.random())),))


def names():
    return [name for name in vars(Calls) if not name.startswith("_") and name not in ("unary", "tensor")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--message-bytes", type=int, required=True)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--level", action="store_true", help="only requests that leave as records of one size")
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    kinds = LEVEL if arguments.level else names()
    # Two covers first: the connection's preamble ends with them.
    asked = ["cover", "cover"] + [kinds[index % len(kinds)] for index in range(arguments.calls)]
    asked[2:] = random.sample(asked[2:], arguments.calls)
    told = []
    with tempfile.TemporaryDirectory() as folder:
        pb = encode_client.stubs(folder)
        with encode_client.channel(arguments) as connection:
            calls = Calls(connection, pb, arguments.message_bytes)
            for name in asked:
                try:
                    answer = getattr(calls, name)()
                    told.append([name, pb.Status.Name(pb.Tensor.FromString(answer).status).removeprefix("STATUS_").lower()])
                except grpc.RpcError as error:
                    told.append([name, f"{error.code().name}: {error.details()}"])
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
