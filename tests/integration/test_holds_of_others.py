"""What is held of one person outlasts the erasure of another one on whose record it hangs."""

from app.demo.school import Person
from tests.fixtures.holding import end, place, somebody
from tests.fixtures.office import APPROVAL, Json, Office

_ROW = """
    SELECT id, institution_id, full_name, email, username, student_no, candidate_id, role
    FROM person WHERE institution_id = {institution} AND role = 'teacher' AND email IS NOT NULL ORDER BY id LIMIT 1
"""
_COURSE = """
    INSERT INTO course (institution_id, responsible_id, code, title, starts_on, ends_on)
    VALUES ($1, $2, 'H1', 'Held', '2026-01-05', '2026-06-19') RETURNING id
"""
_ENROLLED = (
    "INSERT INTO enrolment (course_id, person_id, role, enrolled_at) VALUES ($1, $2, $3, now())"
)
_TEST = """
    INSERT INTO test (course_id, author_id, title, opens_at, closes_at)
    VALUES ($1, $2, 'Held', now(), now()) RETURNING id
"""
_QUESTION = """
    INSERT INTO test_question (test_id, course_id, author_id, position, body, max_points)
    VALUES ($1, $2, $3, 1, 'Why?', 2) RETURNING id
"""
_ATTEMPT = """
    INSERT INTO test_attempt (
        test_id, student_id, started_at, allowed_time, ip_address, browser, operating_system
    ) VALUES ($1, $2, now(), '1 hour', '10.0.0.7', 'Firefox', 'Linux') RETURNING id
"""
_ANSWER = "INSERT INTO test_answer (attempt_id, question_id, answer) VALUES ($1, $2, 'Because')"


async def _teacher(office: Office) -> Person:
    institution = office.workplace.campus.facts.institutions[0].key
    (row,) = await office.workplace.lms_rows(_ROW.format(institution=institution))
    return Person(**dict(row))


async def test_an_erasure_that_would_take_what_anothers_held_records_hang_on_waits_for_the_hold(
    office: Office,
) -> None:
    student, teacher = await somebody(office), await _teacher(office)
    course = await office.lms(_COURSE, teacher.institution_id, teacher.id)
    for person in (student, teacher):
        await office.lms(_ENROLLED, course, person.id, person.role)
    test = await office.lms(_TEST, course, teacher.id)
    question = await office.lms(_QUESTION, test, course, teacher.id)
    await office.lms(_ANSWER, await office.lms(_ATTEMPT, test, student.id), question)
    hold = await place(office, student, record_type="test_answer")
    await office.erase(student)

    digest = (await office.preview("erasure", teacher))["digest"]
    body: Json = {"right": "erasure", "preview_digest": digest, "approval": APPROVAL}
    accepted = await office.post(
        "subject-requests", body | {"confirmation": await office.confirmed(teacher)}
    )
    await office.work()
    path = f"subject-requests/{accepted['id']}"
    stuck = await office.get(path)
    assert stuck["state"] == "needs_attention"
    assert "test_answer_question_id_fkey" in stuck["attention"]["detail"]
    held = "SELECT answer FROM test_answer WHERE question_id = $1"
    assert await office.lms(held, question) == "Because"

    await end(office, hold)
    assert await office.lms(held, question) is None
    resumed = await office.http.post(f"/v1/{path}/resumption", json={"reason": "It has ended."})
    assert resumed.is_success, resumed.text
    await office.work()
    assert (await office.get(path))["state"] == "completed"
    assert await office.lms("SELECT count(*) FROM test_question WHERE id = $1", question) == 0
