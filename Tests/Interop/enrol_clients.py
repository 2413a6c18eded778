#!/usr/bin/env python3
"""Redeems join tokens at a Tacet authority, all at once, with nothing but Python's ssl and the cryptography package.

Each line of standard input is a token. Prints one JSON array with an object for each agent: its token's number, its own, the HTTP
status (0 where no whole answer came), and the chain that it got. An agent's key is kept in --work, so that another run asks again
with the same keys.

Needs: pip install cryptography
"""

import argparse
import concurrent.futures
import hashlib
import http.client
import json
import pathlib
import ssl
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def request(work, token, agent):
    """The certificate request of an agent's key, PEM."""
    file = work / f"{hashlib.sha256(token.encode()).hexdigest()}-{agent}.csr"
    if not file.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
        file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return file.read_text()


def redeem(arguments, token, csr):
    """The status and the chain; 0 where the connection ended before the answer."""
    context = ssl.create_default_context(cafile=arguments.roots)
    context.set_alpn_protocols(["http/1.1"])
    host, port = arguments.target.rsplit(":", 1)
    connection = http.client.HTTPSConnection(host, int(port), timeout=arguments.timeout, context=context)
    try:
        connection.request("POST", "/v1/enrol", json.dumps({"token": token, "csr": csr}))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()).get("chain")
    except (OSError, http.client.HTTPException, ValueError):
        return 0, None
    finally:
        connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", required=True, help="host:port; the host must be in the server's certificate")
    parser.add_argument("--roots", required=True, help="bundle.pem")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="a folder for the requests")
    parser.add_argument("--agents", type=int, default=1, help="for each token")
    parser.add_argument("--start", type=float, default=0.0, help="not before this time (seconds since 1970)")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds")
    arguments = parser.parse_args()
    arguments.work.mkdir(exist_ok=True)

    jobs = [
        (number, agent, token, request(arguments.work, token, agent))
        for number, token in enumerate(sys.stdin.read().split())
        for agent in range(arguments.agents)
    ]
    time.sleep(max(0.0, arguments.start - time.time()))
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(jobs) or 1) as pool:
        answers = list(pool.map(lambda job: redeem(arguments, job[2], job[3]), jobs))
    print(
        json.dumps(
            [
                {"token": number, "agent": agent, "status": status, "chain": chain}
                for (number, agent, _, _), (status, chain) in zip(jobs, answers)
            ]
        )
    )


if __name__ == "__main__":
    main()
