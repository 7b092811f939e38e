"""What the use cases work with: made once a process, by its root."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.bundles.storage import BundleDirectory
from app.domain.webhook_addresses import Network
from app.keyring import KeyRing
from app.services.completions import Completions
from app.services.populations import Populations
from app.services.published_maps import PublishedMaps
from app.services.rate_limits import RateLimits, no_limits
from app.services.time_limits import TimeLimits
from app.services.tokens import Tokens
from app.services.waker import Waker
from app.sources.registry import Sources


@dataclass(frozen=True, slots=True)
class Context:
    """What the use cases work with.

    Attributes:
        database: Habeas's own, as the role that owns no tables.
        sources: Where people are looked up.
        bundles: Where sealed bundles lie.
        keyring: The operator's keys.
        waker: The doorbell.
        completions: Who hears that a subject request has ended; started by the root.
        confirmation_lifetime: How long a confirmation counts.
        maps: The data maps that have been used.
        tokens: Verifies tokens; None where no issuer is configured.
        populations: How many persons controllers have.
        rate_limits: Counts who calls how often.
        time_limits: How long things may take.
        webhook_networks: Networks that webhooks may be sent to although they are not public.
    """

    database: AsyncEngine
    sources: Sources
    bundles: BundleDirectory
    keyring: KeyRing
    waker: Waker
    completions: Completions
    confirmation_lifetime: timedelta
    maps: PublishedMaps = field(default_factory=PublishedMaps)
    tokens: Tokens | None = None
    populations: Populations = field(default_factory=Populations)
    rate_limits: RateLimits = field(default_factory=no_limits)
    time_limits: TimeLimits = field(default_factory=TimeLimits)
    webhook_networks: tuple[Network, ...] = ()
