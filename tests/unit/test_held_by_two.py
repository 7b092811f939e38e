"""A record that two restrictions of one person hold is read once, as lifting both would leave it."""

import json

from app.engine.held import _with
from app.sources.hands import FormerRecord

OLDER = FormerRecord(("1",), 1, '{"body": "text", "title": "A"}', '{"body": null, "title": "x"}')


def test_cells_of_both_are_held_with_the_older_value_and_what_was_set_last() -> None:
    newer = FormerRecord(("1",), 2, '{"body": "text", "file": "f"}', '{"body": "-", "file": ""}')
    both = _with(OLDER, newer)
    assert (both.key, both.mask) == (OLDER.key, 1)
    assert json.loads(both.former) == {"body": "text", "title": "A", "file": "f"}
    assert json.loads(both.after or "") == {"body": "-", "title": "x", "file": ""}


def test_what_the_newer_one_took_away_is_away_with_the_older_values() -> None:
    newer = FormerRecord(("1",), 1, '{"id": "1", "body": null, "title": "x"}', None)
    both = _with(OLDER, newer)
    assert both.is_removed
    assert json.loads(both.former) == {"id": "1", "body": "text", "title": "A"}


def test_what_the_older_one_took_away_is_as_it_held_it() -> None:
    older = FormerRecord(("1",), 1, '{"id": "1", "body": "text"}', None)
    assert _with(older, OLDER) is older
