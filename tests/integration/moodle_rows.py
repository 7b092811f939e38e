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
_WIKI = "(SELECT max(id) FROM mdl_wiki_subwikis WHERE userid = {me})"
_ENROLMENT = "(SELECT min(id) FROM mdl_user_enrolments WHERE userid = {me})"
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
    ("mdl_post", {"userid": "{me}", "module": "'blog'", "publishstate": "'draft'"}),
    ("mdl_wiki_pages", {"subwikiid": _WIKI, "title": "'own'"}),
    ("mdl_wiki_versions", {"pageid": "(SELECT max(id) FROM mdl_wiki_pages)"}),
    ("mdl_ai_action_summarise_text", {"id": "{me}"}),
    (
        "mdl_ai_action_register",
        {"userid": "{me}", "actionname": "'summarise_text'", "actionid": "{me}"},
    ),
    ("mdl_ai_action_generate_image", {"id": "{me}"}),
    (
        "mdl_ai_action_register",
        {"userid": "{me}", "actionname": "'generate_image'", "actionid": "{me}"},
    ),
    ("mdl_tool_mfa", {"userid": "{me}"}),
    ("mdl_tool_mfa_auth", {"userid": "{me}"}),
    ("mdl_tool_mfa_secrets", {"userid": "{me}"}),
    ("mdl_auth_oauth2_linked_login", {"userid": "{me}", "usermodified": "{me}"}),
    ("mdl_auth_lti_linked_login", {"userid": "{me}"}),
    ("mdl_oauth2_refresh_token", {"userid": "{me}"}),
    ("mdl_external_services_users", {"userid": "{me}"}),
    ("mdl_log", {"userid": "{me}"}),
    ("mdl_stats_user_daily", {"userid": "{me}"}),
    ("mdl_stats_user_weekly", {"userid": "{me}"}),
    ("mdl_stats_user_monthly", {"userid": "{me}"}),
    ("mdl_sms_messages", {"recipientuserid": "{me}"}),
    ("mdl_messageinbound_messagelist", {"userid": "{me}"}),
    ("mdl_infected_files", {"userid": "{me}"}),
    ("mdl_enrol_lti_users", {"userid": "{me}"}),
    ("mdl_payments", {"userid": "{me}"}),
    ("mdl_portfolio_tempdata", {"userid": "{me}"}),
    ("mdl_badge_backpack", {"userid": "{me}"}),
    (
        "mdl_badge_external",
        {"backpackid": "(SELECT max(id) FROM mdl_badge_backpack WHERE userid = {me})"},
    ),
    ("mdl_block_rss_client", {"userid": "{me}"}),
    ("mdl_competency_usercompplan", {"userid": "{me}", "usermodified": "{me}"}),
    ("mdl_competency_userevidencecomp", {"usermodified": "{me}", "userevidenceid": "{me}"}),
    ("mdl_competency_plancomp", {"usermodified": "{me}", "planid": "{me}"}),
    ("mdl_grade_import_values", {"userid": "{me}"}),
    ("mdl_lti_submission", {"userid": "{me}"}),
    ("mdl_xapi_states", {"userid": "{me}"}),
    ("mdl_bigbluebuttonbn_logs", {"userid": "{me}"}),
    ("mdl_tool_monitor_history", {"userid": "{me}"}),
    ("mdl_tool_monitor_subscriptions", {"userid": "{me}"}),
    ("mdl_tool_monitor_rules", {"userid": "{me}"}),
    ("mdl_badge", {"usercreated": "{me}"}),
    ("mdl_grading_definitions", {"usercreated": "{me}", "areaid": "{me}"}),
    ("mdl_contentbank_content", {"usercreated": "{me}"}),
    ("mdl_scale", {"userid": "{me}"}),
    ("mdl_scale_history", {"userid": "{me}"}),
    ("mdl_grade_items_history", {"loggeduser": "{me}"}),
    ("mdl_grade_categories_history", {"loggeduser": "{me}"}),
    ("mdl_enrol_paypal", {"userid": "{me}"}),
    ("mdl_badge_backpack_oauth2", {"userid": "{me}", "usermodified": "{me}", "token": "'secret'"}),
    ("mdl_repository_instances", {"userid": "{me}", "username": "'me'", "password": "'secret'"}),
    (
        "mdl_repository_instance_config",
        {"instanceid": "(SELECT max(id) FROM mdl_repository_instances WHERE userid = {me})"},
    ),
    ("mdl_communication_user", {"userid": "{me}"}),
    ("mdl_enrol_flatfile", {"userid": "{me}"}),
    ("mdl_mnet_log", {"userid": "{me}"}),
    ("mdl_mnet_session", {"userid": "{me}", "token": "'of {me}'"}),
    ("mdl_mnetservice_enrol_enrolments", {"userid": "{me}"}),
    ("mdl_moodlenet_share_progress", {"userid": "{me}"}),
    ("mdl_analytics_prediction_actions", {"userid": "{me}"}),
    ("mdl_analytics_indicator_calc", {"sampleorigin": "'user'", "sampleid": "{me}"}),
    ("mdl_analytics_indicator_calc", {"sampleorigin": "'user_enrolments'", "sampleid": _ENROLMENT}),
    ("mdl_analytics_indicator_calc", {"sampleorigin": "'course'", "sampleid": _ENROLMENT}),
    ("mdl_assignfeedback_editpdf_rot", {"gradeid": _GRADE}),
    ("mdl_tool_cohortroles", {"userid": "{me}"}),
    ("mdl_backup_controllers", {"userid": "{me}", "backupid": "'of {me}'"}),
    ("mdl_task_adhoc", {"userid": "{me}"}),
    ("mdl_task_log", {"userid": "{me}"}),
    ("mdl_events_queue", {"userid": "{me}"}),
    ("mdl_search_simpledb_index", {"docid": "'by {me}'", "userid": "{me}", "title": "'About me'"}),
    ("mdl_search_simpledb_index", {"docid": "'of {me}'", "owneruserid": "{me}"}),
    ("mdl_config_log", {"userid": "{me}"}),
    ("mdl_upgrade_log", {"userid": "{me}"}),
    ("mdl_adminpresets", {"userid": "{me}", "author": "'me'"}),
    ("mdl_adminpresets_app", {"userid": "{me}"}),
    ("mdl_grade_outcomes", {"usermodified": "{me}"}),
    ("mdl_grade_outcomes_history", {"loggeduser": "{me}"}),
    ("mdl_reportbuilder_report", {"usercreated": "{me}", "usermodified": "{other}"}),
    ("mdl_reportbuilder_schedule", {"usercreated": "{me}", "userviewas": "{other}"}),
    ("mdl_grade_import_newitem", {"importer": "{me}"}),
    ("mdl_file_conversion", {"usermodified": "{me}"}),
    ("mdl_repository_onedrive_access", {"usermodified": "{me}"}),
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
