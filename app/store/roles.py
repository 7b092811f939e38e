"""Whether row-level security binds the role that a process connects as."""

import asyncpg

from app.domain.errors import HabeasError


class RoleTooMighty(HabeasError):
    """A process would connect as a role that row-level security does not bind, or need not."""


# Also what it could become: a member may SET ROLE. An owner can take the policies away.
_LOOK = """
    SELECT session_user AS name,
        bool_or(rolsuper) AS is_superuser,
        bool_or(rolbypassrls) AS bypasses,
        EXISTS (
            SELECT FROM pg_catalog.pg_class AS relation
            WHERE relation.relnamespace = to_regnamespace('public')
              AND relation.relkind IN ('r', 'p')
              AND pg_has_role(session_user, relation.relowner, 'MEMBER')) AS owns
    FROM pg_catalog.pg_roles AS role
    WHERE pg_has_role(session_user, role.oid, 'MEMBER')
"""


async def require_bound(connection: asyncpg.Connection) -> None:
    """Make sure that row-level security binds a session, and every role that it could take.

    Args:
        connection: To Habeas's own database.

    Raises:
        RoleTooMighty: It could pass row-level security by.

    Reference:
        PostgreSQL, "Row Security Policies".
    """
    row = await connection.fetchrow(_LOOK)
    faults = {
        "is a superuser, or a member of one": row["is_superuser"],
        "has BYPASSRLS, or is a member of a role that has": row["bypasses"],
        "owns tables of Habeas, or is a member of their owner": row["owns"],
    }
    found = "; ".join(fault for fault, is_found in faults.items() if is_found)
    if found:
        raise RoleTooMighty(
            f"The role {row['name']} of HABEAS_DATABASE_URL could pass row-level security by: it "
            f"{found}. Connect as habeas_app, or as a member of it and of nothing else."
        )
