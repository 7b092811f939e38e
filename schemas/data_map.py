"""The grammar of a data map: what an LMS holds and how each right treats it.

One YAML document describes one LMS. This module is its shape and nothing more: what can be
seen only across the document or against a live database is checked in ``app.datamap``.

Reference:
    ``docs/data-map.md``.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from schemas.vocabulary import Category, Effect, LawfulBasis, Rectifier, Right, SourceKind
from schemas.wire import Wire

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A name that the map itself gives: a source, purpose, audience, record type, role or field."""

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=63, pattern=r"^[^\"\x00]+$")]
"""The name of a table or column, as the database spells it."""

Path = Annotated[str, StringConstraints(min_length=1, max_length=255)]
"""A column, or a dotted path over foreign keys (``announcement.course``)."""

ColumnOfTable = Annotated[
    str, StringConstraints(max_length=127, pattern=r"^[^\"\x00]+\.[^\".\x00]+$")
]
"""A column with its table: ``table.column``."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=4_000, strip_whitespace=True)]
"""A sentence for people."""

Duration = Annotated[
    str,
    StringConstraints(
        pattern=r"^P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?$", min_length=3, max_length=32
    ),
]
"""An ISO 8601 duration of years, months, weeks or days."""

Scalar = bool | int | float | str | None


def _listed(value: object) -> object:
    """Read one item where a list may stand."""
    return value if value is None or isinstance(value, list | tuple) else [value]


def _ruled(value: object) -> object:
    """Read ``hide`` and ``{effect: hide}`` as ``[{effect: hide}]``."""
    listed = _listed(value)
    if not isinstance(listed, list | tuple):
        return listed
    return [{"effect": rule} if isinstance(rule, str) else rule for rule in listed]


class SourceSpec(Wire):
    """A back end that holds personal data."""

    kind: SourceKind
    url: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    """An address; ``${NAME}`` stands for an environment variable of the process that connects."""
    schema_name: Annotated[Identifier, Field(alias="schema")] = "public"
    """The PostgreSQL schema that holds the tables."""


class Condition(Wire):
    """A question about a record. Several keys are joined by "and"."""

    only_subject: Name | None = None
    """An audience: nobody but the subject can see the record."""
    shared: Name | None = None
    """An audience: somebody else can see the record."""
    nobody_left: Name | None = None
    """An audience: every person in it is erased, or is the subject."""
    container_gone: Annotated[tuple[Path, ...] | None, BeforeValidator(_listed)] = None
    """Columns that name containers: all of them are irreversibly gone."""
    person_gone: Identifier | None = None
    """A column that names a person: that person is erased."""
    named_by_kept: bool | None = None
    """Kept records still show the subject's name."""
    is_: Annotated[dict[Identifier, Scalar | tuple[Scalar, ...]] | None, Field(alias="is")] = None
    """Columns and the value (or one of the values) that they hold."""
    not_: Annotated["Condition | None", Field(alias="not")] = None
    """The opposite of a condition."""

    @model_validator(mode="after")
    def _asks_something(self) -> "Condition":
        if not self.model_fields_set:
            raise ValueError("a condition asks something: name only_subject, is, not, …")
        return self


class Rule(Wire):
    """What happens to a record, and when."""

    when: Condition | None = None
    effect: Effect
    set_: Annotated[dict[Identifier, Scalar] | None, Field(alias="set")] = None
    """Columns set by this rule, in place of the record type's ``anonymise`` or ``hide``."""
    until: Condition | None = None
    """A deferral: the effect stands until this holds."""
    then: Effect | None = None
    """What follows when ``until`` holds."""
    because: Text | None = None
    article: Annotated[str | None, StringConstraints(pattern=r"^17\(3\)\([a-e]\)$")] = None
    """The exception to erasure that a ``keep`` rests on."""

    @model_validator(mode="after")
    def _is_whole(self) -> "Rule":
        if (self.until is None) != (self.then is None):
            raise ValueError("until and then stand together or not at all")
        if self.effect is Effect.KEEP and self.until is not None and self.because is None:
            raise ValueError("a record that is kept until later says because")
        return self


Rules = Annotated[tuple[Rule, ...] | None, BeforeValidator(_ruled)]
"""An ordered list: the first rule that holds wins."""


class FileSpec(Wire):
    """Where the upload lies that a field names."""

    source: Name
    path: Annotated[str, StringConstraints(max_length=255)] = "{}"
    """The path in the file store: ``{}`` is the field's value, ``{0:2}`` its first two characters."""
    name: Identifier | None = None
    """The column that holds the name the uploader gave."""


class Lookup(Wire):
    """A value from another table, found by a unique key, that makes a record readable."""

    table: Identifier
    match: dict[Identifier, Identifier]
    """This record's column to the other table's column."""
    column: Identifier


class FieldSpec(Wire):
    """A field of a record."""

    title: Text
    column: Identifier | None = None
    """The column, where it is not the field's own name."""
    lookup: Lookup | None = None
    """The place of the value, where it is not a column of the record type's table."""
    third_party: bool = False
    """About somebody else: redacted for the subject, and registered as redacted."""
    file: FileSpec | None = None
    provided_by_subject: bool | tuple[Name, ...] = False
    """Art. 20: given by the subject, in every role or in those listed."""
    internal: bool = False
    """Never exported."""
    unit: Literal["epoch_seconds"] | None = None
    """How a number is to be read."""

    @model_validator(mode="after")
    def _has_one_place(self) -> "FieldSpec":
        if self.column is not None and self.lookup is not None:
            raise ValueError("a field has a column or a lookup, not both")
        return self


class Role(Wire):
    """In what part a record names the subject, and how each right treats it then."""

    column: Identifier | None = None
    """The column that holds the subject's key."""
    via: Name | None = None
    """A record type of the same source through which the record is found."""
    via_roles: tuple[Name, ...] | None = None
    """The roles of ``via`` that count; all of them where this is left out."""
    match: dict[Identifier, Identifier] | None = None
    """With ``via``: this table's column to the column of ``via``'s table."""
    where: Condition | None = None
    """An ``is`` (or ``not`` ``is``) that the record must also meet in this role."""
    title: Text | None = None
    third_party: tuple[Name, ...] = ()
    """Fields that are about somebody else when the subject has only this role."""
    restriction: Rules = None
    erasure: Rules = None

    @model_validator(mode="after")
    def _locates(self) -> "Role":
        if (self.column is None) == (self.via is None):
            raise ValueError("a role has a column, or via with match")
        if (self.via is None) != (self.match is None):
            raise ValueError("via and match stand together")
        return self


class Change(Wire):
    """How a record is anonymised or hidden."""

    set_: Annotated[dict[Identifier, Scalar] | None, Field(alias="set")] = None
    """Columns and their new values; ``$stand_in`` is the controller's stand-in."""
    blank: tuple[Identifier, ...] | None = None
    """Columns emptied, where the table has no soft-delete marker."""
    remove: bool = False
    """The row itself moves to the vault."""

    @model_validator(mode="after")
    def _changes_something(self) -> "Change":
        if not self.set_ and not self.blank and not self.remove:
            raise ValueError("say set, blank or remove")
        return self


class RecordType(Wire):
    """A kind of record in one source."""

    category: Category
    title: Text
    table: Identifier
    source: Name | None = None
    """The source; the subject's own where this is left out."""
    key: Annotated[tuple[Identifier, ...], BeforeValidator(_listed), Field(min_length=1)] = ("id",)
    controller: Identifier | None = None
    """The table's own column that holds the controller's key, if it has one."""
    where: Condition | None = None
    """An ``is`` that splits one table into several record types."""
    purposes: tuple[Name, ...] = ()
    retention: Duration | None = None
    retention_criteria: Text | None = None
    """How long the record is held, where no fixed period can be given."""
    origin: Text | None = None
    """Where the data comes from, where not from the subject (Art. 15(1)(g))."""
    rectify: Rectifier | None = None
    """Who corrects the record (Art. 16)."""
    seen_by_staff: Text | None = None
    holds_nothing: Text | None = None
    """Why a table that refers to persons holds nothing about them."""
    fields: dict[Name, FieldSpec] = {}
    anonymise: Change | None = None
    hide: Change | None = None
    roles: dict[Name, Role] = {}
    restriction: Rules = None
    """The rules of every role that has none of its own."""
    erasure: Rules = None

    @model_validator(mode="after")
    def _says_something(self) -> "RecordType":
        if self.holds_nothing is None and not self.fields and self.category != "internal_logic":
            raise ValueError("name the fields, or say holds_nothing: because …")
        return self


class EveryoneWhere(Wire):
    """Everyone of the controller, where the record meets a condition."""

    everyone: Condition


class Audience(Wire):
    """The persons who can see a record."""

    table: Identifier | None = None
    match: dict[Identifier, Identifier] | None = None
    """The record's column to the column of ``table``."""
    person: Identifier | None = None
    where: Condition | None = None
    any_: Annotated[tuple[Name | EveryoneWhere, ...] | None, Field(alias="any")] = None
    """The union of other audiences."""

    @model_validator(mode="after")
    def _is_one_or_several(self) -> "Audience":
        one = (self.table, self.match, self.person)
        if self.any_ is None and None in one:
            raise ValueError("an audience has table, match and person, or any")
        if self.any_ is not None and any(part is not None for part in (*one, self.where)):
            raise ValueError("an audience of several has any and nothing else")
        return self


class SubjectIdentifier(Wire):
    """A column by which a person is looked for."""

    column: Identifier
    ignore_case: bool = False


def _identified(value: object) -> object:
    """Read ``email: email`` as ``email: {column: email}``."""
    return {"column": value} if isinstance(value, str) else value


class SubjectSpec(Wire):
    """The table of persons, and what a caller may find them by and see of them."""

    source: Name
    table: Identifier
    key: Identifier
    controller: Identifier | None = None
    """The column that holds the controller's key; none where the source has one controller."""
    identifiers: Annotated[
        dict[Name, Annotated[SubjectIdentifier, BeforeValidator(_identified)]], Field(min_length=1)
    ]
    display: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    where: Condition | None = None
    """An ``is`` that leaves out rows that are nobody (the stand-in, guests)."""
    created: Identifier | None = None
    """The column with the moment a person was created: with a time zone, or in epoch seconds."""
    referred_to_by: tuple[Identifier, ...] = ()
    """Names of columns that mean a person where the database has no foreign keys; ``*`` matches."""
    stand_in: Change | None = None
    login: Change | None = None


class Purpose(Wire):
    """Why data is processed.

    Reference:
        GDPR Art. 15(1)(a), Art. 6(1).
    """

    text: Text
    lawful_basis: LawfulBasis


class Recipient(Wire):
    """Who else sees data.

    Reference:
        GDPR Art. 15(1)(c), 15(2).
    """

    name: Text
    country: Text
    why: Text
    safeguard: Text | None = None
    """The safeguard of a transfer outside the EEA (Art. 46)."""


class LeftOut(Wire):
    """Columns that refer to persons, and that no right reaches."""

    columns: Annotated[tuple[ColumnOfTable, ...], BeforeValidator(_listed), Field(min_length=1)]
    because: Text
    """Why they are left as they are."""


class DataMap(Wire):
    """What one LMS holds and how each right treats it."""

    habeas: Literal[1]
    name: Name
    title: Text | None = None
    rights: tuple[Right, ...] = (Right.ACCESS, Right.PORTABILITY)
    """The rights that this map has rules for."""
    sources: Annotated[dict[Name, SourceSpec], Field(min_length=1)]
    subject: SubjectSpec
    purposes: dict[Name, Purpose] = {}
    recipients: dict[Name, Recipient] = {}
    automated_decisions: Text | None = None
    """What is decided by machines alone, or that nothing is (Art. 15(1)(h), Art. 22)."""
    audiences: dict[Name, Audience] = {}
    references: dict[ColumnOfTable, ColumnOfTable] = {}
    """Columns and the columns that they refer to, where the database has no foreign key."""
    left_out: tuple[LeftOut, ...] = ()
    """Columns of the subject's source that refer to persons and stand in no role, each with why."""
    record_types: Annotated[dict[Name, RecordType], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _self_role(cls, value: object) -> object:
        """Give record types over the subject table the role ``self`` where they name none."""
        if not isinstance(value, dict) or not isinstance(subject := value.get("subject"), dict):
            return value
        types = value.get("record_types")
        if not isinstance(types, dict):
            return value
        own = {"self": {"column": subject.get("key")}}
        return value | {
            "record_types": {
                name: spec | {"roles": own}
                if isinstance(spec, dict)
                and spec.get("table") == subject.get("table")
                and not spec.get("roles")
                else spec
                for name, spec in types.items()
            }
        }
