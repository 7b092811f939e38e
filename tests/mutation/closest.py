"""Which tests look closest at a file, quick ones first."""

_SQL = "tests/integration"
_UNIT = "tests/unit"
_EFFECTS = (
    f"{_UNIT}/test_answers.py",
    f"{_UNIT}/test_direct_acts.py",
    f"{_UNIT}/test_containers.py",
    f"{_UNIT}/test_set_values.py",
    f"{_SQL}/test_persons_in_sql.py",
    f"{_SQL}/test_effects_in_sql.py",
    f"{_SQL}/test_trees_in_sql.py",
    f"{_SQL}/test_living_in_sql.py",
    f"{_SQL}/test_looking_again_in_sql.py",
    f"{_SQL}/test_releases_in_sql.py",
    f"{_SQL}/test_releases_among_references.py",
    f"{_SQL}/test_restores_in_sql.py",
    f"{_SQL}/test_held_in_sql.py",
    f"{_SQL}/test_holds_in_sql.py",
    f"{_SQL}/test_held_trees_in_sql.py",
    f"{_SQL}/test_decisions_in_sql.py",
)
_BESIDE = {
    "app/rules.py": (
        f"{_UNIT}/test_decisions.py",
        f"{_UNIT}/test_held_types.py",
        f"{_UNIT}/test_ordering.py",
        f"{_UNIT}/test_explained_rules.py",
        f"{_UNIT}/test_data_map_check.py",
        f"{_UNIT}/test_data_map_check_live.py",
    ),
    "app/sources/sql/effects/fates.py": (f"{_SQL}/test_fates.py",),
    "app/sources/sql/effects/every.py": (f"{_SQL}/test_lms_grants.py",),
    "app/sources/sql/effects/former.py": (
        f"{_UNIT}/test_former_rows.py",
        f"{_SQL}/test_sql_roles.py",
        "tests/oracle/test_oracle_scenes.py",
    ),
    "app/sources/sql/effects/releases.py": (f"{_SQL}/test_threads_taken_apart.py",),
    "app/sources/sql/locate.py": (f"{_SQL}/test_locating_in_sql.py", f"{_SQL}/test_sql_roles.py"),
}
_DOMAIN = {
    "acting_persons": (f"{_UNIT}/test_acting_persons.py",),
    "api_keys": (f"{_UNIT}/test_api_keys.py",),
    "checkpoints": (f"{_UNIT}/test_checkpoints.py",),
    "claims": (f"{_UNIT}/test_claims.py",),
    "conditions": (f"{_UNIT}/test_conditions.py", f"{_UNIT}/test_decisions.py"),
    "deadlines": (f"{_UNIT}/test_deadlines.py",),
    "decisions": (f"{_UNIT}/test_decisions.py",),
    "errors": (f"{_UNIT}/test_errors.py",),
    "holds": (f"{_UNIT}/test_held_types.py",),
    "ids": (f"{_UNIT}/test_ids.py",),
    "networks": (f"{_UNIT}/test_networks.py",),
    "same_person": (f"{_UNIT}/test_same_person.py",),
    "scopes": (f"{_UNIT}/test_scopes.py",),
    "upload_paths": (f"{_UNIT}/test_upload_paths.py",),
    "volume_brake": (f"{_UNIT}/test_volume_brake.py",),
    "webhook_addresses": (f"{_UNIT}/test_webhook_addresses.py",),
    "webhook_schedule": (f"{_UNIT}/test_webhook_schedule.py",),
}
"""Pure functions, which need nothing but what is called with them."""


def closest(file: str) -> tuple[str, ...]:
    """Name the tests for a file; those of effects where nothing else is known.

    Args:
        file: As the repository names it.
    """
    pure = _DOMAIN.get(file.removeprefix("app/domain/").removesuffix(".py"))
    return pure or (*_BESIDE.get(file, ()), *_EFFECTS)
