"""All tables of the store as one metadata."""

from app.store.tables import (
    audit,
    bundles,
    clients,
    controllers,
    data_maps,
    idempotency,
    jobs,
    outbox,
    subject_requests,
)
from app.store.tables.base import Table

TABLE_MODULES = (
    audit,
    bundles,
    clients,
    controllers,
    data_maps,
    idempotency,
    jobs,
    outbox,
    subject_requests,
)
"""Named so that every table is registered when this module is imported."""

METADATA = Table.metadata
