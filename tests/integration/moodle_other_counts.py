"""How many records Moodle holds of a person in the tables around the everyday ones.

Written from the tables alone, like ``moodle_counts``.
"""


def of(table: str, *columns: str, and_: str = "true") -> str:
    """Count the rows of a table in which any of some columns holds the person."""
    named = " OR ".join(f"{column} = $1" for column in columns)
    return f"SELECT count(*) FROM {table} WHERE ({named}) AND {and_}"


OTHER_COUNTS: dict[str, str] = {
    "ai_use": of("mdl_ai_action_register", "userid"),
    "ai_text": """
        SELECT count(*) FROM mdl_ai_action_generate_text t JOIN mdl_ai_action_register r ON r.actionid = t.id
        WHERE r.actionname = 'generate_text' AND r.userid = $1""",
    "ai_summary": """
        SELECT count(*) FROM mdl_ai_action_summarise_text t JOIN mdl_ai_action_register r ON r.actionid = t.id
        WHERE r.actionname = 'summarise_text' AND r.userid = $1""",
    "ai_image": """
        SELECT count(*) FROM mdl_ai_action_generate_image t JOIN mdl_ai_action_register r ON r.actionid = t.id
        WHERE r.actionname = 'generate_image' AND r.userid = $1""",
    "prediction_basis": """
        SELECT count(*) FROM mdl_analytics_indicator_calc c
        WHERE (c.sampleorigin = 'user' AND c.sampleid = $1)
           OR (c.sampleorigin = 'user_enrolments'
               AND c.sampleid IN (SELECT e.id FROM mdl_user_enrolments e WHERE e.userid = $1))""",
    "ai_policy": of("mdl_ai_policy_register", "userid"),
    "policy_acceptance": of("mdl_tool_policy_acceptances", "userid", "usermodified"),
    "data_request": of(
        "mdl_tool_dataprivacy_request", "userid", "requestedby", "dpo", "usermodified"
    ),
    "second_factor": of("mdl_tool_mfa", "userid"),
    "second_factor_use": of("mdl_tool_mfa_auth", "userid"),
    "second_factor_code": of("mdl_tool_mfa_secrets", "userid"),
    "linked_login": of("mdl_auth_oauth2_linked_login", "userid", "usermodified"),
    "lti_login": of("mdl_auth_lti_linked_login", "userid"),
    "refresh_token": of("mdl_oauth2_refresh_token", "userid"),
    "service_user": of("mdl_external_services_users", "userid"),
    "old_log": of("mdl_log", "userid"),
    "statistics_daily": of("mdl_stats_user_daily", "userid"),
    "statistics_weekly": of("mdl_stats_user_weekly", "userid"),
    "statistics_monthly": of("mdl_stats_user_monthly", "userid"),
    "text_message": of("mdl_sms_messages", "recipientuserid"),
    "mail_answered": of("mdl_messageinbound_messagelist", "userid"),
    "infected_file": of("mdl_infected_files", "userid"),
    "lti_person": of("mdl_enrol_lti_users", "userid"),
    "payment": of("mdl_payments", "userid"),
    "portfolio_export": of("mdl_portfolio_log", "userid"),
    "portfolio_transfer": of("mdl_portfolio_tempdata", "userid"),
    "backpack": of("mdl_badge_backpack", "userid"),
    "backpack_badge": """
        SELECT count(*) FROM mdl_badge_external e JOIN mdl_badge_backpack b ON b.id = e.backpackid
        WHERE b.userid = $1""",
    "feed": of("mdl_block_rss_client", "userid"),
    "learning_plan": of("mdl_competency_plan", "userid", "reviewerid", "usermodified"),
    "competency": of("mdl_competency_usercomp", "userid", "reviewerid", "usermodified"),
    "competency_in_course": of("mdl_competency_usercompcourse", "userid", "usermodified"),
    "competency_in_plan": of("mdl_competency_usercompplan", "userid", "usermodified"),
    "prior_learning": of("mdl_competency_userevidence", "userid", "usermodified"),
    "prior_learning_for": """
        SELECT count(*) FROM mdl_competency_userevidencecomp c
        LEFT JOIN mdl_competency_userevidence e ON e.id = c.userevidenceid
        WHERE e.userid = $1 OR c.usermodified = $1""",
    "competency_evidence": """
        SELECT count(*) FROM mdl_competency_evidence e
        LEFT JOIN mdl_competency_usercomp c ON c.id = e.usercompetencyid
        WHERE c.userid = $1 OR e.actionuserid = $1 OR e.usermodified = $1""",
    "learning_plan_part": """
        SELECT count(*) FROM mdl_competency_plancomp c
        LEFT JOIN mdl_competency_plan p ON p.id = c.planid
        WHERE p.userid = $1 OR c.usermodified = $1""",
    "grade_import": of("mdl_grade_import_values", "userid", "importer"),
    "tool_result": of("mdl_lti_submission", "userid"),
    "tool_state": of("mdl_xapi_states", "userid"),
    "meeting": of("mdl_bigbluebuttonbn_logs", "userid"),
    "monitor_alert": of("mdl_tool_monitor_history", "userid"),
    "monitor_subscription": of("mdl_tool_monitor_subscriptions", "userid"),
    "monitor_rule": of("mdl_tool_monitor_rules", "userid"),
    "badge": of("mdl_badge", "usercreated", "usermodified"),
    "grading_form": of("mdl_grading_definitions", "usercreated", "usermodified"),
    "shared_content": of("mdl_contentbank_content", "usercreated", "usermodified"),
    "scale": of("mdl_scale", "userid"),
    "scale_history": of("mdl_scale_history", "userid", "loggeduser"),
    "grade_item_history": of("mdl_grade_items_history", "loggeduser"),
    "grade_category_history": of("mdl_grade_categories_history", "loggeduser"),
    "payment_paypal": of("mdl_enrol_paypal", "userid"),
    "backpack_login": of("mdl_badge_backpack_oauth2", "userid", "usermodified"),
    "own_repository": of("mdl_repository_instances", "userid"),
    "room_member": of("mdl_communication_user", "userid"),
    "enrolment_waiting": of("mdl_enrol_flatfile", "userid"),
    "remote_log": of("mdl_mnet_log", "userid"),
    "remote_session": of("mdl_mnet_session", "userid"),
    "remote_enrolment": of("mdl_mnetservice_enrol_enrolments", "userid"),
    "shared_resource": of("mdl_moodlenet_share_progress", "userid"),
    "prediction_answer": of("mdl_analytics_prediction_actions", "userid"),
    "cohort_role": of("mdl_tool_cohortroles", "userid"),
    "backup_run": of("mdl_backup_controllers", "userid"),
    "task_run": of("mdl_task_log", "userid"),
    "setting_change": of("mdl_config_log", "userid"),
    "upgrade": of("mdl_upgrade_log", "userid"),
    "admin_preset": of("mdl_adminpresets", "userid"),
    "admin_preset_use": of("mdl_adminpresets_app", "userid"),
    "outcome": of("mdl_grade_outcomes", "usermodified"),
    "outcome_history": of("mdl_grade_outcomes_history", "loggeduser"),
    "report": of("mdl_reportbuilder_report", "usercreated", "usermodified"),
    "report_schedule": of(
        "mdl_reportbuilder_schedule", "usercreated", "usermodified", "userviewas"
    ),
    "grade_import_item": of("mdl_grade_import_newitem", "importer"),
}
"""By record type of ``datamaps/moodle.yaml``."""
