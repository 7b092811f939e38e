"""A right that does not reach every record that it should change is not begun."""

from app.domain.errors import AttentionNeeded
from app.engine.work import Work
from app.rules import unreached
from schemas.vocabulary import AttentionReason


def require_reach(work: Work) -> None:
    """Make sure that the job can change all that the rules of its right change.

    Args:
        work: A restriction's or an erasure's.

    Raises:
        AttentionNeeded: The data map has such rules for records of another source.
    """
    if names := unreached(work.data_map, work.right):
        raise AttentionNeeded(
            AttentionReason.SOURCE_DISAGREES,
            f"Rules of the data map for {work.right} would change records that are not in the source of "
            f"the persons, and nothing carries that out: {', '.join(names)}. Publish a map without such "
            "rules, and submit a new subject request.",
        )
