"""What the use cases work with, put together from the settings: for the HTTP API and for commands."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from app.assembly.parts import open_parts, require
from app.services.completions import Completions
from app.services.context import Context
from app.services.issuer_keys import IssuerKeys
from app.services.rate_limits import Counted, RateLimits
from app.services.refused_calls import RECORDED_A_MINUTE
from app.services.time_limits import TimeLimits
from app.services.tokens import Tokens
from app.settings import OAuthSettings, Settings
from app.store.roles import Role


@asynccontextmanager
async def open_services(
    settings: Settings, oauth: OAuthSettings | None = None
) -> AsyncIterator[Context]:
    """Open what the HTTP API's use cases work with.

    Args:
        settings: The process's.
        oauth: Whose tokens are accepted besides API keys; None: nobody's.

    Raises:
        SettingMissing: The database or the doorbell is not named.
    """
    completions = Completions(require(settings.database_url, "HABEAS_DATABASE_URL"))
    async with open_parts(settings, Role.API) as parts, AsyncExitStack() as stack:
        completions.start()
        stack.push_async_callback(completions.close)
        rate_limits = open_rate_limits(settings)
        stack.push_async_callback(rate_limits.close)
        yield Context(
            database=parts.database,
            sources=parts.sources,
            bundles=parts.bundles,
            keyring=parts.keyring,
            waker=parts.waker,
            completions=completions,
            confirmation_lifetime=settings.confirmation_lifetime,
            tokens=_tokens(oauth),
            rate_limits=rate_limits,
            time_limits=TimeLimits(
                body_seconds=settings.body_seconds,
                answer_seconds=settings.answer_seconds,
                link=settings.link_lifetime,
            ),
            webhook_networks=settings.webhook_allowed_networks,
        )


def _tokens(settings: OAuthSettings | None) -> Tokens | None:
    """Give what verifies tokens; None where no issuer is set."""
    if settings is None or settings.jwks_url is None:
        return None
    return Tokens(settings, IssuerKeys(settings.jwks_url, settings.algorithm))


def open_rate_limits(settings: Settings) -> RateLimits:
    """Give what counts who calls how often.

    Args:
        settings: The process's.
    """
    a_minute = {
        Counted.REQUESTS: settings.client_requests_per_minute,
        Counted.FAILURES: settings.failed_authentications_per_minute,
        Counted.REFUSALS: RECORDED_A_MINUTE,
    }
    return RateLimits(require(settings.redis_url, "HABEAS_REDIS_URL"), a_minute)
