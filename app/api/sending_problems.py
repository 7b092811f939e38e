"""Refusals of how a request was sent, whatever it asks for: a part of the table in ``problems``."""

from app.api.explanation import Explanation
from schemas.problem_vocabulary import Problem

SENDING: dict[Problem, Explanation] = {
    Problem.INVALID_BODY: Explanation(
        422,
        "The body is not as documented",
        "The body of the request is not valid JSON, or a field of it is missing, unknown or not of "
        "the documented form. Nothing was changed.",
        "Each entry of `errors` points at one place. Mend those and send the request again. "
        "Field names may stand once only, numbers must be finite, and text must be valid UTF-8 "
        "without the character NUL. A body has at most 50,000 commas and opening brackets, and "
        "nests at most 32 deep.",
    ),
    Problem.INVALID_PARAMETER: Explanation(
        400,
        "A parameter or header is not as documented",
        "A query parameter or header is unknown or not of the documented form. Nothing was changed.",
        "Compare the parameters with the operation's documentation; `errors` names the ones that "
        "are wrong.",
    ),
    Problem.INVALID_CURSOR: Explanation(
        400,
        "The cursor cannot be used here",
        "A cursor belongs to one list, with its filters, of one controller. This one was changed, "
        "cut, or comes from another list.",
        "Follow `next_cursor` (or the `Link` header) of the page before, with the same filters. "
        "If it is lost, start again without a cursor.",
    ),
    Problem.UNSUPPORTED_MEDIA_TYPE: Explanation(
        415,
        "The body is not JSON",
        "The body was sent under another media type, or compressed.",
        "Send uncompressed UTF-8 JSON with `Content-Type: application/json`.",
    ),
    Problem.BODY_TOO_LARGE: Explanation(
        413,
        "The body is too large",
        "The body is larger than 1 MiB, which no documented request needs. It was not read to "
        "its end.",
        "Check what is being sent. Documents that belong to a case stay with the controller; send "
        "their reference.",
    ),
    Problem.BODY_TOO_SLOW: Explanation(
        408,
        "The body came too slowly",
        "The body of the request had not arrived when its time was up. Nothing was changed.",
        "Send the request again. If the way to Habeas is slow, look there first: no documented "
        "body is large.",
    ),
    Problem.TOO_MANY_REQUESTS: Explanation(
        429,
        "Too many requests",
        "An API client may send a certain number of requests a minute, and an address present a "
        "certain number of invalid API keys. `RateLimit-Policy` says how many. Nothing was done.",
        "Wait as long as `Retry-After` says, then go on. `RateLimit` tells with every answer how "
        "many requests are left. If you need more, ask the one who runs Habeas.",
    ),
    Problem.AUTHENTICATION_REQUIRED: Explanation(
        401,
        "An API key is needed",
        "The request named no API key.",
        "Send `Authorization: Bearer habeas_…`. On the documentation page, press Authorize first.",
    ),
    Problem.CREDENTIAL_INVALID: Explanation(
        401,
        "The API key is not valid",
        "The API key is mistyped, unknown, expired or revoked. Which of these is not said.",
        "Check that the key was copied whole. If it was, ask the one who issued it for a new one.",
    ),
    Problem.SCOPE_MISSING: Explanation(
        403,
        "The API key, or the support grant, does not allow this",
        "The API key is valid, but was not issued for this kind of operation; or you are support, and "
        "act without a grant, or under one that was not opened for it.",
        "The detail names the scope that is missing, and what lacks it. A program of a controller "
        "uses a key that has it, or asks for one. Support opens a grant with every scope that the "
        "case takes, and names the controller in `X-Controller`: of several grants the newest counts "
        "alone. What takes the scope `support` is called without `X-Controller`.",
    ),
    Problem.NOT_FOUND: Explanation(
        404,
        "There is no such thing",
        "Nothing is there under this address, or it belongs to another controller: both look the "
        "same on purpose.",
        "Check the address and whose API key is used.",
    ),
    Problem.METHOD_NOT_ALLOWED: Explanation(
        405,
        "This cannot be done here",
        "The address exists, but not with this HTTP method.",
        "The header `Allow` names the methods that can be used.",
    ),
    Problem.IDENTIFIER_UNKNOWN: Explanation(
        422,
        "The data map has no such identifier",
        "People cannot be looked up by this identifier: the controller's data map does not name it.",
        "The detail lists the identifiers that can be used.",
    ),
    Problem.CONFIRMATION_MISSING: Explanation(
        422,
        "Nobody has confirmed who is meant",
        "A subject request acts on one person. Proof that somebody looked at that person is "
        "missing, so nothing was done.",
        "Search for the person with `POST /v1/subject-searches`, compare what is shown, and send "
        "the candidate's `confirmation`.",
    ),
    Problem.CONFIRMATION_INVALID: Explanation(
        422,
        "The confirmation cannot be used",
        "The confirmation was changed or cut, was given to another API client, or the data map was "
        "published anew since. Nothing was done.",
        "Search for the person again and send the new confirmation.",
    ),
    Problem.CONFIRMATION_EXPIRED: Explanation(
        422,
        "The confirmation has expired",
        "Too much time has passed since somebody looked at the person. Nothing was done.",
        "Search for the person again and send the new confirmation.",
    ),
    Problem.APPROVAL_MISSING: Explanation(
        422,
        "The controller's approval is missing",
        "The controller decides whether a right is exercised. Who decided, when, under what "
        "reference and why is missing, so nothing was done.",
        "Send `approval` with `approved_by`, `approved_at`, `reference` and `reason`.",
    ),
    Problem.REASON_MISSING: Explanation(
        422,
        "A reason is missing",
        "Every action needs a reason in the words of the one who acts, because it is kept as "
        "evidence. Nothing was done.",
        "Say in `reason` why this is done; blanks alone do not count.",
    ),
    Problem.RIGHT_NOT_AVAILABLE: Explanation(
        422,
        "This right cannot be exercised here",
        "The controller's data map has no rules for this right, or rules that would change records "
        "in another source than that of the persons, which nothing carries out.",
        "Ask the one who maintains the data map, or exercise another right.",
    ),
    Problem.IDEMPOTENCY_KEY_MISSING: Explanation(
        400,
        "An idempotency key is missing",
        "What creates something must be safe to send twice, so it needs a key that is the same "
        "for every try. Nothing was done.",
        "Send the header `Idempotency-Key` with a fresh random value, such as a UUID, and the same "
        "value when you try again.",
    ),
    Problem.IDEMPOTENCY_KEY_REUSED: Explanation(
        422,
        "The idempotency key belongs to another request",
        "This key was used before with another body. Nothing was done.",
        "Use a fresh key for each new request, and the same key only to repeat one.",
    ),
    Problem.IDEMPOTENCY_CONFLICT: Explanation(
        409,
        "The same request is being carried out",
        "Another try with the same idempotency key has not ended yet.",
        "Wait a moment (`Retry-After`) and send it again: you will get the answer of the first.",
    ),
}
"""By slug."""
