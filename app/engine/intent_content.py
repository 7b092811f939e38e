"""What one transaction on the LMS is about to commit: gathered act by act, sealed as one text."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

from app.domain.tallies import Tally
from app.sources.hands import Acted, Deferred, FormerRecord
from app.sources.keys import Key, Keys
from schemas.vocabulary import Effect, Outcome

_OUTCOMES = {
    Effect.DELETE: Outcome.REMOVED,
    Effect.ANONYMISE: Outcome.ANONYMISED,
    Effect.HIDE: Outcome.HIDDEN,
    Effect.KEEP: Outcome.KEPT,
}


@dataclass(frozen=True, slots=True)
class DoneKeys:
    """Records that one branch treated alike.

    Attributes:
        record_type: The type.
        role: The branch's role.
        position: The rule's position.
        is_later: Whether ``then`` was carried out, and not ``effect``.
        is_deleted: Whether the rows are gone.
        keys: Theirs.
    """

    record_type: str
    role: str
    position: int
    is_later: bool
    is_deleted: bool
    keys: Keys


@dataclass(frozen=True, slots=True)
class LostUploads:
    """Values of one field that records no longer hold."""

    record_type: str
    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unvaulted:
    """Records whose former values were read back from one restriction's vault."""

    restriction_id: str
    record_type: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class TakenNote:
    """An entry of a vault without a value, whose place one with a value takes.

    Attributes:
        restriction_id: Whose vault it is.
        record_type: The record's type.
        record_digest: What it is found by, hexadecimal.
        sealed: What it holds, hexadecimal.
    """

    restriction_id: str
    record_type: str
    record_digest: str
    sealed: str


@dataclass(slots=True)
class IntentContent:
    """Everything that a transaction on the LMS brings about, as far as Habeas has to know.

    Attributes:
        done: Whose keys were acted on.
        formers: What a restriction read before it changed it; stored in the vault, not in here.
        deferred: Containers of what is deferred.
        uploads: What the records no longer name.
        unvaulted: What was read back.
        released: The deferrals that are carried out, each as it was read: id and seal.
        notes: Keys and roles noted before anything was done.
        taken: Notes of a vault that come back where the transaction does not stand.
        data_map_version_id: By which data map it is to be read; None in what was written before it
            was said, when a job had one only.
        counts: By record type, roles, role, position and outcome.
    """

    done: list[DoneKeys] = field(default_factory=list)
    formers: list[tuple[str, FormerRecord]] = field(default_factory=list)
    deferred: list[Deferred] = field(default_factory=list)
    uploads: list[LostUploads] = field(default_factory=list)
    unvaulted: list[Unvaulted] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    notes: dict[str, list[tuple[Key, int]]] = field(default_factory=dict)
    taken: list[TakenNote] = field(default_factory=list)
    data_map_version_id: str | None = None
    counts: Counter[tuple[str, tuple[str, ...], str, int, Outcome]] = field(default_factory=Counter)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit and nothing to remember."""
        return not any(
            (self.done, self.formers, self.deferred, self.unvaulted, self.released, self.counts)
        )

    def add(self, acted: Acted, *, is_later: bool = False) -> None:
        """Take in what an act did.

        Args:
            acted: As the source says.
            is_later: Whether it carried out what deferrals waited for.
        """
        for each in acted.branches:
            branch, name = each.counted.branch, acted.record_type
            self.done.append(
                DoneKeys(name, branch.role, branch.position, is_later, each.is_deleted, each.keys)
            )
            effect = (branch.rule.then if is_later else None) or branch.rule.effect
            self.count(
                name,
                each.counted.roles,
                branch.role,
                branch.position,
                _OUTCOMES[effect],
                each.counted.count,
            )
        self.formers += [(acted.record_type, former) for former in acted.formers]
        self._add_containers(acted)
        self._add_uploads(acted)

    def count(  # noqa: PLR0913, PLR0917 - a tally has this many parts
        self,
        record_type: str,
        roles: tuple[str, ...],
        role: str,
        position: int,
        outcome: Outcome,
        count: int,
    ) -> None:
        """Count records."""
        self.counts[record_type, roles, role, position, outcome] += count

    @property
    def tallies(self) -> list[Tally]:
        """The counts as tallies."""
        return [Tally(*key, record_count=count) for key, count in self.counts.items() if count]

    def to_text(self) -> str:
        """Write what has to be remembered until the job is done."""
        return json.dumps(
            {
                "done": [
                    _plain(each) | {"keys": each.keys.plain(), "count": len(each.keys)}
                    for each in self.done
                ],
                "deferred": [_plain(each) for each in self.deferred],
                "uploads": [_plain(each) for each in self.uploads],
                "unvaulted": [_plain(each) for each in self.unvaulted],
                "released": self.released,
                "notes": self.notes,
                "taken": [_plain(each) for each in self.taken],
                "map": self.data_map_version_id,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what ``to_text`` wrote."""
        read = json.loads(text)
        return cls(
            done=[_done(each) for each in read["done"]],
            deferred=[
                Deferred(**each | {"containers": _keys(each["containers"])})
                for each in read["deferred"]
            ],
            uploads=[
                LostUploads(**each | {"values": tuple(each["values"])}) for each in read["uploads"]
            ],
            unvaulted=[
                Unvaulted(**each | {"keys": _keys(each["keys"])}) for each in read["unvaulted"]
            ],
            released=read["released"],
            notes={
                name: [(tuple(key), mask) for key, mask in noted]
                for name, noted in read["notes"].items()
            },
            taken=[TakenNote(**each) for each in read.get("taken", ())],
            data_map_version_id=read.get("map"),
        )

    def _add_containers(self, acted: Acted) -> None:
        grouped: dict[tuple[str, int], list[tuple[str | None, ...]]] = {}
        for branch, cells in acted.containers:
            grouped.setdefault((branch.role, branch.position), []).append(cells)
        self.deferred += [
            Deferred(acted.record_type, role, position, tuple(containers))
            for (role, position), containers in grouped.items()
        ]

    def _add_uploads(self, acted: Acted) -> None:
        grouped: dict[str, list[str]] = {}
        for each in acted.uploads:
            grouped.setdefault(each.field, []).append(each.value)
        self.uploads += [
            LostUploads(acted.record_type, name, tuple(values)) for name, values in grouped.items()
        ]


def _plain(each: object) -> dict[str, Any]:
    return {name: getattr(each, name) for name in each.__dataclass_fields__}  # type: ignore[attr-defined]


def _done(read: dict[str, Any]) -> DoneKeys:
    keys = Keys.from_plain(read.pop("keys"), read.pop("count"))
    return DoneKeys(**read, keys=keys)


def _keys(listed: Iterable[Iterable[Any]]) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(each) for each in listed)
