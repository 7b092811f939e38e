"""What a person does about a job that waits for one; `docs/operations.md` says the same words."""

from schemas.vocabulary import AttentionReason

REMEDIES: dict[AttentionReason, str] = {
    AttentionReason.DISK_FULL: (
        "Make room in the data directory, or let old bundles expire; then resume."
    ),
    AttentionReason.BUNDLE_TOO_LARGE: (
        "Raise `HABEAS_MAX_BUNDLE_BYTES` and restart the workers; then resume."
    ),
    AttentionReason.CRASHED_REPEATEDLY: (
        "Look in the workers' logs for `job.crashed`, and for what ended the processes (memory is the "
        "usual cause); then resume."
    ),
    AttentionReason.SOURCE_UNREACHABLE: (
        "See that the learning platform's databases and file stores answer from where the workers "
        "run; then resume."
    ),
    AttentionReason.SOURCE_DISAGREES: (
        "Run `python -m app datamap check FILE --against URL`. If the environment or a grant was at "
        "fault, mend it and resume. If the detail names a constraint, and what is held of another "
        "person refers to what was to go, resume once that hold has ended. If the data map was at "
        "fault, publish one that fits and submit a new subject request, since each runs under the map "
        "that it was accepted under."
    ),
    AttentionReason.SUBJECT_NOT_FOUND: (
        "Search again; if the person is back in the learning platform, submit a new subject request."
    ),
    AttentionReason.INTEGRITY: (
        "Do not resume; tell the one who runs Habeas. Find out who changed what: `python -m app audit "
        "verify`, the database's and the machine's own logs."
    ),
    AttentionReason.APPROVAL_OUTDATED: (
        "Cancel this, make a new preview, have it approved, and submit a new subject request with its "
        "digest."
    ),
    AttentionReason.UNEXPLAINED_RECORDS: (
        "Find out what in the learning platform writes them, mend that or the data map; then resume."
    ),
    AttentionReason.INTENT_UNKNOWN: (
        "Compare the records with the receipt's lines and the trail, and tell those who look after "
        "Habeas."
    ),
    AttentionReason.UPLOADS_REMAIN: (
        "See that the file store answers and that Habeas may delete from it; then resume."
    ),
    AttentionReason.VAULT_REMAINS: (
        "Lift the restriction that the detail speaks of, or what its records lie under, if that may "
        "be; then resume. If the data map does not know what a restriction holds, you can also cancel "
        "this, bind a data map that names it as before, and submit a new subject request."
    ),
}
"""By the reason that is reported."""
