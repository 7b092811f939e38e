"""Writes ``docs/rules.md``: the article's tables, each cell with its rules and its cases, in words.

``python -m tests.spec.manual > docs/rules.md``
"""

from collections.abc import Iterator
from pathlib import Path

from app.conditions import in_words
from app.datamap.read import read
from app.rules import rules_for
from schemas.data_map import DataMap, RecordType, Rule
from schemas.vocabulary import Category, Effect, Right
from tests.spec.carrying import is_of
from tests.spec.cases import Act, Case, Cell, Outcome, Stage, Table, all_as_before
from tests.spec.rows import STAND_IN
from tests.spec.tables import TABLES

_MAP = Path(__file__).parents[2] / "datamaps" / "campus.yaml"
_INTRODUCTION = """\
# What happens to each kind of record

For support staff: the article's three tables of what RESTRICT and DELETE do, and what each cell comes to on the
[campus LMS](campus.md). The rules are those of its data map; the engine carries out the cases under them, word for
word, in a test each. `tests/spec/manual.py` writes this page. In which order it is all done, and what a rule can see:
[effects.md](effects.md).

* **hidden**: still stored, and nobody sees it. What has no marker to hide it leaves its table, and comes back when the
  person is restored.
* **anonymised**: there for everybody else, with "Anonymous user" in place of the name.
* **kept**: as it was, name and all.
* **until …, then deleted**: it waits. `GET /v1/deferrals` says for what.

A record that names the person in several parts comes to the strongest of what its rules say: deleted before
anonymised before hidden before kept. A person who is restricted, or who merely left, still counts as somebody who sees a record.
"""
_EFFECTS = {
    Effect.DELETE: "deleted",
    Effect.ANONYMISE: "anonymised",
    Effect.HIDE: "hidden",
    Effect.KEEP: "kept",
}
_MARKERS = {
    ("is_hidden", True): "hidden",
    ("in_trash", True): "hidden",
    ("active", False): "cannot log in",
}
_HEADINGS = {Right.RESTRICTION: "restricted", Right.ERASURE: "erased"}


def manual(data_map: DataMap) -> str:
    """Give the page.

    Args:
        data_map: The campus's.
    """
    parts = [_INTRODUCTION]
    for table in TABLES:
        parts += _table(data_map, table)
    return "\n".join(parts)


def _table(data_map: DataMap, table: Table) -> Iterator[str]:
    yield f"## {table.title}\n"
    yield f"In each case {table.acts}.\n"
    yield "| category | the article | record types | cases |"
    yield "|---|---|---|---|"
    for cell in table.cells:
        types = ", ".join(f"`{name}`" for name, _ in _types(data_map, cell.category))
        yield f"| {_category(cell)} | {cell.says} | {types} | {len(cell.cases)} |"
    yield ""
    for cell in table.cells:
        yield from _cell(data_map, table, cell)


def _cell(data_map: DataMap, table: Table, cell: Cell) -> Iterator[str]:
    yield f"### {table.title}: {_category(cell).lower()}\n"
    yield f"> {cell.says}\n"
    yield f"| record | part | {' | '.join(_HEADINGS[right] for right in table.rights)} |"
    yield f"|---|---|{'---|' * len(table.rights)}"
    for name, spec in _types(data_map, cell.category):
        for role in spec.roles:
            said = " | ".join(_rules(spec, role, right) for right in table.rights)
            yield f"| {spec.title} (`{name}`) | {role.replace('_', ' ')} | {said} |"
    yield ""
    for case in cell.cases:
        yield from _case(data_map, case)
    yield ""


def _types(data_map: DataMap, category: Category) -> Iterator[tuple[str, RecordType]]:
    for name, spec in data_map.record_types.items():
        if spec.category is category:
            yield name, spec


def _category(cell: Cell) -> str:
    return cell.category.replace("_", " ").capitalize()


def _rules(spec: RecordType, role: str, right: Right) -> str:
    rules = rules_for(spec, spec.roles[role], right) or ()
    return "; else ".join(_rule(rule) for rule in rules)


def _rule(rule: Rule) -> str:
    said = _EFFECTS[rule.effect]
    emptied = [f"`{name}`" for name, value in (rule.set_ or {}).items() if value is None]
    if emptied:
        said += f", {', '.join(emptied)} emptied,"
    if rule.when is not None:
        said = f"if {in_words(rule.when)}: {said}"
    if rule.until is not None and rule.then is not None:
        said += f" until {in_words(rule.until)}, then {_EFFECTS[rule.then]}"
    said = said.removesuffix(",")
    return said if rule.because is None else f"{said} ({rule.because})"


def _case(data_map: DataMap, case: Case) -> Iterator[str]:
    yield f"* **{case.record} › {case.told}.** {case.world.story}"
    for stage in case.stages:
        yield f"  {_stage(data_map, case, stage)}"


def _stage(data_map: DataMap, case: Case, stage: Stage) -> str:
    done = f"{_capitalised(stage.whom)} is {stage.act}"
    if stage.after == all_as_before(case.world):
        return f"{done}: everything is as it was."
    told = [
        f"{name}: {_outcome(data_map, case, (name, stage.act), outcome)}"
        for name, outcome in stage.after.items()
    ]
    return f"{done}: {'; '.join(told)}." if told else f"{done}."


def _outcome(data_map: DataMap, case: Case, place: tuple[str, Act], outcome: Outcome) -> str:
    name, act = place
    if outcome.is_gone:
        return "out of its table" if act in {Act.RESTRICT, Act.TRASH} else "deleted"
    said = list(_sets(outcome)) or ["as it was"]
    if outcome.waits is not None:
        row = case.world.row(name)
        spec = next(each for key, each in data_map.record_types.items() if is_of(row, key))
        said.append(f"until {_until(spec, outcome.waits)}")
    return ", ".join(said)


def _sets(outcome: Outcome) -> Iterator[str]:
    if STAND_IN in outcome.sets.values():
        yield "anonymised"
    emptied = [f"`{column}`" for column, value in outcome.sets.items() if value is None]
    if emptied:
        yield f"{', '.join(emptied)} emptied"
    for marker, said in _MARKERS.items():
        if marker in outcome.sets.items():
            yield said


def _until(spec: RecordType, role: str) -> str:
    """Say what a role waits for; every rule of it that waits says the same, or the last does."""
    rules = rules_for(spec, spec.roles[role], Right.ERASURE) or ()
    return next(in_words(rule.until) for rule in reversed(rules) if rule.until is not None)


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


if __name__ == "__main__":
    print(manual(read(_MAP.read_text(encoding="utf-8")).data_map), end="")
