"""The one table of refusals: the status, title and advice of each problem.

Reference:
    RFC 9457; RFC 9110, section 15.
"""

from app.api.explanation import Explanation
from app.api.sending_problems import SENDING
from schemas.problem_vocabulary import Problem

EXPLANATIONS: dict[Problem, Explanation] = SENDING | {
    Problem.NOT_RESUMABLE: Explanation(
        409,
        "There is nothing to resume",
        "Only a subject request that needs attention can be resumed. This one is waiting for its "
        "turn, running or completed.",
        "Read the subject request to see where it stands.",
    ),
    Problem.PREVIEW_MISSING: Explanation(
        422,
        "Nobody has looked at what would happen",
        "What is done under this right cannot always be undone, so it is approved on a preview. "
        "The digest of one is missing, is not known here, or has expired. Nothing was done.",
        "Make a preview with `POST /v1/previews`, look at it, and send its `digest`.",
    ),
    Problem.PREVIEW_OUTDATED: Explanation(
        412,
        "The preview no longer fits",
        "Since the preview was made, the data map, the controller's settings or the person's "
        "records have changed, so that something else would happen. Nothing was done.",
        "`errors` says what differs. Make a new preview, have it approved, and send its `digest`.",
    ),
    Problem.GROUND_MISSING: Explanation(
        422,
        "The ground of the restriction is missing",
        "A restriction rests on one of the grounds of Art. 18(1), or is the platform's normal "
        "flow. Which one is missing, so nothing was done.",
        "Send `ground`: `accuracy_contested`, `unlawful_processing`, `needed_for_claims`, "
        "`objection_pending` or `normal_flow`.",
    ),
    Problem.NOT_RESTRICTED: Explanation(
        409,
        "There is no such restriction in force",
        "The restriction was lifted, cancelled or ended by an erasure before, or it is not in "
        "force yet. Or the trashcan cannot be emptied of it, since a right of the person restricts "
        "them, or they are being restored.",
        "List the restrictions with `GET /v1/restrictions` to see which are in force.",
    ),
    Problem.ALREADY_RESTRICTED: Explanation(
        409,
        "The person is restricted on this ground already",
        "A restriction of this person on this ground is in force. Nothing was done.",
        "Leave it as it is, or restrict on another ground: each is lifted on its own.",
    ),
    Problem.INFORMATION_MISSING: Explanation(
        422,
        "The person has not been informed",
        "A person must be told before a restriction is lifted. When and how that was done, or why "
        "it is not, is missing.",
        "Tell the person, then record it; or give the reason why the lift does not wait for that.",
    ),
    Problem.INFORMATION_NOT_AWAITED: Explanation(
        409,
        "Nothing waits for this",
        "Only a lift that was submitted without saying that the person has been informed waits for "
        "that. This subject request does not, or no longer.",
        "Read the subject request to see where it stands.",
    ),
    Problem.CANNOT_CANCEL: Explanation(
        409,
        "It can no longer be cancelled",
        "The subject request is over, or has begun to change what cannot be brought back.",
        "Read the subject request to see where it stands.",
    ),
    Problem.ACTING_PERSON_MISSING: Explanation(
        400,
        "It is not said who acts",
        "What changes something names the administrator who acts, so that it is evidence, and so that "
        "two persons can be told apart. Nothing was done.",
        "Send the header `X-Acting-Person` with the name of the one who acts.",
    ),
    Problem.SECOND_PERSON_NEEDED: Explanation(
        409,
        "Another person has to approve this",
        "It takes two persons: the one who submitted this cannot approve it too, not with another "
        "API client either. Nothing was done.",
        "Ask somebody else to approve it, and to send their own name in `X-Acting-Person`.",
    ),
    Problem.APPROVAL_NOT_AWAITED: Explanation(
        409,
        "This does not wait for a second person",
        "Somebody else has approved it already, or it was cancelled or refused, or it never had to "
        "wait. Nothing was done.",
        "Read the subject request to see where it stands.",
    ),
    Problem.CANNOT_REFUSE: Explanation(
        409,
        "It can no longer be refused",
        "The subject request has begun, or is over. Nothing was done.",
        "Read the subject request to see where it stands. What has begun may still be cancelled.",
    ),
    Problem.CANNOT_EXTEND: Explanation(
        409,
        "The deadline cannot be extended",
        "A deadline is extended once, by at most two months, and the person is told within the first "
        "month (Art. 12(3)). That month has ended, it was extended before, or the request is over.",
        "Answer the person as soon as you can; `due_at` of the subject request says by when.",
    ),
    Problem.CANNOT_DOUBT: Explanation(
        409,
        "The request cannot rest",
        "A deadline rests while it is in doubt who sent the request (Art. 12(6)), as long as nothing "
        "was changed for it. This one has begun to change records, or is over. Nothing was done.",
        "Read the subject request to see where it stands. A restriction that has begun can be "
        "cancelled.",
    ),
    Problem.IDENTITY_IN_DOUBT: Explanation(
        409,
        "It is in doubt who sent this request",
        "While that is so, nothing of the request begins and its deadline rests (Art. 12(6)). "
        "Nothing was done.",
        "Say with `POST …/identity-doubt/end` that it is known, or refuse or cancel the request.",
    ),
    Problem.IDENTITY_NOT_IN_DOUBT: Explanation(
        409,
        "It is not in doubt who sent this request",
        "Its deadline runs. Nothing was done.",
        "Read the subject request to see where it stands.",
    ),
    Problem.ALREADY_HANDED_OVER: Explanation(
        409,
        "It has been handed over",
        "The controller has taken this request over before, or its time is over. Its content is not "
        "kept any more.",
        "The audit trail says when, and where it is answered.",
    ),
    Problem.HOLD_NOT_IN_FORCE: Explanation(
        409,
        "The hold is not in force",
        "The hold has been ended, or its last day is over.",
        "Read the hold to see since when. If something is to be held again, place a new one.",
    ),
    Problem.HOLD_TOO_LATE: Explanation(
        409,
        "The person is being erased",
        "The hold is about one person, and an erasure of this person is running at this moment. It "
        "ends under the holds that it began with.",
        "Look at the receipt of the erasure to see what is left, and place the hold for that.",
    ),
    Problem.BUNDLE_EXPIRED: Explanation(
        410,
        "The bundle has expired",
        "A bundle can be read for a limited time only. After that its key is deleted.",
        "Submit a new subject request if the person still needs the data.",
    ),
    Problem.RANGE_NOT_SATISFIABLE: Explanation(
        416,
        "The bundle has no such range",
        "The range that was asked for begins after the end of the file.",
        "`Content-Range` says how long the file is. Start the download again from the beginning.",
    ),
    Problem.WEBHOOK_URL_REFUSED: Explanation(
        422,
        "Webhooks cannot be sent there",
        "Webhooks go to public addresses by TLS, and to those networks that the operator of Habeas "
        "has allowed. Nothing was changed.",
        "`errors` says what is wrong with the address. Where a receiver inside your own network is "
        "meant, ask the one who runs Habeas to allow it.",
    ),
    Problem.TOO_MANY_WEBHOOK_ENDPOINTS: Explanation(
        409,
        "There are too many webhook endpoints",
        "Every event is sent to each endpoint, so a controller can have 50 of them. Nothing was "
        "changed.",
        "List them with `GET /v1/webhook-endpoints` and delete those that nobody reads any more.",
    ),
    Problem.WEBHOOK_ENDPOINT_DISABLED: Explanation(
        409,
        "The webhook endpoint is disabled",
        "Nothing is sent to this endpoint: it was disabled by request, answered 410, or did not "
        "take anything for days. What it missed are dead letters.",
        "Mend the receiver, set the endpoint's `state` to `active`, then replay its dead letters.",
    ),
    Problem.DELIVERY_PENDING: Explanation(
        409,
        "It is on its way already",
        "Only what was delivered or has become a dead letter can be sent again. This delivery is "
        "waiting for its next attempt.",
        "Read the delivery: `next_attempt_at` says when that is, `last_failure` what was in the way.",
    ),
    Problem.NO_DATA_MAP: Explanation(
        409,
        "The controller has no data map",
        "Without a data map Habeas does not know what the learning platform holds.",
        "Ask the one who runs Habeas to publish a data map for this controller.",
    ),
    Problem.NOT_ENABLED: Explanation(
        409,
        "Habeas is not enabled for this controller",
        "The tool is enabled for a controller after its initial contact with support, and may have "
        "been enabled for a time only. Nothing was done, and nothing of anybody was looked at.",
        "Contact the support of the learning platform: they enable the tool for your institution, "
        "once it is agreed who may use it and what for. `GET /v1/controllers/{id}` says whether it "
        "is enabled, and until when.",
    ),
    Problem.RIGHT_NOT_ENABLED: Explanation(
        409,
        "The controller does not exercise this right here",
        "The controller's settings do not list this right among those that may be requested.",
        "Exercise the right outside Habeas, or ask support to add it to `enabled_rights`.",
    ),
    Problem.SUPPORT_GRANT_MISSING: Explanation(
        403,
        "There is no support grant in force",
        "Support acts for a controller under a grant only: opened for that controller and this "
        "client, with a reason, for at most eight hours. None is in force.",
        "Open one with `POST /v1/controllers/{id}/support-grants`, then send the request again.",
    ),
    Problem.ADDRESS_NOT_ALLOWED: Explanation(
        403,
        "The API client may not call from here",
        "The credential is valid, but the API client may be used from certain networks only, and "
        "this call came from another.",
        "Call from one of the client's networks. Where a proxy stands between, the one who runs "
        "Habeas has to name it as trusted.",
    ),
    Problem.ISSUER_UNAVAILABLE: Explanation(
        503,
        "The token cannot be verified at the moment",
        "The keys of the one who issues tokens could not be fetched. Nothing was done.",
        "Try again shortly (`Retry-After`), with the same idempotency key.",
    ),
    Problem.SOURCE_UNAVAILABLE: Explanation(
        503,
        "The learning platform does not answer",
        "A database or store of the learning platform could not be reached, or did not answer as "
        "the data map says. Nothing was changed.",
        "Try again later (`Retry-After`). If it stays so, tell the one who runs the platform.",
    ),
    Problem.SERVICE_UNAVAILABLE: Explanation(
        503,
        "Habeas cannot work at the moment",
        "Habeas's own database does not answer. What was accepted before is safe.",
        "Try again shortly (`Retry-After`), with the same idempotency key.",
    ),
    Problem.ANSWER_TOO_SLOW: Explanation(
        503,
        "The answer took too long",
        "The operation was broken off because it took longer than any should. What it had not "
        "committed is undone.",
        "Try again later (`Retry-After`), with the same idempotency key. If it happens again, "
        "tell the one who runs Habeas.",
    ),
    Problem.INTERNAL_ERROR: Explanation(
        500,
        "Something went wrong inside Habeas",
        "This is a fault of Habeas, not of the request. It has been recorded under the number in "
        "`instance`, without the content of the request.",
        "Try again with the same idempotency key. If it happens again, report the number.",
    ),
}
"""Every problem, by its slug."""

RETRY_AFTER_SECONDS: dict[Problem, int] = {
    Problem.IDEMPOTENCY_CONFLICT: 1,
    Problem.SOURCE_UNAVAILABLE: 10,
    Problem.SERVICE_UNAVAILABLE: 2,
    Problem.ISSUER_UNAVAILABLE: 5,
    Problem.ANSWER_TOO_SLOW: 10,
}
"""After how many seconds it is worth trying again."""
