"""Checks a data map against itself."""

from app.datamap.check_addresses import check_addresses
from app.datamap.check_anonymity import check_anonymity
from app.datamap.check_audiences import check_audiences
from app.datamap.check_changes import check_changes
from app.datamap.check_fields import check_fields
from app.datamap.check_hiding import check_hiding
from app.datamap.check_information import check_information
from app.datamap.check_login import check_login
from app.datamap.check_names import check_names
from app.datamap.check_partitions import check_partitions
from app.datamap.check_reach import check_reach
from app.datamap.check_removals import check_removals
from app.datamap.check_restrictions import check_restrictions
from app.datamap.check_roles import check_roles
from app.datamap.check_rules import check_rules
from app.datamap.check_stand_in import check_stand_in
from app.datamap.check_waiting import check_waiting
from app.datamap.document import MapDocument
from app.datamap.findings import Finding, in_order

_CHECKS = (
    check_addresses,
    check_names,
    check_audiences,
    check_roles,
    check_fields,
    check_partitions,
    check_rules,
    check_reach,
    check_waiting,
    check_changes,
    check_login,
    check_stand_in,
    check_restrictions,
    check_hiding,
    check_removals,
    check_anonymity,
    check_information,
)


def check(document: MapDocument) -> list[Finding]:
    """Check a data map against itself.

    Args:
        document: Any data map that could be read.

    Returns:
        The findings in the order of the document; none where it is sound and complete.
    """
    return in_order(found for one in _CHECKS for found in one(document))
