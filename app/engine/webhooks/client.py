"""The HTTP client that sends webhooks: it follows nothing, remembers nothing, trusts no environment."""

from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext

import httpcore
import httpx

from app.engine.webhooks.network import GuardedBackend, Resolve
from app.engine.webhooks.resolver import Resolver
from app.settings import Settings

_CONNECT_SECONDS = 5.0
_KEPT_OPEN_SECONDS = 30.0
_CONNECTIONS = 1_000


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport over a network of ours, which its arguments cannot name."""

    def __init__(self, context: SSLContext, backend: GuardedBackend) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            network_backend=backend,
            max_connections=_CONNECTIONS,
            keepalive_expiry=_KEPT_OPEN_SECONDS,
        )


def open_client(settings: Settings, resolve: Resolve | None = None) -> httpx.AsyncClient:
    """Open the client.

    Args:
        settings: Which networks are allowed, whom to trust, how long an attempt may take.
        resolve: Gives the addresses of a host; None: as the system does.
    """
    context = httpx.create_ssl_context(trust_env=False)
    if settings.webhook_ca_file is not None:
        context.load_verify_locations(settings.webhook_ca_file)
    used = resolve or Resolver().resolve
    encrypted, plain = (
        GuardedBackend(settings.webhook_allowed_networks, is_encrypted=is_encrypted, resolve=used)
        for is_encrypted in (True, False)
    )
    return httpx.AsyncClient(
        transport=_GuardedTransport(context, encrypted),
        mounts={"http://": _GuardedTransport(context, plain)},
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"user-agent": "Habeas", "accept-encoding": "identity"},
        timeout=httpx.Timeout(
            settings.webhook_seconds, connect=min(_CONNECT_SECONDS, settings.webhook_seconds)
        ),
    )
