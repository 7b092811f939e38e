"""Data maps explained: what their rules come to for one person of a live database."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from app.datamap.explain import ExplainedType
from app.domain.errors import Refused
from app.services.data_maps import read_file
from app.sources.hands import Counted
from app.sources.protocol import NO_TENURE, SubjectRef
from app.sources.sql.database import Database
from app.sources.sql.effects.explain import rule_statements
from app.sources.sql.effects.hands import SqlHands
from app.sources.sql.effects.looks import Part
from app.sources.sql.effects.statements import Statements
from schemas.data_map import DataMap
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explained.

    Attributes:
        right: ``restriction`` or ``erasure``.
        subject_key: A person's key in the LMS.
        controller_key: The controller's; None where the map tells no controllers apart.
        url: Where the subject's source can be reached.
    """

    right: Right
    subject_key: str
    controller_key: str | None
    url: str


async def explain_file(path: Path, asked: Asked) -> list[ExplainedType]:
    """Explain the rules of a data map for one person, as things are now; nothing is written.

    The ledger of erasures is not asked: who was erased and is still named counts as living.

    Args:
        path: A data map without errors.
        asked: What about whom.

    Returns:
        The record types of the subject's source that have rules for the right, in the order of
        effects, the person's own row last.

    Raises:
        Refused: There is no such file or person, or the controller's key is missing.
        SourceFailure: The database cannot be reached, or is not as the map says.
    """
    data_map = read_file(path).data_map
    if data_map.subject.controller is not None and asked.controller_key is None:
        detail = "The data map tells controllers apart: add --controller KEY."
        raise Refused(Problem.INVALID_PARAMETER, detail)
    source = data_map.subject.source
    spec = data_map.sources[source]
    database = Database(source, asked.url, spec.schema_name, connections=1)
    try:
        return await _explained(data_map, database, asked)
    finally:
        await database.close()


async def _explained(data_map: DataMap, database: Database, asked: Asked) -> list[ExplainedType]:
    catalogue = await database.catalogue()
    statements = Statements(data_map, catalogue, asked.right, data_map.subject.source)
    subject = SubjectRef(asked.controller_key or "", asked.subject_key)
    hands = SqlHands(database, subject, statements, NO_TENURE)
    if not await hands.is_there():
        raise Refused(Problem.NOT_FOUND, "The controller has no person with this key in the LMS.")
    order = hands.order
    names = (*order.names, *order.persons)
    counted = await hands.counts(names, is_forecast=True)
    return [
        ExplainedType(
            name,
            data_map.record_types[name],
            name in order.noted,
            _by_branch(counted, name),
            rule_statements(data_map, catalogue, name, asked.right),
            statements.counts(name, is_forecast=True, is_bound=True, part=Part.ALL),
        )
        for name in names
    ]


def _by_branch(counted: list[Counted], name: str) -> Counter[int]:
    counts: Counter[int] = Counter()
    for each in counted:
        if each.record_type == name:
            counts[each.branch.number] += each.count
    return counts
