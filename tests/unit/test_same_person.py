"""Two names of one person, and two persons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.same_person import canonical, person_digest

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
ONE = [
    "Åse Berg",
    " Åse Berg ",
    "åse berg",
    "ÅSE  BERG",
    "A\u030ase Berg",
    "Å\u200bse Be\u00adrg",
    "A\u034f\u030ase Berg",
    *(f"Å{unseen}se Berg{unseen}" for unseen in "\ufe0f\u115f\u3164\uffa0\u180b\u17b4\U000e0100"),
    "Åse\u2800Berg\u2800",
    "\uff21\u030a\uff53\uff45\u3000\uff22\uff45\uff52\uff47",
]


@pytest.mark.parametrize("name", ONE, ids=ascii)
def test_however_a_person_is_written_it_is_the_same_one(name: str) -> None:
    assert canonical(name) == "åse berg"
    assert person_digest(KEY, name) == person_digest(KEY, ONE[0])


@pytest.mark.parametrize("name", ["Ase Berg", "Åse Bergh", "Berg Åse", "åse.berg@north.example"])
def test_another_name_is_another_person(name: str) -> None:
    assert person_digest(KEY, name) != person_digest(KEY, ONE[0])


def test_nobody_without_the_key_can_try_names_out() -> None:
    assert person_digest(KEY, ONE[0]) != person_digest(OTHER_KEY, ONE[0])


@given(st.text())
def test_what_is_canonical_stays_so(name: str) -> None:
    assert canonical(canonical(name)) == canonical(name)
    assert canonical(f"\u2060{name} ") == canonical(name)
