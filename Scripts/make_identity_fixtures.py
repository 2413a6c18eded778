#!/usr/bin/env python3
"""Makes Fixtures/identity: certificate chains and revocation lists, good and bad, one for each rule of the verification.

The DER is written by hand, so that a certificate can be wrong in just one way; `cryptography` signs. Keys are derived from words
that stand here, so that no key is kept in a file and the tests know the leaf's; except those of RSA they make the same bytes at
every run. Usage: Scripts/make_identity_fixtures.py [FOLDER]
"""

import base64
import hashlib
import json
import pathlib
import sys
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

AT = datetime(2026, 6, 1, tzinfo=timezone.utc)
DOMAIN = "mesh.example"
SITE = f"spiffe://{DOMAIN}/camera/site-1"

# DER -----------------------------------------------------------------------------------------------------------------------


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def seq(*parts):
    return tlv(0x30, *parts)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(text):
    numbers = [int(part) for part in text.split(".")]
    body = b""
    for number in [numbers[0] * 40 + numbers[1]] + numbers[2:]:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.insert(0, number & 0x7F | 0x80)
        body += bytes(digits)
    return tlv(0x06, body)


def name(common):
    if common is None:
        return seq()
    return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0C, common.encode()))))


def when(date):
    if date.year >= 2050:
        return tlv(0x18, date.strftime("%Y%m%d%H%M%SZ").encode())
    return tlv(0x17, date.strftime("%y%m%d%H%M%SZ").encode())


def extension(identifier, value, critical=False):
    return seq(oid(identifier), tlv(0x01, b"\xff") if critical else b"", tlv(0x04, value))


# Extensions ----------------------------------------------------------------------------------------------------------------

BITS = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign"]
USAGES = {"server": "1.3.6.1.5.5.7.3.1", "client": "1.3.6.1.5.5.7.3.2", "code": "1.3.6.1.5.5.7.3.3", "any": "2.5.29.37.0"}


def constraints(authority, length=None, critical=True):
    value = seq(tlv(0x01, b"\xff") if authority else b"", integer(length) if length is not None else b"")
    return extension("2.5.29.19", value, critical)


def usage(*bits, critical=True):
    last = max(BITS.index(bit) for bit in bits)
    value = sum(0x80 >> BITS.index(bit) for bit in bits)
    return extension("2.5.29.15", tlv(0x03, bytes([7 - last, value])), critical)


def extended(*usages):
    return extension("2.5.29.37", seq(*(oid(USAGES[usage]) for usage in usages)))


def alternative(*names, critical=True):
    tags = {"uri": 0x86, "dns": 0x82}
    return extension("2.5.29.17", seq(*(tlv(tags[kind], text.encode()) for kind, text in names)), critical)


def subtrees(permitted=(), excluded=()):
    tags = {"uri": 0x86, "dns": 0x82}

    def trees(tag, names):
        return tlv(tag, *(seq(tlv(tags[kind], text.encode())) for kind, text in names)) if names else b""

    return extension("2.5.29.30", seq(trees(0xA0, permitted), trees(0xA1, excluded)), True)


# Keys and signatures -------------------------------------------------------------------------------------------------------

ALGORITHMS = {
    "sha1": (seq(oid("1.2.840.10045.4.1")), hashes.SHA1()),
    "sha256": (seq(oid("1.2.840.10045.4.3.2")), hashes.SHA256()),
    "sha384": (seq(oid("1.2.840.10045.4.3.3")), hashes.SHA384()),
    "rsa-sha1": (seq(oid("1.2.840.113549.1.1.5"), b"\x05\x00"), hashes.SHA1()),
    "rsa-sha256": (seq(oid("1.2.840.113549.1.1.11"), b"\x05\x00"), hashes.SHA256()),
    "ed25519": (seq(oid("1.3.101.112")), None),
}


def key(word, curve=None):
    scalar = int.from_bytes(hashlib.sha256(f"tacet fixture {word}".encode()).digest(), "big")
    curve = curve or ec.SECP256R1()
    return ec.derive_private_key(scalar % (1 << (curve.key_size - 1)), curve)


def sign(signer, algorithm, data):
    digest = ALGORITHMS[algorithm][1]
    if isinstance(signer, rsa.RSAPrivateKey):
        return signer.sign(data, padding.PKCS1v15(), digest)
    if digest is None:
        return signer.sign(data)
    return signer.sign(data, ec.ECDSA(digest, deterministic_signing=digest.name != "sha1"))


def public(private):
    return private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def identifier(private):
    return hashlib.sha1(public(private)).digest()


class Authority:
    """Who signs: a name and a key."""

    def __init__(self, common, private):
        self.name, self.key = common, private


def certificate(
    subject, private, by, extensions, start=AT - timedelta(days=30), end=AT + timedelta(days=3650), serial=None, version=2,
    algorithm="sha256", inner=None, spare=False,
):
    """A certificate; `inner` is the algorithm named in the signed part, `spare` claims an unused bit in the signature."""
    serial = serial if serial is not None else int.from_bytes(hashlib.sha256(repr((subject, extensions)).encode()).digest()[:8], "big") | 1
    while True:
        content = seq(
            tlv(0xA0, integer(version)) if version else b"", integer(serial), ALGORITHMS[inner or algorithm][0],
            name(by.name), seq(when(start), when(end)), name(subject), public(private),
            tlv(0xA3, seq(*extensions)) if version == 2 and extensions else b"")
        signature = sign(by.key, algorithm, content)
        # A bit that is claimed to be unused must be zero.
        if not spare or signature[-1] & 1 == 0:
            break
        serial += 1
    return seq(content, ALGORITHMS[algorithm][0], tlv(0x03, bytes([1 if spare else 0]), signature))


def revocations(by, entries=(), number=7, start=AT - timedelta(days=1), end=AT + timedelta(days=1), further=(), signer=None, entry=b""):
    listed = seq(*(seq(integer(serial), when(start), entry) for serial in entries)) if entries else b""
    extensions = [extension("2.5.29.35", seq(tlv(0x80, identifier(by.key))))]
    if number is not None:
        extensions.append(extension("2.5.29.20", integer(number)))
    algorithm = ALGORITHMS["sha256"][0]
    content = seq(
        integer(1), algorithm, name(by.name), when(start), when(end), listed, tlv(0xA0, seq(*extensions, *further)))
    return seq(content, algorithm, tlv(0x03, b"\x00", sign(signer or by.key, "sha256", content)))


def pem(label, *documents):
    text = ""
    for der in documents:
        body = base64.encodebytes(der).decode().replace("\n", "")
        lines = [body[start : start + 64] for start in range(0, len(body), 64)]
        text += f"-----BEGIN {label}-----\n" + "\n".join(lines) + f"\n-----END {label}-----\n"
    return text


# The good ones -------------------------------------------------------------------------------------------------------------

ROOT = Authority("root", key("root"))
ISSUER = Authority("intermediate", key("intermediate"))
LEAF = key("leaf")
SIGNING = [usage("keyCertSign", "cRLSign")]
CA = [constraints(True), *SIGNING]


def skid(private):
    return extension("2.5.29.14", tlv(0x04, identifier(private)))


def root(extensions=None, **changes):
    named = alternative(("uri", f"spiffe://{DOMAIN}"), critical=False)
    return certificate("root", ROOT.key, ROOT, [*(extensions or CA), skid(ROOT.key), named], **changes)


def intermediate(extensions=None, by=ROOT, private=None, subject="intermediate", **changes):
    private = private or ISSUER.key
    standard = [constraints(True, 0), *SIGNING, skid(private), subtrees(permitted=[("uri", DOMAIN)])]
    return certificate(subject, private, by, standard if extensions is None else extensions, **changes)


def leaf(
    limits=constraints(False), uses=usage("digitalSignature"), extended_uses=extended("server", "client"),
    names=alternative(("uri", SITE)), further=(), by=ISSUER, private=LEAF, subject=None, **changes,
):
    extensions = [part for part in (limits, uses, extended_uses, names) if part] + list(further)
    return certificate(subject, private, by, extensions, **changes)


CASES = []


def case(title, expect, chain, roots=None, lists=(), handshake=True):
    CASES.append((title, expect, chain, roots or [root()], lists, handshake))


def named(title, expect, *names):
    case(title, expect, [leaf(names=alternative(*names)), intermediate()])


def below(title, expect, extensions, **changes):
    """A good leaf below a bad intermediate."""
    case(title, expect, [leaf(), intermediate(extensions, **changes)])


def good_cases():
    case("good", None, [leaf(), intermediate()])
    case("good-with-root", None, [leaf(), intermediate(), root()])
    case("good-without-extended-usage", None, [leaf(extended_uses=None), intermediate()])
    named("good-with-host-name", None, ("uri", SITE), ("dns", "camera.example"))
    case("good-for-key-agreement", None, [leaf(uses=usage("digitalSignature", "keyEncipherment", "keyAgreement")), intermediate()])
    case("good-unknown-extension", None, [leaf(further=[extension("1.2.3.4", b"\x05\x00")]), intermediate()])
    case("good-beside-an-expired-one", None, [
        leaf(), intermediate(subject="intermediate", end=AT - timedelta(days=1)), intermediate()])
    usages = extended("server", "client")
    below("good-intermediate-of-both-usages", None, [constraints(True, 0), *SIGNING, usages])
    long_path = Authority("middle", key("middle"))
    case("good-path-of-three", None, [
        leaf(), intermediate(by=long_path), certificate("middle", long_path.key, ROOT, [constraints(True, 1), *SIGNING])])
    case("good-list", None, [leaf(), intermediate()], lists=[revocations(ISSUER, [4711]), revocations(ROOT)])


def leaf_cases():
    case("leaf-ca", "leaf_is_authority", [leaf(limits=constraints(True)), intermediate()])
    case("leaf-signs-certificates", "leaf_is_authority", [leaf(uses=usage("digitalSignature", "keyCertSign")), intermediate()])
    case("leaf-signs-lists", "leaf_is_authority", [leaf(uses=usage("digitalSignature", "cRLSign")), intermediate()])
    case("leaf-constrains-names", "leaf_is_authority", [leaf(further=[subtrees(permitted=[("uri", DOMAIN)])]), intermediate()])
    case("leaf-without-usage", "key_usage", [leaf(uses=None), intermediate()])
    case("leaf-usage-not-critical", "key_usage", [leaf(uses=usage("digitalSignature", critical=False)), intermediate()])
    # A TLS client does not even load a certificate that it cannot sign with.
    case("leaf-without-signature", "key_usage", [leaf(uses=usage("keyAgreement")), intermediate()], handshake=False)
    case("leaf-non-repudiation", "key_usage_too_wide", [leaf(uses=usage("digitalSignature", "nonRepudiation")), intermediate()])
    case("leaf-data-encipherment", "key_usage_too_wide", [leaf(uses=usage("digitalSignature", "dataEncipherment")), intermediate()])
    for usages in (["server"], ["client"], ["any"], ["code"]):
        case(f"leaf-extended-usage-{usages[0]}", "extended_key_usage", [leaf(extended_uses=extended(*usages)), intermediate()])
    case("leaf-expired", "expired", [leaf(end=AT - timedelta(seconds=1)), intermediate()])
    case("leaf-not-yet-valid", "not_yet_valid", [leaf(start=AT + timedelta(seconds=1)), intermediate()])


def name_cases():
    case("name-none", "uri_names", [leaf(names=None, subject="camera"), intermediate()])
    named("name-host-only", "uri_names", ("dns", "mesh.example"))
    named("name-two", "uri_names", ("uri", SITE), ("uri", f"spiffe://{DOMAIN}/camera/site-2"))
    named("name-33", "too_many_names", ("uri", SITE), *(("dns", f"h{number}.example") for number in range(32)))
    named("name-other-domain", "trust_domain", ("uri", "spiffe://other.example/camera/site-1"))
    named("name-sub-domain", "trust_domain", ("uri", "spiffe://evil.mesh.example/camera/site-1"))
    named("name-super-domain", "trust_domain", ("uri", "spiffe://example/camera/site-1"))
    bad = {
        "no-path": f"spiffe://{DOMAIN}", "empty-path": f"spiffe://{DOMAIN}/", "one-segment": f"spiffe://{DOMAIN}/camera",
        "trailing-slash": SITE + "/", "empty-segment": f"spiffe://{DOMAIN}//site-1", "dots": f"spiffe://{DOMAIN}/camera/..",
        "dot": f"spiffe://{DOMAIN}/./site-1", "percent": f"spiffe://{DOMAIN}/camera/%61", "port": f"spiffe://{DOMAIN}:443/camera/site-1",
        "user": f"spiffe://user@{DOMAIN}/camera/site-1", "query": SITE + "?a=b", "fragment": SITE + "#a",
        "upper-domain": "spiffe://MESH.example/camera/site-1", "upper-scheme": f"SPIFFE://{DOMAIN}/camera/site-1",
        "https": f"https://{DOMAIN}/camera/site-1", "too-long": f"spiffe://{DOMAIN}/camera/" + "a" * 2048,
    }
    for title, uri in bad.items():
        named(f"name-{title}", "spiffe_id", ("uri", uri))


def field_cases():
    unknown = extension("1.2.3.4", b"\x05\x00", True)
    case("field-unknown-critical", "unknown_critical_extension", [leaf(further=[unknown]), intermediate()])
    policy = extension("2.5.29.36", seq(tlv(0x80, b"\x00")))
    case("field-policy-constraints", "unknown_critical_extension", [leaf(further=[policy]), intermediate()])
    case("field-extension-twice", "malformed", [leaf(further=[usage("digitalSignature")]), intermediate()])
    case("field-version-1", "malformed", [certificate("camera", LEAF, ISSUER, [], version=0), intermediate()])
    case("field-serial-zero", "malformed", [leaf(serial=0), intermediate()])
    case("field-serial-negative", "malformed", [leaf(serial=-5), intermediate()])
    case("field-serial-21-octets", "malformed", [leaf(serial=1 << 160), intermediate()])
    case("field-names-not-critical", "malformed", [leaf(names=alternative(("uri", SITE), critical=False)), intermediate()])
    case("field-no-issuer", "malformed", [leaf(by=Authority(None, ISSUER.key)), intermediate()])
    case("field-constrains-nothing", "malformed", [leaf(), intermediate([*CA, extension("2.5.29.30", seq(), True)])])
    empty = extension("2.5.29.30", seq(tlv(0xA0), tlv(0xA1)), True)
    case("field-constrains-nothing-twice", "malformed", [leaf(), intermediate([*CA, empty])])
    for title, host in (("underscore", "a_b.example"), ("wildcard-within", "a.*.example"), ("wildcard-alone", "*"), ("address", "a..b")):
        named(f"field-host-{title}", "malformed", ("uri", SITE), ("dns", host))
    case("field-two-algorithms", "signature_algorithm_mismatch", [leaf(inner="sha384"), intermediate()])
    case("field-spare-bit", "malformed", [leaf(spare=True), intermediate()])
    case("field-too-large", "too_large", [leaf(further=[extension("1.2.3.4", bytes(16 << 10))]), intermediate()])
    case("field-trailing-byte", "malformed", [leaf() + b"\x00", intermediate()], handshake=False)


def algorithm_cases():
    case("algorithm-sha1", "weak_algorithm", [leaf(algorithm="sha1"), intermediate()])
    weak = Authority("intermediate", rsa.generate_private_key(65537, 1024))
    case("algorithm-rsa-1024-issuer", "weak_algorithm", [
        leaf(by=weak, algorithm="rsa-sha256"), intermediate(private=weak.key)])
    strong = Authority("intermediate", rsa.generate_private_key(65537, 2048))
    case("good-rsa-2048-issuer", None, [leaf(by=strong, algorithm="rsa-sha256"), intermediate(private=strong.key)])
    case("algorithm-rsa-sha1", "weak_algorithm", [leaf(by=strong, algorithm="rsa-sha1"), intermediate(private=strong.key)])
    # Leaves of these keys do not get as far as our verification in a handshake: TLS has no use for them.
    for title, curve in (("p192", ec.SECP192R1()), ("p521", ec.SECP521R1()), ("secp256k1", ec.SECP256K1())):
        case(f"algorithm-{title}", "weak_algorithm", [leaf(private=key("leaf", curve)), intermediate()], handshake=False)
    case("algorithm-rsa-1024", "weak_algorithm", [leaf(private=weak.key), intermediate()], handshake=False)
    case("good-p384", None, [leaf(private=key("leaf", ec.SECP384R1())), intermediate()], handshake=False)
    edwards = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"tacet fixture leaf").digest())
    case("good-ed25519", None, [leaf(private=edwards), intermediate()], handshake=False)


def signer_cases():
    below("signer-no-ca", "signer_not_an_authority", [constraints(False), *SIGNING])
    below("signer-without-constraints", "signer_not_an_authority", SIGNING)
    below("signer-without-usage", "signer_may_not_sign", [constraints(True)])
    below("signer-lists-only", "signer_may_not_sign", [constraints(True), usage("cRLSign")])
    below("signer-constraints-not-critical", "signer_malformed", [constraints(True, critical=False), *SIGNING])
    below("signer-code-signing", "signer_of_other_usage", [*CA, extended("code")])
    below("signer-server-only", "signer_of_other_usage", [*CA, extended("server")])
    below("signer-of-a-workload", "signer_of_other_name", [*CA, alternative(("uri", SITE))])
    below("signer-of-other-domain", "signer_of_other_name", [*CA, alternative(("uri", "spiffe://other.example"))])
    below("signer-of-authority-less-name", "signer_of_other_name", [*CA, alternative(("uri", "urn:mesh"))])
    below("signer-version-1", "malformed", [], version=0)
    below("signer-expired", "expired", None, end=AT - timedelta(days=1))
    below("signer-unknown-critical", "unknown_critical_extension", [*CA, extension("1.2.3.4", b"\x05\x00", True)])
    other = Authority("other", LEAF)
    case("signer-is-a-leaf", "signer_not_an_authority", [
        leaf(by=other), leaf(subject="other", names=alternative(("uri", f"spiffe://{DOMAIN}/camera/site-2"))), intermediate()])


def path_cases():
    stranger = Authority("root", key("stranger"))
    case("path-without-intermediate", "untrusted", [leaf()])
    case("path-of-another-root", "untrusted", [leaf(), intermediate(by=stranger)])
    case("path-of-a-root-presented", "untrusted", [
        leaf(), intermediate(by=stranger), certificate("root", stranger.key, stranger, CA)])
    case("path-of-another-key", "untrusted", [leaf(by=Authority("intermediate", key("stranger"))), intermediate()])
    case("path-self-signed", "untrusted", [leaf(by=Authority("self", LEAF), subject="self")])
    middle = Authority("middle", key("middle"))
    case("path-length", "path_length", [
        leaf(), intermediate(by=middle), certificate("middle", middle.key, ROOT, [constraints(True, 0), *SIGNING])])
    names = {
        "other-domain": dict(permitted=[("uri", "other.example")]), "suffix": dict(permitted=[("uri", "example")]),
        "below-only": dict(permitted=[("uri", ".mesh.example")]), "excluded": dict(excluded=[("uri", DOMAIN)]),
        "excluded-below": dict(permitted=[("uri", DOMAIN)], excluded=[("uri", ".mesh.example"), ("uri", DOMAIN)]),
    }
    for title, trees in names.items():
        below(f"path-names-{title}", "name_constraints", [*CA, subtrees(**trees)])
    case("path-names-of-hosts", "name_constraints", [
        leaf(names=alternative(("uri", SITE), ("dns", "evil.test"))), intermediate([*CA, subtrees(permitted=[("dns", "mesh.example")])])])
    hosts = alternative(("uri", SITE), ("dns", "*.mesh.test"))
    for title, trees in {
        "for-an-excluded-host": dict(excluded=[("dns", "secret.mesh.test")]), "below-an-excluded-host": dict(excluded=[("dns", "test")]),
        "with-a-dot": dict(permitted=[("dns", ".mesh.test")]),
    }.items():
        case(f"path-names-wildcard-{title}", "name_constraints", [leaf(names=hosts), intermediate([*CA, subtrees(**trees)])])
    case("good-names-wildcard", None, [
        leaf(names=hosts), intermediate([*CA, subtrees(permitted=[("dns", "mesh.test")], excluded=[("dns", "other.test")])])])
    below("good-names-below-excluded", None, [*CA, subtrees(excluded=[("uri", ".mesh.example")])])
    case("path-names-of-the-root", "name_constraints", [leaf(), intermediate()],
         roots=[root([*CA, subtrees(permitted=[("uri", "other.example")])])])
    case("path-root-expired", "root_expired", [leaf(), intermediate()], roots=[root(end=AT - timedelta(days=1))])
    case("path-root-not-yet-valid", "root_not_yet_valid", [leaf(), intermediate()], roots=[root(start=AT + timedelta(days=1))])
    case("path-root-lists-only", "signer_may_not_sign", [leaf(), intermediate()], roots=[root([constraints(True), usage("cRLSign")])])
    case("good-root-renewed", None, [leaf(), intermediate()], roots=[root(end=AT - timedelta(days=1)), root()])
    first, second = Authority("first", key("first")), Authority("second", key("second"))
    case("path-cycle", "untrusted", [
        leaf(by=first), certificate("first", first.key, second, CA), certificate("second", second.key, first, CA)])
    case("path-of-nine", "too_many_certificates", [leaf()] + [intermediate()] * 8)


def list_cases():
    chain = [leaf(serial=4711), intermediate(serial=42)]
    reason = seq(extension("2.5.29.21", b"\x0a\x01\x01"))
    case("list-revoked", "revoked", chain, lists=[revocations(ISSUER, [4711], entry=reason)])
    case("list-intermediate-revoked", "revoked", chain, lists=[revocations(ISSUER), revocations(ROOT, [42])])
    case("list-older-does-not-count", "revoked", chain, lists=[revocations(ISSUER, [4711], number=8), revocations(ISSUER, number=7)])
    case("list-stale", "revocation_list_stale", chain, lists=[revocations(ISSUER, end=AT - timedelta(seconds=1))])
    case("list-of-the-root-stale", "revocation_list_stale", chain, lists=[
        revocations(ISSUER), revocations(ROOT, end=AT - timedelta(seconds=1))])
    case("list-not-yet-issued", "revocation_list_not_yet_issued", chain, lists=[
        revocations(ISSUER, start=AT + timedelta(seconds=1), end=AT + timedelta(days=1))])
    case("list-forged", "revocation_list_forged", chain, lists=[revocations(ISSUER, signer=key("stranger"))])
    case("list-missing", "revocation_list_missing", chain, lists=[revocations(ROOT)])
    case("list-of-another-key", "revocation_list_missing", chain, lists=[revocations(Authority("intermediate", key("stranger")))])
    case("list-of-no-signer-of-lists", "revocation_list_signer", [
        leaf(), intermediate([constraints(True, 0), usage("keyCertSign")])], lists=[revocations(ISSUER)])
    delta = extension("2.5.29.27", integer(1), True)
    indirect = extension("2.5.29.28", seq(tlv(0x84, b"\xff")), True)
    other = seq(extension("2.5.29.29", seq(tlv(0xA4, name("other"))), True))
    case("list-delta", "bad_input", chain, lists=[revocations(ISSUER, further=[delta])], handshake=False)
    case("list-indirect", "bad_input", chain, lists=[revocations(ISSUER, further=[indirect])], handshake=False)
    case("list-of-others", "bad_input", chain, lists=[revocations(ISSUER, [1], entry=other)], handshake=False)
    case("list-unknown-critical", "bad_input", chain, lists=[
        revocations(ISSUER, further=[extension("1.2.3.4", b"\x05\x00", True)])], handshake=False)
    case("list-without-number", "bad_input", chain, lists=[revocations(ISSUER, number=None)], handshake=False)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1] / "Fixtures/identity")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.pem"):
        old.unlink()
    for cases in (good_cases, leaf_cases, name_cases, field_cases, algorithm_cases, signer_cases, path_cases, list_cases):
        cases()
    standard = pem("CERTIFICATE", root())
    (folder / "roots.pem").write_text(standard)
    nameless = certificate("root", ROOT.key, ROOT, [*CA, skid(ROOT.key)])
    (folder / "nameless-roots.pem").write_text(pem("CERTIFICATE", nameless))
    expectations = []
    for title, expect, chain, roots, lists, handshake in CASES:
        (folder / f"{title}.pem").write_text(pem("CERTIFICATE", *chain))
        entry = {"name": title, "rule": expect, "roots": "roots.pem", "handshake": handshake}
        if (text := pem("CERTIFICATE", *roots)) != standard:
            entry["roots"] = f"{title}.roots.pem"
            (folder / entry["roots"]).write_text(text)
        if lists:
            entry["crl"] = f"{title}.crl.pem"
            (folder / entry["crl"]).write_text(pem("X509 CRL", *lists))
        expectations.append(entry)
    document = {"at": AT.strftime("%Y-%m-%dT%H:%M:%SZ"), "trust_domain": DOMAIN, "spiffe_id": SITE, "cases": expectations}
    lines = json.dumps(document, indent=1)
    (folder / "expectations.json").write_text(lines + "\n")
    print(f"{len(expectations)} cases, {sum(1 for entry in expectations if entry['rule'])} of them bad, in {folder}")


if __name__ == "__main__":
    main()
