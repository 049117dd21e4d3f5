"""Entrench: how Chinese police training, surveillance technology and maintenance contracts spread.

From Python as from the command line: a verb prints the report that the function of its name
returns, and writes its tables. `make_runs` makes runs alone:

    >>> import sim
    >>> sim.describe("baseline").loc["contracts.term", "unit"]
    'years'
    >>> base = sim.make_runs("baseline", runs=5, seed=1)
    >>> base.countries().columns[:4].tolist()
    ['iso3', 'name', 'region', 'regime_2024']
    >>> short = sim.make_runs("baseline", runs=5, set={"contracts.term": 5})
    >>> diff = sim.compare(base, short)
    >>> sorted(set(diff.tables["differences"]["outcome"]))
    ['adopters', 'contracts_chinese', 'trained', 'working']

The package is read from the ground up: ``parameters`` and ``draws`` contain no model;
``mechanisms`` is the model, one file per mechanism; ``schedule`` is the order in which mechanisms
act; ``engine`` runs that one loop, compiled or as Mesa agents; ``results`` runs designs and is what
is known of them; ``studies`` ask questions of results; ``cli`` is the command. Names are loaded
when they are first used. Their types are in ``__init__.pyi``, so that no file below imports one
above.
"""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "1.0.0"

_STUB = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
_HOMES = {name: home for home, name in re.findall(r"^from (\S+) import (\w+)", _STUB, re.MULTILINE)}
"""The module of each name. To add one: its line in ``__init__.pyi``."""

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    """Load what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    value = globals()[name] = import_module("sim.arguments").checked(name, value, _options)
    return value


def _options() -> Any:
    """Return what the `**options` of a public function may be, with their annotations."""
    return import_module("sim.studies.sources").RunOptions.__annotations__


def __dir__() -> list[str]:
    """List what can be asked for, and nothing that is imported here."""
    return __all__
