"""Hands what the use cases work with, and who calls, to an operation."""

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPBearer
from starlette.requests import Request

from app.domain.errors import Refused
from app.services.authentication import Caller
from app.services.context import Context
from schemas.vocabulary import Problem, Scope

API_KEY = HTTPBearer(
    scheme_name="api_key",
    bearerFormat="habeas_<id>_<secret>_<checksum>",
    description=(
        "Paste the API key that you were given, whole: it begins with `habeas_`. The key belongs to "
        "one controller and says which operations may be used with it. It is forgotten when this "
        "page is closed."
    ),
    auto_error=False,
)
"""How a client proves who it is, for the documentation; the route itself does the proving."""


def context_of(request: Request) -> Context:
    """Give what the use cases work with."""
    context: Context = request.app.state.context
    return context


async def _context_here(request: Request) -> Context:
    return context_of(request)  # a coroutine, for FastAPI sends plain functions to a thread


def _caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _allowed(scope: Scope) -> object:
    """Make the dependency that lets through only callers with a scope."""

    async def allow(request: Request) -> Caller:
        caller = _caller_of(request)
        if scope not in caller.scopes:
            raise Refused(Problem.SCOPE_MISSING, f"This API key lacks the scope {scope}.")
        return caller

    return Depends(allow)


ContextHere = Annotated[Context, Depends(_context_here)]
SubjectReader = Annotated[Caller, _allowed(Scope.SUBJECTS_READ)]
AccessRequester = Annotated[Caller, _allowed(Scope.ACCESS_REQUEST)]
BundleReaderClient = Annotated[Caller, _allowed(Scope.BUNDLES_READ)]
ReceiptReader = Annotated[Caller, _allowed(Scope.RECEIPTS_READ)]
REQUIRE_KEY = Security(API_KEY)
