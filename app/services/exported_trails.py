"""Verifying an exported audit trail without Habeas's database: by its lines and public keys alone.

Reference:
    ``docs/audit.md``.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from app.domain.checkpoints import CheckpointUnfit, origin_of
from app.services.audit_exports import VERSION
from app.services.checkpoint_proofs import proved
from app.store.audit import VerificationResult
from app.store.audit_chain import Entry, Follower, Link
from app.store.audit_texts import OpenedText


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of an entry, with the key of its commitment in hexadecimal."""

    text: str
    key: str


_Texts = TypeAdapter(dict[str, _Text])


class NotATrail(ValueError):
    """The file is no exported trail, or not a whole one."""


@dataclass(slots=True)
class _Reading:
    """How far a file has been read.

    Attributes:
        origin: The trail that it is of.
        public_keys: That are trusted.
        known: What genuine checkpoints say.
        follower: Of the entries; None before the first.
    """

    origin: str
    public_keys: Sequence[bytes]
    known: list[Link] = field(default_factory=list)
    follower: Follower | None = None


def verify(
    lines: Iterable[bytes], public_keys: Sequence[bytes], notes: Sequence[str] = ()
) -> VerificationResult:
    """Follow an exported trail from its first line to its last, a line at a time.

    Args:
        lines: Of the file, JSON Lines.
        public_keys: The keys that are trusted, 32 bytes each.
        notes: Checkpoints that were kept elsewhere.

    Returns:
        What was found. A trail whose last entry no genuine checkpoint covers is broken there.

    Raises:
        NotATrail: The file is no exported trail, or only a selection of one.
        CheckpointUnfit: A checkpoint that was kept elsewhere is no genuine one of this trail.
    """
    rest = iter(lines)
    reading = _begin(next(rest, b""), public_keys)
    reading.known += [_kept(reading, note) for note in notes]
    for line in rest:
        done = 0 if reading.follower is None else reading.follower.link.sequence
        try:
            broken = _read(reading, _parsed(line))
        except NotATrail:
            raise
        except ValueError as error:
            broken = str(error)
        if broken is not None:
            return VerificationResult(done, done + 1, broken)
    return _ended(reading)


def _begin(line: bytes, public_keys: Sequence[bytes]) -> _Reading:
    try:
        head = _parsed(line)
    except ValueError as error:
        raise NotATrail("this is no exported audit trail") from error
    if head.get("type") != "trail" or head.get("version") != VERSION:
        raise NotATrail("this is no exported audit trail of a form that is known here")
    if head.get("is_whole") is not True:
        raise NotATrail("this is a selection; only a trail exported without filters is verified")
    return _Reading(str(head.get("origin")), public_keys)


def _read(reading: _Reading, line: dict[str, Any]) -> str | None:
    """Take in one line; say what is wrong, None where nothing is."""
    kind = line.pop("type", None)
    if kind == "checkpoint" and reading.follower is None:
        link = proved(str(line.get("note")), reading.origin, reading.public_keys)
        if link is not None:
            reading.known.append(link)
        return None
    if kind != "entry":
        raise NotATrail("there is a line that belongs to no exported audit trail")
    if reading.follower is None:
        reading.follower = Follower(reading.known)
    stored_hash = bytes.fromhex(str(line.pop("hash", "")))
    texts = _Texts.validate_python(line.pop("texts", {}))
    entry = Entry.of_document(line)
    if origin_of(entry.controller_id) != reading.origin:
        return "the entry is of another trail"
    return reading.follower.follow(entry, stored_hash) or _wrong_text(entry, texts)


def _wrong_text(entry: Entry, texts: dict[str, _Text]) -> str | None:
    for name, said in texts.items():
        opened = OpenedText(said.text, bytes.fromhex(said.key))
        if entry.commitments.get(name) != opened.commitment.hex():
            return f"the text {name} is not what the entry says"
    return None


def _ended(reading: _Reading) -> VerificationResult:
    follower = reading.follower or Follower(reading.known)
    done = follower.link.sequence
    missing = follower.missing()
    if missing is not None:
        return VerificationResult(done, done + 1, missing)
    covered = max((link.sequence for link in reading.known), default=0)
    if covered < done:
        return VerificationResult(done, covered + 1, "no genuine checkpoint covers this entry")
    return VerificationResult(done)


def _kept(reading: _Reading, note: str) -> Link:
    link = proved(note, reading.origin, reading.public_keys)
    if link is None:
        raise CheckpointUnfit("none of the known keys signed this checkpoint")
    return link


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says two things under one name: readers would not see the same."""
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a name stands twice in the line")
    return found


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(line, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("the line is nested more deeply than any that was written") from error
    if not isinstance(parsed, dict):
        raise NotATrail("a line is no JSON object")
    return parsed
