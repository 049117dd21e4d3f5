"""Puts compiled objects of the shipped rules into a wheel, so that an installed copy runs at once.

    uv build

Where the environment that builds lacks Numba, the wheel is made without; it then compiles the rules
at first use.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SYSTEMS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "arm64-apple-darwin",
    "x86_64-pc-windows-msvc",
)
"""Systems that a wheel carries objects for."""


class ObjectsHook(BuildHookInterface):
    """Makes an object for each system that LLVM can make one for."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the objects to the wheel's files; not to an editable one, whose rules change."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from sim.engine import object_cache
            from sim.engine.compiled import intermediate_code, object_for, object_key
            from sim.engine.entry import shape_of
            from sim.world.seeds import shipped_seeds
        except ImportError as error:
            self.app.display_warning(f"no compiled objects: {error}")
            return
        finally:
            sys.path.remove(self.root)
        folder = Path(tempfile.mkdtemp(prefix="entrench-objects-"))
        shape = shape_of(shipped_seeds())
        code = intermediate_code(shape)
        for system in SYSTEMS:
            place = folder / f"{system}.o"
            content = object_for(*code, system)
            place.write_bytes(object_cache.wrap(content, object_key(shape, system)))
            build_data["force_include"][str(place)] = f"sim/_data/objects/{place.name}"
