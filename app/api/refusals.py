"""Answers every refusal with a problem document, whoever raised it."""

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from app.api.faults import faults, missing_piece
from app.api.problems import EXPLANATIONS, RETRY_AFTER_SECONDS
from app.api.ranges import NoSuchRange
from app.api.rate_limits import TooMany
from app.domain.errors import Fault, IntegrityViolation, Refused, SourceFailure
from schemas.problem_vocabulary import Problem
from schemas.problems import Fault as WireFault
from schemas.problems import ProblemDocument

MEDIA_TYPE = "application/problem+json"

_log = logging.getLogger(__name__)

_BY_STATUS = {
    HTTPStatus.NOT_FOUND: Problem.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: Problem.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Problem.BODY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Problem.UNSUPPORTED_MEDIA_TYPE,
}


def request_id(request: Request) -> str:
    """Name this HTTP request as its answer and the logs name it."""
    return str(request.scope.get("state", {}).get("request_id", "urn:uuid:unknown"))


def problem_document(
    request: Request, problem: Problem, detail: str, faults: Sequence[Fault] = ()
) -> ProblemDocument:
    """Write a problem document; arguments as ``problem_response`` has them."""
    explanation = EXPLANATIONS[problem]
    return ProblemDocument(
        type=f"/problems/{problem}",
        title=explanation.title,
        status=explanation.status,
        detail=detail,
        instance=request_id(request),
        errors=tuple(WireFault(pointer=fault.pointer, detail=fault.detail) for fault in faults),
    )


def told(request: Request) -> Callable[[Refused], ProblemDocument]:
    """Give what writes the refusals of the parts of a request."""
    return lambda error: problem_document(request, error.problem, error.detail, error.faults)


def problem_response(
    request: Request, problem: Problem, detail: str, faults: Sequence[Fault] = ()
) -> Response:
    """Answer with a problem document.

    Args:
        request: The refused request; nothing of it but its number is answered.
        problem: The stable slug.
        detail: What is wrong and what to do next, without personal data.
        faults: The places in the caller's document that are wrong.

    Reference:
        RFC 9457, section 3.
    """
    explanation = EXPLANATIONS[problem]
    document = problem_document(request, problem, detail, faults)
    headers = {"Content-Language": "en"}
    if (seconds := RETRY_AFTER_SECONDS.get(problem)) is not None:
        headers["Retry-After"] = str(seconds)
    if explanation.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = _challenge(problem)
    if explanation.status == HTTPStatus.FORBIDDEN:
        headers["WWW-Authenticate"] = 'Bearer realm="habeas", error="insufficient_scope"'
    return Response(document.model_dump_json(), explanation.status, headers, MEDIA_TYPE)


def _challenge(problem: Problem) -> str:
    """Say how to authenticate (RFC 6750, section 3)."""
    error = ', error="invalid_token"' if problem is Problem.CREDENTIAL_INVALID else ""
    return f'Bearer realm="habeas"{error}'


async def refused(request: Request, error: Refused) -> Response:
    """Answer a refusal of our own."""
    response = problem_response(request, error.problem, error.detail, error.faults)
    if isinstance(error, NoSuchRange):
        response.headers["Content-Range"] = f"bytes */{error.size}"
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if error.problem is Problem.BODY_TOO_SLOW:
        response.headers["Connection"] = "close"  # the rest of it may still come
    return response


async def invalid(request: Request, error: RequestValidationError) -> Response:
    """Answer a request that does not have the documented form."""
    errors = error.errors()
    places = {detail["loc"][0] for detail in errors}
    if "path" in places:
        return problem_response(request, Problem.NOT_FOUND, "Nothing is there under this address.")
    if (piece := missing_piece(errors)) is not None:
        return problem_response(request, *piece, faults=faults(errors))
    if "body" not in places:
        return problem_response(
            request,
            Problem.INVALID_PARAMETER,
            "Some parameters are not as documented; see errors.",
            faults(errors),
        )
    return problem_response(
        request,
        Problem.INVALID_BODY,
        "The body is not as documented; see errors.",
        faults(errors),
    )


async def http_error(request: Request, error: HTTPException) -> Response:
    """Answer what the router itself refuses: unknown addresses and methods."""
    problem = _BY_STATUS.get(HTTPStatus(error.status_code))
    if problem is None:
        problem = Problem.INVALID_BODY if error.status_code < 500 else Problem.INTERNAL_ERROR
    response = problem_response(request, problem, EXPLANATIONS[problem].happened)
    if problem is Problem.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(_methods(request))
    return response


def _methods(request: Request) -> list[str]:
    """Name the methods that an address has; the router itself looks at its first route only."""
    routes = request.app.router.routes
    return [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]


async def source_failed(request: Request, error: SourceFailure) -> Response:
    """Answer that the learning platform did not."""
    _log.warning("source.failed", extra={"source": error.source, "request_id": request_id(request)})
    return problem_response(
        request,
        Problem.SOURCE_UNAVAILABLE,
        "The learning platform did not answer as its data map says. Try again later.",
    )


async def integrity_violated(request: Request, error: IntegrityViolation) -> Response:
    """Raise the alarm, and answer without details."""
    _log.critical(
        "integrity.violated", extra={"kind": str(error), "request_id": request_id(request)}
    )
    return internal_error(request)


def internal_error(request: Request) -> Response:
    """Answer that the fault is ours."""
    return problem_response(
        request,
        Problem.INTERNAL_ERROR,
        "This is a fault of Habeas. It has been recorded under the number in instance.",
    )


HANDLERS: dict[type[Exception], Callable[..., object]] = {
    Refused: refused,
    RequestValidationError: invalid,
    HTTPException: http_error,
    SourceFailure: source_failed,
    IntegrityViolation: integrity_violated,
}


def install(app: FastAPI) -> None:
    """Have every refusal of an application answered as a problem document."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]
