"""What the rules of a record type become in SQL, for whoever writes a data map."""

from sqlalchemy import select

from app.domain.catalogue import Catalogue
from app.rules import branches_of
from app.sources.sql.effects.conditions import Conditions
from app.sources.sql.locate import Locator
from app.sources.sql.tables import relation, render
from schemas.data_map import DataMap
from schemas.vocabulary import Right


def rule_statements(
    data_map: DataMap, catalogue: Catalogue, name: str, right: Right
) -> dict[int, str]:
    """Give, by the number of its branch, which records of the type a rule's ``when`` holds of.

    Args:
        data_map: The map.
        catalogue: The live catalogue.
        name: A record type.
        right: ``restriction`` or ``erasure``.

    Returns:
        Statements that want the settings of a subject; none for a rule without ``when``.
    """
    spec = data_map.record_types[name]
    row = relation(catalogue, spec.table).alias("t")
    of_type = Locator(data_map, catalogue).of_type(row, spec)
    conditions = Conditions(data_map, catalogue, is_forecast=True)
    keys = [row.c[each] for each in spec.key]
    return {
        branch.number: render(
            select(*keys).where(of_type, conditions.compile(branch.rule.when, row, spec.table))
        )
        for branch in branches_of(spec, right)
        if branch.rule.when is not None
    }
