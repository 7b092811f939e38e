"""Who processes connect as, and whether row-level security and grants bind them."""

from enum import StrEnum

import asyncpg

from app.domain.errors import HabeasError


class Role(StrEnum):
    """The roles of the database that own nothing; migrations grant each what it needs.

    Reference:
        docs/decisions/0007-no-alembic-ini.md.
    """

    API = "habeas_api"
    """Accepts and answers."""
    WORKER = "habeas_worker"
    """Carries out."""
    COMMANDS = "habeas_app"
    """What both may, and new wrapping of keys: for commands, and where one role is enough."""


class RoleUnfit(HabeasError):
    """A process would connect as a role that may more than it should, or not what it has to."""


# Also what it could become: a member may SET ROLE. An owner can take the policies away, and before
# PostgreSQL 16 who may create roles can become a member of the owner.
_LOOK = """
    SELECT session_user AS name,
        bool_or(rolsuper) AS is_superuser,
        bool_or(rolbypassrls) AS bypasses,
        bool_or(rolcreaterole) AS creates_roles,
        bool_or(rolreplication) AS replicates,
        bool_or(rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files',
            'pg_write_server_files', 'pg_execute_server_program')) AS passes_grants,
        EXISTS (
            SELECT FROM pg_catalog.pg_class AS relation
            WHERE relation.relnamespace = to_regnamespace('public')
              AND relation.relkind IN ('r', 'p')
              AND pg_has_role(session_user, relation.relowner, 'MEMBER')) AS owns,
        bool_or(rolname IN ($1, $2) AND pg_has_role(session_user, role.oid, 'USAGE'))
            AS may_what_it_has_to
    FROM pg_catalog.pg_roles AS role
    WHERE pg_has_role(session_user, role.oid, 'MEMBER')
"""


async def require_bound(connection: asyncpg.Connection, wanted: Role) -> None:
    """Make sure that a session may what it has to, and is bound as every role that it could take.

    Args:
        connection: To Habeas's own database.
        wanted: The role of this process; it, the role of commands, or a member of either will do.

    Raises:
        RoleUnfit: It could pass row-level security or grants by, or lacks what the process needs.

    Reference:
        PostgreSQL, "Row Security Policies" and "Predefined Roles".
    """
    row = await connection.fetchrow(_LOOK, str(wanted), str(Role.COMMANDS))
    faults = {
        "is a superuser, or a member of one": row["is_superuser"],
        "has BYPASSRLS, or is a member of a role that has": row["bypasses"],
        "may create roles, or is a member of a role that may": row["creates_roles"],
        "has REPLICATION, or is a member of a role that has": row["replicates"],
        "is a member of a role that reads or writes whatever there is": row["passes_grants"],
        "owns tables of Habeas, or is a member of their owner": row["owns"],
    }
    found = "; ".join(fault for fault, is_found in faults.items() if is_found)
    if found:
        raise _unfit(row, wanted, f"could pass row-level security or its grants by: it {found}")
    if not row["may_what_it_has_to"]:
        raise _unfit(row, wanted, "lacks what this process has to do")


def _unfit(row: asyncpg.Record, wanted: Role, why: str) -> RoleUnfit:
    return RoleUnfit(
        f"The role {row['name']} of HABEAS_DATABASE_URL {why}. Connect as {wanted} (or as "
        f"{Role.COMMANDS}, which may what API and workers may together), or as a member of it and "
        "of nothing else."
    )
