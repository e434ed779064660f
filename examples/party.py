"""What the program of a merchant and that of a finance system share: signing, and sending until it is decided.

Needs `jwcrypto` and `requests`. `PIAO_URL` is where the services are, `PIAO_CHAIN` the chain's id. A program that
imports this signs with its party's own key, here an ES256 one, and calls `submit` once for each transition.
"""

import json
import os
import pathlib
import secrets
import sys
import time

import requests
from jwcrypto import jws

BASE = os.environ.get("PIAO_URL", "http://127.0.0.1:8180")
CHAIN = os.environ["PIAO_CHAIN"]


def sign(key, typ, claims):
    """Claims as a compact JWS (RFC 7515): a transition or a read token, by its `typ`."""
    signed = jws.JWS(json.dumps(claims))
    signed.add_signature(key, protected=json.dumps({"alg": "ES256", "kid": key.thumbprint(), "typ": typ}))
    return signed.serialize(compact=True)


def submit(party, key, path, kind, body):
    """The receipt of a transition that was accepted. Everything else ends the program with its reason.

    It is signed once and in a file before it is sent, so that what a crash or a time-out leaves open is never a
    second one: `piao tx submit FILE` goes on from the file.
    """
    nonce = secrets.token_urlsafe(16)
    claims = {"v": 1, "chain": CHAIN, "party": party, "nonce": nonce, "iat": int(time.time()), "type": kind, "body": body}
    kept = pathlib.Path(nonce + ".jws")
    kept.write_text(sign(key, "piao-transition+jws", claims))

    told, end = {}, time.monotonic() + 120
    # Until it is decided, or can never be: what may pass later says so, an unknown key among it, which may be registered soon.
    while told.get("retryable", "outcome" not in told):
        if time.monotonic() > end:
            sys.exit(f"{kind}: undecided, kept in {kept}: {told.get('code', '')} {told.get('title', '')}")
        try:
            answer = requests.post(BASE + path, json={"transition": kept.read_text()}, timeout=40)
            told, pause = answer.json(), int(answer.headers.get("Retry-After", "0"))
        except requests.RequestException:
            pause = 1  # a time-out says nothing of the outcome
        time.sleep(pause)
    kept.unlink()
    return told if "outcome" in told else sys.exit(f"{kind}: {told['code']}: {told['title']} {told['detail']}")
