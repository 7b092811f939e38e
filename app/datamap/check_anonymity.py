"""An anonymised record no longer names the subject."""

from collections.abc import Iterator

from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from app.datamap.walk import effects_of, roles
from app.rules import change_of, columns_of, rules_for
from schemas.data_map import RecordType, Rule
from schemas.vocabulary import Effect


def check_anonymity(document: MapDocument) -> Iterator[Finding]:
    """Find records that an anonymisation leaves with the subject's key in them.

    Args:
        document: Any data map.
    """
    data_map = document.data_map
    for placed in roles(data_map):
        column = placed.role.column
        if column is None or placed.record_type.table == data_map.subject.table:
            continue
        for right in ("restriction", "erasure"):
            listed = rules_for(placed.record_type, placed.role, right) or ()
            for position, rule in enumerate(listed):
                if _still_names(placed.record_type, rule, column):
                    path = (*placed.path, right, position)
                    detail = f"the anonymised record still names the subject in `{column}`"
                    remedy = f"Set `{column}` too: to `$stand_in` or null."
                    yield document.error(path, detail, remedy)


def _still_names(record_type: RecordType, rule: Rule, column: str) -> bool:
    if Effect.ANONYMISE not in effects_of(rule):
        return False
    change = change_of(record_type, rule, Effect.ANONYMISE)
    return change is not None and column not in columns_of(change)
