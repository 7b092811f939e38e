"""What the operator sets, read once from the environment by the roots."""

import json
import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    IPvAnyNetwork,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

GIBIBYTE = 1024**3
_MOST_CONNECTIONS = 4
_SAFE_URL = r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])"


def _listed(value: object) -> object:
    """Read a list as the environment holds it."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError('must be a JSON list, such as ["…", "…"]') from None


_JsonList = BeforeValidator(_listed)


class OAuthSettings(BaseSettings):
    """Whose tokens are accepted in place of API keys: ``HABEAS_OAUTH_ISSUER``, and so on.

    Reference:
        RFC 9068; ``docs/oauth.md``.
    """

    model_config = SettingsConfigDict(
        env_prefix="HABEAS_OAUTH_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    issuer: str | None = None
    """The one issuer, as its tokens name it in ``iss``. None: no tokens are accepted."""
    jwks_url: Annotated[str | None, Field(pattern=_SAFE_URL)] = None
    """Where its public keys are read; ``https``, or ``http`` on this machine."""
    audience: str | None = None
    """What its tokens for Habeas name in ``aud``."""
    algorithm: Literal["RS256", "PS256", "ES256", "EdDSA"] = "RS256"
    """The one algorithm that signs them."""
    token_type: str = "at+jwt"  # noqa: S105 - a media type
    """What they name in ``typ``."""
    max_lifetime: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(hours=1)
    """The longest time from ``iat`` to ``exp`` that is accepted."""
    controller_claim: str = "habeas_controller"
    """The claim that holds the controller's id in Habeas."""
    client_claim: str = "client_id"
    """The claim that holds what the issuer calls the API client."""
    scope_claim: str = "scope"
    """The claim that holds the scopes: words with blanks between, or a list."""
    acting_person_claim: str = "acting_person"
    """The claim that holds the administrator who acts."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        named = (self.issuer, self.jwks_url, self.audience)
        if any(named) and not all(named):
            raise ValueError(
                "HABEAS_OAUTH_ISSUER, HABEAS_OAUTH_JWKS_URL and HABEAS_OAUTH_AUDIENCE go together"
            )
        return self


class Settings(BaseSettings):
    """The settings of every process; ``HABEAS_DATABASE_URL`` sets ``database_url``, and so on."""

    model_config = SettingsConfigDict(
        env_prefix="HABEAS_",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    database_url: Annotated[str | None, Field(repr=False)] = None
    """``postgresql://…`` of Habeas's own database, as the role that owns no tables. None: embedded."""
    owner_database_url: Annotated[str | None, Field(repr=False)] = None
    """The same database as the role that owns the tables; only migrations use it."""
    redis_url: Annotated[str | None, Field(repr=False)] = None
    """``redis://…`` or ``unix://…`` of the doorbell. None: embedded."""
    data_directory: Path = Path(".habeas")
    """Where the sealed bundles lie, and the embedded servers' data."""
    keys: SecretStr | None = None
    """``id:base64url32,id2:…``: the keys that wrap keys; the first is used for new ones."""
    max_bundle_bytes: Annotated[int, Field(gt=0)] = 20 * GIBIBYTE
    """The largest sealed bundle."""
    bundle_lifetime: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(days=30)
    """How long a bundle can be downloaded."""
    confirmation_lifetime: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(minutes=30)
    """How long a confirmation of a person may be used."""
    link_lifetime: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=1))] = timedelta(
        minutes=15
    )
    """How long a download link may be used; at most an hour."""
    client_requests_per_minute: Annotated[int, Field(ge=0)] = 6_000
    """How many requests a minute an API client may send; 0: any number."""
    failed_authentications_per_minute: Annotated[int, Field(ge=0)] = 60
    """How many invalid API keys a minute an address may present before it is told to wait; 0: any."""
    body_seconds: Annotated[float, Field(gt=0, le=3600)] = 20
    """How long a client may take to send the body of a request."""
    answer_seconds: Annotated[float, Field(ge=70, le=3600)] = 90
    """How long an operation may take; longer than the 60 s that a client may ask to wait."""
    hsts_seconds: Annotated[int, Field(ge=0)] = 0
    """For how long browsers are to come by TLS only; 0: a proxy says so, or nobody."""
    lease_seconds: Annotated[float, Field(gt=0, le=3600)] = 10
    """How long a worker owns a job without renewing."""
    heartbeat_seconds: Annotated[float, Field(gt=0, le=3600)] = 2.5
    """How often a worker renews; less than half of ``lease_seconds``."""
    sweep_seconds: Annotated[float, Field(gt=0, le=3600)] = 2
    """How often a worker looks for jobs that no wake-up reached."""
    retry_seconds: Annotated[float, Field(gt=0, le=3600)] = 15
    """How long a job waits before its next attempt where a back end did not answer."""
    worker_jobs: Annotated[int, Field(ge=1, le=64)] = 4
    """How many jobs one worker runs at a time."""
    export_connections: Annotated[int | None, Field(ge=1, le=16)] = None
    """How many connections read a large table of an export together: 1, 2, 4, 8 or 16. None: half as
    many as this machine has processors, at most 4; the other half compresses and seals."""
    html_records_per_type: Annotated[int, Field(ge=0, le=10_000)] = 100
    """How many records of a type the page for the person shows; the rest stand in the XML."""
    webhook_allowed_networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, _JsonList] = ()
    """Networks that webhooks may be sent to although they are not public, also without TLS: a JSON list."""
    webhook_ca_file: Path | None = None
    """Certificates of authorities, in PEM, that receivers of webhooks are trusted by besides the public ones."""
    webhook_retry_schedule: Annotated[
        tuple[Annotated[timedelta, Field(gt=timedelta(0))], ...],
        NoDecode,
        _JsonList,
        Field(min_length=1),
    ] = (
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=5),
        timedelta(hours=10),
        timedelta(hours=14),
        timedelta(hours=20),
        timedelta(hours=24),
    )
    """How long a webhook that failed waits before each next attempt: a JSON list."""
    webhook_connections: Annotated[int, Field(ge=1, le=100)] = 16
    """How many webhooks one worker sends to one endpoint at a time."""
    webhook_seconds: Annotated[float, Field(gt=0, le=60)] = 20
    """How long one attempt to send a webhook may take."""
    webhook_retention: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(days=30)
    """How long it is remembered what was sent, and dead letters can be sent again."""
    request_retention: Annotated[
        timedelta, Field(ge=timedelta(days=30), le=timedelta(days=36_500))
    ] = timedelta(days=1096)
    """How long closed subject requests are kept, unless their controller says otherwise: three years."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    trusted_proxies: str | None = None
    """Addresses and networks, with commas between, whose ``X-Forwarded-For`` says who calls."""

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str | None) -> str | None:
        if value is None:
            return None
        return ",".join(str(ip_network(each.strip())) for each in value.split(","))

    @model_validator(mode="after")
    def _renews_in_time(self) -> Self:
        if self.heartbeat_seconds * 2 > self.lease_seconds:
            raise ValueError(
                "HABEAS_HEARTBEAT_SECONDS must be at most half of HABEAS_LEASE_SECONDS"
            )
        return self

    @property
    def connections_an_export(self) -> int:
        """How many connections read a large table together, on this machine."""
        if self.export_connections is not None:
            return self.export_connections
        return max(1, min(_MOST_CONNECTIONS, (os.cpu_count() or 1) // 2))
