"""Log-in is blocked before anything else of a person's is changed."""

import json
from collections.abc import AsyncIterator

import pytest

from schemas.vocabulary import Right
from tests.fixtures.workplace import Workplace

_WATCH = """
    CREATE TABLE watched (number bigint GENERATED ALWAYS AS IDENTITY, place text, act text, row jsonb,
        transaction xid8 DEFAULT pg_current_xact_id());
    CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.watched (place, act, row) VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(NEW));
        RETURN NULL;
    END $$;
    DO $$ DECLARE each record; BEGIN
        FOR each IN SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename <> 'watched'
        LOOP
            EXECUTE format('CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON %I'
                ' FOR EACH ROW EXECUTE FUNCTION watch()', each.tablename);
        END LOOP;
    END $$
"""


@pytest.fixture
async def _watched(workplace: Workplace) -> AsyncIterator[None]:
    """Have the LMS write down every row that is changed, in order."""
    await workplace.lms_does(_WATCH)
    yield
    await workplace.lms_does("DROP FUNCTION watch() CASCADE; DROP TABLE watched")


@pytest.mark.usefixtures("_watched")
@pytest.mark.parametrize(
    ("right", "options"),
    [(Right.RESTRICTION, {"ground": "accuracy_contested"}), (Right.ERASURE, {})],
)
async def test_log_in_is_blocked_first(
    workplace: Workplace, right: Right, options: dict[str, str]
) -> None:
    facts = workplace.campus.facts
    person = facts.namesakes[0 if right is Right.RESTRICTION else 1].id
    request = await workplace.carry_out(str(person), right, **options)
    job = await workplace.job(request)
    assert job["state"] == "completed", job["attention_detail"]
    first, *others = await workplace.lms_rows(  # an institution's first job makes its stand-in
        "SELECT place, act, row, transaction::text FROM watched WHERE act <> 'INSERT' ORDER BY number"
    )
    assert (first["place"], first["act"]) == ("person", "UPDATE")
    blocked = json.loads(first["row"])
    assert (blocked["id"], blocked["active"]) == (person, False)
    assert len(others) > 10
    assert int(first["transaction"]) == min(int(each["transaction"]) for each in (first, *others))
