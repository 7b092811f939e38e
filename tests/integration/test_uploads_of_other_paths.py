"""Whether an upload is still named is told by where it lies, by whatever value and kind of record."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.demo.school import Person
from app.record_keys import RecordKeys
from tests.fixtures.campus import CAMPUS_MAP
from tests.fixtures.office import Json, Office

TABLE = """
DROP TABLE IF EXISTS {0};
CREATE TABLE {0} (id bigint PRIMARY KEY, owner_id bigint NOT NULL, picture text);
CREATE INDEX ON {0} (owner_id);
CREATE INDEX ON {0} (picture);
"""
NAMES = ("4711", "badges/4711.png")


def _spec(table: str, path: str) -> Json:
    file: Json = {"source": "uploads", "path": path}
    return {
        "category": "personal_information",
        "title": table.title(),
        "table": table,
        "purposes": ["teaching"],
        "retention_criteria": "For ever.",
        "rectify": "self",
        "fields": {"picture": {"title": "Picture", "file": file}},
        "hide": {"remove": True},
        "roles": {"owner": {"column": "owner_id", "restriction": "hide", "erasure": "delete"}},
    }


@pytest.fixture
async def badges(office: Office) -> Path:
    """Have records that name pictures in a folder of their own, by a part of the name."""
    document = yaml.safe_load(CAMPUS_MAP.read_text("utf-8"))
    for table, path in (("badge", "badges/{}.png"), ("scan", "{}")):
        await office.workplace.lms_does(TABLE.format(table))
        document["record_types"][table] = _spec(table, path)
    await office.workplace.bind(json.dumps(document))
    directory = office.workplace.campus.files_directory
    (directory / "badges").mkdir(exist_ok=True)
    for name in NAMES:
        (directory / name).write_text("x", "utf-8")
    return directory


async def _have_older_digests(office: Office, value: str) -> None:
    """Let vaults know uploads by the values that named them, as they did once."""
    workplace = office.workplace
    keys = RecordKeys.of(workplace.context.keyring.unwrap(workplace.controller.digest_key))
    older = "UPDATE vault_entry SET upload_digests = $1 WHERE upload_digests <> ''::bytea"
    await workplace.execute(older, keys.digest("upload name/uploads", [value]))


@pytest.mark.parametrize(
    ("named", "where", "left"),
    [
        pytest.param("4711", "row", ["4711"], id="the same value in another place"),
        pytest.param("4711", "vault", ["4711"], id="the same value in another place, in a vault"),
        pytest.param("badges/4711.png", "row", ["4711", "badges/4711.png"], id="the same place"),
        pytest.param(
            "badges/4711.png", "vault", ["4711", "badges/4711.png"], id="the same place, in a vault"
        ),
        pytest.param(
            "badges/4711.png", "older vault", list(NAMES), id="the same place, in one of before"
        ),
    ],
)
async def test_an_upload_stays_where_another_record_names_the_same_place(
    office: Office,
    badges: Path,
    students: Iterator[Person],
    named: str,
    where: str,
    left: list[str],
) -> None:
    erased, other = next(students), next(students)
    await office.workplace.lms_does(f"INSERT INTO badge VALUES (1, {erased.id}, '4711')")
    await office.workplace.lms_does(f"INSERT INTO scan VALUES (1, {other.id}, '{named}')")
    if where != "row":
        await office.restrict(other)
    if where == "older vault":
        await _have_older_digests(office, named)
    await office.erase(erased)
    assert [name for name in NAMES if (badges / name).exists()] == left
