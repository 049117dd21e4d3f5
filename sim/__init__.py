"""Entrench: how Chinese police training, surveillance technology and maintenance contracts spread.

Each verb of the command line prints what the function of its name returns, `page` that of
`make_page`. `make_runs` only makes runs:

    >>> import sim
    >>> sim.describe("baseline").loc["contracts.term", "unit"]
    'years'
    >>> base = sim.make_runs("baseline", runs=5, seed=1)
    >>> short = sim.make_runs("baseline", runs=5, set={"contracts.term": 5})
    >>> diff = sim.compare(base, short)
    >>> sorted(set(diff.tables["differences"]["outcome"]))
    ['adopters', 'contracts_chinese', 'trained', 'working']

Where things are; a package imports none above it:

    cli          verbs, options and messages of the command line
    page         one HTML file, and the model in the browser
    calibration  which parameter sets published figures do not rule out
    studies      the question, table and figure of a verb, a file per verb
    figures      how figures look; `of_runs.py` lists those of runs
    estimates    effects and their errors; published figures and verdicts
    runs         runs in threads and folders, and results as labelled arrays
    engine       the compiled loop, and Mesa
    measures     mean, quantiles and 90% band of runs: `bands.py`
    experiment   designs of points and runs
    scenario     scenario files, and which value wins
    world        the input tables of `seeds`, and the records
    model        the rules. `schedule.py` calls them in order. A file of `mechanisms` has the rules,
                 parameters and outcomes of a subject: renewals are in `contract_exit.py`

docs/architecture.md has the files that an addition needs.
"""

import re
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

__version__ = "1.1.0.dev0"

# Names are loaded when first used, so that `import sim` is quick; type checkers read the stub, and
# no file below imports one above.
_STUB = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
# To add a name: its line in `__init__.pyi`.
_HOMES = {name: home for home, name in re.findall(r"^from (\S+) import (\w+)", _STUB, re.MULTILINE)}

# `from sim import *` must not replace Python's own `open`.
__all__ = ["__version__", *(name for name in _HOMES if name != "open")]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    # Kept in the module's namespace, so that the next use does not come here.
    value = globals()[name] = import_module("sim.arguments").checked(name, value, _options)
    return value


def _options() -> Any:
    return get_type_hints(import_module("sim.studies.sources").RunOptions)


def __dir__() -> list[str]:
    return ["__version__", *_HOMES]
