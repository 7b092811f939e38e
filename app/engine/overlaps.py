"""What several restrictions that hold the same record make of each other: its cells, as former values.

Reference:
    ``docs/effects.md``, "The vault", *Overlap*.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.sources.hands import FormerRecord


def with_cells_of(own: FormerRecord, older: FormerRecord) -> FormerRecord:
    """Add cells that only an older restriction has changed; a removed row holds all of its own."""
    if own.after is None or older.after is None:
        return own
    return FormerRecord(
        own.key,
        own.mask | older.mask,
        json.dumps(json.loads(older.former) | json.loads(own.former)),
        json.dumps(json.loads(older.after) | json.loads(own.after)),
    )


def taken_over(former: FormerRecord, others: Sequence[FormerRecord]) -> FormerRecord:
    """Go back to what was there before another restriction set what is there now."""
    cells = json.loads(former.former)
    for other in reversed(others):  # the oldest has the last word
        if other.after is not None:
            before, after = json.loads(other.former), json.loads(other.after)
            cells |= {n: before[n] for n in before if n in cells and cells[n] == after[n]}
    return replace(former, former=json.dumps(cells))


def what_is_left(
    known: FormerRecord, former: FormerRecord, *, is_same_subject: bool
) -> FormerRecord | None:
    """Say what a restriction holds of a record from now on that another one changes, too; None: nothing.

    Where both would give back the same, it holds what it held. Where not, the platform has written
    the cell, or the row, since it was set.

    Args:
        known: What the one holds.
        former: What the other one, which changes the record now, will give back.
        is_same_subject: Whether both restrict the same person.
    """
    if known.is_noted or former.is_noted or (known.is_removed and not former.is_removed):
        return known
    cells, now = json.loads(known.former), json.loads(former.former)
    written = {name for name in cells if name in now and cells[name] != now[name]}
    if not written:
        return known
    if is_same_subject:
        return _renewed(known, former, written)
    kept = {name: cell for name, cell in cells.items() if name not in written}
    if known.is_removed or not kept:
        return None
    return replace(known, former=json.dumps(kept))


def _renewed(known: FormerRecord, former: FormerRecord, written: set[str]) -> FormerRecord:
    """Hold of some columns what another restriction holds."""
    if known.after is None or former.after is None:
        return replace(known, former=_with(known.former, former.former, written))
    return replace(
        known,
        former=_with(known.former, former.former, written),
        after=_with(known.after, former.after, written),
    )


def _with(cells: str, others: str, columns: set[str]) -> str:
    theirs = json.loads(others)
    return json.dumps(json.loads(cells) | {name: theirs[name] for name in columns})


def without(former: FormerRecord, held: Iterable[FormerRecord]) -> FormerRecord | None:
    """Leave out the cells that other restrictions hold; None where they hold all, or there are none."""
    if former.is_noted:
        return None
    names = {name for each in held for name in json.loads(each.former)}
    if not names:
        return former
    if former.is_removed:  # whoever else holds it holds all of it
        return None
    cells = {name: cell for name, cell in json.loads(former.former).items() if name not in names}
    return replace(former, former=json.dumps(cells)) if cells else None
