"""Writes the files beside it, from schemas/vectors alone: good inputs of every decoder, one a file."""

import base64
import hashlib
import json
import pathlib
import shutil

HERE = pathlib.Path(__file__).parent
VECTORS = HERE.parents[4] / "schemas" / "vectors"


def read(name):
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


def jcs(value):
    """RFC 8785 for what the vectors hold: ASCII names and small integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def padded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def write(folder, inputs):
    place = HERE / folder
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for number, data in enumerate(inputs, 1):
        data = data if isinstance(data, bytes) else data.encode()
        (place / f"{number:02}").write_bytes(data)


def root(leaves):
    """RFC 6962 §2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def path(index, leaves):
    """RFC 6962 §2.1.1, the lowest node first."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = leaves[:split], leaves[split:]
    if index < split:
        return path(index, left) + [root(right).hex()]
    return path(index - split, right) + [root(left).hex()]


KEYS = read("keys")
LOG = read("log")
SEALED = read("sealed")
TRANSITIONS = read("transitions")
LEAVES = [bytes.fromhex(leaf) for leaf in LOG["leaves"]]
HEADERS = [json.loads(block["header"]) for block in LOG["blocks"]]
OUTCOMES = [json.loads(outcome["receipt"]) for outcome in LOG["outcomes"]]
DECIDED = [{name: receipt[name] for name in ("code", "detail", "outcome")} for receipt in OUTCOMES]
BY_ID = {transition["id"]: transition for transition in TRANSITIONS}
IN_BLOCK = [BY_ID[receipt["transition"]] for receipt in OUTCOMES]


def export():
    lines = [{"v": 1, "genesis": LOG["genesis_base64url"]}]
    lines.append({"header": HEADERS[0], "transitions": [], "outcomes": []})
    jws = [transition["jws"] for transition in IN_BLOCK]
    lines.append({"header": HEADERS[1], "transitions": jws, "outcomes": DECIDED})
    lines.append({"checkpoint": LOG["checkpoint"]})
    return [jcs(line) + "\n" for line in lines]


def entry(index):
    return unpadded(bytes.fromhex(LOG["entries"][index]))


def bundle(place):
    transition, receipt = IN_BLOCK[place], OUTCOMES[place]
    kid = json.loads(padded(transition["jws"].split(".")[0]))["kid"]
    jwk = next(key["jwk"] for key in KEYS if key["kid"] == kid)
    closing = HEADERS[1]["first"] + HEADERS[1]["count"]
    return jcs(
        {
            "v": 1,
            "transition": transition["jws"],
            "jwk": jwk,
            "receipt": receipt,
            "entry": entry(receipt["index"]),
            "path": path(receipt["index"], LEAVES),
            "closing": {
                "header": HEADERS[1],
                "entry": entry(closing),
                "path": path(closing, LEAVES),
            },
            "checkpoint": LOG["checkpoint"],
        }
    )


def body(transition):
    return jcs(json.loads(transition["payload"])["body"])


def key_file(key):
    secret = unpadded(bytes.fromhex(key["secret"]))
    return jcs({"alg": key["alg"], "kid": key["kid"], "party": key["party"], "secret": secret})


def main():
    jws = [transition["jws"] for transition in TRANSITIONS]
    write("transition", jws[:6])
    accepted = [row["token"] for row in read("read-tokens")["rows"] if row["expect"] == "accepted"]
    write("read-token", accepted)
    named = {"transition": jws[0], "id": TRANSITIONS[0]["id"], "type": TRANSITIONS[0]["type"]}
    write("kept", [jws[0], jcs(named), jcs({"transition": jws[1], "claim_secret": "Bw" * 21 + "w"}) + "\n"])
    write("header", [padded(jws[place].split(".")[0]) for place in range(3)])
    write("payload", [transition["payload"] for transition in TRANSITIONS])
    write("body", [f"{transition['type']}\n{body(transition)}" for transition in TRANSITIONS])
    plain = [transition for transition in TRANSITIONS if "sealed_digest" not in transition["payload"]]
    sealed = [jcs({"transition": jws[0], "sealed": one["sealed"]}) for one in SEALED]
    line = {"category": "3040201010000000000", "item": "*信息技术服务*软件服务", "treatment": "0.06"}
    drafts = [
        {"lines": [line | {"amount": 10000, "quantity": "3"}, line | {"nature": "discount", "amount": -100}]},
        {"number": "26950000000000000001", "lines": [line | {"total": 10600}, line | {"price": "33.5", "quantity": "2"}]},
        {"lines": [line | {"treatment": "exempt", "total": 500, "quantity": "0.5"}], "order": None},
    ]
    buyer = {"type": "enterprise", "id": "uscc:914403001922038216", "name": "购买方"}
    drafts[2]["order"] = {"reference": "EXP-2026-0001", "digest": "ab" * 32}
    write("draft", [jcs({"buyer": buyer} | draft) for draft in drafts])
    write("submission", [jcs({"transition": one["jws"]}) for one in plain[:4]] + sealed)
    write("command", ["\n".join(jws[:2]), jws[2], "\n".join(jws[3:7])])
    write("jwk", [jcs(key["jwk"]) for key in KEYS])
    write("genesis", [padded(LOG["genesis_base64url"])])
    write("receipt", [jcs(receipt) for receipt in OUTCOMES])
    write("outcome", [jcs(outcome) for outcome in DECIDED])
    write("checkpoint", [LOG["checkpoint"]])
    write("block-header", [block["header"] for block in LOG["blocks"]])
    write("announcement", [read("announcement")["announcement"]])
    write("block-line", [line.rstrip("\n") for line in export()[1:3]])
    write("export", ["".join(export())])
    write("proof-bundle", [bundle(place) for place in (0, 4, 9)])
    entries = [bytes.fromhex(entry) for entry in LOG["entries"]]
    write("entry-bundle", [b"".join(b"\x00\x41" + entry for entry in entries[:count]) for count in (1, 3)])
    write("tile-path", ["tile/0/000", "tile/3/x001/x234/067.p/8", "tile/entries/x001/000"])
    write("sealed", [jcs(one["sealed"]) for one in SEALED])
    write("key-file", [key_file(key) for key in KEYS])
    number, claim = "26950000000000000001", "#claim=" + "Bw" * 21 + "w"
    printed = f"https://piao.example:8443/verify?number={number}&total=659800&id=0102030405060708"
    write("qr", [printed, printed + claim])
    write("list-query", ["", "limit=25", "limit=200&cursor=" + unpadded(number.encode()), "cursor=YQ"])
    headers = [
        "wait=10\nzh-CN,en;q=0.5\n7\n00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "respond-async, wait=\"3\"; x=y\nen\n18446744073709551615",
        "WAIT = 7\n*\n0\n00-00000000000000000000000000000000-0000000000000000-00",
    ]
    write("request-headers", headers)
    party = "uscc:91440300708461136T"
    targets = [
        "/v1/quotas?month=2026-01&status=pending&limit=2&cursor=MQ",
        f"/v1/claims?state=held&invoice={number}&presented_to={party}",
        "/v1/invoices?role=presented&limit=200&cursor=" + unpadded(number.encode()),
        f"/v1/inbox?invoice={number}&issuer={party}",
        f"/v1/locks?state=live&invoice={number}&claim_ref=BX-1&cursor=" + unpadded(f"{number}/{7:064x}".encode()),
        f"/v1/bookings?state=02&month=2026-01&invoice={number}",
        "/v1/rule-sets?status=active&limit=1&cursor=" + unpadded(b"test/1"),
        f"/v1/rule-sets:binding?enterprise={party}&date=2026-01-31",
        "/v1/rule-sets/test/1",
        f"/v1/parties/{party}",
        "/v1/parties?kind=enterprise&standing=active&region=440300&cursor=" + unpadded(party.encode()),
        "/v1/blocks?from=0&limit=2",
        "/v1/blocks/1",
    ]
    write("request-target", targets)
    write("measure", ["106.00", "0.01", "7d", "91440300708461136T", "bureau:shenzhen", "person:" + "a" * 26])
    write("setting", ["issuance", "piao.test-1", "http://127.0.0.1:8180/piao/", "http://[::1]:8180"])
    write("routing-key", ["block.0", "block.812", "block.18446744073709551615"])
    write("limits", ["192.0.2.1", "198.51.100.7, 2001:db8::1", "::ffff:192.0.2.1", "20/2000", "1000000/1"])
    problem = {
        "type": "https://piao.example/errors#lock.exists", "title": "已被锁定", "status": 409, "code": "lock.exists",
        "detail": "等待释放", "retryable": False, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }
    error = {
        "pointer": "/lines/0/tax", "code": "invoice.rate", "detail": "", "expected": "0.06", "actual": "0.13",
        "rule": {"id": "shenzhen-2026", "version": 1, "check": "rates"},
    }
    sealed = {"canonical": "{}", "digest": "ab" * 32, "first_difference": 1, "signing_input_sha256": "cd" * 32}
    refused = next(receipt for receipt in OUTCOMES if receipt["outcome"] == "rejected")
    more = [{"errors": [error]}, {"receipt": refused, "differs": ["/amount"]}, sealed]
    write("problem", ['{"status":404,"code":"not_found"}'] + [jcs(problem | one) for one in more])
    values = [
        "91440300708461136T",
        number,
        "uscc:91440300708461136T",
        "person:ojathg7lfhjjlh3e6sgzicb36e",
        "bureau:shenzhen",
        LOG["chain"],
        "4197.16981132075",
        "0.06",
        "1.5",
        "2026-10",
        "2026-10-31",
        "440300",
        "I65",
        "3040201010000000000",
        "壹拾叁万零捌佰陆拾肆圆壹角玖分",
        "壹拾圆零柒角整",
        "*信息技术服务*软件服务",
        "5ab4e9b6e77a3fe2ed4d2dce1e08b5bc1c5c0eb3a1a5b1a1a7e8b0c6d5c7f8a9",
        "EXP-2026-0001",
        "9007199254740991",
        "AAECAwQFBgcICQoLDA0ODw",
        "3q2+7w==",
        "invoice.issue",
        "number.own_segment",
    ]
    write("value", values)


main()
