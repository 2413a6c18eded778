#!/usr/bin/env python3
"""Asks the SPIFFE Workload API of a host as another implementation does: PyPI's `spiffe`, and grpcio where that hides too much.

Prints one JSON object a line. Exit status: 0 unless something that was to work did not.

Needs: pip install spiffe
"""

import argparse
import json
import os
import queue
import sys
import threading

import grpc
from cryptography.hazmat.primitives import serialization
from spiffe import JwtSvid, SpiffeId, TrustDomain, WorkloadApiClient
from spiffe._proto import workload_pb2 as pb
from spiffe._proto import workload_pb2_grpc

HEADER = ("workload.spiffe.io", "true")
REQUESTS = {
    "FetchX509SVID": pb.X509SVIDRequest,
    "FetchX509Bundles": pb.X509BundlesRequest,
    "FetchJWTSVID": lambda: pb.JWTSVIDRequest(audience=["reader"]),
    "FetchJWTBundles": pb.JWTBundlesRequest,
    "ValidateJWTSVID": lambda: pb.ValidateJWTSVIDRequest(audience="reader", svid="a.b.c"),
}


def say(**fields):
    print(json.dumps(fields), flush=True)


def public(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def facts(svid):
    """What an X.509-SVID says, and whether its key is its own and its chain signed from above."""
    leaf, above = svid.leaf, svid.cert_chain[1:]
    if above:
        leaf.verify_directly_issued_by(above[0])
    return {
        "id": str(svid.spiffe_id),
        "serial": format(leaf.serial_number, "x"),
        "chain": len(svid.cert_chain),
        "key": public(svid.private_key.public_key()) == public(leaf.public_key()),
    }


def context_facts(context):
    roots = 0
    for bundle in context.x509_bundle_set.bundles:
        roots += len(bundle.x509_authorities)
        for svid in context.x509_svids:
            last = svid.cert_chain[-1]
            if not any(last.issuer == root.subject for root in bundle.x509_authorities):
                raise SystemExit("the chain ends at none of the roots")
    return {"svids": [facts(svid) for svid in context.x509_svids], "roots": roots}


def x509(client, arguments):
    """The SVIDs; their hints, which the client hides, by a call of our own."""
    with grpc.insecure_channel(f"unix:{arguments.socket}") as channel:
        stub = workload_pb2_grpc.SpiffeWorkloadAPIStub(channel)
        answer = next(iter(stub.FetchX509SVID(pb.X509SVIDRequest(), metadata=[HEADER], timeout=10)))
    context = client.fetch_x509_context(timeout=10)
    say(**context_facts(context), hints=[svid.hint for svid in answer.svids], lists=len(answer.crl))


def watch(client, arguments):
    """Prints each update until there were as many as asked for, or until one fails for good."""
    news = queue.Queue()
    handle = client.stream_x509_contexts(
        lambda context: news.put(context_facts(context)), lambda error: news.put({"error": str(error)}), retry_connect=False
    )
    for _ in range(arguments.count):
        update = news.get(timeout=arguments.timeout)
        say(**update)
        if "error" in update:
            break
    handle.cancel()


def bundles(client, arguments):
    domain = TrustDomain(arguments.domain)
    x509_bundle = client.fetch_x509_bundles(timeout=10).get_bundle_for_trust_domain(domain)
    jwt_bundle = client.fetch_jwt_bundles(timeout=10).get_bundle_for_trust_domain(domain)
    say(roots=len(x509_bundle.x509_authorities), keys=sorted(jwt_bundle.jwt_authorities))


def jwt(client, arguments):
    """Fetches tokens, has each validated by the API, and validates it here by the fetched bundle."""
    subject = SpiffeId(arguments.subject) if arguments.subject else None
    keys = client.fetch_jwt_bundles(timeout=10)
    for svid in client.fetch_jwt_svids({arguments.audience}, subject, timeout=10):
        validated = client.validate_jwt_svid(svid.token, arguments.audience, timeout=10)
        bundle = keys.get_bundle_for_trust_domain(svid.spiffe_id.trust_domain)
        here = JwtSvid.parse_and_validate(svid.token, bundle, {arguments.audience})
        try:
            client.validate_jwt_svid(svid.token, "somebody else", timeout=10)
            other = "accepted"
        except Exception as error:
            other = str(error)
        say(
            id=str(svid.spiffe_id), audience=sorted(svid.audience), token=svid.token,
            api=str(validated.spiffe_id), here=str(here.spiffe_id), other=other,
        )


def raw(client, arguments):
    """Calls a method with the metadata given and nothing else; prints its status, or the first answer's size."""
    metadata = [tuple(pair.split("=", 1)) for pair in arguments.metadata]
    with grpc.insecure_channel(f"unix:{arguments.socket}") as channel:
        stub = workload_pb2_grpc.SpiffeWorkloadAPIStub(channel)
        for method in arguments.method or REQUESTS:
            try:
                answer = getattr(stub, method)(REQUESTS[method](), metadata=metadata, timeout=10)
                answer = answer if hasattr(answer, "SerializeToString") else next(iter(answer))
                say(method=method, code="OK", bytes=answer.ByteSize())
            except grpc.RpcError as error:
                say(method=method, code=error.code().name, details=error.details())


def claims(client, arguments):
    """What ValidateJWTSVID says of a token read from stdin."""
    with grpc.insecure_channel(f"unix:{arguments.socket}") as channel:
        stub = workload_pb2_grpc.SpiffeWorkloadAPIStub(channel)
        request = pb.ValidateJWTSVIDRequest(audience=arguments.audience, svid=sys.stdin.read().strip())
        answer = stub.ValidateJWTSVID(request, metadata=[HEADER], timeout=10)
        say(id=answer.spiffe_id, claims={key: list(value) if key == "aud" else value for key, value in answer.claims.items()})


def flood(client, arguments):
    """Opens connections with as many watches each as it is let, holds them until stdin ends, and says how many were answered."""
    answered, refused, lock = 0, 0, threading.Lock()
    channels, threads = [], []

    def hold(stub):
        nonlocal answered, refused
        try:
            for _ in stub.FetchX509Bundles(pb.X509BundlesRequest(), metadata=[HEADER]):
                with lock:
                    answered += 1
        except grpc.RpcError:
            with lock:
                refused += 1

    for number in range(arguments.count):
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0), ("test", number)]
        channel = grpc.insecure_channel(f"unix:{arguments.socket}", options=options)
        channels.append(channel)
        stub = workload_pb2_grpc.SpiffeWorkloadAPIStub(channel)
        for _ in range(arguments.streams):
            thread = threading.Thread(target=hold, args=(stub,), daemon=True)
            thread.start()
            threads.append(thread)
    threading.Event().wait(2)
    with lock:
        say(answered=answered, refused=refused)
    sys.stdin.read()
    os._exit(0)


COMMANDS = {
    "x509": x509, "watch": watch, "bundles": bundles, "jwt": jwt, "raw": raw, "claims": claims, "flood": flood,
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--uid", type=int, help="become this user first")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=20.0)
    parser.add_argument("--audience", default="reader")
    parser.add_argument("--subject")
    parser.add_argument("--domain", default="mesh.example")
    parser.add_argument("--metadata", action="append", default=[], help="NAME=VALUE of a raw call")
    parser.add_argument("--method", action="append", help="of a raw call; all of them otherwise")
    arguments = parser.parse_args()
    if arguments.uid is not None:
        os.setgroups([])
        os.setgid(arguments.uid)
        os.setuid(arguments.uid)
    client = None
    if arguments.command not in ("raw", "claims", "flood"):
        client = WorkloadApiClient(f"unix://{arguments.socket}")
    try:
        COMMANDS[arguments.command](client, arguments)
    except Exception as error:
        say(error=f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
