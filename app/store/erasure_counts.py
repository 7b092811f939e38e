"""How many persons a controller has erased within a day: counted by one transaction at a time."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId

# No stronger lock: whoever only refers to the controller does not wait.
_LOCK = text("SELECT FROM controller WHERE id = :controller_id FOR NO KEY UPDATE")
_SINCE = "statement_timestamp() - interval '24 hours'"
_RELEASED = f"CAST(options ->> 'second_approved_at' AS timestamptz) > {_SINCE}"
# What begins at once is let through when it is accepted; what is released, when the second person
# says so. Of what was accepted before, only the open and the lately completed can be of today: each
# part has an index.
_COUNT = text(f"""
    SELECT count(*) FROM (
        SELECT subject_digest FROM subject_request
        WHERE "right" = 'erasure' AND accepted_at > {_SINCE}
          AND state NOT IN ('awaiting_approval', 'held', 'cancelled', 'refused')
        UNION
        SELECT subject_digest FROM subject_request
        WHERE "right" = 'erasure' AND state NOT IN ('completed', 'cancelled', 'refused')
          AND state NOT IN ('awaiting_approval', 'held') AND {_RELEASED}
        UNION
        SELECT subject_digest FROM subject_request
        WHERE "right" = 'erasure' AND state = 'completed' AND completed_at > {_SINCE}
          AND {_RELEASED}
        UNION
        SELECT unnest(CAST(:subject_digests AS bytea[]))
    ) AS person
""")  # noqa: S608 - constants


async def count_with(
    connection: AsyncConnection, controller_id: ControllerId, subject_digests: Sequence[bytes]
) -> int:
    """Count the persons whose erasure was let through in the last 24 hours, and some more.

    Until the transaction ends nobody else counts for this controller.

    Args:
        connection: Bound to the controller.
        controller_id: Whose persons.
        subject_digests: The keyed digests of those who would come to it.
    """
    await connection.execute(_LOCK, {"controller_id": controller_id})
    found = await connection.execute(_COUNT, {"subject_digests": list(subject_digests)})
    return int(found.scalar_one())
