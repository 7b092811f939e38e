"""Reads what the acting statements answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.rules import Branch, person_columns
from app.sources.hands import Acted, ActedBranch, Counted, FormerRecord, LostUpload, Restored
from app.sources.keys import Key, Keys
from schemas.data_map import RecordType

Row = Mapping[str, Any]


def role_names(spec: RecordType, mask: int) -> tuple[str, ...]:
    """Name the roles of a mask, in the map's order.

    Args:
        spec: The record type.
        mask: Bit ``n`` is the nth role.
    """
    return tuple(name for position, name in enumerate(spec.roles) if mask >> position & 1)


def counted(
    name: str, spec: RecordType, by_code: Mapping[int, Branch], rows: Sequence[Row]
) -> list[Counted]:
    """Read counts by roles and branch."""
    return [
        Counted(name, role_names(spec, row["mask"]), by_code[row["code"]], row["records"])
        for row in rows
    ]


def merged(found: Sequence[Counted]) -> list[Counted]:
    """Add up what was counted in parts."""
    totals: dict[tuple[str, tuple[str, ...], int], Counted] = {}
    for each in found:
        key = (each.record_type, each.roles, each.branch.number)
        known = totals.get(key)
        totals[key] = replace(each, count=each.count + (0 if known is None else known.count))
    return list(totals.values())


def acted(
    name: str,
    spec: RecordType,
    by_code: Mapping[int, Branch],
    touched: Mapping[int, tuple[str, ...]],
    rows: Sequence[Row],
) -> Acted:
    """Read what an act did; every row stands for records that were treated alike.

    Args:
        name: The record type.
        spec: The same.
        by_code: Its branches.
        touched: The columns that each branch sets.
        rows: The statement's.
    """
    branches: list[ActedBranch] = []
    formers: list[FormerRecord] = []
    containers: dict[tuple[int, str], tuple[str | None, ...]] = {}
    uploads: list[LostUpload] = []
    persons = set(person_columns(spec))
    for row in rows:
        keys = _keys(row, len(spec.key))
        branch = by_code[row["code"]]
        told = Counted(name, role_names(spec, row["mask"]), branch, row["records"])
        branches.append(ActedBranch(told, row["is_removed"], keys))
        if "formers" in row:
            formers += _formers(row, keys, set(touched.get(row["code"], ())), persons)
        for text in row.get("containers") or ():
            if text is not None:
                containers.setdefault((row["code"], text), tuple(json.loads(text)))
        uploads += lost(row.get("uploads") or ())
    deferred = tuple((by_code[code], cells) for (code, _), cells in containers.items())
    return Acted(name, tuple(branches), tuple(formers), deferred, tuple(uploads))


def _formers(row: Row, keys: Keys, touched: set[str], persons: set[str]) -> list[FormerRecord]:
    if row["is_removed"]:
        return [
            FormerRecord(key, row["mask"], former, None)
            for key, former in zip(keys, row["formers"], strict=True)
        ]
    return [
        FormerRecord(key, row["mask"], *_changed(former, after, touched, persons))
        for key, former, after in zip(keys, row["formers"], row["afters"], strict=True)
    ]


def _changed(former: str, after: str, touched: set[str], persons: set[str]) -> tuple[str, str]:
    """Leave out the columns that neither the rule set nor a trigger changed.

    A column that names persons was set only where it named the subject: else it is another one's. Where
    there is nothing else, it stays, as what was changed is not to be taken for what was noted.
    """
    cells, now = json.loads(former), json.loads(after)
    ours = touched - persons
    kept = [name for name in cells if name in ours or cells[name] != now[name]] or list(touched)
    return (
        json.dumps({name: cells[name] for name in kept}),
        json.dumps({name: now[name] for name in kept}),
    )


def released(name: str, spec: RecordType, branch: Branch, rows: Sequence[Row]) -> Acted:
    """Read what a release did: a row a record."""
    if not rows:
        return Acted(name)
    keys = Keys([row[f"key_{n}"] for row in rows] for n in range(len(spec.key)))
    told = Counted(name, (branch.role,), branch, len(keys))
    is_deleted = branch.rule.then == "delete"
    uploads = lost([row["uploads"] for row in rows])
    return Acted(name, (ActedBranch(told, is_deleted, keys),), uploads=uploads)


def restored(keys: Sequence[Key], rows: Sequence[Row]) -> Restored:
    """Read what a restore did: a row a record that is there."""
    width = len(keys[0])
    found = {tuple(row[f"key_{n}"] for n in range(width)): row["is_whole"] for row in rows}
    return Restored(
        whole=tuple(key for key in keys if found.get(key) is True),
        partial=tuple(key for key in keys if found.get(key) is False),
        gone=tuple(key for key in keys if key not in found),
    )


def lost(objects: Sequence[str]) -> tuple[LostUpload, ...]:
    """Read objects of upload values by field."""
    return tuple(
        LostUpload(field, value)
        for text in objects
        for field, value in json.loads(text).items()
        if value
    )


def _keys(row: Row, width: int) -> Keys:
    if isinstance(row["key_0"], str):
        return Keys(joined=row["key_0"], count=row["records"])
    return Keys(row[f"key_{n}"] for n in range(width))
