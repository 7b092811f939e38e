"""Create roles and databases on the embedded PostgreSQL.

Through ``psql``, because the supervisor has no event loop of its own to wait in.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import EmbeddedFailure
from app.embedded.process import ENVIRONMENT

_ENSURE_ROLE = """
SELECT format('CREATE ROLE %I', :'role') WHERE to_regrole(quote_ident(:'role')) IS NULL \\gexec
ALTER ROLE :"role" LOGIN;
"""
_ENSURE_DATABASE = """
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
"""
_CREATE = 'CREATE DATABASE :"database" TEMPLATE :"template" OWNER :"owner" STRATEGY FILE_COPY;'
_DROP = 'DROP DATABASE IF EXISTS :"database" WITH (FORCE);'


@dataclass(frozen=True, slots=True)
class Databases:
    """Roles and databases of one server. Names may be anything that PostgreSQL takes.

    Attributes:
        psql: The program.
        url: A superuser's URL.
    """

    psql: Path
    url: str

    def ensure_role(self, name: str) -> None:
        """Make a role that can log in, or let an existing one log in."""
        self._run(_ENSURE_ROLE, role=name)

    def ensure(self, name: str, owner: str) -> None:
        """Make a database, unless it exists."""
        self._run(_ENSURE_DATABASE, database=name, owner=owner)

    def create(self, name: str, *, owner: str, template: str = "template1") -> None:
        """Make a database as a copy of one that nobody is connected to."""
        self._run(_CREATE, database=name, owner=owner, template=template)

    def drop(self, name: str) -> None:
        """Remove a database if it exists, ending the connections to it."""
        self._run(_DROP, database=name)

    def _run(self, script: str, **variables: str) -> None:
        arguments = [str(self.psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url]
        for name, value in variables.items():
            arguments += ["-v", f"{name}={value}"]
        done = subprocess.run(  # noqa: S603 - our own binary
            arguments, input=script, capture_output=True, text=True, check=False, env=ENVIRONMENT
        )
        if done.returncode != 0:
            raise EmbeddedFailure("embedded PostgreSQL", done.stderr.strip())
