"""All tables of the store as one metadata."""

from app.store.tables import (
    audit,
    bundles,
    clients,
    controllers,
    data_maps,
    deferrals,
    download_links,
    holds,
    idempotency,
    intents,
    jobs,
    ledger,
    misdirected_requests,
    outbox,
    previews,
    receipts,
    recipient_answers,
    restrictions,
    subject_requests,
    support_grants,
    upload_removals,
    vault,
    webhooks,
)
from app.store.tables.base import Table

TABLE_MODULES = (
    audit,
    bundles,
    clients,
    controllers,
    data_maps,
    deferrals,
    download_links,
    holds,
    idempotency,
    intents,
    jobs,
    ledger,
    misdirected_requests,
    outbox,
    previews,
    receipts,
    recipient_answers,
    restrictions,
    subject_requests,
    support_grants,
    upload_removals,
    vault,
    webhooks,
)
"""Named so that every table is registered when this module is imported."""

METADATA = Table.metadata
