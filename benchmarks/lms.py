"""A small LMS of five tables with as many records of one subject as one wants."""

import random
from pathlib import Path

import asyncpg

SEED = 20_261_122
TABLES = {
    "message": "sender_id",
    "activity": "person_id",
    "post": "author_id",
    "submission": "student_id",
    "answer": "person_id",
}
"""Each table, and its column that names the subject."""

_WORDS = """
about above across after again against along always answer around because before behind
below between book both bring build carry change check class clear close colour come could
course different discuss during early earth enough every example experiment explain family
field figure final first follow force forest found friend general group happen heat history
house idea important include island keep kind language large later learn leave letter light
line listen little long machine make material matter measure might minute morning mountain
move music nature never night north note notice number object ocean often order other paper
pattern people period photosynthesis piece place plant point power present problem produce
question quick reach ready reason record remember report respiration result river science
season second sentence several should simple small sound south special stand start state
story strong student study subject surface system table teacher temperature thing think
thought through together toward travel tree under unit until usual value voice walk watch
water week weight while whole without wonder word work world write year young æøå naïve 🎓
R&D <b>bold</b> it's "quoted"
"""

_SCHEMA = """
CREATE TABLE school (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE person (id bigint PRIMARY KEY, school_id bigint NOT NULL REFERENCES school,
    full_name text NOT NULL, email text NOT NULL);
CREATE TABLE message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sender_id bigint NOT NULL REFERENCES person, thread_id bigint NOT NULL,
    sent_at timestamptz NOT NULL, subject text, body text NOT NULL);
CREATE TABLE activity (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person, at timestamptz NOT NULL, action text NOT NULL,
    ip inet, detail text NOT NULL);
CREATE TABLE post (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES person, course_id bigint, created_at timestamptz NOT NULL,
    title text, body text NOT NULL, likes int);
CREATE TABLE submission (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    student_id bigint NOT NULL REFERENCES person, assignment_id bigint, submitted_at timestamptz,
    answer text NOT NULL, words int, score numeric(6,2));
CREATE TABLE answer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person, question_id int, answered_at timestamp,
    text text, seconds int, correct boolean);
INSERT INTO school VALUES (1, 'Measured School');
CREATE TEMPORARY TABLE sentence (n int PRIMARY KEY, text text NOT NULL);
"""
_FILL = """
CREATE TEMPORARY TABLE made AS
    SELECT i, a.text || ' ' || b.text || ' ' || c.text AS long, a.text AS short,
        '2026-01-01'::timestamptz + i * interval '61.25 seconds' AS at
    FROM generate_series(1::bigint, $rows) AS i
    JOIN sentence a ON a.n = (i * 7919) % 5000 JOIN sentence b ON b.n = (i * 104729 + 13) % 5000
    JOIN sentence c ON c.n = (i * 611953 + 7) % 5000;
INSERT INTO message (sender_id, thread_id, sent_at, subject, body)
    SELECT $person, i % 100, at, left(short, 20), long FROM made;
INSERT INTO activity (person_id, at, action, ip, detail)
    SELECT $person, at, 'viewed', '10.1.2.3', long FROM made;
INSERT INTO post (author_id, course_id, created_at, title, body, likes)
    SELECT $person, i % 50, at, left(short, 16), long, i % 7 FROM made;
INSERT INTO submission (student_id, assignment_id, submitted_at, answer, words, score)
    SELECT $person, i % 90, at, long, i % 300, i % 100 + 0.5 FROM made;
INSERT INTO answer (person_id, question_id, answered_at, text, seconds, correct)
    SELECT $person, i % 90, at, long, i % 300, i % 2 = 0 FROM made;
DROP TABLE made;
"""


async def fill(url: str, subjects: dict[int, int]) -> None:
    """Make the tables and give each subject so many records.

    Args:
        url: An empty database.
        subjects: A person's key to how many records they have, a multiple of five.
    """
    choose = random.Random(SEED)  # noqa: S311 - text, not secrets
    sentences = [
        (n, " ".join(choose.choices(_WORDS.split(), k=9)).capitalize() + ".") for n in range(5000)
    ]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_SCHEMA)
        await connection.copy_records_to_table("sentence", records=sentences)
        for person, records in subjects.items():
            email = f"{person}@school.example"
            await connection.execute(
                "INSERT INTO person VALUES ($1, 1, $2, $3)", person, f"Person {person}", email
            )
            rows = records // len(TABLES)
            await connection.execute(
                _FILL.replace("$rows", str(rows)).replace("$person", str(person))
            )
        for table, column in TABLES.items():
            await connection.execute(f"CREATE INDEX ON {table} ({column})")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def data_map() -> str:
    """Give the data map of this LMS."""
    return (Path(__file__).parent / "lms.yaml").read_text("utf-8")
