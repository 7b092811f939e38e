"""Asks the system for the addresses of hosts, so that whoever has slow name servers waits alone.

A lookup blocks its thread for as long as the name servers like, also when nobody waits for it any
more. An event loop has few threads for that, and the connections to the database need them, too: so
lookups for webhooks have threads of their own, and no controller gets more than a few of them.
"""

import asyncio
import socket
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

from app.domain.ids import ControllerId

_LOOKUPS_AT_ONCE = 64
_LOOKUPS_EACH = 4
"""How many lookups a controller can have going at a time."""

asking: ContextVar[ControllerId | None] = ContextVar("asking", default=None)
"""For which controller a task sends: the pool of connections hands nothing on."""

Lookup = tuple[ControllerId | None, str]
"""For whom, and of which host."""


class Resolver:
    """Resolves the names of hosts, each once at a time for a controller."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="resolver")
        self._underway: dict[Lookup, asyncio.Task[list[str]]] = {}

    async def resolve(self, host: str) -> list[str]:
        """Give the addresses of a host, whatever way it is written.

        Who stops waiting stops no lookup: the next one who asks joins it.

        Args:
            host: A name or an address.

        Raises:
            OSError: It has none.
        """
        lookup = (asking.get(), host)
        while lookup not in self._underway and (others := self._in_the_way(lookup)):
            await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
        if lookup not in self._underway:
            self._begin(lookup)
        task = self._underway[lookup]
        await asyncio.wait([task])
        return task.result()

    def _in_the_way(self, lookup: Lookup) -> Collection["asyncio.Task[list[str]]"]:
        """List the lookups of which one has to end first; none where there is a thread free."""
        own = [task for (whose, _), task in self._underway.items() if whose == lookup[0]]
        if len(own) >= _LOOKUPS_EACH:
            return own
        return self._underway.values() if len(self._underway) >= _LOOKUPS_AT_ONCE else ()

    def _begin(self, lookup: Lookup) -> None:
        task = asyncio.create_task(self._look_up(lookup[1]))
        self._underway[lookup] = task
        task.add_done_callback(lambda ended: self._ended(lookup, ended))

    async def _look_up(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, _addresses, host)
        except UnicodeError as error:
            raise OSError("the name of the host is malformed") from error

    def _ended(self, lookup: Lookup, task: "asyncio.Task[list[str]]") -> None:
        del self._underway[lookup]
        if not task.cancelled():
            task.exception()  # nobody may be left who hears of it


def _addresses(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]
