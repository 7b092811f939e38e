"""The tables of webhook endpoints, their secrets, and what is delivered to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy import UniqueConstraint as Unique
from sqlmodel import Field

from app.store.tables.base import BYTES, JSON, MOMENT, TEXT, TEXTS, Table, of_controller, one_of
from schemas.webhook_vocabulary import (
    DeliveryFailure,
    DeliveryState,
    DisabledBecause,
    EndpointState,
)

_NOW = {"server_default": text("clock_timestamp()")}
_NONE_YET = {"server_default": text("0")}
_PENDING = text("state = 'pending'")


class WebhookEndpointRow(Table, table=True):
    """Where a controller wants to be told."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        one_of("state", EndpointState),
        one_of("disabled_because", DisabledBecause),
        CheckConstraint(
            "(state = 'active') = (disabled_because IS NULL)", name="active_or_because"
        ),
        Index(None, "controller_id", "created_at", "id"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    url: str = Field(sa_type=TEXT)
    event_types: list[str] | None = Field(default=None, sa_type=TEXTS)
    """None: all, also those that are yet to come."""
    state: str = Field(sa_type=TEXT, sa_column_kwargs={"server_default": text("'active'")})
    disabled_because: str | None = Field(default=None, sa_type=TEXT)
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=_NOW)


class WebhookSecretRow(Table, table=True):
    """What an endpoint's events are signed with; while it is rotated there are two."""

    __tablename__ = "webhook_secret"
    __table_args__ = (
        of_controller("endpoint_id", "webhook_endpoint"),
        Index(
            "uq_webhook_secret_current",
            "controller_id",
            "endpoint_id",
            unique=True,
            postgresql_where=text("expires_at IS NULL"),
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    endpoint_id: UUID
    key_id: str = Field(sa_type=TEXT)
    wrapped_key: bytes = Field(sa_type=BYTES)
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=_NOW)
    expires_at: datetime | None = Field(default=None, sa_type=MOMENT)


class WebhookDeliveryRow(Table, table=True):
    """One event for one endpoint; no personal data."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        of_controller("endpoint_id", "webhook_endpoint"),
        of_controller("subject_request_id", "subject_request"),
        Unique("controller_id", "endpoint_id", "outbox_id"),
        one_of("state", DeliveryState),
        one_of("last_failure", DeliveryFailure),
        CheckConstraint("state <> 'delivered' OR delivered_at IS NOT NULL", name="delivered"),
        Index("ix_webhook_delivery_due", "next_attempt_at", postgresql_where=_PENDING),
        Index(
            "ix_webhook_delivery_due_at_endpoint",
            "controller_id",
            "endpoint_id",
            "next_attempt_at",
            postgresql_where=_PENDING,
        ),
        Index(
            "ix_webhook_delivery_line",
            "controller_id",
            "endpoint_id",
            "subject_request_id",
            "outbox_id",
            postgresql_where=_PENDING,
        ),
        Index(
            "ix_webhook_delivery_delivered",
            "controller_id",
            "endpoint_id",
            "delivered_at",
            postgresql_where=text("state = 'delivered'"),
        ),
        Index(None, "controller_id", "created_at", "id"),
        Index(None, "controller_id", "subject_request_id"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    endpoint_id: UUID
    outbox_id: int | None = Field(default=None, sa_type=BigInteger)
    """Which event, in the order of events. None for a test."""
    event_type: str = Field(sa_type=TEXT)
    subject_request_id: UUID | None = None
    payload: dict[str, Any] = Field(sa_type=JSON)
    occurred_at: datetime = Field(sa_type=MOMENT)
    state: str = Field(sa_type=TEXT)
    attempts: int = Field(sa_column_kwargs=_NONE_YET)
    """How many were begun; who reports another number reports of an older one."""
    failures: int = Field(sa_column_kwargs=_NONE_YET)
    """How many failed since it was last begun anew: where it stands in the schedule."""
    next_attempt_at: datetime | None = Field(default=None, sa_type=MOMENT, sa_column_kwargs=_NOW)
    """None while another event of the same subject request has to end first."""
    last_attempt_at: datetime | None = Field(default=None, sa_type=MOMENT)
    last_failure: str | None = Field(default=None, sa_type=TEXT)
    last_status: int | None = None
    delivered_at: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=_NOW)
