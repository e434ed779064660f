"""Writes digests.json: digests and a claim proof computed without piao.

    python3 -m venv venv && venv/bin/pip install cryptography
    venv/bin/python make_digests.py > digests.json
"""

import base64
import hashlib
import json
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jcs(value):
    """RFC 8785 for values whose names are ASCII: code unit and code point order are then the same."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def claim():
    seed = bytes(range(32))
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    said = {
        "chain": "shenzhen-0123456789abcdef0123456789abcdef",
        "invoice": "26952000000000000001",
        "holder": "uscc:91440300708461136T",
    }
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    proof = key.sign(b"piao/claim/v1\0" + jcs(said).encode())
    return {"seed": seed.hex(), "key": b64(public), "proof": b64(proof)}


def sealed(data, salt):
    canonical = jcs(data)
    digest = hashlib.sha3_256(b"piao/sealed/v1\0" + salt + canonical.encode()).hexdigest()
    return {"sealed": {"salt": b64(salt), "data": data}, "canonical": canonical, "digest": digest}


def outcome(nonce, said, height, time):
    decided = dict(said, height=height, time=time)
    digest = hashlib.sha3_256(b"piao/outcome/v1\0" + nonce + jcs(decided).encode()).hexdigest()
    return {"nonce": b64(nonce), "outcome": said, "height": height, "time": time, "digest": digest}


def block(header):
    digest = hashlib.sha3_256(b"piao/block/v1\0" + jcs(header).encode()).hexdigest()
    return {"header": header, "hash": digest}


def blocks():
    chain = "shenzhen-0123456789abcdef0123456789abcdef"
    first = block(
        {
            "v": 1,
            "chain": chain,
            "height": 0,
            "prev": "0" * 64,
            "time": 1790000000,
            "first": 0,
            "count": 0,
            "root": hashlib.sha256(b"").hexdigest(),
            "state_root": "0" * 64,
            "genesis": "ab" * 32,
        }
    )
    second = block(
        {
            "v": 1,
            "chain": chain,
            "height": 1,
            "prev": first["hash"],
            "time": 1790000001,
            "first": 1,
            "count": 2,
            "root": "cd" * 32,
            "state_root": "0" * 64,
        }
    )
    return [first, second]


def checkpoint(size, root):
    """C2SP signed-note and tlog-checkpoint."""
    seed = bytes(range(32, 64))
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    name = "shenzhen-0123456789abcdef0123456789abcdef"
    text = f"{name}\n{size}\n{base64.b64encode(root).decode()}\n"
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    line = base64.b64encode(key_id + key.sign(text.encode())).decode()
    return {"seed": seed.hex(), "size": size, "root": root.hex(), "note": f"{text}\n\u2014 {name} {line}\n"}


json.dump(
    {
        "claim": claim(),
        "sealed": [
            sealed({}, bytes(32)),
            sealed({"remark": "备注: \"一\"\n\t\\/", "name": "公司", "n": -9007199254740991}, bytes(range(32))),
            sealed({"b": [1, {"d": None, "c": True}], "a": {"z": "", "y": "\u001f\u007f\u2028😀"}}, b"\xff" * 32),
        ],
        "outcome": outcome(
            bytes(range(16)),
            {"outcome": "rejected", "code": "lock.exists", "detail": {}},
            812,
            1790000000,
        ),
        "blocks": blocks(),
        "checkpoint": checkpoint(3, bytes(range(32))),
    },
    sys.stdout,
    indent=1,
    ensure_ascii=False,
)
print()
