"""Makes a thousand broken chains of a good export, and sees `verify_chain.py` refuse each for a reason of its kind.

    python3 break_chain.py chain.ndjson --log-key log-key [--count 1000] [--samples DIR]

It needs the log's key, since a log that cheats has it too: most damage is hashed and signed anew, so that nothing shows
it but the check that is meant for it. Before, it sees chains accepted that differ and are as good as the one given, so
that what is refused is refused for its damage. The same export makes the same chains. It prints one JSON object: how
many were refused, what went wrong, and of each kind how often it was refused for what. `--samples` writes the good
ones, `good-NAME.ndjson`, one of each kind, `KIND.ndjson`, and what went wrong. Exit code 1 where a good one is refused,
or a broken one accepted, or refused elsewhere or for another reason.
"""

import argparse
import functools
import io
import json
import random
import re
from collections import Counter
from pathlib import Path

import verify_chain
from damages import KINDS
from drafts import Draft, continued, log_key, merged, twins
from verify_chain import unbase64url


def remembered(check):
    """A signature that was verified once holds, and one that did not never will."""
    verdicts = {}

    def check_once(key, signature, message):
        asked = (key.thumbprint, signature, message)
        if asked not in verdicts:
            try:
                verdicts[asked] = check(key, signature, message)
            except (verify_chain.Refused, ValueError) as error:
                verdicts[asked] = error
        if verdicts[asked] is not None:
            raise verdicts[asked]

    return check_once


def judge(data, genesis_file=None):
    """Why and at which line an export is refused; or `None`."""
    try:
        verify_chain.verify(io.BytesIO(data), genesis_file)
    except verify_chain.Refused as error:
        return error.args[0], error.args[1]["line"]


def first_difference(good, data):
    """The number of the first line that differs, from 1."""
    pairs = enumerate(zip(good, io.BytesIO(data), strict=False), 1)
    return next((place for place, (one, other) in pairs if one != other), min(len(good), data.count(b"\n")))


class Corpus:
    """Chains that all differ, and what each was refused for."""

    def __init__(self, goods):
        self.bases, self.seen = [goods["continued"], goods["merged"]], {good.write() for good in goods.values()}
        self.refused, self.wrong, self.samples = {kind: Counter() for kind in KINDS}, [], {}

    def fill(self, count):
        """Kind after kind, until there are as many as asked for, or every one made fifty times what there was."""
        lots, tries = {name: random.Random(name) for name in KINDS}, Counter()
        turns = [name for name in sorted(KINDS) for _ in range(KINDS[name][3])]
        while lots and len(self.seen) < count:
            for name in turns:
                if name in lots and len(self.seen) < count:
                    tries[name] = 0 if self.breaks(name, lots[name]) else tries[name] + 1
                if tries[name] == 50:
                    lots.pop(name, None)

    def breaks(self, name, rng):
        """One more of a kind; or nothing, where that is one that there was."""
        draft = rng.choice(self.bases).copy()
        good = draft.lines()
        data = KINDS[name][0](draft, rng) or draft.write()
        if data in self.seen:
            return False
        self.seen.add(data)
        self.samples.setdefault(name, data)
        self.judge(name, data, first_difference(good, data))
        return True

    def judge(self, name, data, at):
        _, reasons, later, _ = KINDS[name]
        reason, line = judge(data) or ("accepted", 0)
        if reasons.match(reason) and at <= line and (later or line <= at + 1) and reason != "accepted":
            self.refused[name][re.sub("[^a-zA-Z: ].*", "", reason)] += 1
        else:
            self.wrong.append({"kind": name, "differs": at, "line": line, "reason": reason})
            self.samples[f"wrong-{len(self.wrong)}"] = data


def main():
    parser = argparse.ArgumentParser(description="Breaks a chain in a thousand ways, each of which must be refused.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--log-key", type=Path, required=True, help="the log's secret, base64url")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--samples", type=Path)
    asked = parser.parse_args()
    verify_chain.check_signature = remembered(verify_chain.check_signature)
    verify_chain.strict = functools.cache(verify_chain.strict)  # nobody changes what was read
    export, key = asked.export.read_bytes(), log_key(unbase64url(asked.log_key.read_text().strip()))
    given = Draft(export, key)
    goods = {"sealed": given.copy().seal(), "twins": twins(given.copy())}
    goods |= {"continued": continued(given.copy()), "merged": continued(merged(given.copy()))}
    corpus = Corpus(goods)
    genesis_file = unbase64url(given.genesis["genesis"])
    wrong = {name: judge(good.write(), genesis_file) for name, good in goods.items()}
    elsewhere = judge(export, genesis_file + b" ") or ("accepted under another genesis file", 1)
    if goods["sealed"].write() != export or any(wrong.values()) or not elsewhere[0].startswith("genesis: not the file"):
        parser.exit(1, f"a good chain is refused, or this key is not its log's: {wrong}, {elsewhere}\n")
    corpus.fill(asked.count + len(corpus.seen))
    if asked.samples:
        written = {f"good-{name}": good.write() for name, good in goods.items()} | corpus.samples
        for name, data in written.items():
            (asked.samples / f"{name}.ndjson").write_bytes(data)
    total = sum(sum(reasons.values()) for reasons in corpus.refused.values())
    print(json.dumps({"refused": total, "wrong": corpus.wrong, "kinds": corpus.refused}))
    parser.exit(1 if corpus.wrong else 0)


if __name__ == "__main__":
    main()
