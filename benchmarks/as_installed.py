"""Runs ``python -m app`` without modules that are here, and not where Habeas is installed to be used.

Usage: ``python -m benchmarks.as_installed MODULES COMMAND…``, with commas between the modules. Who
measures names them (``benchmarks/development.py``): finding them would take memory here.
"""

import sys

sys.modules |= dict.fromkeys(sys.argv[1].split(","))  # type: ignore[arg-type] # None: not to be found

from app.__main__ import main  # noqa: E402

sys.exit(main(sys.argv[2:]))
