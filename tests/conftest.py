"""What holds for every test.

Python's own bytecode is kept, under pytest's cache, where the environment says that none is to be
written: tests start Python a hundred times, and each start would compile every library again.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

if sys.dont_write_bytecode:
    kept = Path(__file__).parents[1] / ".pytest_cache" / "bytecode"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(kept)
    sys.dont_write_bytecode = False

# Each process tests on a core: threads of linear algebra would wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Where several processes test, pytest tells each how wide the terminal is: what is piped is wider.
os.environ.pop("COLUMNS", None)

# How long an example takes says how busy the machine is.
settings.register_profile("any machine", settings(), deadline=None)
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Leave out of later rounds of the garbage collector what lives as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session", autouse=True)
def all_trials() -> tuple[range, ...]:
    """Return all runs in which settings that change nothing are looked for; let few do.

    Most functions look for them before their runs.
    """
    from sim.engine import no_effect  # after the settings above, which NumPy reads

    every = no_effect.TRIALS
    no_effect.TRIALS = (range(2), range(2, 8))
    return every


@pytest.fixture
def two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the search of `bounds` end early, where its numbers do not matter."""
    monkeypatch.setattr("sim.studies.tilting.ROUNDS", 2)
