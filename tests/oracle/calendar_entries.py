"""Calendar entries: personal ones go, shared ones lose the name."""

from collections.abc import Iterator

from tests.oracle.campus import Campus
from tests.oracle.changes import Change


def restricted(campus: Campus, subject: int) -> Iterator[Change]:
    for row in campus.rows("event", owner_id=subject):
        place = campus.place("event", row)
        if row["kind"] == "personal":
            yield Change(place, {"is_hidden": True})
        else:
            yield Change(place, {"owner_id": campus.stand_in(subject)})


def erased(campus: Campus, subject: int) -> Iterator[Change]:
    for row in campus.rows("event", owner_id=subject):
        place = campus.place("event", row)
        if row["kind"] == "personal":
            yield Change(place)
        else:
            yield Change(place, {"owner_id": campus.stand_in(subject)})
