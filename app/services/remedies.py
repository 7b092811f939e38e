"""What a person does about a job that waits for one."""

from schemas.vocabulary import AttentionReason

REMEDIES: dict[AttentionReason, str] = {
    AttentionReason.DISK_FULL: (
        "Make room where the bundles lie, or let old bundles expire; then resume."
    ),
    AttentionReason.BUNDLE_TOO_LARGE: (
        "Raise HABEAS_MAX_BUNDLE_BYTES, restart the workers, then resume."
    ),
    AttentionReason.CRASHED_REPEATEDLY: (
        "Look into the workers' logs for what ended them (memory is the usual cause); then resume."
    ),
    AttentionReason.SOURCE_UNREACHABLE: (
        "See that the learning platform's databases and file stores answer Habeas; then resume."
    ),
    AttentionReason.SOURCE_DISAGREES: (
        "Run `python -m app datamap check` against the learning platform, publish a data map that "
        "fits it, and submit a new subject request."
    ),
    AttentionReason.SUBJECT_NOT_FOUND: (
        "The person is no longer in the learning platform. Search again; if the person is back, "
        "submit a new subject request."
    ),
    AttentionReason.INTEGRITY: (
        "Something is not as it was stored. Do not resume; tell the one who runs Habeas."
    ),
    AttentionReason.APPROVAL_OUTDATED: (
        "What would happen is no longer what was approved. Make a new preview, have it approved, "
        "and submit a new subject request with its digest."
    ),
    AttentionReason.UNEXPLAINED_RECORDS: (
        "Records are left that no rule of the data map leaves. Look at what the learning platform "
        "writes about the person, mend that or the data map; then resume."
    ),
    AttentionReason.INTENT_UNKNOWN: (
        "The learning platform's database no longer knows whether a batch was committed. Compare "
        "the records that the detail counts with the platform, and tell the one who runs Habeas."
    ),
    AttentionReason.UPLOADS_REMAIN: (
        "See that the file store answers and that Habeas may delete from it; then resume."
    ),
    AttentionReason.VAULT_REMAINS: (
        "A restriction holds records that cannot be read back as things are. Lift the restriction "
        "that the detail speaks of; then resume."
    ),
}
"""By the reason that is reported."""
