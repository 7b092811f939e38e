"""The way to receivers of webhooks: to public addresses only, as they are when it connects.

A name is resolved once for each connection, every address of it is checked, and the connection goes
to an address that was checked. So a name that changes its address in between leads nowhere else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address

import httpcore

from app.domain.webhook_addresses import Address, Network, may_receive

SocketOptions = Iterable[httpcore.SOCKET_OPTION]
Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Gives the addresses of a host, as text."""


class AddressRefused(Exception):
    """The host has an address that no webhook is sent to."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to those addresses only that webhooks may be sent to.

    Args:
        allowed: The networks that the operator has allowed.
        is_encrypted: Whether TLS follows.
        resolve: Gives the addresses of a host.
    """

    def __init__(self, allowed: Sequence[Network], *, is_encrypted: bool, resolve: Resolve) -> None:
        self._allowed = allowed
        self._is_encrypted = is_encrypted
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers, if all of them are allowed.

        Raises:
            AddressRefused: One of them is not.
            ConnectError: There is none, or none answers.
        """
        error: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in await self._addresses(host, timeout):
            try:
                return await self._network.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error or httpcore.ConnectError("the host has no address")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._network.sleep(seconds)

    async def _addresses(self, host: str, seconds: float | None) -> list[Address]:
        try:
            async with asyncio.timeout(seconds):
                texts = await self._resolve(host)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError("the host cannot be resolved") from error
        addresses = [ip_address(text) for text in dict.fromkeys(texts)]
        for address in addresses:
            if not may_receive(address, self._allowed, is_encrypted=self._is_encrypted):
                raise AddressRefused
        return addresses
