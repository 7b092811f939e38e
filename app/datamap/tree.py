"""A YAML document as plain data, with the line of every part.

Only what a data map needs is read: mappings with text keys, lists, and scalars. Anchors, aliases,
merge keys and tags are refused: they hide what a reviewer should see and can grow without bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from app.datamap.document import Path, spell
from app.datamap.findings import DataMapError, Finding, Severity
from app.datamap.scalars import plain

MAX_DEPTH = 24
"""How deep a document may nest."""

MAX_NODES = 100_000
"""How many keys, values and lists a document may have; the map of Moodle has a fifth of that."""

Data = dict[str, "Data"] | list["Data"] | bool | int | float | str | None


@dataclass(slots=True)
class Tree:
    """What was read.

    Attributes:
        data: The whole document.
        positions: The line, counted from 1, of every key and list item.
        findings: What could be read but must not stay.
        poisoned: Places about whose content nothing more can be said.
    """

    data: Data = None
    positions: dict[Path, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    poisoned: set[Path] = field(default_factory=set)

    def find(self, path: Path, line: int, detail: str, remedy: str) -> Finding:
        """Note that something must not stay.

        Args:
            path: The place.
            line: Its line, counted from 1.
            detail: What is wrong, a sentence without a full stop.
            remedy: What to do, in sentences.
        """
        found = Finding(Severity.ERROR, spell(path), line, detail, remedy)
        self.findings.append(found)
        return found


def grow(text: str) -> Tree:
    """Read a YAML document.

    Args:
        text: One document without NUL and lone surrogates.

    Returns:
        Its data; ``findings`` may not be empty.

    Raises:
        DataMapError: The text is no YAML, nests too deep, or holds no document or several.
    """
    tree = Tree()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events = (event for event in yaml.parse(text, Loader=loader))
    try:
        _Grower(tree, events).document()
    except yaml.YAMLError as error:
        raise DataMapError([*tree.findings, _unreadable(error)]) from error
    return tree


def _unreadable(error: yaml.YAMLError) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return Finding(
        Severity.ERROR,
        "",
        mark.line + 1 if mark is not None else 1,
        f"this is no YAML: {problem}",
        "Look at the indentation, quotes and brackets on this line and the one before.",
    )


class _Grower:
    """Follows the events of one document."""

    def __init__(self, tree: Tree, events: Iterator[Event]) -> None:
        self._tree = tree
        self._events = events
        self._nodes = 0

    def document(self) -> None:
        """Read the only document of the stream."""
        nodes = 0
        for event in self._events:
            if not isinstance(event, NodeEvent):
                continue
            nodes += 1
            if nodes > 1:
                raise self._stop((), event, "there is more than one document", "Keep one.")
            self._tree.positions[()] = _line(event)
            self._tree.data = self._node(event, ())
        if nodes == 0:
            finding = self._tree.find((), 1, "the document is empty", "Start with `habeas: 1`.")
            raise DataMapError([finding])

    def _node(self, event: Event, path: Path) -> Data:
        self._refuse_marks(event, path)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            detail = f"the document has more than {MAX_NODES:,} keys, values and lists"
            raise self._stop(path[:3], event, detail, "No data map needs that.")
        match event:
            case ScalarEvent():
                return self._scalar(event, path)
            case MappingStartEvent():
                return self._mapping(event, path)
            case CollectionStartEvent():
                return self._sequence(event, path)
            case _:
                return None

    def _scalar(self, event: ScalarEvent, path: Path) -> Data:
        value = event.value
        if any(mark == "\x00" or "\ud800" <= mark <= "\udfff" for mark in value):
            detail = "text holds the character NUL or half of a surrogate pair"
            self._tree.find(path, _line(event), detail, "Take it out.")
            self._tree.poisoned.add(path)
            return None
        return plain(value) if not event.style and event.implicit[0] else value

    def _sequence(self, start: Event, path: Path) -> list[Data]:
        self._refuse_depth(start, path)
        items: list[Data] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            place = (*path, len(items))
            self._tree.positions.setdefault(place, _line(event))
            items.append(self._node(event, place))
        return items

    def _mapping(self, start: Event, path: Path) -> dict[str, Data]:
        self._refuse_depth(start, path)
        pairs: dict[str, Data] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, path)
            if key in pairs:
                first = self._tree.positions.get((*path, key), 1)
                detail = f"`{key}` stands here a second time"
                remedy = f"The first is on line {first}: keep one of them."
                self._tree.find((*path, key), _line(event), detail, remedy)
            self._tree.positions.setdefault((*path, key), _line(event))
            pairs.setdefault(key, self._node(next(self._events), (*path, key)))
        return pairs

    def _key(self, event: Event, path: Path) -> str:
        read = self._node(event, (*path, "?"))
        line = _line(event)
        if isinstance(event, ScalarEvent) and not event.style and read == "<<":
            self._tree.find(path, line, "merge keys are not read", "Write the keys out.")
            self._tree.poisoned.add(path)
            return "<<"
        if isinstance(read, str):
            return read
        written = event.value if isinstance(event, ScalarEvent) else "?"
        detail = f"the key `{written}` is no text" if written else "a key is empty"
        self._tree.find(path, line, detail, 'Write it in quotes: `"…":`.')
        self._tree.poisoned.add((*path, written))
        return str(written)

    def _refuse_marks(self, event: Event, path: Path) -> None:
        if isinstance(event, AliasEvent):
            detail = f"the alias `*{event.anchor}` is not read"
            self._tree.find(path, _line(event), detail, "Write out what it stands for.")
            self._tree.poisoned.add(path)
        elif isinstance(event, NodeEvent) and event.anchor is not None:
            detail = f"the anchor `&{event.anchor}` is not read"
            self._tree.find(path, _line(event), detail, "Take it out.")
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            self._tree.find(path, _line(event), f"the tag `{tag}` is not read", "Take it out.")

    def _refuse_depth(self, event: Event, path: Path) -> None:
        if len(path) > MAX_DEPTH:
            detail = f"the document nests deeper than {MAX_DEPTH} levels"
            raise self._stop(path[:3], event, detail, "No data map needs that.")

    def _stop(self, path: Path, event: Event, detail: str, remedy: str) -> DataMapError:
        self._tree.find(path, _line(event), detail, remedy)
        return DataMapError(self._tree.findings)


def _line(event: Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark is not None else 1
