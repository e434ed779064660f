"""Writes ed25519_edges.json: signatures over one message that careless verifiers disagree about.

Needs nothing but Python. The arithmetic is RFC 8032 §5.1, for tests only.
"""

import base64
import hashlib
import json
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)
MESSAGE = (
    b"piao/claim/v1\0"
    b'{"chain":"shenzhen-0123456789abcdef0123456789abcdef",'
    b'"holder":"uscc:91440300708461136T","invoice":"26952000000000000001"}'
)


def recover(y, sign):
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * I % P
    assert (x * x - xx) % P == 0
    return (P - x if x & 1 != sign else x) % P


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P
    return x, y


def mul(n, a):
    r = (0, 1)
    while n:
        if n & 1:
            r = add(r, a)
        a, n = add(a, a), n >> 1
    return r


def enc(a):
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


def h(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


B_Y = 4 * pow(5, P - 2, P) % P
B = (recover(B_Y, 0), B_Y)
ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
T8_Y = int.from_bytes(ORDER_8, "little")
T8 = (recover(T8_Y, 0), T8_Y)
assert mul(8, T8) == (0, 1) and mul(4, T8) != (0, 1)

digest = hashlib.sha512(bytes(range(32))).digest()
SECRET = int.from_bytes(digest[:32], "little") & ~7 & (1 << 254) - 1 | 1 << 254
PUBLIC = mul(SECRET, B)
NONCE = h(digest[32:], MESSAGE)


def signature(r_bytes, r, public=None, extra=0):
    public = public or enc(PUBLIC)
    s = (r + h(r_bytes, public, MESSAGE) * SECRET) % L + extra
    return r_bytes + s.to_bytes(32, "little")


def row(name, good, proof, public=None):
    def b64(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    return {"name": name, "good": good, "key": b64(public or enc(PUBLIC)), "proof": b64(proof)}


R = mul(NONCE, B)
rows = [
    row("ordinary", True, signature(enc(R), NONCE)),
    row("S + L", False, signature(enc(R), NONCE, extra=L)),
    row("S + 7 L", False, signature(enc(R), NONCE, extra=7 * L)),
    row("R + T, right only after multiplying by 8", False, signature(enc(add(R, T8)), NONCE)),
    row("R = identity", False, signature(enc((0, 1)), 0)),
    row("R = identity, written p + 1", False, signature((P + 1).to_bytes(32, "little"), 0)),
    row("R = identity, sign bit set", False, signature((1 | 1 << 255).to_bytes(32, "little"), 0)),
    row("R of order 8", False, signature(ORDER_8, 0)),
    row("R = 0, S = 0", False, bytes(64)),
]
# A key with a component of order 8: right without cofactor only where the challenge is a multiple of 8.
mixed = add(PUBLIC, T8)
found = {}
nonce = NONCE
while len(found) < 2:
    nonce += 1
    r_bytes = enc(mul(nonce, B))
    found.setdefault(h(r_bytes, enc(mixed), MESSAGE) % 8 == 0, (r_bytes, nonce))
for good, (r_bytes, nonce) in sorted(found.items()):
    rows.append(row("A of mixed order", good, signature(r_bytes, nonce, enc(mixed)), enc(mixed)))

json.dump(rows, sys.stdout, indent=1)
print()
