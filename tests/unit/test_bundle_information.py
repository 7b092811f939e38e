"""What a bundle tells beside the records comes from the data map and the controller's settings."""

from dataclasses import replace

import pytest

from app.bundles.contents import RecordTypeSection, RecordTypeSummary
from app.bundles.glance import glance_rows, held_record_types
from app.bundles.header import BundleHeader, RetentionNote
from app.bundles.information import controller_details, information, record_type_heading
from app.bundles.wording import (
    CATEGORY_TITLES,
    LAWFUL_BASIS_TITLES,
    RIGHT_TITLES,
    period_days,
    period_text,
)
from schemas.controllers import ControllerSettings
from schemas.vocabulary import Category, LawfulBasis, Right
from tests.fixtures import bundles


@pytest.mark.parametrize(
    ("duration", "reads"),
    [
        ("P1Y", "1 year"),
        ("P3Y", "3 years"),
        ("P1Y6M", "1 year and 6 months"),
        ("P2Y1M3D", "2 years, 1 month and 3 days"),
        ("P4W", "4 weeks"),
        ("P0D", "0 days"),
    ],
)
def test_a_period_reads(duration: str, reads: str) -> None:
    assert period_text(duration) == reads


def test_periods_compare() -> None:
    periods = ["P10D", "P2W", "P1M", "P6M", "P1Y", "P1Y6M"]
    assert sorted(sorted(periods), key=period_days) == periods


def test_every_word_of_the_vocabulary_has_a_title() -> None:
    assert set(CATEGORY_TITLES) == set(Category)
    assert set(LAWFUL_BASIS_TITLES) == set(LawfulBasis)
    assert set(RIGHT_TITLES) == set(Right)


def told(settings: ControllerSettings = bundles.SETTINGS) -> BundleHeader:
    return bundles.header(settings=settings)


def test_purposes_are_those_that_record_types_name() -> None:
    used = {name for spec in bundles.campus().record_types.values() for name in spec.purposes}
    assert {each.name for each in told().information.purposes} == used


def test_a_purpose_that_the_controller_did_not_agree_to_is_not_told() -> None:
    settings = ControllerSettings(excluded_purposes=("teaching",))
    assert "teaching" not in {each.name for each in told(settings).information.purposes}
    heading = record_type_heading("message", [], bundles.campus(), settings)
    assert "teaching" not in {each.name for each in heading.purposes}


def test_the_controllers_period_stands_in_place_of_the_maps() -> None:
    settings = ControllerSettings(retention_overrides={"message": "P90D"})
    note = next(
        each for each in told(settings).information.retention if each.record_type == "message"
    )
    assert (note.period, note.text) == ("P90D", "90 days")


def test_transfers_are_the_recipients_with_a_safeguard() -> None:
    transfers = told().information.transfers
    assert [each.country for each in transfers] == ["United States"]
    assert all(each.safeguard for each in transfers)


def test_the_complaint_names_the_authority_where_it_is_known() -> None:
    assert "Datatilsynet" in told().information.complaint
    assert "you may complain" in told(ControllerSettings()).information.complaint.lower()


def test_a_map_that_tells_nothing_of_machines_says_so() -> None:
    silent = bundles.campus().model_copy(update={"automated_decisions": None})
    settings = ControllerSettings()
    text = information(silent, settings, controller_details("Fjordvik", settings))
    assert text.automated_decisions.startswith("Nothing has been stated")


def with_period(name: str, count: int, period: str | None, text: str) -> RecordTypeSection:
    heading = replace(bundles.heading(name), retention=RetentionNote(name, name, period, text))
    return RecordTypeSection(heading, RecordTypeSummary(count))


@pytest.mark.parametrize(
    ("periods", "reads"),
    [
        ([("P1Y", "1 year")], "1 year"),
        ([("P1Y", "1 year"), ("P1Y", "1 year")], "1 year"),
        ([(None, "Until you leave.")], "Until you leave"),
        ([("P1Y", "1 year"), (None, "As long as needed.")], "1 year or as long as needed"),
        (
            [("P5Y", "5 years"), ("P1Y", "1 year"), ("P2Y", "2 years")],
            "1 year to 5 years, by kind of record",
        ),
        (
            [("P5Y", "5 years"), ("P1Y", "1 year"), (None, "Until …")],
            "By kind of record, as stated below",
        ),
    ],
    ids=[
        "one",
        "criteria in a sentence",
        "the same twice",
        "two",
        "several periods",
        "periods and criteria",
    ],
)
def test_how_long_a_category_is_held_reads(
    periods: list[tuple[str | None, str]], reads: str
) -> None:
    names = ["message", "thread", "announcement"]
    sections = [with_period(name, 1, *period) for name, period in zip(names, periods, strict=False)]
    (row,) = glance_rows({Category.COMMUNICATION: sections})
    assert row.how_long == reads


def test_the_largest_record_types_come_first_and_empty_ones_are_not_drawn() -> None:
    sections = [
        with_period("message", 5, None, "x"),
        with_period("thread", 0, None, "x"),
        with_period("announcement", 10, None, "x"),
    ]
    bars = held_record_types({Category.COMMUNICATION: sections})
    assert [(bar.count, bar.percent) for bar in bars] == [(10, 100.0), (5, 50.0)]
    assert held_record_types({}) == ()
