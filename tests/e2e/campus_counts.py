"""How many records of each type the campus holds about a person, counted by hand-written SQL."""

import asyncpg

_SUBMISSIONS = "SELECT id FROM submission WHERE student_id = $1"
_ATTEMPTS = "SELECT id FROM test_attempt WHERE student_id = $1"
_THREADS = "SELECT thread_id FROM thread_member WHERE person_id = $1"

COUNTS: dict[str, str] = {
    "person": "SELECT count(*) FROM person WHERE id = $1",
    "guardian_of": "SELECT count(*) FROM guardian_of WHERE person_id = $1",
    "guardian": """SELECT count(*) FROM guardian
                   WHERE id IN (SELECT guardian_id FROM guardian_of WHERE person_id = $1)""",
    "login_session": "SELECT count(*) FROM login_session WHERE person_id = $1",
    "activity_log": "SELECT count(*) FROM activity_log WHERE person_id = $1 OR about_id = $1",
    "enrolment": "SELECT count(*) FROM enrolment WHERE person_id = $1",
    "project_member": "SELECT count(*) FROM project_member WHERE person_id = $1",
    "thread": f"SELECT count(*) FROM thread WHERE created_by_id = $1 OR id IN ({_THREADS})",
    "thread_member": "SELECT count(*) FROM thread_member WHERE person_id = $1",
    "message": f"SELECT count(*) FROM message WHERE sender_id = $1 OR thread_id IN ({_THREADS})",
    "discussion": "SELECT count(*) FROM discussion WHERE started_by_id = $1",
    "discussion_post": "SELECT count(*) FROM discussion_post WHERE author_id = $1",
    "announcement": "SELECT count(*) FROM announcement WHERE author_id = $1",
    "announcement_comment": "SELECT count(*) FROM announcement_comment WHERE author_id = $1",
    "course": "SELECT count(*) FROM course WHERE responsible_id = $1",
    "project": "SELECT count(*) FROM project WHERE created_by_id = $1",
    "assignment": "SELECT count(*) FROM assignment WHERE author_id = $1",
    "test": "SELECT count(*) FROM test WHERE author_id = $1",
    "test_question": """SELECT count(*) FROM test_question WHERE author_id = $1
                        OR test_id IN (SELECT id FROM test WHERE author_id = $1)""",
    "note": "SELECT count(*) FROM note WHERE owner_id = $1",
    "material": "SELECT count(*) FROM material WHERE owner_id = $1",
    "material_share": "SELECT count(*) FROM material_share WHERE person_id = $1",
    "grade": "SELECT count(*) FROM grade WHERE student_id = $1 OR teacher_id = $1",
    "marking_comment": f"""SELECT count(*) FROM marking_comment
                           WHERE assessor_id = $1 OR submission_id IN ({_SUBMISSIONS})""",
    "attendance": "SELECT count(*) FROM attendance WHERE student_id = $1 OR recorded_by_id = $1",
    "behaviour_comment": """SELECT count(*) FROM behaviour_comment
                            WHERE student_id = $1 OR teacher_id = $1""",
    "extra_time": "SELECT count(*) FROM extra_time WHERE student_id = $1 OR granted_by_id = $1",
    "event_personal": "SELECT count(*) FROM event WHERE owner_id = $1 AND kind = 'personal'",
    "event_shared": "SELECT count(*) FROM event WHERE owner_id = $1 AND kind = 'shared'",
    "submission": "SELECT count(*) FROM submission WHERE student_id = $1",
    "submission_file": f"""SELECT count(*) FROM submission_file
                           WHERE submission_id IN ({_SUBMISSIONS})""",
    "plagiarism_check": f"""SELECT count(*) FROM plagiarism_check
                            WHERE submission_id IN ({_SUBMISSIONS})""",
    "test_attempt": "SELECT count(*) FROM test_attempt WHERE student_id = $1",
    "test_answer": f"SELECT count(*) FROM test_answer WHERE attempt_id IN ({_ATTEMPTS})",
}
"""By record type of ``datamaps/campus.yaml``; the internal logic is never exported."""


async def count_records(url: str, person_id: int) -> dict[str, int]:
    """Count every record type in one moment."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return {name: await connection.fetchval(sql, person_id) for name, sql in COUNTS.items()}
    finally:
        await connection.close()
