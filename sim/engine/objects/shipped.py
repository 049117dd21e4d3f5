"""Objects of the shipped rules that a wheel carries, so that an installed copy compiles nothing.

An object is believed if it was made of these rules: the same sources, the same constants and
records, and code in memory that is what those sources say. Then it goes into the user's cache,
and none of this is asked again.
"""

from __future__ import annotations

from pathlib import Path
from types import CodeType, FunctionType

from sim.engine import binding
from sim.engine.identity import TEXTS, source_hash, strip_comments
from sim.engine.objects import entry, kept_objects, object_file
from sim.engine.objects.content import cache_key_parts, digest
from sim.engine.objects.entry import Shape
from sim.world.seeds import Seeds

FOLDER = Path(__file__).resolve().parents[2] / "_data" / "objects"
"""Where a wheel has them; a checkout has none."""


def recipe() -> str:
    """Return the sources of what makes objects: another recipe makes another object."""
    files = (Path(module.__file__ or "") for module in (entry, object_file))
    return "\n".join(strip_comments(file.read_text(encoding="utf-8")) for file in files)


def portable_key(shape: Shape, system: str) -> str:
    """Return a name that does not depend on the version of Python that made the object."""
    return digest(source_hash(), cache_key_parts(shape), recipe(), system)


def find(shape: Shape) -> bytes | None:
    """Return the wheel's object for this system and these rules, if there is one."""
    system = object_file.this_system()
    try:
        kept = (FOLDER / f"{system}.o").read_bytes()
    except OSError:
        return None
    content = kept_objects.unwrap(kept, portable_key(shape, system))
    return content if content is not None and as_written() else None


def as_written() -> bool:
    """Tell whether every function of the loop in memory is what its source says."""
    own = binding.functions()
    for module in binding.LOOP:
        whole = compile(TEXTS[module.__name__], module.__file__ or "", "exec")
        written = {code.co_name: code for code in whole.co_consts if isinstance(code, CodeType)}
        for name, value in vars(module).items():
            if not isinstance(value, FunctionType) or value.__module__ == "sim.parameters":
                continue
            full = f"{value.__module__}.{value.__qualname__}"
            if own.get(full) is not value:
                return False
            if value.__module__ == module.__name__ and written.get(name) != value.__code__:
                return False
    return True


def shape_of(seeds: Seeds) -> Shape:
    """Return the lengths that seed tables give records."""
    return Shape(len(seeds.countries), seeds.last_year - seeds.first_year + 1)


def write(folder: Path, shape: Shape) -> list[Path]:
    """Write an object for each system: what the wheel carries.

    Args:
        folder: Where the files go, one a system.
        shape: The lengths that the shipped seeds give records.
    """
    code, symbol = object_file.intermediate_code(shape)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for system in object_file.SYSTEMS:
        content = object_file.object_for(code, symbol, system)
        place = folder / f"{system}.o"
        place.write_bytes(kept_objects.wrap(content, portable_key(shape, system)))
        written.append(place)
    return written
