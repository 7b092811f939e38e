"""Names, sizes and documents of the campus."""

from random import Random
from typing import Any

import pytest

from app.demo.documents import pdf, png
from app.demo.names import GIVEN_NAMES, SURNAMES, NameGiver, fold, spell_plainly
from app.demo.rows import Ids, Rows
from app.demo.size import Size, scale


def chance() -> Random:
    return Random(1)  # noqa: S311 - not for secrets


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Łukasz Ó Briain", "lukasz.obriain"),
        ("Øyvind Sæther", "oyvind.saether"),
        ("Đức Nguyễn", "duc.nguyen"),
        ("Олена Шевченко", "olena.shevchenko"),
        ("ليلى الخطيب", "layla.alkhatib"),
    ],
)
def test_names_become_addresses_of_plain_letters(name: str, plain: str) -> None:
    assert spell_plainly(name) == plain


@pytest.mark.parametrize("name", [*GIVEN_NAMES, *SURNAMES])
def test_every_name_can_be_written_plainly(name: str) -> None:
    assert fold(name).isascii()
    assert len(fold(name)) >= 2


def test_names_differ_as_long_as_there_are_any() -> None:
    names = NameGiver(chance())
    given = [names.name(names.surname()) for _ in range(500)]

    assert len(set(given)) == len(given)


def test_names_repeat_when_there_are_no_more() -> None:
    names = NameGiver(chance())

    given = [names.name("Nowak") for _ in range(len(GIVEN_NAMES) * len(SURNAMES) * 2)]

    assert all(given)


@pytest.mark.parametrize("change", [{"institutions": 0}, {"schools": 0}, {"people": 29}], ids=str)
def test_a_campus_too_small_for_its_story_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="30 people"):
        Size(**change)


def test_a_campus_scales_by_schools() -> None:
    assert scale(9_600).schools == 1
    assert scale(1_000_000).schools == 104
    assert not scale(1_000_000).own_files


def test_rows_of_a_table_name_the_same_columns() -> None:
    rows = Rows(Ids())
    rows.add("note", body="Buy chalk.")

    with pytest.raises(ValueError, match="note"):
        rows.add("note", title="Chalk")


def test_a_pdf_says_where_its_objects_lie() -> None:
    document = pdf("Report (draft)", "We counted 23 mussels. " * 20)
    start = int(document.rsplit(b"startxref\n", 1)[1].split()[0])

    assert document[start : start + 4] == b"xref"
    for line in document[start:].split(b"\n")[3:9]:
        place = int(line[:10])
        assert document[place : place + 7].endswith(b" obj")
    assert rb"Report \(draft\)" in document


def test_a_picture_has_the_signature_and_the_end_of_png() -> None:
    picture = png(chance())

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.endswith(b"IEND\xaeB`\x82")
