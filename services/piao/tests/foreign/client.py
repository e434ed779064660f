"""Clients of piao in libraries that know nothing of it: jwcrypto in ES256K, PyJWT in ES256 and EdDSA.

Reads one JSON object from standard input and prints one: what every client sent and was answered. `keys` makes the
keys and prints their public halves; `act` uses them. Nothing here is judged: the test does that.
"""

import base64
import hashlib
import json
import os
import sys
import time

import jwt
import requests
from jwcrypto import jwk, jws

ORDER_SECP256K1 = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
CURVES = {
    "ES256K": {"kty": "EC", "crv": "secp256k1"},
    "ES256": {"kty": "EC", "crv": "P-256"},
    "EdDSA": {"kty": "OKP", "crv": "Ed25519"},
}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_jwcrypto(key, header, text):
    token = jws.JWS(text.encode())
    token.allowed_algs = [header["alg"]]
    token.add_signature(key, protected=json.dumps(header))
    return token.serialize(compact=True)


def by_pyjwt(key, header, text):
    return jwt.api_jws.encode(text.encode(), key.get_op_key("sign"), algorithm=header["alg"], headers=header)


class Client:
    """A party with one key, one algorithm and one library."""

    def __init__(self, asked, party, alg, sign):
        self.base, self.chain, self.party = asked["base"], asked["chain"], party
        self.alg, self.sign_with = alg, sign
        self.key = jwk.JWK.from_json(open(asked["folder"] + "/" + alg + ".json").read())

    def sign(self, kind, body):
        payload = {"v": 1, "chain": self.chain, "party": self.party, "nonce": b64(os.urandom(16)),
                   "iat": int(time.time()), "type": kind, "body": body}
        header = {"alg": self.alg, "kid": self.key.thumbprint(), "typ": "piao-transition+jws"}
        return self.sign_with(self.key, header, json.dumps(payload))

    def post(self, path, compact):
        answer = requests.post(self.base + path, json={"transition": compact}, headers={"Prefer": "wait=30"},
                               timeout=60)
        return {"status": answer.status_code, "body": answer.json()}

    def submit(self, path, kind, body):
        """Posts a transition, the same once more, and the same with one letter of its payload changed."""
        compact = self.sign(kind, body)
        signing_input, signature = compact.rsplit(".", 1)
        tampered = tamper(signing_input)
        return {
            "id": hashlib.sha3_256(b"piao/transition/v1\0" + signing_input.encode()).hexdigest(),
            "high_s": self.alg == "ES256K" and has_high_s(signature),
            "first": self.post(path, compact),
            "again": self.post(path, compact),
            "tampered": self.post(path, tampered + "." + signature),
            "tampered_sha256": hashlib.sha256(tampered.encode()).hexdigest(),
        }


def tamper(signing_input):
    header, payload = signing_input.split(".")
    text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    nonce = json.loads(text)["nonce"]
    other = ("B" if nonce[0] == "A" else "A") + nonce[1:]
    return header + "." + b64(text.replace(nonce, other).encode())


def has_high_s(signature):
    raw = base64.urlsafe_b64decode(signature + "==")
    return int.from_bytes(raw[32:], "big") > ORDER_SECP256K1 // 2


def keys(asked):
    made = {}
    for alg, curve in CURVES.items():
        key = jwk.JWK.generate(**curve)
        with open(asked["folder"] + "/" + alg + ".json", "w") as file:
            file.write(key.export())
        made[alg] = json.loads(key.export_public())
    return made


def act(asked):
    seller = Client(asked, asked["seller"], "ES256K", by_jwcrypto)
    buyer = Client(asked, asked["buyer"], "ES256", by_pyjwt)
    finance = Client(asked, asked["buyer"], "EdDSA", by_pyjwt)
    new_key = {"key": json.loads(finance.key.export_public())}
    issued = [seller.submit("/v1/quotas", "quota.apply", asked["quota"])]
    issued += [seller.submit("/v1/invoices", "invoice.issue", body) for body in asked["invoices"]]
    numbers = [body["number"] for body in asked["invoices"]][: asked["locks"]]
    return {
        "jwcrypto ES256K": issued,
        "PyJWT ES256": [buyer.submit("/v1/parties/" + buyer.party + "/keys", "key.add", new_key)]
        + [buyer.submit("/v1/claims", "claim.take", {"invoice": number}) for number in numbers],
        "PyJWT EdDSA": [
            finance.submit("/v1/locks", "reimbursement.lock", {"invoice": number, "claim_ref": "BX-1",
                                                               "amount": 10600, "lease_seconds": 86400})
            for number in numbers
        ],
    }


asked = json.load(sys.stdin)
json.dump({"keys": keys, "act": act}[sys.argv[1]](asked), sys.stdout)
