"""How many records of each kind Moodle holds of a person, counted by hand-written SQL.

Written from the tables alone, without the data map's compiler: ``$1`` is ``mdl_user.id``.
"""

from tests.integration.moodle_other_counts import OTHER_COUNTS, of

_OWN_SUBMISSIONS = """
    SELECT s.id FROM mdl_assign_submission s
    WHERE s.userid = $1
       OR (s.userid = 0 AND s.groupid IN (SELECT m.groupid FROM mdl_groups_members m WHERE m.userid = $1))
"""
_OWN_CONTEXT = "SELECT c.id FROM mdl_context c WHERE c.contextlevel = 30 AND c.instanceid = $1"
_OWN_USAGES = f"""
    SELECT a.uniqueid FROM mdl_quiz_attempts a WHERE a.userid = $1
    UNION SELECT u.id FROM mdl_question_usages u
    WHERE u.component = 'core_question_preview' AND u.contextid IN ({_OWN_CONTEXT})
"""
_OWN_WIKIS = "SELECT w.id FROM mdl_wiki_subwikis w WHERE w.userid = $1"
_OWN_WIKI_PAGES = f"SELECT p.id FROM mdl_wiki_pages p WHERE p.subwikiid IN ({_OWN_WIKIS})"
_RELAYED = """('instantmessage', 'messagecontactrequests', 'posts', 'digests', 'newcomment',
    'competencyplancomment', 'competencyusercompcomment', 'message')"""


COUNTS: dict[str, str] = {
    # Personal information
    "profile": "SELECT count(*) FROM mdl_user WHERE id = $1",
    "profile_field": of("mdl_user_info_data", "userid"),
    "contact_preference": of(
        "mdl_user_preferences", "userid", and_="name = 'message_processor_email_email'"
    ),
    "device": of("mdl_user_devices", "userid"),
    "session": of("mdl_sessions", "userid"),
    "password_history": of("mdl_user_password_history", "userid"),
    "password_reset": of("mdl_user_password_resets", "userid"),
    "private_key": of("mdl_user_private_key", "userid"),
    "access_token": of("mdl_external_tokens", "userid", "creatorid"),
    "activity_log": f"""
        SELECT count(*) FROM mdl_logstore_standard_log l
        LEFT JOIN ({_OWN_CONTEXT}) own ON own.id = l.contextid
        WHERE l.userid = $1 OR l.relateduserid = $1 OR l.realuserid = $1 OR own.id IS NOT NULL""",
    "course_visit": of("mdl_user_lastaccess", "userid"),
    "recent_item": of("mdl_block_recentlyaccesseditems", "userid"),
    "recent_change": of("mdl_block_recent_activity", "userid"),
    "enrolment": of("mdl_user_enrolments", "userid", "modifierid"),
    "role_assignment": f"""
        SELECT count(*) FROM mdl_role_assignments r
        LEFT JOIN ({_OWN_CONTEXT}) own ON own.id = r.contextid
        WHERE r.userid = $1 OR r.modifierid = $1 OR own.id IS NOT NULL""",
    "group_membership": of("mdl_groups_members", "userid"),
    "cohort_membership": of("mdl_cohort_members", "userid"),
    "course_request": of("mdl_course_request", "requester"),
    "interest": of("mdl_tag_instance", "itemid", and_="component = 'core' AND itemtype = 'user'"),
    "content_tag": f"""
        SELECT count(*) FROM mdl_tag_instance i
        LEFT JOIN mdl_forum_posts p
               ON i.component = 'mod_forum' AND i.itemtype = 'forum_posts' AND p.id = i.itemid
        LEFT JOIN mdl_post b
               ON i.component = 'core' AND i.itemtype = 'post' AND b.id = i.itemid
              AND b.module <> 'notes'
        LEFT JOIN mdl_glossary_entries g
               ON i.component = 'mod_glossary' AND i.itemtype = 'glossary_entries' AND g.id = i.itemid
        LEFT JOIN mdl_data_records d
               ON i.component = 'mod_data' AND i.itemtype = 'data_records' AND d.id = i.itemid
        WHERE NOT (i.component = 'core' AND i.itemtype = 'user')
          AND (i.tiuserid = $1 OR p.userid = $1 OR b.userid = $1 OR g.userid = $1 OR d.userid = $1
               OR (i.component = 'mod_wiki' AND i.itemid IN ({_OWN_WIKI_PAGES})))""",
    "tag": of("mdl_tag", "userid"),
    # Communication
    "conversation_member": of("mdl_message_conversation_members", "userid"),
    "conversation": """
        SELECT count(DISTINCT c.id) FROM mdl_message_conversations c
        JOIN mdl_message_conversation_members m ON m.conversationid = c.id WHERE m.userid = $1""",
    "message": """
        SELECT count(DISTINCT t.id) FROM mdl_messages t
        LEFT JOIN mdl_message_conversation_members m
               ON m.conversationid = t.conversationid AND m.userid = $1
        WHERE t.useridfrom = $1 OR m.id IS NOT NULL""",
    "message_action": of("mdl_message_user_actions", "userid"),
    "conversation_action": of("mdl_message_conversation_actions", "userid"),
    "message_email": of("mdl_message_email_messages", "useridto"),
    "contact": of("mdl_message_contacts", "userid", "contactid"),
    "contact_request": of("mdl_message_contact_requests", "userid", "requesteduserid"),
    "blocked_person": of("mdl_message_users_blocked", "userid", "blockeduserid"),
    "relayed_notification": of(
        "mdl_notifications", "useridfrom", "useridto", and_=f"eventtype IN {_RELAYED}"
    ),
    "notification": of(
        "mdl_notifications",
        "useridfrom",
        "useridto",
        and_=f"(eventtype IS NULL OR eventtype NOT IN {_RELAYED})",
    ),
    "old_message_unread": of("mdl_message", "useridfrom", "useridto"),
    "old_message_read": of("mdl_message_read", "useridfrom", "useridto"),
    "discussion": of("mdl_forum_discussions", "userid", "usermodified"),
    "forum_post": of("mdl_forum_posts", "userid", "privatereplyto"),
    "forum_subscription": of("mdl_forum_subscriptions", "userid"),
    "discussion_subscription": of("mdl_forum_discussion_subs", "userid"),
    "forum_digest": of("mdl_forum_digests", "userid"),
    "forum_read": of("mdl_forum_read", "userid"),
    "forum_tracking": of("mdl_forum_track_prefs", "userid"),
    "forum_queue": of("mdl_forum_queue", "userid"),
    "comment": f"""
        SELECT count(*) FROM mdl_comments c
        LEFT JOIN mdl_post b ON c.component = 'blog' AND b.id = c.itemid AND b.module <> 'notes'
        LEFT JOIN mdl_glossary_entries g
               ON c.component = 'mod_glossary' AND c.commentarea = 'glossary_entry' AND g.id = c.itemid
        LEFT JOIN mdl_data_records d
               ON c.component = 'mod_data' AND c.commentarea = 'database_entry' AND d.id = c.itemid
        WHERE c.userid = $1 OR b.userid = $1 OR g.userid = $1 OR d.userid = $1
           OR c.contextid IN ({_OWN_CONTEXT})
           OR (c.component = 'mod_wiki' AND c.itemid IN ({_OWN_WIKI_PAGES}))
           OR (c.component = 'assignsubmission_comments' AND c.itemid IN ({_OWN_SUBMISSIONS}))""",
    "chat_message": of("mdl_chat_messages", "userid"),
    "chat_message_current": of("mdl_chat_messages_current", "userid"),
    "chat_presence": of("mdl_chat_users", "userid"),
    # Course material
    "blog_draft": of(
        "mdl_post", "userid", "usermodified", and_="module <> 'notes' AND publishstate = 'draft'"
    ),
    "blog_entry": of(
        "mdl_post", "userid", "usermodified", and_="module <> 'notes' AND publishstate <> 'draft'"
    ),
    "blog_link": """
        SELECT count(*) FROM mdl_blog_association a JOIN mdl_post b ON b.id = a.blogid
        WHERE b.userid = $1 AND b.module <> 'notes'""",
    "external_blog": of("mdl_blog_external", "userid"),
    "uploaded_file": f"""
        SELECT count(*) FROM mdl_files f
        LEFT JOIN ({_OWN_CONTEXT}) own ON own.id = f.contextid
        WHERE f.filename <> '.'
          AND (f.userid = $1 OR own.id IS NOT NULL
               OR (f.component IN ('assignsubmission_file', 'assignsubmission_onlinetext')
                   AND f.itemid IN ({_OWN_SUBMISSIONS}))
               OR (f.component IN ('assignfeedback_comments', 'assignfeedback_file', 'assignfeedback_editpdf')
                   AND f.itemid IN (SELECT id FROM mdl_assign_grades WHERE userid = $1))
               OR (f.component = 'grade' AND f.filearea = 'feedback'
                   AND f.itemid IN (SELECT id FROM mdl_grade_grades WHERE userid = $1))
               OR (f.component = 'grade' AND f.filearea = 'historyfeedback'
                   AND f.itemid IN (SELECT id FROM mdl_grade_grades_history WHERE userid = $1))
               OR (f.component = 'mod_lesson' AND f.filearea LIKE 'essay%'
                   AND f.itemid IN (SELECT id FROM mdl_lesson_attempts WHERE userid = $1))
               OR (f.component = 'mod_wiki' AND f.itemid IN ({_OWN_WIKIS}))
               OR (f.component = 'mod_workshop' AND f.filearea LIKE 'overallfeedback%'
                   AND f.itemid IN (SELECT a.id FROM mdl_workshop_assessments a
                                    JOIN mdl_workshop_submissions s ON s.id = a.submissionid
                                    WHERE s.authorid = $1))
               OR (f.component = 'blog' AND f.itemid IN
                   (SELECT id FROM mdl_post
                    WHERE userid = $1 AND module <> 'notes' AND publishstate = 'draft'))
               OR (f.component = 'mod_workshop' AND f.filearea LIKE 'submission%'
                   AND f.itemid IN (SELECT id FROM mdl_workshop_submissions WHERE authorid = $1))
               OR (f.component = 'question' AND f.filearea LIKE 'response%'
                   AND f.itemid IN (SELECT s.id FROM mdl_question_attempt_steps s
                                    JOIN mdl_question_attempts q ON q.id = s.questionattemptid
                                    WHERE q.questionusageid IN ({_OWN_USAGES}))))""",
    "file_folder": f"""
        SELECT count(*) FROM mdl_files f LEFT JOIN ({_OWN_CONTEXT}) own ON own.id = f.contextid
        WHERE f.filename = '.'
          AND (f.userid = $1 OR own.id IS NOT NULL
               OR (f.component IN ('assignsubmission_file', 'assignsubmission_onlinetext')
                   AND f.itemid IN (SELECT id FROM mdl_assign_submission WHERE userid = $1))
               OR (f.component IN ('assignfeedback_comments', 'assignfeedback_file', 'assignfeedback_editpdf')
                   AND f.itemid IN (SELECT id FROM mdl_assign_grades WHERE userid = $1)))""",
    "wiki_version": """
        SELECT count(*) FROM mdl_wiki_versions v LEFT JOIN mdl_wiki_pages p ON p.id = v.pageid
        LEFT JOIN mdl_wiki_subwikis w ON w.id = p.subwikiid
        WHERE v.userid = $1 OR w.userid = $1""",
    "wiki_page": """
        SELECT count(*) FROM mdl_wiki_pages p LEFT JOIN mdl_wiki_subwikis w ON w.id = p.subwikiid
        WHERE p.userid = $1 OR w.userid = $1""",
    "wiki": of("mdl_wiki_subwikis", "userid"),
    "wiki_lock": of("mdl_wiki_locks", "userid"),
    "glossary_entry": of("mdl_glossary_entries", "userid"),
    "glossary_keyword": """
        SELECT count(*) FROM mdl_glossary_alias a JOIN mdl_glossary_entries g ON g.id = a.entryid
        WHERE g.userid = $1""",
    "database_entry": of("mdl_data_records", "userid"),
    "database_value": """
        SELECT count(*) FROM mdl_data_content c JOIN mdl_data_records r ON r.id = c.recordid
        WHERE r.userid = $1""",
    "question_bank_entry": of("mdl_question_bank_entries", "ownerid"),
    "question": of("mdl_question", "createdby", "modifiedby"),
    "draft_text": of("mdl_tiny_autosave", "userid"),
    "draft_text_atto": of("mdl_editor_atto_autosave", "userid"),
    # Student responses
    "submission": f"SELECT count(*) FROM mdl_assign_submission WHERE id IN ({_OWN_SUBMISSIONS})",
    "submission_text": f"""
        SELECT count(*) FROM mdl_assignsubmission_onlinetext
        WHERE submission IN ({_OWN_SUBMISSIONS})""",
    "submission_file": f"""
        SELECT count(*) FROM mdl_assignsubmission_file WHERE submission IN ({_OWN_SUBMISSIONS})""",
    "quiz_attempt": of("mdl_quiz_attempts", "userid"),
    "question_set": f"SELECT count(*) FROM mdl_question_usages WHERE id IN ({_OWN_USAGES})",
    "question_attempt": f"""
        SELECT count(*) FROM mdl_question_attempts WHERE questionusageid IN ({_OWN_USAGES})""",
    "question_step": f"""
        SELECT count(*) FROM mdl_question_attempt_steps s
        JOIN mdl_question_attempts q ON q.id = s.questionattemptid
        WHERE s.userid = $1 OR q.questionusageid IN ({_OWN_USAGES})""",
    "question_step_value": f"""
        SELECT count(*) FROM mdl_question_attempt_step_data v
        JOIN mdl_question_attempt_steps s ON s.id = v.attemptstepid
        JOIN mdl_question_attempts q ON q.id = s.questionattemptid
        WHERE s.userid = $1 OR q.questionusageid IN ({_OWN_USAGES})""",
    "workshop_submission": of("mdl_workshop_submissions", "authorid", "gradeoverby"),
    "choice_answer": of("mdl_choice_answers", "userid"),
    "feedback_response": of("mdl_feedback_completed", "userid"),
    "feedback_answer": """
        SELECT count(*) FROM mdl_feedback_value v
        JOIN mdl_feedback_completed c ON c.id = v.completed WHERE c.userid = $1""",
    "feedback_response_open": of("mdl_feedback_completedtmp", "userid"),
    "feedback_answer_open": """
        SELECT count(*) FROM mdl_feedback_valuetmp v
        JOIN mdl_feedback_completedtmp c ON c.id = v.completed WHERE c.userid = $1""",
    "survey_answer": of("mdl_survey_answers", "userid"),
    "lesson_attempt": of("mdl_lesson_attempts", "userid"),
    "lesson_branch": of("mdl_lesson_branch", "userid"),
    "lesson_timer": of("mdl_lesson_timer", "userid"),
    "scorm_attempt": of("mdl_scorm_attempt", "userid"),
    "scorm_value": """
        SELECT count(*) FROM mdl_scorm_scoes_value v JOIN mdl_scorm_attempt a ON a.id = v.attemptid
        WHERE a.userid = $1""",
    "scorm_session": of("mdl_scorm_aicc_session", "userid"),
    "h5p_attempt": of("mdl_h5pactivity_attempts", "userid"),
    "h5p_result": """
        SELECT count(*) FROM mdl_h5pactivity_attempts_results r
        JOIN mdl_h5pactivity_attempts a ON a.id = r.attemptid WHERE a.userid = $1""",
    # Assessments
    "assignment_grade": of("mdl_assign_grades", "userid", "grader"),
    "assignment_feedback": """
        SELECT count(*) FROM mdl_assignfeedback_comments c JOIN mdl_assign_grades g ON g.id = c.grade
        WHERE g.userid = $1 OR g.grader = $1""",
    "assignment_feedback_file": """
        SELECT count(*) FROM mdl_assignfeedback_file f JOIN mdl_assign_grades g ON g.id = f.grade
        WHERE g.userid = $1 OR g.grader = $1""",
    "assignment_remark": """
        SELECT count(*) FROM mdl_assignfeedback_editpdf_cmnt c
        JOIN mdl_assign_grades g ON g.id = c.gradeid
        WHERE g.userid = $1 OR g.grader = $1""",
    "assignment_mark": """
        SELECT count(*) FROM mdl_assignfeedback_editpdf_annot a
        JOIN mdl_assign_grades g ON g.id = a.gradeid
        WHERE g.userid = $1 OR g.grader = $1""",
    "quick_remark": of("mdl_assignfeedback_editpdf_quick", "userid"),
    "assignment_flag": of("mdl_assign_user_flags", "userid", "allocatedmarker"),
    "assignment_alias": of("mdl_assign_user_mapping", "userid"),
    "assignment_override": of("mdl_assign_overrides", "userid"),
    "quiz_grade": of("mdl_quiz_grades", "userid"),
    "quiz_override": of("mdl_quiz_overrides", "userid"),
    "quiz_regrade": f"""
        SELECT count(*) FROM mdl_quiz_overview_regrades WHERE questionusageid IN ({_OWN_USAGES})""",
    "grade": of("mdl_grade_grades", "userid", "usermodified"),
    "grade_history": of("mdl_grade_grades_history", "userid", "usermodified", "loggeduser"),
    "forum_grade": of("mdl_forum_grades", "userid"),
    "rating": """
        SELECT count(*) FROM mdl_rating r
        LEFT JOIN mdl_forum_posts p
               ON r.component = 'mod_forum' AND r.ratingarea = 'post' AND p.id = r.itemid
        LEFT JOIN mdl_glossary_entries g
               ON r.component = 'mod_glossary' AND r.ratingarea = 'entry' AND g.id = r.itemid
        LEFT JOIN mdl_data_records d
               ON r.component = 'mod_data' AND r.ratingarea = 'entry' AND d.id = r.itemid
        WHERE r.userid = $1 OR p.userid = $1 OR g.userid = $1 OR d.userid = $1""",
    "workshop_assessment": """
        SELECT count(*) FROM mdl_workshop_assessments a
        LEFT JOIN mdl_workshop_submissions s ON s.id = a.submissionid
        WHERE a.reviewerid = $1 OR a.gradinggradeoverby = $1 OR s.authorid = $1""",
    "workshop_mark": """
        SELECT count(*) FROM mdl_workshop_grades m
        JOIN mdl_workshop_assessments a ON a.id = m.assessmentid
        LEFT JOIN mdl_workshop_submissions s ON s.id = a.submissionid
        WHERE a.reviewerid = $1 OR s.authorid = $1""",
    "workshop_result": of("mdl_workshop_aggregations", "userid"),
    "lesson_grade": of("mdl_lesson_grades", "userid"),
    "lesson_override": of("mdl_lesson_overrides", "userid"),
    "survey_note": of("mdl_survey_analysis", "userid"),
    "note": of("mdl_post", "userid", "usermodified", and_="module = 'notes'"),
    "rubric_rating": of("mdl_grading_instances", "raterid"),
    "rubric_remark": """
        SELECT count(*) FROM mdl_gradingform_rubric_fillings f
        JOIN mdl_grading_instances i ON i.id = f.instanceid WHERE i.raterid = $1""",
    "guide_remark": """
        SELECT count(*) FROM mdl_gradingform_guide_fillings f
        JOIN mdl_grading_instances i ON i.id = f.instanceid WHERE i.raterid = $1""",
    "activity_completion": of("mdl_course_modules_completion", "userid", "overrideby"),
    "activity_view": of("mdl_course_modules_viewed", "userid"),
    "course_completion": of("mdl_course_completions", "userid"),
    "course_criterion": of("mdl_course_completion_crit_compl", "userid"),
    "badge_issued": of("mdl_badge_issued", "userid"),
    "badge_criterion": of("mdl_badge_criteria_met", "userid"),
    "badge_award": of("mdl_badge_manual_award", "recipientid", "issuerid"),
    # Calendar
    "event_personal": of("mdl_event", "userid", and_="eventtype = 'user'"),
    "event_shared": of("mdl_event", "userid", and_="eventtype <> 'user'"),
    "calendar_subscription": of("mdl_event_subscriptions", "userid"),
} | OTHER_COUNTS
"""By record type of ``datamaps/moodle.yaml``; the internal logic is never exported."""
