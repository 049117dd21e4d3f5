"""Small results that tests of studies share: made once, of few runs over a short horizon."""

from __future__ import annotations

from functools import cache

import sim
from sim.runs.dataset import Results
from sim.studies.sources import results_of

LAST = 2014
RUNS = 3
SHORT = {"horizon.end": LAST}


@cache
def pair() -> Results:
    """Return the baseline and two other scenarios, run by run."""
    return results_of(["baseline", "no-peers", "no-bundling"], {"runs": RUNS, "set": SHORT})


@cache
def single() -> Results:
    """Return the baseline alone."""
    return sim.make_runs("baseline", runs=RUNS, set=SHORT)
