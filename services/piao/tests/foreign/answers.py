"""Holds answers against openapi/piao.json with the validator `jsonschema`: prints what is wrong, one line each.

Reads a list of {method, path, status, media, body} from standard input."""

import json
import re
import sys

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT = json.load(open("piao.json"))
REGISTRY = Registry().with_resource("doc:", Resource.from_contents(DOCUMENT, DRAFT202012))


def template(path):
    """The path of the document that a path is of; of several the one with the fewest parameters."""
    whole = {"{path}": ".+"}

    def pattern(known):
        parts = re.split(r"(\{[a-z]+\})", known)
        return "".join(whole.get(part, "[^/]+") if part.startswith("{") else re.escape(part) for part in parts)

    fits = [known for known in DOCUMENT["paths"] if re.fullmatch(pattern(known), path)]
    return min(fits, key=lambda known: known.count("{"))


def pointer(*names):
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def faults(answer):
    known, status = template(answer["path"]), str(answer["status"])
    responses = DOCUMENT["paths"][known][answer["method"]]["responses"]
    if status not in responses:
        return [f"answers {status}, which the document does not know: {answer['body'][:200]}"]
    media = answer["media"].split(";")[0]
    if media not in responses[status]["content"]:
        return [f"answers {status} in {media!r}"]
    place = pointer("paths", known, answer["method"], "responses", status, "content", media, "schema")
    validator = Draft202012Validator({"$ref": "doc:#" + place}, registry=REGISTRY)
    body = json.loads(answer["body"]) if media.endswith("json") and media != "application/x-ndjson" else answer["body"]
    return [f"{status} at {list(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(body)]


def main():
    for answer in json.load(sys.stdin):
        for fault in faults(answer):
            print(answer["method"], answer["path"], fault)


main()
