"""Assignments and tests, and what students hand in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from app.demo.phrases import DEVICES, INSTRUCTIONS
from app.demo.school import Course, Handed, Person, School
from app.demo.school_year import moment
from app.demo.traces import address


def add_responses(school: School) -> None:
    """Add assignments, tests, submissions and test attempts, which then wait for assessment.

    Args:
        school: With courses.
    """
    for course in school.courses:
        for topic in course.subject.topics[:3]:
            _add_assignment(school, course, topic)
        for topic in course.subject.topics[:2]:
            _add_test(school, course, topic)


def _add_assignment(school: School, course: Course, topic: str) -> None:
    chance = school.chance
    created_at = moment(chance)
    assignment_id = school.rows.add(
        "assignment",
        course_id=course.id,
        author_id=course.teacher.id,
        title=topic,
        instructions=chance.choice(INSTRUCTIONS).format(topic=topic.lower()),
        due_at=created_at + timedelta(days=14),
        created_at=created_at,
    )
    for student in course.students:
        if student is school.students[0] or chance.random() < 0.85:
            handed = Handed(course, student, topic, assignment_id=assignment_id)
            school.handed_in.append(_submit(school, handed, created_at))


def _submit(school: School, handed: Handed, created_at: datetime) -> Handed:
    chance = school.chance
    answer = " ".join(chance.choices(handed.course.subject.sentences, k=chance.randrange(3, 8)))
    is_first = handed.student is school.students[0]
    has_file = is_first or chance.random() < 0.35
    submitted_at = moment(chance, created_at)
    submission_id = school.rows.add(
        "submission",
        assignment_id=handed.assignment_id,
        student_id=handed.student.id,
        answer=chance.choice((answer, answer, "See the file." if has_file else answer, "")),
        submitted_at=submitted_at,
    )
    if has_file:
        _attach(school, submission_id, f"{handed.title}.pdf", answer, submitted_at)
    if is_first:
        _attach(school, submission_id, "foto på försöket.png", "", submitted_at)
    if is_first or chance.random() < 0.3:
        _check_for_plagiarism(school, submission_id, submitted_at)
    return replace(handed, submission_id=submission_id)


def _attach(
    school: School, submission_id: int, name: str, text: str, uploaded_at: datetime
) -> None:
    upload = school.store("submissions", name, text)
    if school.loses_files and not school.lost:
        school.uploads.lose(upload)
        school.lost.append(upload)
    school.rows.add(
        "submission_file",
        submission_id=submission_id,
        path=upload.path,
        original_name=upload.original_name,
        media_type=upload.media_type,
        size_bytes=upload.size_bytes,
        uploaded_at=uploaded_at,
    )


def _check_for_plagiarism(school: School, submission_id: int, submitted_at: datetime) -> None:
    similarity = Decimal(school.chance.randrange(0, 4200)) / 100
    sources = [{"url": "https://encyclopedia.example/article", "share": float(similarity)}]
    school.rows.add(
        "plagiarism_check",
        submission_id=submission_id,
        checker="Originality Check",
        similarity=similarity,
        report=json.dumps({"sources": sources if similarity > 5 else [], "language": "en"}),
        checked_at=submitted_at + timedelta(minutes=2),
    )


@dataclass(frozen=True, slots=True)
class _Quiz:
    """A test: its key, course, opening time, and each question's key and choices."""

    id: int
    course: Course
    opens_at: datetime
    questions: tuple[tuple[int, list[str]], ...]


def _add_test(school: School, course: Course, topic: str) -> None:
    opens_at = moment(school.chance)
    test_id = school.rows.add(
        "test",
        course_id=course.id,
        author_id=course.teacher.id,
        title=f"Test: {topic}",
        instructions=school.chance.choice((None, "No phones. You may use a dictionary.")),
        uses_candidates=True,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(hours=2),
    )
    quiz = _Quiz(test_id, course, opens_at, tuple(_add_questions(school, course, test_id)))
    for student in course.students:
        if student is school.students[0] or school.chance.random() < 0.9:
            _attempt(school, quiz, student)
            school.handed_in.append(Handed(course, student, f"Test: {topic}", test_id=test_id))


def _add_questions(school: School, course: Course, test_id: int) -> Iterator[tuple[int, list[str]]]:
    for position, (body, answer, wrong) in enumerate(course.subject.questions, start=1):
        choices = [answer, *wrong] if answer else []
        question_id = school.rows.add(
            "test_question",
            test_id=test_id,
            course_id=course.id,
            author_id=course.teacher.id,
            position=position,
            body=body,
            choices=choices or None,
            max_points=Decimal(2 if answer else 6),
        )
        yield question_id, choices


def _attempt(school: School, quiz: _Quiz, student: Person) -> None:
    chance = school.chance
    browser, operating_system = chance.choice(DEVICES)
    attempt_id = school.rows.add(
        "test_attempt",
        test_id=quiz.id,
        student_id=student.id,
        candidate_id=student.candidate_id,
        started_at=quiz.opens_at,
        submitted_at=quiz.opens_at + timedelta(minutes=chance.randrange(20, 60)),
        allowed_time=timedelta(minutes=60),
        ip_address=address(school),
        browser=browser,
        operating_system=operating_system,
    )
    answered_at = quiz.opens_at
    for question_id, choices in quiz.questions:
        time_spent = timedelta(seconds=chance.randrange(8, 700))
        answered_at += time_spent
        is_skipped = chance.random() < 0.04
        answer = chance.choice(choices or quiz.course.subject.sentences)
        school.rows.link(
            "test_answer",
            attempt_id=attempt_id,
            question_id=question_id,
            answer=None if is_skipped else answer,
            points=Decimal(0 if is_skipped else chance.randrange(5)) / 2,
            time_spent=time_spent,
            answered_at=None if is_skipped else answered_at,
        )
