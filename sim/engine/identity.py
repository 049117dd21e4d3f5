"""What results are made by: a hash of the rules, and one of the tables that they start from."""

from __future__ import annotations

import hashlib
import inspect
import sys
from pathlib import Path

from sim.engine import binding, records
from sim.world.locate import find_data_folder

HASH_LENGTH = 20

STARTING_TABLES = ("countries.csv", "history.csv", "borders.csv")
"""Tables in the seeds' folder that a history depends on."""


def source_hash() -> str:
    """A hash of all that the rules are made of: the version by which results can be compared."""
    digest = hashlib.sha256()
    for module in (*binding.LOOP, records, sys.modules["sim.parameters"]):
        digest.update(module.__name__.encode())
        digest.update(Path(inspect.getfile(module)).read_bytes())
    return digest.hexdigest()[:HASH_LENGTH]


def data_hash() -> str:
    """A hash of the tables that the starting world is made of; rules and these make a history."""
    digest = hashlib.sha256()
    for name in STARTING_TABLES:
        digest.update(name.encode())
        digest.update((find_data_folder("seeds") / name).read_bytes())
    return digest.hexdigest()[:HASH_LENGTH]
