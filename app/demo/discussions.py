"""Discussions in courses."""

from datetime import timedelta

from app.demo.phrases import DISCUSSION_TITLES, POSTS
from app.demo.school import Course, Person, School
from app.demo.school_year import moment


def add_discussions(school: School) -> None:
    """Add discussions that students and teachers started, with answers to answers.

    Args:
        school: With courses.
    """
    for course in school.courses:
        by_student, by_teacher = school.chance.sample(course.subject.topics, 2)
        _add_discussion(school, course, by_student, course.students[0])
        _add_discussion(school, course, by_teacher, course.teacher)


def _add_discussion(school: School, course: Course, topic: str, starter: Person) -> None:
    chance = school.chance
    posted_at = moment(chance)
    title = chance.choice(DISCUSSION_TITLES).format(topic=topic.lower())
    discussion_id = school.rows.add(
        "discussion",
        course_id=course.id,
        started_by_id=starter.id,
        title=title,
        body=f"{chance.choice(course.subject.sentences)} What do you think?",
        created_at=posted_at,
    )
    posts: list[int] = []
    authors = [course.students[0], *chance.choices(course.everybody, k=chance.randrange(3, 8))]
    for author in authors:
        posted_at += timedelta(minutes=chance.randrange(2, 2000))
        is_reply = posts and chance.random() < 0.5
        post_id = school.rows.add(
            "discussion_post",
            discussion_id=discussion_id,
            parent_id=chance.choice(posts) if is_reply else None,
            author_id=author.id,
            body=chance.choice((*POSTS, *course.subject.sentences)),
            posted_at=posted_at,
            edited_at=posted_at + timedelta(minutes=4) if chance.random() < 0.05 else None,
        )
        posts.append(post_id)
