"""The article's tables, and every case of them by the words that it is known by.

Reference:
    Seed 002, "The right to restriction of processing", "The right to erasure".
"""

from tests.spec.cases import Case
from tests.spec.delete import DELETE
from tests.spec.restrict import RESTRICT
from tests.spec.soft_permanent import SOFT_PERMANENT

TABLES = (RESTRICT, DELETE, SOFT_PERMANENT)

CASES: dict[str, Case] = {
    name: case for table in TABLES for cell in table.cells for name, case in cell.ids()
}
