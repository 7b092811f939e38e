"""An anonymised record no longer names the subject."""

from collections.abc import Iterator

from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from app.datamap.walk import PlacedRole, effects_of, is_of_persons, roles
from app.rules import change_of, columns_of, rules_for
from schemas.data_map import RecordType, Rule
from schemas.vocabulary import Effect


def check_anonymity(document: MapDocument) -> Iterator[Finding]:
    """Find records that an anonymisation leaves with the subject's key in them.

    Args:
        document: Any data map.
    """
    for placed in roles(document.data_map):
        if is_of_persons(document.data_map, placed.record_type):
            continue
        for right in ("restriction", "erasure"):
            naming = _naming(placed, right)
            listed = rules_for(placed.record_type, placed.role, right) or ()
            for position, rule in enumerate(listed):
                for column in _left_by(placed.record_type, rule, naming):
                    path = (*placed.path, right, position)
                    detail = f"the anonymised record still names the subject in `{column}`"
                    remedy = (
                        f"Set `{column}` too: to `$stand_in` or null. Where it names somebody else,"
                        " it is left as it is."
                    )
                    yield document.error(path, detail, remedy)


def _naming(placed: PlacedRole, right: str) -> list[str]:
    """Name the columns that may name the subject where a rule of this role decides.

    One person may have several roles. The stronger effect decides then, and the earlier role where
    two are equal: one that goes before with all its records leaves none to this role.
    """
    naming: list[str] = []
    is_before = True
    for name, role in placed.record_type.roles.items():
        is_before = is_before and name != placed.name
        listed = rules_for(placed.record_type, role, right) or ()
        goes_before = is_before and role.where is None and all(_is_strong(each) for each in listed)
        may = any(Effect.ANONYMISE in effects_of(each) for each in listed)
        if role.column is not None and may and not goes_before:
            naming.append(role.column)
    return naming


def _is_strong(rule: Rule) -> bool:
    return rule.effect in {Effect.DELETE, Effect.ANONYMISE}


def _left_by(record_type: RecordType, rule: Rule, naming: list[str]) -> list[str]:
    if Effect.ANONYMISE not in effects_of(rule):
        return []
    change = change_of(record_type, rule, Effect.ANONYMISE)
    return [] if change is None else [each for each in naming if each not in columns_of(change)]
