"""The root of the HTTP API: puts its parts together, and catches what nobody else did."""

import argparse
import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import uvicorn
from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import (
    audit,
    bundles,
    clients,
    controllers,
    data_maps,
    deadlines,
    deferrals,
    docs,
    download_links,
    download_pages,
    health,
    holds,
    lms_events,
    misdirected_requests,
    outages,
    previews,
    problem_pages,
    progress,
    receipts,
    recipients,
    restrictions,
    second_approvals,
    subject_requests,
    subjects,
    submissions,
    support_grants,
    webhook_deliveries,
    webhook_endpoints,
)
from app.api.envelope import Envelope
from app.api.openapi import DESCRIPTION, documented
from app.api.refusals import install, internal_error, request_id
from app.assembly import environment
from app.assembly.parts import open_bundles, open_keyring, refuse_unfit_role, require
from app.assembly.services import open_services
from app.services.context import Context
from app.settings import OAuthSettings, Settings
from app.store.roles import Role

VERSION = "1"

_NOT_STARTED = 2

_log = logging.getLogger(__name__)


class AnswerBroken(Exception):
    """An answer that had begun could not be finished; the connection is closed without its end."""


class LastResort:
    """Answers what nobody else did as a fault of ours, and logs where it happened.

    The error's own text is not logged: it may quote data.

    Args:
        app: The application within.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def noticing(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noticing)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001  # the root: nobody else is left to catch it
            request = Request(scope)
            _log_fault(error, request_id(request))
            if has_begun:
                raise AnswerBroken from None
            await internal_error(request)(scope, receive, send)


KEEP_ALIVE_SECONDS = 75
"""How long a connection may be idle: longer than clients and proxies keep theirs, so that none of them
writes to one that was closed a moment ago."""


class Server(uvicorn.Server):
    """Sends away who waits, before it waits for the answers that are under way.

    Args:
        config: How to serve.
        app: The application, which holds the context once it has started.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in good order: streams and waits at once, other answers when they are given."""
        context: Context = self._app.state.context
        context.completions.dismiss()
        await super().shutdown(sockets)


def _log_fault(error: BaseException, number: str) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    _log.error(
        "request.failed",
        extra={"kind": type(error).__name__, "places": places, "request_id": number},
    )


def start(settings: Settings, arguments: argparse.Namespace) -> int:
    """Answer HTTP until SIGTERM or SIGINT.

    Args:
        settings: The process's.
        arguments: ``host`` and ``port``, or ``fd``: a socket that listens already.

    Raises:
        SettingMissing: The database or the doorbell is not named.
        SettingUnfit: A setting, the file of keys or the data directory is not as it has to be.
        RoleUnfit: The database's role may more than it should, or not what it has to.
    """
    asyncio.run(refuse_unfit_role(settings, Role.API))
    require(settings.redis_url, "HABEAS_REDIS_URL")
    open_keyring(settings)
    open_bundles(settings)
    oauth = environment.read(OAuthSettings)
    app = create_app(
        lambda: open_services(settings, oauth),
        hsts_seconds=settings.hsts_seconds,
        takes_tokens=oauth.issuer is not None,
    )
    config = uvicorn.Config(
        app,
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        proxy_headers=settings.trusted_proxies is not None,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    given = None if arguments.fd is None else [socket.socket(fileno=arguments.fd)]
    server = Server(config, app)
    server.run(given)
    return 0 if server.started else _NOT_STARTED


def create_app(
    open_context: Callable[[], AbstractAsyncContextManager[Context]],
    *,
    hsts_seconds: int = 0,
    takes_tokens: bool = False,
) -> FastAPI:
    """Make the HTTP API.

    Args:
        open_context: Opens what the use cases work with, when the server starts, and closes it
            when the server stops. Called on the server's event loop.
        hsts_seconds: For how long browsers are to come by TLS only; 0 says nothing of it.
        takes_tokens: Whether the documentation names access tokens beside API keys.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_context() as context:
            app.state.context = context
            yield

    app = FastAPI(
        title="Habeas",
        version=VERSION,
        summary="Data-protection rights on learning platforms.",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    for router in (
        subjects.router,
        previews.router,
        submissions.router,
        subject_requests.router,
        second_approvals.router,
        deadlines.router,
        progress.router,
        bundles.router,
        download_links.router,
        download_pages.router,
        restrictions.router,
        receipts.router,
        recipients.router,
        deferrals.router,
        holds.router,
        audit.router,
        lms_events.router,
        webhook_endpoints.router,
        webhook_deliveries.router,
        controllers.router,
        clients.router,
        support_grants.router,
        data_maps.router,
        misdirected_requests.router,
        health.router,
        problem_pages.router,
        docs.router,
    ):
        app.include_router(router)
    install(app)
    for kind in outages.KINDS:
        app.add_exception_handler(kind, outages.outage)
    app.add_middleware(LastResort)
    app.add_middleware(Envelope, hsts_seconds=hsts_seconds)
    app.openapi = documented(app, takes_tokens=takes_tokens)  # type: ignore[method-assign]
    return app
