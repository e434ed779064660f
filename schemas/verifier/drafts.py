"""Chain exports taken apart, changed, and hashed and signed anew: what `break_chain.py` works with.

Nothing here verifies anything. That it hashes and signs as the ledger does is seen there: a good export that is sealed
anew is the same bytes.
"""

import base64
import copy
import functools
import hashlib
import json
import re

import verify_chain
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from verify_chain import jcs, sha3, unbase64url

ORDERS = {
    "ES256K": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "EdDSA": 2**252 + 27742317777372353535851937790883648493,
}
CURVES = {"ES256K": ("secp256k1", ec.SECP256K1()), "ES256": ("P-256", ec.SECP256R1())}
ACCEPTED = {"code": None, "detail": {}, "outcome": "accepted"}


def refused(code):
    return {"code": code, "detail": {}, "outcome": "rejected"}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def log_key(seed):
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed)


@functools.cache
def opened(jws):
    """Header and payload of a transition; not to be changed."""
    return [json.loads(unbase64url(part)) for part in jws.split(".")[:2]]


def payload_of(jws):
    return opened(jws)[1]


@functools.cache
def id_and_nonce(jws):
    """Of what is no transition, too, so that an entry can be made of it."""
    signing_input = jws.rpartition(".")[0]
    found = re.search(rb'"nonce": ?"([^"]*)"', base64.urlsafe_b64decode(signing_input.split(".")[1] + "=="))
    nonce = base64.urlsafe_b64decode(found[1] + b"==") if found else b""
    return sha3("piao/transition/v1\0", signing_input.encode()), nonce


class Signer:
    """A key that everybody can make, and the person whose first key it is."""

    def __init__(self, alg, name):
        self.alg, self.seed = alg, hashlib.sha256(name.encode()).digest()
        if alg == "EdDSA":
            self.secret = log_key(self.seed)
            self.jwk = {"crv": "Ed25519", "kty": "OKP", "x": base64url(self.secret.public_key().public_bytes_raw())}
        else:
            crv, curve = CURVES[alg]
            self.secret = ec.derive_private_key(int.from_bytes(self.seed), curve)
            point = self.secret.public_key().public_numbers()
            x, y = (base64url(number.to_bytes(32)) for number in (point.x, point.y))
            self.jwk = {"crv": crv, "kty": "EC", "x": x, "y": y}
        thumbprint = hashlib.sha256(jcs(self.jwk)).digest()
        derived = base64.b32encode(sha3("piao/person/v1\0", thumbprint)[:16]).decode().lower().rstrip("=")
        self.kid, self.party = base64url(thumbprint), f"person:{derived}"

    def sign(self, message):
        if self.alg == "EdDSA":
            return self.secret.sign(message)
        der = self.secret.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
        return b"".join(number.to_bytes(32) for number in decode_dss_signature(der))

    def sign_with_no_r(self, message):
        """Ed25519 (RFC 8032 §5.1.6) with r = 0: R is the neutral point, and the equation holds."""
        half = bytearray(hashlib.sha512(self.seed).digest()[:32])
        half[0], half[31] = half[0] & 248, half[31] & 63 | 64
        neutral = (1).to_bytes(32, "little")
        h = hashlib.sha512(neutral + self.secret.public_key().public_bytes_raw() + message).digest()
        s = int.from_bytes(h, "little") * int.from_bytes(half, "little") % ORDERS["EdDSA"]
        return neutral + s.to_bytes(32, "little")

    def jws(self, payload, **header):
        """The transition of a payload; as a text, that may be one that no writer of JSON would write."""
        header = json.dumps({"alg": self.alg, "kid": self.kid, "typ": "piao-transition+jws"} | header)
        payload = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        signing_input = f"{base64url(header.encode())}.{base64url(payload.encode())}"
        return f"{signing_input}.{base64url(self.sign(signing_input.encode()))}"


PERSONS = [Signer(alg, f"a person with {alg}") for alg in ORDERS]
SPARE = Signer("EdDSA", "a second key")
STRANGER = log_key(hashlib.sha256(b"a log that nobody knows").digest())


class Draft:
    """An export, its lines as values."""

    def __init__(self, data, key):
        self.genesis, *self.blocks, self.last = (json.loads(line) for line in data.splitlines())
        self.key, self.id = key, self.blocks[0]["header"]["chain"]

    def copy(self):
        one = copy.copy(self)
        one.genesis, one.blocks, one.last = json.loads(json.dumps([self.genesis, self.blocks, self.last]))
        return one

    def lines(self):
        return [jcs(line) + b"\n" for line in (self.genesis, *self.blocks, self.last)]

    def write(self):
        return b"".join(self.lines())

    def places(self, suits=lambda payload, outcome: True):
        """Block and place of every transition that suits."""
        rows = ((block, place) for block in self.blocks for place in range(len(block["transitions"])))
        return [(b, p) for b, p in rows if suits(payload_of(b["transitions"][p]), b["outcomes"][p])]

    def seal(self, adjust=lambda header: None, signs=True):
        """Numbers, links and hashes every block anew, and signs the checkpoint; `adjust` may change a header before
        it is hashed."""
        log, prev = verify_chain.Chain(None), "0" * 64
        for height, block in enumerate(self.blocks):
            header, count = block["header"], len(block["transitions"])
            header |= {"height": height, "prev": prev, "first": log.size, "count": count, "root": ""}
            adjust(header)
            for jws, outcome in zip(block["transitions"], block["outcomes"], strict=True):
                name, nonce = id_and_nonce(jws)
                decided = {**outcome, "height": header["height"], "time": header["time"]}
                log.append(b"\x01" + name + sha3("piao/outcome/v1\0", nonce, jcs(decided)))
            header["root"] = header["root"] or log.root().hex()
            block_hash = sha3("piao/block/v1\0", jcs(header))
            log.append(b"\x02" + block_hash + bytes.fromhex(header["state_root"]))
            prev = block_hash.hex()
        if signs:
            self.last = {"checkpoint": self.note(f"{self.id}\n{log.size}\n{base64.b64encode(log.root()).decode()}\n")}
        return self

    def note(self, text, key=None, name=None, key_id=None):
        """A C2SP signed note."""
        key, name = key or self.key, name or self.id
        key_id = key_id or hashlib.sha256(f"{name}\n\x01".encode() + key.public_key().public_bytes_raw()).digest()[:4]
        return f"{text}\n— {name} {base64.b64encode(key_id + key.sign(text.encode())).decode()}\n"

    def asks(self, signer, kind, body, **other):
        """A payload."""
        nonce = hashlib.sha256(f"{kind}{signer.kid}{len(self.blocks)}".encode()).digest()[:16]
        payload = {"v": 1, "chain": self.id, "party": signer.party, "nonce": base64url(nonce)}
        return payload | {"iat": self.blocks[-1]["header"]["time"], "type": kind, "body": body} | other

    def add(self, jws, outcome):
        """One more block, of the last one's time."""
        header = {**self.blocks[-1]["header"]}
        self.blocks.append({"header": header, "outcomes": [outcome], "transitions": [jws]})


def continued(draft):
    """As good a chain: persons of ours enrol at its end, and the first adds a key and revokes the one it had."""
    for person in PERSONS:
        draft.add(person.jws(draft.asks(person, "party.enroll", {"key": person.jwk})), ACCEPTED)
    one = PERSONS[0]
    draft.add(one.jws(draft.asks(one, "key.add", {"key": SPARE.jwk})), ACCEPTED)
    draft.add(SPARE.jws(draft.asks(SPARE, "key.revoke", {"kid": one.kid}, party=one.party)), ACCEPTED)
    draft.add(one.jws(draft.asks(one, "key.add", {"key": PERSONS[1].jwk})), refused("key.revoked"))
    return draft.seal()


def merged(draft):
    """As good a chain: blocks of one time are one block, but for who signs in it and got the key just before."""
    genesis, *blocks = draft.blocks
    draft.blocks, new = [genesis], set()
    for block in blocks:
        before, payloads = draft.blocks[-1], [payload_of(jws) for jws in block["transitions"]]
        apart = len(draft.blocks) == 1 or block["header"]["time"] != before["header"]["time"]
        if apart or new & {payload["party"] for payload in payloads}:
            draft.blocks.append(block)
            new = set()
        else:
            before["transitions"] += block["transitions"]
            before["outcomes"] += block["outcomes"]
        new |= {payload["body"].get("party", payload["party"]) for payload in payloads if "key" in payload["body"]}
    return draft.seal()


def twins(draft):
    """As good a chain: every ECDSA signature has its other S."""
    for block, place in draft.places():
        jws = block["transitions"][place]
        signature, alg = unbase64url(jws.rpartition(".")[2]), opened(jws)[0]["alg"]
        if alg != "EdDSA":
            other = signature[:32] + (ORDERS[alg] - int.from_bytes(signature[32:])).to_bytes(32)
            block["transitions"][place] = f"{jws.rpartition('.')[0]}.{base64url(other)}"
    return draft
