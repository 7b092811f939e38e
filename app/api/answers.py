"""Documents what an operation answers: its result by example, and every way it may be refused."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header

from app.api.problems import EXPLANATIONS
from app.api.refusals import MEDIA_TYPE
from schemas.problem_vocabulary import Problem
from schemas.problems import ProblemDocument

Responses = dict[int | str, dict[str, Any]]

HeldTag = Annotated[
    str | None, Header(alias="If-None-Match", description="The `ETag` of what you have.")
]
"""Documents the header that ``ranges.has_it`` reads."""

EVERYWHERE = (
    Problem.AUTHENTICATION_REQUIRED,
    Problem.CREDENTIAL_INVALID,
    Problem.SCOPE_MISSING,
    Problem.ADDRESS_NOT_ALLOWED,
    Problem.SUPPORT_GRANT_MISSING,
    Problem.INTERNAL_ERROR,
    Problem.SERVICE_UNAVAILABLE,
    Problem.ISSUER_UNAVAILABLE,
    Problem.TOO_MANY_REQUESTS,
    Problem.INTERNAL_ERROR,
    Problem.SERVICE_UNAVAILABLE,
    Problem.ANSWER_TOO_SLOW,
)
WITH_BODY = (
    Problem.INVALID_BODY,
    Problem.BODY_TOO_LARGE,
    Problem.BODY_TOO_SLOW,
    Problem.UNSUPPORTED_MEDIA_TYPE,
)


def answers(results: Responses, *problems: Problem) -> Responses:
    """Document what an operation answers, by status.

    Args:
        results: What it gives.
        problems: How it may be refused, besides the ways in which every operation may be.
    """
    by_status: dict[int, list[Problem]] = {}
    for problem in dict.fromkeys((*problems, *EVERYWHERE)):
        by_status.setdefault(EXPLANATIONS[problem].status, []).append(problem)
    refusals: Responses = {
        status: _refusal(status, refused) for status, refused in sorted(by_status.items())
    }
    return {**results, **refusals}


def _refusal(status: int, problems: Sequence[Problem]) -> dict[str, Any]:
    examples = {
        str(problem): {
            "summary": EXPLANATIONS[problem].title,
            "value": {
                "type": f"/problems/{problem}",
                "title": EXPLANATIONS[problem].title,
                "status": status,
                "detail": EXPLANATIONS[problem].remedy,
                "instance": "urn:uuid:6d2b5f5e-1f6a-4a39-9f57-0d3d1f6f3c0b",
                "errors": [],
            },
        }
        for problem in problems
    }
    links = ", ".join(f"[{problem}](/problems/{problem})" for problem in problems)
    return {
        "description": f"{HTTPStatus(status).phrase}: {links}",
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"},
                "examples": examples,
            }
        },
    }


def result(
    description: str, example: object, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """Document a JSON result.

    Args:
        description: What it means.
        example: One as it would be answered.
        headers: The headers that come with it, by name, with their meaning.
    """
    return {
        "description": description,
        "headers": header_documents(headers or {}),
        "content": {"application/json": {"example": example}},
    }


def results(
    description: str, examples: dict[str, Any], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """Document a JSON result of several shapes.

    Args:
        description: What it means.
        examples: One of each shape, by name, as OpenAPI lists them.
        headers: The headers that come with it, by name, with their meaning.
    """
    return {
        "description": description,
        "headers": header_documents(headers or {}),
        "content": {"application/json": {"examples": examples}},
    }


def file_result(description: str, media_type: str, headers: dict[str, str]) -> dict[str, Any]:
    """Document a result that is a file.

    Args:
        description: What it means.
        media_type: Of the file.
        headers: The headers that come with it, by name, with their meaning.
    """
    schema = {"type": "string", "contentMediaType": media_type}
    return {
        "description": description,
        "headers": header_documents(headers),
        "content": {media_type: {"schema": schema}},
    }


def header_documents(headers: dict[str, str]) -> dict[str, Any]:
    """Document headers.

    Args:
        headers: Their meaning, by name.
    """
    return {
        name: {"description": meaning, "schema": {"type": "string"}}
        for name, meaning in headers.items()
    }


UNCHANGED: dict[str, Any] = {
    "description": "You have it already: the tag in `If-None-Match` is still the one.",
    "headers": header_documents({"ETag": "The tag."}),
}
