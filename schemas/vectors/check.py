"""Checks the vectors with nothing of ours: Python's hashlib and the `cryptography` package.

    python3 schemas/vectors/check.py

What it does is all that a client in another language has to do. Signatures are verified, not compared, since ECDSA
need not be deterministic; ids and digests are compared.
"""

import base64
import hashlib
import json
import re
import sys
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

HERE = Path(__file__).parent
CURVES = {"secp256k1": ec.SECP256K1(), "P-256": ec.SECP256R1()}
ALGORITHMS = {"secp256k1": "ES256K", "P-256": "ES256", "Ed25519": "EdDSA"}
INTEGER_MAX = 2**53 - 1
CHAIN = "[a-z0-9][a-z0-9-]{0,31}-[0-9a-f]{32}"
CODE = "[a-z0-9][a-z0-9-]{0,31}"
PARTY = f"(bureau|node):{CODE}|uscc:[0-9A-HJ-NPQRTUWXY]{{18}}|person:[a-z2-7]{{26}}"
WRONG = (AssertionError, AttributeError, KeyError, TypeError, ValueError, InvalidSignature)


class Failed(Exception):
    """The name of the first check that failed."""


@contextmanager
def step(name):
    try:
        yield
    except WRONG as error:
        raise Failed(name) from error


def read(name):
    return json.loads((HERE / name).read_text())


def unbase64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text):
    """base64url in its one spelling: no padding, no letters of other alphabets, unused bits zero."""
    data = unbase64url(text)
    assert base64url(data) == text
    return data


def strict(text):
    """JSON as the protocol has it: no member twice, no fraction, no integer that another reader would round."""

    def members(pairs):
        assert len({name for name, _ in pairs}) == len(pairs)
        return dict(pairs)

    def integer(digits):
        assert abs(int(digits)) <= INTEGER_MAX
        return int(digits)

    def refused(_):
        raise ValueError("no integer")

    return json.loads(
        text, object_pairs_hook=members, parse_int=integer, parse_float=refused, parse_constant=refused
    )


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


def thumbprint(jwk):
    """RFC 7638."""
    return hashlib.sha256(jcs(jwk).encode()).digest()


def take_apart(jws, typ, bytes_max):
    """Header, payload, signing input and signature of a compact JWS whose signature nobody has checked."""
    assert len(jws.encode()) <= bytes_max
    header, payload, signature = jws.split(".")
    signing_input = f"{header}.{payload}".encode()
    header, payload, signature = strict(decoded(header).decode()), decoded(payload).decode(), decoded(signature)
    assert header.keys() == {"alg", "kid", "typ"} and header["typ"] == typ
    assert header["alg"] in ALGORITHMS.values() and len(decoded(header["kid"])) == 32
    assert len(signature) == 64
    return header, strict(payload), signing_input, signature


def leaf(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(leaf_hash, index, size, path, root):
    """RFC 9162 §2.1.3.2."""
    assert index < size
    place, last, found = index, size - 1, leaf_hash
    for sibling in path:
        assert last > 0
        if place % 2 == 1 or place == last:
            found = node(sibling, found)
            while place % 2 == 0 and place > 0:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def tree_root(leaves):
    """RFC 6962 §2.1 over leaf hashes."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node(tree_root(leaves[:split]), tree_root(leaves[split:]))


def check_keys(keys):
    for key in keys.values():
        assert key["kid"] == base64url(thumbprint(key["jwk"]))
        bits = sha3("piao/person/v1\0", thumbprint(key["jwk"]))[:16]
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
        leaves = [leaf(entry) for entry in entries]
        assert header["root"] == tree_root(leaves).hex()
        entries.append(b"\x02" + bytes.fromhex(block["hash"]) + bytes.fromhex(header["state_root"]))
    leaves = [leaf(entry) for entry in entries]
    assert log["entries"] == [entry.hex() for entry in entries]
    assert log["leaves"] == [one.hex() for one in leaves] and log["root"] == tree_root(leaves).hex()
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


def is_party(text):
    """A party's shape and, of an enterprise, the check digit (GB 32100-2015)."""
    if not re.fullmatch(PARTY, text):
        return False
    if not text.startswith("uscc:"):
        return True
    values = ["0123456789ABCDEFGHJKLMNPQRTUWXY".index(letter) for letter in text[5:]]
    return sum(value * 3**place for place, value in enumerate(values[:-1])) % 31 == -values[-1] % 31


def open_token(token, jwk, chain, now):
    """Whose token it is; `Failed` says why it opens nothing. That the key is that party's is for a registry to say."""
    with step("malformed"):
        header, claims, signing_input, signature = take_apart(token, "JWT", 4096)
        assert claims.keys() == {"iss", "aud", "iat", "exp"}
        assert is_party(claims["iss"]) and re.fullmatch(CHAIN, claims["aud"])
        assert type(claims["iat"]) is int and type(claims["exp"]) is int
    with step("key"):
        assert header["kid"] == base64url(thumbprint(jwk))
    with step("algorithm"):
        assert header["alg"] == ALGORITHMS[jwk["crv"]]
    with step("signature"):
        verify(jwk, signature, signing_input)
    with step("audience"):
        assert claims["aud"] == chain
    with step("expired"):
        assert claims["exp"] > now
    with step("too_long"):
        assert claims["exp"] <= now + 300
    return claims["iss"]


def check_read_tokens(keys, file):
    for row in file["rows"]:
        header, claims = (unbase64url(part).decode() for part in row["token"].split(".")[:2])
        assert (row["header"], row["claims"]) == (header, claims)
        key = keys[row["alg"]]
        try:
            assert open_token(row["token"], key["jwk"], file["chain"], file["now"]) == key["party"]
            found = "accepted"
        except Failed as failed:
            found = str(failed)
        assert found == row["expect"], (row["name"], found)


def open_note(note, log_key):
    """Origin, size and root of a checkpoint of which every signature line is by the log key."""
    text, lines = note.rsplit("\n\n", 1)
    text += "\n"
    name, public = log_key["name"], unbase64url(log_key["jwk"]["x"])
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    assert lines.endswith("\n")
    for line in lines[:-1].split("\n"):
        dash, signer, data = line.split(" ")
        data = base64.b64decode(data, validate=True)
        assert (dash, signer, data[:4]) == ("—", name, key_id)
        verify(log_key["jwk"], data[4:], text.encode())
    origin, size, root, end = text.split("\n")
    assert re.fullmatch("0|[1-9][0-9]*", size) and end == ""
    return origin, int(size), base64.b64decode(root, validate=True)


def read_bundle(text):
    """A bundle's members; the bytes are exactly the JCS of a closed object."""
    bundle = strict(text)
    assert jcs(bundle) == text and len(text.encode()) <= 1 << 20 and bundle["v"] == 1
    names = {"v", "transition", "jwk", "receipt", "entry", "path", "closing", "checkpoint"}
    assert bundle.keys() == names and bundle["closing"].keys() == {"entry", "path", "header"}
    names = {"transition", "outcome", "code", "detail", "height", "index", "block", "time"}
    assert bundle["receipt"].keys() == names
    names = {"v", "chain", "height", "prev", "time", "first", "count", "root", "state_root"}
    assert bundle["closing"]["header"].keys() - {"genesis"} == names and bundle["closing"]["header"]["v"] == 1
    names = {"kty", "crv", "x"} if bundle["jwk"]["kty"] == "OKP" else {"kty", "crv", "x", "y"}
    assert bundle["jwk"].keys() == names
    for place in (bundle, bundle["closing"]):
        assert len(decoded(place["entry"])) == 65 and decoded(place["entry"])[0] in (1, 2)
        assert all(re.fullmatch("[0-9a-f]{64}", sibling) for sibling in place["path"])
    return bundle


def verify_bundle(text, log_key):
    """What came of the transition; `Failed` names the first check that failed."""
    with step("form"):
        bundle = read_bundle(text)
        receipt, closing = bundle["receipt"], bundle["closing"]
        block, index = closing["header"], receipt["index"]
        entry, closing_entry = decoded(bundle["entry"]), decoded(closing["entry"])
        path, closing_path = ([bytes.fromhex(one) for one in place["path"]] for place in (bundle, closing))
    with step("signature"):
        header, claims, signing_input, signature = take_apart(
            bundle["transition"], "piao-transition+jws", 64 * 1024
        )
        assert header["kid"] == base64url(thumbprint(bundle["jwk"]))
        assert header["alg"] == ALGORITHMS[bundle["jwk"]["crv"]]
        verify(bundle["jwk"], signature, signing_input)
    with step("id"):
        transition = sha3("piao/transition/v1\0", signing_input)
        assert receipt["transition"] == transition.hex() and entry[:33] == b"\x01" + transition
    with step("outcome"):
        decided = jcs({name: receipt[name] for name in ("outcome", "code", "detail", "height", "time")})
        assert entry[33:] == sha3("piao/outcome/v1\0", decoded(claims["nonce"]), decided.encode())
    with step("block"):
        block_hash = sha3("piao/block/v1\0", jcs(block).encode())
        assert receipt["block"] == block_hash.hex()
        assert closing_entry == b"\x02" + block_hash + bytes.fromhex(block["state_root"])
    with step("height_and_time"):
        assert (receipt["height"], receipt["time"]) == (block["height"], block["time"])
    with step("range"):
        end = block["first"] + block["count"]
        assert block["first"] <= index < end
    with step("checkpoint"):
        origin, size, root = open_note(bundle["checkpoint"], log_key)
        assert origin == block["chain"] == claims["chain"]
    with step("inclusion"):
        assert included(leaf(entry), index, size, path, root)
    with step("closing_inclusion"):
        assert included(leaf(closing_entry), end, size, closing_path, root)
    return receipt["outcome"]


def check_proof_bundles(file):
    assert {row["fails"] for row in file["rows"]} == {None, *file["checks"]}
    for row in file["rows"]:
        try:
            assert verify_bundle(row["bundle"], file["log_key"]) in ("accepted", "rejected")
            found = None
        except Failed as failed:
            found = str(failed)
        assert found == row["fails"], (row["name"], found)


def main():
    keys = {key["alg"]: key for key in read("keys.json")}
    transitions, log = read("transitions.json"), read("log.json")
    tokens, bundles = read("read-tokens.json"), read("proof-bundles.json")
    check_keys(keys)
    check_claim(read("claim.json"))
    check_sealed(read("sealed.json"))
    check_transitions(keys, transitions, log["chain"])
    check_log(log, transitions)
    check_announcement(read("announcement.json"))
    check_read_tokens(keys, tokens)
    check_proof_bundles(bundles)
    counts = (len(transitions), len(log["entries"]), len(tokens["rows"]), len(bundles["rows"]))
    print("{} transitions, {} entries, {} read tokens, {} bundles: all hold".format(*counts), file=sys.stderr)


main()
