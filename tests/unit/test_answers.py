"""What the acting statements answer is read key by key, whichever way keys travel."""

import pytest

from app.rules import branches_of
from app.sources.sql.effects import answers
from schemas.vocabulary import Right
from tests.fixtures.small_lms import small_map

SPEC = small_map(
    {"note": {"roles": {"owner": {"column": "owner_id", "erasure": "delete"}}}}
).record_types["note"]
(BRANCH,) = branches_of(SPEC, Right.ERASURE)


@pytest.mark.parametrize("given", ["1,2,3", ["1", "2", "3"]])
def test_keys_are_as_many_as_there_are_records(given: str | list[str]) -> None:
    row = {"code": 0, "mask": 1, "is_removed": True, "records": 3, "key_0": given}
    (branch,) = answers.acted("note", SPEC, {0: BRANCH}, {}, [row]).branches
    assert (branch.is_deleted, branch.counted.count, branch.counted.roles) == (True, 3, ("owner",))
    assert (len(branch.keys), list(branch.keys)) == (3, [("1",), ("2",), ("3",)])
