"""What became of each fault: a line a fault, kept between runs."""

from dataclasses import dataclass
from pathlib import Path

from tests.mutation.faults import Fault
from tests.mutation.runs import PASSED

_SURVIVED = "SURVIVED"


@dataclass(frozen=True, slots=True)
class Results:
    """The lines of one file's faults.

    Attributes:
        path: Where they are kept.
        file: The file that the faults are of.
    """

    path: Path
    file: str

    @classmethod
    def of(cls, file: str, folder: Path) -> "Results":
        """Keep the results of a file in a folder."""
        return cls(folder / f"{file.removesuffix('.py').replace('/', '.')}.txt", file)

    def known(self, *, again: bool) -> set[str]:
        """Give the names of faults that need not be tried.

        Args:
            again: Whether those that survived are tried once more.
        """
        latest = self._latest().items()
        return {name for name, became in latest if not (again and became == _SURVIVED)}

    def add(self, fault: Fault, outcome: str, seconds: float) -> str:
        """Note what became of a fault, and give the line."""
        became = _SURVIVED if outcome == PASSED else outcome
        line = f"{self.file}:{fault.name}\t{became}\t{seconds:.1f} s\n"
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(line)
        return line

    def summary(self) -> str:
        """Count the faults that were tried, and those that no test noticed."""
        latest = self._latest()
        survived = sum(became == _SURVIVED for became in latest.values())
        return f"{self.file}: {len(latest)} faults, {survived} not noticed\n"

    def _latest(self) -> dict[str, str]:
        if not self.path.exists():
            return {}
        latest: dict[str, str] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines():
            name, became, _ = line.split("\t")
            latest[name.removeprefix(f"{self.file}:")] = became
        return latest
