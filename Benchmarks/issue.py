"""Certificates a second and core: ours, with durable records, beside Python's cryptography and `openssl speed`, in one run.

    make bench-issue                          a table
    make bench-issue ARGS=--json              one JSON object
    issue.py TACET [--json] [--seconds S] [--rounds N] [--records N]

With --records N, an authority of N certificates is made, a tenth of them revoked, listed, searched and put into a list,
each through the command. See README.md, beside this file, for how to read it.
"""

import argparse
import datetime
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

OURS = "certificates, recorded durably, a core"
REQUESTS = "certificates for requests, recorded durably, a core"
ENROLMENTS = "enrolments through the desk, a core"
SIGNATURES = "P-256 signatures, a core"
OPENSSL = "openssl speed ecdsap256, signatures"
PYTHON = "Python cryptography, certificates, recorded nowhere"


def rate(make, seconds):
    """How many a second and core of make(), by the processor time of this process."""
    make()
    count, start = 0, time.process_time()
    while (elapsed := time.process_time() - start) < seconds:
        make()
        count += 1
    return count / elapsed


def python_rate(seconds):
    """A leaf as ours, for a key that is there, to its DER."""
    authority, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1()).public_key()
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Issuing")])
    now = datetime.datetime.now(datetime.timezone.utc)

    def make():
        builder = (
            x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(issuer).public_key(leaf)
            .serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + datetime.timedelta(1))
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(x509.KeyUsage(True, *[False] * 8), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False)
            .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://bench.example/camera/bench")]), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf), False)
        )
        return builder.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    return rate(make, seconds)


def openssl_rate(seconds):
    """Signatures a second of one thread, by its processor time."""
    arguments = ["openssl", "speed", "-seconds", str(max(1, round(seconds))), "-mr", "ecdsap256"]
    output = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    (line,) = [line for line in output.splitlines() if line.startswith("+F4:")]
    return float(line.split(":")[3])


def our_rates(tacet, seconds):
    with tempfile.TemporaryDirectory(dir=".") as folder:
        arguments = [tacet, "bench", "issue", "--seconds", str(seconds), "--folder", folder, "--format", "json"]
        rows = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)["results"]
    return {row["name"]: row["per_second"] for row in rows}


def measure(tacet, seconds, rounds):
    """In turns, so that whatever else the machine does meets everyone; the median of the rounds."""
    taken = []
    for _ in range(rounds):
        taken.append({**our_rates(tacet, seconds), OPENSSL: openssl_rate(seconds), PYTHON: python_rate(seconds)})
    rates = {name: statistics.median(row[name] for row in taken) for name in taken[0]}

    def ratio(first, second):
        return statistics.median(row[first] / row[second] for row in taken)

    return {
        "results": [{"name": name, "per_second": value} for name, value in rates.items()],
        "ratios": {
            "certificates_to_signatures": ratio(OURS, SIGNATURES),
            "certificates_to_openssl_signatures": ratio(OURS, OPENSSL),
            "certificates_to_python": ratio(OURS, PYTHON),
            "requests_to_signatures": ratio(REQUESTS, SIGNATURES),
            "enrolments_to_signatures": ratio(ENROLMENTS, SIGNATURES),
        },
        # 25,000, and 10,000 for requests and enrolments, where a core signs 70,000; Python makes 16,400 there.
        "targets": {
            "certificates_to_signatures": 25 / 70,
            "certificates_to_openssl_signatures": 25 / 70,
            "certificates_to_python": 25 / 16.4,
            "requests_to_signatures": 10 / 70,
            "enrolments_to_signatures": 10 / 70,
        },
    }


def at_scale(tacet, records):
    """Seconds of commands on an authority of so many certificates, start of the process and Argon2id included."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        place = pathlib.Path(folder) / "big"
        state = ["--state", str(place / "state")]
        secret = ["--passphrase-file", str(place / "passphrase")]
        rows = []

        def run(name, arguments, times=1):
            taken = []
            for _ in range(times):
                start = time.perf_counter()
                subprocess.run([tacet, *arguments], check=True, stdout=subprocess.DEVNULL)
                taken.append(time.perf_counter() - start)
            rows.append({"name": name, "seconds": statistics.median(taken)})

        run(f"{records} certificates made", ["bench", "issue", "--records", str(records), "--keep", str(place)])
        serials = (place / "serials").read_text().split()
        revoked = serials[::10]
        (place / "revoked").write_text("\n".join(revoked) + "\n")
        run("one revoked by serial number", ["ca", "revoke", "--serial", revoked[0], *state, *secret])
        run(f"{len(revoked)} revoked from a file", ["ca", "revoke", "--from", str(place / "revoked"), *state, *secret])
        run("searched by serial number", ["ca", "list", "--serial", serials[len(serials) // 2], *state], 3)
        run("searched by ID", ["ca", "list", "--id", f"camera/n-{records // 3}", *state], 3)
        run("the revoked listed", ["ca", "list", "--revoked", *state])
        run("all listed", ["ca", "list", *state])
        run("one issued", ["ca", "issue", "--id", "camera/x", "--out", str(place / "x"), *state, *secret], 3)
        run(f"revocation list of {len(revoked)}", ["ca", "crl", "--out", str(place / "crl.pem"), *state, *secret], 3)
        run("inclusion proved", ["ca", "log", "prove", "--serial", serials[-7], *state])
        run("log verified", ["ca", "log", "verify", *state])
        return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tacet", help="the command, from a release build")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seconds", type=float, default=1, help="how long each measurement takes")
    parser.add_argument("--rounds", type=int, default=3, help="how often all are measured")
    parser.add_argument("--records", type=int, default=0, help="also measure an authority of so many certificates")
    options = parser.parse_args()
    outcome = measure(options.tacet, options.seconds, options.rounds)
    if options.records:
        outcome["scale"] = at_scale(options.tacet, options.records)
    if options.json:
        json.dump(outcome, sys.stdout, indent=1)
        print()
        return
    for row in outcome["results"]:
        print(f"{row['per_second']:12.0f} /s  {row['name']}")
    for name, ratio in outcome["ratios"].items():
        print(f"{ratio:12.2f}     {name.replace('_', ' ')} (target: at least {outcome['targets'][name]:.2f})")
    for row in outcome.get("scale", []):
        print(f"{row['seconds']:12.2f} s   {row['name']}")


if __name__ == "__main__":
    main()
