"""What arq runs: hints to look somewhere. PostgreSQL holds the truth."""

from typing import Any
from uuid import UUID

from arq import cron
from arq.cron import CronJob

from app.domain.ids import ControllerId, JobId
from app.engine import checkpoints, deadlines, housekeeping, retention

Ctx = dict[str, Any]
"""arq's own: holds the runner and the engine's context."""


async def look_at_job(ctx: Ctx, controller_id: str, job_id: str) -> None:
    """Look at a job that somebody rang for."""
    await ctx["runner"].look_at(ControllerId(UUID(controller_id)), JobId(UUID(job_id)))


async def expire_bundles(ctx: Ctx) -> None:
    """Let expired bundles go."""
    await housekeeping.expire_bundles(ctx["context"])


async def tidy_up(ctx: Ctx) -> None:
    """Let go what is over: orphaned files, answers, previews, webhooks, requests of both kinds."""
    await housekeeping.sweep_files(ctx["context"])
    await housekeeping.forget_answers(ctx["context"])
    await housekeeping.expire_previews(ctx["context"])
    await housekeeping.forget_webhooks(ctx["context"])
    await deadlines.expire_misdirected_requests(ctx["context"])
    await retention.forget_closed_requests(ctx["context"])
    await retention.forget_texts(ctx["context"])


async def announce_deadlines(ctx: Ctx) -> None:
    """Announce deadlines that have come close or passed."""
    await deadlines.announce_deadlines(ctx["context"])


async def sign_trails(ctx: Ctx) -> None:
    """Sign where every audit trail stands."""
    await checkpoints.make_all(ctx["context"])


async def re_examine_deferrals(ctx: Ctx) -> None:
    """Have deferrals looked at again, and uploads that would not go deleted."""
    await housekeeping.go_on_re_examining(ctx["context"])
    await housekeeping.re_examine_deferrals(ctx["context"])


async def expire_holds(ctx: Ctx) -> None:
    """Let expired holds be known."""
    await housekeeping.expire_holds(ctx["context"])


CRON: tuple[CronJob, ...] = (
    cron(expire_bundles, second={0, 30}, max_tries=1, keep_result=0),
    cron(expire_holds, minute={1, 16, 31, 46}, max_tries=1, keep_result=0),
    cron(re_examine_deferrals, minute={0, 15, 30, 45}, max_tries=1, keep_result=0),
    cron(announce_deadlines, minute={5, 20, 35, 50}, max_tries=1, keep_result=0),
    cron(sign_trails, minute={47}, max_tries=1, keep_result=0),
    cron(tidy_up, minute={17}, max_tries=1, keep_result=0),
)
