"""The compiled loop.

The rules are the same functions that the Mesa model calls; here they are bound to compiled copies
of each other. What is compiled is kept in the user's cache, in a folder named by a hash of every
source that goes into it, so an edited rule is compiled anew and nothing needs clearing.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from sim.engine import binding
from sim.engine.identity import source_hash

ENTRY = "sim.histories.run_histories"


def cache_folder() -> Path:
    """Where compiled rules are kept: a folder of the user's cache, named by what went into them."""
    import llvmlite
    import numba

    base = os.environ.get("ENTRENCH_CACHE")
    if base:
        root = Path(base)
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches" / "entrench"
    elif os.name == "nt":
        root = Path(os.environ.get("LOCALAPPDATA", Path.home())) / "entrench"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "entrench"
    versions = f"{numba.__version__}-{llvmlite.__version__}-{platform.python_version()}"
    return root / f"{source_hash()}-{versions}"


def compiled_before() -> bool:
    """Whether these very rules have been compiled before, here."""
    folder = cache_folder()
    return folder.is_dir() and any(folder.rglob("*.nbi"))


@cache
def compiled_entry() -> Callable[..., None]:
    """The compiled loop over histories; compiles on first use, or loads what was compiled."""
    import numba
    from numba.core import config
    from numba.extending import register_jitable

    # Numba chooses the folder when a function is decorated.
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(cache_folder())
    try:
        bound = binding.bind(wrap=register_jitable(error_model="numpy", nogil=True))
        compile_entry = numba.njit(cache=True, error_model="numpy", nogil=True)
        entry: Callable[..., None] = compile_entry(bound[ENTRY])
        return entry
    finally:
        settings.CACHE_DIR = before
