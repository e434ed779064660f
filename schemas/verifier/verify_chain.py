"""Verifies a chain export with nothing of ours: Python's standard library and the package `cryptography`.

    python3 verify_chain.py chain.ndjson [--genesis-file genesis.json]     (- is stdin)

Written from the protocol, whose clauses the docstrings are. It knows no rules: `piao audit` does. That what was
accepted reimburses no invoice twice, it checks. Exit code 0: the chain holds; 1: refused, where and why; 2: usage.
"""

import argparse
import base64
import hashlib
import json
import re
from collections import Counter
from types import SimpleNamespace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

CURVES = {"secp256k1": ("ES256K", ec.SECP256K1()), "P-256": ("ES256", ec.SECP256R1()), "Ed25519": ("EdDSA", None)}
PARTY = "(bureau|node):[a-z0-9][a-z0-9-]{0,31}|uscc:[0-9A-HJ-NPQRTUWXY]{18}|person:[a-z2-7]{26}"
P, Y8 = 2**255 - 19, 2707385501144840649318225287225658788936804267575313519463743609750303402022  # of Ed25519
OF_BUREAUS = """party.register party.suspend party.reinstate key.reset rules.deploy rules.activate rules.retire
    quota.grant quota.adjust quota.refuse reimbursement.force_release""".split()
TYPES = OF_BUREAUS + """key.add key.revoke party.enroll quota.apply invoice.issue claim.take claim.present
    claim.withdraw reimbursement.lock reimbursement.renew reimbursement.release reimbursement.settle booking.book
    booking.unbook""".split()


class Refused(Exception):
    """The reason, and the place: line, block and transition, as far as it came."""


def need(holds, reason):
    if not holds:
        raise Refused(reason)


def unbase64url(text):
    """Without padding, trailing bits zero."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(base64.urlsafe_b64encode(data).decode().rstrip("=") == text, "base64url: not the one spelling")
    return data


def members(pairs):
    """Duplicate members refused. No schema has a name of other letters, so that all ways to sort them are one."""
    found = dict(pairs)
    need(len(found) == len(pairs) and "".join(found).isascii(), "JSON: a member twice, or unknown")
    return found


def number(digits):  # integers within ±(2^53−1), no floats
    need(re.fullmatch("0|-?[1-9][0-9]{0,15}", digits) and abs(int(digits)) < 2**53, "JSON: not an integer in bounds")
    return int(digits)


strict = json.JSONDecoder(object_pairs_hook=members, parse_int=number, parse_float=number, parse_constant=number).decode
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode  # RFC 8785


def jcs(value):
    return canonical(value).encode()


def closed(value, names, what):
    need(isinstance(value, dict) and value.keys() == set(names.split()), f"{what}: not exactly its members")
    return value


def sha3(tag, *parts):
    return hashlib.sha3_256(tag.encode() + b"".join(parts)).digest()


def is_party(text):
    """uscc:<18 characters, check digit valid (GB 32100-2015)>."""
    values = ["0123456789ABCDEFGHJKLMNPQRTUWXY".find(letter) for letter in text.removeprefix("uscc:")]
    weighed = sum(value * 3 ** (place % 17) for place, value in enumerate(values))
    return re.fullmatch(PARTY, text) and (weighed % 31 == 0 or not text.startswith("uscc:"))


def is_point(data):  # canonical, on the curve, not of small order
    y = int.from_bytes(data, "little") % 2**255
    return y < P and y not in (0, Y8, P - Y8) and pow(121666 * (y * y - 1) * (121666 - 121665 * y * y), P // 2, P) == 1


def read_key(jwk):
    """JWK members are exactly those that RFC 7638 hashes; coordinates are 32 bytes."""
    alg, curve = CURVES[jwk["crv"]]
    closed(jwk, "kty crv x y" if curve else "kty crv x", "key")
    x, y = unbase64url(jwk["x"]), unbase64url(jwk["y" if curve else "x"])
    right = jwk["kty"] == ("EC" if curve else "OKP") and len(x) == len(y) == 32 and (curve or is_point(x))
    need(right, "key: kty, length of a coordinate, or small order")
    ecdsa = curve and ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve).public_key()
    public = ecdsa or ed25519.Ed25519PublicKey.from_public_bytes(x)
    return SimpleNamespace(alg=alg, public=public, thumbprint=hashlib.sha256(jcs(jwk)).digest(), live=True, since=-1)


def check_signature(key, signature, message):
    """ECDSA: accept either S. EdDSA: S < L, canonical A and R, small-order A or R refused, cofactorless equation."""
    r, s = signature[:32], signature[32:]
    need(len(s) == 32 and (key.alg != "EdDSA" or is_point(r)), "signature: length, or small order")
    der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
    try:
        key.public.verify(*((signature, message) if key.alg == "EdDSA" else (der, message, ec.ECDSA(SHA256()))))
    except InvalidSignature:
        raise Refused("signature: not the key's over these bytes") from None


def apply(invoice, what, party, body, detail, time, name):
    """At most one enterprise has live locks, settlements or a booking 02/03; at most one exclusive lock is live."""
    for lock in invoice.locks.values():
        lapsed = time >= lock.lease_until and invoice.booked_by != lock.owner
        forced = what == "force_release" and lock.owner == body["party"]
        lock.state = "ended" if lock.state == "live" and (lapsed or forced) else lock.state
    if what == "lock":
        told = {"amount": max(body["amount"], 1), "exclusive": detail.get("exclusive") is True, "lock": name}
        told |= {"lease_until": time + body["lease_seconds"], "token": len(invoice.locks) + 1}
        need(jcs(told) == jcs(detail), "outcome: not the lock asked for")
        invoice.locks[name] = SimpleNamespace(owner=party, state="live", **told)
    elif what in ("renew", "release", "settle"):
        lock = invoice.locks.get(body["lock"])
        right = lock and (lock.state, lock.owner, lock.token) == ("live", party, body["token"])
        need(right, "invariant: no live lock of this enterprise under this token")
        lock.state = {"renew": "live", "release": "ended", "settle": "settled"}[what]
        lock.lease_until = detail.get("lease_until", lock.lease_until)
    elif what in ("book", "unbook"):
        need(invoice.booked_by in (None, party), "invariant: two enterprises have it")
        invoice.booked_by = party if what == "book" else None
    elif invoice.booked_by == body["party"]:
        invoice.booked_by = None
    held = [lock for lock in invoice.locks.values() if lock.state != "ended"]
    live = [lock for lock in held if lock.state == "live"]
    need(len({lock.owner for lock in held} | {invoice.booked_by} - {None}) <= 1, "invariant: two enterprises have it")
    need(len(live) <= (1 if any(lock.exclusive for lock in live) else 16), "invariant: a lock beside a lock")
    need(sum(lock.amount for lock in held) <= invoice.total, "invariant: more locked and settled than its total")


class Chain:
    """What goes from line to line: keys, ids, locks; and the log (RFC 6962, SHA-256) as roots of complete subtrees."""

    def __init__(self, genesis_file):
        self.genesis_file, self.place, self.keys, self.decided, self.invoices = genesis_file, {}, {}, {}, {}
        self.size, self.subtrees = 0, []

    def append(self, entry):
        found, size = hashlib.sha256(b"\x00" + entry).digest(), self.size
        while size & 1:
            found, size = hashlib.sha256(b"\x01" + self.subtrees.pop() + found).digest(), size >> 1
        self.subtrees.append(found)
        self.size += 1

    def root(self):
        found = self.subtrees[-1] if self.subtrees else hashlib.sha256().digest()
        for left in self.subtrees[-2::-1]:
            found = hashlib.sha256(b"\x01" + left + found).digest()
        return found

    def begin(self, line):
        """First {v, genesis: base64url of the file}. Chain: <name>-<first 32 hex of SHA3-256(genesis file bytes)>."""
        data = unbase64url(closed(line, "genesis v", "line")["genesis"])
        need(self.genesis_file in (None, data), "genesis: not the file that was given")
        genesis = closed(strict(data.decode()), "bureaus logs name nodes parameters seed time v validators", "genesis")
        need(jcs([line["v"], genesis["v"]]) == b"[1,1]" and is_party(f"bureau:{genesis['name']}"), "genesis: v or name")
        digest, self.window = hashlib.sha3_256(data).hexdigest(), genesis["parameters"]["iat_window_seconds"]
        self.id, self.time = f"{genesis['name']}-{digest[:32]}", genesis["time"]
        self.logs = [read_key(log["key"]) for log in genesis["logs"]]
        for one in genesis["bureaus"] + genesis["nodes"]:
            need(is_party(one["party"]) and one["party"] not in self.keys, "genesis: a party twice")
            self.keys[one["party"]] = {(key := read_key(one["key"])).thumbprint: key}
        self.next = {"height": 0, "prev": "0" * 64, "genesis": digest, "time": self.time, "count": 0}

    def block(self, line):
        """`root` of all entries before its closing entry: 0x02 ‖ block hash ‖ state root (32 zero bytes so far)."""
        header, count = closed(line, "header outcomes transitions", "line")["header"], len(line["transitions"])
        self.place = {"block": header["height"]}
        expected = {"v": 1, "chain": self.id, "first": self.size, "count": count, "state_root": "0" * 64, **self.next}
        closed(header, " ".join({**expected, "time": 0, "root": 0}), "header")
        for name, value in [*expected.items(), ("count", count), ("count", len(line["outcomes"]))]:
            need(type(header[name]) is type(value) and header[name] == value, f"header: {name}")
        need(type(header["time"]) is int and header["time"] >= self.time, "header: time goes back")
        for place, (jws, outcome) in enumerate(zip(line["transitions"], line["outcomes"], strict=True)):
            self.place["transition"] = place
            self.transition(jws, closed(outcome, "outcome code detail", "outcome"), header)
        self.place.pop("transition", None)
        need(header["root"] == self.root().hex(), "header: root")
        block_hash, self.time = sha3("piao/block/v1\0", jcs(header)), header["time"]
        self.append(b"\x02" + block_hash + bytes(32))
        self.next = {"height": header["height"] + 1, "prev": block_hash.hex()}

    def transition(self, jws, outcome, header):
        """Invalid: a malformed or wrongly signed transition, an unknown key, an id repeated or already decided."""
        signing_input, _, signature = jws.rpartition(".")
        protected, payload = (strict(unbase64url(part).decode()) for part in signing_input.split("."))
        closed(protected, "alg kid typ", "protected header")
        closed(payload, "v chain party nonce iat type body", "payload")
        party, kind, body = payload["party"], payload["type"], payload["body"]
        kid, nonce, code = unbase64url(protected["kid"]), unbase64url(payload["nonce"]), outcome["code"]
        need(payload["chain"] == self.id, "payload: of another chain")
        right = protected["typ"] == "piao-transition+jws" and len(jws) <= 1 << 16 and jcs(payload).endswith(b',"v":1}')
        right = right and is_party(party) and 16 <= len(nonce) <= 32 and type(payload["iat"]) is int and kind in TYPES
        sealed = re.fullmatch("[0-9a-f]{64}", body.get("sealed_digest", "0" * 64))
        need(right and sealed, "transition: size, typ, v, party, nonce, iat, type or sealed_digest")
        key = self.keys.get(party, {}).get(kid)
        if kind == "party.enroll":  # the JWK in its body, whose thumbprint must be the kid and derive the party
            own = read_key(body["key"])
            derived = base64.b32encode(sha3("piao/person/v1\0", own.thumbprint)[:16]).decode().lower().rstrip("=")
            need((own.thumbprint, f"person:{derived}") == (kid, party), "key: not the one the person is derived from")
            key = SimpleNamespace(**vars(key or own) | {"since": -1})
        known = key and key.alg == protected["alg"] and key.since < header["height"]  # since a block before
        need(known, "key: unknown when the block began, of another party, or of another algorithm")
        check_signature(key, unbase64url(signature), signing_input.encode())
        name = sha3("piao/transition/v1\0", signing_input.encode())
        need(name not in self.decided, "id: decided already")
        self.decided[name] = (key.alg, outcome["outcome"])
        right = isinstance(outcome["detail"], dict) and (code is None or re.fullmatch(r"[a-z]+\.[a-z_]+", code))
        need(right and outcome["outcome"] == ("rejected" if code else "accepted"), "outcome: form")
        stale, revoked = abs(header["time"] - payload["iat"]) > self.window, code == "key.revoked"
        need(stale == (code == "transition.expired"), "outcome: stale and not expired, or the other way round")
        right = stale or revoked != key.live or (key.live and kind == "key.revoke")
        need(right, "outcome: under a revoked key and not key.revoked, or the other way round")
        decided = jcs({**outcome, "height": header["height"], "time": header["time"]})
        self.append(b"\x01" + name + sha3("piao/outcome/v1\0", nonce, decided))
        if code is None:
            self.accept(kind, party, body, outcome["detail"], header["time"], name.hex())

    def accept(self, kind, party, body, *told):
        """A party adds and revokes its own keys, never the last live one; key.reset revokes all, names one new key."""
        need(party.startswith("bureau:") or kind not in OF_BUREAUS, "outcome: accepted of who may not sign it")
        subject = body["party"] if kind in ("party.register", "key.reset") else party
        if kind in ("party.register", "party.enroll", "key.add", "key.reset"):
            need(is_party(subject) and (subject in self.keys) != kind.startswith("party."), "outcome: a party twice")
            keys, key = self.keys.setdefault(subject, {}), read_key(body["key"])
            need(key.thumbprint not in keys, "outcome: a key accepted twice")
            for old in keys.values() if kind == "key.reset" else ():
                old.live = False
            keys[key.thumbprint], key.since = key, self.place["block"]
        elif kind == "key.revoke":
            key = self.keys[party][unbase64url(body["kid"])]
            need(key.live and sum(one.live for one in self.keys[party].values()) > 1, "outcome: the last key revoked")
            key.live = False
        elif kind == "invoice.issue":
            need(body["number"] not in self.invoices, "outcome: a number accepted twice")
            self.invoices[body["number"]] = SimpleNamespace(total=body["total"], locks={}, booked_by=None)
        elif kind.startswith(("reimbursement.", "booking.")):
            apply(self.invoices[body["invoice"]], kind.split(".")[1], party, body, *told)

    def end(self, line):
        """C2SP signed note, no extension lines, Ed25519 log key; refused where a signature line cannot be checked."""
        text, signatures = closed(line, "checkpoint", "line")["checkpoint"].split("\n\n")
        need(text == f"{self.id}\n{self.size}\n{base64.b64encode(self.root()).decode()}", "checkpoint: not of this log")
        need(self.size and re.fullmatch("(— [^ \n]+ [A-Za-z0-9+/]+={0,2}\n){1,16}", signatures), "checkpoint: form")
        named = f"{self.id}\n\x01".encode()
        ids = {hashlib.sha256(named + key.public.public_bytes_raw()).digest()[:4]: key for key in self.logs}
        for _, signer, encoded in (line.split(" ") for line in signatures.splitlines()):
            data = base64.b64decode(encoded, validate=True)
            right = (signer, base64.b64encode(data).decode()) == (self.id, encoded) and data[:4] in ids
            need(right, "checkpoint: a signature that nobody can check, or twice")
            check_signature(ids.pop(data[:4]), data[4:], f"{text}\n".encode())


def verify(lines, genesis_file=None):
    """The chain of an export, which is an iterable of lines; or `Refused`."""
    chain, number, line = Chain(genesis_file), 0, {}
    try:
        for number, data in enumerate(lines, 1):
            need("checkpoint" not in line, "export: a line after the checkpoint")
            chain.place, line = {}, strict(data.decode())
            need(data == jcs(line) + b"\n", "export: a line that is not JCS and a line feed")
            (chain.begin if number == 1 else chain.end if "checkpoint" in line else chain.block)(line)
        need("checkpoint" in line, "export: ends before its checkpoint")
    except (Refused, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        reason = str(error) if isinstance(error, Refused) else f"malformed: {error!r}"
        raise Refused(reason, {"line": number, **chain.place}) from error
    return chain


def main():
    parser = argparse.ArgumentParser(description="Verifies a chain export, but for the rules.")
    parser.add_argument("export", type=argparse.FileType("rb"))
    parser.add_argument("--genesis-file", type=argparse.FileType("rb"))
    asked = parser.parse_args()
    try:
        chain = verify(asked.export, asked.genesis_file and asked.genesis_file.read())
    except Refused as refused:
        parser.exit(1, f"refused: {', '.join(f'{of} {at}' for of, at in refused.args[1].items())}: {refused.args[0]}\n")
    count = Counter(one for pair in chain.decided.values() for one in pair)
    print(f"""chain         {chain.id}: genesis file {"as given" if asked.genesis_file else "NOT compared"}
log           {chain.next["height"]} blocks, {chain.size} entries, root {chain.root().hex()}: signed by the log
transitions   {len(chain.decided)}: {count["accepted"]} accepted, {count["rejected"]} rejected, each decided once
signatures    {", ".join(f"{count[alg]} {alg}" for alg, _ in CURVES.values())}: each by a key of its party
invoices      {len(chain.invoices)}: none held by two enterprises at once, or reimbursed above its total
NOT checked   rules and bodies (`piao audit` does); whether all was written anew (compare what you kept)""")


if __name__ == "__main__":
    main()
