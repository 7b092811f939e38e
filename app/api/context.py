"""Hands what the use cases work with, and who calls, to an operation."""

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPBearer
from starlette.requests import Request

from app.services.authentication import Caller, Credentials, require_one_of, require_scope
from app.services.context import Context
from schemas.vocabulary import Right, Scope

API_KEY = HTTPBearer(
    scheme_name="api_key",
    bearerFormat="habeas_<id>_<secret>_<checksum>",
    description=(
        "Paste the API key that you were given, whole: it begins with `habeas_`. The key belongs to "
        "one controller, or to support, and says which operations may be used with it. It is "
        "forgotten when this page is closed."
    ),
    auto_error=False,
)
"""How a client proves who it is, for the documentation; the route itself does the proving."""
ACCESS_TOKEN = HTTPBearer(
    scheme_name="access_token",
    bearerFormat="JWT",
    description=(
        "Or paste an access token of the issuer that this service trusts. It says for which "
        "controller it is good, what it may do and, where the issuer knows, who acts. Give a key or "
        "a token, not both."
    ),
    auto_error=False,
)
"""The other way, where an issuer is set."""


def context_of(request: Request) -> Context:
    """Give what the use cases work with."""
    context: Context = request.app.state.context
    return context


def credentials_of(request: Request) -> Credentials:
    """Read what the caller presents; the server has put a trusted proxy's word in the address."""
    return Credentials(
        authorization=request.headers.get("authorization"),
        address=None if request.client is None else request.client.host,
        controller=request.headers.get("x-controller"),
    )


async def _context_here(request: Request) -> Context:
    return context_of(request)  # a coroutine, for FastAPI sends plain functions to a thread


def _caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _allowed(*scopes: Scope) -> object:
    """Make the dependency that lets through only callers with one of some scopes."""

    async def allow(request: Request) -> Caller:
        caller = _caller_of(request)
        require_one_of(caller, *scopes)
        return caller

    return Depends(allow)


async def _allowed_by_right(request: Request) -> Caller:
    """Let through only callers with the scope of the right that the body names."""
    caller, document = _caller_of(request), await request.json()
    named = document.get("right") if isinstance(document, dict) else None
    right = next((each for each in Right if each == named), Right.ACCESS)
    require_scope(caller, right)
    return caller


ContextHere = Annotated[Context, Depends(_context_here)]
SubjectReader = Annotated[Caller, _allowed(Scope.SUBJECTS_READ)]
RightRequester = Annotated[Caller, Depends(_allowed_by_right)]
"""May request the right that the body names."""
Requester = Annotated[
    Caller, _allowed(Scope.ACCESS_REQUEST, Scope.RESTRICTION_REQUEST, Scope.ERASURE_REQUEST)
]
"""May request some right."""
RestrictionRequester = Annotated[Caller, _allowed(Scope.RESTRICTION_REQUEST)]
ErasureRequester = Annotated[Caller, _allowed(Scope.ERASURE_REQUEST)]
RestrictionReader = Annotated[Caller, _allowed(Scope.RESTRICTION_REQUEST, Scope.ERASURE_REQUEST)]
HoldManager = Annotated[Caller, _allowed(Scope.HOLDS_MANAGE)]
DeferralReader = Annotated[Caller, _allowed(Scope.DEFERRALS_READ)]
LearningPlatform = Annotated[Caller, _allowed(Scope.LMS_EVENTS_WRITE)]
ErasureApprover = Annotated[Caller, _allowed(Scope.ERASURE_APPROVE)]
RequestReader = Annotated[
    Caller,
    _allowed(
        Scope.ACCESS_REQUEST,
        Scope.RESTRICTION_REQUEST,
        Scope.ERASURE_REQUEST,
        Scope.ERASURE_APPROVE,
    ),
]
"""May see subject requests: who may request a right, or approve erasures."""
MisdirectedTaker = Annotated[Caller, _allowed(Scope.MISDIRECTED_WRITE)]
MisdirectedReader = Annotated[Caller, _allowed(Scope.MISDIRECTED_READ)]
BundleReaderClient = Annotated[Caller, _allowed(Scope.BUNDLES_READ)]
ReceiptReader = Annotated[Caller, _allowed(Scope.RECEIPTS_READ)]
Support = Annotated[Caller, _allowed(Scope.SUPPORT)]
ControllerReader = Annotated[Caller, _allowed(Scope.SUPPORT, Scope.CONTROLLER_READ)]
AuditReader = Annotated[Caller, _allowed(Scope.AUDIT_READ)]
WebhookManager = Annotated[Caller, _allowed(Scope.WEBHOOKS_MANAGE)]
REQUIRE_KEY = Security(API_KEY)
