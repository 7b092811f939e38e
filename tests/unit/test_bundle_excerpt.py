"""The first records are kept for the page, whole and bounded."""

from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bundles.excerpt import Excerpt
from tests.fixtures.bundles import record


def test_the_first_records_are_kept_and_no_more() -> None:
    excerpt = Excerpt(3, 1 << 20)
    rows = [record(str(number), "author", {"body": "text\nover lines"}) for number in range(10)]
    excerpt.offer(b"".join(rows[:2]))
    assert not excerpt.is_full
    excerpt.offer(b"".join(rows[2:]))
    assert excerpt.is_full
    assert excerpt.records == tuple(rows[:3])
    assert excerpt.keys == {"0", "1", "2"}


def test_no_further_record_is_kept_once_the_room_is_used() -> None:
    excerpt = Excerpt(1_000, 100)
    for number in range(100):
        excerpt.offer(record(str(number), "author", {"body": "twenty characters ok"}))
    assert excerpt.is_full
    assert len(excerpt.records) == 2


def test_keys_are_those_of_the_source() -> None:
    excerpt = Excerpt(5, 1 << 20)
    excerpt.offer(record('a "b" <c> & \n\r/é', "author", {}))
    assert excerpt.keys == {'a "b" <c> & \n\r/é'}


@settings(max_examples=200, deadline=None)
@given(
    lead=st.integers(0, 400),
    filler=st.sampled_from(["x", "&", "<", "é", "\U0001f600", "a b\n", "]]>"]),
    after=st.booleans(),
)
def test_a_record_that_is_too_long_is_cut_and_stays_well_formed(
    lead: int, filler: str, *, after: bool
) -> None:
    values = {"title": "x" * lead, "body": filler * 70_000, "note": None}
    whole = record("7", "author", values if after else {"body": values["body"]})
    excerpt = Excerpt(5, 1 << 20)
    excerpt.offer(whole)
    (kept,) = excerpt.records
    assert len(kept) < 66_000
    parsed = ElementTree.fromstring(kept)
    assert parsed.get("key") == "7"
    body = next(each for each in parsed if each.get("name") == "body")
    assert str(values["body"]).startswith(body.text or "")
    assert len(body.text or "") > 5_000


def test_a_cut_between_two_fields_loses_only_the_later_ones() -> None:
    many = {f"field_{number:05}": "short" for number in range(3_000)}
    excerpt = Excerpt(5, 1 << 20)
    excerpt.offer(record("7", "author", many))
    parsed = ElementTree.fromstring(excerpt.records[0])
    assert [each.get("name") for each in parsed] == list(many)[: len(parsed)]
