"""Writes foreign_jws.json: transitions signed by libraries that know nothing of piao.

    python3 -m venv venv && venv/bin/pip install jwcrypto cryptography PyJWT
    venv/bin/python make_vectors.py > foreign_jws.json

The file is written once and committed; ECDSA draws random nonces, so another run writes other signatures.
"""

import base64
import hashlib
import json
import sys

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from jwcrypto import jwk, jws

ORDER = {
    "ES256K": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
CHAIN = "shenzhen-0123456789abcdef0123456789abcdef"
PARTY = "uscc:91440300708461136T"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_key(alg):
    if alg == "EdDSA":
        return jwk.JWK.generate(kty="OKP", crv="Ed25519")
    return jwk.JWK.generate(kty="EC", crv={"ES256K": "secp256k1", "ES256": "P-256"}[alg])


def payload(number):
    nonce = hashlib.sha256(b"vector %d" % number).digest()[: 16 + number % 17]
    return {
        "v": 1,
        "chain": CHAIN,
        "party": PARTY,
        "nonce": b64(nonce),
        "iat": 1790000000 + number,
        "type": "claim.present",
        "body": {"invoice": "26952000000000000001", "enterprise": PARTY, "note": "备注 \u00e9\u2028\U0001F600 \"\\/"},
    }


def by_jwcrypto(key, header, text):
    token = jws.JWS(text.encode())
    token.allowed_algs = [header["alg"]]
    token.add_signature(key, protected=json.dumps(header))
    return token.serialize(compact=True)


def by_pyjwt(key, header, text):
    private = key.get_op_key("sign")
    return jwt.api_jws.encode(text.encode(), private, algorithm=header["alg"], headers=header)


def by_cryptography(key, header, text):
    signing_input = b64(json.dumps(header).encode()) + "." + b64(text.encode())
    private = key.get_op_key("sign")
    if isinstance(private, ed25519.Ed25519PrivateKey):
        signature = private.sign(signing_input.encode())
    else:
        der = private.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(der)
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return signing_input + "." + b64(signature)


def s_of(alg, compact):
    if alg == "EdDSA":
        return "none"
    signature = base64.urlsafe_b64decode(compact.rsplit(".", 1)[1] + "==")
    return "high" if int.from_bytes(signature[32:], "big") > ORDER[alg] // 2 else "low"


def vectors():
    makers = {"jwcrypto": by_jwcrypto, "PyJWT": by_pyjwt, "cryptography": by_cryptography}
    number = 0
    for alg in ("ES256K", "ES256", "EdDSA"):
        key = new_key(alg)
        header = {"alg": alg, "kid": key.thumbprint(), "typ": "piao-transition+jws"}
        for library, make in makers.items():
            wanted = {"none"} if alg == "EdDSA" else {"high", "low"}
            while wanted:
                number += 1
                spaces = None if number % 2 else (",", ":")
                text = json.dumps(payload(number), separators=spaces, ensure_ascii=number % 3 == 0)
                compact = make(key, header, text)
                if s_of(alg, compact) not in wanted:
                    continue
                wanted.remove(s_of(alg, compact))
                signing_input = compact.rsplit(".", 1)[0]
                yield {
                    "library": library,
                    "alg": alg,
                    "s": s_of(alg, compact),
                    "jwk": json.loads(key.export_public()),
                    "kid": key.thumbprint(),
                    "id": hashlib.sha3_256(b"piao/transition/v1\0" + signing_input.encode()).hexdigest(),
                    "iat": payload(number)["iat"],
                    "jws": compact,
                }


json.dump(list(vectors()), sys.stdout, indent=1, ensure_ascii=False)
print()
