"""The OpenAPI document: what support staff and client generators read."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from app.api import webhook_events
from app.api.acting_person import ACTING_PERSON, CONTROLLER
from app.api.answers import answers
from app.api.operation import Operation
from app.api.problems import EXPLANATIONS
from schemas.problem_vocabulary import Problem
from schemas.problems import ProblemDocument
from schemas.webhooks import WebhookMessage

DESCRIPTION = """\
Habeas carries out people's data-protection rights on a learning platform. The institution (the
*controller*) approves a person's request; Habeas finds every record of that person and exports it.

**How to export a person's data**

1. **Authorize** with your API key (the button on this page).
2. **Find the person** by an identifier and compare what is shown: two people may share a name.
3. **Exercise a right** with the confirmation of the right person, the controller's approval and a
   reason.
4. **Follow** the subject request until it is `completed`.
5. **Hand over** the bundle, and keep the receipt. What a bundle would hold, a **preview** tells.

**How to restrict or erase**

1. **Find the person**, as above.
2. **Make a preview** of what would happen, and have it approved.
3. **Exercise the right**: a restriction with its ground, an erasure with the preview's digest.
4. **Follow** the subject request until it is `completed`, and keep its receipt.
5. A restriction can be **lifted**, once the person has been told. An erasure cannot be undone.

**How to take a controller on**, for support

1. **Create the controller**, publish a data map for it and bind it.
2. **Replace its settings**, and issue API keys for its programs.
3. **Enable** the tool for it. Until then whatever its programs ask is refused.

Everything that is done names the administrator who does it, in `X-Acting-Person` or in the token.
**How to be told**

1. **Register** a webhook endpoint, and keep its secret.
2. **Verify** each message by `webhook-signature`, as Standard Webhooks says.
3. **Look at the log** when something did not arrive, and **replay** it.

Everything that is refused is answered with a problem that says what happened and what to do next:
[all problems](/problems). Whatever belongs to another controller is 404. Every answer to a valid key
tells in `RateLimit` how many requests are left in this minute.
"""

TAGS = [
    {
        "name": "1. Find the person",
        "description": "Look the person up and confirm that this is the one who is meant.",
    },
    {
        "name": "2. Exercise a right",
        "description": "Access (Art. 15), portability (Art. 20), restriction (Art. 18) and erasure "
        "(Art. 17). Needs a confirmation, an approval and a reason; an erasure a preview, too.",
    },
    {
        "name": "3. Follow a subject request",
        "description": "See how far it has come, what is in its way, and have it go on.",
    },
    {
        "name": "4. Hand over the data",
        "description": "Look at the bundle and download it, until it expires.",
    },
    {
        "name": "5. Restrictions and the trashcan",
        "description": "Who is restricted, on which ground and since when; restore, or erase those "
        "who are in the trashcan.",
    },
    {
        "name": "6. Show what was done",
        "description": "Receipts of restrictions, lifts and erasures, the keys that verify them, "
        "what is kept until when, and the audit trail.",
    },
    {
        "name": "7. Tell what happened on the platform",
        "description": "For the learning platform: something or somebody is gone, or in its trashcan.",
    },
    {
        "name": "8. Be told what happens",
        "description": "Webhooks: where events are sent to, what was sent, and sending it again.",
    },
    {
        "name": "9. Look after the service",
        "description": "For those who run Habeas. No API key is needed.",
    },
    {
        "name": "9. Look after controllers",
        "description": "For support: create controllers, enable the tool for them, issue their API "
        "keys, act for them under a grant. A controller's own program may read what is set for it.",
    },
    {
        "name": "9. Hand over what end users sent",
        "description": "Requests that reached the one who runs the platform, and are the controller's.",
    },
    {
        "name": "9. Hold what must not be erased",
        "description": "Orders not to erase (Art. 17(3), 18(1)(c)): place one, see what is in force, "
        "give it another end, end it.",
    },
]


def documented(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Give the function that makes an application's OpenAPI document, once.

    Args:
        app: The application with all its routes.
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
                    tags=TAGS,
                    license_info=app.license_info,
                )
            )
            _add_headers(app.openapi_schema, app.routes)
        return app.openapi_schema

    return document


def _add_headers(schema: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Document what every operation reads: for whom, and who acts."""
    for each in iter_route_contexts(routes):
        route = each.original_route
        if not isinstance(route, Operation):
            continue
        for operation in schema["paths"][each.path_format].values():
            if operation["operationId"] != route.operation_id:
                continue
            operation.setdefault("parameters", []).append(CONTROLLER)
            if route.needs_person:
                operation["parameters"].append(ACTING_PERSON)
                for problem in (Problem.ACTING_PERSON_MISSING, Problem.INVALID_PARAMETER):
                    _add_problem(operation["responses"], problem)


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
