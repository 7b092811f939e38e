"""What the log says where an LMS refuses: which condition it was, and no value of the LMS."""

import pytest

from schemas.vocabulary import Right
from tests.fixtures.workplace import Workplace

_REFUSAL = """
    CREATE TABLE IF NOT EXISTS taken (name text CONSTRAINT one_of_a_name UNIQUE);
    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN {refused}; RETURN OLD; END
    $$;
    CREATE TRIGGER refuses BEFORE UPDATE OR DELETE ON person FOR EACH ROW EXECUTE FUNCTION refuse()
"""
_REFUSED = {
    "RAISE EXCEPTION '% stays', OLD.full_name USING DETAIL = OLD.email, HINT = OLD.username": (
        "RaiseError (P0001)"
    ),
    "INSERT INTO public.taken VALUES (OLD.full_name), (OLD.full_name)": (
        "UniqueViolationError (23505), constraint one_of_a_name of taken"
    ),
    "RAISE unique_violation USING CONSTRAINT = OLD.full_name, TABLE = OLD.email": (
        "UniqueViolationError (23505)"
    ),
    "PERFORM OLD.full_name::integer": "InvalidTextRepresentationError (22P02)",
    "PERFORM OLD.email::date": "InvalidDatetimeFormatError (22007)",
}


@pytest.mark.parametrize(
    "refused", _REFUSED, ids=[f"{n}: {told}" for n, told in enumerate(_REFUSED.values())]
)
async def test_a_failure_is_logged_by_its_kind_and_without_any_value(
    workplace: Workplace, caplog: pytest.LogCaptureFixture, refused: str
) -> None:
    person = workplace.campus.facts.namesakes[0]
    await workplace.lms_does(_REFUSAL.format(refused=refused))
    try:
        request = await workplace.carry_out(str(person.id), Right.ERASURE)
    finally:
        await workplace.lms_does("DROP TRIGGER refuses ON person")
    assert (await workplace.job(request))["attention_reason"] == "source_disagrees"
    (record,) = [each for each in caplog.records if each.msg == "job.failed"]
    told = vars(record)
    assert (record.levelname, told["job_id"]) == ("WARNING", str(request.job_id))
    assert told["source"] == "lms"
    assert told["detail"] == f"PostgreSQL refused: {_REFUSED[refused]}"
    line = str(told)
    assert [
        each for each in (person.full_name, person.email, person.username) if each in line
    ] == []
