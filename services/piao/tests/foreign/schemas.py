"""Holds schemas/ against the vectors with the validator `jsonschema`: prints what is wrong, one line each."""

import base64
import copy
import json
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

BASE = "file:///schemas/"
PATHS = [path for path in Path().rglob("*.json") if path.parts[0] != "vectors" and path.name != "asyncapi.json"]
SCHEMAS = {path.as_posix(): json.loads(path.read_text("utf-8")) for path in PATHS}
RESOURCES = [(BASE + path, Resource.from_contents(schema)) for path, schema in SCHEMAS.items()]
REGISTRY = Registry().with_resources(RESOURCES)


def vectors(name):
    return json.loads(Path("vectors", name).read_text("utf-8"))


def part(token, place):
    text = token.split(".")[place]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def values():
    """The schema of each real value, and the value."""
    yield "genesis-file.json", vectors("genesis.json")
    for row in vectors("transitions.json"):
        yield "transition-header.json", part(row["jws"], 0)
        yield "payload.json", part(row["jws"], 1)
        yield f"transitions/{row['type']}.json", part(row["jws"], 1)["body"]
        yield "command.json", row["jws"]
    for row in vectors("sealed.json"):
        yield "sealed.json", row["sealed"]
    log = vectors("log.json")
    yield from (("receipt.json", json.loads(row["receipt"])) for row in log["outcomes"])
    yield from (("block-header.json", json.loads(row["header"])) for row in log["blocks"])
    yield "checkpoint.json", log["checkpoint"]
    for row in vectors("read-tokens.json")["rows"]:
        if row["expect"] == "accepted":
            yield "read-token-header.json", part(row["token"], 0)
            yield "read-token-claims.json", part(row["token"], 1)
    for row in vectors("proof-bundles.json")["rows"]:
        if row["fails"] is None:
            yield "proof-bundle.json", json.loads(row["bundle"])
    announced = vectors("announcement.json")
    yield "announcement.json", announced["announcement"]
    yield "block-line.json", json.loads(announced["line"])
    yield "export-line.json", json.loads(announced["line"])
    messages = json.loads(Path("asyncapi.json").read_text("utf-8"))["components"]["messages"]
    for message in messages.values():
        yield from ((message["payload"]["$ref"], example["payload"]) for example in message.get("examples", []))


def altered(value):
    """The value with one member of its own more or less, and something else in its place."""
    yield 5
    if isinstance(value, dict):
        yield value | {"zz": 1}
        for name in value:
            less = copy.copy(value)
            del less[name]
            yield less


def main():
    for path, schema in SCHEMAS.items():
        for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
            print(path, error.message[:300])
    seen = {"details/" + path.name for path in Path("details").iterdir()}
    for path, value in values():
        seen.add(path)
        validator = Draft202012Validator({"$ref": BASE + path}, registry=REGISTRY)
        for error in validator.iter_errors(value):
            print(path, error.message[:300])
        # Members of a body may be free to be absent.
        if not path.startswith("transitions/"):
            for other in altered(value):
                if validator.is_valid(other):
                    print(path, "allows", str(other)[:300])
    for path in SCHEMAS.keys() - seen:
        print(path, "was held against nothing")


main()
