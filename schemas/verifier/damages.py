"""The kinds of damage that `break_chain.py` does to a chain, each with what it is refused for.

A kind is given a `Draft` and a source of chance. It changes the draft, or gives the bytes that take its place.
"""

import base64
import hashlib
import json
import re

from drafts import ACCEPTED, ORDERS, PERSONS, SPARE, STRANGER, Signer, base64url, id_and_nonce, opened, payload_of
from drafts import refused, twins
from verify_chain import jcs, unbase64url

KINDS = {}
SIGNED = "signature: |key: unknown"
CODES = ["role.forbidden", "claim.full", "lock.buyer", "access.none", "order.full"]


def damage(reasons, later=False, often=1):
    """A kind of damage, what it is refused for, and how often it is done beside the others. It is refused at the first
    line that is another, or at the next; `later` where it shows only further on."""

    def kind(make):
        KINDS[make.__name__] = (make, re.compile(reasons), later, often)
        return make

    return kind


# Anybody who holds a copy can do this: nothing is hashed or signed anew.


@damage(".", often=5)
def a_byte_is_another(draft, rng):
    data = bytearray(draft.write())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


@damage("export: ends before|export: a line that|malformed: JSON")
def the_end_is_cut_off(draft, rng):
    data = draft.write()
    return data[: rng.choice([rng.randrange(1, len(data)), data.rindex(b"\n{") + 1, len(data) - 1])]


@damage("header: |malformed: |line: |export: a line after|checkpoint: not of")
def a_line_is_dropped_doubled_or_moved(draft, rng):
    lines = draft.lines()
    place = rng.randrange(len(lines) - 1)
    two = lines[place : place + 2]
    lines[place : place + 2] = rng.choice([two[1:], two[:1] + two, two[::-1]])
    return b"".join(lines)


@damage("export: a line that is not JCS|malformed: (JSON|Unicode)|JSON: ")
def a_line_is_not_canonical(draft, rng):
    lines = draft.lines()
    place = rng.randrange(len(lines))
    ways = [(b"{", b"{ "), (b":", b": "), (b",", b", "), (b"}\n", b"}\r\n"), (b"}\n", b"} \n"), (b"\n", b"\n\n")]
    ways += [(b"{", b"\xef\xbb\xbf{"), (b'"v":1', b'"v":1.0'), (b'"v":1', b'"v":1e0'), (b'"v":1', b'"v":01')]
    ways += [(b'"v":1', b'"v":1,"v":1'), (b'"height":', b'"height":0'), (b'"v"', b'"\\u0076"'), (b'{"', b'{"\xff":0,"')]
    lines[place] = lines[place].replace(*rng.choice(ways), 1)
    return b"".join(lines)


@damage("line: not|header: not|outcome: not exactly|malformed: ")
def a_member_is_too_much_or_missing(draft, rng):
    line = rng.choice([draft.genesis, *draft.blocks, draft.last])
    where = rng.choice([line, line.get("header", line), *line.get("outcomes", [])])
    if rng.random() < 0.5:
        where[rng.choice(["a", "zz"])] = rng.choice([0, None, "", []])
    else:
        del where[rng.choice(sorted(where))]


@damage("header: count")
def a_transition_or_an_outcome_is_dropped_or_doubled(draft, rng):
    block, place = rng.choice(draft.places())
    names, times = rng.choice([["transitions"], ["outcomes"], ["transitions", "outcomes"]]), rng.choice([0, 2])
    for name in names:
        block[name][place : place + 1] *= times


@damage("header: root|key: unknown|outcome: |invariant: |malformed: KeyError")
def two_transitions_or_outcomes_change_places(draft, rng):
    (one, i), (other, j) = rng.sample(draft.places(), 2)
    for name in rng.choice([["transitions"], ["outcomes"], ["transitions", "outcomes"]]):
        one[name][i], other[name][j] = other[name][j], one[name][i]


@damage("header: |outcome: (stale|not the lock asked for)|checkpoint: not of")
def a_header_says_something_else(draft, rng):
    header = rng.choice(draft.blocks)["header"]
    name = rng.choice(sorted(header))
    value = header[name]
    if isinstance(value, int):
        header[name] = value + rng.choice([-1, 1, 10, 1000])
    else:
        at = rng.randrange(len(value))
        header[name] = value[:at] + ("1" if value[at] == "0" else "0") + value[at + 1 :]


@damage("signature: ")
def a_signature_is_forged(draft, rng):
    block, place = rng.choice(draft.places())
    signing_input, _, signature = block["transitions"][place].rpartition(".")
    r, s = unbase64url(signature)[:32], unbase64url(signature)[32:]
    forged = [rng.randbytes(64), s + r, bytes(64), r + s[:-1], r + s + b"\0", r + bytes(32), bytes(32) + s]
    forged += [STRANGER.sign(signing_input.encode()), bytes([r[0] ^ 1]) + r[1:] + s, (1).to_bytes(32, "little") + s]
    if opened(block["transitions"][place])[0]["alg"] == "EdDSA":
        forged += [r + (int.from_bytes(s, "little") + ORDERS["EdDSA"]).to_bytes(32, "little")] * 5
    block["transitions"][place] = f"{signing_input}.{base64url(rng.choice(forged))}"


@damage(SIGNED)
def a_transition_is_signed_by_somebody_else(draft, rng):
    ours = {person.party for person in PERSONS}
    theirs = draft.places(lambda payload, _: payload["party"] not in ours and payload["type"] != "party.enroll")
    block, place = rng.choice(theirs)
    header, payload = opened(block["transitions"][place])
    signer = rng.choice(PERSONS)
    given = rng.choice([{"kid": header["kid"]}, {"kid": header["kid"], "alg": header["alg"]}, {}])
    block["transitions"][place] = signer.jws({**payload, "iat": payload["iat"] - rng.randrange(60)}, **given)


@damage(f"{SIGNED}|key: not the one|base64url: |payload: |malformed: |protected header: |transition: ")
def what_was_signed_is_changed(draft, rng):
    block, place = rng.choice(draft.places())
    jws = block["transitions"][place]
    header, payload = (json.loads(unbase64url(part)) for part in jws.split(".")[:2])
    inside = rng.choice([header, payload, payload["body"]])
    name = rng.choice(sorted(inside))
    inside[name] = rng.choice([1, f"{inside[name]}0", payload["party"], "", {}])
    block["transitions"][place] = ".".join([base64url(jcs(header)), base64url(jcs(payload)), jws.rpartition(".")[2]])


@damage("base64url: |malformed: |signature: |JSON: |protected header: ")
def a_transition_is_spelled_in_another_way(draft, rng):
    block, place = rng.choice(draft.places())
    parts = block["transitions"][place].split(".")
    which, letters = rng.randrange(3), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    part = parts[which]
    loose = part[:-1] + letters[letters.index(part[-1]) ^ 1]
    other = [part + "=", part + "==", loose, part + " ", part[:-1], "+" + part[1:], part + "\n", f"{part}.A"]
    parts[which] = rng.choice(other)
    block["transitions"][place] = ".".join(parts)


@damage("header: root")
def an_outcome_is_changed(draft, rng):
    block, place = rng.choice(draft.places(lambda _, outcome: outcome["code"] not in (None, "key.revoked")))
    block["outcomes"][place] = refused(rng.choice(CODES))


@damage("checkpoint: |signature: |malformed: ValueError", often=2)
def the_checkpoint_is_another(draft, rng):
    note = draft.last["checkpoint"]
    text, line = note.split("\n\n")
    chain, size, root = text.split("\n")
    true_id = base64.b64decode(line.split(" ")[2])[:4]
    roots = [root, base64.b64encode(rng.randbytes(32)).decode()]
    texts = [f"{chain}\n{int(size) + rng.choice([-1, 1])}\n{root}", f"{chain}\n0{size}\n{root}"]
    texts += [f"{chain}0\n{size}\n{root}", f"{chain}\n{size}\n{roots[1]}", f"{text}\nan extension"]
    signers = [(STRANGER, None, None), (STRANGER, None, true_id), (None, "somebody", None), (None, "somebody", true_id)]
    shorter = draft.copy()
    del shorter.blocks[rng.randrange(1, len(draft.blocks)) :]
    ways = [shorter.seal().last["checkpoint"], f"{text}\n\n", note[:-1], note + "\n", f"{text}\n{line}", note * 2]
    ways += [draft.note(other + "\n") for other in texts] + [draft.note(text + "\n", *signer) for signer in signers]
    ways += [note + draft.note(text + "\n", STRANGER).split("\n\n")[1], note + line, f"{text}\n\n{line * 17}"]
    ways += [note.replace("— ", "- "), note.replace("=\n", "\n"), note.replace("— ", "—  "), note.replace("\n", "\r\n")]
    draft.last = {"checkpoint": rng.choice(ways)}


# The log itself does this: what is not said to be wrong is numbered, linked, hashed and signed as it should be.


@damage("checkpoint: not of", later=True)
def blocks_are_hashed_anew_and_not_signed(draft, rng):
    block, place = rng.choice(draft.places(lambda _, outcome: outcome["code"] not in (None, "key.revoked")))
    block["outcomes"][place] = refused(rng.choice(CODES))
    draft.seal(signs=False)


@damage("checkpoint: a signature that nobody", later=True)
def all_is_written_anew_with_another_log_key(draft, rng):
    del draft.blocks[rng.randrange(2, len(draft.blocks)) :]
    draft.key = STRANGER
    draft.seal()


def moved(draft, genesis):
    """Moves all under another genesis file, as far as that can be done without the parties."""
    data = jcs(genesis)
    digest = hashlib.sha3_256(data).hexdigest()
    draft.genesis, draft.id = {"genesis": base64url(data), "v": 1}, f"{genesis['name']}-{digest[:32]}"
    draft.blocks[0]["header"]["genesis"] = digest
    return draft.seal(lambda header: header.update(chain=draft.id))


@damage("payload: of another chain|header: (chain|genesis)", later=True)
def all_is_moved_under_another_genesis_file(draft, rng):
    genesis = json.loads(unbase64url(draft.genesis["genesis"]))
    public, before = base64url(STRANGER.public_key().public_bytes_raw()), draft.blocks[0]["header"]["genesis"]
    genesis |= {"logs": [{"key": {"crv": "Ed25519", "kty": "OKP", "x": public}}], "seed": rng.randbytes(16).hex()}
    draft.key = STRANGER
    moved(draft, genesis)
    if rng.random() < 0.3:
        draft.blocks[0]["header"]["genesis"] = before
        draft.seal()


@damage("genesis: |key: |checkpoint: |malformed: ", later=True)
def a_genesis_file_is_wrong(draft, rng):
    genesis = json.loads(unbase64url(draft.genesis["genesis"])) | {"seed": rng.randbytes(16).hex()}
    bureau, small = genesis["bureaus"][0], {"crv": "Ed25519", "kty": "OKP", "x": "A" * 43}
    ways = [{"bureaus": [bureau, bureau]}, {"bureaus": [bureau | {"party": "bureau:"}]}, {"parameters": {}}, {"more": 1}]
    ways += [{"v": 2}, {"v": "1"}, {"name": "A chain"}]
    ways += [{"logs": logs} for logs in ([], [{"key": bureau["key"]}], [{"key": small}])]
    del draft.blocks[1:]
    moved(draft, genesis | rng.choice(ways))


@damage("header: ")
def a_header_is_wrong_and_hashed_so(draft, rng):
    at = rng.randrange(len(draft.blocks))
    name = rng.choice(["v", "chain", "height", "prev", "first", "count", "root", "state_root", "more", "genesis"])
    value = {"v": 2, "chain": "other-" + "0" * 32, "prev": rng.randbytes(32).hex(), "more": 1, "genesis": "0" * 64}
    value |= {"root": rng.randbytes(32).hex(), "state_root": rng.randbytes(32).hex()}

    def adjust(header):
        if header["height"] == at:
            header[name] = header[name] + rng.choice([1, 2]) if name in ("height", "first", "count") else value[name]

    draft.seal(adjust)


@damage("header: time goes back")
def time_goes_back(draft, rng):
    at = rng.randrange(2, len(draft.blocks))
    draft.blocks[at]["header"]["time"] = draft.blocks[at - 1]["header"]["time"] - rng.randrange(1, 100)
    draft.seal()


@damage("outcome: stale and not expired")
def what_is_stale_is_decided(draft, rng):
    late = rng.randrange(660, 100_000)
    for block in draft.blocks[rng.randrange(1, len(draft.blocks)) :]:
        block["header"]["time"] += late
    draft.seal()


@damage("outcome: stale and not expired, or the other way round")
def what_is_fresh_is_called_expired(draft, rng):
    block, place = rng.choice(draft.places())
    block["outcomes"][place] = refused("transition.expired")
    draft.seal()


@damage("id: decided already")
def an_id_is_decided_twice(draft, rng):
    block, place = rng.choice(draft.places())
    again = twins(draft.copy()) if rng.random() < 0.5 else draft
    jws = again.blocks[draft.blocks.index(block)]["transitions"][place]
    outcome = rng.choice([block["outcomes"][place], refused("party.exists"), ACCEPTED])
    if rng.random() < 0.5:
        draft.add(jws, outcome)
    else:
        block["transitions"].append(jws)
        block["outcomes"].append(outcome)
    draft.seal()


@damage("key: unknown", later=True)
def who_signs_was_never_registered(draft, rng):
    signers = {payload_of(block["transitions"][place])["party"] for block, place in draft.places()}
    registers = draft.places(lambda payload, _: payload["body"].get("party") in signers and "key" in payload["body"])
    adds = draft.places(lambda payload, _: payload["type"] == "key.add" and payload["body"]["key"] == SPARE.jwk)
    block, place = rng.choice(registers + adds)
    if rng.random() < 0.5:
        del block["transitions"][place], block["outcomes"][place]
    else:
        block["outcomes"][place] = refused("party.exists")
    draft.seal()


@damage("outcome: under a revoked key")
def a_revoked_key_is_obeyed(draft, rng):
    block, place = rng.choice(draft.places(lambda _, outcome: outcome["code"] == "key.revoked"))
    detail = {"amount": rng.randrange(1000), "count": rng.randrange(50), "state": "granted"}
    block["outcomes"][place] = rng.choice([refused("quota.month"), ACCEPTED, {**ACCEPTED, "detail": detail}])
    draft.seal()


@damage("outcome: under a revoked key and not key.revoked, or the other way round")
def a_live_key_is_called_revoked(draft, rng):
    live = draft.places(lambda payload, outcome: outcome["code"] != "key.revoked" and payload["type"] != "key.revoke")
    block, place = rng.choice(live)
    block["outcomes"][place] = refused("key.revoked")
    draft.seal()


@damage("outcome: under a revoked key", later=True)
def a_revocation_is_left_out(draft, rng):
    block, place = rng.choice(draft.places(lambda payload, _: payload["type"] == "key.revoke"))
    if rng.random() < 0.5:
        del block["transitions"][place], block["outcomes"][place]
    else:
        block["outcomes"][place] = refused(rng.choice(["key.last", "role.forbidden", "party.suspended"]))
    draft.seal()


def locks(draft, *codes):
    return draft.places(lambda payload, outcome: payload["type"] == "reimbursement.lock" and outcome["code"] in codes)


def locked(draft, block, place, **other):
    """The outcome of a lock that is accepted."""
    body = payload_of(block["transitions"][place])["body"]
    before = [payload_of(b["transitions"][p])["body"]["invoice"] == body["invoice"] for b, p in locks(draft, None)]
    detail = {"amount": body["amount"], "exclusive": True, "lock": id_and_nonce(block["transitions"][place])[0].hex()}
    detail |= {"lease_until": block["header"]["time"] + body["lease_seconds"], "token": sum(before) + 1}
    return {**ACCEPTED, "detail": detail | other}


@damage("invariant: ")
def a_second_lock_is_accepted(draft, rng):
    block, place = rng.choice(locks(draft, "lock.exists", "reimbursement.settled"))
    block["outcomes"][place] = locked(draft, block, place, exclusive=rng.random() < 0.5)
    draft.seal()


@damage("outcome: (not the lock asked for|a lock's detail)")
def a_lock_is_not_the_one_asked_for(draft, rng):
    block, place = rng.choice(locks(draft, None))
    detail = block["outcomes"][place]["detail"]
    name = rng.choice(["token", "amount", "lease_until", "lock", "token", "amount", "lease_until", "exclusive"])
    if name == "exclusive":
        del detail[name]
    else:
        detail[name] = rng.randbytes(32).hex() if name == "lock" else detail[name] + rng.choice([-1, 1, 1000])
    draft.seal()


@damage("invariant: no live lock", later=True)
def what_was_not_locked_is_settled(draft, rng):
    block, place = rng.choice(locks(draft, None))
    if rng.random() < 0.5:
        del block["transitions"][place], block["outcomes"][place]
    else:
        block["outcomes"][place] = refused(rng.choice(CODES))
    draft.seal()


@damage("invariant: no live lock", later=True)
def a_lock_is_settled_twice(draft, rng):
    kind = "reimbursement.settle"
    block, place = rng.choice(draft.places(lambda payload, outcome: payload["type"] == kind and outcome["code"]))
    block["outcomes"][place] = {**ACCEPTED, "detail": {"amount": rng.choice([444900, 0, rng.randrange(2**53)])}}
    draft.seal()


@damage("invariant: ", often=2)
def an_invoice_is_held_twice(draft, rng):
    free = draft.places(lambda payload, outcome: payload["type"] == "invoice.issue" and not outcome["code"])
    held = {payload_of(block["transitions"][place])["body"]["invoice"] for block, place in locks(draft, None)}
    issued = [payload_of(block["transitions"][place])["body"] for block, place in free]
    invoice = rng.choice([body for body in issued if body["number"] not in held])
    one, other = rng.sample(PERSONS[1:], 2)

    def locks_it(signer, amount, exclusive):
        body = {"invoice": invoice["number"], "claim_ref": str(len(draft.blocks)), "amount": amount}
        body["lease_seconds"] = 60
        jws = signer.jws(draft.asks(signer, "reimbursement.lock", body))
        draft.add(jws, ACCEPTED)
        draft.blocks[-1]["outcomes"] = [locked(draft, draft.blocks[-1], 0, exclusive=exclusive, token=token.pop())]
        return id_and_nonce(jws)[0].hex()

    def does(signer, kind, **more):
        body = {"invoice": invoice["number"]} | more
        draft.add(signer.jws(draft.asks(signer, kind, body)), {**ACCEPTED, "detail": {}})

    token, way = [2, 1], rng.randrange(8)
    if way < 2:
        does(one, "booking.book", state="02")
        does(other, "booking.book", state="02") if way else locks_it(other, 1, False)
    else:
        lock = locks_it(one, 1, way == 2)
        next_lock = {2: (one, 1, False), 3: (one, 1, True), 4: (other, 1, False), 5: (one, invoice["total"], False)}
        if way in next_lock:
            locks_it(*next_lock[way])
        elif way == 6:
            does(other, "booking.book", state="03")
        else:
            does(other, "reimbursement.release", lock=lock, token=1)
    draft.seal()


@damage("signature: length, or small order")
def a_signature_has_a_point_of_small_order(draft, rng):
    person = next(person for person in PERSONS if person.alg == "EdDSA")
    jws = person.jws(draft.asks(person, "claim.take", {"invoice": f"{rng.randrange(10**19):020}"}))
    signing_input = jws.rpartition(".")[0]
    forged = f"{signing_input}.{base64url(person.sign_with_no_r(signing_input.encode()))}"
    draft.add(forged, refused("invoice.unknown"))
    draft.seal()


@damage("outcome: ")
def an_outcome_is_of_another_form(draft, rng):
    block, place = rng.choice(draft.places())
    ways = [{"outcome": "accepted", "code": "lock.exists"}, {"outcome": "rejected", "code": "Lock.exists"}, {"more": 1}]
    ways += [{"outcome": "rejected", "code": ""}, {"outcome": "", "code": None}, {"detail": []}, {"detail": None}]
    block["outcomes"][place] = block["outcomes"][place] | rng.choice(ways)
    draft.seal()


def no_keys(rng):
    """Keys that nobody can have: of small order, not canonical, no point, too short, of another type."""
    ys = [1, 2**255 - 20, 2**255 - 18, 2]
    xs = [y.to_bytes(32, "little") for y in ys] + [rng.randbytes(31)]
    keys = [{"crv": "Ed25519", "kty": "OKP", "x": base64url(x)} for x in xs]
    return [*keys, SPARE.jwk | {"kty": "EC"}, SPARE.jwk | {"kid": SPARE.kid}, SPARE.jwk | {"x": SPARE.jwk["x"] + "="}]


@damage("outcome: |key: |base64url: ", often=2)
def a_person_gets_what_nobody_may_get(draft, rng):
    person, other = rng.sample(PERSONS[1:], 2)
    nobody = rng.choice([payload_of(b["transitions"][p])["party"] for b, p in draft.places()])
    enterprise = {"party": "uscc:91350100M000100Y43", "name": "x", "region": "350100", "industry": "A"}
    kind, body = rng.choice(
        [("party.register", enterprise | {"key": SPARE.jwk}), ("party.suspend", {"party": nobody, "reason": "x"})]
        + [("key.reset", {"party": nobody, "key": SPARE.jwk, "reason": "x"}), ("party.enroll", {"key": person.jwk})]
        + [("party.enroll", {"key": other.jwk}), ("key.revoke", {"kid": person.kid})]
        + [("key.add", {"key": jwk}) for jwk in (person.jwk, *no_keys(rng))]
    )
    draft.add(person.jws(draft.asks(person, kind, body)), ACCEPTED)
    draft.seal()


@damage("key: not the one the person is derived from")
def a_person_is_not_named_after_their_key(draft, rng):
    one, other = (Signer(rng.choice(sorted(ORDERS)), str(rng.random())) for _ in range(2))
    body = {"key": rng.choice([one, other]).jwk}
    draft.add(one.jws(draft.asks(one, "party.enroll", body, party=other.party)), ACCEPTED)
    draft.seal()


@damage("JSON: |base64url: |malformed: |payload: |protected header: |transition: |key: ", often=4)
def a_signed_transition_is_malformed(draft, rng):
    person = rng.choice(PERSONS[1:])
    good = draft.asks(person, "claim.take", {"invoice": f"{rng.randrange(10**19):020}"})
    text, nonces = json.dumps(good), [base64url(rng.randbytes(size)) for size in (0, 15, 33)] + [good["nonce"] + "="]
    parties = ["person:", "uscc:91350100M000100Y44", "node:A", PERSONS[0].party, 1]
    payloads = [good | {"v": 2}, good | {"v": True}, good | {"chain": "other-" + "0" * 32}, good | {"more": 1}]
    payloads += [good | {"body": []}, good | {"iat": str(good["iat"])}, good | {"body": {"invoice": "0" * 70_000}}]
    payloads += [good | {"nonce": nonce} for nonce in nonces] + [good | {"party": party} for party in parties]
    payloads += [good | {"type": name} for name in ("claim.eat", "batch", "", None)]
    payloads += [good | {"body": {"sealed_digest": digest}} for digest in ("0", "A" * 64, 1)]
    payloads += [{name: good[name] for name in good if name != left_out} for left_out in sorted(good)]
    numbers = ['1, "invoice": 1', "1.0", "1e0", "01", "-0", "NaN", "9007199254740992", "-9007199254740992"]
    payloads += [text.replace('"invoice": ', f'"invoice": {number}, "is": ') for number in numbers]
    payloads += [text.replace("{", '{"\\u4e00": 1, '), text.replace("claim", "\\ud800"), text.replace("1", "\u0661", 1)]
    payloads += [text[:-1], text + "x", "[]", "\ufeff" + text, '{"v":' * 100_000]
    headers = [{"crit": []}, {"typ": "JWT"}, {"alg": "none"}, {"alg": "ES512"}, {"kid": SPARE.kid}, {"jwk": person.jwk}]
    own = rng.random() < 0.8
    jws = person.jws(rng.choice(payloads)) if own else person.jws(good, **rng.choice(headers))
    draft.add(jws, refused("invoice.unknown"))
    draft.seal()
