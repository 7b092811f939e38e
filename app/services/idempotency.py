"""The same request sent twice is carried out once, and answered alike."""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.keyring import KeyRing
from app.services.authentication import Caller
from app.store import idempotency
from app.store.idempotency import Begun, Claim, IdempotencyKey, StoredAnswer
from schemas.problem_vocabulary import Problem
from schemas.wire import Wire

_PURPOSE = "request bodies"


def name(keyring: KeyRing, caller: Caller, key: str, body: Wire, about: str = "") -> IdempotencyKey:
    """Say what a request is, so that it is known when it comes again.

    Args:
        keyring: The operator's keys: a body is short and names people, so that a mere hash of it
            would tell who guesses what it was.
        caller: Who sends it.
        key: The caller's name for it.
        body: What is asked.
        about: What it is asked of, where that stands in the address.
    """
    asked = f"{about}{body.model_dump_json()}".encode()
    digests = keyring.digests(_PURPOSE, asked)
    return IdempotencyKey(caller.controller_id, caller.client_id, key, digests)


async def known_answer(connection: AsyncConnection, key: IdempotencyKey) -> StoredAnswer | None:
    """Give the answer that a request was given before, without reserving its key.

    Raises:
        Refused: The key belongs to another request.
    """
    match await idempotency.read(connection, key):
        case StoredAnswer() as known:
            return known
        case Claim.OTHER_BODY:
            raise _reused()
        case _:
            return None


async def claim(connection: AsyncConnection, key: IdempotencyKey) -> StoredAnswer | None:
    """Reserve a request's key until the transaction ends; give the answer that it was given before.

    Raises:
        Refused: The key belongs to another request, or the same one is being carried out.
    """
    match await idempotency.claim(connection, key):
        case Claim.FRESH:
            return None
        case StoredAnswer() as known:
            return known
        case Claim() as claimed:
            raise _not_fresh(claimed)


async def begin(connection: AsyncConnection, key: IdempotencyKey) -> StoredAnswer | Begun:
    """Do as ``claim``, and read the controller in the same round trip.

    Raises:
        Refused: The key belongs to another request, or the same one is being carried out.
        IntegrityViolation: The client's controller is not there.
    """
    begun = await idempotency.begin(connection, key)
    if isinstance(begun, Claim):
        raise _not_fresh(begun)
    return begun


def _not_fresh(claimed: Claim) -> Refused:
    if claimed is Claim.IN_FLIGHT:
        return Refused(
            Problem.IDEMPOTENCY_CONFLICT,
            "The same request is being carried out. Send it again in a second.",
        )
    return _reused()


def _reused() -> Refused:
    return Refused(
        Problem.IDEMPOTENCY_KEY_REUSED,
        "This Idempotency-Key was used for another request. Use a fresh one.",
    )
