"""The OpenAPI document: what support staff and client generators read."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from app.api import tags, webhook_events
from app.api.acting_person import ACTING_PERSON, CONTROLLER, SECOND_PERSON
from app.api.answers import answers
from app.api.context import ACCESS_TOKEN
from app.api.operation import Operation
from app.api.problems import EXPLANATIONS
from schemas.problem_vocabulary import Problem
from schemas.problems import ProblemDocument
from schemas.webhooks import WebhookMessage

DESCRIPTION = """\
Habeas carries out people's data-protection rights on a learning platform. The institution (the
*controller*) approves a person's request; Habeas finds every record of that person, and exports,
restricts, restores or erases it.

**Authorize** first, with the button on this page. Everything that is done names the administrator
who does it: *Try it out*, and put yourself into `X-Acting-Person`. Examples can be sent as they
stand; what has to come from an earlier answer, an id, a confirmation, a digest, you paste in.

**How to take a controller on**, for support

1. **Create the controller**, publish a data map for it and bind it.
2. **Replace its settings**, and issue API keys for its programs.
3. **Enable** the tool for it. Until then whatever its programs ask is refused.

**How to act for a controller**, for support

1. **Open a grant** for the one controller, with a reason, the case's number and the few scopes that
   it takes. It ends by itself: after an hour, or when you say, at most eight hours ahead.
2. **Put the controller's id into `X-Controller`** of any operation below, and send it.
3. **End the grant** when you are done. The controller's audit trail tells what was done under it.

**How to export a person's data**

1. **Find the person** by an identifier and compare what is shown: two people may share a name.
2. **Exercise a right** with the confirmation of the right person, the controller's approval and a
   reason.
3. **Follow** the subject request until it is `completed`.
4. **Hand over** the bundle, and keep the receipt. What a bundle would hold, a **preview** tells.

**How to restrict or erase**

1. **Find the person**, as above.
2. **Make a preview** of what would happen, and have it approved.
3. **Exercise the right**: a restriction with its ground, an erasure with the preview's digest.
4. Where the controller wants two persons for an erasure, **another person approves** it.
5. **Follow** the subject request until it is `completed`, and keep its receipt. What is still there,
   and until when, the **deferrals** tell.
6. A restriction can be **lifted**, once the person has been told. An erasure cannot be undone.

**How to be told**

1. **Register** a webhook endpoint, and keep its secret.
2. **Verify** each message by `webhook-signature`, as Standard Webhooks says.
3. **Look at the log** when something did not arrive, and **replay** it.

Everything that is refused is answered with a problem that says what happened and what to do next:
[all problems](/problems). Whatever belongs to another controller is 404. Every answer to a valid key
tells in `RateLimit` how many requests are left in this minute.
"""


def documented(app: FastAPI, *, takes_tokens: bool) -> Callable[[], dict[str, Any]]:
    """Give the function that makes an application's OpenAPI document, once.

    Args:
        app: The application with all its routes.
        takes_tokens: Whether an issuer's access tokens stand beside API keys.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _without_defaults(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    summary=app.summary,
                    description=app.description,
                    routes=app.routes,
                    tags=tags.TAGS,
                    license_info=app.license_info,
                )
            )
            _complete(app.openapi_schema, app.routes)
            if takes_tokens:
                _add_tokens(app.openapi_schema)
        return app.openapi_schema

    return document


def _complete(schema: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Document what every operation reads: for whom, who acts, and its body with what is null."""
    for each in iter_route_contexts(routes):
        route = each.original_route
        if not isinstance(route, Operation):
            continue
        for operation in schema["paths"][each.path_format].values():
            if operation["operationId"] != route.operation_id:
                continue
            operation.setdefault("parameters", []).append(CONTROLLER)
            if "requestBody" in operation and route.body_field is not None:
                given = getattr(route.body_field.field_info, "openapi_examples", None)
                # FastAPI leaves out what is null, also where null is what the example is about
                operation["requestBody"]["content"]["application/json"]["examples"] = given
            if route.needs_person:
                is_second = tags.DECIDE in operation["tags"]
                operation["parameters"].append(SECOND_PERSON if is_second else ACTING_PERSON)
                for problem in (Problem.ACTING_PERSON_MISSING, Problem.INVALID_PARAMETER):
                    _add_problem(operation["responses"], problem)


def _add_tokens(schema: dict[str, Any]) -> None:
    """Document that whatever takes an API key takes a token, too."""
    schemes = schema["components"]["securitySchemes"]
    schemes[ACCESS_TOKEN.scheme_name] = ACCESS_TOKEN.model.model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    for path in schema["paths"].values():
        for operation in path.values():
            if "security" in operation:
                operation["security"].append({ACCESS_TOKEN.scheme_name: []})


def _add_problem(responses: dict[str, Any], problem: Problem) -> None:
    """Document one more way in which an operation may be refused."""
    status = str(EXPLANATIONS[problem].status)
    added = answers({}, problem)[int(status)]
    if status not in responses:
        responses[status] = added
        return
    known = responses[status]
    if f"[{problem}]" in known["description"]:
        return
    known["description"] += ", " + added["description"].partition(": ")[2]
    for media_type, content in added["content"].items():
        known["content"][media_type]["examples"] |= content["examples"]


def _without_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """Take out FastAPI's own validation errors, which are never answered; put in problem and webhooks."""
    schemas = schema["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in schema["paths"].values():
        for operation in path.values():
            if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                del operation["responses"]["422"]
    problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas[ProblemDocument.__name__] = problem
    message = WebhookMessage.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(message.pop("$defs"))
    schemas[WebhookMessage.__name__] = message
    schema["components"].update(webhook_events.components())
    schema["webhooks"] = webhook_events.webhooks()
    schema["components"]["schemas"] = dict(sorted(schemas.items()))
    return schema
