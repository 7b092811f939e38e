"""Rows for the tables that the restored site leaves empty, so that no record type goes untried."""

import asyncpg

_GRADE = "(SELECT min(id) FROM mdl_assign_grades WHERE userid = {me})"
_STEP = (
    "(SELECT min(s.id) FROM mdl_question_attempt_steps s"
    " JOIN mdl_question_attempts q ON q.id = s.questionattemptid"
    " JOIN mdl_quiz_attempts a ON a.uniqueid = q.questionusageid WHERE a.userid = {me})"
)
_REVIEW = (
    "(SELECT min(a.id) FROM mdl_workshop_assessments a"
    " JOIN mdl_workshop_submissions s ON s.id = a.submissionid WHERE s.authorid = {me})"
)
_INSTANCE = "(SELECT max(id) FROM mdl_grading_instances WHERE raterid = {me})"
_FORM = "(SELECT max(id) FROM mdl_feedback_completedtmp WHERE userid = {me})"
_RATED = {"userid": "{other}", "rating": "5", "scaleid": "10"}

ROWS: list[tuple[str, dict[str, str]]] = [
    ("mdl_block_recent_activity", {"userid": "{me}"}),
    ("mdl_message", {"useridfrom": "{me}", "useridto": "{other}"}),
    ("mdl_message", {"useridfrom": "{other}", "useridto": "{me}"}),
    ("mdl_message_read", {"useridfrom": "{me}", "useridto": "{other}"}),
    ("mdl_message_read", {"useridfrom": "{other}", "useridto": "{me}"}),
    ("mdl_forum_queue", {"userid": "{me}"}),
    ("mdl_chat_messages_current", {"userid": "{me}"}),
    ("mdl_chat_users", {"userid": "{me}"}),
    ("mdl_blog_external", {"userid": "{me}"}),
    ("mdl_wiki_subwikis", {"userid": "{me}", "wikiid": "1"}),
    ("mdl_wiki_locks", {"userid": "{me}"}),
    ("mdl_tiny_autosave", {"userid": "{me}"}),
    ("mdl_editor_atto_autosave", {"userid": "{me}"}),
    ("mdl_feedback_completedtmp", {"userid": "{me}"}),
    ("mdl_feedback_valuetmp", {"completed": _FORM}),
    ("mdl_lesson_branch", {"userid": "{me}"}),
    ("mdl_scorm_aicc_session", {"userid": "{me}"}),
    ("mdl_assignfeedback_file", {"grade": _GRADE}),
    ("mdl_assignfeedback_editpdf_cmnt", {"gradeid": _GRADE, "draft": "0"}),
    ("mdl_assignfeedback_editpdf_cmnt", {"gradeid": _GRADE, "draft": "1"}),
    ("mdl_assignfeedback_editpdf_annot", {"gradeid": _GRADE, "draft": "0"}),
    ("mdl_assignfeedback_editpdf_annot", {"gradeid": _GRADE, "draft": "1"}),
    ("mdl_assignfeedback_editpdf_quick", {"userid": "{me}"}),
    ("mdl_quiz_overview_regrades", {"questionusageid": "{usage}"}),
    ("mdl_workshop_grades", {"assessmentid": _REVIEW}),
    ("mdl_workshop_aggregations", {"userid": "{me}"}),
    ("mdl_lesson_overrides", {"userid": "{me}"}),
    ("mdl_grading_instances", {"raterid": "{me}", "definitionid": "1"}),
    ("mdl_gradingform_rubric_fillings", {"instanceid": _INSTANCE}),
    ("mdl_gradingform_guide_fillings", {"instanceid": _INSTANCE}),
    ("mdl_course_completions", {"userid": "{me}"}),
    ("mdl_course_completion_crit_compl", {"userid": "{me}"}),
    ("mdl_badge_criteria_met", {"userid": "{me}"}),
    # Other persons' rows on the person's own work, told apart by component.
    (
        "mdl_rating",
        _RATED | {"component": "'mod_glossary'", "ratingarea": "'entry'", "itemid": "{entry}"},
    ),
    (
        "mdl_rating",
        _RATED | {"component": "'mod_data'", "ratingarea": "'entry'", "itemid": "{record}"},
    ),
    (
        "mdl_rating",
        _RATED | {"component": "'mod_other'", "ratingarea": "'entry'", "itemid": "{record}"},
    ),
    (
        "mdl_comments",
        {
            "userid": "{other}",
            "component": "'mod_data'",
            "commentarea": "'database_entry'",
            "itemid": "{record}",
        },
    ),
    (
        "mdl_comments",
        {
            "userid": "{other}",
            "component": "'mod_other'",
            "commentarea": "'database_entry'",
            "itemid": "{record}",
        },
    ),
    (
        "mdl_files",
        {
            "userid": "{other}",
            "component": "'question'",
            "filearea": "'response_answer'",
            "itemid": _STEP,
            "filename": "'a.txt'",
            "pathnamehash": "'{me}a'",
        },
    ),
    (
        "mdl_files",
        {
            "userid": "{other}",
            "component": "'question'",
            "filearea": "'questiontext'",
            "itemid": _STEP,
            "filename": "'b.txt'",
            "pathnamehash": "'{me}b'",
        },
    ),
    (
        "mdl_files",
        {
            "userid": "{other}",
            "component": "'assignfeedback_file'",
            "filearea": "'feedback_files'",
            "itemid": _GRADE,
            "filename": "'c.txt'",
            "pathnamehash": "'{me}c'",
        },
    ),
    ("mdl_logstore_standard_log", {"userid": "{other}", "realuserid": "{me}"}),
]
"""Table, and the SQL of the columns that matter."""


async def add_rows(connection: asyncpg.Connection, me: int, other: int) -> None:
    """Add one of each, with as little as the table demands in the other columns."""
    owned = await connection.fetchrow(
        "SELECT (SELECT min(uniqueid) FROM mdl_quiz_attempts WHERE userid = $1) AS usage,"
        " (SELECT min(id) FROM mdl_glossary_entries WHERE userid = $1) AS entry,"
        " (SELECT min(id) FROM mdl_data_records WHERE userid = $1) AS record",
        me,
    )
    places = {"me": me, "other": other, **dict(owned or {})}
    for table, told in ROWS:
        demanded = await connection.fetch(
            "SELECT column_name AS name, data_type LIKE 'character%' OR data_type = 'text' AS is_text"
            " FROM information_schema.columns WHERE table_name = $1"
            " AND is_nullable = 'NO' AND column_default IS NULL",
            table,
        )
        values = {row["name"]: "''" if row["is_text"] else "0" for row in demanded}
        values |= {column: sql.format(**places) for column, sql in told.items()}
        names = ", ".join(f'"{column}"' for column in values)
        await connection.execute(
            f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(values.values())})'
        )
