"""Rules are carried out where the persons are, and nowhere else."""

from collections.abc import Iterator

from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from app.rules import unreached
from schemas.vocabulary import Right

_REMEDIES = {
    Right.RESTRICTION: "Write `restriction: keep` for it, or leave it out.",
    Right.ERASURE: "Write `erasure: {effect: keep, because: …}` for it, or leave it out.",
}


def check_reach(document: MapDocument) -> Iterator[Finding]:
    """Find rules that would change records of another source than that of the persons.

    Args:
        document: Any data map.
    """
    data_map = document.data_map
    for right, remedy in _REMEDIES.items():
        if right not in data_map.rights:
            continue
        for name in unreached(data_map, right):
            detail = (
                f"its rules for {right} change records, and those of the source"
                f" `{data_map.record_types[name].source}` are only exported: rules are carried out"
                f" in the source of the persons, `{data_map.subject.source}`"
            )
            yield document.error(("record_types", name, "source"), detail, remedy)
