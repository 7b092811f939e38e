"""What every table shares: metadata with names for constraints, and the types of columns."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, TIMESTAMP
from sqlmodel import SQLModel

TEXT = Text()
TEXTS = ARRAY(Text())
BYTES = BYTEA()
JSON = JSONB()
MOMENT = TIMESTAMP(timezone=True)


class Table(SQLModel):
    """The base of every table of Habeas's own store."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


def of_controller(column: str, table: str, *, use_alter: bool = False) -> ForeignKeyConstraint:
    """Refer to a row of the same controller.

    Args:
        column: The referring column, beside ``controller_id``.
        table: The table referred to, by ``(controller_id, id)``.
        use_alter: Whether the two tables refer to each other, so that this side is added last.
    """
    return ForeignKeyConstraint(
        ["controller_id", column], [f"{table}.controller_id", f"{table}.id"], use_alter=use_alter
    )


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Let a column hold only the words of a vocabulary.

    Args:
        column: A text column.
        values: The vocabulary.
    """
    words = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f'"{column}" IN ({words})', name=column)
