"""What only development installs.

Libraries use what happens to be there: httpx alone imports 4 MiB of it.
"""

import re
from importlib.metadata import packages_distributions
from pathlib import Path

_LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
_PINNED = re.compile(r"^([\w.-]+)==", re.MULTILINE)


def modules() -> list[str]:
    """Name the modules that are here, and not where only the locked requirements are installed."""
    installed = {_canonical(name) for name in _PINNED.findall(_LOCK.read_text("utf-8"))}
    return sorted(
        module
        for module, distributions in packages_distributions().items()
        if installed.isdisjoint(_canonical(each) for each in distributions)
    )


def _canonical(name: str) -> str:
    """Spell a distribution's name as indexes compare it (PyPA, "Names and normalization")."""
    return re.sub(r"[-_.]+", "-", name).lower()
