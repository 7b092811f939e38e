"""The stand-in is nobody, and nobody is taken for it."""

from collections.abc import Iterator

from app.datamap.check_partitions import are_disjoint
from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from app.datamap.walk import asked_columns, effects_of, is_of_persons, rules
from app.rules import change_of, columns_of
from schemas.data_map import Change, Condition, Scalar
from schemas.vocabulary import Effect


def check_stand_in(document: MapDocument) -> Iterator[Finding]:
    """Find stand-ins that could be persons, and changes after which a person could be the stand-in.

    Args:
        document: Any data map.

    Reference:
        ``docs/data-map.md``, ``subject``.
    """
    subject = document.data_map.subject
    looks = subject.stand_in.set_ if subject.stand_in is not None else None
    if not looks:
        return
    if not are_disjoint(subject.where, Condition.model_validate({"is": looks})):
        detail = "`subject.where` lets the stand-in in, so the stand-in may be taken for a person"
        remedy = (
            "Set a column that `subject.where` asks for to a value that it leaves out, as in"
            " `where: {not: {is: {role: nobody}}}` and `set: {role: nobody}`."
        )
        yield document.error(("subject", "stand_in"), detail, remedy)
        return
    yield from _taken_for_it(document, looks)


def _taken_for_it(document: MapDocument, looks: dict[str, Scalar]) -> Iterator[Finding]:
    """A person does not look like the stand-in, as long as nothing changes what tells the two apart."""
    data_map = document.data_map
    telling = set(asked_columns(data_map.subject.where))
    for placed in rules(data_map):
        if placed.right != "erasure" or not is_of_persons(data_map, placed.record_type):
            continue
        for position, rule in enumerate(placed.rules):
            for effect in effects_of(rule):
                change = change_of(placed.record_type, rule, effect)
                if effect is not Effect.ANONYMISE or change is None:
                    continue
                touched = sorted(telling & set(columns_of(change)))
                if touched and not _differs(change, looks):
                    detail = (
                        f"it changes `{touched[0]}`, by which persons and the stand-in are told"
                        " apart, so who is erased may be taken for the stand-in"
                    )
                    remedy = "Leave that column, or set one to another value than the stand-in's."
                    yield document.error((*placed.path, position), detail, remedy)


def _differs(change: Change, looks: dict[str, Scalar]) -> bool:
    values = {**dict.fromkeys(change.blank or ()), **(change.set_ or {})}
    return any(values[column] != looks[column] for column in values.keys() & looks.keys())
