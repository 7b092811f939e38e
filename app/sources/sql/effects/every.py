"""Every statement that is ever run for a data map, gone through for what they need."""

from dataclasses import replace
from itertools import product

from app.domain.catalogue import Catalogue
from app.ordering import Order
from app.rules import branches_of
from app.sources.hands import LOGIN
from app.sources.sql.compile import Export, ExportCompiler
from app.sources.sql.effects import persons
from app.sources.sql.effects.looks import Part
from app.sources.sql.effects.statements import Statements
from app.sources.sql.effects.uploads import file_columns
from app.sources.sql.people import describe_sql, keys_sql, search_sql
from schemas.data_map import DataMap, SubjectIdentifier
from schemas.vocabulary import Right

_EXPORTS = (Right.ACCESS, Right.PORTABILITY)
_EFFECTS = (Right.RESTRICTION, Right.ERASURE)
_LARGE = 1_000_000
"""Rows: a table of so many is read in parts."""


def compile_reading(data_map: DataMap, catalogue: Catalogue, source: str) -> None:
    """Compile all that searches, exports and previews run.

    Args:
        data_map: A map without errors.
        catalogue: The source's live catalogue.
        source: Its name.
    """
    if source == data_map.subject.source:
        _find_people(data_map, catalogue)
    for right, rows in product(_EXPORTS, (0, _LARGE)):
        sized = {name: replace(each, row_estimate=rows) for name, each in catalogue.tables.items()}
        compiler = ExportCompiler(data_map, replace(catalogue, tables=sized), right, 2)
        for name, spec in data_map.record_types.items():
            if (spec.source or data_map.subject.source) == source:
                _compile_export(compiler.compile(name))
    for right in _EFFECTS:
        statements = Statements(data_map, catalogue, right, source)
        for name in _worked(statements.order()):
            for part in Part:
                statements.counts(name, is_forecast=True, is_bound=True, part=part)


def _compile_export(export: Export) -> None:
    """Compile what most exports do not run, too."""
    export.count()
    for part in (export.free, export.held):
        if part is not None:
            _compile_export(part())


def compile_effects(data_map: DataMap, catalogue: Catalogue, source: str) -> None:
    """Compile all that restrictions, lifts, erasures and releases run besides; as above."""
    for right in _EFFECTS:
        statements = Statements(data_map, catalogue, right, source)
        order = statements.order()
        for name in _worked(order):
            _look(statements, name, is_noted=name in order.noted)
            if statements.decisions(name).acting:
                _act(statements, name)
            if right is Right.ERASURE:
                _release(statements, name)
    if source == data_map.subject.source:
        _make_ready(data_map, catalogue)


def _find_people(data_map: DataMap, catalogue: Catalogue) -> None:
    subject = data_map.subject
    describe_sql(data_map, catalogue)
    keys_sql(data_map, catalogue)
    for each in (*subject.identifiers.values(), SubjectIdentifier(column=subject.key)):
        search_sql(data_map, catalogue, each)
    persons.is_there(data_map, catalogue)
    if subject.stand_in is not None:
        persons.find_stand_in(data_map, catalogue, subject.stand_in)


def _make_ready(data_map: DataMap, catalogue: Catalogue) -> None:
    """The stand-in and the log-in."""
    subject = data_map.subject
    if subject.stand_in is not None:
        persons.make_stand_in(data_map, catalogue, subject.stand_in)
    if subject.login is not None:
        persons.block_login(data_map, catalogue, subject.login)
        way_back = Statements(data_map, catalogue, Right.RESTRICTION, subject.source)
        way_back.lock(LOGIN)
        way_back.put_back(LOGIN, way_back.restorable(LOGIN))
        way_back.unrestored(LOGIN, way_back.restorable(LOGIN))


def _look(statements: Statements, name: str, *, is_noted: bool) -> None:
    for part in Part:
        statements.counts(name, is_forecast=False, is_bound=False, part=part)
        statements.kept_containers(name, part)
    if is_noted:
        statements.notes(name)


def _act(statements: Statements, name: str) -> None:
    decisions = statements.decisions(name)
    statements.candidates(name)
    for is_noted in (False, True):
        statements.act(name, is_noted=is_noted)
    changes = [decisions.change(code) for code in decisions.acting]
    for change in changes:
        statements.unaffected(name, change)
    if statements.right is Right.RESTRICTION:
        if any(change is not None for change in changes):
            statements.lock(name)
            statements.put_back(name, statements.restorable(name))
        if any(change is None for change in changes):
            statements.insert_again(name)
        statements.unrestored(name, statements.restorable(name))
    else:
        for field in file_columns(statements.spec(name)):
            statements.still_named(name, field)


def _release(statements: Statements, name: str) -> None:
    for branch in branches_of(statements.spec(name), Right.ERASURE):
        if branch.rule.until is not None and branch.rule.then is not None:
            statements.release(name, branch)


def _worked(order: Order) -> tuple[str, ...]:
    return (*order.names, *order.persons)
