"""One word for one thing, in code, API, docs and data maps; and no word that is not the project's."""

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from tests.fixtures.tree import ROOT, own_texts

NEVER = {
    r"tenan(t|ts|cy)": "controller",
    r"complian(t|ce)": "say what the mechanism does",
    r"ghosts?": "stand-in",
    r"dumm(y|ies)": "stand-in",
    r"vendors?": "processor, or learning platform",
    r"connectors?": "source",
    r"tickets?": "subject request",
    r"data[ _-]owners?": "subject, or controller",
    r"(anonymi|pseudonymi|minimi)z\w+": "the Regulation's English: -ise",
}
"""Words that nobody needs here, and what to say."""

NEVER_IN_THE_API = {"account", "archive", "certificate", "customer", "entity", "organisation"}
NEVER_IN_THE_API |= {"policy", "task", "tenant", "ticket", "user", "vendor", "workflow"}

LEFTOVERS = {
    "a path of one machine": r"(?<![\w.])/(?:home|root|work|Users)/\w",
    "a package registry": r"(?:py[p]i|python[h]osted|npm[j]s|g[h]cr|quay|crates)\.(?:org|com|io)\b",
    "who wrote it": r"\b(?:session \d+|issue [#A-H0-9]\b|sub-?agent|TODO|FIXME|XXX)",
}

TEXTS = {path: text for path, text in own_texts() if path != "tests/architecture/test_words.py"}


def places(pattern: str, *, ignore_case: bool = False) -> list[str]:
    """Give the lines on which a pattern stands."""
    found = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in TEXTS.items()
        for number, line in enumerate(text.splitlines(), 1)
        if found.search(line)
    ]


@pytest.mark.parametrize("word", NEVER)
def test_a_synonym_stands_nowhere(word: str) -> None:
    # An underscore ends a word too.
    assert places(rf"(?<![a-z]){word}(?![a-z])", ignore_case=True) == [], NEVER[word]


def names_of_the_api() -> Iterator[str]:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    for path, methods in document["paths"].items():
        yield from path.strip("/").split("/")
        yield from (operation["operationId"] for operation in methods.values())
    for name, schema in document["components"]["schemas"].items():
        yield name
        yield from schema.get("properties", {})


def test_the_api_names_things_by_their_one_word() -> None:
    words = {
        name: set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", name).lower()))
        for name in names_of_the_api()
    }
    wrong = {
        name: found
        for name, parts in words.items()
        if (found := NEVER_IN_THE_API & (parts | {part.removesuffix("s") for part in parts}))
    }
    assert wrong == {}


@pytest.mark.parametrize("name", ["campus.yaml", "moodle.yaml"])
def test_titles_of_a_data_map_speak_to_a_person(name: str) -> None:
    data_map = yaml.safe_load((ROOT / "datamaps" / name).read_text(encoding="utf-8"))
    titles = [spec.get("title", "") for spec in data_map["record_types"].values()]
    assert len(set(titles)) == len(titles), "two record types have one title"
    for title in titles:
        assert title[:1].isupper(), title
        assert "_" not in title, title


@pytest.mark.parametrize("what", LEFTOVERS)
def test_nothing_of_its_making_is_left(what: str) -> None:
    assert places(LEFTOVERS[what]) == []
