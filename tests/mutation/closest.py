"""Which tests look closest at a file, quick ones first."""

_SQL = "tests/integration"
_EFFECTS = (
    "tests/unit/test_direct_acts.py",
    "tests/unit/test_containers.py",
    f"{_SQL}/test_persons_in_sql.py",
    f"{_SQL}/test_effects_in_sql.py",
    f"{_SQL}/test_living_in_sql.py",
    f"{_SQL}/test_looking_again_in_sql.py",
    f"{_SQL}/test_releases_in_sql.py",
    f"{_SQL}/test_restores_in_sql.py",
    f"{_SQL}/test_held_in_sql.py",
    f"{_SQL}/test_holds_in_sql.py",
    f"{_SQL}/test_decisions_in_sql.py",
)
_BESIDE = {
    "app/rules.py": (
        "tests/unit/test_decisions.py",
        "tests/unit/test_held_types.py",
        "tests/unit/test_ordering.py",
        "tests/unit/test_explained_rules.py",
        "tests/unit/test_data_map_check.py",
        "tests/unit/test_data_map_check_live.py",
    ),
    "app/sources/sql/effects/fates.py": (f"{_SQL}/test_fates.py",),
    "app/sources/sql/effects/every.py": (f"{_SQL}/test_lms_grants.py",),
    "app/sources/sql/locate.py": (f"{_SQL}/test_sql_roles.py",),
}


def closest(file: str) -> tuple[str, ...]:
    """Name the tests for a file; those of effects where nothing else is known.

    Args:
        file: As the repository names it.
    """
    return (*_BESIDE.get(file, ()), *_EFFECTS)
