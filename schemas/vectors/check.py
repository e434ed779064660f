"""Checks the vectors with nothing of ours: Python's hashlib and the `cryptography` package.

    python3 schemas/vectors/check.py

What it does is all that a client in another language has to do. Signatures are verified, not compared, since ECDSA
need not be deterministic; ids and digests are compared.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

HERE = Path(__file__).parent
CURVES = {"secp256k1": ec.SECP256K1(), "P-256": ec.SECP256R1()}


def read(name):
    return json.loads((HERE / name).read_text())


def unbase64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sha3(tag, *parts):
    return hashlib.sha3_256(tag.encode() + b"".join(parts)).digest()


def jcs(value):
    """RFC 8785 for values without fractions: members in the order of their UTF-16 code units."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(jcs(name) + ":" + jcs(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def verify(jwk, signature, message):
    if jwk["kty"] == "OKP":
        ed25519.Ed25519PublicKey.from_public_bytes(unbase64url(jwk["x"])).verify(signature, message)
        return
    x, y = (int.from_bytes(unbase64url(jwk[name])) for name in ("x", "y"))
    key = ec.EllipticCurvePublicNumbers(x, y, CURVES[jwk["crv"]]).public_key()
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    key.verify(der, message, ec.ECDSA(SHA256()))


def tree_root(leaves):
    """RFC 6962 §2.1 over leaf hashes."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + tree_root(leaves[:split]) + tree_root(leaves[split:])).digest()


def check_keys(keys):
    for key in keys.values():
        thumbprint = hashlib.sha256(jcs(key["jwk"]).encode()).digest()
        assert key["kid"] == base64url(thumbprint)
        bits = sha3("piao/person/v1\0", thumbprint)[:16]
        person = base64.b32encode(bits).rstrip(b"=").decode().lower()
        assert key["person_of_key"] == "person:" + person
        secret = bytes.fromhex(key["secret"])
        if key["jwk"]["kty"] == "OKP":
            public = ed25519.Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
            assert key["jwk"]["x"] == base64url(public)
        else:
            curve = CURVES[key["jwk"]["crv"]]
            numbers = ec.derive_private_key(int.from_bytes(secret), curve).public_key().public_numbers()
            assert key["jwk"]["x"] == base64url(numbers.x.to_bytes(32))
            assert key["jwk"]["y"] == base64url(numbers.y.to_bytes(32))


def check_transitions(keys, rows, chain):
    for row in rows:
        key = keys[row["alg"]]
        signing_input, _, signature = row["jws"].rpartition(".")
        header, payload = map(unbase64url, signing_input.split("."))
        assert row["signing_input"] == signing_input and row["payload"] == payload.decode()
        assert json.loads(header) == {"alg": row["alg"], "kid": key["kid"], "typ": "piao-transition+jws"}
        claims = json.loads(payload)
        assert (claims["v"], claims["chain"], claims["type"]) == (1, chain, row["type"])
        assert claims["party"] == key["party"] and 16 <= len(unbase64url(claims["nonce"])) <= 32
        assert row["id"] == sha3("piao/transition/v1\0", signing_input.encode()).hex()
        verify(key["jwk"], unbase64url(signature), signing_input.encode())
        try:
            verify(key["jwk"], unbase64url(signature), signing_input.encode() + b"A")
            raise AssertionError("a signature over other bytes held")
        except InvalidSignature:
            pass


def check_read_tokens(keys, rows, chain):
    for row in rows:
        key = keys[row["alg"]]
        signing_input, _, signature = row["token"].rpartition(".")
        header, claims = (json.loads(unbase64url(part)) for part in signing_input.split("."))
        assert header == {"alg": row["alg"], "kid": key["kid"], "typ": "JWT"}
        assert claims == {"iss": key["party"], "aud": chain, "iat": row["iat"], "exp": row["exp"]}
        assert row["party"] == key["party"] and 0 < row["exp"] - row["iat"] <= 300
        verify(key["jwk"], unbase64url(signature), signing_input.encode())


def check_claim(claim):
    message = jcs({name: claim[name] for name in ("chain", "invoice", "holder")})
    assert claim["message_after_tag"] == message
    secret = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(claim["seed"]))
    assert claim["claim_key"] == base64url(secret.public_key().public_bytes_raw())
    assert claim["proof"] == base64url(secret.sign(b"piao/claim/v1\0" + message.encode()))


def check_sealed(rows):
    for row in rows:
        assert row["canonical"] == jcs(row["sealed"]["data"])
        salt = unbase64url(row["sealed"]["salt"])
        assert row["sealed_digest"] == sha3("piao/sealed/v1\0", salt, row["canonical"].encode()).hex()


def check_log(log, transitions):
    genesis = unbase64url(log["genesis_base64url"])
    assert genesis == (HERE / "genesis.json").read_bytes()
    assert log["genesis_sha3_256"] == hashlib.sha3_256(genesis).hexdigest()
    assert log["chain"] == "vectors-" + log["genesis_sha3_256"][:32]
    known = {row["id"]: row for row in transitions}
    entries = []
    decided = iter(log["outcomes"])
    for block in log["blocks"]:
        header = json.loads(block["header"])
        assert block["header"] == jcs(header) and header["first"] == len(entries)
        assert block["hash"] == sha3("piao/block/v1\0", block["header"].encode()).hex()
        for index in range(header["first"], header["first"] + header["count"]):
            row = next(decided)
            receipt = json.loads(row["receipt"])
            assert row["receipt"] == jcs(receipt)
            members = ("outcome", "code", "detail", "height", "time")
            assert row["decided"] == jcs({name: receipt[name] for name in members})
            claims = json.loads(known[receipt["transition"]]["payload"])
            nonce = unbase64url(claims["nonce"])
            digest = sha3("piao/outcome/v1\0", nonce, row["decided"].encode())
            assert row["nonce"] == claims["nonce"] and row["outcome_digest"] == digest.hex()
            place = (header["height"], index, block["hash"], header["time"])
            assert place == tuple(receipt[name] for name in ("height", "index", "block", "time"))
            entries.append(b"\x01" + bytes.fromhex(receipt["transition"]) + digest)
        leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        assert header["root"] == tree_root(leaves).hex()
        entries.append(b"\x02" + bytes.fromhex(block["hash"]) + bytes.fromhex(header["state_root"]))
    leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
    assert log["entries"] == [entry.hex() for entry in entries]
    assert log["leaves"] == [leaf.hex() for leaf in leaves] and log["root"] == tree_root(leaves).hex()
    check_checkpoint(log, len(entries))


def check_checkpoint(log, size):
    """C2SP signed note: the text, an empty line, then `— name base64(key id ‖ signature)`."""
    secret = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(log["log_key_seed"]))
    public = secret.public_key().public_bytes_raw()
    root = base64.b64encode(bytes.fromhex(log["root"])).decode()
    text = f"{log['chain']}\n{size}\n{root}\n"
    key_id = hashlib.sha256(log["chain"].encode() + b"\n\x01" + public).digest()[:4]
    line = base64.b64encode(key_id + secret.sign(text.encode())).decode()
    assert log["checkpoint"] == f"{text}\n— {log['chain']} {line}\n"


def check_announcement(row):
    secret = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(row["log_key_seed"]))
    digest = hashlib.sha256(row["line"].encode()).digest()
    signature = secret.sign(b"piao/announcement/v1\0" + digest)
    assert row["announcement"] == row["line"] + base64url(signature)
    assert row["line"] == jcs(json.loads(row["line"])) + "\n"


def main():
    keys = {key["alg"]: key for key in read("keys.json")}
    transitions, log = read("transitions.json"), read("log.json")
    check_keys(keys)
    check_claim(read("claim.json"))
    check_sealed(read("sealed.json"))
    check_transitions(keys, transitions, log["chain"])
    check_read_tokens(keys, read("read_tokens.json"), log["chain"])
    check_log(log, transitions)
    check_announcement(read("announcement.json"))
    print(f"{len(transitions)} transitions, {len(log['entries'])} entries: all hold", file=sys.stderr)


main()
