"""Identity of results: a hash of the rules, and one of their input tables."""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import tokenize
from collections.abc import Iterable
from functools import cache
from io import StringIO
from pathlib import Path, PurePath
from tokenize import TokenInfo
from types import ModuleType
from typing import Any

from sim import __version__
from sim.engine import binding, chunk, ensemble, records
from sim.model.register import Rules
from sim.scenario import resolve
from sim.world import columns, dates, find_data_folder, history
from sim.world.seeds import Seeds

HASH_LENGTH = 20

OWN_MECHANISMS = "mechanisms"
"""Key of a manifest whose runs had a user's files."""

STARTING_TABLES = ("countries.csv", "history.csv", "borders.csv", "spells.csv")

MODULES: tuple[ModuleType, ...] = (
    *binding.LOOP, sys.modules["sim.model.parameters"], dates, columns, history,
    resolve, records, ensemble, chunk,
)  # fmt: skip
"""Everything between parameters and seeds on one side, and outcomes on the other."""

# At the time of import: later edits do not run here.
TEXTS = {module.__name__: Path(inspect.getfile(module)).read_bytes() for module in MODULES}


# Comments and docstrings do not change results, so they do not change the hash.
def strip_comments(source: str) -> str:
    """Return a source's words without comments, blank lines and docstrings."""
    words, statement = list[str](), list[TokenInfo]()
    for token in tokenize.generate_tokens(StringIO(source.replace("\r\n", "\n")).readline):
        match token.type:
            case tokenize.COMMENT | tokenize.NL:
                pass
            case tokenize.INDENT | tokenize.DEDENT:
                words.append(tokenize.tok_name[token.type])
            case tokenize.NEWLINE:
                if any(part.type != tokenize.STRING for part in statement):
                    words += [*(part.string for part in statement), "\n"]
                statement = []
            case _:
                statement.append(token)
    return " ".join(words)


def _digest(named: Iterable[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, content in named:
        digest.update(name.encode())
        digest.update(content)
    return digest.hexdigest()[:HASH_LENGTH]


@cache
def source_hash() -> str:
    """A hash of the rules: the version by which results can be compared."""
    return _digest((name, strip_comments(text.decode()).encode()) for name, text in TEXTS.items())


def cited_version() -> str:
    """The version to cite; of one in development, with a hash of the rules, since it is many."""
    return f"{__version__}+{source_hash()[:8]}" if "dev" in __version__ else __version__


def mechanisms_in_words(rules: Rules) -> dict[str, Any]:
    described = [
        {
            "name": file.mechanism.name,
            "file": PurePath(file.shown).name.encode(errors="replace").decode(),
            "sha256": hashlib.sha256(strip_comments(file.source).encode()).hexdigest(),
        }
        for file in rules.plugins
    ]
    return {OWN_MECHANISMS: described} if described else {}


@cache
def data_hash() -> str:
    """A hash of the tables behind the starting world, as they were at first use."""
    seeds = find_data_folder("seeds")
    return _digest((name, (seeds / name).read_bytes()) for name in STARTING_TABLES)


def user_world(seeds: Seeds | None) -> dict[str, Any]:
    """Describe a user's input data for manifests; empty for shipped data."""
    if seeds is None or seeds.shipped:
        return {}
    described = seeds.described()
    # Without the folder's name: the same tables elsewhere give the same results.
    text = json.dumps([described[key] for key in sorted(described) if key != "name"])
    return {"data": _digest([("seeds", text.encode())]), "seeds": described}
